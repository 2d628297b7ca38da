"""A river in the evening: the mirrored scene, broken by ripples, over water with a colour of its own."""

import numpy as np

from .camera import unit
from .fields import read, step, tile

BODY = np.array([0.028, 0.050, 0.047], np.float32)
WAVES = ((23.0, 0.012, 1.0), (7.1, 0.020, 1.6), (2.3, 0.026, 2.2))  # metres, slope, how much longer than wide


def slopes(points, size):
    """How the surface leans at points (n, 3), (n,) each way; what is finer than a pixel is left out."""
    x, z = points[:, 0], points[:, 2]
    calm = 0.35 + 0.65 * step(-0.8, 1.0, read(tile("1.5", 8), x / 130, z / 160))
    lean = [np.zeros(len(x), np.float32), np.zeros(len(x), np.float32)]
    for i, (length, slope, longer) in enumerate(WAVES):
        keep = slope * np.clip(length / (6 * size) - 0.2, 0.0, 1)
        for j in (0, 1):
            field = tile("1.0", 9 + j)
            lean[j] += keep * read(
                field, (x / longer + 0.2 * z) / (8 * length) + 0.3 * i, (z - 0.1 * x) / (8 * length)
            )
    return calm * lean[0], calm * lean[1]


def surface(camera, mirror, reflection, depth, points, rays, size, sky):
    """Light (n, 3) from water points: `reflection` (h, w, 3) and `depth` (h, w) are what `mirror` sees."""
    lean_x, lean_z = slopes(points, size)
    normal = unit(np.stack([-lean_x, np.ones_like(lean_x), -lean_z], -1))
    view = unit(rays)
    facing = np.clip(-(normal * view).sum(-1), 0.02, 1)
    bounced = view + 2 * facing[:, None] * normal
    bounced[:, 1] = np.maximum(bounced[:, 1], 0.004)
    # How far the ray travels until it meets what it mirrors: as far as if the water lay still.
    h, w = depth.shape
    x, y, _ = camera.project(points)
    still = depth[_index(y, h), _index(x, w)] * np.linalg.norm(rays, axis=-1)
    way = np.clip(still - np.linalg.norm(points - camera.eye, axis=-1), 0.2, 4000)
    x, y, _ = mirror.project(points + way[:, None] * bounced)
    seen = reflection[_index(y, h), _index(x, w)]
    fresnel = 0.02 + 0.98 * (1 - facing) ** 5
    share = np.clip(0.35 + 0.65 * fresnel**0.6, 0, 1)[:, None]
    return seen * share * np.array([0.86, 0.93, 0.96], np.float32) + BODY * (1 + 2 * sky.ambient(normal)) * (
        1 - share
    )


def _index(x, most):
    return np.clip(x, 0, most - 1).astype(np.int32)
