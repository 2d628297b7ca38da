"""Trees as clouds of leaves: clumps on a crown, leaves on each clump, and limbs that hold them."""

from typing import NamedTuple

import numpy as np

from . import surfaces as surface
from .camera import unit

BARK = np.array([0.10, 0.075, 0.055])


class Leaves(NamedTuple):
    """Leaves of one tree; `inside` is 0 at the crown's surface and 1 in its dark middle."""

    points: np.ndarray  # (n, 3)
    normals: np.ndarray  # (n, 3)
    colours: np.ndarray  # (n, 3)
    radius: np.ndarray  # (n,) metres
    inside: np.ndarray  # (n,)


def tree(
    scene, rng, foot, height, colour, wide=0.34, clumps=46, leaves=110, trunk=0.30, leaf=0.13, droop=0.0
):
    """A tree of `height` metres, its crown `wide` × height to each side; `trunk`: the part without leaves."""
    foot = np.array(foot, float)
    middle = foot + [0, height * (trunk + 1) / 2, 0]
    radii = np.array([wide * height, height * (1 - trunk) / 2, wide * height])
    outward = unit(rng.normal(size=(clumps, 3)) + [0, 0.15, 0])
    lobes = unit(rng.normal(size=(5, 3)))  # a crown grows further in some directions than in others
    reach = (
        rng.uniform(0.4, 0.75, (clumps, 1))
        + 0.28 * np.maximum(outward @ lobes.T, 0).max(-1, keepdims=True) ** 3
    )
    centres = middle + outward * radii * reach
    limbs(scene, rng, foot, centres, height)
    around = unit(rng.normal(size=(clumps, leaves, 3)))
    size = radii.min() * rng.uniform(0.16, 0.36, (clumps, 1, 1)) * np.array([1.15, 0.85, 1.15])
    points = centres[:, None] + around * size * rng.uniform(0.55, 1.08, (clumps, leaves, 1))
    if droop:
        points[..., 1] -= (
            droop
            * height
            * np.abs(points - middle)[..., [0, 2]].sum(-1)
            / radii[0]
            * rng.uniform(0.2, 1, points.shape[:2])
        )
        points[..., 1] = np.maximum(points[..., 1], foot[1] + 0.05 * height)
    crown = unit((points - middle) / radii)
    normals = unit(0.75 * around + 0.7 * crown + 0.35 * rng.normal(size=points.shape))
    depth = np.clip(1 - np.linalg.norm((points - middle) / radii, axis=-1), 0, 1) + 0.25 * np.clip(
        -around[..., 1], 0, 1
    )
    tone = np.exp(rng.normal(0, 0.14, (clumps, leaves, 1)) + rng.normal(0, 0.12, (clumps, 1, 1)))
    hue = rng.normal(0, 0.10, (clumps, 1, 1)) + rng.normal(0, 0.07, (clumps, leaves, 1))
    colours = colour * tone * np.exp(hue * np.array([1.2, 0.2, -0.5]))
    flat = [a.reshape(-1, a.shape[-1]).astype(np.float32) for a in (points, normals, colours)]
    radius = leaf * np.exp(rng.normal(0, 0.25, len(flat[0])))
    scene.trees.append(Leaves(*flat, radius.astype(np.float32), depth.reshape(-1).astype(np.float32)))


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
    """A round pole from `a` to `b`, as a dark and a light half that face the viewer."""
    a, b = np.array(a, float), np.array(b, float)
    side = unit(np.cross(b - a, [a[0], a[1] - 4.6, a[2]]))
    back = unit(np.cross(side, b - a)) * (1 if np.cross(side, b - a)[2] > 0 else -1)
    for sense in (-1, 1):
        edge = sense * side + 0.9 * back
        corners = [a, b, b + edge * narrow, a + edge * wide]
        scene.add(corners, colour, surface.PLANKS, along=b - a)
