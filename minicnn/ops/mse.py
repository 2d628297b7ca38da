"""The mean-square loss."""

import numpy as np

from .. import checks


def mean_square(y, target):
    """The average squared difference.

    y and target of one shape → loss, dy of that shape
    forward:  loss = 1/size · Σ (y − target)²
    backward: dy = 2(y − target)/size
    """
    checks.floating(y, "mean_square: y")
    checks.shape_is(target, y.shape, "mean_square: target")
    checks.same_dtype(y, target, "mean_square: y and target")
    checks.finite(y, "mean_square: y")
    checks.finite(target, "mean_square: target")
    with np.errstate(over="ignore"):  # a loss beyond the dtype is infinite, and that is the answer
        difference = y - target
        return (difference * difference).mean(), difference * (2 / y.size)
