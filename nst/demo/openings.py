"""Windows, doors and arches in a wall: what makes a house of a box."""

import numpy as np

from . import surfaces as surface

TRIM = np.array([0.74, 0.69, 0.60])
GLASS = np.array([0.05, 0.055, 0.06])
SHADE = np.array([0.03, 0.028, 0.03])
LAMPLIGHT = np.array([2.6, 1.25, 0.38])
BORDER, BAR = 0.075, 0.055  # of a window's wood, in metres
TILT = 0.006  # no two panes lie quite in one plane, nor mirror the same piece of sky


def pane(scene, lot, middle, centre, wide, tall, q, glow=0.0):
    """Glass behind a frame with a post and a bar, set back into the wall: the top and one side in shade."""
    left, low = middle - wide / 2, centre - tall / 2
    right, high, split = left + wide, low + tall, low + 0.62 * tall
    scene.add(lot.panel(left, low, right, high, q), TRIM * 0.95)
    for a, b in ((left + BORDER, middle - BAR / 2), (middle + BAR / 2, right - BORDER)):
        for c, d in ((low + BORDER, split - BAR / 2), (split + BAR / 2, high - BORDER)):
            corners = lot.panel(a, c, b, d, q - 0.01)
            corners[0] = corners[0] + TILT * np.sin(97 * middle + 13 * c) * lot.back
            corners[2] = corners[2] + TILT * np.sin(57 * middle + 7 * a) * lot.back
            scene.add(corners, GLASS, surface.GLASS, glow=glow, gloss=1.0)
    scene.add(lot.panel(left, high - 0.08, right, high, q - 0.02), SHADE)
    scene.add(lot.panel(right - 0.07, low, right, high, q - 0.02), SHADE)


def window(scene, lot, middle, low, wall, glow, surround=True, shutters=None, wide=0.98, tall=1.5):
    """A pane with its stones, its sill and shutters, where there are any, and their shadows on the wall."""
    left, right, high = middle - wide / 2, middle + wide / 2, low + tall
    if surround:
        stones = lot.panel(left - 0.14, low - 0.10, right + 0.14, high + 0.14, -0.02)
        scene.add(stones, wall * 0.55 + TRIM * 0.45, surface.PLASTER)
    pane(scene, lot, middle, low + tall / 2, wide, tall, -0.03, glow)
    if shutters is not None:
        for inner, outer in ((left - 0.05, left - 0.55), (right + 0.05, right + 0.55)):
            a, b = sorted((inner, outer))
            shadow = lot.panel(a + 0.05, low - 0.06, b + 0.05, high - 0.08, -0.03)
            scene.add(shadow, wall * 0.30, surface.PLASTER)
            scene.add(lot.panel(a, low, b, high, -0.08), shutters, surface.SLATS)
    shadow = lot.panel(left - 0.1, low - 0.22, right + 0.14, low - 0.08, -0.03)
    scene.add(shadow, wall * 0.35, surface.PLASTER)
    scene.add(lot.panel(left - 0.12, low - 0.12, right + 0.12, low, -0.14), TRIM * 0.9)


def arch(scene, lot, middle, wide, high, stone, inside, low=0.0):
    """A round-headed opening with its stones."""
    turn, spring = np.linspace(0, np.pi, 11), high - wide / 2
    stones, opening = (0.2, stone, surface.PLAIN, -0.05), (0.0, inside, surface.PLANKS, -0.06)
    for beyond, colour, look, q in (stones, opening):
        half = wide / 2 + beyond
        round_head = [(middle + half * np.cos(t), spring + half * np.sin(t), q) for t in turn]
        scene.add(lot.points((middle - half, low, q), (middle + half, low, q), *round_head), colour, look)


def shop(scene, lot, middle, stone, glow):
    """One wide pane in a frame of stone."""
    scene.add(lot.panel(middle - 0.95, 0.65, middle + 0.95, 2.45, -0.03), stone * 0.5)
    pane(scene, lot, middle, 1.55, 1.7, 1.6, -0.05, glow)


def door(scene, lot, middle):
    """Green boards in a pale frame."""
    scene.add(lot.panel(middle - 0.7, 0, middle + 0.7, 2.35, -0.05), TRIM * 0.7)
    scene.add(lot.panel(middle - 0.55, 0, middle + 0.55, 2.2, -0.06), (0.09, 0.13, 0.10), surface.PLANKS)
