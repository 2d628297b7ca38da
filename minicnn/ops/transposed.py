"""The way back up: transposed convolution and unpooling, each its counterpart read backwards.

A convolution without bias and a max pooling with its winners fixed are linear maps; what stands here is
their transposes, and the gradient of a transpose is the map itself. With `rectified_backward` of
activation.py they make a deconvnet (Zeiler & Fergus 2013).
"""

from .. import checks
from ..backend import array_module
from ..errors import OptionError, ShapeError
from .convolution import conv2d, conv2d_dbias, conv2d_dkernel, conv2d_dx
from .options import whole
from .pooling import check_index, plan, to_switches
from .windows import positions


def conv2d_transposed(x, kernel, bias=None, *, stride=1, padding=0, output_padding=0, groups=1):
    """What the convolution with this kernel would hand back for dy = x.

    x (N, h, w, K), kernel (kh, kw, C/groups, K) as that convolution has it, bias (C,) → y (N, H, W, C),
    H = (h − 1)·sh − 2·ph + kh + output_padding: a convolution's floor takes several sizes H to one
    h, and output_padding, below the stride, chooses among them
    forward: yp[n, y·sh + i, x·sw + j, c] += Σ over k of x[n, y, x, k] · kernel[i, j, c, k], less its padding.
    """
    checks.images(x, "conv2d_transposed: x")
    checks.floating(kernel, "conv2d_transposed: kernel")
    shape = _stretched(x.shape, kernel.shape, stride, padding, output_padding, groups)
    y = conv2d_dx(x, kernel, shape, stride=stride, padding=padding, groups=groups)
    if bias is not None:
        checks.shape_is(bias, shape[3:], "conv2d_transposed: bias")
        checks.same_dtype(x, bias, "conv2d_transposed: x and bias")
        y += bias
    return y


def conv2d_transposed_backward(dy, x, kernel, *, stride=1, padding=0, output_padding=0, groups=1):
    """backward: dx is the convolution of dy; in dkernel x and dy change places; dbias = Σ over n, H, W of dy.

    dy (N, H, W, C), x (N, h, w, K), kernel (kh, kw, C/groups, K) → dx, dkernel, dbias
    """
    checks.images(x, "conv2d_transposed_backward: x")
    checks.floating(kernel, "conv2d_transposed_backward: kernel")
    shape = _stretched(x.shape, kernel.shape, stride, padding, output_padding, groups)
    checks.shape_is(dy, shape, "conv2d_transposed_backward: dy")
    options = {"stride": stride, "padding": padding, "groups": groups}
    return conv2d(dy, kernel, **options), conv2d_dkernel(x, dy, kernel.shape, **options), conv2d_dbias(dy)


def unpool(y, index, input_shape, window=2, stride=None):
    """Every entry put back to where `max_pool` found it; zeros elsewhere.

    y and index (N, oh, ow, C) → x of `input_shape`, (N, H, W, C)
    forward: x[n, y·sh + i, x·sw + j, c] += y[n, y, x, c], (i, j) the switch that the index holds. Entries of
    overlapping windows that meet in one pixel are added, so this is the transpose of max pooling.
    """
    return to_switches(y, index, input_shape, window, stride, "unpool")


def unpool_backward(dx, index, window=2, stride=None):
    """backward: dy = dx at the switches; dx (N, H, W, C), index (N, oh, ow, C) → dy (N, oh, ow, C)."""
    xp = array_module(checks.images(dx, "unpool_backward: dx"))
    window, stride, size = plan(dx.shape, window, stride, "unpool_backward")
    check_index(index, (dx.shape[0], *size, dx.shape[3]), "unpool_backward")
    dy = xp.zeros(index.shape, dx.dtype)
    for i, j, rows, columns in positions(window, stride, size):
        xp.copyto(dy, dx[:, rows, columns], where=index == i * window[1] + j)
    return dy


def _stretched(shape, kernel_shape, stride, padding, output_padding, groups):
    """(N, H, W, C) of what comes out; that kernel and options fit together is left to `conv2d_dx`."""
    who = "conv2d_transposed"
    stride, padding = checks.pair(stride, f"{who}: stride", least=1), checks.pair(padding, f"{who}: padding")
    extra = checks.pair(output_padding, f"{who}: output_padding")
    if extra[0] >= stride[0] or extra[1] >= stride[1]:
        raise OptionError(f"{who}: output_padding must be smaller than the stride {stride}, got {extra}")
    if len(kernel_shape) != 4 or kernel_shape[3] != shape[3]:
        raise ShapeError(f"{who}: expected a kernel (kh, kw, C/groups, {shape[3]}), got shape {kernel_shape}")
    if kernel_shape[3] % whole(groups, f"{who}: groups"):
        raise OptionError(f"{who}: groups must divide the {shape[3]} channels of x, got {groups}")
    size = [(shape[a + 1] - 1) * stride[a] - 2 * padding[a] + kernel_shape[a] + extra[a] for a in (0, 1)]
    if min(size) < 1:
        raise OptionError(f"{who}: padding must leave something of the image, got {padding}")
    return (shape[0], *size, kernel_shape[2] * groups)
