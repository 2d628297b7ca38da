"""Dense, softmax, the Gram matrix, local response normalisation, flatten: transposes and missing terms."""

import numpy as np

from minicnn import ops

from . import after, normal, subject


def dense_right(dy, x, kernel, bias):
    return ops.dense_backward(dy, x, kernel)


subject(
    "dense",
    ops.dense,
    dense_right,
    (normal(4, 4), normal(4, 4), normal(4)),
    {
        "kernel not transposed": lambda dy, x, k, b: (dy @ k, *dense_right(dy, x, k, b)[1:]),
        "product transposed": after(dense_right, lambda dx, dk, db: (dx, dk.T.copy(), db)),
        "gradients in the wrong order": after(dense_right, lambda dx, dk, db: (dk, dx, db)),
        "bias summed over the wrong axis": lambda dy, x, k, b: (*dense_right(dy, x, k, b)[:2], dy.sum(1)),
        "bias forgotten": after(dense_right, lambda dx, dk, db: (dx, dk, 0 * db)),
    },
)


def softmax(x):
    y = ops.softmax(x)
    return y, y.copy()


def blind_to_ones(dy, y):
    """Right for an upstream gradient of ones alone, for which softmax has no gradient at all."""
    return y * (dy.mean(-1, keepdims=True) - (dy.mean(-1, keepdims=True) * y).sum(-1, keepdims=True))


subject(
    "softmax",
    softmax,
    ops.softmax_backward,
    (normal(4, 4),),
    {
        "zero, which ones cannot tell": blind_to_ones,
        "each class on its own": lambda dy, y: dy * y * (1 - y),
        "second term missing": lambda dy, y: dy * y,
        "first term missing": lambda dy, y: -y * (dy * y).sum(-1, keepdims=True),
        "summed over the batch": lambda dy, y: y * (dy - (dy * y).sum(0, keepdims=True)),
    },
)

subject(
    "gram",
    ops.gram,
    ops.gram_backward,
    (normal(3, 3),),
    {
        "half of it": lambda dG, F: F @ dG,
        "the other half": lambda dG, F: F @ dG.T,
        "dG taken as symmetric": lambda dG, F: 2 * F @ dG,
        "from the left": lambda dG, F: (dG + dG.T) @ F,
        "transposed": after(ops.gram_backward, lambda dF: dF.T.copy()),
        "divided by M": after(ops.gram_backward, lambda dF: dF / 3),
    },
)

LRN = {"size": 3, "alpha": 0.9}


def lrn_right(dy, x):
    return ops.local_response_norm_backward(dy, x, **LRN)


def denominator_constant(dy, x):
    return dy * ops.local_response_norm(x, **LRN) / x


subject(
    "lrn",
    lambda x: ops.local_response_norm(x, **LRN),
    lrn_right,
    (normal(1, 2, 3, 6),),
    {
        "denominator taken as constant": denominator_constant,
        "second term with the wrong sign": lambda dy, x: 2 * denominator_constant(dy, x) - lrn_right(dy, x),
        "second term halved": lambda dy, x: (denominator_constant(dy, x) + lrn_right(dy, x)) / 2,
        "neighbours on one side": lambda dy, x: np.concatenate(
            [lrn_right(dy[..., :3], x[..., :3]), lrn_right(dy[..., 3:], x[..., 3:])], axis=3
        ),
    },
)

subject(
    "flatten",
    ops.flatten,
    lambda dy, x: ops.flatten_backward(dy, x.shape),
    (normal(2, 3, 3, 2),),
    {"channels first": lambda dy, x: dy.reshape(2, 2, 3, 3).transpose(0, 2, 3, 1).copy()},
)
