"""A photo's transparency: what is painted in its place, and how it comes back in the picture."""

import numpy as np
from PIL import Image

from ..sizes import crop


def filled(rgb, alpha):
    """uint8 (H, W, 3) and (H, W) → (H, W, 3): what is transparent takes the colours of what is near.

    The network looks at it too, and white or black would be an edge that the photo does not have. With
    means over ever larger squares, each level is C + (1 − a)·(the coarser one), C the colours times alpha.
    """
    a = alpha.astype(np.float32) / 255
    levels = [np.dstack([rgb * a[..., None], a])]
    while max(levels[-1].shape[:2]) > 1:
        levels.append(_resized(levels[-1], _halved(levels[-1]), Image.Resampling.BOX))
    *colour, a = np.moveaxis(levels.pop(), 2, 0)
    found = np.dstack(colour) / np.maximum(a, 1e-6)[..., None]
    for level in reversed(levels):
        coarser = _resized(found, level.shape[:2], Image.Resampling.BILINEAR)
        found = level[..., :3] + (1 - level[..., 3:]) * coarser
    return np.clip(np.rint(found), 0, 255).astype(np.uint8)


def fitted(alpha, settings, size):
    """The photo's alpha (H, W), cut as the photo is and at the picture's size, uint8."""
    if settings.crop:
        alpha = crop(alpha, settings.crop)
    return np.asarray(Image.fromarray(alpha).resize(size[::-1], Image.Resampling.BILINEAR))


def restored(picture, alpha, settings):
    """A picture with the photo's alpha, cut and resized as the photo was; without any, as it is."""
    return picture if alpha is None else attached(picture, fitted(alpha, settings, picture.shape[:2]))


def attached(picture, alpha):
    """uint8 or uint16 (H, W, 3) and alpha, uint8 → (H, W, 4) of the picture's type."""
    return np.dstack([picture, alpha.astype(picture.dtype) * (257 if picture.itemsize == 2 else 1)])


def _halved(level):
    return tuple(-(-side // 2) for side in level.shape[:2])


def _resized(x, size, filter_):
    channels = (np.ascontiguousarray(channel) for channel in np.moveaxis(x, 2, 0))
    return np.dstack([np.asarray(Image.fromarray(c).resize(size[::-1], filter_)) for c in channels])
