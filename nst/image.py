"""Pictures: files ↔ arrays of uint8 RGB (H, W, 3).

Whatever a file holds becomes 8-bit sRGB: grey, palette, CMYK, 16 bits, rotated by its EXIF tag, in the
colour space of its ICC profile. What is transparent shows white behind it.
"""

import io
import json
import threading
import warnings
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from PIL import Image, ImageCms, ImageOps, PngImagePlugin

from .errors import ImageError, OutputError
from .files import written_whole

FORMATS = ("JPEG", "PNG", "WEBP", "TIFF", "GIF", "BMP")
MOST_PIXELS = Image.MAX_IMAGE_PIXELS
SAVED_AS = {".png": "PNG", ".jpg": "JPEG", ".jpeg": "JPEG", ".webp": "WEBP"}
_opening = threading.Lock()  # Pillow's limit is a global of its own


# --- reading ---------------------------------------------------------------------------------------------


def read(source, max_pixels=MOST_PIXELS):
    """A path, a Pillow image or a uint8 array as uint8 RGB (H, W, 3)."""
    if isinstance(source, np.ndarray):
        return _from_array(source)
    if isinstance(source, Image.Image):
        return np.asarray(flat_rgb(source))
    try:
        data = Path(source).read_bytes()
    except OSError as error:
        raise ImageError(_unreadable(source, error)) from error
    if not data:
        raise ImageError(f"{source}: the file is empty; was it copied or downloaded to its end?")
    # Decoders meet whatever bytes a stranger wrote, and fail in as many ways: any failure means a bad file.
    try:
        with _opening, _limit_lifted(), Image.open(io.BytesIO(data), formats=FORMATS) as image:
            _check_size(image, source, max_pixels)
            return np.asarray(flat_rgb(image))
    except ImageError:
        raise
    except Image.UnidentifiedImageError as error:
        raise ImageError(
            f"{source}: not a picture, or not in a format known here (JPEG, PNG, WebP, TIFF, GIF, BMP); "
            "open it in a viewer to see what it is"
        ) from error
    except Exception as error:
        detail = " ".join(str(error).split()) or type(error).__name__
        raise ImageError(f"{source}: the picture is damaged or cut short ({detail}); get it again") from error


def flat_rgb(image):
    """Any Pillow image, upright and over white, as one of mode RGB in sRGB."""
    image = _eight_bits(_upright(image))
    profile, alpha = image.info.get("icc_profile"), None
    if image.mode == "P" or "transparency" in image.info:
        image = image.convert("RGBA")
    if image.mode in ("RGBA", "LA", "PA", "RGBa", "La"):
        image = image.convert("RGBA")
        alpha, image = image.getchannel("A"), image.convert("RGB")
    image = _in_srgb(image, profile)
    if alpha is None:
        return image
    white = Image.new("RGB", image.size, "white")
    white.paste(image, mask=alpha)
    return white


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


def _from_array(array):
    if array.dtype != np.uint8 or array.ndim not in (2, 3) or array.size == 0:
        raise ImageError(f"picture: expected uint8 (H, W, 3), got {array.dtype} of shape {array.shape}")
    if array.ndim == 3 and array.shape[2] not in (3, 4):
        raise ImageError(f"picture: expected 3 channels, or 4 with alpha, got shape {array.shape}")
    return np.asarray(flat_rgb(Image.fromarray(np.ascontiguousarray(array))))


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


# --- writing ---------------------------------------------------------------------------------------------


def check_suffix(path):
    """The format that `path` will be written in."""
    suffix = Path(path).suffix.lower()
    if suffix not in SAVED_AS:
        raise OutputError(
            f"{path}: expected a name that ends in {', '.join(SAVED_AS)}, got {suffix or 'no ending'!r}"
        )
    return SAVED_AS[suffix]


def write(path, picture, settings=None):
    """uint8 RGB (H, W, 3) as a file tagged sRGB; a PNG carries `settings` (a dict) as text."""
    kind, image = check_suffix(path), Image.fromarray(picture)
    if kind == "PNG":
        info = PngImagePlugin.PngInfo()
        info.add(b"sRGB", b"\0")  # rendering intent: perceptual
        if settings is not None:
            info.add_text("Software", "nst")
            info.add_itxt("nst", json.dumps(settings, ensure_ascii=False, sort_keys=True))
        options = {"pnginfo": info}
    else:
        options = {"quality": 95, "icc_profile": srgb_profile()}
        if kind == "JPEG":
            options["subsampling"] = "4:4:4"
    with written_whole(path) as file:
        image.save(file, kind, **options)


def read_settings(path):
    """The settings that `write` put into a PNG, or None."""
    with Image.open(path) as image:
        text = getattr(image, "text", {}).get("nst")
    return None if text is None else json.loads(text)


def srgb_profile():
    """The sRGB profile, with a fixed date inside: the same picture is the same file whenever it is made."""
    data = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    data[24:36] = bytes.fromhex("07df0008001a000000000000")  # 26 August 2015, the paper's
    return bytes(data)
