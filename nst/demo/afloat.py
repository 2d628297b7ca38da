"""What lies on the river and walks beside it: boats, mooring posts, people."""

import numpy as np

from . import surfaces as surface
from .houses import Lot
from .trees import rod

WOOD = np.array([0.20, 0.12, 0.07])


def boat(scene, middle, heading, long, hull, stripe=(0.7, 0.66, 0.58), deck=False):
    """A clinker boat: planked sides that rise to bow and stern, thwarts inside, or a deck."""
    lot = Lot((middle[0], 0, middle[1]), heading)
    t = np.linspace(-1, 1, 17)
    beam = 0.19 * long * (1 - np.abs(t) ** 2.6) ** 0.8 * np.where(t < 0, 0.92, 1) + 0.01
    sheer = 0.085 * long * (0.75 + 0.55 * t**2 + 0.12 * t)
    along = t * long / 2

    def curve(side, height, wide):
        rake = 1 + 0.10 * (height - 0.5)  # stem and stern lean outward
        return [
            lot.at(s * rake, y * height, side * b * wide) for s, y, b in zip(along, sheer, beam, strict=True)
        ]

    def strip(a, b, colour, look):
        for i in range(len(t) - 1):
            scene.add([a[i], a[i + 1], b[i + 1], b[i]], colour, look)

    near, far = (-1, 1) if lot.back[2] > 0 else (1, -1)
    strip(curve(far, 0.15, 0.6), curve(far, 1, 1), WOOD * 0.9, surface.PLANKS)
    floor = curve(far, 0.3, 0.75) + curve(near, 0.3, 0.75)[::-1]
    if deck:
        strip(curve(far, 0.9, 0.98), curve(near, 0.9, 0.98), WOOD * 1.5, surface.PLANKS)
    else:
        scene.add(floor, WOOD * 0.55, surface.PLANKS)
        for i in (4, 8, 12):
            a, b = curve(far, 0.72, 0.95), curve(near, 0.72, 0.95)
            scene.add([a[i], b[i], b[i + 1], a[i + 1]], WOOD * 1.9, surface.PLANKS)
    strip(curve(near, -0.15, 0.72), curve(near, 0.42, 0.90), np.array(hull) * 0.6, surface.PLANKS)
    strip(curve(near, 0.42, 0.90), curve(near, 0.84, 0.99), hull, surface.PLANKS)
    strip(curve(near, 0.84, 0.99), curve(near, 1.0, 1.0), stripe, surface.PLAIN)
    return lot, sheer


def barge(scene, middle, heading, long=9.0):
    """A sailing boat with its brown sail furled along the boom."""
    lot, _ = boat(scene, middle, heading, long, (0.10, 0.16, 0.17), deck=True)
    cabin = lot.panel(-0.30 * long, 0.5, -0.02 * long, 1.35, -0.4)
    scene.add(lot.panel(-0.30 * long, 1.33, -0.02 * long, 1.42, -0.5), (0.42, 0.36, 0.28), surface.PLANKS)
    scene.add(cabin, (0.46, 0.33, 0.20), surface.PLANKS)
    for s in (-0.24, -0.16, -0.08):
        scene.add(
            lot.panel(s * long - 0.17, 0.85, s * long + 0.17, 1.15, -0.42),
            (0.05, 0.05, 0.06),
            surface.GLASS,
            glow=(1.4, 0.7, 0.2),
            gloss=1,
        )
    mast, head = lot.at(0.10 * long, 0.5), lot.at(0.10 * long, 1.12 * long)
    rod(scene, mast, head, 0.085, 0.045, WOOD * 1.6)
    boom = [lot.at(0.10 * long, 1.9), lot.at(-0.46 * long, 2.15)]
    rod(scene, *boom, 0.07, 0.05, WOOD * 1.6)
    s = np.linspace(0.09, -0.44, 14) * long
    fold = 0.22 + 0.07 * np.sin(2.1 * np.arange(14)) + 0.10 * np.sin(np.linspace(0, np.pi, 14))
    sail = [lot.at(a, 2.0 - 0.03 * a, -0.05) for a in s] + [
        lot.at(a, 2.02 - 0.03 * a + f, -0.05) for a, f in zip(s[::-1], fold[::-1], strict=True)
    ]
    scene.add(sail, (0.36, 0.13, 0.07), surface.PLASTER)
    for end in (lot.at(0.49 * long, 0.9), lot.at(-0.48 * long, 0.9)):
        rod(scene, head, end, 0.012, 0.012, WOOD * 0.5)


def posts(scene, middle, high=1.9):
    """Three mooring piles that lean together."""
    x, z = middle
    for dx, dz, lean in ((-0.22, 0.2, 0.05), (0.25, 0.1, -0.06), (0.0, -0.15, 0.01)):
        foot = np.array([x + dx, -0.4, z + dz])
        top = foot + [lean * 2, high + 0.4 + dx, 0]
        rod(scene, foot, top, 0.13, 0.12, WOOD * 0.8)


# Heights and half-widths of a person 1.75 m tall, from the coat's hem to the crown.
COAT = ((0.78, 0.17), (1.05, 0.145), (1.30, 0.195), (1.42, 0.17), (1.49, 0.06))
GOWN = ((0.06, 0.27), (0.55, 0.21), (0.98, 0.13), (1.30, 0.175), (1.42, 0.15), (1.49, 0.06))
HEAD = ((1.47, 0.05), (1.53, 0.075), (1.60, 0.095), (1.68, 0.085), (1.75, 0.03))
SKIN, HAIR = np.array([0.46, 0.30, 0.22]), np.array([0.10, 0.06, 0.04])


def person(scene, foot, tall, coat, gown=False):
    """Someone out for a walk, seen from afar."""
    lot, scale, coat = Lot(foot, (1, 0)), tall / 1.75, np.array(coat)

    def part(shape, colour, middle=0.0, q=0.0):
        left = [lot.at((middle - b) * scale, y * scale, q) for y, b in shape]
        right = [lot.at((middle + b) * scale, y * scale, q) for y, b in shape[::-1]]
        scene.add(left + right, colour, along=(1, 0, 0))

    if not gown:
        for middle, bend in ((-0.10, -0.05), (0.08, 0.04)):
            part(((0.0, 0.05), (0.45, 0.06), (0.85, 0.09)), coat * 0.4, middle + bend)
    part(GOWN if gown else COAT, coat)
    part(HEAD, SKIN)
    part(HEAD[2:], HAIR, q=-0.01)
