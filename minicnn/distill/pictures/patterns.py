"""Regular things: stripes, checks, tiles, bricks, rings, gratings; flat, bent, or in perspective."""

import numpy as np

from . import flow, noise, palette


def pattern(rng, size):
    """One pattern over the whole picture, or a floor and a wall."""
    if rng.random() < 0.4:
        return room(rng, size)
    z = flow.grid((size, size)) / size - (0.5 + 0.5j)
    if rng.random() < 0.5:
        z = plane(rng, z)
    if rng.random() < 0.4:
        amount = rng.uniform(0.02, 0.15)
        z = z + amount * (wobble(rng, size) + 1j * wobble(rng, size))
    return light(rng, cover(rng, z * rng.uniform(3, 14)), z)


def room(rng, size):
    """A floor that runs to the horizon and a wall that stands on it."""
    z = flow.grid((size, size)) / size - (0.5 + 0.5j)
    edge = rng.uniform(-0.2, 0.2) + rng.normal(0, 0.15) * z.real
    below = z.imag - edge
    depth = 1 / np.maximum(below + rng.uniform(0.02, 0.2), 1e-3)
    turn = np.exp(2j * np.pi * rng.random())
    floor = (z.real * depth + 1j * depth) * turn * rng.uniform(1, 3)
    picture = np.where((below > 0)[..., None], cover(rng, floor), cover(rng, z * rng.uniform(3, 12)))
    shade = 1 - rng.uniform(0, 0.6) * np.exp(-np.abs(below) / rng.uniform(0.03, 0.2))
    return picture * shade[..., None]


def plane(rng, z):
    """The picture's plane tilted away: z as seen on it."""
    tilt = rng.uniform(0.2, 1.4) * np.exp(2j * np.pi * rng.random())
    return z / (1.05 + (z * np.conj(tilt)).real)


def wobble(rng, size):
    return noise.smooth(rng, (size, size), size * rng.uniform(0.1, 0.5))


def light(rng, picture, z):
    return picture * (1 + rng.uniform(0, 0.5) * (z * np.exp(2j * np.pi * rng.random())).real)[..., None]


def cover(rng, z):
    """Colours (h, w, 3) of a pattern whose cells are 1 × 1, at every place of z, with some wear."""
    z = z * np.exp(2j * np.pi * rng.random()) if rng.random() < 0.5 else z
    make = ALL[rng.integers(len(ALL))]
    colours = palette.palette(rng, rng.integers(2, 7))
    rng.shuffle(colours)
    picture = make(rng, z, colours)
    wear = noise.fractal(rng, z.shape, rng.uniform(0.5, 1.3))
    return picture + (rng.uniform(0, 0.1) * wear)[..., None]


def cells(rng, x, y, colours):
    """A colour for each cell by its place: repeated regularly, or by chance."""
    column, row = np.floor(x).astype(np.int64), np.floor(y).astype(np.int64)
    if rng.random() < 0.5:
        return colours[(column + row * rng.integers(1, 3)) % len(colours)]
    table = rng.integers(0, len(colours), (64, 64))
    tone = rng.normal(0, 0.06, (64, 64, 1))
    return colours[table[row % 64, column % 64]] + tone[row % 64, column % 64]


def checks(rng, z, colours):
    return cells(rng, z.real, z.imag, colours)


def bars(rng, z, colours):
    return cells(rng, z.real, np.zeros_like(z.real), colours)


def tiles(rng, z, colours):
    """Tiles or bricks with joints between them."""
    ratio, shift = rng.choice([1, 2, 3]), rng.choice([0, 0.5])
    y = z.imag * ratio
    x = z.real + shift * (np.floor(y) % 2)
    joint = np.minimum(np.minimum(x % 1, 1 - x % 1) * ratio, np.minimum(y % 1, 1 - y % 1)) < rng.uniform(
        0.04, 0.15
    )
    return np.where(joint[..., None], palette.palette(rng, 1)[0], cells(rng, x, y, colours))


def grating(rng, z, colours):
    """One wave, or several across one another, read through the palette."""
    field = np.zeros(z.shape, np.float32)
    for _ in range(rng.integers(1, 4)):
        wave = np.exp(2j * np.pi * rng.random()) * rng.uniform(0.5, 2)
        field = field + np.sin(2 * np.pi * (z * wave).real)
    return palette.along(colours, noise.ramp(np.tanh(rng.uniform(0.3, 4) * field)))


def spots(rng, z, colours):
    """Discs or rings in a grid on a plain ground."""
    distance = np.abs((z.real % 1 - 0.5) + 1j * (z.imag % 1 - 0.5))
    radius = rng.uniform(0.2, 0.48)
    spot = distance < radius
    if rng.random() < 0.4:
        spot &= distance > 0.5 * radius
    return np.where(spot[..., None], cells(rng, z.real, z.imag, colours[1:]), colours[0])


def rings(rng, z, colours):
    """Rings, rays or a spiral round a point."""
    centre = rng.uniform(-3, 3) + 1j * rng.uniform(-3, 3)
    arm = z - centre
    rays = rng.integers(0, 12)
    turns = np.abs(arm) * rng.choice([0, 1, 1]) + rays * np.angle(arm) / (2 * np.pi)
    return cells(rng, turns, np.zeros_like(turns), colours)


def weave(rng, z, colours):
    """Threads over and under one another."""
    over = (np.floor(z.real) + np.floor(z.imag)) % 2 < 1
    place = np.where(over, z.real, z.imag) % 1 - 0.5
    thread = np.where(over, np.floor(z.real), np.floor(z.imag)).astype(np.int64)
    return colours[thread % len(colours)] * (1.1 - 2.5 * place**2)[..., None]


ALL = (checks, bars, tiles, tiles, grating, spots, rings, weave)
