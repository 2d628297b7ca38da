"""Where a student begins: as its teacher with most of the channels left out.

Layer by layer, the channels that tell most about all the others are kept. What the next layer would have
heard from those that are gone is foretold from the ones that stay, by least squares: with s (M, c) the
student's activations and T (M, k) the teacher's, R = argmin |sR − T|², and the teacher's kernel W for T
becomes R W for s. ReLU looks at each channel alone, so that a channel that is kept stays what it was.
"""

import numpy as np

from ..errors import OptionError
from ..layers import Conv2D, ReLU

RIDGE = 1e-4  # of a mean diagonal entry: for channels that hardly ever fire


def inherit(student, teacher, values):
    """Fills the student's parameters from the teacher's; {relu: R (c, k)}, the read-outs that go with them.

    values   batches of pictures (N, H, W, 3), RGB 0..255, that say which channels matter
    """
    T = [np.ascontiguousarray(teacher.preprocessing.from_values(v)) for v in values]
    s = [np.ascontiguousarray(student.preprocessing.from_values(v)) for v in values]
    R, offset, readouts = *_between(student.preprocessing, teacher.preprocessing, T[0].dtype), {}
    for mine, theirs in zip(student.layers, teacher.layers, strict=False):
        T = [theirs.forward(x) for x in T]
        if isinstance(mine, Conv2D):
            keep = _telling(_gram([np.maximum(x, 0) for x in T]), mine)
            scale = np.sqrt(np.mean([np.square(np.maximum(x[..., keep], 0)).mean() for x in T])) or 1.0
            kernel = theirs.params["kernel"][..., keep].astype(np.float64)
            bias = theirs.params["bias"][keep] + np.einsum("ijck,c->k", kernel, offset)
            mine.params["kernel"][...] = np.einsum("ac,ijck->ijak", R, kernel) / scale
            mine.params["bias"][...] = bias / scale
            mine.forget()
        s = [mine.forward(x) for x in s]
        if isinstance(mine, ReLU):
            R, offset = fit(s, T), np.zeros(T[0].shape[3])
            readouts[mine.name] = R.astype(np.float32)
    return readouts


def fit(s, T):
    """R = (sᵀs + λ)⁻¹ sᵀT over pairs of activations, in float64."""
    ss = _gram(s)
    st = sum(_rows(a).T @ _rows(b) for a, b in zip(s, T, strict=True)).astype(np.float64)
    ss += np.eye(len(ss)) * (RIDGE * np.trace(ss) / len(ss))
    return np.linalg.solve(ss, st)


def _between(student, teacher, dtype):
    """(R, offset): the teacher's input is the student's times R, plus the offset."""
    ends = np.zeros((4, 3), dtype)
    ends[1:] = np.eye(3)  # in the student's input
    seen = teacher.from_values(student.to_values(ends)).astype(np.float64)
    return seen[1:] - seen[0], seen[0]


def _telling(G, layer):
    """The channels, by number, from which the others can best be foretold: one after the other, greedily.

    Of what is left of the Gram matrix G, channel j explains Σ_i G_ij²/G_jj, and is then taken out of it.
    """
    count, chosen = layer.params["kernel"].shape[3], []
    if count > len(G):
        raise OptionError(
            f"distill: {layer.name}: expected at most the teacher's {len(G)} channels, got {count}; a wider "
            "student begins at random (--no-inherit)"
        )
    floor = 1e-9 * np.trace(G) / len(G)
    for _ in range(count):
        diagonal = np.diag(G).copy()
        gain = np.square(G).sum(axis=0) / np.maximum(diagonal, floor)
        gain[diagonal <= floor] = 0
        gain[chosen] = -1
        best = int(np.argmax(gain))
        chosen.append(best)
        if diagonal[best] > floor:
            G -= np.outer(G[:, best], G[best]) / diagonal[best]
    return sorted(chosen)


def _gram(activations):
    return sum(_rows(x).T @ _rows(x) for x in activations).astype(np.float64)


def _rows(x):
    return x.reshape(-1, x.shape[-1])
