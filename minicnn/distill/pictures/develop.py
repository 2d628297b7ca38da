"""From what was drawn to what a camera might give: crop, size, light, colour, sharpness, noise."""

import numpy as np

from . import flow, noise, palette

FINEST = 1.25  # a picture has at least so many times the pixels it is wanted in: its edges have no steps
VIVID = 0.4  # the strongest colours' distance from grey: beyond it they would lose their forms to clipping
YELLOW = np.array([0.8, 0.3, -1.1])  # from blue to yellow, the colours of skylight and of lamplight


def develop(rng, picture, size):
    """float (big, big, 3) -> uint8 RGB (size, size, 3)."""
    picture = resize(rng, crop(rng, np.clip(picture, -0.3, 1.3), size), size)
    if rng.random() < 0.5:
        picture = picture[:, ::-1]
    picture = light(rng, colours(rng, picture))
    picture = tone(rng, sharpness(rng, picture))
    if rng.random() < 0.5:
        picture = picture + rng.uniform(0.003, 0.03) * grain(rng, picture.shape)
    return np.rint(255 * np.clip(picture, 0, 1)).astype(np.uint8)


def crop(rng, picture, size):
    """Often a square window of it only, so that everything comes in many scales."""
    big = len(picture)
    least = min(big, int(np.ceil(FINEST * size)))
    side = rng.integers(least, big + 1) if rng.random() < 0.5 else big
    y, x = rng.integers(0, big - side + 1, 2)
    return picture[y : y + side, x : x + side]


def resize(rng, picture, size):
    """(size, size, 3), by a filter that varies: crisp or soft."""
    from PIL import Image

    resample = Image.Resampling
    method = rng.choice([resample.BOX, resample.BILINEAR, resample.BICUBIC, resample.LANCZOS])
    planes = [
        Image.fromarray(np.ascontiguousarray(picture[..., c], np.float32)).resize((size, size), method)
        for c in range(3)
    ]
    return np.stack([np.asarray(plane) for plane in planes], -1)


def colours(rng, picture):
    """Another saturation, warm lights on cool shadows or the reverse, now and then another hue altogether."""
    grey = picture.mean(-1, keepdims=True)
    chroma = picture - grey
    if rng.random() < 0.12:
        turn = 2 * np.pi * rng.random()
        warm, green = ((chroma * axis).sum(-1) for axis in (palette.WARM, palette.GREEN))
        chroma = (np.cos(turn) * warm - np.sin(turn) * green)[..., None] * palette.WARM
        chroma = chroma + (np.sin(turn) * warm + np.cos(turn) * green)[..., None] * palette.GREEN
    warmth = rng.normal(0, 0.3) * (grey - grey.mean()) + rng.normal(0, 0.05)
    if rng.random() < 0.5:  # and lamps of different colours to either side
        warmth = warmth + rng.uniform(0.01, 0.07) * noise.smooth(rng, grey.shape[:2], len(grey))[..., None]
    saturation = rng.choice([0.2, rng.uniform(0.6, 1.4), rng.uniform(1.1, 1.8)], p=[0.06, 0.47, 0.47])
    return grey + saturation * chroma + min(saturation, 1) * warmth * YELLOW


def light(rng, picture):
    """A gradient of light across it, or darkness towards the corners."""
    z = flow.grid(picture.shape[:2]) / len(picture) - np.complex64(0.5 + 0.5j)
    across = (z * np.complex64(np.exp(2j * np.pi * rng.random()))).real
    gain = 1 + rng.normal(0, 0.25) * across - rng.choice([0, 0, 0.6]) * rng.random() * np.abs(z) ** 2
    return picture * gain[..., None]


def tone(rng, picture):
    """Mean, contrast and gamma drawn anew: as under, well and over exposed pictures have them."""
    grey = picture.mean(-1)
    mean, deviation = grey.mean(), max(grey.std(), 1e-3)
    gain = rng.uniform(0.12, 0.27) / deviation
    if rng.random() < 0.7:  # what was drawn plain stays rather plain
        gain = min(gain, rng.uniform(1, 2))
    grey = (grey[..., None] - mean) * gain + rng.normal(0.43, 0.1)
    chroma = gain * (picture - picture.mean(-1, keepdims=True))
    chroma *= min(1, VIVID / max(np.quantile(np.abs(chroma).max(-1), 0.97), 1e-3))
    return np.clip(grey + chroma, 0, 1) ** np.exp(rng.normal(0, 0.2))


def sharpness(rng, picture):
    """Blurred, sharpened, or left as it is."""
    from scipy.ndimage import gaussian_filter

    choice = rng.random()
    if choice < 0.15:
        sigma = rng.uniform(0.4, 1.6)
        return gaussian_filter(picture, (sigma, sigma, 0))
    if choice < 0.4:
        return picture + rng.uniform(0.2, 1) * (picture - gaussian_filter(picture, (1, 1, 0)))
    return picture


def grain(rng, shape):
    """Noise of a sensor, of film or of paper: fine or coarser, in grey or in colour."""
    h, w, _ = shape
    if rng.random() < 0.5:
        return rng.standard_normal(shape, dtype=np.float32)
    return noise.fractal(rng, (h, w), rng.uniform(0, 0.5))[..., None]
