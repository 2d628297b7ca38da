"""Pooling: each window of each channel becomes its maximum or its average.

Windows may overlap or leave gaps; pixels at the bottom and the right that fill no window are left out
and get no gradient. The loops run over positions inside the window, each a strided slice of the image,
so that nothing is gathered.
"""

import numpy as np

from .. import checks
from ..backend import array_module
from ..errors import DTypeError, ShapeError
from .windows import four_sizes, output_size, positions, put_back

INPUT = "an input shape (N, H, W, C)"


def max_pool(x, window=2, stride=None):
    """The largest entry of each window, and its place in the window.

    x (N, H, W, C) → y and index (N, oh, ow, C), oh = ⌊(H − kh)/sh⌋ + 1, the index a small unsigned integer
    forward: y = max over i, j of x[n, y·sh + i, x·sw + j, c], index = i·kw + j of the first maximum.
    Kept for backward: the index and the input's shape. `stride` is `window` unless given.
    """
    xp = array_module(checks.images(x, "max_pool"))
    window, stride, size = plan(x.shape, window, stride, "max_pool")
    for i, j, rows, columns in positions(window, stride, size):
        here, at = x[:, rows, columns], i * window[1] + j
        if at == 0:
            y = here.copy()
            index = xp.zeros(y.shape, np.min_scalar_type(window[0] * window[1] - 1))
        else:
            # A later place has a larger number, so the larger number is the last place to have won.
            xp.maximum(index, (here > y) * index.dtype.type(at), out=index)
            xp.maximum(y, here, out=y)
    return y, index


def max_pool_backward(dy, index, input_shape, window=2, stride=None):
    """backward: dx = Σ of dy over the windows in which the pixel was the (first) maximum.

    dy and index (N, oh, ow, C) → dx of `input_shape`, (N, H, W, C)
    """
    return to_switches(dy, index, input_shape, window, stride, "max_pool_backward")


def avg_pool(x, window=2, stride=None):
    """The average of each window.

    x (N, H, W, C) → y (N, oh, ow, C), oh = ⌊(H − kh)/sh⌋ + 1
    forward: y = 1/(kh·kw) · Σ over i, j of x[n, y·sh + i, x·sw + j, c]. Kept for backward: the input's shape.
    """
    checks.images(x, "avg_pool")
    window, stride, size = plan(x.shape, window, stride, "avg_pool")
    y = array_module(x).zeros(_pooled(x.shape, size), x.dtype)
    for _, _, rows, columns in positions(window, stride, size):
        y += x[:, rows, columns]
    y /= window[0] * window[1]
    return y


def avg_pool_backward(dy, input_shape, window=2, stride=None):
    """backward: a pixel gets dy/(kh·kw) from each window it was in; dy (N, oh, ow, C) → dx (N, H, W, C)."""
    window, stride, size = plan(input_shape, window, stride, "avg_pool_backward")
    checks.shape_is(dy, _pooled(input_shape, size), "avg_pool_backward: dy")
    share = dy / (window[0] * window[1])
    return put_back(array_module(dy).zeros(input_shape, dy.dtype), lambda i, j: share, window, stride, size)


def adaptive_avg_pool(x, size):
    """Averages over as many bins as are asked for, whatever the size of the image.

    x (N, H, W, C), size (oh, ow) or one number for both → y (N, oh, ow, C)
    forward: y[n, i, j, c] = mean of x[n, a_i:b_i, a_j:b_j, c] with a_i = ⌊i·H/oh⌋ and b_i = ⌈(i + 1)·H/oh⌉,
    so that bins cover the image and overlap where oh does not divide H. Kept for it: the input's shape.
    """
    xp = array_module(checks.images(x, "adaptive_avg_pool"))
    size = checks.pair(size, "adaptive_avg_pool: size", least=1)
    y = xp.empty(_pooled(x.shape, size), x.dtype)
    for i, rows in enumerate(_bins(x.shape[1], size[0])):
        for j, columns in enumerate(_bins(x.shape[2], size[1])):
            y[:, i, j] = x[:, rows, columns].mean(axis=2).mean(axis=1)  # one long sum would lose more digits
    return y


def adaptive_avg_pool_backward(dy, input_shape):
    """backward: a pixel gets dy/area from each bin that it was in; dy (N, oh, ow, C) → dx (N, H, W, C)."""
    checks.images(dy, "adaptive_avg_pool_backward: dy")
    size = dy.shape[1:3]
    four_sizes(input_shape, INPUT, "adaptive_avg_pool_backward")
    checks.shape_is(dy, _pooled(input_shape, size), "adaptive_avg_pool_backward: dy")
    dx = array_module(dy).zeros(input_shape, dy.dtype)
    for i, rows in enumerate(_bins(input_shape[1], size[0])):
        for j, columns in enumerate(_bins(input_shape[2], size[1])):
            area = (rows.stop - rows.start) * (columns.stop - columns.start)
            dx[:, rows, columns] += dy[:, i : i + 1, j : j + 1] / area
    return dx


def to_switches(y, index, input_shape, window, stride, who):
    """An image of zeros with each entry of `y` added at the place that the index names."""
    window, stride, size = plan(input_shape, window, stride, who)
    checks.shape_is(y, _pooled(input_shape, size), f"{who}: pooled array")
    check_index(index, y.shape, who)
    image = array_module(y).zeros(input_shape, y.dtype)
    return put_back(image, lambda i, j: y * (index == i * window[1] + j), window, stride, size)


def check_index(index, shape, who):
    """Nothing, if `index` can be what `max_pool` gave beside an output of `shape`."""
    if getattr(index, "shape", None) != tuple(shape):
        came = getattr(index, "shape", type(index).__name__)
        raise ShapeError(f"{who}: expected an index array of shape {tuple(shape)}, got {came}")
    if index.dtype.kind != "u":
        raise DTypeError(
            f"{who}: expected the index that max_pool gave, unsigned integers, got {index.dtype}"
        )


def plan(input_shape, window, stride, who):
    """Window and stride as pairs, and how many windows fit."""
    window = checks.pair(window, f"{who}: window", least=1)
    stride = window if stride is None else checks.pair(stride, f"{who}: stride", least=1)
    _, h, w, _ = four_sizes(input_shape, INPUT, who)
    return window, stride, output_size((h, w), window, stride, who)


def _pooled(shape, size):
    return (shape[0], *size, shape[3])


def _bins(size, count):
    """`count` slices that cover `size` pixels."""
    return [slice(i * size // count, -(-(i + 1) * size // count)) for i in range(count)]
