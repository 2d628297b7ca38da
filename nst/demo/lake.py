"""A lake between mountains, with boats under sail: what the watercolour shows."""

import numpy as np

from . import surfaces as surface
from .afloat import barge, boat, posts
from .houses import PLASTERS, ROOFS, Lot, house
from .scene import Scene
from .town import GREENS, hill, steeple
from .trees import rod, tree


def lake(rng):
    scene = Scene()
    for z, level, height, colour in (
        (1500, 60, 290, (0.20, 0.24, 0.44)),
        (950, 12, 105, (0.10, 0.20, 0.32)),
        (560, 6, 48, (0.10, 0.20, 0.14)),
        (300, 3, 18, (0.16, 0.24, 0.07)),
    ):
        hill(scene, rng, z, level, height, colour, surface.PLAIN)
    scene.add(
        [(-190, 0.9, 86), (-6, 0.9, 104), (-10, 0.9, 190), (-190, 0.9, 190)],
        (0.34, 0.40, 0.16),
        surface.MEADOW,
    )
    for x, z, high in (
        (-64, 140, 14),
        (-52, 128, 12),
        (-12, 122, 9),
        (-20, 134, 11),
        (-37, 132, 13),
        (-72, 120, 12),
    ):
        tree(
            scene,
            rng,
            (x, 0.9, z),
            high,
            GREENS[rng.integers(4)] * 1.5,
            wide=0.40,
            trunk=0.06,
            clumps=40,
            leaves=60,
            leaf=0.34,
        )
    steeple(scene, Lot((-31, 0.9, 118), (-1, -0.1)), 5.0, 12.5, 25.0)
    for corner, width, wall in (
        ((-40, 0.9, 112), 9, 2),
        ((-18, 0.9, 110), 8, 1),
        ((-52, 0.9, 104), 9, 6),
        ((-25.5, 0.9, 106), 7.5, 0),
    ):
        house(
            scene,
            rng,
            Lot(corner, (-1, -0.15)),
            width,
            2,
            gable=rng.random() < 0.6,
            timber=False,
            wall=PLASTERS[wall],
            roof=ROOFS[0] * 1.5,
            depth=9.0,
            lit=0.0,
        )
    for x, z, high in ((-10, 105, 7), (-58, 100, 8), (-44, 100, 5)):
        tree(
            scene,
            rng,
            (x, 0.9, z),
            high,
            GREENS[1] * 1.4,
            wide=0.42,
            trunk=0.1,
            clumps=40,
            leaves=60,
            leaf=0.3,
        )
    sailing(scene, (26, 92), (1, -0.25), 8.0, (0.86, 0.82, 0.74))
    sailing(scene, (11, 38), (1, 0.30), 9.5, (0.66, 0.27, 0.15))
    barge(scene, (-9.5, 24), (1, 0.18), 8.0)
    posts(scene, (7.4, 15.5), 2.2)
    boat(scene, (4.8, 14.6), (0.95, 0.25), 4.4, (0.10, 0.28, 0.40), (0.85, 0.80, 0.7))
    return scene


def sailing(scene, middle, heading, long, cloth):
    """A boat under a mainsail and a jib."""
    lot, _ = boat(scene, middle, heading, long, (0.30, 0.13, 0.07), deck=True)
    foot, head = 0.10 * long, 1.25 * long
    belly = np.linspace(0, 1, 9)
    leech = [
        lot.at(
            (-0.44 + 0.54 * t + 0.10 * np.sin(np.pi * t)) * long,
            1.5 + (head - 1.5) * t,
            -0.6 * np.sin(np.pi * t),
        )
        for t in belly
    ]
    scene.add([lot.at(foot, 1.4), *leech], cloth, surface.PLASTER, along=lot.along)
    jib = [
        lot.at((0.49 - 0.38 * t - 0.04 * np.sin(np.pi * t)) * long, 0.9 + (0.85 * head - 0.9) * t, 0)
        for t in belly
    ]
    scene.add([lot.at(0.13 * long, 1.3), *jib], np.array(cloth) * 0.92, surface.PLASTER, along=lot.along)
    rod(scene, lot.at(foot, 0.5), lot.at(foot, head * 1.02), 0.08, 0.04, (0.3, 0.2, 0.12))
