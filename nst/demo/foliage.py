"""Leaves as a camera sees them: small discs, each tilted its own way, the nearest on top."""

import numpy as np

SHAPES = 12  # ways that a leaf may lie
SMALLEST, LARGEST = 0.6, 40  # pixels


def splat(camera, points, radius):
    """The pixels that leaves cover (flat indices), and which of `points` is the nearest there."""
    h, w = camera.shape
    x, y, z = camera.project(points)
    r = np.clip(radius * camera.focal / np.maximum(z, 1), SMALLEST, LARGEST)
    near = np.flatnonzero((z > 1) & (x > -r) & (x < w + r) & (y > -r) & (y < h + r))
    near = near[np.argsort(-z[near])].astype(np.int32)
    x, y = x[near] - 0.5, y[near] - 0.5
    size = np.ceil(2 * r[near]).astype(np.int32)
    nearest = np.full(h * w, -1, np.int32)
    for k in np.unique(size):
        for shape in range(SHAPES):
            rank = np.flatnonzero((size == k) & (near % SHAPES == shape)).astype(np.int32)
            dx, dy = _leaf(k / 2, shape)
            px = np.rint(x[rank, None] + dx).astype(np.int32)
            py = np.rint(y[rank, None] + dy).astype(np.int32)
            inside = (px >= 0) & (px < w) & (py >= 0) & (py < h)
            rank = np.broadcast_to(rank[:, None], px.shape)[inside]
            np.maximum.at(nearest, (py * w + px)[inside], rank)
    pixels = np.flatnonzero(nearest >= 0)
    return pixels, near[nearest[pixels]]


def _leaf(radius, shape):
    """Offsets (n,) of the pixels in a leaf of that radius that lies in one of SHAPES ways."""
    reach = int(np.ceil(radius))
    y, x = np.mgrid[-reach : reach + 1, -reach : reach + 1].reshape(2, -1).astype(np.float32)
    turn = np.pi * shape / SHAPES
    flat = 0.45 + 0.55 * ((shape * 7) % SHAPES) / SHAPES
    u, v = x * np.cos(turn) + y * np.sin(turn), y * np.cos(turn) - x * np.sin(turn)
    inside = u**2 + (v / flat) ** 2 <= max(radius, 0.75) ** 2
    return x[inside], y[inside]
