"""The first command: its pictures, its files, and how it ends."""

import sys

import numpy as np
import pytest
from PIL import Image

from nst import cli
from nst.commands import demo
from nst.transfer import Transfer

FILES = {"photo.png", "painting.png", "result.png", "strip.png", "report.html"}
SMALL = ["--size", "64", "--iterations", "3"]


@pytest.mark.parametrize("name", ["photograph", *(module for module, _ in demo.STYLES.values())])
def test_pictures_are_the_same_each_time_and_worth_looking_at(name):
    picture = demo.draw(name, 96)
    assert picture.dtype == np.uint8
    assert picture.shape == (72, 96, 3)
    assert picture.mean(axis=2).std() > 20
    np.testing.assert_array_equal(picture, demo.draw(name, 96))


def test_it_needs_nothing_and_leaves_pictures_and_a_report(tmp_path, capsys):
    out = tmp_path / "new" / "demo"
    assert cli.main(["demo", "--out", str(out), *SMALL]) == 0
    assert {file.name for file in out.iterdir()} == FILES
    with Image.open(out / "result.png") as picture:
        assert picture.size == (64, 48)
    told = capsys.readouterr()
    assert "report.html" in told.out
    assert "VGG19's weights are not here" not in told.err
    html = (out / "report.html").read_text()
    assert html.count("<img") == 4
    assert html.count("<polyline") == 7


def test_quiet_is_quiet(tmp_path, capsys):
    assert cli.main(["demo", "--out", str(tmp_path), *SMALL, "-q"]) == 0
    told = capsys.readouterr()
    assert told.out == told.err == ""


def test_ctrl_c_leaves_what_there_is(tmp_path, monkeypatch, capsys):
    run = Transfer.run

    def interrupted(self, callback):
        def follow(progress):
            callback(progress)
            if progress.iteration == 2:
                raise KeyboardInterrupt

        return run(self, follow)

    monkeypatch.setattr(Transfer, "run", interrupted)
    assert cli.main(["demo", "--out", str(tmp_path), *SMALL]) == 130
    assert {file.name for file in tmp_path.iterdir()} == FILES
    assert "stopped after 2 of 3 iterations" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--size", "12"], "--size: expected a whole number from 64 to 4096, got 12"),
        (["--size", "big"], "--size: expected a whole number from 64 to 4096, got big"),
        (["--style", "cubist"], "--style: expected one of swirl, sketch, watercolour, got cubist"),
        (["--iterations", "0"], "--iterations: expected a whole number from 1 on, got 0"),
    ],
)
def test_what_makes_no_sense_is_refused(options, message, tmp_path, capsys):
    assert cli.main(["demo", "--out", str(tmp_path / "d"), *options]) == 2
    assert capsys.readouterr().err == f"nst: {message}\n"
    assert not (tmp_path / "d").exists()


@pytest.mark.skipif(sys.platform == "win32", reason="paths differ")
def test_a_folder_that_cannot_be_made_is_refused(tmp_path, capsys):
    (tmp_path / "file").write_text("")
    assert cli.main(["demo", "--out", str(tmp_path / "file" / "demo"), *SMALL]) == 2
    assert capsys.readouterr().err.count("\n") == 1
