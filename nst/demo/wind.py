"""Wind over the fields: where everything is in the demo's painting, which way it runs, and in what colours.

Places are complex x + iy in widths of the picture, y downwards: the picture reaches from 0 to 1 + 0.75i.
"""

import numpy as np

from minicnn.distill.pictures import flow, noise


def rgb(*codes):
    """Colours written as on a paint chart, "1b3a8c", as (n, 3) in 0 … 1."""
    return np.array([[int(code[i : i + 2], 16) for i in (0, 2, 4)] for code in codes], np.float32) / 255


# Each box of paints from level 0 to level 1; the last ones of a box may stand out from it.
SKY = rgb("101a44", "15306e", "1a4f96", "1f78a8", "35a0ac", "79c4b4", "c4dcb4", "f3e6c2", "f3b98e")
SUN = rgb("fff4c2", "ffe680", "ffcb45", "fba52c", "f27d2b", "e2572f")
HILLS = rgb("1b1b4f", "33357f", "54509e", "3a6f95", "6d9f8f", "b48fb0")
FIELD = rgb("7a3b12", "b8641a", "dd9326", "f3bf3d", "fbe07a", "c8471f", "8a9a2f")
GROVE = rgb("0a2324", "123a33", "1d5a3d", "3f7a3a", "85a03a", "cdbb4e", "1b3a6b")
BOXES = (SKY, SUN, HILLS, FIELD, GROVE)

SUN_AT, SUN_RADIUS = 0.70 + 0.20j, 0.085
WHIRLS = (  # centre, radius, sense, how much it draws in
    (SUN_AT, 0.17, 1, 0.0),
    (0.30 + 0.24j, 0.15, -1, 0.12),
    (0.50 + 0.10j, 0.08, 1, 0.12),
    (0.95 + 0.36j, 0.10, -1, 0.12),
    (0.06 + 0.10j, 0.12, 1, 0.12),
)
RIDGES = ((0.47, 0.055, 0.15), (0.52, 0.050, 0.70))  # foot, height, level at the top
VANISHING = np.complex64(0.34 + 0.50j)  # where the furrows meet
TREES = (
    (0.075 + 0.475j, 0.060),
    (0.175 + 0.495j, 0.078),
    (0.285 + 0.515j, 0.046),
    (0.80 + 0.515j, 0.045),
    (0.915 + 0.49j, 0.085),
)


class Plan:
    """`field`: directions, complex64; `box`: which of BOXES; `level`: how far up in it; all (h, w)."""

    def __init__(self, rng, shape):
        self.rng, self.shape = rng, shape
        self.z = flow.grid(shape) / shape[1]
        self.x, self.y = self.z.real, self.z.imag
        self.field = np.ones(shape, np.complex64)
        self.box, self.level = np.zeros(shape, np.int8), np.zeros(shape, np.float32)
        self.sky()
        self.sun()
        for ridge in RIDGES:
            self.ridge(*ridge)
        self.corn()
        for crown in TREES:
            self.tree(*crown)

    def lay(self, where, field, box, level):
        """Over what is there, `where` it is true."""
        self.field = np.where(where, field, self.field).astype(np.complex64)
        self.box = np.where(where, np.int8(box), self.box)
        self.level = np.where(where, level, self.level).astype(np.float32)

    def sky(self):
        """Currents between whirls, light low down."""
        total = 0.9 * flow.waves(self.rng, self.shape, 0.45 * self.shape[1], 0.35, base=0.12)
        for centre, radius, sense, inward in WHIRLS:
            total = total + 1.2 * flow.whirl(self.z, centre, radius, sense, inward)
        field = flow.unit(total)
        self.lay(True, field, 0, 0.38 + self.y**2 + 0.22 * self.streaks(field, 50))

    def sun(self):
        """Rings of fire, frayed where the sky's currents take them along, in a pale ring."""
        distance, frayed = np.abs(self.z - np.complex64(SUN_AT)), self.streaks(self.field, 20)
        ring = np.exp(-(((distance - 1.3 * SUN_RADIUS) / 0.045) ** 2))
        self.level = self.level + (0.5 + 0.15 * frayed) * ring
        burning = distance < SUN_RADIUS + 0.014 * frayed
        self.lay(burning, self.field, 1, 0.85 * distance / SUN_RADIUS + 0.08 * frayed)

    def ridge(self, foot, height, level):
        """Hills, whose strokes follow their backs and waver below."""
        line = foot - height * noise.ramp(noise.smooth(self.rng, (8, self.shape[1]), 0.33 * self.shape[1])[0])
        below = self.y - line
        turn = np.arctan(np.gradient(line) * self.shape[1]) + 0.5 * np.sin(9 * self.x + 30 * below)
        field = np.exp(1j * turn).astype(np.complex64)
        self.lay(below > 0, field, 2, level + 2.2 * below + 0.2 * self.streaks(field, 30))

    def corn(self):
        """Furrows that run towards one point, in waves."""
        top = 0.545 + 0.02 * np.sin(5 * self.x + 1)
        wave = np.sin(14 * (self.y - top) / (0.75 - top) + 6 * self.x)
        away = self.z - VANISHING
        field = (flow.unit(away) * np.exp(0.5j * wave)).astype(np.complex64)
        level = 0.35 + 0.22 * self.streaks(field, 40) + 0.25 * np.sin(40 * np.angle(away))
        self.lay(self.y > top, field, 3, level)

    def tree(self, centre, radius):
        """An olive: a trunk that leans with the wind, and a crown of lobes, light where the sun is."""
        x, y = self.x - centre.real, self.y - centre.imag
        lean, low = 0.25 * (0.9 * radius - y), np.maximum(y - 0.9 * radius, 0)
        thick = np.abs(x + lean + 0.012 * np.sin(60 * self.y + 90 * centre.real)) < 0.010 + 0.10 * low
        self.lay(thick & (y > 0) & (y < 1.35 * radius), -1j + 0.3, 4, 0.08 + 0.3 * (x < -lean))
        turns = 2 * np.pi * np.arange(5) / 5 + 9 * centre.real
        lobes = [*(0.55 * np.cos(turns) + 0.385j * np.sin(turns)), -0.14j]
        for k, lobe in enumerate(lobes):
            arm = (self.z - np.complex64(centre + radius * lobe)) / np.float32(0.62 * radius)
            swirl = flow.unit(arm * np.complex64(np.exp(1.15j)) + np.complex64(0.8 - 0.5j))
            light = 0.36 + 0.34 * (0.7 * x - y) / radius - 0.20 * (arm.imag - 0.6 * arm.real)
            inside = np.abs(arm) < 1 + 0.16 * np.sin(7 * np.angle(arm) + k)
            self.lay(inside, swirl, 4, light + 0.10 * np.sin(3 * k + 20 * centre.real))

    def streaks(self, field, length):
        """Noise drawn out along `field` by `length` pixels, deviation 1: what the wind makes of colour."""
        h, w = self.shape
        grain = noise.smooth(self.rng, self.shape, 9)
        total = np.zeros_like(grain)
        for sense in (1, -1):
            at = flow.grid(self.shape)
            for _ in range(length // 4):
                row = np.clip(np.rint(at.imag), 0, h - 1).astype(np.int32)
                column = np.clip(np.rint(at.real), 0, w - 1).astype(np.int32)
                total += grain[row, column]
                at = at + np.float32(2 * sense) * field[row, column]
        return (total - total.mean()) / total.std()
