"""What a lesson declares: exercises, the cases they are tried on, other right ways, known mistakes."""

import importlib.util
import inspect
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

SEEDS = (1959, 1962, 2012, 2014, 2015)


@dataclass(frozen=True)
class Case:
    """Arguments of one call."""

    args: tuple
    kwargs: dict


def given(*args, **kwargs):
    """One case: the arguments that the reader's function is called with."""
    return Case(args, kwargs)


def integers(rng, *shape, low=-4, high=4):
    """Small whole numbers as float64: a case to follow with a pencil."""
    return rng.integers(low, high + 1, shape).astype(float)


def normal(rng, *shape):
    """Standard normal float64 numbers."""
    return rng.standard_normal(shape)


def distinct(rng, *shape):
    """Numbers between −1 and 1 that are all different, and none of them 0: no ties, no kinks."""
    size = int(np.prod(shape))
    return ((rng.permutation(size) + 0.75) / size * 2 - 1).reshape(shape)


@dataclass
class Mistake:
    """A wrong answer that people give, and what to say about it."""

    function: object
    explanation: str


@dataclass
class Exercise:
    """One function for the reader to write."""

    number: str  # "2.1"
    name: str
    title: str
    tested: str
    hints: tuple
    solution: object
    tolerance: float
    use: object
    judge: object
    may_change: tuple
    returns: tuple
    make_cases: object = None
    mistakes: list = field(default_factory=list)
    alternatives: list = field(default_factory=list)

    def cases(self, make_cases):
        """Decorator: a generator function of an rng that yields `given(...)`; run once for each seed."""
        self.make_cases = make_cases
        return make_cases

    def mistake(self, explanation):
        """Decorator: a wrong answer, recognised by its numbers; explained in a sentence with a formula."""

        def add(function):
            self.mistakes.append(Mistake(function, " ".join(explanation.split())))
            return function

        return add

    def alternative(self, function):
        """Decorator: another right answer."""
        self.alternatives.append(function)
        return function

    def all_cases(self):
        """Every case, the first one once more at the end: an answer must not depend on earlier calls."""
        cases = [case for seed in SEEDS for case in self.make_cases(np.random.default_rng(seed))]
        return [*cases, cases[0]]

    def call(self, function, case):
        return self.use(function, *case.args, **case.kwargs)

    def arguments(self, case):
        """{name: value} as the solution's signature names them."""
        if self.use is not directly:
            signature = inspect.signature(self.use)
            signature = signature.replace(parameters=list(signature.parameters.values())[1:])
        else:
            signature = inspect.signature(self.solution)
        return dict(signature.bind(*case.args, **case.kwargs).arguments)


def directly(function, *args, **kwargs):
    return function(*args, **kwargs)


class Lesson:
    """The exercises of one lesson, declared in `checks/NN_name.py`; `right` holds its solutions."""

    def __init__(self, checks_file):
        path = Path(checks_file).resolve()
        self.name = path.stem
        self.number = int(self.name[:2])
        self.right = load_file(path.parents[1] / "solutions" / path.name, f"solutions_{self.name}")
        self.exercises = []

    def exercise(
        self,
        name,
        title,
        *,
        tested,
        hints,
        tolerance=1e-9,
        use=directly,
        judge=None,
        may_change=(),
        returns=(),
    ):
        """Declares the function `name` of this lesson's exercises file; its solution is that of `right`.

        tested      one line: what it is tried on
        hints       from a nudge to nearly the answer
        tolerance   how far an entry may be off, relative to the largest entry expected
        use         use(function, *arguments): how the reader's function is called, if not directly
        judge       judge(got, expected, *arguments) → None or what is wrong, where many answers are right
        may_change  names of arguments that the function may write to
        returns     what its results are called, where there are several
        """
        number = f"{self.number}.{len(self.exercises) + 1}"
        new = Exercise(
            number,
            name,
            title,
            tested=tested,
            hints=tuple(hints),
            solution=getattr(self.right, name),
            tolerance=tolerance,
            use=use,
            judge=judge,
            may_change=tuple(may_change),
            returns=tuple(returns),
        )
        self.exercises.append(new)
        return new


def load_file(path, name):
    """A Python file as a module, whatever its file name."""
    spec = importlib.util.spec_from_file_location(name, path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
