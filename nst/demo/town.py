"""The town by the river: what stands where in the photograph. What is added later hides what was before."""

import numpy as np

from . import surfaces as surface
from .boats import barge, boat, posts
from .hills import hill
from .houses import PLASTERS, ROOFS, SHUTTERS, House
from .lots import Lot
from .masonry import bridge, quay, steeple
from .people import person
from .scene import Scene
from .trees import DISTANT, DISTANT_CROWN, GREENS, LINDEN, POPLAR, rod, tree

HIGH = 2.0  # of the quay above the water
ROW = Lot((19.5, 0, 19.5), (-0.56, 0.83))  # its edge
LONG = 76
RIVER = ROW.along[[0, 2]]
COATS = np.array(
    [[0.10, 0.10, 0.12], [0.38, 0.07, 0.05], [0.12, 0.18, 0.30], [0.52, 0.47, 0.38], [0.25, 0.17, 0.10]]
)
WALKING = ((50, 1.8), (41.5, 1.5), (42.3, 1.6), (33, 2.6), (25.2, 1.5), (26.0, 1.45), (17, 2.9))
RIDGES = (
    (2600, 60, 190, (0.10, 0.13, 0.12)),
    (1500, 20, 110, (0.09, 0.12, 0.07)),
    (700, 8, 52, (0.08, 0.11, 0.045)),
    (330, 3, 17, (0.07, 0.10, 0.035)),
)
MOORED = (
    (52, -2.0, 5.0, (0.35, 0.09, 0.05)),
    (45, -1.8, 4.6, (0.55, 0.52, 0.45)),
    (20, -1.6, 4.8, (0.10, 0.20, 0.26)),
)


def town(rng):
    scene = Scene()
    for ridge in RIDGES:
        hill(scene, rng, *ridge)
    far_bank(scene, rng)
    bridge(scene, Lot((-27.0, 0, 86.0), (-1.0, 0.16)), arches=5)
    scene.add(ROW.ground(-12, LONG, 0, 60, HIGH), (0.36, 0.31, 0.25), surface.PAVING, along=ROW.along)
    steeple(scene, ROW.shifted(66, 34, HIGH), 6.5, 25.0, 43.0)
    gardens(scene, rng)
    row(scene, rng)
    quay(scene, ROW, -6, LONG, HIGH)  # after the houses, whose feet it hides from the water
    for s, high in ((13.5, 6.6), (38, 7.4), (56, 7.0)):
        tree(scene, rng, ROW.at(s, HIGH, 2.0), high, GREENS[rng.integers(3)], LINDEN)
    for s, q in WALKING:
        coat = COATS[rng.integers(len(COATS))]
        person(scene, ROW.at(s, HIGH, q), rng.uniform(1.6, 1.85), coat, gown=rng.random() < 0.4)
    for s in np.arange(4.0, LONG, 10.5):
        lamp(scene, ROW.at(s, HIGH, 0.6))
    river(scene)
    return scene


def far_bank(scene, rng):
    """Woods across the river, low where the sun stands, and poplars where the houses end."""
    for x in np.linspace(-78, -18, 22):
        z = rng.uniform(112, 160)
        high = 5 + 9 * min(1, abs(x / z + 0.35) / 0.16) * rng.uniform(0.7, 1.1)
        tree(scene, rng, (x, 1.0, z), high, GREENS[rng.integers(4)], DISTANT)
    for s, q, high in ((80, 9, 20), (84, 15, 23), (79, 19, 18), (88, 8, 19)):
        tree(scene, rng, ROW.at(s, HIGH, q), high, GREENS[0], POPLAR)


def gardens(scene, rng):
    """Trees behind the houses, whose tops show between the roofs."""
    for s in np.linspace(6, 62, 8):
        foot = ROW.at(s + rng.uniform(-3, 3), HIGH, rng.uniform(20, 28))
        tree(scene, rng, foot, rng.uniform(12, 17), GREENS[rng.integers(3)], DISTANT_CROWN)


def row(scene, rng):
    """Houses side by side, the far ones first, no two neighbours of one colour."""
    ends = np.cumsum([-1.0, *rng.uniform(6.2, 9.0, 9)])
    walls = rng.permutation(len(ends)) % len(PLASTERS)
    for s, end, wall in [*zip(ends, ends[1:], PLASTERS[walls], strict=False)][::-1]:
        House(
            ROW.shifted(s, 4.5 + rng.uniform(-0.2, 0.3), HIGH),
            end - s,
            rng.integers(3, 5),
            gable=rng.random() < 0.65,
            timber=rng.random() < 0.35,
            wall=wall * rng.uniform(0.85, 1.05),
            roof=ROOFS[rng.integers(len(ROOFS))] * rng.uniform(0.85, 1.2),
            lit=0.16,
            shutters=SHUTTERS[rng.integers(len(SHUTTERS))] if rng.random() < 0.7 else None,
        ).build(scene, rng)


def lamp(scene, foot):
    """A lit globe on a post."""
    top = foot + [0, 3.4, 0]
    rod(scene, foot, top, 0.06, 0.04, (0.03, 0.035, 0.035))
    turn = np.exp(2j * np.pi * np.arange(8) / 8)
    globe = [top + 0.24 * (t.real * ROW.along + [0, t.imag + 0.6, 0]) for t in turn]
    scene.add(globe, (0.9, 0.8, 0.6), glow=(7.0, 4.0, 1.5))


def river(scene):
    """Boats at the quay, and in front one at its posts."""
    for s, q, long, hull in MOORED:
        boat(scene, ROW.at(s, 0, q)[[0, 2]], RIVER, long, hull)
    barge(scene, ROW.at(33, 0, -2.6)[[0, 2]], RIVER)
    posts(scene, (-6.6, 17.6))
    boat(scene, (-4.2, 16.6), (0.93, -0.30), 4.6, (0.40, 0.12, 0.06))
