"""Layers: the operations of `minicnn.ops` with their parameters and what backward needs.

A layer adds nothing to the mathematics. It holds `params` and `grads`, keeps between forward and
backward as little as it can, and knows the shape of what it puts out. Frozen, it computes no parameter
gradients, and keeps no input for them.
"""

import numpy as np

from . import ops
from .backend import array_module
from .checks import count, finite, floating, images, one_of, pair, same_dtype, shape_is, sums_up
from .errors import OptionError, OrderError, ShapeError
from .ops.winograd import transform_kernel


class Layer:
    """What all layers share; one without parameters defines forward, backward and output_shape."""

    window = stride = (1, 1)  # how much of its input one output sees, and how far apart two neighbours look

    def __init__(self, name=None):
        self.name = name or type(self).__name__.lower()
        self.params, self.grads = {}, {}
        self.frozen = self.training = False
        self._shape = self._kept = None

    def freeze(self, frozen=True):
        """Frozen, a layer's parameters can be replaced but not changed: what is derived from them holds."""
        self.frozen = frozen
        self.forget()
        for name, value in self.params.items():
            if array_module(value) is not np:  # which knows no arrays that cannot be written to
                continue
            if frozen:
                self.params[name] = value.view()
                self.params[name].flags.writeable = False
            elif not value.flags.writeable:
                self.params[name] = value.copy()

    def forward(self, x):
        raise NotImplementedError

    def backward(self, dy):
        raise NotImplementedError

    def output_shape(self, shape):
        """(N, H, W, C) of the output for that of the input; an element-wise layer changes nothing."""
        return shape

    def reach(self, shape):
        """(window, stride) where the input has that shape: how much one output sees, how far the next is."""
        return self.window, self.stride

    def zero_grads(self):
        for name, value in self.params.items():
            self.grads[name] = array_module(value).zeros_like(value)

    def forget(self):
        """Let go of what the last forward pass kept."""
        self._shape = self._kept = None

    def _keep(self, x, kept=None):
        """Keep the input's shape, and what else backward needs."""
        self._shape, self._kept = x.shape, kept

    def _recall(self, dy):
        """What forward kept, once `dy` is seen to have the shape of what forward put out."""
        if self._shape is None:
            raise OrderError(f"{self.name}: backward needs a forward pass first")
        shape_is(dy, self.output_shape(self._shape), f"{self.name}: gradient dy")
        return self._kept

    def _recall_input(self, dy):
        """The input, without which there are no parameter gradients."""
        x = self._recall(dy)
        if x is None:
            raise OrderError(f"{self.name}: thawed after its forward pass; run forward again")
        return x

    def _add_grads(self, **gradients):
        """Gradients add up over several backward passes, until `zero_grads`."""
        for name, value in gradients.items():
            if name in self.params:
                self.grads[name] = self.grads[name] + value if name in self.grads else value

    def __repr__(self):
        return f"<{type(self).__name__} {self.name}>"


def he_normal(rng, shape, fan_in):
    """Random weights that keep the variance of activations through a ReLU (He et al. 2015)."""
    return (rng.standard_normal(shape) * np.sqrt(2.0 / fan_in)).astype(np.float32)


class Conv2D(Layer):
    """y = x ⋆ kernel + bias; see `ops.conv2d`. Frozen, it keeps the input's shape alone."""

    def __init__(
        self,
        channels_in,
        channels_out,
        kernel=3,
        stride=1,
        padding=1,
        edges="zero",
        groups=1,
        bias=True,
        algorithm="auto",
        name=None,
        rng=None,
    ):
        super().__init__(name)
        self.window = pair(kernel, f"{self.name}: kernel", least=1)
        self.stride = pair(stride, f"{self.name}: stride", least=1)
        self.padding = pair(padding, f"{self.name}: padding")
        self.edges = one_of(edges, ("zero", "reflect", "replicate"), f"{self.name}: edges")
        self.algorithm = one_of(algorithm, ("auto", "naive", "im2col", "winograd"), f"{self.name}: algorithm")
        self.channels_in = channels_in = count(channels_in, f"{self.name}: channels_in")
        self.groups = groups = count(groups, f"{self.name}: groups")
        if count(channels_out, f"{self.name}: channels_out") % groups or channels_in % groups:
            raise OptionError(
                f"{self.name}: groups must divide both channel counts, got groups={groups} "
                f"for {channels_in} channels in and {channels_out} out"
            )
        shape = (*self.window, channels_in // groups, channels_out)
        rng = rng or np.random.default_rng(0)
        self.params["kernel"] = he_normal(rng, shape, fan_in=np.prod(shape[:3]))
        if bias:
            self.params["bias"] = np.zeros(channels_out, np.float32)
        self._transformed = None

    @property
    def options(self):
        """The keyword arguments that `ops.conv2d` and its gradients share."""
        return {
            "stride": self.stride,
            "padding": self.padding,
            "edges": self.edges,
            "groups": self.groups,
            "algorithm": self.algorithm,
        }

    def forward(self, x):
        finite(self.check(x), f"{self.name}: x")
        finite(self.params["kernel"], f"{self.name}: kernel")
        self._keep(x, None if self.frozen else x)
        return ops.conv2d(x, self.params["kernel"], self.params.get("bias"), **self.options)

    def check(self, x):
        """`x`, if it fits the parameters, and they the layer: anyone may put other arrays into `params`."""
        images(x, f"{self.name}: x", self.channels_in)
        filters = getattr(self.params["kernel"], "shape", ())[3:4]
        expected = {"kernel": (*self.window, self.channels_in // self.groups, *filters), "bias": filters}
        for name, value in self.params.items():
            shape = expected[name]
            same_dtype(x, shape_is(value, shape, f"{self.name}: {name}"), f"{self.name}: x and {name}")
        if "bias" in self.params:
            finite(self.params["bias"], f"{self.name}: bias")
        return x

    def backward(self, dy, input_gradient=True):
        self._recall(dy)
        kernel = self.params["kernel"]
        if not self.frozen:
            dkernel = ops.conv2d_dkernel(dy, self._recall_input(dy), kernel.shape, **self.options)
            self._add_grads(kernel=dkernel, bias=ops.conv2d_dbias(dy))
        return ops.conv2d_dx(dy, kernel, self._shape, **self.options) if input_gradient else None

    def output_shape(self, shape):
        if len(shape) == 4 and shape[3] != self.channels_in:
            raise ShapeError(f"{self.name}: x: expected {self.channels_in} channels, got shape {shape}")
        return _slide(shape, self, self.padding, channels=self.params["kernel"].shape[3])

    def transformed(self):
        """The kernel as Winograd's algorithm wants it; made anew for another array, or when frozen."""
        kernel = self.params["kernel"]
        if self._transformed is None or self._transformed[0] is not kernel:
            self._transformed = (kernel, transform_kernel(finite(kernel, f"{self.name}: kernel")))
        return self._transformed[1]

    def forget(self):
        """The transformed kernel goes too: training changes kernels in place."""
        super().forget()
        self._transformed = None


class ReLU(Layer):
    """y = max(x, 0); keeps one boolean an entry."""

    def forward(self, x):
        floating(x, f"{self.name}: x")
        y, mask = ops.relu(x)
        self._keep(x, mask)
        return y

    def backward(self, dy):
        return ops.relu_backward(dy, self._recall(dy))


class _Pool2D(Layer):
    def __init__(self, window=2, stride=None, name=None):
        super().__init__(name)
        self.window = pair(window, f"{self.name}: window", least=1)
        self.stride = self.window if stride is None else pair(stride, f"{self.name}: stride", least=1)

    def output_shape(self, shape):
        return _slide(shape, self, (0, 0), channels=shape[-1])


class AvgPool2D(_Pool2D):
    """The mean of each window; keeps the input's shape."""

    def forward(self, x):
        self._keep(images(x, f"{self.name}: x"))
        return ops.avg_pool(x, self.window, self.stride)

    def backward(self, dy):
        self._recall(dy)
        return ops.avg_pool_backward(dy, self._shape, self.window, self.stride)


class MaxPool2D(_Pool2D):
    """The largest of each window, the first of equals; keeps its place in the window."""

    def forward(self, x):
        y, index = ops.max_pool(images(x, f"{self.name}: x"), self.window, self.stride)
        self._keep(x, index)
        return y

    def backward(self, dy):
        return ops.max_pool_backward(dy, self._recall(dy), self._shape, self.window, self.stride)


class AdaptiveAvgPool2D(Layer):
    """The mean of `size` × `size` bins, whatever the input's size; keeps the input's shape."""

    def __init__(self, size, name=None):
        super().__init__(name)
        self.size = pair(size, f"{self.name}: size", least=1)

    def forward(self, x):
        self._keep(images(x, f"{self.name}: x"))
        return ops.adaptive_avg_pool(x, self.size)

    def backward(self, dy):
        self._recall(dy)
        return ops.adaptive_avg_pool_backward(dy, self._shape)

    def output_shape(self, shape):
        return (shape[0], *self.size, shape[3])

    def reach(self, shape):
        """Of the largest bin; bins that do not divide the input lie unevenly far apart, by this at least."""
        sides = list(zip(shape[1:3], self.size, strict=True))
        largest = tuple(
            max(-(-(i + 1) * side // bins) - i * side // bins for i in range(bins)) for side, bins in sides
        )
        return largest, tuple(max(1, side // bins) for side, bins in sides)


class Flatten(Layer):
    """(N, H, W, C) as (N, H·W·C)."""

    def forward(self, x):
        self._keep(floating(x, f"{self.name}: x"))
        return ops.flatten(x)

    def backward(self, dy):
        self._recall(dy)
        return ops.flatten_backward(dy, self._shape)

    def output_shape(self, shape):
        return (shape[0], int(np.prod(shape[1:])))


class Dense(Layer):
    """y = x·kernel + bias; keeps x, or, frozen, its shape."""

    def __init__(self, channels_in, channels_out, bias=True, name=None, rng=None):
        super().__init__(name)
        shape = (
            count(channels_in, f"{self.name}: channels_in"),
            count(channels_out, f"{self.name}: channels_out"),
        )
        self.params["kernel"] = he_normal(rng or np.random.default_rng(0), shape, fan_in=shape[0])
        if bias:
            self.params["bias"] = np.zeros(channels_out, np.float32)

    def forward(self, x):
        who = f"{self.name}: x"
        finite(floating(x, who), who)
        kernel = self.params["kernel"]
        if x.ndim != 2 or x.shape[1] != kernel.shape[0]:
            raise ShapeError(f"{who}: expected (N, {kernel.shape[0]}), got {x.shape}")
        same_dtype(x, kernel, f"{self.name}: x and kernel")
        self._keep(x, None if self.frozen else x)
        y = ops.dense(x, kernel, self.params.get("bias"))
        if not sums_up(y):  # only then is it worth reading all of a large kernel
            for name, value in self.params.items():
                finite(value, f"{self.name}: {name}")
        return y

    def backward(self, dy, input_gradient=True):
        self._recall(dy)
        kernel = self.params["kernel"]
        if self.frozen:
            same_dtype(dy, kernel, f"{self.name}: gradient dy and kernel")
            return dy @ kernel.T
        dx, dkernel, dbias = ops.dense_backward(dy, self._recall_input(dy), kernel)
        self._add_grads(kernel=dkernel, bias=dbias)
        return dx if input_gradient else None

    def output_shape(self, shape):
        if tuple(shape)[1:] != self.params["kernel"].shape[:1]:
            raise ShapeError(
                f"{self.name}: expected (N, {self.params['kernel'].shape[0]}), got {tuple(shape)}; "
                "behind a flattened picture this means a picture of another size"
            )
        return (shape[0], self.params["kernel"].shape[1])


class Dropout(Layer):
    """While training, each entry is dropped with probability `rate`; otherwise nothing happens."""

    def __init__(self, rate=0.5, name=None, rng=None):
        super().__init__(name)
        if not isinstance(rate, (int, float)) or not 0 <= rate < 1:
            raise OptionError(f"{self.name}: expected a rate from 0 up to, not including, 1, got {rate!r}")
        self.rate, self.rng = rate, rng or np.random.default_rng(0)

    def forward(self, x):
        floating(x, f"{self.name}: x")
        if not self.training:
            self._keep(x)
            return x.copy()
        y, mask = ops.dropout(x, self.rate, self.rng)
        self._keep(x, mask)
        return y

    def backward(self, dy):
        mask = self._recall(dy)
        return dy.copy() if mask is None else ops.dropout_backward(dy, mask)


class LocalResponseNorm(Layer):
    """Each entry divided by a power of its neighbours' energy across channels; keeps a copy of its input."""

    def __init__(self, size=5, alpha=1e-4, beta=0.75, k=1.0, name=None):
        super().__init__(name)
        self.options = {"size": size, "alpha": alpha, "beta": beta, "k": k}

    def forward(self, x):
        # A copy: the input may lie in memory that is lent to others before backward needs it.
        self._keep(x, images(x, f"{self.name}: x").copy())
        return ops.local_response_norm(x, **self.options)

    def backward(self, dy):
        return ops.local_response_norm_backward(dy, self._recall(dy), **self.options)


class Softmax(Layer):
    """Probabilities over the last axis; keeps them."""

    def forward(self, x):
        y = ops.softmax(floating(x, f"{self.name}: x"))
        self._keep(x, y)
        return y.copy()

    def backward(self, dy):
        return ops.softmax_backward(dy, self._recall(dy))


def _slide(shape, layer, padding, channels):
    """The shape that a window leaves when it slides over a padded input and stops at the last whole step."""
    if len(shape) != 4:
        raise ShapeError(f"{layer.name}: expected an input shape (N, H, W, C), got {shape}")
    steps = []
    for size, window, stride, margin in zip(shape[1:3], layer.window, layer.stride, padding, strict=True):
        if size + 2 * margin < window:
            raise ShapeError(
                f"{layer.name}: a window of {layer.window} does not fit an input of {shape[1]}×{shape[2]} "
                f"with padding {tuple(padding)}"
            )
        steps.append((size + 2 * margin - window) // stride + 1)
    return (shape[0], *steps, channels)
