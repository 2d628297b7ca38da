"""A place to build on, with coordinates of its own."""

import numpy as np

from .camera import unit


class Lot:
    """`at(s, y, q)` is s metres along its front, y up from its base, q back from it."""

    def __init__(self, corner, along, base=0.0):
        self.corner = np.array(corner, float)
        self.along = unit(np.array([along[0], 0.0, along[1]]))
        self.back = np.array([self.along[2], 0, -self.along[0]])
        self.base = base

    def at(self, s, y, q=0.0):
        return self.corner + s * self.along + q * self.back + np.array([0, y + self.base, 0])

    def points(self, *places):
        """Several (s, y, q)."""
        return [self.at(*place) for place in places]

    def panel(self, left, low, right, high, q=0.0):
        """An upright rectangle parallel to the front."""
        return self.points((left, low, q), (right, low, q), (right, high, q), (left, high, q))

    def flank(self, s, near, far, low, high):
        """An upright rectangle that runs back from the front."""
        return self.points((s, low, near), (s, low, far), (s, high, far), (s, high, near))

    def ground(self, left, right, near, far, y=0.0):
        """A level rectangle."""
        return self.points((left, y, near), (right, y, near), (right, y, far), (left, y, far))

    def beam(self, a, b, thick, q=0.0):
        """A bar in the front's plane between two (s, y)."""
        (sa, ya), (sb, yb) = a, b
        side = 0.5 * thick / np.hypot(sb - sa, yb - ya)
        ds, dy = (ya - yb) * side, (sb - sa) * side
        ends = (sa + ds, ya + dy), (sb + ds, yb + dy), (sb - ds, yb - dy), (sa - ds, ya - dy)
        return self.points(*((s, y, q) for s, y in ends))

    def shifted(self, s, q=0.0, up=0.0):
        return Lot(self.at(s, -self.base, q), self.along[[0, 2]], self.base + up)
