"""Old town houses: a front with storeys of windows, a steep tiled roof, timber, shutters, chimneys."""

import numpy as np

from . import surfaces as surface
from .camera import unit

PLASTERS = np.array(
    [
        [0.66, 0.43, 0.17],  # ochre
        [0.64, 0.33, 0.25],  # rose
        [0.76, 0.66, 0.47],  # cream
        [0.44, 0.48, 0.36],  # sage
        [0.42, 0.50, 0.56],  # pale blue
        [0.58, 0.24, 0.13],  # oxide red
        [0.80, 0.76, 0.68],  # white
    ]
)
ROOFS = np.array([[0.40, 0.15, 0.075], [0.31, 0.12, 0.07], [0.36, 0.18, 0.10], [0.20, 0.17, 0.17]])
SHUTTERS = np.array(
    [[0.07, 0.16, 0.10], [0.08, 0.14, 0.22], [0.24, 0.08, 0.05], [0.20, 0.15, 0.09], [0.10, 0.20, 0.19]]
)
TIMBER = np.array([0.13, 0.075, 0.045])
TRIM = np.array([0.74, 0.69, 0.60])
LAMPLIGHT = np.array([2.6, 1.25, 0.38])


class Lot:
    """A place to build on: `at(s, y, q)` is s metres along its front, y up, q back from it."""

    def __init__(self, corner, along, base=0.0):
        self.corner = np.array(corner, float)
        self.along = unit(np.array([along[0], 0.0, along[1]]))
        self.back = np.array([self.along[2], 0, -self.along[0]])
        self.base = base

    def at(self, s, y, q=0.0):
        return self.corner + s * self.along + q * self.back + np.array([0, y + self.base, 0])

    def shifted(self, s, q=0.0, up=0.0):
        return Lot(self.at(s, -self.base, q), self.along[[0, 2]], self.base + up)

    def ground(self, left, right, near, far, y=0.0):
        """A level rectangle."""
        return [
            self.at(left, y, near),
            self.at(right, y, near),
            self.at(right, y, far),
            self.at(left, y, far),
        ]

    def panel(self, left, low, right, high, q=0.0):
        """An upright rectangle parallel to the front."""
        return [
            self.at(left, low, q),
            self.at(right, low, q),
            self.at(right, high, q),
            self.at(left, high, q),
        ]


def house(scene, rng, lot, width, storeys, *, gable, timber, wall, roof, depth=11.0, lit=0.2, shutters=None):
    """One house; `gable` turns its roof's end to the front, otherwise its slope. Returns its height."""
    storey = rng.uniform(2.7, 3.1)
    eaves = storey * storeys + 0.5
    rise = width * rng.uniform(0.52, 0.66) if gable else rng.uniform(3.6, 4.6)
    ridge = eaves + rise
    wall_look = {"surface": surface.PLASTER}
    for s in (0, width):  # the sides, above the neighbours
        side = [lot.at(s, 0, 0), lot.at(s, 0, depth), lot.at(s, eaves, depth), lot.at(s, eaves, 0)]
        if not gable:
            side.insert(3, lot.at(s, ridge, depth / 2))
        scene.add(side, wall * 0.9, **wall_look)
    front = lot.panel(0, 0, width, eaves)
    if gable:
        front.insert(3, lot.at(width / 2, ridge))
        chimney(scene, rng, lot, width * 0.30, eaves + rise * 0.6, depth * 0.55, ridge + 0.7)
        slopes(scene, lot, width, eaves, ridge, depth, roof)
        scene.add(front, wall, along=lot.along, **wall_look)
        verges(scene, lot, width, eaves, ridge, roof)
    else:
        scene.add(front, wall, along=lot.along, **wall_look)
        pitch(scene, rng, lot, width, eaves, ridge, depth, roof)
        chimney(scene, rng, lot, width * rng.uniform(0.2, 0.8), ridge - 1.0, depth * 0.5 - 0.4, ridge + 1.1)
    if timber:
        frame(scene, rng, lot, width, storey, storeys, eaves, ridge if gable else None)
    windows(scene, rng, lot, width, storey, storeys, lit, shutters, wall, timber)
    if gable:
        attic(scene, rng, lot, width, eaves, rise, lit, timber)
    ground_floor(scene, rng, lot, width, storey, wall)
    return ridge


def slopes(scene, lot, width, eaves, ridge, depth, roof):
    """Both slopes of a roof whose gable faces the front, with their overhang."""
    drop, out, over = 0.45, 0.45, 0.35
    for _, foot in ((0, -out), (width, width + out)):
        corners = [
            lot.at(foot, eaves - drop, -over),
            lot.at(foot, eaves - drop, depth),
            lot.at(width / 2, ridge + 0.12, depth),
            lot.at(width / 2, ridge + 0.12, -over),
        ]
        scene.add(corners, roof, surface.TILES)


def verges(scene, lot, width, eaves, ridge, roof):
    """The boards along a gable's edges, and the shade under them."""
    top, drop, out, over = ridge + 0.12, 0.45, 0.45, -0.35
    for foot in (-out, width + out):
        low, high = lot.at(foot, eaves - drop, over), lot.at(width / 2, top, over)
        thick = np.array([0, 0.24, 0])
        scene.add([low - thick, high - thick * 1.3, high, low], roof * 0.45 + 0.03, surface.PLANKS)


def pitch(scene, rng, lot, width, eaves, ridge, depth, roof):
    """A slope towards the front with its gutter, and dormers."""
    over, drop = 0.5, 0.35
    front = [
        lot.at(0, eaves - drop, -over),
        lot.at(width, eaves - drop, -over),
        lot.at(width, ridge, depth / 2),
        lot.at(0, ridge, depth / 2),
    ]
    scene.add(front, roof, surface.TILES)
    gutter = lot.panel(0, eaves - drop - 0.16, width, eaves - drop + 0.02, -over)
    scene.add(gutter, roof * 0.3 + 0.03, surface.PLANKS)
    count = int(width // 3.2)
    for i in range(count):
        middle = width * (i + 0.5) / count
        dormer(scene, rng, lot, middle, eaves, ridge, depth, roof)


def dormer(scene, rng, lot, middle, eaves, ridge, depth, roof):
    """A small house on the slope, with its window and its own gable."""
    wide, tall = 0.8, 1.25
    slope = (ridge - eaves) / (depth / 2)
    q = 0.16 * depth
    foot = eaves + slope * q - 0.1
    top = foot + tall
    back = q + (tall + 0.1) / slope
    cheek = np.array([0.34, 0.30, 0.25])
    for s in (middle - wide, middle + wide):
        scene.add([lot.at(s, foot, q), lot.at(s, top, back), lot.at(s, top, q)], cheek, surface.PLANKS)
    peak, behind = top + 0.75, q + (tall + 0.85) / slope
    scene.add(
        [
            lot.at(middle - wide, foot, q),
            lot.at(middle + wide, foot, q),
            lot.at(middle + wide, top, q),
            lot.at(middle, peak, q),
            lot.at(middle - wide, top, q),
        ],
        TRIM * 0.8,
        surface.PLASTER,
    )
    for side in (-1, 1):
        corners = [
            lot.at(middle + side * (wide + 0.15), top - 0.12, q - 0.2),
            lot.at(middle, peak + 0.06, q - 0.2),
            lot.at(middle, peak + 0.06, behind),
            lot.at(middle + side * (wide + 0.15), top - 0.12, back),
        ]
        scene.add(corners, roof * 0.95, surface.TILES)
    pane(
        scene,
        lot,
        middle,
        foot + 0.62,
        0.85,
        1.0,
        q - 0.02,
        glow=LAMPLIGHT * 0.8 if rng.random() < 0.3 else 0.0,
    )


def chimney(scene, rng, lot, s, low, q, high):
    brick = np.array([0.34, 0.16, 0.10]) * rng.uniform(0.8, 1.2)
    half = 0.38
    for panel in (
        [
            lot.at(s + half, low, q),
            lot.at(s + half, low, q + 0.8),
            lot.at(s + half, high, q + 0.8),
            lot.at(s + half, high, q),
        ],
        lot.panel(s - half, low, s + half, high, q),
    ):
        scene.add(panel, brick, surface.PLASTER)
    scene.add(lot.panel(s - half - 0.1, high - 0.1, s + half + 0.1, high + 0.12, q - 0.1), brick * 0.7)


def frame(scene, rng, lot, width, storey, storeys, eaves, ridge):
    """Half-timber above the ground floor: rails, posts, braces; on the gable too."""
    posts = max(3, round(width / 1.55))
    place = np.linspace(0.1, width - 0.1, posts + 1)

    def beam(a, b, thick=0.2):
        (sa, ya), (sb, yb) = a, b
        length = np.hypot(sb - sa, yb - ya)
        ds, dy = -(yb - ya) / length * thick / 2, (sb - sa) / length * thick / 2
        corners = [
            lot.at(sa + ds, ya + dy, -0.02),
            lot.at(sb + ds, yb + dy, -0.02),
            lot.at(sb - ds, yb - dy, -0.02),
            lot.at(sa - ds, ya - dy, -0.02),
        ]
        scene.add(corners, TIMBER * rng.uniform(0.85, 1.25), surface.PLANKS)

    for level in range(1, storeys):
        low, high = level * storey, min((level + 1) * storey, eaves)
        for s in place:
            beam((s, low), (s, high))
        for a, b in ((0, 1), (posts, posts - 1)):  # braces at the corners, like an opened hand
            beam((place[a], high - 0.2), (place[b], low + 0.1), 0.16)
        beam((0, low + 0.9), (width, low + 0.9), 0.14)
        beam((0, low), (width, low), 0.26)
    beam((0, eaves), (width, eaves), 0.26)
    if ridge is not None:
        rise = ridge - eaves
        for share in (0.36, 0.68):
            inset = share * width / 2
            beam((inset, eaves + share * rise), (width - inset, eaves + share * rise), 0.18)
        for s in place[1:-1]:
            top = eaves + rise * (1 - abs(s - width / 2) / (width / 2)) - 0.1
            beam((s, eaves), (s, top), 0.17)


def windows(scene, rng, lot, width, storey, storeys, lit, shutters, wall, timber):
    """Rows of windows on the upper storeys."""
    count = max(2, round(width / 2.3))
    wide, tall = 0.98, 1.5
    for level in range(1, storeys):
        low = level * storey + 0.95
        for i in range(count):
            middle = width * (i + 0.5) / count
            glow = LAMPLIGHT * rng.uniform(0.5, 1.1) if rng.random() < lit else 0.0
            if not timber:
                scene.add(
                    lot.panel(
                        middle - wide / 2 - 0.14,
                        low - 0.10,
                        middle + wide / 2 + 0.14,
                        low + tall + 0.14,
                        -0.02,
                    ),
                    wall * 0.55 + TRIM * 0.45,
                    surface.PLASTER,
                )
            pane(scene, lot, middle, low + tall / 2, wide, tall, -0.03, glow)
            if shutters is not None:
                for side in (-1, 1):
                    edge = middle + side * (wide / 2 + 0.05)
                    left, right = sorted((edge, edge + side * 0.5))
                    scene.add(
                        lot.panel(left + 0.05, low - 0.06, right + 0.05, low + tall - 0.08, -0.03),
                        wall * 0.30,
                        surface.PLASTER,
                    )  # its shadow
                    scene.add(lot.panel(left, low, right, low + tall, -0.08), shutters, surface.SLATS)
            scene.add(
                lot.panel(middle - wide / 2 - 0.1, low - 0.22, middle + wide / 2 + 0.14, low - 0.08, -0.03),
                wall * 0.35,
                surface.PLASTER,
            )
            scene.add(
                lot.panel(middle - wide / 2 - 0.12, low - 0.12, middle + wide / 2 + 0.12, low, -0.14),
                TRIM * 0.9,
            )


def pane(scene, lot, middle, centre, wide, tall, q, glow):
    """Glass behind a frame with a post and a bar, set back into the wall: the top and one side in shade."""
    left, low = middle - wide / 2, centre - tall / 2
    scene.add(lot.panel(left, low, left + wide, low + tall, q), TRIM * 0.95)
    border, bar = 0.075, 0.055
    across = [left + border, middle - bar / 2, middle + bar / 2, left + wide - border]
    split = low + tall * 0.62
    up = [low + border, split - bar / 2, split + bar / 2, low + tall - border]
    tilt = 0.006
    for a, b in ((across[0], across[1]), (across[2], across[3])):
        for c, d in ((up[0], up[1]), (up[2], up[3])):
            corners = lot.panel(a, c, b, d, q - 0.01)
            corners[0] = corners[0] + tilt * np.sin(97 * middle + 13 * c) * lot.back
            corners[2] = corners[2] + tilt * np.sin(57 * middle + 7 * a) * lot.back
            scene.add(corners, np.array([0.05, 0.055, 0.06]), surface.GLASS, glow=glow, gloss=1.0)
    shade = np.array([0.03, 0.028, 0.03])
    scene.add(lot.panel(left, low + tall - 0.08, left + wide, low + tall, q - 0.02), shade)
    scene.add(lot.panel(left + wide - 0.07, low, left + wide, low + tall, q - 0.02), shade)


def attic(scene, rng, lot, width, eaves, rise, lit, timber):
    """Small windows in the gable."""
    for share, count in ((0.14, 2 if width > 6.5 else 1), (0.46, 1)):
        low = eaves + share * rise
        for i in range(count):
            middle = width / 2 + (i - (count - 1) / 2) * 1.9
            glow = LAMPLIGHT * 0.8 if rng.random() < lit else 0.0
            pane(scene, lot, middle, low + 0.55, 0.8, 1.0, -0.03, glow)


def ground_floor(scene, rng, lot, width, storey, wall):
    """Doors, an arch or two, a shop's window, on a plinth of stone."""
    stone = np.array([0.40, 0.35, 0.28])
    scene.add(lot.panel(0, 0, width, 0.7, -0.04), stone, surface.ASHLAR)
    count = max(2, round(width / 2.6))
    for i in range(count):
        middle, kind = width * (i + 0.5) / count, rng.random()
        if kind < 0.45:
            arch(
                scene,
                lot,
                middle,
                1.25,
                2.35,
                stone * 1.25,
                np.array([0.10, 0.05, 0.03]) if kind < 0.25 else np.array([0.02, 0.018, 0.016]),
            )
        elif kind < 0.75:
            glow = LAMPLIGHT * rng.uniform(0.6, 1.0) if rng.random() < 0.6 else 0.0
            scene.add(lot.panel(middle - 0.95, 0.65, middle + 0.95, 2.45, -0.03), stone * 0.5)
            pane(scene, lot, middle, 1.55, 1.7, 1.6, -0.05, glow)
        else:
            scene.add(lot.panel(middle - 0.7, 0, middle + 0.7, 2.35, -0.05), TRIM * 0.7)
            scene.add(
                lot.panel(middle - 0.55, 0, middle + 0.55, 2.2, -0.06),
                np.array([0.09, 0.13, 0.10]),
                surface.PLANKS,
            )


def arch(scene, lot, middle, wide, high, stone, inside, low=0.0):
    """A round-headed opening with its stones."""
    turn, spring = np.linspace(0, np.pi, 11), high - wide / 2
    for half, colour, q in ((wide / 2 + 0.2, stone, -0.05), (wide / 2, inside, -0.06)):
        corners = [lot.at(middle - half, low, q), lot.at(middle + half, low, q)]
        corners += [lot.at(middle + half * np.cos(t), spring + half * np.sin(t), q) for t in turn]
        scene.add(corners, colour, surface.PLANKS if colour is inside else surface.PLAIN)
