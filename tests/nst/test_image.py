import io
import threading

import numpy as np
import pytest
from PIL import Image, ImageCms, PngImagePlugin

from nst import image
from nst.errors import ImageError, OutputError

COLOURS = np.array(
    [[[200, 30, 60], [10, 120, 240], [250, 250, 5]], [[0, 0, 0], [128, 128, 128], [255, 255, 255]]]
)
PICTURE = np.repeat(np.repeat(COLOURS.astype(np.uint8), 8, axis=0), 8, axis=1)


def saved(tmp_path, picture, name, **options):
    path = tmp_path / name
    picture = picture if isinstance(picture, Image.Image) else Image.fromarray(picture)
    picture.save(path, **options)
    return path


@pytest.mark.parametrize(
    ("name", "options", "off"),
    [
        ("a.png", {}, 0),
        ("a.tiff", {}, 0),
        ("a.tif", {"compression": "tiff_lzw"}, 0),
        ("a.bmp", {}, 0),
        ("a.webp", {"lossless": True}, 0),
        ("a.jpg", {"quality": 100, "subsampling": 0}, 6),
        ("progressive.jpg", {"quality": 100, "subsampling": 0, "progressive": True}, 6),
    ],
)
def test_every_format_comes_back(tmp_path, name, options, off):
    got = image.read(saved(tmp_path, PICTURE, name, **options))
    assert got.dtype == np.uint8
    assert np.abs(got.astype(int) - PICTURE).max() <= off
    assert np.array_equal(image.read(str(tmp_path / name)), got)


def test_a_gif_gives_its_first_frame(tmp_path):
    first, second = (Image.new("RGB", (9, 7), colour) for colour in ("red", "blue"))
    first.save(tmp_path / "a.gif", save_all=True, append_images=[second], duration=100)
    assert (image.read(tmp_path / "a.gif") == [255, 0, 0]).all()


@pytest.mark.parametrize("mode", ["L", "1", "P", "LA", "CMYK", "YCbCr"])
def test_modes_become_rgb(tmp_path, mode):
    source = Image.fromarray(PICTURE).convert(mode)
    path = saved(tmp_path, source, "a.tiff" if mode in ("CMYK", "YCbCr") else "a.png")
    got = image.read(path)
    assert got.shape == PICTURE.shape
    assert np.abs(got.astype(int) - np.asarray(source.convert("RGB"))).max() <= 2


def test_sixteen_bit_grey_is_scaled_and_not_clipped(tmp_path):
    ramp = np.linspace(0, 65535, 256).astype(np.uint16).reshape(16, 16)
    for name in ("a.png", "a.tiff"):
        got = image.read(saved(tmp_path, ramp, name))
        np.testing.assert_array_equal(got[..., 0], np.rint(ramp / 257))


def test_sixteen_bit_colour_png(tmp_path):
    """Pillow cannot write one, so the chunks are made by hand."""
    import struct
    import zlib

    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    wide = PICTURE.astype(">u2") * 257
    rows = b"".join(b"\0" + row.tobytes() for row in wide)
    header = struct.pack(">IIBBBBB", PICTURE.shape[1], PICTURE.shape[0], 16, 2, 0, 0, 0)
    data = (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", zlib.compress(rows))
        + chunk(b"IEND", b"")
    )
    (tmp_path / "a.png").write_bytes(data)
    np.testing.assert_array_equal(image.read(tmp_path / "a.png"), PICTURE)


def test_what_is_transparent_shows_white(tmp_path):
    alpha = np.full(PICTURE.shape[:2], 255, np.uint8)
    alpha[:8] = 0
    alpha[8:12] = 128
    got = image.read(saved(tmp_path, np.dstack([PICTURE, alpha]), "a.png")).astype(int)
    assert (got[:8] == 255).all()
    np.testing.assert_array_equal(got[12:], PICTURE[12:])
    assert np.abs(got[8:12] - (PICTURE[8:12] * (128 / 255) + 255 * (127 / 255))).max() <= 1
    palette = Image.new("P", (4, 4), 0)
    palette.putpalette([0, 0, 0, 255, 0, 0])
    assert (image.read(saved(tmp_path, palette, "p.png", transparency=0)) == 255).all()


def test_exif_rotation_is_applied(tmp_path):
    exif = Image.Exif()
    exif[0x0112] = 6  # the camera was held upright
    path = saved(tmp_path, PICTURE, "a.png", exif=exif)
    np.testing.assert_array_equal(image.read(path), np.rot90(PICTURE, -1))


def test_icc_profiles_become_srgb(tmp_path):
    """A profile whose red and blue are exchanged shows that it is used."""
    swapped = swapped_profile()
    path = saved(tmp_path, PICTURE, "a.png", icc_profile=swapped)
    got = image.read(path).astype(int)
    assert np.abs(got - PICTURE[..., ::-1]).max() <= 3
    for ignored in (image.srgb_profile(), b"not a profile at all"):
        assert np.array_equal(image.read(saved(tmp_path, PICTURE, "b.png", icc_profile=ignored)), PICTURE)


def swapped_profile():
    data = bytearray(image.srgb_profile())
    entries = {}
    for k in range(int.from_bytes(data[128:132], "big")):
        at = 132 + 12 * k
        entries[bytes(data[at : at + 4])] = at
    red, blue = entries[b"rXYZ"], entries[b"bXYZ"]
    data[red + 4 : red + 12], data[blue + 4 : blue + 12] = (
        data[blue + 4 : blue + 12],
        data[red + 4 : red + 12],
    )
    return bytes(data).replace("sRGB".encode("utf-16-be"), "xRGB".encode("utf-16-be"))


def test_pillow_images_and_arrays_are_taken_as_they_are():
    np.testing.assert_array_equal(image.read(Image.fromarray(PICTURE)), PICTURE)
    np.testing.assert_array_equal(image.read(PICTURE), PICTURE)
    grey = image.read(PICTURE[..., 0])
    np.testing.assert_array_equal(grey[..., 2], PICTURE[..., 0])
    for wrong in (PICTURE / 255, PICTURE[None], np.zeros((0, 4, 3), np.uint8), PICTURE[..., :2]):
        with pytest.raises(ImageError, match="picture: expected"):
            image.read(wrong)


# --- bad files -------------------------------------------------------------------------------------------


def bad_files(folder):
    buffer = io.BytesIO()
    noise = np.random.default_rng(0).integers(0, 255, (64, 64, 3), dtype=np.uint8)
    Image.fromarray(noise).save(buffer, "PNG")
    png = buffer.getvalue()
    (folder / "cut.png").write_bytes(png[: len(png) // 2])
    (folder / "head.png").write_bytes(png[:20])
    (folder / "flipped.png").write_bytes(png[:60] + bytes(b ^ 255 for b in png[60:200]) + png[200:])
    buffer = io.BytesIO()
    Image.fromarray(noise).save(buffer, "JPEG")
    (folder / "cut.jpg").write_bytes(buffer.getvalue()[: len(buffer.getvalue()) // 2])
    (folder / "empty.jpg").write_bytes(b"")
    (folder / "text.jpg").write_text("Dear reader, this is no picture.\n" * 20)
    (folder / "folder.jpg").mkdir()
    return {
        "cut.png": "damaged or cut short",
        "head.png": "cut short|not a picture",
        "flipped.png": "damaged",
        "cut.jpg": "damaged or cut short",
        "empty.jpg": "empty",
        "text.jpg": "not a picture",
        "folder.jpg": "folder",
        "missing.jpg": "no such file",
    }


def test_bad_files_are_refused_in_one_line_with_their_name(tmp_path):
    for name, reason in bad_files(tmp_path).items():
        with pytest.raises(ImageError, match=reason) as caught:
            image.read(tmp_path / name)
        assert name in str(caught.value)
        assert "\n" not in str(caught.value)


def test_a_decompression_bomb_is_refused_unless_allowed(tmp_path):
    before = Image.MAX_IMAGE_PIXELS
    path = saved(tmp_path, Image.new("1", (20000, 10000)), "bomb.png")
    with pytest.raises(ImageError, match="--max-pixels"):
        image.read(path)
    small = saved(tmp_path, PICTURE, "small.png")
    with pytest.raises(ImageError, match="24×16"):
        image.read(small, max_pixels=383)
    assert image.read(small, max_pixels=384).shape == PICTURE.shape
    assert before == Image.MAX_IMAGE_PIXELS


def test_a_bomb_in_the_text_of_a_png_is_refused(tmp_path):
    info = PngImagePlugin.PngInfo()
    info.add_text("key", "x" * 80_000_000, zip=True)
    path = saved(tmp_path, PICTURE, "a.png", pnginfo=info)
    with pytest.raises(ImageError, match=r"a\.png"):
        image.read(path)


def test_pictures_are_read_in_several_threads(tmp_path):
    path = saved(tmp_path, PICTURE, "a.png")
    got = []
    threads = [threading.Thread(target=lambda: got.append(image.read(path))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(got) == 8
    assert all(np.array_equal(one, PICTURE) for one in got)


# --- writing ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["a.png", "a.jpg", "A.JPEG", "a.webp"])
def test_what_is_written_is_tagged_srgb_and_the_same_each_time(tmp_path, name):
    image.write(tmp_path / name, PICTURE)
    first = (tmp_path / name).read_bytes()
    image.write(tmp_path / name, PICTURE)
    assert (tmp_path / name).read_bytes() == first
    assert [path.name for path in tmp_path.iterdir()] == [name]
    with Image.open(tmp_path / name) as stored:
        if name.endswith("png"):
            assert stored.info["srgb"] == 0
        else:
            profile = ImageCms.ImageCmsProfile(io.BytesIO(stored.info["icc_profile"]))
            assert "sRGB" in ImageCms.getProfileDescription(profile)
    off = np.abs(image.read(tmp_path / name).astype(int) - PICTURE).mean()
    assert off <= {"a.png": 0, "a.webp": 6}.get(name, 1)


def test_a_png_carries_its_settings(tmp_path):
    settings = {"size": 512, "content_layers": ["relu4_2"], "photo": "Tübingen.jpg"}
    image.write(tmp_path / "a.png", PICTURE, settings)
    assert image.read_settings(tmp_path / "a.png") == settings
    image.write(tmp_path / "a.png", PICTURE)
    assert image.read_settings(tmp_path / "a.png") is None


def test_an_unknown_ending_is_refused(tmp_path):
    for name in ("a.xyz", "a", "a.pdf"):
        with pytest.raises(OutputError, match=r"\.png, \.jpg"):
            image.write(tmp_path / name, PICTURE)
    assert not list(tmp_path.iterdir())
