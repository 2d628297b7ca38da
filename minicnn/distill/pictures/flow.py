"""Smooth fields of directions: what brush strokes, hatching and fur follow."""

import numpy as np

from . import noise


def grid(shape):
    """Every pixel's place x + iy, complex64 (h, w)."""
    y, x = np.mgrid[: shape[0], : shape[1]].astype(np.float32)
    return x + 1j * y


def waves(rng, shape, scale, turn=1.0, base=None):
    """Unit directions, complex64 (h, w), that meander by `turn` radians around `base` over `scale` pixels."""
    base = rng.uniform(0, 2 * np.pi) if base is None else base
    return np.exp(1j * (base + turn * noise.smooth(rng, shape, scale))).astype(np.complex64)


def vortices(rng, field, count, radius, inward=0.0):
    """`field` with `count` whirls of about `radius` pixels, each turning one way or the other."""
    z = grid(field.shape)
    total = field.copy()
    for _ in range(count):
        centre = rng.uniform(0, field.shape[1]) + 1j * rng.uniform(0, field.shape[0])
        total += whirl(z, centre, radius * rng.uniform(0.5, 1.5), rng.choice([-1, 1]), inward)
    return unit(total)


def whirl(z, centre, radius, sense=1, inward=0.0):
    """A single whirl, to be added to a field: round `centre`, strong within `radius`, fading outside."""
    arm = (z - np.complex64(centre)) / np.float32(radius)
    return unit(arm) * np.complex64(sense * 1j - inward) * (4 * np.exp(-(np.abs(arm) ** 2)))


def edges(lightness, blur):
    """Directions that run along the edges of a picture's lightness (h, w), as a hand follows form."""
    from scipy.ndimage import gaussian_filter

    dy, dx = np.gradient(gaussian_filter(lightness, 0.7 * blur))
    # Averaged as squares: opposite gradients, the two sides of a line, are the same direction.
    square = (dx + 1j * dy) ** 2
    mean = gaussian_filter(square.real, blur) + 1j * gaussian_filter(square.imag, blur)
    return unit(1j * np.sqrt(mean))


def unit(field):
    """`field` with every direction's length 1, and 1 + 0i where it has none."""
    size = np.abs(field)
    return np.where(size > 1e-9, field / np.maximum(size, 1e-9), 1).astype(np.complex64)
