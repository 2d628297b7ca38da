"""Convolution as one matrix product: every window becomes a row ("image to columns").

xp (N, H, W, C) padded, kernel (kh, kw, C/groups, K), y (N, oh, ow, K); with the windows as rows,
X (N·oh·ow, kh·kw·C) and the kernel as a matrix, Wt (kh·kw·C, K):
forward:  Y = X Wt
backward: dX = dY Wtᵀ, whose rows are added back to where the windows lay; dWt = Xᵀ dY
Groups are products of their own, each on its slice of the channels.
"""

from ..backend import array_module
from .windows import output_size, positions


def forward(xp, kernel, stride, groups):
    """y (N, oh, ow, K) = windows times kernel."""
    size = output_size(xp.shape[1:3], kernel.shape[:2], stride, "conv2d")
    if groups == 1:
        y = columns(xp, kernel.shape[:2], stride) @ _matrix(kernel)
        return y.reshape(xp.shape[0], *size, kernel.shape[3])
    y = array_module(xp).empty((xp.shape[0], *size, kernel.shape[3]), xp.dtype)
    for channels, filters in _groups(kernel.shape, groups):
        product = columns(xp[..., channels], kernel.shape[:2], stride) @ _matrix(kernel[..., filters])
        y[..., filters] = product.reshape(*y.shape[:3], -1)
    return y


def dx(dy, kernel, padded_shape, stride, groups):
    """dx (N, H, W, C), padding included: kh·kw shifted slices of dY Wtᵀ, added up."""
    window, c = kernel.shape[:2], kernel.shape[2]
    if (*window, *stride, groups) == (1, 1, 1, 1, 1):  # nothing overlaps and nothing is left out
        return (_matrix(dy) @ kernel[0, 0].T).reshape(padded_shape)
    result = array_module(dy).zeros(padded_shape, dy.dtype)
    for channels, filters in _groups(kernel.shape, groups):
        rows = _matrix(dy[..., filters]) @ _matrix(kernel[..., filters]).T
        rows = rows.reshape(*dy.shape[:3], *window, c)
        for i, j, down, across in positions(window, stride, dy.shape[1:3]):
            result[:, down, across, channels] += rows[..., i, j, :]
    return result


def dkernel(dy, xp, kernel_shape, stride, groups):
    """dkernel (kh, kw, C/groups, K) = windowsᵀ times dy."""
    kh, kw, c, _ = kernel_shape
    result = array_module(dy).empty(kernel_shape, dy.dtype)
    for channels, filters in _groups(kernel_shape, groups):
        product = columns(xp[..., channels], (kh, kw), stride).T @ _matrix(dy[..., filters])
        result[..., filters] = product.reshape(kh, kw, c, -1)
    return result


def columns(xp, window, stride):
    """All windows of `xp` as rows (N·oh·ow, kh·kw·C); for 1×1 windows at stride 1 a view, else one copy."""
    views = array_module(xp).lib.stride_tricks.sliding_window_view(xp, window, axis=(1, 2))
    views = views[:, :: stride[0], :: stride[1]].transpose(0, 1, 2, 4, 5, 3)  # (N, oh, ow, kh, kw, C)
    return views.reshape(-1, window[0] * window[1] * xp.shape[3])


def _matrix(x):
    """`x` as a matrix whose last axis stays."""
    return x.reshape(-1, x.shape[-1])


def _groups(kernel_shape, groups):
    """The slice of input channels and the slice of output channels of each group."""
    c, k = kernel_shape[2], kernel_shape[3] // groups
    return [(slice(g * c, (g + 1) * c), slice(g * k, (g + 1) * k)) for g in range(groups)]
