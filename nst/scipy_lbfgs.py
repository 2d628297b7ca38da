"""SciPy's L-BFGS-B, the reference and our default on a CPU, behind the interface of the other optimisers.

It works in float64: 25 vectors of the canvas's size at a history of 10. Its own stopping tests are switched
off (an iteration count ends the run), but it may still find no better point; then it says so in words and,
once, starts again from there with fresh curvature.
"""

import time

import numpy as np

from minicnn.backend import array_module
from minicnn.errors import DeviceError, NonFiniteError, OptionError
from minicnn.parallel import blas_single_threaded

from .optimizers import ALL_DONE, ASKED, Optimizer

# What SciPy's messages mean; each version spells them differently, but these words stay.
WORDS = {
    "ABNORMAL": "the line search found no lower loss: what is left to gain is less than rounding hides",
    "FACTR": "the last step lowered the loss by less than float64 can tell",
    "PGTOL": "the gradient is 0: this is a minimum, or a saddle",
}


class ScipyLBFGS(Optimizer):
    """scipy.optimize's L-BFGS-B without bounds. It resumes from the canvas alone, with no curvature."""

    STATE = ("iteration", "evaluations", "restarts", "x", "value")
    exact = False

    def __init__(self, history=10, restart=True):
        super().__init__(restart)
        if history < 1:
            raise OptionError(f"l-bfgs: expected a history of at least 1, got {history}")
        self.history = history

    def run(self, objective, x, iterations, callback=None):
        started = time.perf_counter()
        counted = self._counting(objective)
        self.x = x if self.x is None else self.x
        if array_module(self.x) is not np:
            raise DeviceError("l-bfgs: SciPy's works on NumPy arrays alone; on a GPU use our own, lbfgs")

        def accepted(intermediate_result):
            x, value = self._shaped(intermediate_result.x), float(intermediate_result.fun)
            with self._changing():
                self.x, self.value = x, value
                self.iteration += 1
            if callback and callback(self._report(objective, time.perf_counter() - started)):
                self.asked = True
                raise StopIteration

        self.asked = False
        try:
            while self.iteration < iterations and not self.asked:
                reason = self._minimize(counted, iterations - self.iteration, accepted)
                if self.asked or self.iteration >= iterations:
                    break
                if not self._begin_again(reason):
                    return self._result(reason)
        except NonFiniteError as error:
            if self.value is None:
                raise
            return self._result(str(error), failed=True)
        return self._result(ASKED if self.asked else ALL_DONE)

    def refresh(self):
        return True  # SciPy begins every call with fresh curvature

    def _minimize(self, objective, iterations, accepted):
        """SciPy's loop from self.x; why it ended, in words."""
        from scipy.optimize import minimize

        def both(flat):
            value, gradient = objective(self._shaped(flat))
            self.value = value if self.value is None else self.value
            return value, gradient.ravel().astype(np.float64)

        options = self._options(iterations)
        start = self.x.ravel().astype(np.float64)
        with blas_single_threaded():  # SciPy's own threads would go on spinning into the next evaluation
            found = minimize(both, start, jac=True, method="L-BFGS-B", callback=accepted, options=options)
        return next((words for key, words in WORDS.items() if key in found.message), found.message)

    def _options(self, iterations):
        return {"maxcor": self.history, "maxiter": iterations, "maxfun": 10**9, "ftol": 0, "gtol": 0}

    def _shaped(self, flat):
        """SciPy's float64 vector as a canvas of ours; a copy, since SciPy goes on writing to its own."""
        return flat.astype(self.x.dtype).reshape(self.x.shape)
