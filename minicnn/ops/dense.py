"""The fully connected layer: one matrix product."""

from .. import checks
from ..errors import ShapeError


def dense(x, kernel, bias=None):
    """Every output weighs every input.

    x (N, I), kernel (I, O), bias (O,) → y (N, O)
    forward:  y = x·kernel + bias
    backward: `dense_backward`. Kept for it: x.
    """
    _check(x, kernel, "dense")
    y = x @ kernel
    if bias is not None:
        checks.shape_is(bias, kernel.shape[1:], "dense: bias")
        checks.same_dtype(x, bias, "dense: x and bias")
        y += bias
    return y


def dense_backward(dy, x, kernel):
    """dy (N, O) → dx (N, I) = dy·kernelᵀ, dkernel (I, O) = xᵀ·dy, dbias (O,) = Σ over n of dy."""
    _check(x, kernel, "dense_backward")
    checks.shape_is(dy, (x.shape[0], kernel.shape[1]), "dense_backward: dy")
    checks.same_dtype(dy, x, "dense_backward: dy and x")
    return dy @ kernel.T, x.T @ dy, dy.sum(axis=0)


def _check(x, kernel, who):
    checks.floating(x, f"{who}: x")
    checks.floating(kernel, f"{who}: kernel")
    checks.same_dtype(x, kernel, f"{who}: x and kernel")
    if x.ndim != 2 or kernel.ndim != 2 or x.shape[1] != kernel.shape[0]:
        raise ShapeError(
            f"{who}: expected x (N, I) and kernel (I, O), got {x.shape}, {kernel.shape}; flatten images first"
        )
