"""Pictures: files ↔ arrays.

read, read_with_alpha   a path, a Pillow image or an array → uint8 RGB (H, W, 3), and alpha (H, W)
decode, read_bytes      the same in two steps, for whoever wants a file's bytes too
write, encode           8 or 16 bits a colour, tagged sRGB, with settings as text → a file, or its bytes
read_settings           the settings in a picture that `write` made
"""

from .reading import (
    FORMATS,
    MOST_PIXELS,
    apart,
    check,
    decode,
    flat,
    flat_rgb,
    pillow,
    read,
    read_bytes,
    read_with_alpha,
    split_alpha,
)
from .writing import SAVED_AS, check_suffix, encode, holds_alpha, read_settings, srgb_profile, write

__all__ = [
    "FORMATS",
    "MOST_PIXELS",
    "SAVED_AS",
    "apart",
    "check",
    "check_suffix",
    "decode",
    "encode",
    "flat",
    "flat_rgb",
    "holds_alpha",
    "pillow",
    "read",
    "read_bytes",
    "read_settings",
    "read_with_alpha",
    "split_alpha",
    "srgb_profile",
    "write",
]
