"""Convolution as it is defined, one window at a time: slow, and the measure of the fast ones.

All three functions work on an image that is padded already. They walk over the same triples: a place
in the image, a place in the output, and the part of the kernel that joins the two.

xp (N, H, W, C) padded, kernel (kh, kw, C/groups, K), y (N, oh, ow, K)
forward:  y[n, y, x, k] = Σ over i, j, c of xp[n, y·sh + i, x·sw + j, c] · kernel[i, j, c, k]
backward: each product hands dy on to its two factors:
          dx[n, y·sh + i, x·sw + j, c] += dy[n, y, x, k] · kernel[i, j, c, k]
          dkernel[i, j, c, k] += dy[n, y, x, k] · xp[n, y·sh + i, x·sw + j, c]
With groups, the k-th output sees only the channels c of its own group.
"""

from ..backend import array_module
from .windows import output_size


def forward(xp, kernel, stride, groups):
    """y (N, oh, ow, K): under each window, the sum of image times kernel."""
    n, h, w, _ = xp.shape
    size = output_size((h, w), kernel.shape[:2], stride, "conv2d")
    y = array_module(xp).zeros((n, *size, kernel.shape[3]), xp.dtype)
    for image, output, tap in _triples(y.shape, kernel.shape, stride, groups):
        y[output] += xp[image] @ kernel[tap]
    return y


def dx(dy, kernel, padded_shape, stride, groups):
    """dx (N, H, W, C), padding included: every output gives its gradient back to the pixels it saw."""
    result = array_module(dy).zeros(padded_shape, dy.dtype)
    for image, output, tap in _triples(dy.shape, kernel.shape, stride, groups):
        result[image] += kernel[tap] @ dy[output]
    return result


def dkernel(dy, xp, kernel_shape, stride, groups):
    """dkernel (kh, kw, C/groups, K): every output tells each weight what it was multiplied with."""
    result = array_module(dy).zeros(kernel_shape, dy.dtype)
    for image, output, tap in _triples(dy.shape, kernel_shape, stride, groups):
        result[tap] += xp[image][:, None] * dy[output]
    return result


def _triples(output_shape, kernel_shape, stride, groups):
    """Indices (image, output, tap) of vectors c, k and a matrix (c, k), for each pixel, group, position."""
    kh, kw, c, k = kernel_shape
    k //= groups
    n, oh, ow, _ = output_shape
    for b in range(n):
        for y in range(oh):
            for x in range(ow):
                for g in range(groups):
                    channels, filters = slice(g * c, (g + 1) * c), slice(g * k, (g + 1) * k)
                    for i in range(kh):
                        for j in range(kw):
                            image = b, y * stride[0] + i, x * stride[1] + j, channels
                            yield image, (b, y, x, filters), (i, j, slice(None), filters)
