"""Named layers in a row: forward with taps, backward from several seeds, and what belongs to the whole."""

import copy
import zlib
from math import prod
from zipfile import BadZipFile

import numpy as np

from .backend import array_module, to_host
from .checks import count, finite, floating, seed_is, shape_is, sums_up
from .errors import (
    DeviceError,
    DTypeError,
    MiniCNNError,
    OptionError,
    OrderError,
    ShapeError,
    UnknownNameError,
    WeightFileError,
)
from .fields import Field
from .fused import steps as fused_steps

# What np.load raises, beyond OSError, for a file that is cut short, damaged, or one array and no .npz.
UNREADABLE = (OSError, ValueError, EOFError, BadZipFile, zlib.error, KeyError, RuntimeError, TypeError)
UNREADABLE += (AttributeError,)


class Network:
    """Layers in a row, each with a name of its own.

    `forward(x, taps)` runs only as far as the last tap. `backward({tap: gradient})` walks back once and
    adds each seed as it passes its tap: the gradient of any loss of the taps, with respect to x.
    """

    def __init__(self, layers, preprocessing=None):
        self.layers = list(layers)
        self.preprocessing = preprocessing
        self.readouts = {}  # {tap: R (c, k)}: what makes its teacher's features of its own, if it had one
        if strangers := [layer for layer in self.layers if not hasattr(layer, "forward")]:
            raise OptionError(f"network: expected layers, got {strangers[0]!r}")
        names = [layer.name for layer in self.layers]
        if len(set(names)) < len(names):
            twice = sorted({name for name in names if names.count(name) > 1})
            raise OptionError(
                f"network: expected every layer to have its own name, got {', '.join(twice)} twice"
            )
        self._walked = None  # the layers of the last forward pass, in order, and its taps

    def __getitem__(self, name):
        return self.layers[self._index(name)]

    def __iter__(self):
        return iter(self.layers)

    def __len__(self):
        return len(self.layers)

    @property
    def names(self):
        return [layer.name for layer in self.layers]

    # --- forward and backward ---------------------------------------------------------------------------

    def forward(self, x, taps=None):
        """{tap: activation} for the taps asked for; without taps, the last layer's output alone."""
        wanted = self.names[-1:] if taps is None else self._in_order(taps)
        self._walked = None
        found, steps = {}, self.steps(x, wanted)
        for step in steps:
            x = step.forward(x)
            if step.name in wanted:
                found[step.name] = x
        self._walked = (steps, {name: (y.shape, y.dtype) for name, y in found.items()})
        return x if taps is None else found

    def backward(self, seeds, input_gradient=True):
        """The gradient with respect to the input, from {tap: gradient}, or from the last output's alone.

        Without `input_gradient` the first layer computes none, and None is returned (as in training).
        """
        if self._walked is None:
            raise OrderError("network: backward needs a forward pass first")
        steps, tapped = self._walked
        if not isinstance(seeds, dict):
            seeds = {steps[-1].name: seeds}
        self._check_seeds(seeds, tapped)
        gradient = None
        for step in reversed(steps):
            if step.name in seeds:
                seed = seeds[step.name]
                gradient = seed if gradient is None else gradient + seed
            if gradient is None:
                continue
            if step is steps[0] and not input_gradient:
                if not step.frozen and step.params:
                    step.backward(gradient, input_gradient=False)
                return None
            gradient = step.backward(gradient)
        self._check_gradient(gradient, seeds)
        return gradient

    def steps(self, x, taps, workspace=None):
        """What is to be done to x, as far as the last tap: layers, or stages that stand for several."""
        if not self.layers:
            raise OrderError("network: expected at least one layer, got none")
        wanted = self._in_order(taps)
        reached = self.layers[: self._index(wanted[-1]) + 1]
        finite(floating(x, "network: x"), "network: x")
        if self._home() not in (None, array_module(x)):
            raise DeviceError(
                f"network: expected x where the parameters are, in {self._home().__name__}, got an array of "
                f"{array_module(x).__name__}; network.put(x) moves it, network.to(device) the network"
            )
        self._check_size(x.shape, reached)
        if array_module(x) is np and all(layer.frozen for layer in reached):
            return fused_steps(reached, wanted, workspace)
        return reached

    def _check_seeds(self, seeds, tapped):
        if not seeds:
            raise OptionError("network: expected at least one seed, got none")
        for name, seed in seeds.items():
            if name not in tapped:
                raise UnknownNameError(
                    "network: expected seeds at taps of the last forward pass "
                    f"({', '.join(tapped)}), got {name!r}"
                )
            shape, dtype = tapped[name]
            seed_is(seed, shape, dtype, name)

    def _check_gradient(self, gradient, seeds):
        """NaN travels: one look at the small result tells whether the large seeds need one."""
        if not sums_up(gradient):
            for name, seed in seeds.items():
                finite(seed, f"network: seed at {name}")
            finite(gradient, "network: gradient")

    def _index(self, name):
        for index, layer in enumerate(self.layers):
            if layer.name == name:
                return index
        raise UnknownNameError(f"network: no layer is called {name!r}; there are {', '.join(self.names)}")

    def _in_order(self, taps):
        listed = hasattr(taps, "__iter__") and not isinstance(taps, str)
        if not listed or not all(isinstance(tap, str) for tap in taps):
            raise OptionError(f"network: expected taps as a list of layer names, got {taps!r}")
        if not taps:
            raise OptionError("network: expected at least one tap, got none")
        return sorted(set(taps), key=self._index)

    def _check_size(self, shape, reached):
        """An input too small for the last layer reached is refused by name, with the smallest that serves."""
        if len(shape) != 4:
            return  # dense networks take vectors; a convolution says itself what it expects
        try:
            output_shape(reached, shape)
        except ShapeError as error:
            least = next((s for s in range(1, 4097) if _fits(reached, (1, s, s, shape[3]))), None)
            if least is None or (shape[1] >= least and shape[2] >= least):
                raise
            raise ShapeError(
                f"network: an input of {shape[1]}×{shape[2]} leaves nothing at {reached[-1].name}; "
                f"the smallest side that reaches it is {least} ({error})"
            ) from None

    # --- parameters -------------------------------------------------------------------------------------

    def freeze(self, frozen=True):
        """Frozen layers compute no parameter gradients and keep masks and shapes alone. Returns itself."""
        for layer in self.layers:
            layer.freeze(frozen)
        self._walked = None
        return self

    def train(self, training=True):
        """Dropout is active only while training. Returns itself."""
        for layer in self.layers:
            layer.training = training
        return self

    def astype(self, dtype):
        """Turn the parameters into float32, or float64 for gradient checks. Returns itself."""
        if dtype not in (np.float32, np.float64, "float32", "float64"):
            raise DTypeError(f"network: expected float32 or float64, got {dtype!r}")
        for layer in self.layers:
            layer.params = {name: value.astype(dtype) for name, value in layer.params.items()}
            layer.grads = {}
            layer.freeze(layer.frozen)
        self._walked = None
        return self

    def to(self, device):
        """The same network with its parameters on a `backend.Device`. This one stays as and where it is."""
        layers = [copy.copy(layer) for layer in self.layers]
        for layer in layers:
            layer.params = {name: device.put(to_host(value)) for name, value in layer.params.items()}
            layer.grads = {}
            layer.freeze(layer.frozen)
        moved = Network(layers, self.preprocessing)
        moved.readouts = self.readouts
        return moved

    def put(self, x):
        """A NumPy array, where the parameters are."""
        return (self._home() or np).asarray(x)

    def _home(self):
        """The library that the parameters live in; None where there are none."""
        first = next((value for layer in self.layers for value in layer.params.values()), None)
        return None if first is None else array_module(first)

    @staticmethod
    def _whole(shape):
        if not isinstance(shape, (tuple, list)):
            raise ShapeError(f"network: expected an input shape such as (1, 224, 224, 3), got {shape!r}")
        return tuple(count(size, f"network: input shape {tuple(shape)}") for size in shape)

    def zero_grads(self):
        for layer in self.layers:
            layer.zero_grads()

    def parameters(self):
        """{"conv1_1/kernel": array, ...} in the order of the layers."""
        return {
            f"{layer.name}/{name}": value for layer in self.layers for name, value in layer.params.items()
        }

    def save(self, path):
        """All parameters as an .npz file, under the names of `parameters`, and the preprocessing."""
        from .weights.npz import write

        try:
            write(path, {name: to_host(v) for name, v in self.parameters().items()}, self.preprocessing)
        except OSError as error:
            raise WeightFileError(
                f"{path}: cannot be written ({error.strerror}); choose another place"
            ) from error

    def load(self, path):
        """Parameters from a file that `save` wrote; names and shapes must be this one's. Returns itself."""
        from .weights.npz import READOUT, RECORD, SEALED

        try:
            with np.load(path, allow_pickle=False) as stored:
                parameters = [n for n in stored.files if n != SEALED and not n.startswith((RECORD, READOUT))]
                found = {name: _widened(stored[name]) for name in parameters}
        except UNREADABLE as error:
            raise WeightFileError(f"{path}: expected an .npz file of parameters ({error})") from error
        expected = self.parameters()
        if missing := sorted(set(expected) - set(found)):
            raise WeightFileError(
                f"{path}: expected {missing[0]} (and {len(missing) - 1} more missing), not found"
            )
        if extra := sorted(set(found) - set(expected)):
            raise WeightFileError(
                f"{path}: expected no {extra[0]} (and {len(extra) - 1} more that do not belong)"
            )
        for name, value in found.items():
            shape_is(value, expected[name].shape, f"{path}: {name}")
            finite(value, f"{path}: {name}")
        for layer in self.layers:
            for name in layer.params:
                value = found[f"{layer.name}/{name}"].astype(layer.params[name].dtype)
                layer.params[name] = array_module(layer.params[name]).asarray(value)
        return self

    # --- pictures ---------------------------------------------------------------------------------------

    def preprocess(self, picture):
        """uint8 RGB (H, W, 3) → the array (1, H, W, 3) that this network was trained to see."""
        return self._preprocessing().apply(picture)

    def deprocess(self, x):
        """The way back: (1, H, W, 3) or (H, W, 3) → uint8 RGB (H, W, 3), rounded and clipped."""
        return self._preprocessing().invert(x)

    def classify(self, picture, top=5, names=None):
        """[(class, probability), ...] of a uint8 RGB picture, likeliest first; see `classify.py`."""
        from .classify import classify

        return classify(self, picture, top, names)

    def _preprocessing(self):
        if self.preprocessing is None:
            raise OrderError("network: it has no preprocessing; build it with one, or set net.preprocessing")
        return self.preprocessing

    # --- summary ----------------------------------------------------------------------------------------

    def summary(self, input_shape):
        """A table: layers, output shapes, parameters, receptive field, and memory in float32."""
        shape, field = self._whole(input_shape), Field()
        rows = [("layer", "kind", "output", "parameters", "sees", "MB")]
        total = 0
        for layer in self.layers:
            before, shape = shape, layer.output_shape(shape)
            field = field.after(layer, before)
            count = sum(value.size for value in layer.params.values())
            total += count
            sees = "all" if len(shape) == 2 else f"{field.size[0]}×{field.size[1]}"
            size = f"{prod(shape) * 4 / 1e6:.1f}"
            rows.append(
                (layer.name, type(layer).__name__, str(shape), f"{count:,}" if count else "", sees, size)
            )
        widths = [max(len(row[column]) for row in rows) for column in range(6)]
        lines = [
            "  ".join(
                text.ljust(width) if column < 3 else text.rjust(width)
                for column, (text, width) in enumerate(zip(row, widths, strict=True))
            ).rstrip()
            for row in rows
        ]
        lines.insert(1, "─" * max(map(len, lines)))
        lines.append(f"{total:,} parameters, {total * 4 / 1e6:.1f} MB")
        return "\n".join(lines)


def output_shape(layers, shape):
    """What a row of layers makes of an input's shape; an error where nothing would be left."""
    for layer in layers:
        shape = layer.output_shape(shape)
    return shape


def _widened(array):
    """Half precision, in which files save space, as what is computed with."""
    return array.astype(np.float32) if array.dtype == np.float16 else array


def _fits(layers, shape):
    try:
        output_shape(layers, shape)
    except MiniCNNError:
        return False
    return True
