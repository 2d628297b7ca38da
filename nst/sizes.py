"""Pictures and canvases in another size, or a part of one."""

import numpy as np
from PIL import Image

from minicnn.errors import OptionError


def size_within(shape, longest):
    """(height, width) of a picture of `shape`, with its longer side made `longest`."""
    scale = longest / max(shape[:2])
    return tuple(max(1, round(side * scale)) for side in shape[:2])


def resize(picture, size):
    """uint8 (H, W, 3) → uint8 (*size, 3), by Lanczos' filter, which lets no frequency fold over."""
    if picture.shape[:2] == tuple(size):
        return picture
    return np.asarray(Image.fromarray(picture).resize(size[::-1], Image.Resampling.LANCZOS))


def enlarge_canvas(x, size):
    """A float canvas (H, W, C) → (*size, C): smoothed, then bicubic, channel by channel, without rounding.

    The waves of two pixels' length that an optimiser leaves would become a mesh over the larger picture.
    A mean of neighbours with weights ¼, ½, ¼, down and across, takes out exactly those.
    """
    smooth = with_margin(x, 1)
    smooth = (smooth[:-2] + smooth[2:]) / 4 + smooth[1:-1] / 2
    smooth = (smooth[:, :-2] + smooth[:, 2:]) / 4 + smooth[:, 1:-1] / 2
    channels = [
        np.asarray(Image.fromarray(channel).resize(size[::-1], Image.Resampling.BICUBIC))
        for channel in np.ascontiguousarray(np.moveaxis(smooth, 2, 0), dtype=np.float32)
    ]
    return np.stack(channels, axis=2).astype(x.dtype)


def with_margin(x, margin):
    """An array (H, W, C) with `margin` more pixels on each side, mirrored."""
    return np.pad(x, ((margin, margin), (margin, margin), (0, 0)), mode="reflect") if margin else x


def without_margin(x, margin):
    """The inner part, as a view."""
    return x[margin : x.shape[0] - margin, margin : x.shape[1] - margin]


def crop(picture, text):
    """The part of a picture: "left,top,right,bottom" in pixels, or "16:9", the largest in the middle."""
    height, width = picture.shape[:2]
    try:
        if ":" in text:
            across, down = (float(part) for part in text.split(":"))
            if min(across, down) <= 0:
                raise ValueError
            scale = min(width / across, height / down)
            w, h = max(1, round(across * scale)), max(1, round(down * scale))
            left, top = (width - w) // 2, (height - h) // 2
            box = left, top, left + w, top + h
        else:
            box = tuple(int(part) for part in text.split(","))
            left, top, right, bottom = box
    except (ValueError, OverflowError):
        raise OptionError(
            f"--crop: expected left,top,right,bottom in pixels or a ratio such as 16:9, got {text!r}"
        ) from None
    left, top, right, bottom = box
    if not (0 <= left < right <= width and 0 <= top < bottom <= height):
        raise OptionError(f"--crop: expected a box within {width}×{height} pixels, got {text!r}")
    return picture[top:bottom, left:right]
