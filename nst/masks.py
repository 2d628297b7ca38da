"""Masks: where in the photo a painting applies, and which part of a painting counts: where they are white."""

from typing import NamedTuple

import numpy as np
from PIL import Image

from minicnn.errors import OptionError

from . import image
from .options import flag
from .sizes import crop

ALL = "all"  # in place of a mask: white all over
ALIKE = 0.02  # by how much a mask's proportions may differ from its picture's, for rounding's sake


class Mask(NamedTuple):
    """uint8 (H, W), and what a refusal calls it."""

    name: str
    values: np.ndarray


class Masks(NamedTuple):
    """One entry for each painting, None where it is white all over; () where no mask was given at all."""

    photo: tuple = ()
    paintings: tuple = ()


def grey(rgb, alpha):
    """A picture as a mask, uint8 (H, W): its lightness, and black where it is transparent."""
    values = np.asarray(Image.fromarray(rgb).convert("L"))
    return values if alpha is None else np.rint(values * (alpha / 255)).astype(np.uint8)


def read_masks(settings):
    """The Masks that settings name."""
    return Masks(
        *(
            tuple(_read(source, flag(name), settings.max_pixels) for source in getattr(settings, name) or ())
            for name in ("masks", "painting_masks")
        )
    )


def fitted_masks(masks, photo, paintings, settings):
    """Masks of the photo's and the paintings' own sizes, one for each painting; or a refusal.

    With a mask less than there are paintings the last one takes what the others leave. The photo's are cut
    as it is, which here is still whole.
    """
    of_photo, count = masks.photo, len(paintings)
    if of_photo and photo is None:
        raise OptionError("--masks: they say where in the photo a painting applies, and there is no photo")
    less = f", or {count - 1} and the last painting takes the rest" if count > 1 else ""
    if of_photo and len(of_photo) != count and not (less and len(of_photo) == count - 1):
        raise OptionError(f"--masks: expected one for each painting, {count}{less}; got {len(of_photo)}")
    if masks.paintings and len(masks.paintings) != count:
        raise OptionError(
            f"--painting-masks: expected one for each painting, {count}, got {len(masks.paintings)}; "
            f"where all of a painting counts, say {ALL}"
        )
    of_photo = tuple(_fitted(mask, photo, "the photo", settings.crop) for mask in of_photo)
    if of_photo and len(of_photo) < count:
        of_photo = (*of_photo, _rest(of_photo))
    return Masks(of_photo, tuple(map(_fitted, masks.paintings, paintings, ["its painting"] * count)))


def _read(source, option, max_pixels):
    if isinstance(source, str) and source == ALL:
        return None
    name = source if isinstance(source, str) else f"a mask of {option}"
    return Mask(name, grey(*image.read_with_alpha(source, max_pixels)))


def _fitted(mask, picture, whose, part=None):
    """A mask at its picture's size, and of it the part that is asked for by --crop."""
    if mask is None:
        return None
    (height, width), (h, w) = picture.shape[:2], mask.values.shape
    if abs(w * height / (h * width) - 1) > ALIKE:
        raise OptionError(
            f"{mask.name}: expected the proportions of {whose}, {width}×{height}, got {w}×{h}; "
            "draw masks on top of their pictures"
        )
    if (h, w) != (height, width):
        resized = Image.fromarray(mask.values).resize((width, height), Image.Resampling.BILINEAR)
        mask = mask._replace(values=np.asarray(resized))
    if part:
        mask = mask._replace(values=crop(mask.values, part))
    if not mask.values.any():
        raise OptionError(f"{mask.name}: the mask is black all over: nothing is left for its painting")
    return mask


def _rest(masks):
    """What the masks leave of the photo."""
    if None in masks:
        raise OptionError(f"--masks: with {ALL} among them, nothing is left for the last painting")
    taken = np.minimum(255, np.sum([mask.values for mask in masks], axis=0, dtype=np.uint16))
    rest = Mask(f"what {', '.join(mask.name for mask in masks)} leaves", (255 - taken).astype(np.uint8))
    if not rest.values.any():
        raise OptionError(f"{rest.name}: nothing, and the last painting has no place")
    return rest
