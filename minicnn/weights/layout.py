"""From the shapes that other programs give to kernels, to ours: (kh, kw, in, out), and dense (in, out).

A dense layer that follows a convolution sees (H, W, C) flattened here and in Keras, but (C, H, W) flattened
in PyTorch and Caffe; so the rows of fc6 change places. MatConvNet and timm store it as a convolution as
large as its input, which is the same numbers in the order that the axes say.
"""

from math import isqrt
from typing import NamedTuple

import numpy as np

from ..errors import WeightFileError
from .tensors import HWIO, OIHW


class Arrangement(NamedTuple):
    """An array as it comes is reshaped to `before`, its axes are permuted, and it is reshaped to `after`."""

    before: tuple
    axes: tuple
    after: tuple

    def apply(self, array):
        """A writable, contiguous float32 array of its own; what readers share, they hand out read-only."""
        turned = array.reshape(self.before).transpose(self.axes)
        if turned.flags.carray and turned.dtype == np.float32:
            return turned.reshape(self.after)
        result = np.empty(turned.shape, np.float32)
        np.copyto(result, turned, casting="same_kind")
        return result.reshape(self.after)


def arrange(layer, part, shape, layout, channels=None):
    """How the kernel or bias of a layer is to be turned; `channels`: what the last convolution puts out."""
    if part == "bias":
        if len(shape) != 1:
            raise WeightFileError(f"{layer}: expected a bias (out,), found shape {shape}")
        return Arrangement(shape, (0,), shape)
    dense = layer.startswith("fc")
    if len(shape) not in ((2, 4) if dense else (4,)):
        wanted = "(in, out)" if dense else "(kh, kw, in, out)"
        raise WeightFileError(f"{layer}: expected a kernel {wanted} in some order, found shape {shape}")
    if dense and layout == OIHW and len(shape) == 4 and shape[:2] == (1, 1):
        shape = shape[2:]  # old files of Caffe give every blob four axes
    if len(shape) == 2:
        return _dense(layer, shape, layout, channels)
    axes = (0, 1, 2, 3) if layout == HWIO else (2, 3, 1, 0)
    h, w, i, o = (shape[axis] for axis in axes)
    return Arrangement(shape, axes, (h * w * i, o) if dense else (h, w, i, o))


def _dense(layer, shape, layout, channels):
    if layout == HWIO:
        return Arrangement(shape, (0, 1), shape)
    o, i = shape
    if layer != "fc6":
        return Arrangement(shape, (1, 0), (i, o))
    side = isqrt(i // channels) if channels else 0
    if not side or channels * side * side != i:
        raise WeightFileError(f"fc6: {i} inputs cannot come from a square of {channels} channels")
    return Arrangement((o, channels, side, side), (2, 3, 1, 0), (i, o))
