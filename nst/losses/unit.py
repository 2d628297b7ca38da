"""Gradients of one size, whatever the loss: as deeppy's style network balances its terms."""

import numpy as np

from minicnn.backend import array_module

BLOCK = 1 << 16  # entries whose absolute values exist at a time
NOTHING = 1e-8  # keeps a gradient of zeros, of a canvas that is the photo, from being divided by 0


class UnitGradient:
    """A loss whose gradient g, and with it the value, is divided by Σ |g| (+ 1e-8) before it is weighted.

    What comes out is the gradient of no loss: Σ |g| changes with F too, and that change is left out.
    """

    of_no_loss = True

    def __init__(self, loss):
        self.loss = loss

    @property
    def target(self):
        return self.loss.target

    def __call__(self, F, weight=1.0, out=None):
        value, dF = self.loss(F, out=out)
        share = weight / (absolute_sum(dF) + NOTHING)
        dF *= share.astype(F.dtype)
        return value * share, dF


def absolute_sum(x):
    """Σ |x|, added up in float64, on the host without an array of absolute values."""
    xp, flat = array_module(x), x.ravel()
    step = BLOCK if xp is np else x.size
    return sum(
        xp.sum(xp.abs(flat[start : start + step]), dtype="float64") for start in range(0, x.size, step)
    )
