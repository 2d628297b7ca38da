"""Where the pictures come from: drawn from a seed, drawn before, or out of a folder."""

from pathlib import Path

import numpy as np

from ..errors import OptionError, WeightFileError

SUFFIXES = {".jpg", ".jpeg", ".png", ".webp", ".bmp", ".tif", ".tiff"}
HELD_OUT, HELD_OUT_SEED = 32, 1_000_000_000  # added to the run's seed: no run learns from these


def drawn(settings, progress=None):
    """uint8 (P, S, S, 3), drawn by our own generator."""
    from .pictures import collection

    return collection(settings.pictures, settings.seed, settings.size, progress=progress)


def held_out(settings):
    from .pictures import collection

    return collection(HELD_OUT, settings.seed + HELD_OUT_SEED, settings.size)


def stored(path, settings, progress=None):
    """The pictures in a .npy file; where there is none, they are drawn and kept there."""
    path = Path(path)
    if path.is_file():
        try:
            pictures = np.load(path, allow_pickle=False)
        except (OSError, ValueError, EOFError) as error:
            raise WeightFileError(f"{path}: expected a .npy file of pictures ({error})") from error
        shape = (settings.pictures, settings.size, settings.size, 3)
        found = getattr(pictures, "shape", "several arrays"), getattr(pictures, "dtype", "no dtype")
        if found != (shape, np.uint8):
            raise OptionError(
                f"{path}: expected pictures of shape {shape}, uint8, found {found[0]}, {found[1]}"
            )
        return pictures
    pictures = drawn(settings, progress)
    try:
        np.save(path, pictures)
    except OSError as error:
        raise WeightFileError(
            f"{path}: cannot be written ({error.strerror}); choose another place"
        ) from error
    return pictures


def folder(path, settings, progress=None):
    """The middle square of every picture in a folder and below it, in the order of their names."""
    files = sorted(p for p in Path(path).rglob("*") if p.suffix.lower() in SUFFIXES)
    files = files[: settings.pictures]
    if not files:
        raise OptionError(
            f"--images {path}: expected a folder of pictures (JPEG, PNG, ...), found none there"
        )
    pictures = np.empty((len(files), settings.size, settings.size, 3), np.uint8)
    for number, file in enumerate(files):
        pictures[number] = _square(file, settings.size)
        if progress:
            progress(number + 1, len(files))
    return pictures


def _square(path, size):
    from PIL import Image, ImageOps

    try:
        with Image.open(path) as image:
            image = ImageOps.exif_transpose(image).convert("RGB")
            return np.asarray(ImageOps.fit(image, (size, size), Image.LANCZOS))
    except (OSError, ValueError, Image.DecompressionBombError) as error:
        raise OptionError(f"{path}: expected a picture, but it cannot be read ({error})") from error
