"""Pictures and canvases in another size, or a part of one."""

import numpy as np
from PIL import Image

from minicnn.errors import OptionError

NARROWEST = 32  # pixels, of a painting's shorter side: less is nothing at the deepest layers


def measured(shape, which="longest"):
    """A picture's longest or shorter side, or its rows, in pixels."""
    height, width = shape[:2]
    return {"longest": max(height, width), "shorter": min(height, width), "rows": height}[which]


def size_with(shape, pixels, which="longest"):
    """(height, width) of a picture of `shape`, the side that is measured being made so many pixels."""
    scale = pixels / measured(shape, which)
    return tuple(max(1, round(side * scale)) for side in shape[:2])


def size_within(shape, longest):
    """(height, width) of a picture of `shape`, with its longer side made `longest`."""
    return size_with(shape, longest)


def resize(picture, size):
    """uint8 (H, W, …) → uint8 (*size, …), by Lanczos' filter, which lets no frequency fold over."""
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


def painting_for(painting, size, settings, number=0):
    """Painting `number`, or its mask, at the size that it is looked at beside a picture of `size`.

    See --painting-size and --style-scale. One that keeps its proportions is made larger where its shorter
    side would be lost at the deepest layers.
    """
    to, scale, (height, width) = settings.painting_size, settings.style_scale, size
    scale = scale[number] if isinstance(scale, tuple) else scale
    if to in ("squashed", "cropped"):
        painting = crop(painting, f"{width}:{height}") if to == "cropped" else painting
        return resize(painting, tuple(max(1, round(side * scale)) for side in size))
    shape = painting.shape[:2]
    longest = {
        "native": max(shape),
        "width": width * max(shape) / shape[1],
    }.get(to, measured(size, settings.size_is) * (max(shape) / measured(shape, settings.size_is)))
    longest = min(longest * scale, max(shape)) if to == "unenlarged" else longest * scale
    return resize(painting, size_within(shape, max(longest, NARROWEST * max(shape) / min(shape))))


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
