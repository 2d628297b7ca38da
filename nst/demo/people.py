"""People, small and far away."""

import numpy as np

from .lots import Lot

# Heights and half-widths of someone 1.75 m tall, from the coat's hem to the crown.
LEG = ((0.0, 0.05), (0.45, 0.06), (0.85, 0.09))
COAT = ((0.78, 0.17), (1.05, 0.145), (1.30, 0.195), (1.42, 0.17), (1.49, 0.06))
GOWN = ((0.06, 0.27), (0.55, 0.21), (0.98, 0.13), (1.30, 0.175), (1.42, 0.15), (1.49, 0.06))
HEAD = ((1.47, 0.05), (1.53, 0.075), (1.60, 0.095), (1.68, 0.085), (1.75, 0.03))
SKIN, HAIR = np.array([0.46, 0.30, 0.22]), np.array([0.10, 0.06, 0.04])


def person(scene, foot, tall, coat, gown=False):
    """Someone out for a walk."""
    lot, scale = Lot(foot, (1, 0)), tall / 1.75

    def part(shape, colour, middle=0.0, q=0.0):
        left = [((middle - b) * scale, y * scale, q) for y, b in shape]
        right = [((middle + b) * scale, y * scale, q) for y, b in shape[::-1]]
        scene.add(lot.points(*left, *right), colour, along=(1, 0, 0))

    if not gown:
        for middle in (-0.15, 0.12):
            part(LEG, 0.4 * coat, middle)
    part(GOWN if gown else COAT, coat)
    part(HEAD, SKIN)
    part(HEAD[2:], HAIR, q=-0.01)
