"""Watercolour: transparent washes with dark rims and blooms, one over another, on rough paper."""

import numpy as np

from . import noise, palette


def watercolour(rng, scene):
    """Washes over paper, by chance alone or after the tones of `scene` (h, w, 3), its darks in the last."""
    size = len(scene)
    shape = (size, size)
    tooth = noise.fractal(rng, shape, 0.5)
    picture = palette.colour(rng.uniform(0.88, 1), 0.03, 0.12) + 0.015 * tooth[..., None]
    hues = rng.choice([0.05, 0.1, 0.25, 0.6, 0.65], 6)
    colours = palette.colour(rng.uniform(0.2, 0.8, 6), rng.uniform(0.1, 0.4), hues)
    guided = rng.random() < 0.6
    darkness = (scene.mean() - scene.mean(-1)) / (scene.std() + 1e-3)
    ragged = rng.uniform(0.15, 0.5)
    washes = rng.integers(4, 10)
    for i in range(washes):
        field = ragged * noise.fractal(rng, shape, rng.uniform(1.2, 1.7))
        if guided:
            field = field + darkness - 2.5 * (i + 0.3) / washes + 1
            tint = 0.5 * colours[i % 6] + 0.5 * np.clip(scene + 0.15, 0, 1)
        else:
            y, x = np.mgrid[:size, :size].astype(np.float32) / size
            at, radius = rng.uniform(-0.1, 1.1, 2), rng.uniform(0.1, 0.4)
            field = field + 2 * (1 - np.hypot(x - at[0], y - at[1]) / radius)
            tint = colours[i % 6]
        picture = wash(rng, picture, tint, field.astype(np.float32), tooth, rng.uniform(0.4, 0.9))
    return picture


def wash(rng, picture, tint, field, tooth, strength):
    """One transparent layer where `field` > 0, darker at its rim: picture × tint^amount."""
    edge = rng.uniform(4, 40) if rng.random() < 0.8 else 1.5
    cover = np.clip(edge * field + 0.5, 0, 1)
    rim = np.exp(-((field / rng.uniform(0.02, 0.08)) ** 2)) * rng.uniform(0, 0.8)
    pool = 1 + 0.3 * noise.fractal(rng, field.shape, 1.6) + 0.08 * tooth
    amount = strength * cover * np.clip(pool + rim, 0.1, 3)
    return picture * np.exp(amount[..., None] * np.log(np.clip(tint, 0.03, 1)))
