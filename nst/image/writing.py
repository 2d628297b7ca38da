"""Arrays of uint8 or uint16 → files, tagged sRGB, with the settings of the picture as text inside."""

import io
import json
from pathlib import Path

from PIL import Image, ImageCms, PngImagePlugin

from ..errors import OutputError
from ..files import written_whole
from . import deep

SAVED_AS = {
    ".png": "PNG",
    ".jpg": "JPEG",
    ".jpeg": "JPEG",
    ".webp": "WEBP",
    ".tif": "TIFF",
    ".tiff": "TIFF",
}
DEEP = ("PNG", "TIFF")  # can hold 16 bits a colour
WITHOUT_ALPHA = ("JPEG",)
DESCRIPTION = 270  # the tag, of TIFF and of EXIF, that holds the settings where there is no better place


def check_suffix(path, bits=8, alpha=False):
    """The format that `path` will be written in, if it can hold what is to be written."""
    suffix = Path(path).suffix.lower()
    if suffix not in SAVED_AS:
        ending = repr(suffix) if suffix else "no ending"
        raise OutputError(f"{path}: expected a name that ends in {', '.join(SAVED_AS)}, got {ending}")
    kind = SAVED_AS[suffix]
    if bits == 16 and kind not in DEEP:
        raise OutputError(f"{path}: --bits 16: {kind} holds 8 bits a colour; name it .png or .tiff")
    if alpha and kind in WITHOUT_ALPHA:
        raise OutputError(f"{path}: --keep-alpha: {kind} holds no transparency; name it .png, .webp or .tiff")
    return kind


def holds_alpha(path):
    """Whether a file of that name can be transparent."""
    return SAVED_AS.get(Path(path).suffix.lower()) not in WITHOUT_ALPHA


def write(path, picture, settings=None):
    """A picture, uint8 or uint16 RGB (H, W, 3) or with alpha (H, W, 4), as a file that carries `settings`."""
    data = encode(check_suffix(path), picture, settings)
    with written_whole(path) as file:
        file.write(data)


def encode(kind, picture, settings=None):
    """The bytes of that file, tagged sRGB; `settings`, a dict, are text in it."""
    if kind == "PNG":
        return _png(picture, settings)
    text = None if settings is None else json.dumps(settings, sort_keys=True)  # ASCII, as the tag must be
    if kind == "TIFF":
        return deep.tiff(picture, srgb_profile(), text)
    options = {"quality": 95, "icc_profile": srgb_profile()}
    if kind == "JPEG":
        options["subsampling"] = "4:4:4"
    if text is not None:
        options["exif"] = Image.Exif()
        options["exif"][DESCRIPTION] = text
    file = io.BytesIO()
    Image.fromarray(picture).save(file, kind, **options)
    return file.getvalue()


def _png(picture, settings):
    text = None if settings is None else json.dumps(settings, ensure_ascii=False, sort_keys=True)
    if picture.itemsize == 2:
        return deep.png(picture, [] if text is None else [("Software", "nst"), ("nst", text)])
    info = PngImagePlugin.PngInfo()
    info.add(b"sRGB", b"\0")  # rendering intent: perceptual
    if text is not None:
        info.add_text("Software", "nst")
        info.add_itxt("nst", text)
    file = io.BytesIO()
    Image.fromarray(picture).save(file, "PNG", pnginfo=info)
    return file.getvalue()


def read_settings(path):
    """The settings that `write` put into a picture, or None."""
    with Image.open(path) as image:
        text = getattr(image, "text", {}).get("nst") or image.getexif().get(DESCRIPTION)
    try:
        return json.loads(text)
    except (TypeError, ValueError):  # no text, or a description of another kind
        return None


def srgb_profile():
    """The sRGB profile, with a fixed date inside: the same picture is the same file whenever it is made."""
    data = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    data[24:36] = bytes.fromhex("07df0008001a000000000000")  # 26 August 2015, the paper's
    return bytes(data)
