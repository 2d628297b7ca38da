"""A step length that satisfies the strong Wolfe conditions, as Moré and Thuente (1994) find it.

Along a direction of descent, φ(t) = L(x + t·d) with slope φ'(t) = ∇L(x + t·d)·d. A step t is accepted when
    φ(t) ≤ φ(0) + c₁ t φ'(0)      it lowers the loss by a fair part of what the slope promised, and
    |φ'(t)| ≤ c₂ |φ'(0)|          the slope there is a fair part flatter.
or when a minimum is known to lie within a tenth of the step around it, which is near enough.
The search holds the best step so far and, once there is one, a second such that a minimum lies between the
two. Each trial is the minimum of a cubic or quadratic through what is known at both. The constants are those
of SciPy's L-BFGS-B.
"""

from math import inf, isfinite, sqrt
from typing import NamedTuple

DECREASE, CURVATURE, WIDTH = (
    1e-3,
    0.9,
    0.1,
)  # c₁, c₂, and the relative width at which an interval is narrow enough
EVALUATIONS, LONGEST = 20, 1e10


class Point(NamedTuple):
    """A step with the loss and the slope there."""

    t: float
    value: float
    slope: float

    def tilted(self, slope):
        """The point of φ(t) − slope·t."""
        return Point(self.t, self.value - slope * self.t, self.slope - slope)


def search(phi, value, slope, step, narrow=WIDTH):
    """The accepted Point, or None where the search comes to no end.

    `phi(t)` gives (loss, slope) at step t; `value` and `slope` are those at 0; `step` is tried first, and
    `narrow` is the relative width at which an interval counts as a point. What is returned was always
    evaluated last.
    """
    start = best = other = Point(0.0, value, slope)
    promised = DECREASE * slope
    bracketed, early = False, True
    low, high = 0.0, 5 * step
    width, width_before = LONGEST, 2 * LONGEST
    for _ in range(EVALUATIONS):
        trial = Point(step, *phi(step))
        if not (isfinite(trial.value) and isfinite(trial.slope)):
            return None
        enough = trial.value <= start.value + promised * trial.t
        if enough and abs(trial.slope) <= CURVATURE * -start.slope:
            return trial
        if bracketed and (not low < step < high or high - low <= narrow * high):
            return trial  # rounding leaves nothing between the ends; L-BFGS-B takes what it has, and so do we
        if step == LONGEST and enough and trial.slope <= promised:
            return trial
        early = early and not (enough and trial.slope >= 0)
        # Until a step has lowered the loss enough, seek a minimum of φ less the promised decrease.
        tilt = promised if early and not enough and trial.value <= best.value else 0.0
        known = [point.tilted(tilt) for point in (best, other, trial)]
        step, bracketed, (best, other) = _next(*known, bracketed, low, high)
        best, other = best.tilted(-tilt), other.tilted(-tilt)
        if bracketed:
            if abs(other.t - best.t) >= 0.66 * width_before:
                step = best.t + (other.t - best.t) / 2
            width_before, width = width, abs(other.t - best.t)
            low, high = min(best.t, other.t), max(best.t, other.t)
        else:
            low, high = step + 1.1 * (step - best.t), step + 4 * (step - best.t)
        step = min(max(step, 0.0), LONGEST)
        if bracketed and (not low < step < high or high - low <= narrow * high):
            step = best.t
    return None


def _next(best, other, trial, bracketed, low, high):
    """The next step, whether a minimum is bracketed, and the two ends: Moré and Thuente's four cases."""
    turned = trial.slope * best.slope < 0
    span = best.t - trial.t
    if trial.value > best.value:  # 1: too far; a minimum lies between
        cubic, square = _cubic(best, trial), _quadratic(best, trial)
        near = abs(cubic - best.t) < abs(square - best.t)
        step, bracketed = cubic if near else (cubic + square) / 2, True
    elif turned:  # 2: lower, but the slope has turned; a minimum lies between
        cubic, secant = _cubic(trial, best), _secant(trial, best)
        step = cubic if abs(cubic - trial.t) > abs(secant - trial.t) else secant
        bracketed = True
    elif abs(trial.slope) < abs(best.slope):  # 3: lower and flatter; the minimum lies further on
        secant = _secant(trial, best)
        cubic = _cubic(trial, best)
        beyond = (cubic - trial.t) * span < 0
        cubic = cubic if beyond else (high if span < 0 else low)
        nearer = abs(cubic - trial.t) < abs(secant - trial.t)
        step = cubic if nearer == bracketed else secant
        if bracketed:
            limit = trial.t + 0.66 * (other.t - trial.t)
            step = min(limit, step) if span < 0 else max(limit, step)
        else:
            step = min(max(step, low), high)
    elif bracketed:  # 4: lower and as steep; towards the other end
        step = _cubic(trial, other)
    else:
        step = high if span < 0 else low
    if trial.value > best.value:
        return step, bracketed, (best, trial)
    return step, bracketed, (trial, best if turned else other)


def _cubic(a, b):
    """Where the cubic through two points, with their slopes, has its minimum; ∞ beyond b where it has none.

    With θ = 3 (a − b)/(t_b − t_a) + a' + b' the minimum is at t_a + r (t_b − t_a), r the root below.
    """
    h = b.t - a.t
    theta = 3 * (a.value - b.value) / h + a.slope + b.slope
    size = max(abs(theta), abs(a.slope), abs(b.slope))
    if size == 0:
        return a.t
    square = (theta / size) ** 2 - (a.slope / size) * (b.slope / size)
    gamma = size * sqrt(max(square, 0.0)) * (1 if h > 0 else -1)
    below = (gamma - a.slope) + gamma + b.slope
    return a.t + (gamma - a.slope + theta) / below * h if below else inf * h


def _quadratic(a, b):
    """Where the parabola through both values and a's slope has its minimum."""
    h = b.t - a.t
    return a.t + a.slope / ((a.value - b.value) / h + a.slope) / 2 * h


def _secant(a, b):
    """Where the straight line through both slopes is 0."""
    return a.t + a.slope / (a.slope - b.slope) * (b.t - a.t)
