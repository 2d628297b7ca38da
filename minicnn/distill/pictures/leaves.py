"""Dead leaves: shapes of all sizes that hide one another, the simplest world with the edges of a real one."""

import numpy as np

from . import noise, palette, shapes, textures
from .cutouts import Cutouts


def leaves(rng, size):
    """Discs, ellipses, polygons and blobs with radii distributed as 1/r³, textured, shaded, with shadows."""
    shape = (size, size)
    smallest, largest = size * rng.uniform(0.01, 0.03), size * rng.uniform(0.15, 0.5)
    count = int(rng.integers(150, 900))
    # The inverse of 1/r³'s distribution between the two ends; the pile is in random order.
    radii = (smallest**-2 + rng.random(count) * (largest**-2 - smallest**-2)) ** -0.5
    centres = rng.uniform(-0.1, 1.1, (2, count)) * size
    colours = leaf_colours(rng, shape, centres)
    outline_kinds = rng.choice(4, rng.integers(1, 5))
    materials = rng.choice(len(textures.ALL), rng.integers(2, 6))
    strength, change, roundness = rng.uniform(0, 0.12), rng.uniform(0, 0.15), rng.choice([0, 0.1, 0.4])

    cutouts = Cutouts(shape)
    for r, x, y, colour in zip(radii, *centres, colours, strict=True):
        cutouts.add(
            outline(rng, rng.choice(outline_kinds), x + 1j * y, r),
            colour,
            change=rng.normal(0, change, 3) * 0.5 + rng.normal(0, change),
            turn=np.exp(2j * np.pi * rng.random()),
            texture=textures.ALL[rng.choice(materials)],
            strength=strength * rng.exponential(),
            stretch=rng.uniform(0.5, 2) * np.exp(2j * np.pi * rng.random()),
            round=roundness * rng.random(),
        )
    ground = 0.5 + 0.15 * noise.coloured(rng, shape)
    return cutouts.render(
        rng, ground, shadow=rng.choice([0, 0, 0.3, 0.6]), reach=size * rng.uniform(0.005, 0.02)
    )


def outline(rng, kind, centre, radius):
    """An ellipse, a polygon, a leaf or a blob."""
    if kind == 0:
        return shapes.ellipse(centre, radius, rng.uniform(0.4, 1), rng.uniform(0, np.pi), corners=24)
    if kind == 1:
        return shapes.polygon(rng, centre, radius, rng.integers(3, 8))
    if kind == 2:
        return shapes.leaf(centre, radius, rng.uniform(0.2, 0.5), rng.uniform(0, 2 * np.pi))
    return shapes.blob(rng, centre, radius, rng.uniform(0.1, 0.3), corners=24)


def leaf_colours(rng, shape, centres):
    """(n, 3): read from a palette by chance, or from a coloured field so that neighbours are alike."""
    count = centres.shape[1]
    if rng.random() < 0.4:
        colours = palette.palette(rng, rng.integers(3, 12))
        return colours[rng.integers(0, len(colours), count)] + rng.normal(0, 0.05, (count, 1))
    field = 0.5 + rng.uniform(0.15, 0.25) * noise.coloured(rng, shape, 1.2, rng.uniform(0.1, 0.5))
    x, y = np.clip(centres, 0, shape[0] - 1).astype(int)
    return field[y, x] + rng.normal(0, 0.08, (count, 1)) + rng.normal(0, 0.03, (count, 3))
