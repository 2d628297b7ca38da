"""The town by the river: what stands where."""

from itertools import pairwise

import numpy as np

from minicnn.distill.pictures import noise

from . import surfaces as surface
from .afloat import barge, boat, person, posts
from .houses import PLASTERS, ROOFS, SHUTTERS, TRIM, Lot, arch, house
from .scene import Scene
from .trees import rod, tree

QUAY = 2.0  # metres above the water
ROW = Lot((19.5, 0, 19.5), (-0.56, 0.83))
LONG = 76
GREENS = np.array([[0.13, 0.17, 0.05], [0.17, 0.19, 0.05], [0.09, 0.14, 0.05], [0.28, 0.20, 0.05]])


def town(rng):
    scene = Scene()
    hills(scene, rng)
    far_bank(scene, rng)
    bridge(scene, rng)
    scene.add(ROW.ground(-12, LONG, 0, 60, QUAY), (0.36, 0.31, 0.25), surface.PAVING, along=ROW.along)
    steeple(scene, ROW.shifted(66, 34, QUAY), 6.5, 25.0, 43.0)
    behind(scene, rng)
    row(scene, rng)
    quay(scene)
    trees(scene, rng)
    people(scene, rng)
    lamps(scene)
    river(scene)
    return scene


def hills(scene, rng):
    for z, level, height, colour in (
        (2600, 60, 190, (0.10, 0.13, 0.12)),
        (1500, 20, 110, (0.09, 0.12, 0.07)),
        (700, 8, 52, (0.08, 0.11, 0.045)),
        (330, 3, 17, (0.07, 0.10, 0.035)),
    ):
        hill(scene, rng, z, level, height, colour)


def hill(scene, rng, z, level, height, colour, look=surface.WOODS):
    """A wooded ridge, as an upright screen far away."""
    x = np.linspace(-0.75 * z, 0.75 * z, 240)
    line, trees = noise.fractal(rng, (256, 2), 1.7)[:240, 0], noise.fractal(rng, (256, 2), 0.8)[:240, 0]
    top = level + height * (0.5 + 0.35 * line) + 2.2 * trees * (z / 700) ** 0.5
    points = [(x[0], 0, z), *zip(x, np.maximum(top, 1), np.full(240, z), strict=True), (x[-1], 0, z)]
    scene.add(points, colour, look, along=(1, 0, 0))


def far_bank(scene, rng):
    """Woods across the river, low where the sun stands, and poplars where the houses end."""
    for x in np.linspace(-78, -18, 22):
        z = rng.uniform(112, 160)
        high = 5 + 9 * min(1, abs(x / z + 0.35) / 0.16) * rng.uniform(0.7, 1.1)
        tree(
            scene,
            rng,
            (x, 1.0, z),
            high,
            GREENS[rng.integers(4)],
            wide=0.45,
            trunk=0.04,
            clumps=34,
            leaves=50,
            leaf=0.34,
        )
    for s, q, high in ((80, 9, 20), (84, 15, 23), (79, 19, 18), (88, 8, 19)):
        tree(
            scene,
            rng,
            ROW.at(s, QUAY, q),
            high,
            GREENS[0],
            wide=0.12,
            trunk=0.05,
            leaf=0.20,
            clumps=90,
            leaves=60,
        )


def bridge(scene, rng):
    """Round arches of stone across the river, behind the last house."""
    lot = Lot((-27.0, 0, 86.0), (-1.0, 0.16))
    stone = np.array([0.44, 0.37, 0.29])
    span, pier, deck = 11.5, 2.6, 6.2
    for i in range(0, 5):
        left = i * (span + pier)
        middle, radius = left + span / 2, span / 2
        turn = np.linspace(np.pi, 0, 25)
        curve = [(middle + radius * np.cos(t), 0.2 + 0.86 * radius * np.sin(t)) for t in turn]
        for (sa, ya), (sb, yb) in pairwise(curve):
            vault = [lot.at(sa, ya, 0), lot.at(sb, yb, 0), lot.at(sb, yb, 6), lot.at(sa, ya, 6)]
            scene.add(vault, stone * 0.8, surface.ASHLAR)
    for i in range(0, 5):
        left = i * (span + pier)
        middle, radius = left + span / 2, span / 2
        turn = np.linspace(np.pi, 0, 25)
        curve = [(middle + radius * np.cos(t), 0.2 + 0.86 * radius * np.sin(t)) for t in turn]
        face = [
            lot.at(left - pier / 2, -0.3),
            *(lot.at(s, y) for s, y in curve),
            lot.at(left + span + pier / 2, -0.3),
        ]
        rise = [deck + 0.9 * (1 - ((s - 24) / 42) ** 2) for s in (left - pier / 2, left + span + pier / 2)]
        face += [lot.at(left + span + pier / 2, rise[1]), lot.at(left - pier / 2, rise[0])]
        scene.add(face, stone, surface.ASHLAR, along=lot.along)
        cope = [
            lot.at(left - pier / 2, rise[0] - 0.9, -0.2),
            lot.at(left + span + pier / 2, rise[1] - 0.9, -0.2),
            lot.at(left + span + pier / 2, rise[1] - 0.6, -0.2),
            lot.at(left - pier / 2, rise[0] - 0.6, -0.2),
        ]
        scene.add(cope, stone * 1.15)
        nose = [
            lot.at(left - pier, -0.3, -0.0),
            lot.at(left - pier / 2, -0.3, -1.6),
            lot.at(left - pier / 2, 3.4, -1.6),
            lot.at(left - pier, 3.4, 0),
        ]
        scene.add(nose, stone * 0.95, surface.ASHLAR)
        nose = [
            lot.at(left, -0.3, -0.0),
            lot.at(left - pier / 2, -0.3, -1.6),
            lot.at(left - pier / 2, 3.4, -1.6),
            lot.at(left, 3.4, 0),
        ]
        scene.add(nose, stone * 0.95, surface.ASHLAR)


def quay(scene):
    """The river's wall with its coping; it hides the houses' feet from the water."""
    wall = [ROW.at(-6, -0.4), ROW.at(LONG, -0.4), ROW.at(LONG, QUAY), ROW.at(-6, QUAY)]
    scene.add(wall, (0.42, 0.37, 0.30), surface.ASHLAR, along=ROW.along)
    coping = ROW.panel(-6, QUAY - 0.22, LONG, QUAY + 0.06, -0.1)
    scene.add(coping, (0.52, 0.47, 0.39), surface.PLAIN, along=ROW.along)


def steeple(scene, lot, side, high, tip):
    """A church tower with its clock, its bells' windows and its spire."""
    stone, slate = np.array([0.50, 0.43, 0.34]), np.array([0.16, 0.19, 0.19])
    for s in (side, 0):
        scene.add(
            [lot.at(s, 0, 0), lot.at(s, 0, side), lot.at(s, high, side), lot.at(s, high, 0)],
            stone,
            surface.ASHLAR,
        )
    scene.add(lot.panel(0, 0, side, high), stone, surface.ASHLAR)
    for level in (0.66, 0.84):
        scene.add(lot.panel(-0.15, level * high - 0.2, side + 0.15, level * high + 0.15, -0.15), stone * 1.2)
    for s in (side * 0.3, side * 0.7):
        arch(scene, lot, s, 0.18 * side, high * 0.96, stone, np.array([0.03, 0.028, 0.03]), high * 0.86)
    turn = np.linspace(0, 2 * np.pi, 24, endpoint=False)
    clock = [
        lot.at(side / 2 + 0.16 * side * np.cos(t), 0.75 * high + 0.16 * side * np.sin(t), -0.05) for t in turn
    ]
    scene.add(clock, (0.75, 0.68, 0.5), glow=0.25)
    corners = [
        lot.at(s, high, q)
        for s, q in ((-0.4, side + 0.4), (side + 0.4, side + 0.4), (side + 0.4, -0.4), (-0.4, -0.4))
    ]
    peak = lot.at(side / 2, tip, side / 2)
    for a, b in zip(corners, corners[1:] + corners[:1], strict=True):
        scene.add([a, b, peak], slate, surface.TILES)
    rod(scene, peak, peak + [0, 2.2, 0], 0.10, 0.05, TRIM)


def row(scene, rng):
    """Houses side by side, the far ones first."""
    places = []
    s = -1.0
    while s < LONG - 14:
        width = rng.uniform(6.2, 9.0)
        places.append((s, width))
        s += width
    walls = rng.permutation(np.arange(len(places)) % len(PLASTERS))
    for i in reversed(range(len(places))):
        s, width = places[i]
        house(
            scene,
            rng,
            ROW.shifted(s, 4.5 + rng.uniform(-0.2, 0.3), QUAY),
            width,
            rng.integers(3, 5),
            gable=rng.random() < 0.65,
            timber=rng.random() < 0.35,
            wall=PLASTERS[walls[i]] * rng.uniform(0.85, 1.05),
            roof=ROOFS[rng.integers(len(ROOFS))] * rng.uniform(0.85, 1.2),
            lit=0.16,
            shutters=SHUTTERS[rng.integers(len(SHUTTERS))] if rng.random() < 0.7 else None,
        )


def trees(scene, rng):
    """Small trees along the quay, poplars and a willow where the houses end, woods on the far bank."""
    for s, high in ((13.5, 6.6), (38, 7.4), (56, 7.0)):
        tree(
            scene,
            rng,
            ROW.at(s, QUAY, 2.0),
            high,
            GREENS[rng.integers(3)],
            wide=0.36,
            trunk=0.24,
            clumps=80,
            leaves=230,
            leaf=0.065,
        )


def behind(scene, rng):
    """The gardens' trees behind the houses, whose tops show between the roofs."""
    for s in np.linspace(6, 62, 8):
        tree(
            scene,
            rng,
            ROW.at(s + rng.uniform(-3, 3), QUAY, rng.uniform(20, 28)),
            rng.uniform(12, 17),
            GREENS[rng.integers(3)],
            clumps=40,
            leaves=50,
            leaf=0.36,
        )


def people(scene, rng):
    """Those who take the evening air."""
    coats = np.array(
        [[0.10, 0.10, 0.12], [0.38, 0.07, 0.05], [0.12, 0.18, 0.30], [0.52, 0.47, 0.38], [0.25, 0.17, 0.10]]
    )
    for s, q in ((50, 1.8), (41.5, 1.5), (42.3, 1.6), (33, 2.6), (25.2, 1.5), (26.0, 1.45), (17, 2.9)):
        person(scene, ROW.at(s, QUAY, q), rng.uniform(1.6, 1.85), coats[rng.integers(5)], rng.random() < 0.4)


def river(scene):
    """Boats at the quay, and in front one at its posts."""
    along = ROW.along[[0, 2]]
    for s, q, long, hull in (
        (52, -2.0, 5.0, (0.35, 0.09, 0.05)),
        (45, -1.8, 4.6, (0.55, 0.52, 0.45)),
        (20, -1.6, 4.8, (0.10, 0.20, 0.26)),
    ):
        at = ROW.at(s, 0, q)
        boat(scene, at[[0, 2]], along, long, hull)
    barge(scene, ROW.at(33, 0, -2.6)[[0, 2]], along)
    posts(scene, (-6.6, 17.6))
    boat(scene, (-4.2, 16.6), (0.93, -0.30), 4.6, (0.40, 0.12, 0.06))


def lamps(scene):
    """Lamps on posts along the edge of the quay."""
    for s in np.arange(4.0, LONG, 10.5):
        foot = ROW.at(s, QUAY, 0.6)
        top = foot + [0, 3.4, 0]
        rod(scene, foot, top, 0.06, 0.04, np.array([0.03, 0.035, 0.035]))
        turn = np.exp(1j * np.linspace(0, 2 * np.pi, 9)[:-1])
        globe = [top + 0.24 * (t.real * ROW.along + [0, t.imag + 0.6, 0]) for t in turn]
        scene.add(globe, (0.9, 0.8, 0.6), glow=(7.0, 4.0, 1.5))
