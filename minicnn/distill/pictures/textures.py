"""Small periodic textures, each a field (TILE, TILE) around 0, read with any shift, turn and scale."""

import numpy as np

from . import noise

TILE = 256


def grain(rng):
    return noise.fractal(rng, (TILE, TILE), rng.uniform(0.3, 0.8))


def cloudy(rng):
    return noise.fractal(rng, (TILE, TILE), rng.uniform(1.0, 1.6))


def streaks(rng):
    return noise.fractal(rng, (TILE, TILE), rng.uniform(0.6, 1.1), stretch=rng.uniform(4, 12))


def stripes(rng):
    """Bars of one width or of two."""
    bars = np.sin(2 * np.pi * np.arange(TILE) / TILE * rng.choice([8, 16, 24, 32]))
    return np.tile(np.tanh(rng.uniform(1, 6) * (bars + rng.uniform(-0.6, 0.6))), (TILE, 1)).T


def plaid(rng):
    return 0.6 * (stripes(rng) + stripes(rng).T)


def dots(rng):
    """Round spots, each in its cell, not quite in its middle."""
    cells = rng.choice([8, 16, 32])
    y, x = np.mgrid[:TILE, :TILE] * cells / TILE
    shift = rng.uniform(-0.25, 0.25, (2, cells, cells))
    row, column = y.astype(int), x.astype(int)
    distance = np.hypot(y - row - 0.5 + shift[0, row, column], x - column - 0.5 + shift[1, row, column])
    return np.tanh(12 * (rng.uniform(0.15, 0.35) - distance))


def bricks(rng):
    """Courses of bricks, each of its own tone, with joints."""
    rows, columns = rng.choice([8, 16, 32]), rng.choice([4, 8, 16])
    y, x = np.mgrid[:TILE, :TILE] / TILE
    row = (y * rows).astype(int)
    across = (x * columns + 0.5 * (row % 2)) % columns
    joint = np.minimum((y * rows % 1) * columns / rows, across % 1) < 0.1
    return np.where(
        joint, rng.choice([-1.5, 1.5]), rng.normal(0, 0.6, (rows, columns))[row, across.astype(int)]
    )


def leafy(rng):
    """Lights and darks with sharp edges, as of foliage."""
    return np.tanh(4 * noise.fractal(rng, (TILE, TILE), rng.uniform(0.7, 1.2)) + rng.uniform(-1, 1))


def ripples(rng):
    """Waves that lie across, as on water or in wood."""
    y = np.arange(TILE)[:, None] / TILE
    bend = noise.fractal(rng, (TILE, TILE), 1.5, stretch=3)
    return np.sin(2 * np.pi * rng.choice([8, 16, 24]) * y + rng.uniform(0.5, 3) * bend)


def scales(rng):
    """Overlapping rounds in rows: roof tiles, feathers, fish."""
    rows = rng.choice([8, 16, 32])
    y, x = np.mgrid[:TILE, :TILE] * rows / TILE
    row = y.astype(int)
    across = (x + 0.5 * (row % 2)) % 1 - 0.5
    return 1.6 * ((y % 1) - 2 * across**2) - 0.5


ALL = (grain, cloudy, streaks, stripes, plaid, dots, bricks, leafy, ripples, scales)
