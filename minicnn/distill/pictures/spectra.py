"""Noise with the spectra of natural pictures: clouds, marble, cloth, bark, and smooth light."""

import numpy as np

from . import flow, noise, palette


def clouds(rng, size):
    """Coloured 1/f^slope noise, sometimes drawn out, with lightness and colour of like slope."""
    slope = rng.uniform(0.6, 1.8)
    stretch = rng.choice([1, 1, 2, 5])
    field = noise.coloured(rng, (size, size), slope, rng.uniform(0, 0.7), stretch, rng.uniform(0, np.pi))
    return 0.5 + 0.2 * field


def marble(rng, size):
    """A palette read along a bent field: veins, agate, woodgrain, oil on water."""
    shape = (size, size)
    bend = noise.fractal(rng, shape, rng.uniform(1.2, 2))
    angle = rng.uniform(0, np.pi)
    across = (flow.grid(shape) * np.complex64(np.exp(1j * angle))).real / size
    wave = rng.uniform(0, 6) * across + rng.uniform(0.2, 1.2) * bend
    folded = np.abs((wave % 2) - 1) ** rng.uniform(0.4, 2)
    return palette.along(palette.palette(rng, rng.integers(3, 8)), folded) + 0.02 * noise.coloured(
        rng, shape, 0.8
    )


def patches(rng, size):
    """Plain areas with sharp, ragged borders: levels of a fractal field, each with its own texture."""
    shape = (size, size)
    field = noise.fractal(rng, shape, rng.uniform(1.1, 1.9))
    count = rng.integers(3, 8)
    level = np.searchsorted(np.sort(rng.normal(0, 0.9, count - 1)), field)
    picture = rng.permutation(palette.palette(rng, count))[level]
    tones = rng.uniform(0, 0.15, count)[level] * noise.fractal(rng, shape, rng.uniform(0.5, 1.2))
    return picture + tones[..., None].astype(np.float32)


def mist(rng, size):
    """Hardly anything, as much of a real picture is: a smooth gradient, a glow or two, a little grain."""
    shape = (size, size)
    z = flow.grid(shape) / size - (0.5 + 0.5j)
    angle = np.complex64(np.exp(2j * np.pi * rng.random()))
    picture = palette.along(palette.palette(rng, rng.integers(2, 5)), 0.5 + 0.7 * (z * angle).real)
    for _ in range(rng.integers(0, 4)):
        centre = rng.uniform(-0.5, 0.5) + 1j * rng.uniform(-0.5, 0.5)
        glow = np.exp(-(np.abs(z - np.complex64(centre)) ** 2) / np.float32(rng.uniform(0.05, 0.4) ** 2))
        picture = picture + 0.5 * glow[..., None] * (palette.palette(rng, 1)[0] - picture)
    return picture + rng.uniform(0, 0.03) * noise.coloured(rng, shape, rng.uniform(0, 1.5))
