"""Dropout: noise while training, nothing afterwards."""

from .. import checks
from ..backend import array_module
from ..errors import OptionError
from .options import number, shown


def dropout(x, rate=0.5, rng=None):
    """Each entry is set to 0 with probability `rate`; the others grow, so that the mean stays.

    x of any shape → y and factor of that shape; without an `rng`, as in inference, y = x and factor is None
    forward: y = x · factor, each factor 0 or 1/(1 − rate). Kept for backward: the factors.
    """
    xp = array_module(checks.floating(x, "dropout"))
    number(rate, "dropout: rate", "a number from 0 up to but not 1", lambda rate: 0 <= rate < 1)
    if rng is None:
        return x.copy(), None
    if not hasattr(rng, "random"):
        raise OptionError(
            f"dropout: expected rng as np.random.default_rng(seed) gives one, or None, got {shown(rng)}"
        )
    factor = (xp.asarray(rng.random(x.shape)) >= rate).astype(x.dtype)
    factor /= 1 - rate
    return x * factor, factor


def dropout_backward(dy, factor):
    """backward: dx = dy · factor, or dy where nothing was dropped (factor None)."""
    checks.floating(dy, "dropout_backward: dy")
    if factor is None:
        return dy.copy()
    checks.shape_is(factor, dy.shape, "dropout_backward: factor")
    checks.same_dtype(dy, factor, "dropout_backward: dy and factor")
    return dy * factor
