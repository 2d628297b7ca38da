"""SciPy's L-BFGS in rounds of so many evaluations, each from where the last one ended, with fresh curvature.

As the Keras example of 2016 and the Lasagne recipe call `fmin_l_bfgs_b` again and again, SciPy's own tests
for having arrived included.
"""

import numpy as np

from .scipy_lbfgs import ScipyLBFGS


class ScipyRounds(ScipyLBFGS):
    """`iterations` counts evaluations here, and each round gets an equal share of them."""

    STATE = (*ScipyLBFGS.STATE, "round")

    def __init__(self, history=10, rounds=10):
        super().__init__(history, restart=False)
        self.rounds, self.round, self.share = rounds, 0, None

    def run(self, objective, x, iterations, callback=None):
        self.share = max(1, iterations // self.rounds)
        return super().run(objective, x, iterations, callback)

    def _options(self, iterations):
        return {
            "maxcor": self.history,
            "maxfun": self.share,
            "ftol": 1e7 * np.finfo(float).eps,
            "gtol": 1e-5,
        }

    def _begin_again(self, reason):
        with self._changing():
            self.round += 1
        return self.round < self.rounds

    def _result(self, reason, failed=False):
        if self.round == self.rounds:
            reason = f"{self.rounds} rounds of at most {self.share} evaluations are done"
        return super()._result(reason, failed)
