"""The evening sky: what light comes from any direction, with clouds lit from beneath."""

import numpy as np

from .camera import unit
from .fields import read, step, tile

ZENITH = np.array([0.04, 0.15, 0.44], np.float32)
MIDDLE = np.array([0.14, 0.34, 0.62], np.float32)
LOW = np.array([0.80, 0.52, 0.42], np.float32)  # at the horizon, away from the sun
FIRE = np.array([2.2, 0.92, 0.24], np.float32)  # at the horizon, under the sun
HALO = np.array([1.4, 0.66, 0.17], np.float32)
DISC = np.array([60, 34, 13], np.float32)
# Colours of cloud away from the sun, and what is added towards it.
VEIL = np.array([0.80, 0.64, 0.58], np.float32), np.array([1.05, 0.38, -0.20], np.float32)
SHADE = np.array([0.20, 0.25, 0.38], np.float32), np.array([0.22, 0.06, -0.06], np.float32)
LIT = np.array([1.05, 0.74, 0.54], np.float32), np.array([1.9, 0.72, -0.12], np.float32)
DAY = np.array([[0.16, 0.40, 0.95], [0.95, 1.12, 1.25]], np.float32)


class Sky:
    """`at(directions)` is the sky as seen, `clear(directions)` the same without clouds and sun's disc,
    `ambient(normals)` the light that it sends onto surfaces; all (n, 3), linear."""

    def __init__(self, sun):
        self.sun = unit(np.array(sun, np.float32))

    def clear(self, d):
        near = np.clip(d @ self.sun, -1, 1)
        height = np.clip(d[:, 1], 0, 1)[:, None]
        low = LOW + step(-0.2, 1.0, near)[:, None] ** 2 * (FIRE - LOW)
        colour = ZENITH + np.exp(-height / 0.40) * (MIDDLE - ZENITH)
        colour = colour + np.exp(-height / 0.13) * (low - colour)
        angle = np.arccos(near)[:, None]
        return colour + (0.7 * np.exp(-angle / 0.17) + 1.7 * np.exp(-angle / 0.05)) * HALO

    def at(self, d):
        near = d @ self.sun
        warm = step(-0.2, 1, near)[:, None]
        colour = self.clear(d) + step(0.99978, 0.99986, near)[:, None] * DISC
        for cover, light in (self._veil(d, warm), self._heaps(d, warm)):
            colour = colour + cover[:, None] * (light - colour)
        return colour

    def _veil(self, d, warm):
        """High, thin, drawn out by the wind; lit all through."""
        height = np.maximum(d[:, 1], 0) + 0.08
        u, v = d[:, 0] / height, d[:, 2] / height
        streaks = read(tile("1.5", 204), 0.045 * u + 0.10 * v, 0.13 * v - 0.03 * u)
        fine = read(tile("1.0", 205), 0.30 * u + 0.5 * v, 0.9 * v - 0.2 * u)
        cover = 0.4 * step(0.2, 2.2, streaks + 0.25 * fine) * step(0.0, 0.06, d[:, 1])
        return cover, VEIL[0] + warm * VEIL[1]

    def _heaps(self, d, warm):
        """Broken cloud nearer by: dark where thick, bright where thin towards the sun."""
        height = np.maximum(d[:, 1], 0) + 0.07
        u, v = 0.13 * d[:, 0] / height, 0.13 * d[:, 2] / height

        def thickness(u, v):
            bent = 0.03 * read(tile("1.5", 215), 0.7 * u, 0.9 * v)
            return read(tile("1.5", 206), u + bent, v * 1.5 + bent) + 0.26 * read(
                tile("1.0", 207), 3.1 * u, 4.3 * v
            )

        here, towards = thickness(u, v), self.sun * np.float32(0.03)
        there = thickness(u + towards[0], v + towards[2])
        cover = step(0.75, 1.35, here) * step(0.01, 0.10, d[:, 1])
        bright = np.clip(0.62 + 0.6 * (here - there), 0, 1) * np.exp(-0.7 * np.maximum(here - 0.6, 0))
        shade = SHADE[0] + warm * SHADE[1]
        lit = LIT[0] + warm**2 * LIT[1]
        return 0.95 * cover, shade + bright[:, None] ** 1.5 * (lit - shade)

    def ambient(self, normals):
        """Light that the whole sky, and the ground and water below it, send onto a surface."""
        up = 0.5 + 0.5 * normals[:, 1:2]
        west = np.clip(0.5 + 0.5 * (normals @ self.sun)[:, None], 0, 1)
        blue, glow, ground = np.array(
            [[0.28, 0.40, 0.62], [0.62, 0.36, 0.20], [0.22, 0.19, 0.15]], np.float32
        )
        return up * blue + west**2 * glow + (1 - up) * ground


class Day(Sky):
    """A bright day: blue above, pale below, white clouds."""

    def clear(self, d):
        height = np.clip(d[:, 1], 0, 1)[:, None]
        return DAY[0] + np.exp(-height / 0.3) * (DAY[1] - DAY[0])

    def at(self, d):
        cover, _ = self._heaps(d, np.zeros((len(d), 1), np.float32))
        return self.clear(d) + (0.9 * cover)[:, None] * (np.float32([1.5, 1.45, 1.38]) - self.clear(d))
