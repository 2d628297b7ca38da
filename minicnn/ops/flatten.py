"""From images to rows of numbers, and back."""

from math import prod

from .. import checks
from ..backend import array_module
from ..errors import ShapeError
from .windows import sizes


def flatten(x):
    """x (N, ...) → y (N, rest), in the order of the array: for images row, column, channel."""
    if checks.floating(x, "flatten").ndim < 2:
        raise ShapeError(f"flatten: expected a batch axis and at least one more, got shape {x.shape}")
    return array_module(x).array(x, order="C").reshape(x.shape[0], -1)


def flatten_backward(dy, input_shape):
    """backward: the same numbers in the input's shape; dy (N, rest) → dx of `input_shape`."""
    input_shape = sizes(input_shape, "flatten_backward", least=2)
    checks.shape_is(dy, (input_shape[0], prod(input_shape[1:])), "flatten_backward: dy")
    return array_module(dy).array(dy, order="C").reshape(input_shape)
