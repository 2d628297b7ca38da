"""The first canvas, in the network's input space."""

import numpy as np

from minicnn.errors import OptionError

from . import image
from .settings import STARTS
from .sizes import crop, resize, with_margin

GAUSSIAN = (127.5, 48.0)  # mean and deviation in grey levels: nearly all of it within 0..255
FAINT = 1e-3  # deviation in the network's input
MIX = 0.9  # the share of noise in the slides


def first_canvas(network, size, photo, paintings, settings):
    """float32 (H, W, 3): what `--start` asks for, at `size` and with its margin."""
    start, take_in = settings.start, network.preprocessing.from_values
    rng = np.random.default_rng(settings.seed)
    if start == "painting":
        if not paintings:
            raise OptionError("--start painting: there is no painting to start from")
        x = take_in(_float(resize(crop(paintings[0], f"{size[1]}:{size[0]}"), size)))
    elif start in ("photo", "mix"):
        if photo is None:
            raise OptionError(f"--start {start}: there is no photo to start from")
        x = take_in(_float(resize(photo, size)))
        if start == "mix":
            share = MIX if settings.mix is None else settings.mix
            x = share * _noise(rng, size, settings, take_in) + (1 - share) * x
    elif start in STARTS:
        x = _noise(rng, size, settings, take_in)
    else:
        x = take_in(_float(resize(image.read(start, settings.max_pixels), size)))
    return with_margin(_float(x), settings.margin)


def check_start(settings):
    """Nothing, if the start is one of the known words or a picture that can be read."""
    if settings.start not in STARTS:
        image.read(settings.start, settings.max_pixels)


def _noise(rng, size, settings, take_in):
    """Noise as a picture's values would have it, or so much of it around the mean colour."""
    shape, strength = (*size, 3), settings.noise
    normal = settings.start in ("gaussian", "faint")
    if settings.start == "faint" or strength is not None:
        strength = FAINT if strength is None else strength
        return rng.normal(0, strength, shape) if normal else rng.uniform(-strength, strength, shape)
    return take_in(_float(rng.normal(*GAUSSIAN, shape) if normal else rng.uniform(0, 255, shape)))


def _float(x):
    return x.astype(np.float32)
