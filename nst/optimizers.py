"""Ways to lower a loss, with one interface.

    objective(x) → (value, gradient)       x and the gradient: arrays of one shape, dtype and library
    result = LBFGS(history=10).run(objective, x, iterations=200, callback=show)

After every iteration `callback(step)` is handed a Step; what it returns true for ends the run. x is never
written to, and a Step's canvas may change after the next one: copy what is to be kept. `objective.terms`,
where there is such a thing, is passed on.

Our own optimisers resume exactly: `state()`, whenever `whole`, is all there is to know, and one that was
given `restore(state)` goes on to the same bytes. SciPy's L-BFGS keeps its curvature to itself, and can only
go on from the canvas.
"""

import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

from minicnn import optim
from minicnn.backend import array_module
from minicnn.errors import NonFiniteError, OptionError
from minicnn.readback import number, numbers

ALL_DONE = "all iterations are done"
ASKED = "stopped on request"


class Step(NamedTuple):
    """What an iteration came to; `evaluations` and `seconds` count from the start of the run."""

    iteration: int
    canvas: object
    value: float
    terms: dict
    evaluations: int
    seconds: float


@dataclass
class Result:
    """The last good canvas, its loss, and why the run ended there."""

    canvas: object
    value: float
    iterations: int
    evaluations: int
    reason: str
    restarts: list = field(default_factory=list)  # why it would have ended before
    failed: bool = False  # a loss or a gradient was not finite


class Stuck(Exception):  # noqa: N818 - an end, not a fault
    """No further step lowers the loss; the message says why in words."""


class Optimizer:
    """The loop that our own optimisers share.

    Each defines `propose(objective)`, which finds what comes after (x, value, gradient) and changes nothing,
    `accept(*proposal)`, which takes it in, and in STATE the names of the attributes that make up its state.
    Most of the time goes into proposals: an interrupt there, or an evaluation that is not finite, leaves the
    state as it was after the last iteration.
    """

    STATE = ("iteration", "evaluations", "restarts", "x", "value", "gradient")
    ON_HOST = ()  # of these, what stays on the host although it is an array
    exact = True  # whether a restored run goes on to the same bytes

    def __init__(self, restart=False):
        self.restart = restart  # whether a run that is stuck goes on once with fresh curvature
        self.iteration = self.evaluations = 0
        self.restarts = []  # why it would have ended before
        self.x = self.value = self.gradient = None
        self.whole = True  # but not while an iteration is taken in

    def run(self, objective, x, iterations, callback=None):
        """From `x`, or from where `restore` left off, until `iterations` are done in all."""
        started = time.perf_counter()
        counted = self._counting(objective)
        try:
            if self.x is None:
                self.value, self.gradient = counted(x)
                self.x = x
            while self.iteration < iterations:
                try:
                    proposal = self._proposal(counted)
                except Stuck as stuck:
                    if not self._begin_again(str(stuck)):
                        return self._result(str(stuck))
                    continue
                with self._changing():
                    self.accept(*proposal)
                    self.iteration += 1
                if callback and callback(self._report(objective, time.perf_counter() - started)):
                    return self._result(ASKED)
        except NonFiniteError as error:
            if self.x is None:
                raise
            return self._result(str(error), failed=True)
        return self._result(ALL_DONE)

    def _proposal(self, counted):
        evaluations = self.evaluations
        try:
            return self.propose(counted)
        except KeyboardInterrupt:
            self.evaluations = evaluations  # those of an iteration that was never taken in do not count
            raise

    def _begin_again(self, reason):
        """Whether there was curvature to forget and leave to do so; if so, it is forgotten."""
        if self.restarts or not self.restart:
            return False
        with self._changing():
            forgot = self.refresh()
            if forgot:
                self.restarts = [reason]
        return forgot

    @contextmanager
    def _changing(self):
        self.whole = False
        yield
        self.whole = True

    @property
    def canvas(self):
        """The canvas to show and to keep."""
        return self.x

    def refresh(self):
        """Forget all curvature; False where there is none to forget."""
        return False

    def state(self):
        """{name: number or array}; the arrays go on changing: save or copy them first."""
        return {name: getattr(self, name) for name in self.STATE}

    def restore(self, state):
        """Go on where `state` was taken. Returns the optimiser."""
        for name in self.STATE:
            setattr(self, name, state[name])
        return self

    def _counting(self, objective):
        def counted(x, also=None):
            """(value, gradient), and the promises of more numbers that also(gradient) makes.

            Made before the value is looked at, they come back from a device in the same copy.
            """
            self.evaluations += 1
            value, gradient = objective(x)
            with np.errstate(over="ignore", invalid="ignore"):  # what is not finite is found by its sum
                more = also(gradient) if also else ()
            try:
                return *checked(value, gradient), *more
            except NonFiniteError as error:
                where = getattr(objective, "where", None)  # tells more, for some evaluations more
                raise NonFiniteError(where(x) if where else str(error)) from None

        return counted

    def _report(self, objective, seconds):
        terms = dict(getattr(objective, "terms", {}))
        return Step(self.iteration, self.canvas, self.value, terms, self.evaluations, seconds)

    def _result(self, reason, failed=False):
        return Result(
            self.canvas, self.value, self.iteration, self.evaluations, reason, self.restarts, failed
        )


class GradientDescent(Optimizer):
    """x ← x − η ∂L/∂x. Without a rate, η makes the first step change an entry by `first` on average.

    With a `decay`, η is multiplied by it over every hundred iterations, little by little.
    """

    STATE = (*Optimizer.STATE, "rate")

    def __init__(self, rate=None, first=1.0, decay=1.0):
        super().__init__()
        if rate is not None and not rate > 0:
            raise OptionError(f"gradient descent: expected a learning rate above 0, got {rate}")
        self.rate, self.first, self.decay = rate, first, decay

    def propose(self, objective):
        if self.rate is None:
            mean = number(array_module(self.x).abs(self.gradient).mean())
            self.rate = self.first / mean if mean else 1.0
        rate = self.rate * self.decay ** (self.iteration / 100)
        x = self.x - self.x.dtype.type(rate) * self.gradient
        return x, *objective(x)

    def accept(self, x, value, gradient):
        self.x, self.value, self.gradient = x, value, gradient


class Adam(Optimizer):
    """The library's Adam, and the mean of its iterates.

    x ← x − η m̂ / (√v̂ + ε), see `minicnn.optim`. The canvas is a mean over the iterates that slowly forgets,
    a ← γ a + (1 − γ) x over 1 − γᵗ, which is smoother than any of them; γ = 0 gives x itself. The value
    is that of x, since the mean's would cost an evaluation more. Within `bounds` x is clipped at each step.
    """

    STATE = (*Optimizer.STATE, "mean", "square", "trail")

    def __init__(self, rate=1.0, betas=(0.9, 0.99), eps=1e-8, average=0.99, bounds=None):
        super().__init__()
        if not 0 <= average < 1:
            raise OptionError(f"Adam: expected an average from 0 up to but not 1, got {average}")
        self.rule, self.average, self.bounds = optim.Adam([], rate, betas, eps), average, bounds
        self.mean = self.square = self.trail = None

    def propose(self, objective):
        if self.mean is None:
            zeros = array_module(self.x).zeros_like
            self.mean, self.square, self.trail = (zeros(self.x) for _ in range(3))
        x, mean, square = self.x.copy(), self.mean.copy(), self.square.copy()
        self.rule.update(x, self.gradient, self.iteration + 1, mean, square)
        self.bounds = beside(self.bounds, x)
        x = clipped(x, self.bounds)
        return x, mean, square, *objective(x)

    def accept(self, x, mean, square, value, gradient):
        self.x, self.value, self.gradient = x, value, gradient
        self.mean, self.square = mean, square
        if self.average:
            number = x.dtype.type
            self.trail *= number(self.average)
            self.trail += number(1 - self.average) * x

    @property
    def canvas(self):
        if not self.average or not self.iteration:
            return self.x
        return self.trail / self.x.dtype.type(1 - self.average**self.iteration)


def beside(bounds, x):
    """The same bounds where x is; those that are there already are not copied."""
    return bounds and [array_module(x).asarray(bound, dtype=x.dtype) for bound in bounds]


def clipped(x, bounds):
    """x within (lowest, highest), which broadcast to it; None are none."""
    return x if bounds is None else array_module(x).clip(x, *bounds)


def checked(value, gradient):
    """The evaluation, if it is a number and its gradient all numbers."""
    with np.errstate(invalid="ignore", over="ignore"):
        value, total = numbers(value, array_module(gradient).sum(gradient, dtype="float64"))
    if value - value or total - total:  # neither infinity nor NaN minus itself is 0
        raise NonFiniteError(f"the loss is {value} and its gradient adds up to {total}")
    return value, gradient
