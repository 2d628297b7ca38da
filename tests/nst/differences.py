"""Central differences in float64: the slope along a random direction, and the slope of single entries."""

import numpy as np

STEP = 1e-5


def along(loss, x, direction, step=STEP):
    """(L(x + h·d) − L(x − h·d)) / 2h."""
    return (value(loss, x + step * direction) - value(loss, x - step * direction)) / (2 * step)


def worst_disagreement(loss, x, rng, directions=5, entries=12, step=STEP):
    """The largest relative error of the loss's own gradient, over random directions and single entries.

    A slope that is nearly 0 by chance is compared with a hundredth of the steepest entry.
    """
    gradient = loss(x)[1]
    tries = [rng.standard_normal(x.shape) for _ in range(directions)]
    for index in rng.choice(x.size, size=min(entries, x.size), replace=False):
        one = np.zeros(x.size)
        one[index] = 1
        tries.append(one.reshape(x.shape))
    errors = []
    for direction in tries:
        measured, claimed = along(loss, x, direction, step), float(np.sum(gradient * direction))
        floor = 1e-2 * np.abs(gradient).max() + 1e-300
        errors.append(abs(measured - claimed) / max(abs(measured), abs(claimed), floor))
    return max(errors)


def value(loss, x):
    return float(loss(x)[0])
