"""Convolution (cross-correlation) and its gradients: one function for each, three algorithms under them."""

from math import prod
from typing import Any, NamedTuple

import numpy as np

from .. import checks
from ..backend import array_module
from ..errors import OptionError, ShapeError
from . import im2col, naive, winograd
from .options import is_whole, shown
from .padding import check_amounts, pad, pad_backward
from .windows import four_sizes, output_size

# Each has forward(xp, kernel, stride, groups), dx(dy, kernel, padded_shape, stride, groups) and
# dkernel(dy, xp, kernel_shape, stride, groups), on images that are padded already.
ALGORITHMS = {"naive": naive, "im2col": im2col, "winograd": winograd}

# Measured: with fewer channels or pixels than this, the transforms cost more than Winograd's products save.
PAYS = (32, 64 * 64)
PAYS_FOR_KERNEL = (16, 32 * 32)  # whose gradient im2col would have to copy nine times the image for


def conv2d(x, kernel, bias=None, *, stride=1, padding=0, edges="zero", groups=1, algorithm="auto"):
    """Every filter of `kernel` laid over every window of `x`.

    x (N, H, W, C), kernel (kh, kw, C/groups, K), bias (K,) → y (N, oh, ow, K), oh = ⌊(H + 2·ph − kh)/sh⌋ + 1
    forward:  y[n, y, x, k] = bias[k] + Σ over i, j, c of xp[n, y·sh + i, x·sw + j, c] · kernel[i, j, c, k],
    xp being the padded image. backward: `conv2d_dx`, `conv2d_dkernel`, `conv2d_dbias`.
    """
    checks.images(x, "conv2d: x")
    _check_kernel(kernel, x, "conv2d")
    plan = _plan(x, x.shape, kernel.shape, stride, padding, edges, groups, algorithm, "conv2d")
    if bias is not None:
        checks.shape_is(bias, kernel.shape[3:], "conv2d: bias")
        checks.same_dtype(x, bias, "conv2d: x and bias")
    y = plan.algorithm.forward(_padded(x, plan, edges), kernel, plan.stride, groups)
    if bias is not None:
        y += bias
    return y


def conv2d_dx(dy, kernel, input_shape, *, stride=1, padding=0, edges="zero", groups=1, algorithm="auto"):
    """The gradient for the image: every output's gradient, weighed by the kernel, back to the window it saw.

    dy (N, oh, ow, K), kernel (kh, kw, C/groups, K) → dx of `input_shape`, (N, H, W, C)
    backward: dxp[n, y·sh + i, x·sw + j, c] += Σ over k of dy[n, y, x, k] · kernel[i, j, c, k], then the
    borders are folded back (`pad_backward`). Kept from forward: the input's shape alone.
    """
    checks.images(dy, "conv2d_dx: dy")
    _check_kernel(kernel, dy, "conv2d_dx")
    plan = _plan(dy, input_shape, kernel.shape, stride, padding, edges, groups, algorithm, "conv2d_dx")
    checks.shape_is(dy, plan.output_shape, "conv2d_dx: dy")
    dxp = plan.algorithm.dx(dy, kernel, plan.padded_shape, plan.stride, groups)
    return pad_backward(dxp, plan.amounts, edges) if any(plan.amounts) else dxp


def conv2d_dkernel(dy, x, kernel_shape, *, stride=1, padding=0, edges="zero", groups=1, algorithm="auto"):
    """The gradient for the kernel: each weight's input times the gradient of its output, over all windows.

    dy (N, oh, ow, K), x (N, H, W, C) → dkernel of `kernel_shape`, (kh, kw, C/groups, K)
    backward: dkernel[i, j, c, k] = Σ over n, y, x of dy[n, y, x, k] · xp[n, y·sh + i, x·sw + j, c].
    Kept from forward: the input.
    """
    checks.images(x, "conv2d_dkernel: x")
    options = stride, padding, edges, groups, algorithm, "conv2d_dkernel"
    plan = _plan(x, x.shape, kernel_shape, *options, pays=PAYS_FOR_KERNEL)
    checks.shape_is(dy, plan.output_shape, "conv2d_dkernel: dy")
    checks.same_dtype(dy, x, "conv2d_dkernel: dy and x")
    return plan.algorithm.dkernel(dy, _padded(x, plan, edges), tuple(kernel_shape), plan.stride, groups)


def conv2d_dbias(dy):
    """The gradient for the bias: dbias[k] = Σ over n, y, x of dy[n, y, x, k]; dy (N, oh, ow, K) → (K,)."""
    checks.images(dy, "conv2d_dbias: dy")
    return dy.sum(axis=2).sum(axis=(0, 1))  # in two steps: one long float32 sum loses more digits


class _Plan(NamedTuple):
    stride: tuple
    amounts: tuple
    padded_shape: tuple
    output_shape: tuple
    algorithm: Any


def _plan(array, input_shape, kernel_shape, stride, padding, edges, groups, algorithm, who, pays=PAYS):
    """The options, checked and spelt out."""
    n, h, w, c = four_sizes(input_shape, "an input (N, H, W, C)", who)
    kh, kw, ck, k = four_sizes(kernel_shape, "a kernel (kh, kw, C/groups, K)", who)
    stride = checks.pair(stride, f"{who}: stride", least=1)
    ph, pw = checks.pair(padding, f"{who}: padding")
    if not is_whole(groups) or groups < 1 or k % groups:
        raise OptionError(
            f"{who}: groups must divide the {k} output channels of the kernel, a whole number, "
            f"got {shown(groups)}"
        )
    if c != ck * groups:
        raise ShapeError(
            f"{who}: expected {ck * groups} channels by kernel {kernel_shape} and groups={groups}, got {c}"
        )
    amounts = check_amounts((ph, ph, pw, pw), edges, input_shape, who)
    padded = (n, h + 2 * ph, w + 2 * pw, c)
    output = (n, *output_size(padded[1:3], (kh, kw), stride, who), k)
    chosen = _choose(algorithm, array, kernel_shape, output, stride, groups, who, pays)
    return _Plan(stride, amounts, padded, output, chosen)


def _choose(algorithm, array, kernel_shape, output_shape, stride, groups, who, pays):
    """The module that does the work."""
    checks.one_of(algorithm, ("auto", *ALGORITHMS), f"{who}: algorithm")
    kh, kw, c, k = kernel_shape
    plain = (kh, kw, *stride, groups) == (3, 3, 1, 1, 1) and array_module(array) is np
    if algorithm == "winograd" and not plain:
        raise OptionError(
            f"{who}: winograd needs a NumPy array, a 3×3 kernel, stride 1 and groups=1, got a kernel "
            f"{kernel_shape}, stride {stride} and groups={groups}; use algorithm='auto'"
        )
    if algorithm == "auto":
        enough = min(c, k) >= pays[0] and prod(output_shape[:3]) >= pays[1]
        algorithm = "winograd" if plain and enough else "im2col"
    return ALGORITHMS[algorithm]


def _padded(x, plan, edges):
    return pad(x, plan.amounts, edges) if any(plan.amounts) else x


def _check_kernel(kernel, x, who):
    checks.floating(kernel, f"{who}: kernel")
    checks.same_dtype(x, kernel, f"{who}: image and kernel")
