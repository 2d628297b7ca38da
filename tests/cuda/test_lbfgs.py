"""L-BFGS in kernels, against the two loops as the books have them, and against nst's optimiser as a whole."""

import numpy as np
import pytest

from minicnn.cuda.lbfgs import Curvature
from minicnn.errors import OptionError
from nst.lbfgs import LBFGS
from nst.linesearch import search

from ..nets import relative

SIZE = (1, 100)  # 300 unknowns: more than a block


def rosenbrock(x):
    """(value, gradient) of Σ 100 (x₊ − x²)² + (1 − x)²."""
    x = x.astype(np.float64).ravel()
    a, b, g = x[1:] - x[:-1] ** 2, 1 - x[:-1], np.zeros(x.size)
    g[1:] += 200 * a
    g[:-1] += -400 * x[:-1] * a - 2 * b
    return np.sum(100 * a**2 + b**2), g.astype(np.float32)


def quadratic(x):
    x = x.astype(np.float64).ravel()
    scales = np.logspace(0, 3, x.size)
    return 0.5 * np.sum(scales * x**2), (scales * x).astype(np.float32)


def two_loops(g, pairs):
    """−H g, vector by vector (Nocedal & Wright, algorithm 7.4), in double."""
    q, alphas = g.astype(np.float64), []
    for s, y in reversed(pairs):
        alphas.append(s @ q / (s @ y))
        q = q - alphas[-1] * y
    if pairs:
        s, y = pairs[-1]
        q *= s @ y / (y @ y)
    for (s, y), alpha in zip(pairs, reversed(alphas), strict=True):
        q += s * (alpha - y @ q / (s @ y))
    return -q


@pytest.mark.parametrize("history", [1, 3, 10])
@pytest.mark.parametrize("backwards", [False, True])
def test_directions_are_the_books(make_host, rng, history, backwards):
    """Along steps of any length; a step that is not kept, and curvature that is forgotten, among them."""
    curvature, pairs = Curvature(make_host(backwards=backwards), SIZE, history), []
    x = rng.normal(size=300).astype(np.float32)
    _, g = quadratic(x)
    d = curvature.begin(x, g)
    for number in range(14):
        expected = two_loops(g, pairs)
        assert relative(d, expected) < 1e-4
        assert curvature.promise[0] == pytest.approx(g @ expected, rel=1e-4)
        trial = curvature.move(0.1 + 0.2 * (number % 3))
        _, new = quadratic(trial)
        s, y = (trial - x).astype(float), (new - g).astype(float)
        x, g, kept = trial.copy(), new, number != 4
        if kept:
            pairs = [*pairs, (s, y)][-history:]
        d = curvature.accept(new, kept)
        if number == 10:
            d, pairs = curvature.forget(), []
        assert np.array_equal(curvature.buffers["x"], x)
        assert np.array_equal(curvature.buffers["g"], g)


def descend(curvature, problem, x, iterations):
    """As nst's optimiser does it; the values on the way."""
    value, g = problem(x)
    d, values = curvature.begin(x, g), [value]
    for number in range(iterations):
        slope, reached = float(curvature.promise[0]), {}

        def along(t, d=d, reached=reached):
            reached["value"], reached["g"] = problem(curvature.move(t))
            return reached["value"], float(reached["g"].astype(float) @ d)

        found = search(along, values[-1], slope, 1.0 if number else 1 / np.linalg.norm(d))
        if found is None or not found.value < values[-1]:
            break
        d = curvature.accept(reached["g"])
        values.append(found.value)
    return values


@pytest.mark.parametrize(("problem", "steps"), [(quadratic, 30), (rosenbrock, 15)])
def test_a_descent_is_nsts(make_host, rng, problem, steps):
    x, passed = rng.normal(size=300).astype(np.float32), []
    values = descend(Curvature(make_host(), SIZE, 10), problem, x, steps)
    reports = []
    LBFGS(10).run(_objective(problem, passed), x, steps, lambda step: reports.append(step.value))
    assert len(values) == steps + 1
    assert values[1:] == pytest.approx(reports, rel=2e-3)
    assert values[-1] < 1e-2 * values[0]


def _objective(problem, passed):
    """An objective, which hands the gradient to whoever wants to look at it as well."""

    def objective(x, also=None):
        value, gradient = problem(x)
        passed.append(value)
        return (value, gradient) if also is None else (value, gradient, *also(gradient))

    return objective


@pytest.mark.parametrize("history", [0, 129])
def test_a_history_that_there_is_no_room_for(make_host, history):
    with pytest.raises(OptionError, match=f"expected a history of 1 to 128, got {history}"):
        Curvature(make_host(), SIZE, history)
