"""In which directions an argument is moved.

A small array is moved along every coordinate. Of a large one, corners, edges and some other places are
moved one by one, and the rest together at random: a whole array of gradients is compared in one number,
each with a weight of its own, so that no error cancels but by chance. Every array is also moved as a
whole (of max pooling, that checks Σdx = Σdy), and where entries are equal, in a way that keeps them
equal: there a maximum has no kink, however many share it.
"""

from dataclasses import dataclass
from itertools import product

import numpy as np


@dataclass
class Probe:
    """A direction, of about the size of what it moves, so that one step serves arguments of any size."""

    place: str
    v: np.ndarray
    index: tuple | None = None  # of the single entry that it moves


def probes(x, rng, coordinates, directions):
    """The probes of an array; all are of the size of x's root mean square (or 1, where x is 0)."""
    size = float(np.sqrt(np.mean(x * x))) or 1.0
    small = x.size <= coordinates
    for index in np.ndindex(x.shape) if small else _some(x.shape, rng, coordinates):
        yield coordinate(x.shape, index, size)
    if x.size > 1:
        yield Probe("all entries together", np.full(x.shape, size))
        values, group = np.unique(x, return_inverse=True)
        if len(values) < x.size:
            speed = rng.standard_normal(len(values)) * (values != 0)  # what is 0 may be tied with a constant
            yield Probe("equal entries together", size * speed[group.reshape(x.shape)])
        for number in range(1 if small else directions):
            yield Probe(f"random direction {number + 1}", size * rng.standard_normal(x.shape))
    if not small:
        yield from _faces(x.shape, rng, size)


def coordinate(shape, index, size):
    """The probe that moves one entry."""
    v = np.zeros(shape)
    v[index] = size
    return Probe(f"({', '.join(map(str, index))})", v, tuple(map(int, index)))


def _some(shape, rng, count):
    """`count` different indices: the corners, one on each edge, the rest anywhere."""
    anywhere = [tuple(int(rng.integers(n)) for n in shape) for _ in range(3 * count)]
    edges = []
    for axis, n in enumerate(shape):
        for end in (0, n - 1):
            inside = anywhere.pop()
            edges.append((*inside[:axis], end, *inside[axis + 1 :]))
    corners = product(*((0, n - 1) for n in shape))
    return list(dict.fromkeys([*edges, *corners, *anywhere]))[:count]


def _faces(shape, rng, size):
    """Random directions on the first and the last slice along each axis, where padding goes wrong."""
    for axis, n in enumerate(shape):
        for end in dict.fromkeys((0, n - 1)) if n > 2 else ():
            v = np.zeros(shape)
            face = (slice(None),) * axis + (end,)
            v[face] = size * rng.standard_normal(v[face].shape)
            yield Probe(f"random direction in slice {end} of axis {axis}", v)
