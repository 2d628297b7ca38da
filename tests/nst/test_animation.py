"""Frames for a video, and animations: how many, how large, how they read back."""

import io
import shlex

import numpy as np
import pytest
from PIL import Image

from nst import animation, image
from nst.cli import main

QUICK = ["--size", "40", "--iterations", "8", "--scales", "20", "--edges", "replicate"]


@pytest.fixture
def files(pictures, tmp_path):
    for name, picture in zip(("photo.png", "painting.png"), pictures, strict=True):
        Image.fromarray(picture).save(tmp_path / name)
    return [str(tmp_path / "photo.png"), str(tmp_path / "painting.png"), "-o", str(tmp_path / "out.png")]


def test_every_frame_is_of_one_size_and_the_command_names_them(tiny, files, tmp_path, capsys):
    folder = tmp_path / "all the frames"
    assert main(["paint", *files, *QUICK, "--every-frame", str(folder)]) == 0
    names = sorted(path.name for path in folder.iterdir())
    assert names == [f"frame-{number:06}.png" for number in range(9)]
    assert {image.read(folder / name).shape for name in names} == {(30, 40, 3)}
    np.testing.assert_array_equal(image.read(folder / names[-1]), image.read(tmp_path / "out.png"))
    line = next(line for line in capsys.readouterr().err.splitlines() if "ffmpeg" in line)
    words = shlex.split(line.partition("ffmpeg")[2])
    assert words[words.index("-i") + 1] % 8 == str(folder / names[8])
    assert "crop" not in line  # both sides are even
    assert main(["paint", *files, *QUICK, "--size", "39", "--every-frame", str(tmp_path / "odd")]) == 0
    assert "crop=trunc(iw/2)*2:trunc(ih/2)*2" in capsys.readouterr().err


@pytest.mark.parametrize("name", ["a.gif", "a.webp"])
def test_an_animation_goes_from_the_first_canvas_to_the_picture(tiny, files, tmp_path, pictures, name):
    path = tmp_path / name
    assert main(["paint", *files, *QUICK, "--animation", str(path), "-q"]) == 0
    with Image.open(path) as moving:
        assert moving.n_frames in (8, 9)  # frames that are alike may have become one
        assert moving.size == (40, 30)
        assert moving.info["loop"] == 0
        shown = []
        for number in range(moving.n_frames):
            moving.seek(number)
            shown.append((np.asarray(moving.convert("RGB")).astype(int), moving.info["duration"]))
    durations = [duration for _, duration in shown]
    assert (sum(durations), durations[-1]) == (8 * animation.SHOWN + animation.HELD, animation.HELD)
    first = np.asarray(Image.fromarray(pictures[0]).resize((40, 30), Image.Resampling.LANCZOS))
    for got, expected in ((shown[0][0], first), (shown[-1][0], image.read(tmp_path / "out.png"))):
        assert np.abs(got - expected).mean() < 14
        assert np.abs(got.mean(axis=(0, 1)) - expected.mean(axis=(0, 1))).max() < 5


def test_an_animation_may_be_all_that_a_stopped_run_leaves_beside_its_picture(
    tiny, files, tmp_path, monkeypatch
):
    from nst.commands import running

    def interrupt(progress):
        if progress.iteration == 3:
            raise KeyboardInterrupt

    interrupt.close = lambda: None
    monkeypatch.setattr(running, "bar_for", lambda quiet: interrupt)
    assert main(["paint", *files, *QUICK, "--animation", str(tmp_path / "a.gif")]) == 130
    with Image.open(tmp_path / "a.gif") as moving:
        assert moving.n_frames == 5  # the start, three iterations, and what there was


@pytest.mark.parametrize("iterations", [0, 1, 2, 47, 48, 300, 5000])
def test_few_enough_frames_are_chosen_closer_together_at_the_beginning(iterations):
    chosen = animation.sampled(iterations)
    assert len(chosen) <= animation.FRAMES - 2
    assert all(0 < number < iterations for number in chosen)
    assert len(set(chosen)) == len(chosen)
    if iterations <= 47:
        assert chosen == list(range(1, iterations))
    else:
        steps = np.diff(chosen)
        assert len(chosen) == animation.FRAMES - 2
        assert iterations == 48 or steps[:5].mean() < steps[-5:].mean() / 2


def test_a_gifs_one_palette_is_near_the_colours_of_all_frames():
    rows, columns = np.mgrid[0:60, 0:80]
    frames = [
        np.stack([60 + rows * 2 + 10 * k, 40 + columns * 2, 100 + 10 * k + rows], axis=2).astype(np.uint8)
        for k in range(5)
    ]
    file = io.BytesIO()
    animation.gif(file, frames)
    with Image.open(io.BytesIO(file.getvalue())) as moving:
        for number, frame in enumerate(frames):
            moving.seek(number)
            shown = np.asarray(moving.convert("RGB")).astype(float)
            smooth = [np.apply_over_axes(np.mean, a.reshape(12, 5, 16, 5, 3), (1, 3)) for a in (shown, frame)]
            assert np.abs(smooth[0] - smooth[1]).mean() < 2


def test_large_pictures_are_animated_small(tiny, pictures, tmp_path):
    class Run:
        scales = ((None, 0),)
        canvas = None

    from nst.plan import Scale

    Run.scales = [Scale((900, 1200), 3)]
    Run.picture = lambda self: np.zeros((900, 1200, 3), np.uint8)
    one = animation.Animation(tmp_path / "a.webp", Run())
    assert one.size == (360, 480)
    assert one.kept[0].shape == (360, 480, 3)


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        (["--animation", "{}/a.mp4"], ".gif or .webp"),
        (["--animation", "{}/nowhere/a.gif"], "make it first"),
        (["--animation", "{}/out.webp", "-o", "{}/out.webp"], "name the same file"),
        (["--every-frame", "{}/photo.png"], "this is a file"),
        (["--every-frame", "{}/a/b"], "make it first"),
        (["--every-frame", "{}/old"], "frames of another run"),
        (["--bits", "16", "-o", "{}/a.jpg"], "--bits 16: JPEG holds 8 bits"),
        (["--bits", "12"], "--bits: expected one of 8, 16, got 12"),
        (["--keep-alpha", "-o", "{}/a.jpg"], "--keep-alpha: JPEG holds no transparency"),
    ],
)
def test_places_that_will_not_do_are_refused_before_any_work(
    tiny, files, tmp_path, capsys, monkeypatch, options, reason
):
    monkeypatch.setattr("nst.inputs.image.read_bytes", lambda *a: pytest.fail("it was read first"))
    (tmp_path / "old").mkdir()
    (tmp_path / "old" / "frame-000001.png").touch()
    before = sorted(tmp_path.rglob("*"))
    assert main(["paint", *files, *(option.format(tmp_path) for option in options)]) == 2
    said = capsys.readouterr().err
    assert said.count("\n") == 1
    assert reason in said
    assert sorted(tmp_path.rglob("*")) == before


# --- bits and alpha --------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["out.png", "out.tif"])
def test_sixteen_bits_hold_more_than_eight(tiny, files, tmp_path, name):
    tifffile = pytest.importorskip("tifffile") if name.endswith("tif") else None
    out = tmp_path / name
    assert main(["paint", *files[:2], *QUICK, "-q", "--bits", "16", "-o", str(out)]) == 0
    assert main(["paint", *files, *QUICK, "-q"]) == 0
    eight = image.read(tmp_path / "out.png") if name != "out.png" else None
    if tifffile:
        deep = tifffile.imread(out)
        assert deep.dtype == np.uint16
        np.testing.assert_array_equal(np.rint(deep / 257), eight)
        assert len(np.unique(deep % 257)) > 100


def test_a_transparent_photo_makes_a_transparent_picture_where_it_can(tiny, files, tmp_path, pictures):
    alpha = np.zeros((36, 48), np.uint8)
    alpha[:, 12:36] = 255
    Image.fromarray(np.dstack([pictures[0] * (alpha[..., None] > 0), alpha])).save(files[0])
    for name, options, transparent in (
        ("a.png", [], True),
        ("a.webp", ["--keep-alpha"], True),
        ("b.png", ["--bits", "16"], True),
        ("a.tiff", [], True),
        ("a.jpg", [], False),
        ("c.png", ["--no-keep-alpha"], False),
    ):
        out = tmp_path / name
        assert main(["paint", *files[:2], *QUICK, "-q", *options, "-o", str(out)]) == 0
        rgb, got = image.read_with_alpha(out)
        assert rgb.shape == (30, 40, 3)
        if transparent:
            assert got[:, 15:25].min() == 255
            assert got[:, :6].max() == 0
            assert np.abs(got.mean() - 127) < 5
        else:
            assert got is None
    # over white where it is not kept, and over colours like the photo's where it is
    white, kept = (image.read_with_alpha(tmp_path / name)[0][:, :5].mean() for name in ("c.png", "a.png"))
    assert white > kept + 60
