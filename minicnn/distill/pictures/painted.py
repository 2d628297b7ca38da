"""Paintings: brush strokes over an underlying scene, along whirls, waves or the scene's own forms."""

import numpy as np

from . import flow, noise, palette, strokes
from .strokes import Brush


def painting(rng, scene):
    """`scene` (h, w, 3) painted over, coarsely, then finer, each stroke coloured by what it hides."""
    size = len(scene)
    target = painterly(rng, scene)
    field = directions(rng, target)
    radius = size * np.exp(rng.uniform(np.log(0.006), np.log(0.03)))
    lengths = rng.choice([4, 8, 16])
    brush = Brush(
        radius,
        radius * lengths,
        bristle=rng.uniform(0, 0.08),
        jitter=rng.choice([0.015, 0.04, 0.08]),
        dryness=rng.choice([0, 0, 0.4]),
        taper=rng.uniform(0.1, 0.8),
        relief=rng.choice([0, 0.15, 0.3, 0.5]),
    )
    canvas = palette.palette(rng, 1)[0] + 0.03 * noise.coloured(rng, target.shape[:2], 0.5)
    for finer in (1, 0.6, 0.35)[: rng.integers(2, 4)]:
        brush.radius, brush.length = max(1.0, radius * finer), max(4.0, radius * lengths * finer)
        starts = strokes.scatter(rng, canvas.shape[:2], brush.radius * rng.uniform(1.4, 2.4))
        if finer < 1:  # the finer brush only where the coarse one was not good enough
            wrong = np.abs(canvas - target).mean(-1)
            starts = starts[rng.random(len(starts)) < 0.15 + 4 * read(wrong, starts)]
        canvas = strokes.paint(rng, canvas, field, brush, starts, read(target, starts))
    return canvas


def read(picture, points):
    """What `picture` shows at complex `points`, or at the edge's nearest pixel."""
    h, w = picture.shape[:2]
    return picture[
        np.clip(points.imag, 0, h - 1).astype(np.intp), np.clip(points.real, 0, w - 1).astype(np.intp)
    ]


def painterly(rng, scene):
    """The scene smoothed, in its own colours, purer ones, or those of a palette by its lightness."""
    from scipy.ndimage import gaussian_filter

    soft = gaussian_filter(scene, (len(scene) * 0.004,) * 2 + (0,))
    grey = soft.mean(-1, keepdims=True)
    choice = rng.random()
    if choice < 0.35:
        return soft
    if choice < 0.6:
        return grey + rng.uniform(1.2, 2) * (soft - grey)
    tinted = palette.along(palette.palette(rng, rng.integers(4, 9)), noise.ramp(grey[..., 0]))
    return rng.uniform(0, 0.6) * (soft - tinted) + tinted


def directions(rng, target):
    """Whirls, waves, hatching in one direction, along the forms, or a mixture of these."""
    size = len(target)
    shape = (size, size)
    turn = rng.choice([0.15, 0.6, 1.5])
    field = flow.waves(rng, shape, size * rng.uniform(0.15, 0.6), turn)
    choice = rng.random()
    if choice < 0.4:
        field = flow.vortices(
            rng, field, rng.integers(1, 9), size * rng.uniform(0.06, 0.25), rng.choice([0, 0.3])
        )
    elif choice < 0.75:
        form = flow.edges(target.mean(-1), size * rng.uniform(0.01, 0.03))
        form = np.where((form * field.conj()).real < 0, -form, form)
        field = flow.unit(form + rng.uniform(0, 0.6) * field)
    return field
