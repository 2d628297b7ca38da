"""A deconvnet: what in the picture a unit answered to (Zeiler & Fergus 2013)."""

import numpy as np

from . import checks, ops
from .errors import OptionError, OrderError, ShapeError
from .layers import AvgPool2D, Conv2D, MaxPool2D, ReLU


class Deconvnet:
    """A network as far as one layer, walked forward as ever, and back in another way than a gradient goes.

    Back, a convolution is transposed and its bias left out; a max pooling puts each entry to where forward
    found it; and a ReLU keeps what is positive of what comes back, where its derivative would keep what was
    positive on the way forward. An average pooling has no places to remember: as a stand-in, each entry is
    shared out evenly, which is the transpose of the average.

    Only the part of each layer that can be reached is computed, so that a projection costs what its receptive
    field costs, however large the picture is.
    """

    def __init__(self, network, layer):
        self.layers = network.layers[: network.layers.index(network[layer]) + 1]
        for one in self.layers:
            if type(one) not in BACK:
                known = ", ".join(kind.__name__ for kind in BACK)
                raise OptionError(f"deconvnet: expected layers of the kinds {known}, got {one!r}")
        self._kept = None  # (input shape, switches) of each layer
        self.answers = None

    def forward(self, x):
        """The layer's answers (1, h, w, C) to x (1, H, W, 3)."""
        if checks.images(x, "deconvnet: x").shape[0] != 1:
            raise ShapeError(f"deconvnet: expected one picture, (1, H, W, C), got shape {x.shape}")
        self._kept = []
        for layer in self.layers:
            shape, switches = x.shape, None
            if isinstance(layer, MaxPool2D):
                x, switches = ops.max_pool(x, layer.window, layer.stride)
            else:
                x = layer.forward(x)
            self._kept.append((shape, switches))
        self.answers = x
        return x

    def project(self, row, column, channel):
        """One answer alone, carried back: (h, w, 3), and (rows, columns), where in x that lies.

        They are the answer's receptive field, or what of it lies in x.
        """
        if self.answers is None:
            raise OrderError("deconvnet: project needs a forward pass first")
        shape = self.answers.shape[1:]
        if not all(0 <= at < size for at, size in zip((row, column, channel), shape, strict=True)):
            raise OptionError(
                f"deconvnet: expected row, column and channel within {shape}, got {row, column, channel}"
            )
        y = np.zeros((1, 1, 1, shape[2]), self.answers.dtype)
        y[..., channel] = self.answers[0, row, column, channel]
        place = slice(row, row + 1), slice(column, column + 1)
        for layer, (shape, switches) in zip(reversed(self.layers), reversed(self._kept), strict=True):
            if isinstance(layer, ReLU):
                y = ops.rectified_backward(y)
                continue
            before, beyond = reached(place, layer, shape)
            size = tuple(side.stop - side.start for side in before)
            if switches is not None:
                switches = switches[:, place[0], place[1]]
            y = BACK[type(layer)](y, layer, (1, *size, shape[3]), switches)
            if any(beyond):
                y = ops.pad_backward(y, beyond, layer.edges)
            place = tuple(
                slice(max(0, side.start), min(side.stop, most))
                for side, most in zip(before, shape[1:3], strict=True)
            )
        return y[0], place


def reached(place, layer, shape):
    """The rows and columns of a layer's input, border included, under those of its output.

    And how far they reach beyond the input's edges: (top, bottom, left, right).
    """
    before, beyond = [], []
    padding = getattr(layer, "padding", (0, 0))
    for side, window, stride, pad, most in zip(
        place, layer.window, layer.stride, padding, shape[1:3], strict=True
    ):
        start, stop = side.start * stride - pad, (side.stop - 1) * stride - pad + window
        before.append(slice(start, stop))
        beyond += [max(0, -start), max(0, stop - most)]
    return tuple(before), tuple(beyond)


def _conv(y, layer, shape, switches):
    kernel = layer.params["kernel"]
    return ops.conv2d_dx(y, kernel, shape, stride=layer.stride, groups=layer.groups)


def _max_pool(y, layer, shape, switches):
    return ops.unpool(y, switches, shape, layer.window, layer.stride)


def _avg_pool(y, layer, shape, switches):
    return ops.avg_pool_backward(y, shape, layer.window, layer.stride)


BACK = {Conv2D: _conv, ReLU: None, MaxPool2D: _max_pool, AvgPool2D: _avg_pool}
