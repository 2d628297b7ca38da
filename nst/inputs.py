"""The pictures that a run begins with, each with its role, its name and the bytes of its file."""

import hashlib
from pathlib import Path
from typing import NamedTuple

import numpy as np
from PIL import Image

from . import image
from .image import alpha
from .settings import STARTS


class Input(NamedTuple):
    """role: "photo", "painting" or "start"; name: what it was called; path: where it was read just now."""

    role: str
    name: str
    path: str
    data: bytes

    @property
    def sha256(self):
        return hashlib.sha256(self.data).hexdigest()


class Pictures(NamedTuple):
    """uint8 RGB (H, W, 3), and the photo's alpha (H, W) if the picture is to have it."""

    photo: np.ndarray | None
    paintings: list
    alpha: np.ndarray | None


def gather(photo, paintings, settings):
    """Inputs of a run: paths are read, Pillow images and arrays become PNGs; a photo of None is none."""
    inputs = [] if photo is None else [_input("photo", photo)]
    inputs += [_input("painting", painting) for painting in paintings]
    if settings.start not in STARTS:
        inputs.append(_input("start", settings.start))
    return inputs


def pictures(inputs, settings, keep_alpha=False):
    """The Pictures in them. With `keep_alpha`, what is transparent in the photo takes near colours."""
    photo, paintings, transparency = None, [], None
    for one in inputs:
        if one.role == "photo" and keep_alpha:
            photo, transparency = image.decode(one.data, one.path, settings.max_pixels, image.apart)
            if transparency is not None:
                photo = alpha.filled(photo, transparency)
        elif one.role == "photo":
            photo = image.decode(one.data, one.path, settings.max_pixels)
        elif one.role == "painting":
            paintings.append(image.decode(one.data, one.path, settings.max_pixels))
    return Pictures(photo, paintings, transparency)


def text(record, inputs):
    """What a picture says of itself: the settings, and {role: name}, or names where there are several."""
    found = {}
    for one in inputs:
        found.setdefault(one.role, []).append(one.name)
    named = {role: names[0] if len(names) == 1 else names for role, names in found.items()}
    return {**record, **named}


def _input(role, source):
    if isinstance(source, np.ndarray):
        source = image.pillow(source)
    if isinstance(source, Image.Image):
        return Input(role, f"{role}.png", f"{role}.png", _png(source))
    return Input(role, Path(source).name, str(source), image.read_bytes(source))


def _png(picture):
    """Pixels as they will be seen, alpha beside them."""
    rgb, transparency = image.apart(picture)
    return image.encode("PNG", rgb if transparency is None else alpha.attached(rgb, transparency))
