"""The first canvas, in the network's input space."""

import numpy as np

from minicnn.errors import OptionError

from . import image
from .settings import STARTS
from .sizes import crop, resize, with_margin

GAUSSIAN = (127.5, 48.0)  # mean and deviation in grey levels: nearly all of it within 0..255
MIX = 0.9  # the share of noise in the slides


def first_canvas(network, size, photo, paintings, settings):
    """float32 (H, W, 3): what `--start` asks for, at `size` and with its margin."""
    values = _values(settings.start, size, photo, paintings, settings).astype(np.float32)
    return network.preprocessing.from_values(with_margin(values, settings.margin))


def _values(start, size, photo, paintings, settings):
    """RGB on the scale 0..255."""
    rng = np.random.default_rng(settings.seed)
    if start == "noise":
        return rng.uniform(0, 255, (*size, 3))
    if start == "gaussian":
        return rng.normal(*GAUSSIAN, (*size, 3))
    if start == "painting":
        if not paintings:
            raise OptionError("--start painting: there is no painting to start from")
        return resize(crop(paintings[0], f"{size[1]}:{size[0]}"), size)
    if start in ("photo", "mix"):
        if photo is None:
            raise OptionError(f"--start {start}: there is no photo to start from")
        if start == "photo":
            return resize(photo, size)
        share = MIX if settings.mix is None else settings.mix
        return share * rng.uniform(0, 255, (*size, 3)) + (1 - share) * resize(photo, size)
    return resize(image.read(start, settings.max_pixels), size)


def check_start(settings):
    """Nothing, if the start is one of the known words or a picture that can be read."""
    if settings.start not in STARTS:
        image.read(settings.start, settings.max_pixels)
