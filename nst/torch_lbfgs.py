"""L-BFGS as Torch and PyTorch have it by default: no line search, every step taken whole."""

import numpy as np

from minicnn.readback import number

from .lbfgs import LBFGS
from .losses.unit import absolute_sum
from .optimizers import Stuck, beside, clipped

CURVED = 1e-10  # the least s·y that is worth remembering
# Our own L-BFGS compares s·y with the decrease that the step promised, times the rounding of float64.
AS_PROMISED = -CURVED / np.finfo(float).eps


class TorchLBFGS(LBFGS):
    """x ← x + t d with d = −H g, and t = 1 but for the very first step, where t = min(1, 1/Σ|g|).

    The loss itself is never looked at, so that it may rise, and gradients that belong to no loss will do.
    Within `bounds` x is clipped before it is evaluated, while the step remembered stays t d.
    """

    def __init__(self, history=100, bounds=None):
        super().__init__(history, restart=False)
        self.bounds = bounds

    def propose(self, objective):
        if self.basis is None:
            self._start()
        d, slope = self._direction()
        if slope >= 0:
            raise Stuck("the gradient is 0, or the curvature collected so far no longer points downhill")
        if self.iteration == 0:
            d *= d.dtype.type(min(1.0, 1 / number(absolute_sum(self.gradient))))
        self.bounds = beside(self.bounds, self.x)
        x = clipped(self.x + d.reshape(self.x.shape), self.bounds)
        value, gradient, pair, table = objective(x, lambda gradient: self._compared(d, gradient))
        return x, value, gradient, pair, table, AS_PROMISED
