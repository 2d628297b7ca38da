"""`python -m minicnn.distill`: a whole run, one that is stopped, and what is refused."""

import contextlib
import csv
import io
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from minicnn import zoo
from minicnn.distill import pool
from minicnn.distill.cli import main
from minicnn.distill.pictures import draw
from minicnn.distill.progress import Bar
from minicnn.distill.settings import Settings
from minicnn.weights import read

SMALL = (
    "--width 2,2,2,2,2 --steps 12 --batch 2 --side 16 --late-side 32 --size 32 --pictures 3 --every 4 "
    "--counterfeits 4 --counterfeit-steps 2"
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A teacher's file, a pool of pictures, and a folder of them."""
    folder = tmp_path_factory.mktemp("distill")
    teacher = zoo.build("vgg19", width=(64, 128, 256, 512, 512), until="relu5_1")
    teacher.save(folder / "teacher.npz")
    pictures = np.random.default_rng(5).integers(0, 256, (3, 32, 32, 3), dtype=np.uint8)
    np.save(folder / "pool.npy", pictures)
    (folder / "images" / "below").mkdir(parents=True)
    for number, picture in enumerate(pictures):
        Image.fromarray(picture).resize((40, 33)).save(folder / "images" / "below" / f"{number}.png")
    (folder / "images" / "notes.txt").write_text("no picture")
    return folder


def arguments(folder, out, more=""):
    """A small run's, from the pool of pictures unless told otherwise."""
    pool = "" if "--pool" in more or "--images" in more else f"--pool {folder / 'pool.npy'}"
    return [str(folder / "teacher.npz"), "-o", str(out), *SMALL.split(), *pool.split(), *more.split()]


@pytest.fixture(scope="module")
def done(folder):
    """The file of a run from beginning to end, and what it told people."""
    told = io.StringIO()
    with contextlib.redirect_stderr(told):
        assert main(arguments(folder, folder / "done.npz")) == 0
    return folder / "done.npz", told.getvalue()


def test_a_run_writes_the_network_its_record_and_a_checkpoint(done):
    path, told = done
    assert told.count("held out") == 3
    file = read(path)
    assert file.record["training"]["settings"]["seed"] == 0
    assert file.readouts["relu5_1"].shape == (2, 512)
    with path.with_suffix(".csv").open() as table:
        rows = list(csv.reader(table))
    assert [row[0] for row in rows] == ["step", "4", "8", "12"]
    assert rows[0][1:3] == ["relu1_1 values", "relu1_1 gram"]
    held_out = dict(zip(rows[0], rows[-1], strict=True))["held out: relu5_1 values"]
    assert float(held_out) == pytest.approx(file.record["training"]["errors"]["relu5_1"][0], rel=1e-5)


def test_a_run_that_is_stopped_goes_on_to_the_same_bytes(folder, done, tmp_path):
    out, beside = tmp_path / "stopped.npz", tmp_path / "stopped.checkpoint.npz"
    stopped = subprocess.Popen(
        [sys.executable, "-m", "minicnn.distill", *arguments(folder, out)],
        stderr=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).parents[2],
    )
    while not beside.is_file() and stopped.poll() is None:
        time.sleep(0.01)
    stopped.send_signal(signal.SIGINT)
    told = stopped.communicate()[1]
    assert stopped.returncode == 130, told
    assert f"--resume {beside}" in told
    assert main(arguments(folder, out, f"--resume {beside}")) == 0
    assert out.read_bytes() == done[0].read_bytes()
    assert out.with_suffix(".csv").read_bytes() == done[0].with_suffix(".csv").read_bytes()


def test_a_run_goes_on_with_its_own_settings_alone(folder, done, tmp_path, capsys):
    resume = f"--resume {folder / 'done.checkpoint.npz'}"
    assert main(arguments(folder, tmp_path / "x.npz", f"{resume} --seed 5")) == 2
    assert "--seed" in capsys.readouterr().err
    assert main(arguments(folder, tmp_path / "y.npz", f"{resume} --export-only")) == 0
    assert "y.npz: 12 steps" in capsys.readouterr().out
    assert (tmp_path / "y.npz").read_bytes() == done[0].read_bytes()


def test_pictures_come_out_of_a_folder_in_the_order_of_their_names(folder):
    pictures = pool.folder(folder / "images", Settings(size=32, side=16, late_side=32, pictures=2))
    assert pictures.shape == (2, 32, 32, 3)
    expected = np.load(folder / "pool.npy")[:2].astype(float)
    errors = [[np.abs(one - other).mean() for other in expected] for one in pictures.astype(float)]
    assert np.argmin(errors, axis=1).tolist() == [0, 1]


def test_pictures_are_drawn_once_and_kept(tmp_path):
    settings, seen = Settings(size=32, side=16, late_side=32, pictures=2, seed=9), []
    drawn = pool.stored(tmp_path / "new.npy", settings, lambda *counts: seen.append(counts))
    assert sorted(seen) == [(1, 2), (2, 2)]
    np.testing.assert_array_equal(drawn, [draw((9, i), 32) for i in range(2)])
    np.testing.assert_array_equal(pool.stored(tmp_path / "new.npy", settings), drawn)


REFUSED = {
    "--steps 0": "steps: expected a whole number of at least 1",
    "--late-share 2": "late_share: expected a share",
    "--rate 0": "rate: expected a number above 0",
    "--seed -1": "seed: expected a whole number",
    "--side 8": "expected crops of 16 px up to",
    "--late-side 64": "expected crops of 16 px up to",
    "--width 2,2": "expected 5 (or, with the dense layers, 8) widths",
    "--network vgg20": "expected one of",
    "--every 0": "--every: expected a whole number of at least 1",
    "--images nowhere": "expected a folder of pictures",
    "--pool {folder}/teacher.npz": "expected pictures of shape (3, 32, 32, 3)",
    "--pool {folder}/pool.npy --pictures 4": "expected pictures of shape (4, 32, 32, 3)",
    "--resume {folder}/teacher.npz": "expected a checkpoint",
    "--export-only": "--export-only: expected --resume",
    "-o {folder}": "expected a file in a folder that exists",
    "-o {folder}/none/x.npz": "expected a file in a folder that exists",
}


@pytest.mark.parametrize("option", REFUSED)
def test_what_cannot_be_is_refused_in_one_line(folder, tmp_path, capsys, option):
    assert main(arguments(folder, tmp_path / "x.npz", option.format(folder=folder))) == 2
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 1
    assert REFUSED[option] in lines[0]
    assert not (tmp_path / "x.npz").exists()


def test_another_network_is_no_teacher(folder, tmp_path, capsys):
    zoo.build("vgg16", width=(2,) * 5).save(tmp_path / "other.npz")
    assert main([str(tmp_path / "other.npz"), *arguments(folder, tmp_path / "x.npz")[1:]]) == 2
    assert "expected" in capsys.readouterr().err


class Screen(io.StringIO):
    def isatty(self):
        return True


def test_people_see_a_bar_with_the_errors(folder):
    screen = Screen()
    with Bar(Settings(steps=4), screen) as bar:
        bar.pictures(3, 3)
        for done in (1, 2):
            bar.step(done, {"relu5_1": [2, 0.5, 0.0]})
            time.sleep(0.11)
        bar.measured({"step": 2, "held out": {"relu5_1": [0.25, 0.125]}})
    shown = screen.getvalue()
    assert "pictures 3/3" in shown
    assert "5_1 0.250" in shown
    assert "Gram: 5_1 0.125" in shown
