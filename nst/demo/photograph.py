"""The demo's photograph: a town by a river in the last light."""

import numpy as np

from .camera import Camera
from .develop import averaged, drawn_shape, to_bytes
from .render import Renderer
from .sky import Sky
from .town import town

SUN = (-0.35, 0.135, 1.0)
LIGHT = (-0.82, 0.30, 0.42)  # where most light comes from: the bright sky to the left of the sun too
SKYLINE = 27.3  # metres: how high the trees on the near bank are that shade the houses' feet
VIEW = {"eye": (0, 4.6, 0), "focal": 0.95, "horizon": 0.56}
BRIGHTEST = 12.0  # what a pixel can count for: the sun's disc would outshine its surroundings
BLOOM = ((0.12, 0.004), (0.06, 0.02), (0.04, 0.07))  # shares of bright light, and how far it strays (widths)


def photograph(size=512, seed=3):
    """uint8 RGB (¾ size, size, 3)."""
    shape = drawn_shape(size)
    renderer = Renderer(town(np.random.default_rng(seed)), Sky(SUN), LIGHT, SKYLINE)
    camera = Camera(shape, **VIEW)
    light, depth, _ = renderer.view(camera)
    renderer.flood(camera, Camera(shape, **VIEW, mirrored=True), light, depth)
    return exposed(averaged(np.minimum(light, BRIGHTEST)))


def exposed(light):
    """As a camera and film would: bloom round lights, a curve that spares shadows and lights, grain."""
    from scipy.ndimage import gaussian_filter

    h, w, _ = light.shape
    bright = np.maximum(light - 1.1, 0)
    for amount, reach in BLOOM:
        light = light + amount * gaussian_filter(bright, (reach * w, reach * w, 0), truncate=3)
    x = 0.50 * light
    tone = x * (2.51 * x + 0.03) / (x * (2.43 * x + 0.59) + 0.14)
    grain = np.random.default_rng(1).standard_normal((h, w, 1), dtype=np.float32)
    return to_bytes(np.clip(tone, 0, 1) ** (1 / 2.2) + 0.012 * gaussian_filter(grain, (0.6, 0.6, 0)))
