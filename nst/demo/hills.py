"""Hills far away, each an upright screen with a skyline of its own."""

import numpy as np

from minicnn.distill.pictures import noise

from . import surfaces as surface


def hill(scene, rng, z, level, height, colour, look=surface.WOODS):
    """A ridge at the distance z, about `level` metres high and up to `height` more."""
    x = np.linspace(-0.75 * z, 0.75 * z, 240)
    line, trees = (noise.fractal(rng, (256, 2), slope)[:240, 0] for slope in (1.7, 0.8))
    top = np.maximum(level + height * (0.5 + 0.35 * line) + 2.2 * trees * (z / 700) ** 0.5, 1)
    skyline = np.stack([x, top, np.full(240, z)], -1)
    scene.add([(x[0], 0, z), *skyline, (x[-1], 0, z)], colour, look, along=(1, 0, 0))
