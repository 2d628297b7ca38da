"""The demo's photograph: a town by a river in the last light."""

import numpy as np

from .camera import Camera
from .render import Renderer
from .sky import Sky
from .town import town

FINER = 2
SUN = (-0.35, 0.135, 1.0)
LIGHT = (-0.82, 0.30, 0.42)  # where most light comes from: the bright sky to the left of the sun too
SKYLINE = 27.3  # metres: how high the trees on the near bank are that shade the houses' feet
VIEW = {"eye": (0, 4.6, 0), "focal": 0.95, "horizon": 0.56}


def photograph(size=512, seed=3):
    """uint8 RGB (¾ size, size, 3)."""
    shape = round(size * 0.75) * FINER, size * FINER
    renderer = Renderer(town(np.random.default_rng(seed)), Sky(SUN), LIGHT, SKYLINE)
    camera = Camera(shape, **VIEW)
    light, depth, _ = renderer.view(camera)
    renderer.flood(camera, Camera(shape, **VIEW, mirrored=True), light, depth)
    return develop(light)


def develop(light):
    """As a camera and film would: averaged to pixels, bloom round lights, a tone curve, grain."""
    from scipy.ndimage import gaussian_filter

    h, w = light.shape[0] // FINER, light.shape[1] // FINER
    light = np.minimum(light, 12).reshape(h, FINER, w, FINER, 3).mean((1, 3))
    bright = np.maximum(light - 1.1, 0)
    for amount, reach in ((0.12, 0.004), (0.06, 0.02), (0.04, 0.07)):
        light = light + amount * gaussian_filter(bright, (reach * w, reach * w, 0), truncate=3)
    x = 0.50 * light
    tone = x * (2.51 * x + 0.03) / (x * (2.43 * x + 0.59) + 0.14)
    value = np.clip(tone, 0, 1) ** (1 / 2.2)
    grain = np.random.default_rng(1).standard_normal((h, w, 1), dtype=np.float32)
    value = value + 0.012 * gaussian_filter(grain, (0.6, 0.6, 0))
    return np.rint(255 * np.clip(value, 0, 1)).astype(np.uint8)
