"""Several paintings, regions and colours at the command line, and in run folders."""

import json

import numpy as np
import pytest
from PIL import Image

import nst
from nst import image
from nst.cli import main

QUICK = ["--size", "48", "--iterations", "4", "--scales", "24", "-q"]


@pytest.fixture
def files(pictures, tmp_path, monkeypatch):
    """photo.png, one.png, two.png, sky.png and ground.png, and this is the folder to be in."""
    monkeypatch.chdir(tmp_path)
    photo, painting = pictures
    sky = np.zeros((36, 48), np.uint8)
    sky[:18] = 255
    named = {
        "photo": photo,
        "one": painting,
        "two": painting[::-1, ::-1, ::-1],
        "sky": sky,
        "ground": 255 - sky,
    }
    for name, picture in named.items():
        Image.fromarray(np.ascontiguousarray(picture)).save(f"{name}.png")
    return tmp_path


def painted(*arguments):
    assert main(["paint", *arguments, *QUICK, "-o", "out.png"]) == 0
    return image.read("out.png"), image.read_settings("out.png")


def test_several_paintings_with_weights_and_scales(tiny, files):
    both, said = painted("photo.png", "one.png", "two.png")
    assert said["painting"] == ["one.png", "two.png"]
    assert said["painting_weights"] is None
    one, _ = painted("photo.png", "one.png")
    weighed, said = painted(
        "photo.png", "one.png", "two.png", "--painting-weights", "1e6,1", "--style-scale", "1,0.5"
    )
    assert said["painting_weights"] == [1e6, 1]
    assert said["style_scale"] == [1, 0.5]
    assert not np.array_equal(both, one)
    np.testing.assert_allclose(weighed.astype(int), one, atol=2)


def test_masks_one_after_another_together_or_with_the_rest_left_out(tiny, files):
    pictures = [
        painted("photo.png", "one.png", "two.png", *masks)
        for masks in (
            ["--mask", "sky.png", "--mask", "ground.png"],
            ["--masks", "sky.png", "ground.png"],
            ["--masks", "sky.png"],
        )
    ]
    (first, said), others = pictures[0], pictures[1:]
    assert said["masks"] == ["sky.png", "ground.png"]
    for picture, _ in others:
        np.testing.assert_array_equal(picture, first)
    blended, _ = painted("photo.png", "one.png", "two.png")
    assert not np.array_equal(blended, first)
    swapped, _ = painted("photo.png", "two.png", "one.png", "--masks", "ground.png", "sky.png")
    np.testing.assert_allclose(swapped.astype(int), first, atol=2)


def test_all_stands_for_a_white_mask(tiny, files):
    Image.fromarray(np.full((40, 30), 255, np.uint8)).save("white.png")
    plain, _ = painted("photo.png", "one.png")
    for mask in ("all", "white.png"):
        found, said = painted("photo.png", "one.png", "--painting-mask", mask)
        assert said["painting_masks"] == [mask]
        np.testing.assert_allclose(found.astype(int), plain, atol=2)


def test_colours_of_the_photo(tiny, files):
    photo, red = image.read("photo.png").astype(float), image.read("one.png") * [1, 0.3, 0.1]
    Image.fromarray(red.astype(np.uint8)).save("red.png")
    options = ["--start", "painting"]
    of_painting, _ = painted("photo.png", "red.png", *options)
    for colours in ("photo", "match", "match-root", "match-cholesky", "match-histogram"):
        found, said = painted("photo.png", "red.png", *options, "--colours", colours)
        assert said["colours"] == colours
        distance = [np.abs(p.mean(axis=(0, 1)) - photo.mean(axis=(0, 1))).sum() for p in (found, of_painting)]
        assert distance[0] < 0.3 * distance[1]


def test_a_run_with_masks_goes_on_to_the_same_bytes_without_the_originals(tiny, files, pictures):
    options = {"size": 40, "iterations": 10, "scales": 1, "optimizer": "lbfgs", "colours": "photo"}
    given = "photo.png", ["one.png", "two.png"]
    masks = {
        "masks": ["sky.png", image.read("ground.png")[..., 0]],
        "painting_masks": ["all", "one-part.png"],
    }
    Image.fromarray(np.tile(np.arange(30, dtype=np.uint8) * 8, (40, 1))).save("one-part.png")
    nst.paint(*given, run="whole", **masks, **options)
    nst.paint(*given, run="broken", callback=lambda p: p.iteration == 4, **masks, **options)
    record = json.loads((files / "broken" / "settings.json").read_text())
    assert record["settings"]["masks"] == ["sky.png", "a picture"]
    assert [one["role"] for one in record["inputs"]] == [
        "photo",
        "painting",
        "painting",
        "masks",
        "masks",
        "painting_masks",
    ]
    for path in files.glob("*.png"):
        path.unlink()
    nst.resume("broken")
    broken, whole = (image.read(folder / "result.png") for folder in (files / "broken", files / "whole"))
    np.testing.assert_array_equal(broken, whole)


def test_a_texture_of_a_part_of_two_paintings(tiny, files):
    arguments = ["texture", "one.png", "two.png", "--painting-masks", "one.png", "all", *QUICK]
    assert main([*arguments, "-o", "out.png"]) == 0
    assert image.read_settings("out.png")["painting"] == ["one.png", "two.png"]


def test_what_a_run_by_regions_would_take(tiny, files, capsys):
    assert main(["estimate", "photo.png", "one.png", "two.png", "--masks", "sky.png", "--size", "48"]) == 0
    assert capsys.readouterr().out.startswith("48×36: ")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (
            ["one.png", "--masks", "sky.png", "ground.png"],
            "--masks: expected one for each painting, 1; got 2",
        ),
        (["one.png", "two.png", "--masks", "missing.png"], "missing.png: no such file"),
        (
            ["one.png", "two.png", "--masks", "one.png"],
            "one.png: expected the proportions of the photo, 48×36",
        ),
        (["one.png", "--painting-masks", "sky.png"], "sky.png: expected the proportions of its painting"),
        (
            ["one.png", "--painting-weights", "1,2"],
            "--painting-weights: expected one number a painting, 1, got 2",
        ),
        (
            ["one.png", "two.png", "--painting-weights", "1,0"],
            "--painting-weights: expected a number above 0",
        ),
        (["one.png", "--style-scale", "1,x"], "--style-scale: expected a number above 0 to 100, or several"),
        (["one.png", "--colours", "mine"], "--colours: expected one of painting, photo, match, match-root"),
        (["one.png", "--masks", ""], "--masks: expected names of files"),
    ],
)
def test_contradictions_take_one_line(tiny, files, capsys, arguments, said):
    assert main(["paint", "photo.png", *arguments, *QUICK, "-o", "out.png"]) == 2
    err = capsys.readouterr().err
    assert err.startswith(f"nst: {said}")
    assert err.count("\n") == 1
    assert not (files / "out.png").exists()


def test_options_that_a_command_has_no_use_for_are_not_there(tiny, files, capsys):
    for command, option in (("texture", "--colours"), ("texture", "--masks"), ("reconstruct", "--colours")):
        assert main([command, "one.png", option, "match", "-o", "out.png"]) == 2
        assert "unrecognized arguments" in capsys.readouterr().err
