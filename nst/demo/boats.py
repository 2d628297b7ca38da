"""Boats: rowed, under sail, or with the sail furled; and the piles that they are moored to."""

import numpy as np

from . import surfaces as surface
from .lots import Lot
from .openings import GLASS
from .trees import rod

WOOD = np.array([0.20, 0.12, 0.07])
CLOTH = np.array([0.36, 0.13, 0.07])
CABIN, ROOF = np.array([0.46, 0.33, 0.20]), np.array([0.42, 0.36, 0.28])
STATIONS = np.linspace(-1, 1, 17)  # along a hull


class Hull:
    """Planked sides that rise to bow and stern; `curve` is a line along them."""

    def __init__(self, middle, heading, long):
        self.lot = Lot((middle[0], 0, middle[1]), heading)
        t = STATIONS
        self.along = t * long / 2
        self.beam = 0.19 * long * (1 - np.abs(t) ** 2.6) ** 0.8 * np.where(t < 0, 0.92, 1) + 0.01
        self.sheer = 0.085 * long * (0.75 + 0.55 * t**2 + 0.12 * t)
        self.near, self.far = (-1, 1) if self.lot.back[2] > 0 else (1, -1)

    def curve(self, side, height, wide=1.0):
        """At a share of the hull's height and of its half-width."""
        s = self.along * (1 + 0.10 * (height - 0.5))  # stem and stern lean outward
        return self.lot.points(*zip(s, self.sheer * height, side * self.beam * wide, strict=True))


def boat(scene, middle, heading, long, hull, stripe=(0.7, 0.66, 0.58), deck=False):
    """A clinker boat with thwarts inside, or a deck. Returns its Lot."""
    shape = Hull(middle, heading, long)
    near, far, curve = shape.near, shape.far, shape.curve
    strip(scene, curve(far, 0.15, 0.6), curve(far, 1), WOOD * 0.9)
    if deck:
        strip(scene, curve(far, 0.9, 0.98), curve(near, 0.9, 0.98), WOOD * 1.5)
    else:
        scene.add(curve(far, 0.3, 0.75) + curve(near, 0.3, 0.75)[::-1], WOOD * 0.55, surface.PLANKS)
        a, b = curve(far, 0.72, 0.95), curve(near, 0.72, 0.95)
        for i in (4, 8, 12):
            scene.add([a[i], b[i], b[i + 1], a[i + 1]], WOOD * 1.9, surface.PLANKS)
    strip(scene, curve(near, -0.15, 0.72), curve(near, 0.42, 0.90), np.array(hull) * 0.6)
    strip(scene, curve(near, 0.42, 0.90), curve(near, 0.84, 0.99), hull)
    strip(scene, curve(near, 0.84, 0.99), curve(near, 1), stripe, surface.PLAIN)
    return shape.lot


def strip(scene, a, b, colour, look=surface.PLANKS):
    """Quadrangles between two lines."""
    for i in range(len(a) - 1):
        scene.add([a[i], a[i + 1], b[i + 1], b[i]], colour, look)


def barge(scene, middle, heading, long=9.0):
    """A sailing boat with a lit cabin and its sail furled along the boom."""
    lot = boat(scene, middle, heading, long, (0.10, 0.16, 0.17), deck=True)
    scene.add(lot.panel(-0.30 * long, 1.33, -0.02 * long, 1.42, -0.5), ROOF, surface.PLANKS)
    scene.add(lot.panel(-0.30 * long, 0.5, -0.02 * long, 1.35, -0.4), CABIN, surface.PLANKS)
    for s in (-0.24 * long, -0.16 * long, -0.08 * long):
        porthole = lot.panel(s - 0.17, 0.85, s + 0.17, 1.15, -0.42)
        scene.add(porthole, GLASS, surface.GLASS, glow=(1.4, 0.7, 0.2), gloss=1)
    foot, head = 0.10 * long, lot.at(0.10 * long, 1.12 * long)
    rod(scene, lot.at(foot, 0.5), head, 0.085, 0.045, WOOD * 1.6)
    rod(scene, lot.at(foot, 1.9), lot.at(-0.46 * long, 2.15), 0.07, 0.05, WOOD * 1.6)
    s, t = np.linspace(0.09, -0.44, 14) * long, np.arange(14)
    fold = 0.24 + 0.07 * np.sin(2.1 * t) + 0.10 * np.sin(np.pi * t / 13)
    low, high = zip(s, 2.0 - 0.03 * s, strict=True), zip(s, 2.0 - 0.03 * s + fold, strict=True)
    scene.add(lot.points(*low, *list(high)[::-1]), CLOTH, surface.PLASTER)
    for end in (lot.at(0.49 * long, 0.9), lot.at(-0.48 * long, 0.9)):
        rod(scene, head, end, 0.012, 0.012, WOOD * 0.5)


def sailing(scene, middle, heading, long, cloth):
    """A boat under a mainsail and a jib."""
    lot = boat(scene, middle, heading, long, (0.30, 0.13, 0.07), deck=True)
    foot, head, t = 0.10 * long, 1.25 * long, np.linspace(0, 1, 9)
    belly = np.sin(np.pi * t)
    leech = zip((-0.44 + 0.54 * t + 0.10 * belly) * long, 1.5 + (head - 1.5) * t, -0.6 * belly, strict=True)
    scene.add(lot.points((foot, 1.4), *leech), cloth, surface.PLASTER, along=lot.along)
    luff = zip((0.49 - 0.38 * t - 0.04 * belly) * long, 0.9 + (0.85 * head - 0.9) * t, strict=True)
    jib = lot.points((0.13 * long, 1.3), *luff)
    scene.add(jib, np.array(cloth) * 0.92, surface.PLASTER, along=lot.along)
    rod(scene, lot.at(foot, 0.5), lot.at(foot, head * 1.02), 0.08, 0.04, (0.3, 0.2, 0.12))


def posts(scene, middle, high=1.9):
    """Three mooring piles that lean together."""
    x, z = middle
    for dx, dz, lean in ((-0.22, 0.2, 0.05), (0.25, 0.1, -0.06), (0.0, -0.15, 0.01)):
        foot = np.array([x + dx, -0.4, z + dz])
        rod(scene, foot, foot + [lean * 2, high + 0.4 + dx, 0], 0.13, 0.12, WOOD * 0.8)
