"""A village on a hill: what the sketch shows."""

from itertools import pairwise

import numpy as np

from . import surfaces as surface
from .hills import hill
from .houses import PLASTERS, ROOFS, House
from .lots import Lot
from .masonry import steeple
from .scene import Scene
from .trees import APPLE, DISTANT, GREENS, OAK, rod, tree

MEADOW = [(-400, 0, 3.2), (400, 0, 3.2), (400, 0, 430), (-400, 0, 430)]
BEHIND = ((-26, 66), (-17, 72), (1.5, 72), (7, 78), (20, 74), (33, 60), (36, 50))
HOUSES = (  # right corner, which way the front runs, width, storeys, gable, timber
    ((27, 0, 58), (-1, 0.1), 9.0, 2, False, False),
    ((14.5, 0, 61), (-1, -0.15), 7.0, 3, True, True),
    ((-12, 0, 51), (-1, -0.25), 8.5, 2, False, False),
    ((25.5, 0, 40), (-1, 0.35), 8.0, 2, False, True),
    ((5.5, 0, 44), (-1, 0.45), 7.5, 3, True, True),
    ((15.5, 0, 31), (-1, 0.75), 8.0, 2, True, False),
    ((-7.5, 0, 38), (-1, -0.55), 7.5, 2, True, False),
)


def village(rng):
    scene = Scene()
    for z, level, height in ((1500, 60, 150), (800, 25, 70), (420, 8, 30)):
        hill(scene, rng, z, level, height, (0.16, 0.19, 0.10))
    scene.add(MEADOW, (0.50, 0.50, 0.30), surface.MEADOW, along=(1, 0, 0))
    lane(scene)
    for x, z in BEHIND:
        tree(scene, rng, (x, 0, z), rng.uniform(8, 13), GREENS[rng.integers(3)], DISTANT)
    steeple(scene, Lot((-5, 0, 60), (-1, -0.12)), 5.0, 13.0, 25.0)
    for corner, along, *form in HOUSES:
        House(Lot(corner, along), *form, PLASTERS[6], ROOFS[rng.integers(3)], depth=9.0).build(scene, rng)
    fence(scene, rng)
    tree(scene, rng, (-9.5, 0, 19), 12.5, GREENS[0], OAK)
    tree(scene, rng, (12.5, 0, 25), 7.0, GREENS[1], APPLE)
    return scene


def lane(scene):
    """A cart track that winds up between the houses."""
    z = np.geomspace(3.3, 46, 40)
    middle = 0.8 + 2.4 * np.sin(z / 11.0 + 0.4) * np.minimum(1, z / 20)
    left, right = (np.stack([middle + side, np.full(40, 0.01), z], -1) for side in (-1.5, 1.5))
    scene.add(np.concatenate([left, right[::-1]]), (0.52, 0.45, 0.33), surface.PLASTER, along=(1, 0, 0))


def fence(scene, rng):
    """Posts and two rails along the lane."""
    line = [np.array([5.0 + 0.54 * i, 0, 8.5 + 2.3 * i]) for i in range(9)]
    for a, b in pairwise(line):
        for high in (0.5, 0.95):
            sag = rng.normal(0, 0.03, 2)
            rod(scene, a + [0, high + sag[0], 0], b + [0, high + sag[1], 0], 0.05, 0.05)
    for a in line:
        rod(scene, a, a + [rng.normal(0, 0.04), 1.2, 0], 0.075, 0.06)
