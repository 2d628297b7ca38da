"""Noise that covers the plane, read at any point, and chance that belongs to a place."""

from functools import cache

import numpy as np

from minicnn.distill.pictures import noise

TILE = 512
DICE = np.random.default_rng(11).random(4096, dtype=np.float32)


@cache
def tile(kind, seed=0):
    """A periodic field, float32 (TILE, TILE), mean 0, deviation 1, by its slope ("1.5") or "smooth"."""
    rng = np.random.default_rng([seed, 5])
    if kind == "smooth":
        return noise.smooth(rng, (TILE, TILE), 24)
    return noise.fractal(rng, (TILE, TILE), float(kind))


def read(field, u, v):
    """A periodic field (TILE, TILE) at points in units of its side, between its values, as (n,) float32."""
    x, y = (u % 1) * TILE, (v % 1) * TILE
    left, top = x.astype(np.int32), y.astype(np.int32)
    x, y = x - left, y - top
    left, top = left % TILE, top % TILE
    right, low = (left + 1) % TILE, (top + 1) % TILE
    flat = field.ravel()
    top, low = top * TILE, low * TILE
    a, b = flat[top + left], flat[low + left]
    a = a + x * (flat[top + right] - a)
    b = b + x * (flat[low + right] - b)
    return a + y * (b - a)


def chance(*cells):
    """A number in 0 … 1 for each whole-numbered cell (n,), the same whenever it is asked for."""
    total = np.zeros((), np.int64)
    for prime, cell in zip((73856093, 19349663, 83492791), cells, strict=False):
        total = total ^ (np.asarray(cell).astype(np.int64) * prime)
    return DICE[(total ^ (total >> 13)) & 4095]


def step(low, high, x):
    """0 below `low`, 1 above `high`, smooth between."""
    t = np.clip((x - low) / (high - low), 0, 1)
    return t * t * (3 - 2 * t)
