"""Derivatives from values alone: central differences, and how far each can be trusted.

t → y(t) is the function along one direction, t = 0 the point where the gradient is checked. From y at
±h and ±h/2 come four one-sided slopes, left and right at each step. Where y is smooth,

    (left + right)/2 = y' + O(h²),   right − left = h·y'' + O(h³),

so halving h quarters what is wrong with the first and halves the second. A kink within reach breaks
both rules: at the point itself, right − left is the jump of the slope and does not shrink at all. What
breaks the rules is tried again with other steps. Smaller ones leave behind every kink that was only
near, larger ones rise out of rounding. What never obeys is a kink at the point, where no derivative
exists and only the two slopes can be given; or a y that rounds more than its size explains, as where it
takes roots of matrices: there the disagreement grows as the step shrinks, which at a kink it never does.

The backward pass under test has no part in any of this: a wrong gradient cannot make a kink.
"""

from dataclasses import dataclass, replace

import numpy as np

STEPS = (1e-4, 1e-5, 1e-6, 1e-7, 1e-3, 1e-2)  # the first serves nearly always


@dataclass
class Slope:
    """d/dt Σ dy·y(t) at t = 0; every field has one entry for each upstream gradient dy."""

    value: np.ndarray
    doubt: np.ndarray  # how much the two steps disagree; what a kink does to `value` is less
    noise: np.ndarray  # how much of that may be rounding
    low: np.ndarray  # at a kink, every derivative from `low` to `high` would do
    high: np.ndarray


def slope(y, here, upstream, step):
    """The slope of t → Σ dy·y(t); `here` is y(0), and every row of `upstream` (U, y.size) one dy."""
    here = here.reshape(-1)
    with np.errstate(all="ignore"):  # a step out of the function's domain: not finite, and so in doubt
        right, left, right_half, left_half = (
            sign * (y(sign * h).reshape(-1) - here) / h for h in (step, step / 2) for sign in (1, -1)
        )
        wide, narrow = upstream @ (left + right) / 2, upstream @ (left_half + right_half) / 2
        bend = upstream @ (right - left - 2 * (right_half - left_half))
        doubt = np.abs(bend) + 2 * np.abs(wide - narrow)
        ends = np.stack([upstream * (2 * left_half - left), upstream * (2 * right_half - right)])
        noise = 16 * np.finfo(float).eps / step * np.linalg.norm(upstream * here * (right != 0), axis=1)
        return Slope(
            value=(4 * narrow - wide) / 3,  # the h² of the two steps cancel (Richardson)
            doubt=np.where(np.isfinite(doubt), doubt, np.inf),
            noise=noise,
            low=ends.min(0).sum(-1),
            high=ends.max(0).sum(-1),
        )


def settle(y, here, upstream, enough, first):
    """(slope, None) at the first step that leaves at most `enough` doubt for every dy, starting with `first`.

    Failing that, the best slope there is and why it is no better: "rounding" or "kink".
    """
    tried = []
    for step in STEPS:
        tried.append(slope(y, here, upstream, step) if tried else first)
        if (np.maximum(tried[-1].doubt, tried[-1].noise) <= enough).all():
            return tried[-1], None
    noisy = [one for one in tried if (one.doubt <= one.noise).all()]
    if not noisy and _grows(tried, enough):
        noisy = [replace(one, noise=np.maximum(one.noise, one.doubt)) for one in tried]
    if noisy:
        return min(noisy, key=lambda one: one.doubt.sum()), "rounding"
    return tried[2], "kink"


def _grows(tried, enough):
    """Whether all that is in doubt becomes more so, the smaller the step: y rounds more than it should.

    The jump at a kink is the same at every small step, and what a loss of precision inside y does is divided
    by the step.
    """
    _, larger, small, smaller, *_ = tried
    doubtful = np.min([np.maximum(one.doubt, one.noise) for one in tried], axis=0) > enough
    return bool((np.maximum(small.doubt, smaller.doubt) > 10 * larger.doubt)[doubtful].all())
