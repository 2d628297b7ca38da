"""16 bits a colour: against Pillow, tifffile where it is installed, and PNG's specification word by word."""

import io
import json
import struct
import zlib

import numpy as np
import pytest
from PIL import Image, ImageCms

from nst import image
from nst.errors import OutputError
from nst.image import deep


def picture(bits=16, channels=3, shape=(131, 37)):
    """More than two bands of rows, smooth here and noisy there, so that every filter of PNG has its rows."""
    rng = np.random.default_rng(4)
    top = 2**bits - 1
    rows, columns = np.mgrid[0 : shape[0], 0 : shape[1]]
    ramp = top * (rows / shape[0] + columns / shape[1]) / 2
    noise = np.where(rows % 60 < 20, rng.uniform(0, top, shape), ramp)
    flat = np.where(columns < 9, top, ramp[::-1])
    stacked = np.stack([ramp, noise, flat, top - ramp], axis=2)[..., :channels]
    stripes = stacked[100:110]  # of which only the left neighbour tells
    stripes[...] = rng.uniform(0, top, (len(stripes), 1, 1))
    return stacked.astype(np.uint16 if bits == 16 else np.uint8)


def decoded(data):
    """A PNG's pixels and its other chunks, as the specification says, one byte after the other."""
    assert data[:8] == b"\x89PNG\r\n\x1a\n"
    chunks, at = [], 8
    while at < len(data):
        (length,), kind = struct.unpack(">I", data[at : at + 4]), data[at + 4 : at + 8]
        body = data[at + 8 : at + 8 + length]
        assert struct.unpack(">I", data[at + 8 + length : at + 12 + length])[0] == zlib.crc32(kind + body)
        chunks.append((kind, body))
        at += 12 + length
    width, height, depth, colour, *rest = struct.unpack(">IIBBBBB", chunks[0][1])
    assert rest == [0, 0, 0]
    channels = {2: 3, 6: 4}[colour]
    raw = zlib.decompress(b"".join(body for kind, body in chunks if kind == b"IDAT"))
    step = channels * depth // 8
    above, rows, used = [0] * (width * step), [], set()
    for number in range(height):
        line = raw[number * (width * step + 1) : (number + 1) * (width * step + 1)]
        used.add(line[0])
        row = []
        for i, byte in enumerate(line[1:]):
            a = row[i - step] if i >= step else 0
            b, c = above[i], above[i - step] if i >= step else 0
            p = a + b - c
            nearest = min((abs(p - a), 0, a), (abs(p - b), 1, b), (abs(p - c), 2, c))[2]
            row.append((byte + {1: a, 2: b, 4: nearest}[line[0]]) % 256)
        rows.append(bytes(row))
        above = row
    pixels = np.frombuffer(b"".join(rows), f">u{depth // 8}").reshape(height, width, channels)
    return pixels, dict(chunks), used


@pytest.mark.parametrize("bits", [8, 16])
@pytest.mark.parametrize("channels", [3, 4])
def test_a_png_holds_every_value(bits, channels):
    x = picture(bits, channels)
    data = deep.png(x, [("nst", "süß")])
    pixels, chunks, used = decoded(data)
    np.testing.assert_array_equal(pixels, x)
    assert used == {1, 2, 4}
    assert chunks[b"sRGB"] == b"\0"
    with Image.open(io.BytesIO(data)) as stored:
        assert stored.text == {"nst": "süß"}
        assert np.abs(np.asarray(stored).astype(int) - (x // 257 if bits == 16 else x)).max() <= 1


@pytest.mark.parametrize("bits", [8, 16])
@pytest.mark.parametrize("channels", [3, 4])
def test_a_tiff_holds_every_value(bits, channels):
    tifffile = pytest.importorskip("tifffile")
    x = picture(bits, channels)
    with tifffile.TiffFile(io.BytesIO(deep.tiff(x, image.srgb_profile(), "so it is"))) as file:
        assert len(file.pages) == 1
        page = file.pages[0]
        np.testing.assert_array_equal(page.asarray(), x)
        assert page.description == "so it is"
        assert page.tags[34675].value == image.srgb_profile()
        assert page.extrasamples == ((2,) if channels == 4 else ())


@pytest.mark.parametrize("channels", [3, 4])
def test_pillow_reads_the_tiff(channels):
    x = picture(8, channels)
    with Image.open(io.BytesIO(deep.tiff(x, image.srgb_profile()))) as stored:
        np.testing.assert_array_equal(np.asarray(stored), x)
        profile = ImageCms.ImageCmsProfile(io.BytesIO(stored.info["icc_profile"]))
        assert "sRGB" in ImageCms.getProfileDescription(profile)


@pytest.mark.parametrize("shape", [(1, 1), (64, 3), (65, 1), (1, 300)])
def test_odd_shapes(shape):
    x = picture(16, 3, shape)
    np.testing.assert_array_equal(decoded(deep.png(x))[0], x)
    with Image.open(io.BytesIO(deep.tiff(x, b"profile"))) as stored:
        assert stored.size == shape[::-1]


def test_bands_cost_no_more_than_whole_rows():
    """A picture as smooth as paintings are takes less room than its bytes."""
    x = picture(16, 3, (200, 200))[..., [0, 0, 2]]
    for data in (deep.png(x), deep.tiff(x, b"")):
        assert len(data) < 0.7 * x.nbytes


@pytest.mark.parametrize("name", ["a.png", "a.tif", "a.tiff", "a.webp", "a.jpg"])
@pytest.mark.parametrize("channels", [3, 4])
@pytest.mark.parametrize("bits", [8, 16])
def test_every_format_comes_back_with_its_settings(tmp_path, name, channels, bits):
    path = tmp_path / name
    refused = (channels == 4 and name == "a.jpg") or (bits == 16 and name in ("a.webp", "a.jpg"))
    if refused:
        with pytest.raises(OutputError, match=r"name it \.png"):
            image.check_suffix(path, bits, channels == 4)
        return
    x = picture(bits, channels)
    settings = {"photo": "Tübingen.jpg", "size": 512}
    assert image.check_suffix(path, bits, channels == 4)
    image.write(path, x, settings)
    assert image.read_settings(path) == settings
    assert json.dumps(image.read_settings(path))
    rgb, alpha = image.read_with_alpha(path)
    eight = x // 257 if bits == 16 else x
    if name not in ("a.jpg", "a.webp"):
        assert np.abs(rgb.astype(int) - eight[..., :3]).max() <= 1
    if channels == 4:
        assert np.abs(alpha.astype(int) - eight[..., 3]).max() <= 1
    else:
        assert alpha is None
    first = path.read_bytes()
    image.write(path, x, settings)
    assert path.read_bytes() == first
