"""The demo's painting: wind over the fields, in thick strokes that follow it."""

import numpy as np

from minicnn.distill.pictures import flow, noise, strokes
from minicnn.distill.pictures.painted import read

FINER = 2


def rgb(*codes):
    """Colours written as in a paintbox, "1b3a8c", as (n, 3) in 0 … 1."""
    return np.array([[int(code[i : i + 2], 16) for i in (0, 2, 4)] for code in codes], np.float32) / 255


SKY = rgb("101a44", "15306e", "1a4f96", "1f78a8", "35a0ac", "79c4b4", "c4dcb4", "f3e6c2", "f3b98e")
SUN = rgb("fff4c2", "ffe680", "ffcb45", "fba52c", "f27d2b", "e2572f")
HILLS = rgb("1b1b4f", "33357f", "54509e", "3a6f95", "6d9f8f", "b48fb0")
FIELD = rgb("7a3b12", "b8641a", "dd9326", "f3bf3d", "fbe07a", "c8471f", "8a9a2f")
GROVE = rgb("0a2324", "123a33", "1d5a3d", "3f7a3a", "85a03a", "cdbb4e", "1b3a6b")
GROUND = rgb("4a2b20")[0]


class Plan:
    """Where everything is on a canvas of (h, w): directions, palettes and where to read them."""

    def __init__(self, rng, shape):
        self.shape, w = shape, shape[1]
        self.z = flow.grid(shape) / w  # 0 … 1 across
        self.rng = rng


def painting(size=512, seed=5):
    """uint8 RGB (¾ size, size, 3)."""
    rng = np.random.default_rng(seed)
    h, w = round(size * 0.75) * FINER, size * FINER
    small = max(1, round(w / 512))  # the plan needs no more than 512 pixels
    field, palette, level = compose(rng, (h // small, w // small))
    field, palette, level = (
        np.repeat(np.repeat(a, small, 0), small, 1)[:h, :w] for a in (field, palette, level)
    )
    canvas = np.broadcast_to(GROUND, (h, w, 3)) + 0.03 * noise.coloured(rng, (h, w), 0.6)
    for radius, length, spacing, share, lift in (
        (6.5, 62, 7.5, 1.0, 0.0),
        (4.6, 46, 6.5, 0.85, 0.1),
        (3.0, 30, 7.0, 0.6, 0.25),
    ):
        unit = w / 512
        brush = strokes.Brush(
            radius * unit / 2,
            length * unit / 2,
            bristle=0.06,
            jitter=0.03,
            taper=0.45,
            relief=0.34,
            dryness=0.12,
        )
        starts = strokes.scatter(rng, (h, w), spacing * unit / 2)
        starts = starts[rng.random(len(starts)) < share]
        canvas = strokes.paint(rng, canvas, field, brush, starts, colours(rng, starts, palette, level, lift))
    value = np.clip(canvas, 0, 1).reshape(h // FINER, FINER, w // FINER, FINER, 3).mean((1, 3))
    return np.rint(255 * value).astype(np.uint8)


BOXES = (SKY, SUN, HILLS, FIELD, GROVE)


def colours(rng, starts, palette, level, lift):
    """A pure colour for each stroke: picked by its place's level from its place's palette, or a neighbour."""
    which = read(palette, starts)
    at = read(level, starts) + rng.normal(0, 0.09, len(starts)) + lift * (rng.random(len(starts)) - 0.3)
    out = np.empty((len(starts), 3), np.float32)
    for k, box in enumerate(BOXES):
        mine = which == k
        out[mine] = box[np.clip(np.rint(at[mine] * (len(box) - 1)), 0, len(box) - 1).astype(int)]
    return out


def compose(rng, shape):
    """Directions (complex), palette indices and levels, each (h, w)."""
    w = shape[1]
    z = flow.grid(shape) / w
    x, y = z.real, z.imag
    sun = 0.70 + 0.20j
    field = flow.waves(rng, shape, 0.45 * w, 0.35, base=0.12)
    total = 0.9 * field
    for centre, radius, sense in (
        (0.70 + 0.20j, 0.17, 1),
        (0.30 + 0.24j, 0.15, -1),
        (0.50 + 0.10j, 0.08, 1),
        (0.95 + 0.36j, 0.10, -1),
        (0.06 + 0.10j, 0.12, 1),
    ):
        total = total + 1.2 * flow.whirl(z, centre, radius, sense, inward=0.12 if centre != sun else 0)
    sky = flow.unit(total)
    level = 0.5 + 0.22 * streaks(rng, sky, 50)
    level = level + 0.25 * (y / 0.5) ** 2 - 0.12
    field, palette = sky, np.zeros(shape, np.int8)
    distance = np.abs(z - np.complex64(sun))
    glow = streaks(rng, sky, 20)
    ring = distance < 0.085 + 0.014 * glow
    palette = np.where(ring, 1, palette)
    level = np.where(
        ring,
        0.85 * distance / 0.085 + 0.08 * glow,
        level + (0.5 + 0.15 * glow) * np.exp(-(((distance - 0.11) / 0.045) ** 2)),
    )
    # Hills: each hides the one behind it, its strokes run down along its back.
    for top, tall, start in ((0.47, 0.055, 0), (0.52, 0.05, 1)):
        line = top - tall * noise.ramp(noise.smooth(rng, (8, w), 0.33 * w)[0])
        below = y > line
        slope = np.gradient(line) * w
        field = np.where(
            below,
            flow.unit(
                np.exp(1j * (np.arctan(slope) + 0.5 * np.sin(9 * x + 30 * (y - line)))).astype(np.complex64)
            ),
            field,
        )
        palette = np.where(below, 2, palette)
        level = np.where(below, 0.15 + 0.55 * start + 2.2 * (y - line) + 0.2 * streaks(rng, field, 30), level)
    ground = 0.545 + 0.02 * np.sin(5 * x + 1)
    below = y > ground
    depth = (y - ground) / (0.75 - ground)
    vanish = 0.34 + 0.50j
    furrow = flow.unit((z - np.complex64(vanish)).astype(np.complex64)) * np.exp(
        1j * 0.5 * np.sin(14 * depth + 6 * x)
    ).astype(np.complex64)
    field = np.where(below, furrow, field)
    palette = np.where(below, 3, palette)
    level = np.where(
        below,
        0.35
        + 0.22 * streaks(rng, furrow.astype(np.complex64), 40)
        + 0.25 * np.sin(40 * np.angle(z - vanish)),
        level,
    )
    # Olive trees: crowns of several lobes, light where the sun is, over trunks that lean with the wind.
    for cx, cy, r in (
        (0.075, 0.475, 0.060),
        (0.175, 0.495, 0.078),
        (0.285, 0.515, 0.046),
        (0.80, 0.515, 0.045),
        (0.915, 0.49, 0.085),
    ):
        lean = 0.25 * (cy + 0.9 * r - y)
        trunk = (
            (
                np.abs(x - cx + lean + 0.012 * np.sin(60 * y + 90 * cx))
                < 0.010 + 0.10 * np.maximum(y - cy - 0.9 * r, 0)
            )
            & (y > cy)
            & (y < cy + 1.35 * r)
        )
        field = np.where(trunk, -1j + 0.3, field)
        palette, level = np.where(trunk, 4, palette), np.where(trunk, 0.08 + 0.3 * (x < cx - lean), level)
        for k in range(6):
            turn = 2 * np.pi * k / 5 + cx * 9
            lobe = cx + 1j * cy + (0.55 * r * np.exp(1j * turn) * (1 + 0j) if k < 5 else -0.2j * r)
            lobe = lobe.real + 1j * (cy + 0.7 * (lobe.imag - cy))
            arm = (z - np.complex64(lobe)) / (0.62 * r)
            inside = np.abs(arm) < 1 + 0.16 * np.sin(7 * np.angle(arm) + k)
            swirl = flow.unit(arm * np.complex64(np.exp(1.15j)) + np.complex64(0.8 - 0.5j))
            field = np.where(inside, swirl, field)
            palette = np.where(inside, 4, palette)
            light = 0.36 + 0.34 * ((x - cx) * 0.7 - (y - cy)) / r - 0.20 * (arm.imag - 0.6 * arm.real)
            level = np.where(inside, light + 0.10 * np.sin(3 * k + 20 * cx), level)
    return field.astype(np.complex64), palette, np.clip(level, 0, 1).astype(np.float32)


def streaks(rng, field, length):
    """Noise drawn out along `field` by `length` pixels, deviation 1: what the wind makes of colour."""
    h, w = field.shape
    grain = noise.smooth(rng, field.shape, 9)
    total = np.zeros_like(grain)
    for sense in (1, -1):
        at = flow.grid(field.shape)
        for _ in range(length // 4):
            r, c = (
                np.clip(np.rint(at.imag), 0, h - 1).astype(np.int32),
                np.clip(np.rint(at.real), 0, w - 1).astype(np.int32),
            )
            total += grain[r, c]
            at = at + np.float32(2 * sense) * field[r, c]
    return (total - total.mean()) / total.std()
