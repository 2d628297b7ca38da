"""Wrong where nobody looks: one entry of a large array, entries whose gradient is small, rare kinks."""

import numpy as np

from . import after, changed, normal, spread, subject


def cube_right(dy, x):
    return 3 * dy * x**2


def two_errors_that_cancel(dy, x):
    dx = cube_right(dy, x)
    dx[0, 30, 11, 5] += np.abs(dy).max()
    dx[0, 30, 12, 5] -= np.abs(dy).max()
    return dx


subject(
    "large",
    lambda x: x * x * x,
    cube_right,
    (normal(1, 61, 47, 8),),
    {
        "the last corner": after(cube_right, lambda dx: changed(dx, (-1, -1, -1, -1), lambda d: 0)),
        "the last column, 0.1 %": after(
            cube_right, lambda dx: changed(dx, np.s_[:, :, -1], lambda d: 1.001 * d)
        ),
        "one entry in the middle, 1 %": after(
            cube_right,
            lambda dx: changed(dx, np.unravel_index(np.abs(dx).argmax(), dx.shape), lambda d: 1.01 * d),
        ),
        "two errors that cancel": two_errors_that_cancel,
        "every seventh entry": after(
            cube_right, lambda dx: changed(dx.reshape(-1), np.s_[::7], lambda d: 0).reshape(dx.shape)
        ),
    },
)

subject(
    "an argument of little influence",
    lambda x, w: x + 1e-7 * w**2,
    lambda dy, x, w: (dy.copy(), 2e-7 * w * dy),
    (normal(10), spread(10)),
    {
        "no gradient": lambda dy, x, w: (dy.copy(), 0 * w),
        "1 % too much": lambda dy, x, w: (dy.copy(), 2e-7 * 1.01 * w * dy),
    },
)

STEEP = np.logspace(-6, 0, 13)

subject(
    "steep and flat",
    lambda x: STEEP * x**2,
    lambda dy, x: 2 * STEEP * x * dy,
    (1 + spread(13),),
    {
        "flat entries without gradient": lambda dy, x: np.where(STEEP < 1e-4, 0, 2 * STEEP * x * dy),
        "the flattest entry 10 % off": lambda dy, x: np.where(STEEP < 2e-6, 2.2, 2) * STEEP * x * dy,
    },
)
