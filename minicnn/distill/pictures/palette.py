"""Colours that go together."""

import numpy as np

# Two directions at right angles to grey (1, 1, 1): what is left of a colour when its lightness is taken away.
WARM = np.array([2, -1, -1]) / 6**0.5
GREEN = np.array([0, 1, -1]) / 2**0.5
NATURAL = (0.05, 0.09, 0.12, 0.22, 0.3, 0.57, 0.62)  # hues of skin, earth, straw, leaves, sky and sea


def colour(lightness, chroma, hue):
    """RGB of a lightness 0 … 1, a chroma (0 grey, 0.5 vivid) and a hue in turns (0 red, ⅓ green, ⅔ blue)."""
    lightness, chroma, hue = (np.asarray(a)[..., None] for a in (lightness, chroma, hue))
    turn = 2 * np.pi * hue
    rgb = lightness + chroma * (np.cos(turn) * WARM + np.sin(turn) * GREEN)
    return np.clip(rgb, 0, 1).astype(np.float32)


def palette(rng, count, chroma=None, spread=None):
    """`count` colours (count, 3), dark to light: a main hue and its opposite, or several, or hardly any."""
    main = rng.choice(NATURAL) + rng.normal(0, 0.05) if rng.random() < 0.7 else rng.random()
    offsets = [(0,), (0, 0.5), (0, 0.5), (0, 1 / 3, 2 / 3), (0, 0.42, 0.58), (0, 0.12)][rng.integers(6)]
    spread = rng.choice([0.02, 0.05, 0.1]) if spread is None else spread
    chroma = rng.choice([0.05, 0.1, 0.16, 0.22, 0.3, 0.4]) if chroma is None else chroma
    hues = main + rng.choice(offsets, count) + rng.normal(0, spread, count)
    lightness = np.sort(rng.uniform(rng.uniform(0, 0.3), rng.uniform(0.7, 1), count))
    return colour(lightness, chroma * rng.uniform(0.3, 1.3, count), hues)


def along(palette, field):
    """The palette read as a continuous scale: colours (…, 3) for a field in 0 … 1."""
    place = np.clip(field, 0, 1) * (len(palette) - 1)
    low = np.minimum(place.astype(np.intp), len(palette) - 2)
    return palette[low] + (place - low)[..., None].astype(np.float32) * (palette[low + 1] - palette[low])
