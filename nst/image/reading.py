"""Files → arrays of uint8 RGB (H, W, 3).

Whatever a file holds becomes 8-bit sRGB: grey, palette, CMYK, 16 bits, rotated by its EXIF tag, in the
colour space of its ICC profile. What is transparent shows white behind it, unless alpha is asked for.
"""

import io
import threading
import warnings
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from PIL import Image, ImageCms, ImageOps

from ..errors import ImageError

FORMATS = ("JPEG", "PNG", "WEBP", "TIFF", "GIF", "BMP")
MOST_PIXELS = Image.MAX_IMAGE_PIXELS
_opening = threading.Lock()  # Pillow's limit is a global of its own


def read(source, max_pixels=MOST_PIXELS):
    """A path, a Pillow image or a uint8 array as uint8 RGB (H, W, 3)."""
    return _read(source, max_pixels, flat)


def read_with_alpha(source, max_pixels=MOST_PIXELS):
    """uint8 RGB (H, W, 3) and alpha (H, W), which is None where nothing is transparent."""
    return _read(source, max_pixels, apart)


def flat(image):
    """A Pillow image as uint8 RGB, over white where it is transparent."""
    return np.asarray(flat_rgb(image))


def apart(image):
    """A Pillow image as uint8 RGB and its alpha, or None."""
    rgb, alpha = split_alpha(image)
    alpha = None if alpha is None else np.asarray(alpha)
    return np.asarray(rgb), None if alpha is None or alpha.min() == 255 else alpha


def decode(data, name, max_pixels=MOST_PIXELS, take=flat):
    """What `take` makes of a picture in a file's bytes; `name` is what a refusal calls the file."""
    if not data:
        raise ImageError(f"{name}: the file is empty; was it copied or downloaded to its end?")
    # Decoders meet whatever bytes a stranger wrote, and fail in as many ways: any failure means a bad file.
    try:
        with _opening, _limit_lifted(), Image.open(io.BytesIO(data), formats=FORMATS) as image:
            _check_size(image, name, max_pixels)
            return take(image)
    except ImageError:
        raise
    except Image.UnidentifiedImageError as error:
        raise ImageError(
            f"{name}: not a picture, or not in a format known here (JPEG, PNG, WebP, TIFF, GIF, BMP); "
            "open it in a viewer to see what it is"
        ) from error
    except Exception as error:
        detail = " ".join(str(error).split()) or type(error).__name__
        raise ImageError(f"{name}: the picture is damaged or cut short ({detail}); get it again") from error


def read_bytes(path):
    """A file's bytes, or a refusal that names it."""
    try:
        return Path(path).read_bytes()
    except OSError as error:
        raise ImageError(_unreadable(path, error)) from error


def check(path, max_pixels=MOST_PIXELS):
    """Nothing, if a file begins as a picture does; what else may be wrong with it shows on reading."""
    try:
        with _opening, _limit_lifted(), Image.open(path, formats=FORMATS) as image:
            _check_size(image, path, max_pixels)
    except ImageError:
        raise
    except Exception:
        decode(read_bytes(path), path, max_pixels)  # finds the words for it


def _read(source, max_pixels, take):
    if isinstance(source, np.ndarray):
        return take(pillow(source))
    if isinstance(source, Image.Image):
        return take(source)
    return decode(read_bytes(source), source, max_pixels, take)


def flat_rgb(image):
    """Any Pillow image, upright and over white, as one of mode RGB in sRGB."""
    image, alpha = split_alpha(image)
    if alpha is None:
        return image
    white = Image.new("RGB", image.size, "white")
    white.paste(image, mask=alpha)
    return white


def split_alpha(image):
    """Any Pillow image, upright, as one of mode RGB in sRGB, and its alpha of mode L or None."""
    image = _eight_bits(_upright(image))
    profile, alpha = image.info.get("icc_profile"), None
    if image.mode == "P" or "transparency" in image.info:
        image = image.convert("RGBA")
    if image.mode in ("RGBA", "LA", "PA", "RGBa", "La"):
        image = image.convert("RGBA")
        alpha, image = image.getchannel("A"), image.convert("RGB")
    return _in_srgb(image, profile), alpha


def _upright(image):
    """Turned as its EXIF tag says; a tag that cannot be read says nothing."""
    try:
        return ImageOps.exif_transpose(image)
    except (OSError, MemoryError):  # the pixels themselves fail
        raise
    except Exception:
        return image


def _eight_bits(image):
    """Grey in 16 or 32 bits scaled to 8, which Pillow would clip."""
    if image.mode.startswith("I") or image.mode == "F":
        values = np.asarray(image, dtype=np.float64)
        top = float(values.max())
        if image.mode == "F":
            values = values * 255 if top <= 1 else values
        elif image.mode != "I" or top > 255:
            values = values / 257
        return Image.fromarray(np.clip(np.rint(values), 0, 255).astype(np.uint8))
    return image.convert("L") if image.mode == "1" else image


def _in_srgb(image, profile):
    """RGB in sRGB; a profile that is broken, or of another kind of image, is passed over."""
    if profile:
        try:
            source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
            if "sRGB" not in ImageCms.getProfileDescription(source):
                target = ImageCms.createProfile("sRGB")
                return ImageCms.profileToProfile(image, source, target, outputMode="RGB")
        except (ImageCms.PyCMSError, OSError, ValueError):
            pass
    return image.convert("RGB")


def pillow(array):
    """A uint8 array, grey, RGB or RGBA, as a Pillow image."""
    if array.dtype != np.uint8 or array.ndim not in (2, 3) or array.size == 0:
        raise ImageError(f"picture: expected uint8 (H, W, 3), got {array.dtype} of shape {array.shape}")
    if array.ndim == 3 and array.shape[2] not in (3, 4):
        raise ImageError(f"picture: expected 3 channels, or 4 with alpha, got shape {array.shape}")
    return Image.fromarray(np.ascontiguousarray(array))


@contextmanager
def _limit_lifted():
    """Pillow's own limit off while ours is at work."""
    before = Image.MAX_IMAGE_PIXELS
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        Image.MAX_IMAGE_PIXELS = None
        try:
            yield
        finally:
            Image.MAX_IMAGE_PIXELS = before


def _check_size(image, source, max_pixels):
    pixels = image.width * image.height
    if pixels > max_pixels:
        raise ImageError(
            f"{source}: {image.width}×{image.height} pixels are more than {max_pixels}, as a file made to "
            "exhaust memory might have; raise --max-pixels if you trust it"
        )


def _unreadable(path, error):
    if isinstance(error, FileNotFoundError):
        return f"{path}: no such file; check the name and the folder"
    if isinstance(error, IsADirectoryError):
        return f"{path}: expected a picture, this is a folder"
    if isinstance(error, PermissionError):
        return f"{path}: may not be read; check its permissions"
    return f"{path}: cannot be read ({error.strerror or error})"
