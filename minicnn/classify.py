"""What a network with a classifier sees in a picture."""

import numpy as np

from .backend import to_host
from .errors import OptionError, ShapeError
from .layers import Softmax
from .ops.options import is_whole, shown

SIDE, SHORTER = 224, 256  # the published networks look at the middle 224×224 of a picture 256 high or wide


def classify(net, picture, top=5, names=None):
    """[(class, probability), ...] of a uint8 RGB picture (H, W, 3): the `top` likeliest, likeliest first.

    A class is its index in ImageNet's order of a thousand, or its name out of `names`, a list in that order.
    A picture of another size than 224×224 is scaled to 256 along its shorter side, and its middle is taken.
    """
    layers = getattr(net, "layers", None)
    if not layers or not isinstance(layers[-1], Softmax):
        raise OptionError("classify: expected a network with a classifier; build it with classifier=True")
    probabilities = to_host(net.forward(net.put(net.preprocess(_middle(picture)))))[0]
    if not is_whole(top) or not 1 <= top <= probabilities.size:
        raise OptionError(
            f"classify: expected top from 1 to {probabilities.size}, a whole number, got {shown(top)}"
        )
    if names is not None and (not isinstance(names, (tuple, list)) or len(names) != probabilities.size):
        came = len(names) if isinstance(names, (tuple, list)) else shown(names)
        raise OptionError(f"classify: expected {probabilities.size} names, got {came}")
    best = np.argsort(-probabilities, kind="stable")[:top]
    return [(int(k) if names is None else names[k], float(probabilities[k])) for k in best]


def _middle(picture):
    picture = np.asarray(picture)
    if picture.shape == (SIDE, SIDE, 3):
        return picture
    if picture.ndim != 3 or picture.shape[2] != 3 or picture.size == 0 or picture.dtype != np.uint8:
        raise ShapeError(
            f"classify: expected a uint8 RGB picture (H, W, 3), got {picture.dtype} of shape {picture.shape}"
        )
    try:
        from PIL import Image
    except ImportError as error:
        raise OptionError(
            f"classify: a picture that is not {SIDE}×{SIDE} needs Pillow: python -m pip install pillow"
        ) from error
    h, w = picture.shape[:2]
    h, w = (max(SIDE, round(size * SHORTER / min(h, w))) for size in (h, w))
    scaled = np.asarray(Image.fromarray(picture).resize((w, h), Image.Resampling.BILINEAR))
    y, x = (h - SIDE) // 2, (w - SIDE) // 2
    return scaled[y : y + SIDE, x : x + SIDE]
