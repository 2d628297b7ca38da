"""Random fields: fractal, smooth, coloured. All are periodic: a texture may be read with any shift."""

import numpy as np

# Lightness, blue–yellow and red–green, the axes along which natural pictures vary, as rows in RGB.
OPPONENT = np.array([[1, 1, 1], [0.5, 0.5, -1], [1, -1, 0]], np.float32)


def frequencies(shape, stretch=1.0, angle=0.0):
    """|f| of every coefficient of rfft2, cycles per pixel; `stretch` > 1 draws a field out along `angle`."""
    fy = np.fft.fftfreq(shape[0]).astype(np.float32)[:, None]
    fx = np.fft.rfftfreq(shape[1]).astype(np.float32)[None]
    cos, sin = np.float32(np.cos(angle)), np.float32(np.sin(angle))
    return np.hypot((cos * fx + sin * fy) * np.float32(stretch), cos * fy - sin * fx)


def filtered(rng, shape, amplitude):
    """White noise with its spectrum multiplied by `amplitude`, scaled to mean 0 and deviation 1."""
    amplitude[0, 0] = 0
    spectrum = np.fft.rfft2(rng.standard_normal(shape, dtype=np.float32)) * amplitude
    field = np.fft.irfft2(spectrum, s=shape).astype(np.float32)
    return field / (field.std() + np.float32(1e-12))


def fractal(rng, shape, slope=1.0, stretch=1.0, angle=0.0):
    """A field (h, w) with amplitude ∝ 1/f^slope, mean 0, deviation 1: 0 is white, 1 natural, 2 clouds."""
    f = frequencies(shape, stretch, angle)
    f[0, 0] = 1
    return filtered(rng, shape, f ** np.float32(-slope))


def smooth(rng, shape, scale, stretch=1.0, angle=0.0):
    """A field (h, w) of rounded hills about `scale` pixels across, mean 0, deviation 1."""
    f = frequencies(shape, stretch, angle) * np.float32(scale)
    return filtered(rng, shape, np.exp(-(f**2) * 2))


def coloured(rng, shape, slope=1.0, chroma=0.2, stretch=1.0, angle=0.0):
    """(h, w, 3) of 1/f^slope noise around 0: lightness varies by 1, the colours, smoother, by `chroma`."""
    weights = (1, chroma, chroma * rng.uniform(0.1, 0.5))
    slopes = (slope, slope + 0.3, slope + 0.3)
    layers = [a * fractal(rng, shape, s, stretch, angle) for a, s in zip(weights, slopes, strict=True)]
    return sum(layer[..., None] * axis for layer, axis in zip(layers, OPPONENT, strict=True))


def ramp(field, low=0.0, high=1.0):
    """`field` stretched to run from `low` to `high`."""
    least, most = field.min(), field.max()
    return low + (high - low) * (field - least) / max(most - least, 1e-12)
