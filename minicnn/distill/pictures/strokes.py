"""Brush strokes along a field of directions: colour with bristle marks, and the relief of thick paint.

Every stroke is a ribbon of sample points, stroke after stroke in one long list; each pixel remembers the
last sample that fell on it. So the overlap is right, colour is worked out once for each pixel, and nothing is
a loop over strokes.
"""

from dataclasses import dataclass

import numpy as np

from .flow import unit


@dataclass
class Brush:
    """A stroke's half-width and length in pixels, and how the paint lies."""

    radius: float
    length: float
    bristle: float = 0.08  # light and dark lines along the stroke
    jitter: float = 0.05  # each stroke's own departure from the colour it was given
    dryness: float = 0.0  # share of bristles that leave no paint
    taper: float = 0.5  # 0 a ribbon with square ends, 1 pointed at both
    relief: float = 0.3  # how strongly light catches the paint's thickness


def trace(field, starts, length, step=1.0):
    """Lines of `length` pixels along `field`, with `starts` (n,) in their middles: complex (n, steps)."""
    steps = max(2, round(length / step))
    h, w = field.shape
    lines = np.empty((len(starts), steps), np.complex64)
    middle = steps // 2
    for order, sense in ((range(middle, steps), step), (range(middle - 1, -1, -1), -step)):
        at, heading = starts.astype(np.complex64), None
        for s in order:
            x = np.clip(at.real, 0, w - 1).astype(np.intp)
            y = np.clip(at.imag, 0, h - 1).astype(np.intp)
            turn = field[y, x]
            if heading is not None:  # a field of lines has no sign: never turn back on oneself
                turn = np.where((turn * heading.conj()).real < 0, -turn, turn)
            heading = turn
            if s != middle:
                at = at + np.float32(sense) * turn
            lines[:, s] = at
    return lines


def scatter(rng, shape, spacing):
    """Points about `spacing` pixels apart, in random order, a little beyond the edges too."""
    h, w = shape
    y, x = np.mgrid[-spacing / 2 : h + spacing : spacing, -spacing / 2 : w + spacing : spacing]
    points = (x + 1j * y).ravel()
    jitter = rng.uniform(-0.5, 0.5, (2, points.size))
    return rng.permutation(points + spacing * (jitter[0] + 1j * jitter[1]))


def paint(rng, canvas, field, brush, starts, colours):
    """`canvas` (h, w, 3) under strokes through `starts` (n,) of `colours` (n, 3): a new picture."""
    h, w, _ = canvas.shape
    lines = trace(field, starts, brush.length)
    n, steps = lines.shape
    across = max(2, int(np.ceil(2.4 * brush.radius)))
    v = np.linspace(-1, 1, across, dtype=np.float32)
    u = np.linspace(-1, 1, steps, dtype=np.float32)
    width = brush.radius * (1 - np.float32(brush.taper) * np.abs(u) ** 3)
    normal = 1j * unit(np.gradient(lines, axis=1))
    points = lines[:, :, None] + (normal * width)[:, :, None] * v  # (n, steps, across)

    # A dry brush lets go of a bristle anywhere along the stroke.
    ends = rng.uniform(1 - 2 * brush.dryness, 1.3, (n, 1, across)) if brush.dryness else 2.0
    x, y = np.rint(points.real).astype(np.int32), np.rint(points.imag).astype(np.int32)
    inside = (x >= 0) & (x < w) & (y >= 0) & (y < h) & (u[:, None] < ends)
    last = np.full(h * w, -1, np.int64)
    last[(y * w + x)[inside]] = np.flatnonzero(inside)
    pixels = np.flatnonzero(last >= 0)
    stroke, s, a = np.unravel_index(last[pixels], points.shape)

    bristles = rng.standard_normal((n, across), dtype=np.float32)
    bristles = 0.5 * (bristles + np.roll(bristles, 1, axis=1)) + 0.35 * np.roll(bristles, 2, axis=1)
    tint = colours + brush.jitter * rng.standard_normal((n, 1), dtype=np.float32)
    tint = tint + 0.35 * brush.jitter * rng.standard_normal((n, 3), dtype=np.float32)
    thickness = (1 - v[a] ** 2) * (1.1 - 0.5 * u[s]) + 0.35 * bristles[stroke, a]
    out = canvas.reshape(-1, 3).astype(np.float32)
    out[pixels] = tint[stroke] + brush.bristle * bristles[stroke, a][:, None]
    out = out.reshape(h, w, 3)
    if not brush.relief:
        return out
    height = np.zeros(h * w, np.float32)
    height[pixels] = thickness
    return out + relief(height.reshape(h, w), brush.relief)[..., None]


def relief(height, strength, light=-0.75 * np.pi):
    """Light on a surface, from the upper left unless told: what to add to a picture, (h, w)."""
    dy, dx = np.gradient(height)
    slope = dx * np.float32(np.cos(light)) + dy * np.float32(np.sin(light))
    return np.float32(strength) * np.tanh(-slope) * np.float32(0.5)
