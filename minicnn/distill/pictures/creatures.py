"""Heads and animals: eyes, noses, ears, mouths, fur, feathers; nothing draws a network's eye like an eye."""

import numpy as np

from . import flow, noise, palette, shapes, strokes, textures
from .cutouts import Cutouts


def creature(rng, size):
    """One head that fills the picture, or a crowd of them, before a plain or a busy ground."""
    shape = (size, size)
    ground = 0.5 + rng.uniform(0.05, 0.2) * noise.coloured(rng, shape, rng.uniform(1, 2), 0.3)
    count = int(rng.choice([1, 1, 2, 4, 9]))
    cutouts = Cutouts(shape)
    heads = []
    for y in np.sort(rng.uniform(0.3, 0.75, count)):
        at = size * (rng.uniform(0.3, 0.7) if count == 1 else rng.random()) + 1j * size * y
        radius = size * rng.uniform(0.22, 0.42) / count**0.45
        if all(abs(at - other) > radius + beside for other, beside, _ in heads):
            heads.append((at, radius, hide(rng)))
            head(rng, cutouts, *heads[-1])
    picture = cutouts.render(rng, ground, shadow=0.3, reach=size * 0.02)
    if rng.random() < 0.6:
        picture = fur(rng, picture, heads)
    for at, radius, colour in heads:
        face = Cutouts(shape)
        features(rng, face, at, radius, colour)
        picture = face.render(rng, picture, shadow=0.2, reach=radius * 0.05)
    return picture


def hide(rng):
    """A colour of skin, fur or feathers."""
    hue = rng.choice([0.05, 0.07, 0.09, 0.11, rng.random()])
    return palette.colour(rng.uniform(0.2, 0.85), rng.uniform(0.02, 0.3), hue)


def head(rng, cutouts, at, radius, colour):
    """Shoulders, ears or hair, and the head's oval."""
    body = at + 1.9j * radius
    cutouts.add(
        shapes.blob(rng, body, 1.4 * radius, 0.05),
        palette.palette(rng, 1)[0],
        0.1,
        texture=textures.plaid,
        strength=0.08 * rng.random(),
        round=0.2,
    )
    kind = rng.integers(4)
    for side in (-1, 1):
        ear = at + radius * (side * rng.uniform(0.6, 0.75) - 0.75j)
        if kind == 0:
            cutouts.add(shapes.ellipse(ear, 0.38 * radius), colour * 0.8, round=0.2)
            cutouts.add(shapes.ellipse(ear, 0.22 * radius), colour * 0.5 + 0.2)
        elif kind == 1:
            tip = at + radius * (side * 0.8 - 1.35j)
            cutouts.add(
                [at + radius * side * 0.2 - 0.8j * radius, tip, at + radius * side * 0.95 - 0.3j * radius],
                colour * 0.8,
                0.1,
            )
    if kind == 2:
        hair = palette.colour(rng.uniform(0.05, 0.5), 0.1, 0.08)
        outline = shapes.blob(rng, at - 0.25j * radius, 1.15 * radius, 0.08)
        cutouts.add(outline, hair, 0.08, texture=textures.streaks, strength=0.12, stretch=1j)
    oval = shapes.ellipse(at, radius, rng.uniform(0.75, 1), np.pi / 2, 48)
    cutouts.add(oval, colour, 0.06, 1, texture=textures.cloudy, strength=0.03, round=rng.uniform(0.1, 0.4))


def fur(rng, picture, heads):
    """The heads brushed outward from their middles with short fine strokes."""
    size = len(picture)
    z = flow.grid((size, size))
    for at, radius, _ in heads:
        outward = flow.unit(z - np.complex64(at + 0.2j * radius)) * flow.waves(
            rng, z.shape, radius, 0.25, 0.0
        )
        spacing = max(2.0, 0.035 * radius)
        starts = strokes.scatter(rng, (size, size), spacing)
        starts = starts[np.abs(starts - at) < 1.05 * radius]
        x, y = np.clip(starts.real, 0, size - 1).astype(int), np.clip(starts.imag, 0, size - 1).astype(int)
        brush = strokes.Brush(max(1.0, 0.012 * radius), 0.2 * radius, jitter=0.08, taper=0.9, relief=0.1)
        picture = strokes.paint(rng, picture, outward, brush, starts, picture[y, x])
    return picture


def features(rng, cutouts, at, radius, colour):
    """Eyes with lids, iris, pupil and gleam; a nose or a beak; a mouth."""
    apart, high, eye = rng.uniform(0.25, 0.45), rng.uniform(0, 0.3), radius * rng.uniform(0.1, 0.24)
    iris = palette.colour(rng.uniform(0.2, 0.6), 0.25, rng.choice([0.08, 0.12, 0.3, 0.6]))
    look = rng.normal(0, 0.15) + 0.1j * rng.normal()
    narrow = rng.uniform(0.5, 1)
    for side in (-1, 1):
        middle = at + radius * (side * apart - 1j * high)
        cutouts.add(shapes.ellipse(middle, 1.2 * eye, narrow), colour * 0.55)
        cutouts.add(shapes.ellipse(middle, eye, narrow), rng.uniform(0.8, 0.95), round=0.15)
        cutouts.add(shapes.ellipse(middle + look * eye, 0.6 * eye * narrow), iris, 0.1, 1j)
        cutouts.add(shapes.ellipse(middle + look * eye, 0.32 * eye * narrow), 0.03)
        cutouts.add(shapes.ellipse(middle + look * eye - (0.15 + 0.15j) * eye, 0.13 * eye), 1.0)
        brow = (
            middle
            + eye * np.linspace(-1.3, 1.3, 8)
            - 1j * eye * (1.4 + 0.5 * np.cos(np.linspace(-1.5, 1.5, 8)))
        )
        cutouts.add(shapes.ribbon(brow, 0.25 * eye), colour * 0.35)
    nose = at + 0.2j * radius
    width = radius * rng.uniform(0.08, 0.22)
    if rng.random() < 0.5:
        cutouts.add(shapes.blob(rng, nose, width, 0.1), colour * 0.3, 0.1, round=0.3)
    else:
        outline = nose + width * np.array([-0.25 - 2j, 0.2 - 2j, 0.9, 0.5 + 0.4j, -0.5 + 0.4j, -0.9])
        cutouts.add(outline, colour * 0.9, 0.12, 1)
    wide, bow = radius * rng.uniform(0.15, 0.45), rng.normal(0, 0.12) * radius
    t = np.linspace(-1, 1, 12)
    mouth = at + 0.55j * radius + wide * t - 1j * bow * t**2
    red = palette.colour(rng.uniform(0.1, 0.5), 0.25, 0.0)
    cutouts.add(shapes.ribbon(mouth, radius * rng.uniform(0.03, 0.18) * (1.05 - t**2)), red, 0.08)
