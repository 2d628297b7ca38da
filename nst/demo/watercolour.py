"""The demo's watercolour: a lake with sails, in washes over a pencil's lines."""

import numpy as np

from minicnn.distill.pictures import noise

from .camera import Camera
from .fields import step
from .lake import lake
from .render import Renderer
from .sketch import FINER, Sheet, outlines
from .sky import Day

LIGHT = (0.55, 0.60, -0.55)
VIEW = {"eye": (0, 3.4, 0), "focal": 0.95, "horizon": 0.56}
PAPER, PENCIL = np.array([0.972, 0.958, 0.925], np.float32), np.array([0.30, 0.29, 0.30], np.float32)
# Washes, light to dark: from which density on, and how far its colours run into one another (pixels of 512).
WASHES = ((0.11, 2.2), (0.26, 1.5), (0.52, 1.0), (0.90, 0.7), (1.40, 0.5))


def watercolour(size=512, seed=4):
    """uint8 RGB (¾ size, size, 3)."""
    rng = np.random.default_rng(seed)
    shape = round(size * 0.75) * FINER, size * FINER
    camera = Camera(shape, **VIEW)
    renderer = Renderer(lake(rng), Day((0.5, 0.6, 0.5)), LIGHT)
    light, depth, labels = renderer.view(camera)
    sheet = Sheet(shape)
    outlines(rng, sheet, camera, renderer.scene, labels)
    renderer.flood(camera, Camera(shape, **VIEW, mirrored=True), light, depth)
    wet = (depth > 1e4).astype(np.float32)
    return washed(rng, light, wet, sheet.lines())


def washed(rng, light, wet, pencil):
    """Layers of pigment until the paper is as dark as the scene; in the sky it is laid into `wet` paper."""
    from scipy.ndimage import gaussian_filter

    h, w, _ = light.shape
    unit = w / 512
    tooth = noise.fractal(rng, (h, w), 0.5)
    puddle = 0.6 * noise.fractal(rng, (h, w), 1.8) + noise.smooth(rng, (h, w), 45 * unit)
    ragged = 0.6 * noise.smooth(rng, (h, w), 30 * unit) + 0.4 * noise.smooth(rng, (h, w), 9 * unit)
    density = loosened(rng, -np.log(seen_as(light)), unit)
    total = density.mean(-1)
    wet = gaussian_filter(wet, 0.6 * unit)
    total = total + wet * (gaussian_filter(total, 3 * unit) - total)
    paper = PAPER * (1 + 0.016 * tooth + 0.008 * puddle)[..., None]
    paper = paper * np.exp(-0.8 * pencil * np.clip(1 + 0.5 * tooth, 0, 2))[..., None]
    laid = np.zeros((h, w), np.float32)
    for (least, run), (most, _) in zip(WASHES, [*WASHES[1:], (2.2, 0)], strict=True):
        colour = gaussian_filter(density, (run * unit, run * unit, 0))
        hue = colour / np.maximum(colour.mean(-1, keepdims=True), 1e-3)
        width = 0.02 + 0.16 * wet  # of the edge, in density
        cover = step(-width, width, total - least + 0.05 * ragged)
        rim = cover * (1 - gaussian_filter(cover, 1.7 * unit))
        full = 0.45 * (least + most) if most < 2 else 1.7
        amount = np.maximum(np.minimum(total, full) - laid, 0) * cover
        amount = amount * np.clip(0.86 + 0.22 * puddle + 0.20 * tooth, 0.15, 2) + (0.16 + 0.30 * least) * rim
        laid = laid + amount
        paper = paper * np.exp(-amount[..., None] * hue)
    value = paper.reshape(h // FINER, FINER, w // FINER, FINER, 3).mean((1, 3))
    return np.rint(255 * np.clip(value, 0, 1)).astype(np.uint8)


def seen_as(light):
    """What a painter makes of the light: paper's white at most, purer colours, nothing quite black."""
    value = np.clip(1.12 * light / (0.40 + light.mean(-1, keepdims=True)), 0.02, 1)
    grey = value.mean(-1, keepdims=True)
    return np.clip(grey + 1.15 * (value - grey), 0.05, 0.98) ** 0.66


def loosened(rng, picture, unit):
    """Read not quite in place, so that colour does not keep to the lines."""
    h, w = picture.shape[:2]
    dx, dy = (0.9 * unit * noise.smooth(rng, (h, w), 16 * unit) for _ in range(2))
    y, x = np.mgrid[:h, :w]
    return picture[
        np.clip(y + np.rint(dy).astype(int), 0, h - 1), np.clip(x + np.rint(dx).astype(int), 0, w - 1)
    ]
