"""A lake between mountains, with boats under sail: what the watercolour shows."""

from . import surfaces as surface
from .boats import barge, boat, posts, sailing
from .hills import hill
from .houses import PLASTERS, ROOFS, House
from .lots import Lot
from .masonry import steeple
from .scene import Scene
from .trees import DISTANT, GREENS, tree

SHORE = 0.9  # metres above the water
RIDGES = (
    (1500, 60, 290, (0.20, 0.24, 0.44)),
    (950, 12, 105, (0.10, 0.20, 0.32)),
    (560, 6, 48, (0.10, 0.20, 0.14)),
    (300, 3, 18, (0.16, 0.24, 0.07)),
)
MEADOW = [(-190, SHORE, 86), (-6, SHORE, 104), (-10, SHORE, 190), (-190, SHORE, 190)]
BEHIND = ((-64, 140, 14), (-52, 128, 12), (-12, 122, 9), (-20, 134, 11), (-37, 132, 13), (-72, 120, 12))
BEFORE = ((-10, 105, 7), (-58, 100, 8), (-44, 100, 5))  # x, z and height of trees
HOUSES = ((-40, 112, 9, 2), (-18, 110, 8, 1), (-52, 104, 9, 6), (-25.5, 106, 7.5, 0))  # x, z, width, colour


def lake(rng):
    scene = Scene()
    for ridge in RIDGES:
        hill(scene, rng, *ridge, surface.PLAIN)
    scene.add(MEADOW, (0.34, 0.40, 0.16), surface.MEADOW)
    for x, z, high in BEHIND:
        tree(scene, rng, (x, SHORE, z), high, GREENS[rng.integers(4)] * 1.5, DISTANT)
    steeple(scene, Lot((-31, SHORE, 118), (-1, -0.1)), 5.0, 12.5, 25.0)
    for x, z, width, wall in HOUSES:
        lot, gable = Lot((x, SHORE, z), (-1, -0.15)), rng.random() < 0.6
        House(lot, width, 2, gable, False, PLASTERS[wall], ROOFS[0] * 1.5, depth=9.0).build(scene, rng)
    for x, z, high in BEFORE:
        tree(scene, rng, (x, SHORE, z), high, GREENS[1] * 1.4, DISTANT)
    sailing(scene, (26, 92), (1, -0.25), 8.0, (0.86, 0.82, 0.74))
    sailing(scene, (11, 38), (1, 0.30), 9.5, (0.66, 0.27, 0.15))
    barge(scene, (-9.5, 24), (1, 0.18), 8.0)
    posts(scene, (7.4, 15.5), 2.2)
    boat(scene, (4.8, 14.6), (0.95, 0.25), 4.4, (0.10, 0.28, 0.40), (0.85, 0.80, 0.7))
    return scene
