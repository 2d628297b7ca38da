"""The two losses of distillation against finite differences, and against their formulas."""

import numpy as np
import pytest

from minicnn.distill.matching import goal, match
from minicnn.distill.student import fit_readouts

SHAPES = [(1, 1, 1, 1), (3, 20, 4, 7), (2, 9000, 3, 16)]  # N, M, c, k


def problem(rng, n, m, c, k):
    F, T = np.maximum(rng.standard_normal((n, m, c)), 0), np.maximum(rng.standard_normal((n, m, k)), 0)
    return F, T, rng.standard_normal((c, k))


def weight(energy):
    return 0.7 / (energy + 0.1)


def loss(F, T, R, value_weight, gram_weight):
    """The docstring's formulas, letter by letter."""
    total = 0.0
    for f, t in zip(F, T, strict=True):
        of_t = t.T @ t / len(t)
        total += value_weight * np.square(f @ R - t).sum()
        if gram_weight is not None:
            total += gram_weight(np.square(of_t).sum()) * np.square(R.T @ (f.T @ f / len(f)) @ R - of_t).sum()
    return total


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("gram_weight", [None, weight])
def test_gradients_are_those_of_the_formulas(rng, shape, gram_weight):
    F, T, R = problem(rng, *shape)
    dF = F.copy()
    dR = match(dF, goal(T), R, 0.3, gram_weight).gradient
    for x, gradient in ((F, dF), (R, dR)):
        towards, h = rng.standard_normal(x.shape), 1e-5
        values = []
        for sign in (1, -1):
            x += sign * h * towards
            values.append(loss(F, T, R, 0.3, gram_weight))
            x -= sign * h * towards
        slope = (values[0] - values[1]) / (2 * h)
        assert np.vdot(gradient, towards) == pytest.approx(slope, rel=1e-6)


def test_a_gradient_of_the_values_alone_is_not_that_of_both(rng):
    """What the check above would miss if it were blind: the Gram term's share."""
    F, T, R = problem(rng, *SHAPES[1])
    alone, both = F.copy(), F.copy()
    match(alone, goal(T), R, 0.3)
    match(both, goal(T), R, 0.3, weight)
    assert np.abs(both - alone).max() > 1e-3 * np.abs(both).max()


def test_errors_are_told_before_they_are_weighed(rng):
    F, T, R = problem(rng, *SHAPES[1])
    matched = match(F.copy(), goal(T), R, 0.3, weight)
    for n, (f, t) in enumerate(zip(F, T, strict=True)):
        of_t = t.T @ t / len(t)
        assert matched.values[n] == pytest.approx(np.square(f @ R - t).sum())
        assert matched.grams[n] == pytest.approx(np.square(R.T @ (f.T @ f / len(f)) @ R - of_t).sum())


def test_read_outs_begin_at_least_squares(rng):
    F, _, R = problem(rng, 2, 500, 6, 9)
    found = fit_readouts(list(F), [f @ R for f in F], ridge=0)
    np.testing.assert_allclose(found, R, atol=1e-5)
