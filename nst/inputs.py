"""The pictures that a run begins with, each with its role, its name and the bytes of its file."""

import hashlib
from pathlib import Path
from typing import NamedTuple

import numpy as np
from PIL import Image

from . import image
from .errors import RunError
from .image import alpha
from .masks import ALL
from .options import flag
from .settings import STARTS
from .transfer import Transfer

FILES = ("start", "masks", "painting_masks")  # options that name pictures by their files
WORDS = (*STARTS, ALL)  # what they may say instead


class Input(NamedTuple):
    """role: "photo", "painting" or an option; name: what it was called; path: where it was read just now."""

    role: str
    name: str
    path: str
    data: bytes

    @property
    def sha256(self):
        return hashlib.sha256(self.data).hexdigest()


def gather(photo, paintings, settings):
    """Inputs of a run: paths are read, Pillow images and arrays become PNGs; a photo of None is none."""
    inputs = [] if photo is None else [_input("photo", photo)]
    inputs += [_input("painting", painting) for painting in paintings]
    for option in FILES:
        inputs += [_input(option, source) for source in sources(getattr(settings, option))]
    return inputs


def transfer_of(inputs, settings, keep_alpha=False, network=None):
    """The Transfer of these inputs, and the photo's alpha (H, W) if there is one to be kept.

    With `keep_alpha`, what is transparent in the photo takes the colours of what is near, not white.
    """
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
    return Transfer(photo, paintings, settings, network), transparency


def renamed(value, change):
    """An option's value with each picture that it names replaced by what `change` makes of the name."""
    if isinstance(value, list | tuple):
        return [renamed(one, change) for one in value]
    return change(value) if sources(value) else value


def placed(inputs, record, by="path"):
    """{option: value} of those settings in a record that name pictures, by the places where these are now."""
    found = {option: iter([getattr(one, by) for one in inputs if one.role == option]) for option in FILES}
    return {
        option: renamed(record.get(option), lambda _, option=option: _next(found[option], option))
        for option in FILES
    }


def _next(places, option):
    try:
        return next(places)
    except StopIteration:
        raise RunError(f"{flag(option)} names more pictures than were kept for it") from None


def text(record, inputs):
    """What a picture says of itself: the settings, and {role: name}, or names where there are several."""
    named = placed(inputs, record, by="name")
    for role in ("photo", "painting"):
        if names := [one.name for one in inputs if one.role == role]:
            named[role] = names[0] if len(names) == 1 else names
    return {**record, **named}


def sources(value):
    """The pictures in an option's value, leaving out words that stand for none."""
    several = value if isinstance(value, list | tuple) else [value]
    return [one for one in several if one is not None and not (isinstance(one, str) and one in WORDS)]


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
