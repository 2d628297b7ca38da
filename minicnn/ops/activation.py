"""Rectification: ReLU, and the rule by which a deconvnet walks back through it."""

from .. import checks
from ..backend import array_module
from ..errors import DTypeError, ShapeError


def relu(x):
    """What is positive stays, the rest becomes 0.

    x of any shape → y and mask of the same shape, mask boolean
    forward: y = max(x, 0), mask = x > 0. Kept for backward: the mask.
    """
    xp = array_module(checks.floating(x, "relu"))
    return xp.maximum(x, 0), x > 0


def relu_backward(dy, mask):
    """backward: dx = dy where x was positive, 0 elsewhere (the slope at 0 is taken as 0)."""
    checks.floating(dy, "relu_backward: dy")
    came = getattr(mask, "shape", None)
    if came != dy.shape:
        raise ShapeError(f"relu_backward: expected a mask of dy's shape {dy.shape}, got {came}")
    if mask.dtype != bool:  # y or x in its place would be multiplied with dy, and look like a gradient
        raise DTypeError(f"relu_backward: expected the boolean mask that relu gave, got {mask.dtype}")
    return dy * mask


def rectified_backward(dy):
    """The deconvnet's way back through ReLU (Zeiler & Fergus 2013): dx = max(dy, 0).

    Not a derivative: it asks nothing of x and keeps what would raise the unit's activation.
    """
    xp = array_module(checks.floating(dy, "rectified_backward: dy"))
    return xp.maximum(dy, 0)
