"""Seas and shores: waves to the horizon, surf, rocks, boats under sail, stormy or still."""

import numpy as np

from . import noise, palette, shapes, textures
from .cutouts import Cutouts
from .landscape import ridge, sky


def sea(rng, size):
    """Water that fills the lower part, with boats and rocks standing in it, the near ones large."""
    horizon = size * rng.uniform(0.25, 0.65)
    picture, haze = sky(rng, size, horizon)
    picture = waves(rng, picture, horizon, haze)
    cutouts = Cutouts((size, size))
    if rng.random() < 0.4:
        outline = ridge(rng, size, horizon + 0.01 * size, size * rng.uniform(0.02, 0.15), 1.3)
        coast = np.concatenate([outline[:-2], [size + 2 + 1j * horizon, -2 + 1j * horizon]])
        cutouts.add(coast, haze * 0.6, 0.05, texture=textures.leafy, strength=0.04, stretch=0.5)
    for depth in np.sort(rng.random(rng.integers(0, 9)) ** 1.5):
        at = size * rng.uniform(-0.05, 1.05) + 1j * (horizon + depth * (size - horizon) * 0.8)
        make = boat if rng.random() < 0.6 else rock
        make(rng, cutouts, at, size * (0.05 + 0.3 * depth) * rng.uniform(0.6, 1.4))
    picture = cutouts.render(rng, picture, shadow=rng.uniform(0, 0.3), reach=size * 0.01)
    return foam(rng, picture, horizon)


def waves(rng, picture, horizon, haze):
    """Crests seen in perspective, dark towards us, with the sky's light on their backs."""
    from scipy.ndimage import map_coordinates

    size = len(picture)
    y, x = np.mgrid[:size, :size].astype(np.float32)
    below = np.maximum(y - horizon, 0.5) / size
    depth = 0.1 / (below + 0.02)
    # The swell's plane is a periodic field read at a perspective's coordinates.
    swell = noise.fractal(rng, (512, 512), rng.uniform(0.9, 1.5), stretch=rng.uniform(1.5, 5))
    place = rng.uniform(40, 120) * depth * np.stack([np.full_like(x, 2), 3 * (x / size - 0.5)])
    height = map_coordinates(swell, place, order=1, mode="grid-wrap")
    deep = palette.colour(rng.uniform(0.08, 0.4), rng.uniform(0.05, 0.25), rng.uniform(0.42, 0.66))
    shine = np.clip(0.3 + rng.uniform(0.15, 0.35) * height, 0, 1) + 0.3 * np.exp(-below * 12)
    water = deep + np.clip(shine, 0, 1)[..., None] * (haze - deep)
    return np.where((y > horizon)[..., None], water, picture).astype(np.float32)


def foam(rng, picture, horizon):
    """White caps where a bent field is near its crests, thicker in front."""
    if rng.random() < 0.4:
        return picture
    size = len(picture)
    crest = noise.fractal(rng, (size, size), rng.uniform(0.9, 1.3), stretch=rng.uniform(2, 8))
    near = np.clip((np.arange(size) - horizon) / (size - horizon), 0, 1)[:, None]
    cap = np.clip(3 * (crest + 2 * near - rng.uniform(2.2, 4)), 0, 1) * np.sqrt(near)
    return shapes.over(picture, palette.colour(rng.uniform(0.75, 1), 0.04, 0.6), cap.astype(np.float32))


def boat(rng, cutouts, at, length):
    """A hull, masts, sails full or furled, shrouds, a pennant; sometimes heeling over."""
    heel = np.exp(1j * rng.normal(0, rng.choice([0.03, 0.2])))
    hull_colour, sail_colour, flag = palette.palette(rng, 3)
    if rng.random() < 0.5:
        sail_colour = palette.colour(rng.uniform(0.7, 0.95), 0.06, 0.12)

    def put(points, *args, **options):
        cutouts.add(at + length * heel * np.asarray(points), *args, **options)

    mirrored = rng.choice([-1, 1])
    for mast in rng.permutation([-0.25, 0.02, 0.28])[: rng.integers(1, 4)]:
        tall = rng.uniform(0.6, 1.2)
        put(shapes.ribbon(np.array([mast, mast - 1j * tall]), 0.025), 0.2)
        put([mast - 1j * tall, mast + 0.12 - 1j * (tall - 0.03), mast - 1j * (tall - 0.06)], flag)
        for end in (-0.5, 0.5):
            put(shapes.ribbon(np.array([mast - 0.9j * tall, end - 0.1j]), 0.008), 0.25)
        if rng.random() < 0.75:
            belly = 0.08 * np.sin(np.linspace(0, np.pi, 8))
            leech = np.linspace(mast - 0.92j * tall, mast + mirrored * 0.38 - 0.2j, 8) + mirrored * belly
            sail = np.concatenate([leech, [mast - 0.18j]])
            put(sail, sail_colour, 0.12, 1, texture=textures.streaks, strength=0.04, stretch=1j)
    t = np.linspace(-1, 1, 12)
    sheer = 0.5 * t - 1j * (0.08 + 0.08 * t**2)
    keel = 0.42 * t[::-1] + 1j * 0.04
    put(np.concatenate([sheer, keel]), hull_colour * 0.7, 0.1, -1j, texture=textures.ripples, strength=0.04)
    put(shapes.ribbon(sheer, 0.025), hull_colour * 0.4 + 0.3)


def rock(rng, cutouts, at, height):
    """A crag of broken faces, wet and dark at its foot."""
    colour = palette.colour(rng.uniform(0.2, 0.5), rng.uniform(0.02, 0.12), rng.choice([0.07, 0.1, 0.6]))
    for _ in range(rng.integers(3, 9)):
        middle = at + height * (rng.normal(0, 0.35) - 0.25j * rng.random())
        face = shapes.polygon(rng, middle, height * rng.uniform(0.15, 0.5), rng.integers(4, 8), 0.4)
        face = face.real + 1j * np.minimum(face.imag, at.imag + 0.05 * height * rng.random())
        tone = colour * rng.uniform(0.6, 1.4)
        turn = np.exp(2j * np.pi * rng.random())
        cutouts.add(face, tone, 0.1, turn, texture=textures.cloudy, strength=0.1, stretch=0.5)
