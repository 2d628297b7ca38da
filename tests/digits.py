"""Digits drawn by the test itself: strokes under a random affine map, with a pen of random width, and noise.

    x, labels = digits(100, np.random.default_rng(0))     # (100, 20, 20, 1) float32, (100,) whole numbers

Looked at with `python -m tests.digits FILE.png` (needs Pillow).
"""

import sys

import numpy as np

SIDE = 20


def _arc(cx, cy, rx, ry, start, stop):
    """Points along an ellipse; angles in turns, clockwise on the page from three o'clock."""
    t = 2 * np.pi * np.linspace(start, stop, 13)
    return np.stack([cx + rx * np.cos(t), cy + ry * np.sin(t)], axis=1)


def _line(*points):
    return np.array(points, float)


# Strokes of each digit as polylines (x, y) in a box from (-1, -1), top left, to (1, 1).
STROKES = [
    [_arc(0, 0, 0.62, 0.95, 0, 1)],
    [_line((-0.4, -0.55), (0.1, -0.95), (0.1, 0.95))],
    [np.concatenate([_arc(0, -0.45, 0.6, 0.5, 0.5, 1.08), _line((-0.65, 0.95), (0.65, 0.95))])],
    [_arc(-0.05, -0.48, 0.55, 0.47, 0.55, 1.25), _arc(-0.05, 0.46, 0.62, 0.49, 0.75, 1.45)],
    [_line((0.3, 0.95), (0.3, -0.95), (-0.65, 0.35), (0.7, 0.35))],
    [
        np.concatenate(
            [_line((0.55, -0.95), (-0.45, -0.95), (-0.5, -0.15)), _arc(-0.05, 0.33, 0.6, 0.6, 0.65, 1.4)]
        )
    ],
    [np.concatenate([_arc(0.35, 0.05, 0.9, 1.0, 0.72, 0.5), _arc(0, 0.42, 0.55, 0.53, 0.5, 1.5)])],
    [_line((-0.6, -0.95), (0.6, -0.95), (-0.15, 0.95))],
    [_arc(0, -0.48, 0.5, 0.46, 0, 1), _arc(0, 0.46, 0.6, 0.5, 0, 1)],
    [np.concatenate([_arc(0, -0.42, 0.55, 0.53, 0, 1), _line((0.55, -0.42), (0.4, 0.95))])],
]


def digits(count, rng):
    """`count` pictures (count, SIDE, SIDE, 1), ink 1 on paper 0 before noise, and what they show."""
    labels = rng.integers(0, 10, count)
    x = np.stack([_draw(label, rng) for label in labels])[..., None]
    return x.astype(np.float32), labels


def _draw(label, rng):
    """One digit: rotated up to 15°, sheared, stretched, moved; ink fades over the edge of the stroke."""
    turn, shear = rng.uniform(-0.26, 0.26), rng.uniform(-0.25, 0.25)
    wide, high = rng.uniform(0.75, 1.05, 2) * SIDE * 0.36
    cos, sin = np.cos(turn), np.sin(turn)
    affine = np.array([[cos, -sin], [sin, cos]]) @ np.array([[wide, shear * wide], [0, high]])
    centre = (SIDE - 1) / 2 + rng.uniform(-1.5, 1.5, 2)
    pen = rng.uniform(0.6, 1.4)
    distance = np.full((SIDE, SIDE), np.inf)
    for stroke in STROKES[label]:
        points = stroke @ affine.T + centre
        points = points + rng.normal(0, 0.15, points.shape)  # a hand that is not quite steady
        distance = np.minimum(distance, _distance(points))
    ink = np.clip(pen + 0.5 - distance, 0, 1) * rng.uniform(0.7, 1.0)
    return ink + rng.normal(0, 0.08, ink.shape)


def _distance(points):
    """From every pixel to the nearest place on a polyline."""
    rows, columns = np.mgrid[:SIDE, :SIDE]
    pixels = np.stack([columns, rows], axis=-1)[:, :, None, :]  # (H, W, 1, 2)
    start, along = points[:-1], np.diff(points, axis=0)  # (S, 2)
    length = np.maximum((along**2).sum(axis=1), 1e-12)
    t = np.clip(((pixels - start) * along).sum(axis=-1) / length, 0, 1)  # (H, W, S)
    nearest = start + t[..., None] * along
    return np.sqrt(((pixels - nearest) ** 2).sum(axis=-1)).min(axis=-1)


def sheet(rng, rows=10):
    """A page with `rows` examples of each digit, as uint8."""
    page = []
    for label in range(10):
        page.append(np.concatenate([_draw(label, rng) for _ in range(rows)], axis=0))
    return (255 * (1 - np.clip(np.concatenate(page, axis=1), 0, 1))).astype(np.uint8)


if __name__ == "__main__":
    from PIL import Image

    Image.fromarray(sheet(np.random.default_rng(0))).resize((800, 800), 0).save(sys.argv[1])
