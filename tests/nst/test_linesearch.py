"""The test functions of Moré and Thuente's article, from first trials too short and too long by far."""

from math import cos, pi, sin, sqrt

import numpy as np
import pytest

from nst.linesearch import CURVATURE, DECREASE, search


def rational(t, b=2.0):
    return -t / (t * t + b), (t * t - b) / (t * t + b) ** 2


def quintic(t, b=0.004):
    u = t + b
    return u**5 - 2 * u**4, 5 * u**4 - 8 * u**3


def wavy(t, b=0.01, waves=39):
    """A kink rounded off at 1, with a sine laid over it."""
    a, s = pi * waves / 2, 2 * (1 - b) / (waves * pi)
    if t <= 1 - b:
        base, slope = 1 - t, -1.0
    elif t >= 1 + b:
        base, slope = t - 1, 1.0
    else:
        base, slope = (t - 1) ** 2 / (2 * b) + b / 2, (t - 1) / b
    return base + s * sin(a * t), slope + s * a * cos(a * t)


def two_roots(t, b1=0.001, b2=0.01):
    g1, g2 = sqrt(1 + b1 * b1) - b1, sqrt(1 + b2 * b2) - b2
    left, right = sqrt((1 - t) ** 2 + b2 * b2), sqrt(t * t + b1 * b1)
    return g1 * left + g2 * right, g1 * (t - 1) / left + g2 * t / right


@pytest.mark.parametrize("phi", [rational, quintic, wavy, two_roots, lambda t: two_roots(t, 0.01, 0.001)])
@pytest.mark.parametrize("step", [1e-3, 1e-1, 1e1, 1e3])
def test_both_wolfe_conditions_hold_where_it_ends(phi, step):
    value, slope = phi(0.0)
    asked = []

    def counted(t):
        asked.append(t)
        return phi(t)

    found = search(counted, value, slope, step, narrow=1e-10)
    assert found.t > 0
    assert found.t == asked[-1]
    assert (found.value, found.slope) == phi(found.t)
    assert found.value <= value + DECREASE * slope * found.t
    assert abs(found.slope) <= CURVATURE * abs(slope)
    assert len(asked) <= 15


def test_a_parabola_is_solved_at_the_second_trial():
    """The first trial overshoots; the interpolation of a parabola is exact."""
    asked = []

    def phi(t):
        asked.append(t)
        return (t - 1) ** 2, 2 * (t - 1)

    found = search(phi, *phi(0.0), 5.0)
    assert found.t == pytest.approx(1)
    assert len(asked) == 3


def test_a_loss_that_falls_for_ever_or_is_no_number_ends_in_none_or_at_the_longest_step():
    found = search(lambda t: (-t, -1.0), 0.0, -1.0, 1.0)
    assert found is None or found.value < -1e9
    assert search(lambda t: (np.nan, 1.0), 0.0, -1.0, 1.0) is None
