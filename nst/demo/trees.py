"""Trees as clouds of leaves: clumps on a crown, leaves on each clump, and limbs that hold them."""

from typing import NamedTuple

import numpy as np

from . import surfaces as surface
from .camera import unit

BARK = np.array([0.10, 0.075, 0.055])
GREENS = np.array([[0.13, 0.17, 0.05], [0.17, 0.19, 0.05], [0.09, 0.14, 0.05], [0.28, 0.20, 0.05]])
WARMER = np.array([1.2, 0.2, -0.5])  # how a leaf's colour varies


class Kind(NamedTuple):
    """What a tree is like; lengths are shares of its height, but for a leaf's, which is in metres."""

    wide: float  # of the crown, to each side
    bare: float  # of the trunk
    clumps: int
    leaves: int  # on each clump
    leaf: float


LINDEN = Kind(0.36, 0.24, 80, 230, 0.065)
OAK = Kind(0.44, 0.22, 140, 260, 0.085)
APPLE = Kind(0.40, 0.20, 60, 180, 0.085)
POPLAR = Kind(0.12, 0.05, 90, 60, 0.20)
DISTANT = Kind(0.42, 0.06, 40, 55, 0.34)  # of any kind: larger leaves, and fewer
DISTANT_CROWN = Kind(0.34, 0.30, 40, 50, 0.36)


class Leaves(NamedTuple):
    """Leaves of one tree; `inside` is 0 at the crown's surface and 1 in its dark middle."""

    points: np.ndarray  # (n, 3)
    normals: np.ndarray  # (n, 3)
    colours: np.ndarray  # (n, 3)
    radius: np.ndarray  # (n,) metres
    inside: np.ndarray  # (n,)


def tree(scene, rng, foot, height, colour, kind):
    """A tree of `height` metres: limbs into `scene`, leaves into `scene.trees`."""
    foot, clumps, many = np.array(foot, float), kind.clumps, (kind.clumps, kind.leaves)
    middle = foot + [0, height * (kind.bare + 1) / 2, 0]
    radii = height * np.array([kind.wide, (1 - kind.bare) / 2, kind.wide])
    outward = unit(rng.normal(size=(clumps, 3)) + [0, 0.15, 0])
    lobes = unit(rng.normal(size=(5, 3)))  # a crown grows further in some directions than in others
    towards = np.maximum(outward @ lobes.T, 0).max(-1, keepdims=True)
    centres = middle + outward * radii * (rng.uniform(0.4, 0.75, (clumps, 1)) + 0.28 * towards**3)
    limbs(scene, rng, foot, centres, height)
    around = unit(rng.normal(size=(*many, 3)))
    size = radii.min() * rng.uniform(0.16, 0.36, (clumps, 1, 1)) * np.array([1.15, 0.85, 1.15])
    points = centres[:, None] + around * size * rng.uniform(0.55, 1.08, (*many, 1))
    crown = (points - middle) / radii
    normals = unit(0.75 * around + 0.7 * unit(crown) + 0.35 * rng.normal(size=points.shape))
    inside = np.clip(1 - np.linalg.norm(crown, axis=-1), 0, 1) + 0.25 * np.clip(-around[..., 1], 0, 1)
    tone = rng.normal(0, 0.14, (*many, 1)) + rng.normal(0, 0.12, (clumps, 1, 1))
    hue = rng.normal(0, 0.10, (clumps, 1, 1)) + rng.normal(0, 0.07, (*many, 1))
    colours = colour * np.exp(tone + hue * WARMER)
    radius = kind.leaf * np.exp(rng.normal(0, 0.25, many))
    parts = *(a.reshape(-1, 3) for a in (points, normals, colours)), radius.ravel(), inside.ravel()
    scene.trees.append(Leaves(*(part.astype(np.float32) for part in parts)))


def limbs(scene, rng, foot, centres, height):
    """A trunk that leans a little, and a limb to every third clump."""
    fork = foot + [rng.normal(0, 0.015) * height, 0.34 * height, 0]
    rod(scene, foot, fork, 0.026 * height, 0.018 * height)
    top = foot + [fork[0] - foot[0], 0.7 * height, 0]
    rod(scene, fork, top, 0.018 * height, 0.006 * height)
    for centre in centres[::3]:
        start = fork + (top - fork) * rng.uniform(0, 0.6)
        rod(scene, start, centre, 0.008 * height, 0.003 * height)


def rod(scene, a, b, wide, narrow, colour=BARK):
    """A round pole from `a` to `b`, as two halves that turn away from the viewer to either side."""
    a, b = np.array(a, float), np.array(b, float)
    side = unit(np.cross(b - a, a - [0, 4.6, 0]))
    back = unit(np.cross(side, b - a))
    back = back if back[2] > 0 else -back
    for sense in (-1, 1):
        edge = sense * side + 0.9 * back
        scene.add([a, b, b + edge * narrow, a + edge * wide], colour, surface.PLANKS, along=b - a)
