"""ReLU, pooling, unpooling and dropout: masks, ties, windows."""

import numpy as np

from minicnn import ops

from . import RNG, after, changed, normal, spread, subject


def cache_overwritten(dy, mask):
    dx = dy * mask
    mask &= dy > 0
    return dx


def masked_in_place(dy, mask):
    dy *= mask
    return dy


subject(
    "relu",
    ops.relu,
    ops.relu_backward,
    (spread(3, 8),),
    {
        "mask by the gradient's sign": lambda dy, mask: ops.rectified_backward(dy),
        "mask by both signs": lambda dy, mask: dy * mask * (dy > 0),
        "mask inverted": lambda dy, mask: dy * ~mask,
        "mask forgotten": lambda dy, mask: dy.copy(),
        "mask in place of the gradient": lambda dy, mask: mask.astype(float),
        "a little leak": lambda dy, mask: dy * np.where(mask, 1, 0.001),
        "cache overwritten": cache_overwritten,
        "dy masked in place": masked_in_place,
    },
)


def max_right(dy, index):
    return ops.max_pool_backward(dy, index, (3, 7, 5, 2), 3, 2)


def overlapping_windows_overwrite(dy, index):
    dx = np.zeros((3, 7, 5, 2))
    for i, j in np.ndindex(3, 3):
        part, here = dx[:, i : i + 5 : 2, j : j + 3 : 2], index == 3 * i + j
        part[here] = dy[here]  # = for +=
    return dx


subject(
    "max_pool",
    lambda x: ops.max_pool(x, 3, 2),
    max_right,
    (spread(3, 7, 5, 2),),
    {
        "place in the window transposed": lambda dy, index: max_right(dy, index % 3 * 3 + index // 3),
        "always the first place": lambda dy, index: max_right(dy, 0 * index),
        "shared out like an average": lambda dy, index: ops.avg_pool_backward(dy, (3, 7, 5, 2), 3, 2),
        "divided by the window": lambda dy, index: max_right(dy, index) / 9,
        "= for += where windows overlap": overlapping_windows_overwrite,
    },
)


def doubled(y):
    return y.repeat(2, axis=1).repeat(2, axis=2)


def winners(x):
    return x == doubled(ops.max_pool(x)[0])


def ties_right(dy, cache):
    return ops.max_pool_backward(dy, cache[1], cache[0].shape)


subject(
    "max_pool with ties",
    lambda x: (ops.max_pool(x)[0], (x, ops.max_pool(x)[1])),
    ties_right,
    (RNG.integers(0, 2, (1, 6, 6, 2)).astype(float),),
    {
        "all ties win": lambda dy, cache: doubled(dy) * winners(cache[0]),
        "no tie wins": lambda dy, cache: np.where(
            doubled(ops.avg_pool(winners(cache[0]) * 1.0)) > 0.25, 0, ties_right(dy, cache)
        ),
    },
    apart=1.0,
)


def average_right(dy, x):
    return ops.avg_pool_backward(dy, x.shape)


def tiled_instead_of_repeated(dy, x):
    dx = np.zeros(x.shape)
    dx[:, :6, :4] = np.tile(dy, (1, 2, 2, 1)) / 4
    return dx


subject(
    "avg_pool",
    ops.avg_pool,
    average_right,
    (normal(3, 7, 5, 2),),
    {
        "without ¼": lambda dy, x: 4 * average_right(dy, x),
        "divided by all pixels": lambda dy, x: average_right(dy, x) * 4 / 35,
        "tiled instead of repeated": tiled_instead_of_repeated,
        "gradient for rows that fill no window": after(
            average_right, lambda dx: changed(dx, np.s_[:, -1], lambda d: dx[:, -2])
        ),
    },
)


def adaptive_right(dy, x):
    return ops.adaptive_avg_pool_backward(dy, x.shape)


subject(
    "adaptive_avg_pool",
    lambda x: ops.adaptive_avg_pool(x, 2),
    adaptive_right,
    (normal(1, 5, 4, 2),),
    {"bins that do not overlap": after(adaptive_right, lambda dx: changed(dx, np.s_[:, 2], lambda d: d / 2))},
)

SWITCHES = ops.max_pool(spread(1, 4, 6, 2))[1]

subject(
    "unpool",
    lambda y: ops.unpool(y, SWITCHES, (1, 4, 6, 2)),
    lambda dx, y: ops.unpool_backward(dx, SWITCHES),
    (normal(1, 2, 3, 2),),
    {
        "switches forgotten": lambda dx, y: ops.avg_pool(dx),
        "largest instead of switched": lambda dx, y: ops.max_pool(dx)[0],
    },
)

subject(
    "dropout",
    lambda x: ops.dropout(x, 0.4, np.random.default_rng(1)),
    ops.dropout_backward,
    (normal(3, 5),),
    {
        "scale forgotten": lambda dy, factor: dy * (factor > 0),
        "dropped anew": lambda dy, factor: dy * np.roll(factor, 1, axis=1),
        "nothing dropped": lambda dy, factor: dy.copy(),
    },
)
