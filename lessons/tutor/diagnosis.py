"""What is wrong with an answer: the known mistake that gives the same numbers, or what strikes the eye."""

import itertools

import numpy as np

from .outcome import alike, equal, run

FLOAT32 = 1e-6  # what is closer than this is right but for the last digits
RATIOS = (-1, 2, -2, 0.5, -0.5, 3, 1 / 3, 4, 0.25, 9, 1 / 9)


def known_mistake(exercise, cases, outcomes, wrong):
    """The Mistake that agrees with the answer on every case, or None.

    `wrong` are the indices of the cases where the answer differs; they are tried first, as most mistakes
    part there at once.
    """
    order = [*wrong, *(i for i in range(len(cases)) if i not in set(wrong))]
    with_values = any(outcome.error is None for outcome in outcomes)
    for mistake in exercise.mistakes:
        theirs = (run(exercise, mistake.function, cases[i]) for i in order)
        pairs = zip(theirs, (outcomes[i] for i in order), strict=True)
        if all(_same(exercise, their, answer, with_values) for their, answer in pairs):
            return mistake
    return None


def _same(exercise, theirs, answer, with_values):
    """Where values agree, it does not matter by which exception both fail elsewhere; without any, it does."""
    if theirs.error is not None and answer.error is not None:
        return with_values or repr(theirs.error) == repr(answer.error)
    return theirs.changed == answer.changed and alike(theirs, answer, exercise.tolerance)


def observation(pairs, tolerance):
    """A sentence on what all wrong results have in common, from pairs (expected, got), or an empty one."""
    pairs = [(_signed(e), _signed(g)) for e, g in pairs if _numeric(e) and _numeric(g)]
    if not pairs:
        return ""
    for test, sentence in SIGHTS:
        if all(test(e, g, tolerance) for e, g in pairs):
            return sentence
    if all(e.shape == g.shape for e, g in pairs):
        for ratio in RATIOS:
            if all(equal(1.0 * ratio * e, 1.0 * g, tolerance) for e, g in pairs):
                return f"Every entry is {_worded(ratio)} what it should be."
    return ""


def _worded(ratio):
    if ratio == -1:
        return "the negative of"
    return f"{ratio:g} times" if ratio == int(ratio) or ratio in (0.5, -0.5, 0.25) else f"1/{1 / ratio:g} of"


def _signed(value):
    """As an array that can hold its negative too: bytes cannot."""
    value = np.asarray(value)
    return value.astype(np.int64) if value.dtype.kind == "u" else value


def _numeric(value):
    return isinstance(value, (np.ndarray, np.generic, float, int)) and np.asarray(value).dtype.kind in "fiu"


def _all_zero(e, g, tolerance):
    return g.size > 0 and not g.any()


def _not_finite(e, g, tolerance):
    return e.shape == g.shape and np.isfinite(e).all() and not np.isfinite(g).all()


def _cut_to_whole(e, g, tolerance):
    return (
        g.dtype.kind in "iu" and e.dtype.kind == "f" and e.shape == g.shape and np.array_equal(np.trunc(e), g)
    )


def _axes_exchanged(e, g, tolerance):
    return e.ndim > 1 and any(
        list(axes) != sorted(axes)
        and tuple(e.shape[a] for a in axes) == g.shape
        and equal(e.transpose(axes), g, tolerance)
        for axes in itertools.permutations(range(e.ndim))
    )


def _reversed(e, g, tolerance):
    axes = [axis for axis in range(e.ndim) if e.shape[axis] > 1]
    return e.shape == g.shape and any(
        equal(np.flip(e, some), g, tolerance)
        for count in range(1, len(axes) + 1)
        for some in itertools.combinations(axes, count)
    )


def _right_inside(e, g, tolerance):
    if e.shape != g.shape or e.ndim < 2:
        return False
    inside = tuple(slice(1, -1) if size > 2 else slice(None) for size in e.shape)
    return e[inside].size > 0 and e[inside].size < e.size and equal(e[inside], g[inside], tolerance)


def _few_digits(e, g, tolerance):
    return e.shape == g.shape and equal(1.0 * e, 1.0 * g, FLOAT32)


def _shifted(e, g, tolerance):
    if e.shape != g.shape or e.size < 2:
        return False
    gap = g.astype(float) - e
    return bool(np.ptp(gap) <= tolerance * max(1.0, np.abs(e).max()))


SIGHTS = (
    (
        _not_finite,
        "There is a NaN or an infinity in it: a division by 0, or memory that was never written to?",
    ),
    (_all_zero, "Every entry is 0: is the result ever written to?"),
    (_cut_to_whole, "Everything behind the decimal point is lost: an array of integers was written to."),
    (
        _few_digits,
        "Six digits or more agree, and not the last: was it computed in float32, or rounded on the way?",
    ),
    (_axes_exchanged, "The numbers are right, but two axes are exchanged."),
    (_reversed, "The numbers are right, but stand in reverse order along an axis."),
    (_shifted, "Every entry is off by the same amount."),
    (_right_inside, "Only the first or last entries along an axis are wrong: look at the border."),
)
