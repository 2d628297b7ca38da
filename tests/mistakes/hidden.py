"""Right for most of what comes from upstream: wrong where that is little, uneven, many images or a view."""

import numpy as np

from . import changed, normal, subject


def right(dy, x):
    return 2 * dy * x


def norm_with_a_summand(dy, x):
    norm = np.linalg.norm(dy)
    return 2 * x * dy / (norm + 1e-8) * norm


def written_into_a_copy(dy, x):
    dx = np.zeros_like(dy)  # keeps the order of dy's axes, so that reshape may have to copy
    dx.reshape(-1)[:] = right(dy, x).reshape(-1)
    return dx


subject(
    "square",
    lambda x: x * x,
    right,
    (normal(3, 5, 4, 2),),
    {
        "sign where dy is small": lambda dy, x: np.where(abs(dy) < 1e-3, -1, 1) * right(dy, x),
        "little taken for nothing": lambda dy, x: right(np.where(abs(dy) < 1e-6, 0, dy), x),
        "a ten thousandth of the largest dropped": lambda dy, x: right(
            np.where(abs(dy) < 1e-4 * abs(dy).max(), 0, dy), x
        ),
        "1e-8 added to a norm": norm_with_a_summand,
        "clipped high above": lambda dy, x: right(np.clip(dy, -1e6, 1e6), x),
        "0.001 % too much from the second image on": lambda dy, x: changed(
            right(dy, x), np.s_[1:], lambda d: 1.00001 * d
        ),
        "of views, written into a copy": written_into_a_copy,
        "of views, half a thousandth too much": lambda dy, x: (
            right(dy, x) * (1 if dy.flags.c_contiguous else 1.0005)
        ),
    },
)
