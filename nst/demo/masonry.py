"""What is built of stone: a bridge, a church's tower, the wall of a quay."""

from itertools import pairwise

import numpy as np

from . import surfaces as surface
from .openings import TRIM, arch
from .trees import rod

BRIDGE, TOWER, QUAY = np.array([[0.44, 0.37, 0.29], [0.50, 0.43, 0.34], [0.42, 0.37, 0.30]])
COPING, SLATE, DIAL = np.array([[0.52, 0.47, 0.39], [0.16, 0.19, 0.19], [0.75, 0.68, 0.50]])
SPAN, PIER, DECK, WIDE = 11.5, 2.6, 6.2, 6.0  # of a bridge, in metres


def bridge(scene, lot, arches):
    """Round arches of stone over water, with cutwaters between them; the deck rises towards the middle."""
    lefts = [i * (SPAN + PIER) for i in range(arches)]
    turn = np.linspace(np.pi, 0, 25)
    curves = [[(s + SPAN / 2 * (1 + np.cos(t)), 0.2 + 0.43 * SPAN * np.sin(t)) for t in turn] for s in lefts]
    for curve in curves:
        for (sa, ya), (sb, yb) in pairwise(curve):
            vault = lot.points((sa, ya), (sb, yb), (sb, yb, WIDE), (sa, ya, WIDE))
            scene.add(vault, BRIDGE * 0.8, surface.ASHLAR)
    for left, curve in zip(lefts, curves, strict=True):
        a, b = left - PIER / 2, left + SPAN + PIER / 2
        high_a, high_b = (DECK + 0.9 * (1 - ((s - 24) / 42) ** 2) for s in (a, b))
        face = lot.points((a, -0.3), *curve, (b, -0.3), (b, high_b), (a, high_a))
        scene.add(face, BRIDGE, surface.ASHLAR, along=lot.along)
        cope = (a, high_a - 0.9), (b, high_b - 0.9), (b, high_b - 0.6), (a, high_a - 0.6)
        scene.add(lot.points(*((s, y, -0.2) for s, y in cope)), BRIDGE * 1.15)
        for s in (left - PIER, left):
            nose = lot.points((s, -0.3), (a, -0.3, -1.6), (a, 3.4, -1.6), (s, 3.4))
            scene.add(nose, BRIDGE * 0.95, surface.ASHLAR)


def steeple(scene, lot, side, high, tip):
    """A church tower with its clock, its bells' windows and its spire."""
    for s in (side, 0):
        scene.add(lot.flank(s, 0, side, 0, high), TOWER, surface.ASHLAR)
    scene.add(lot.panel(0, 0, side, high), TOWER, surface.ASHLAR)
    for y in (0.66 * high, 0.84 * high):
        scene.add(lot.panel(-0.15, y - 0.2, side + 0.15, y + 0.15, -0.15), TOWER * 1.2)
    for s in (0.3 * side, 0.7 * side):
        arch(scene, lot, s, 0.18 * side, 0.96 * high, TOWER, (0.03, 0.028, 0.03), low=0.86 * high)
    turn = np.exp(2j * np.pi * np.arange(24) / 24)
    middle, round_ = side / 2 + 0.75j * high, 0.16 * side * turn
    scene.add([lot.at(p.real, p.imag, -0.05) for p in middle + round_], DIAL, glow=0.25)
    out, peak = side + 0.4, lot.at(side / 2, tip, side / 2)
    eaves = lot.points((-0.4, high, out), (out, high, out), (out, high, -0.4), (-0.4, high, -0.4))
    for a, b in zip(eaves, eaves[1:] + eaves[:1], strict=True):
        scene.add([a, b, peak], SLATE, surface.TILES)
    rod(scene, peak, peak + [0, 2.2, 0], 0.10, 0.05, TRIM)


def quay(scene, lot, start, end, high):
    """A wall from below the water to its coping."""
    scene.add(lot.panel(start, -0.4, end, high), QUAY, surface.ASHLAR, along=lot.along)
    scene.add(lot.panel(start, high - 0.22, end, high + 0.06, -0.1), COPING, surface.PLAIN, along=lot.along)
