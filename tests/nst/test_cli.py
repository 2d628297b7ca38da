"""The command line, in this process with a tiny network, and as a program where real weights are at hand."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from nst import image
from nst.cli import COMMANDS, main
from tests.clock import HANGING

ROOT = Path(__file__).resolve().parents[2]
QUICK = ["--size", "48", "--iterations", "6", "--scales", "1"]


@pytest.fixture
def files(pictures, tmp_path):
    for name, picture in zip(("photo.png", "painting.png"), pictures, strict=True):
        Image.fromarray(picture).save(tmp_path / name)
    return [str(tmp_path / "photo.png"), str(tmp_path / "painting.png"), "-o", str(tmp_path / "out.png")]


def refused(arguments, capsys):
    """The one line that a refused command says."""
    before = capsys.readouterr()
    assert main(arguments) == 2
    said = capsys.readouterr()
    assert said.out == before.out == ""
    assert said.err.startswith("nst: ")
    assert said.err.count("\n") == 1
    return said.err


def test_paint_writes_a_picture_with_its_settings(tiny, files, tmp_path, capsys):
    assert main(["paint", *files, *QUICK, "--seed", "7"]) == 0
    assert Image.open(tmp_path / "out.png").size == (48, 36)
    settings = image.read_settings(tmp_path / "out.png")
    assert (settings["seed"], settings["iterations"], settings["photo"]) == (7, 6, "photo.png")
    assert settings["style_layers"] == {f"relu{k}_1": 1.0 for k in range(1, 6)}
    assert settings["content_weight"] == 0.05  # what was left open is recorded as decided
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.startswith(f"nst: {tmp_path / 'out.png'}: 48×36, 6 iterations in")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["out.png", "painting.png", "photo.png"]


def test_the_same_command_twice_gives_the_same_bytes(tiny, files, tmp_path):
    assert main(["paint", *files, *QUICK, "--start", "noise", "-q"]) == 0
    first = (tmp_path / "out.png").read_bytes()
    assert main(["paint", *files, *QUICK, "--start", "noise", "-q"]) == 0
    assert (tmp_path / "out.png").read_bytes() == first


def test_quiet_says_nothing_and_pictures_on_the_way_are_kept(tiny, files, tmp_path, capsys):
    assert main(["paint", *files, *QUICK, "-q", "--save-every", "2"]) == 0
    assert capsys.readouterr() == ("", "")
    kept = sorted(path.name for path in tmp_path.glob("out*"))
    assert kept == ["out-00002.png", "out-00004.png", "out-00006.png", "out.png"]
    assert np.array_equal(image.read(tmp_path / "out-00006.png"), image.read(tmp_path / "out.png"))


@pytest.mark.parametrize("name", ["out.jpg", "out.webp"])
def test_other_formats(tiny, files, tmp_path, name):
    assert main(["paint", *files[:2], "-o", str(tmp_path / name), *QUICK, "-q"]) == 0
    assert image.read(tmp_path / name).shape == (36, 48, 3)


def test_texture_and_reconstructions(tiny, files, tmp_path):
    out = files[2:]
    assert main(["texture", files[1], *out, *QUICK, "-q"]) == 0
    assert image.read(tmp_path / "out.png").shape == (48, 36, 3)
    assert main(["reconstruct", files[0], "--layer", "relu2_1", *out, *QUICK[:4], "-q"]) == 0
    record = image.read_settings(tmp_path / "out.png")
    assert record["content_layers"] == {"relu2_1": 1.0}
    assert record["start"] == "noise"
    assert main(["reconstruct", files[1], "--style-up-to", "relu2_1", *out, *QUICK[:4], "-q"]) == 0
    assert list(image.read_settings(tmp_path / "out.png")["style_layers"]) == ["relu1_1", "relu2_1"]


@pytest.mark.parametrize(
    ("figure", "panels"), [("1", 10), ("2", 1), ("3", 20), ("slides", 13), ("inversions", 20)]
)
def test_figures(tiny, files, tmp_path, figure, panels):
    options = ["--size", "40", "--iterations", "1", "--edges", "replicate", "-q"]
    given = files[:1] if figure == "inversions" else files[:2]
    assert main(["figures", figure, *given, "--out", str(tmp_path / "new"), *options]) == 0
    assert len(list((tmp_path / "new").iterdir())) == panels + 1
    sheet = image.read(tmp_path / "new" / f"figure-{figure}.png")
    assert min(sheet.shape[:2]) > 80
    kept = [path for path in (tmp_path / "new").iterdir() if path.name != f"figure-{figure}.png"]
    assert {image.read_settings(path)["network"] for path in kept} == {"vgg19"}


def test_a_figure_takes_so_many_paintings(tiny, files, tmp_path, capsys):
    out = ["--out", str(tmp_path)]
    assert "takes one painting, got 0" in refused(["figures", "1", files[0], *out], capsys)
    assert "takes one painting, got 2" in refused(["figures", "3", *files[:2], files[1], *out], capsys)
    assert "one painting or more" in refused(["figures", "2", files[0], *out], capsys)
    assert "takes no painting, got 1" in refused(["figures", "inversions", *files[:2], *out], capsys)


def test_gradcheck_passes_and_fails(tiny, monkeypatch, capsys):
    assert main(["gradcheck", "--edges", "replicate"]) == 0
    assert "right" in capsys.readouterr().out
    from nst.losses import gram

    def wrong(dG, F, out=None):
        return right(dG * 1.001, F, out)

    right = gram.gram_backward
    monkeypatch.setattr(gram, "gram_backward", wrong)
    assert main(["gradcheck", "--edges", "replicate"]) == 1
    assert "WRONG" in capsys.readouterr().out


# --- refusals --------------------------------------------------------------------------------------------


def test_bad_pictures_are_refused(tiny, files, tmp_path, capsys):
    (tmp_path / "empty.jpg").write_bytes(b"")
    (tmp_path / "text.jpg").write_text("no picture")
    whole = (tmp_path / "photo.png").read_bytes()
    (tmp_path / "cut.png").write_bytes(whole[: len(whole) // 2])
    for name, reason in {
        "missing.jpg": "no such file",
        "empty.jpg": "empty",
        "text.jpg": "not a picture",
        "cut.png": "cut short",
    }.items():
        for pair in ([str(tmp_path / name), files[1]], [files[0], str(tmp_path / name)]):
            said = refused(["paint", *pair, *files[2:], *QUICK], capsys)
            assert name in said
            assert reason in said
    assert not (tmp_path / "out.png").exists()
    assert "--max-pixels" in refused(["paint", *files, "--max-pixels", "100"], capsys)


def test_bad_places_are_refused_before_any_work(tiny, files, tmp_path, capsys, monkeypatch):
    monkeypatch.setattr("nst.inputs.image.read_bytes", lambda *a: pytest.fail("it was read first"))
    for out, reason in {
        tmp_path / "nowhere" / "out.png": "does not exist",
        tmp_path / "out.bmp": ".png, .jpg",
        tmp_path: ".png, .jpg",
        tmp_path / "photo.png" / "out.png": "is a file",
    }.items():
        assert reason in refused(["paint", *files[:2], "-o", str(out)], capsys)


def test_figures_leave_no_folder_behind_when_a_picture_is_bad(tiny, files, tmp_path, capsys):
    out = tmp_path / "sheets"
    assert "no such file" in refused(["figures", "2", files[0], "nowhere.jpg", "--out", str(out)], capsys)
    assert not out.exists()
    assert "this is a file" in refused(["figures", "2", *files[:2], "--out", files[0]], capsys)


@pytest.mark.parametrize("module", ["nst", "nst.cli", "nst.__main__"])
def test_the_command_line_is_there_before_anything_heavy_is_loaded(module):
    """What is interrupted while NumPy loads would end in a traceback that no one here could catch."""
    code = f"import sys, {module}; print([name for name in ('numpy', 'PIL', 'scipy') if name in sys.modules])"
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    assert told.stdout == "[]\n"


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (["--size", "5"], "--size: expected a whole number from 16"),
        (["--strength", "nan"], "--strength: expected a number above 0"),
        (["--style-layers", "relu7_1"], "--style-layers: vgg19 has no layer 'relu7_1'"),
        (["--mix", "0.5"], "--mix has no meaning"),
        (["--device", "cuda"], "--device cuda"),
        (["--save-every", "0"], "--save-every: expected a whole number from 1"),
        (["--no-such-option"], "--no-such-option; nst paint --help explains"),
        (["--loss", "wild"], "--loss: expected one of relative, gatys2015, "),
    ],
)
def test_bad_options_are_refused_by_name(tiny, files, capsys, arguments, reason):
    assert reason in refused(["paint", *files, *arguments], capsys)


def test_the_commands_themselves(tiny, files, capsys):
    assert "-o" in refused(["paint", *files[:2]], capsys)
    assert "PHOTO" in refused(["paint"], capsys)
    assert "reconstruct" in refused(["reconstruct", files[0], *files[2:]], capsys)
    assert refused(["dance"], capsys)
    assert main([]) == 0
    shown = capsys.readouterr().out
    assert all(command in shown for command in COMMANDS)


def test_a_fault_of_ours_is_told_without_a_traceback(tiny, files, capsys, monkeypatch):
    monkeypatch.delenv("NST_DEBUG", raising=False)
    monkeypatch.setattr("nst.inputs.Transfer", lambda *a: 1 / 0)
    assert main(["paint", *files]) == 1
    said = capsys.readouterr().err
    assert said.count("\n") == 1
    assert "ZeroDivisionError" in said


def test_a_run_that_cannot_fit_is_refused_with_what_would(tiny, files, capsys, monkeypatch):
    monkeypatch.setattr("nst.memory.available", lambda: 60_000_000)
    said = refused(["paint", *files, "--size", "20000", "--scales", "1"], capsys)
    assert "the largest --size that fits is" in said
    largest = int(said.split()[-1])
    assert 100 < largest < 20000
    assert main(["paint", *files, "--size", str(largest), "--scales", "1", "--iterations", "0", "-q"]) == 0


def test_an_interrupt_writes_the_picture_so_far(tiny, files, tmp_path, capsys, monkeypatch):
    from nst.commands import running

    def interrupted(progress):
        if progress.iteration == 3:
            raise KeyboardInterrupt

    interrupted.close = lambda: None
    monkeypatch.setattr(running, "bar_for", lambda quiet: interrupted)
    assert main(["paint", *files, *QUICK]) == 130
    assert image.read(tmp_path / "out.png").shape == (36, 48, 3)
    assert "stopped after 3 of 6 iterations" in capsys.readouterr().err


# --- as a program ----------------------------------------------------------------------------------------


def start(arguments, **environment):
    return subprocess.Popen(
        [sys.executable, "-m", "nst", *arguments],
        cwd=ROOT,
        env={**os.environ, **environment},
        stderr=subprocess.PIPE,
        text=True,
    )


@pytest.mark.skipif(sys.platform == "win32", reason="signals")
def test_ctrl_c_and_a_kill(files, tmp_path):
    """Ctrl-C leaves a picture and 130; a kill in the middle leaves the old file whole."""
    out = tmp_path / "out.png"
    options = ["--size", "96", "--iterations", "5000", "--scales", "1", "--save-every", "1"]
    options += ["--network", "pocket"]
    process = start(["paint", *files, *options])
    wait_for(lambda: list(tmp_path.glob("out-*.png")), process)
    process.send_signal(signal.SIGINT)
    assert process.wait(timeout=HANGING) == 130
    assert "stopped after" in process.stderr.read()
    assert image.read(out).shape == (72, 96, 3)
    before = out.read_bytes()

    for path in tmp_path.glob("out-*.png"):
        path.unlink()
    process = start(["paint", *files, *options])
    wait_for(lambda: len(list(tmp_path.glob("out-*.png"))) > 2, process)
    process.kill()
    process.wait()
    process.stderr.close()
    assert out.read_bytes() == before
    for path in tmp_path.glob("out-*.png"):
        image.read(path)


def wait_for(condition, process):
    until = time.monotonic() + HANGING
    while not condition():
        assert process.poll() is None, process.stderr.read()
        assert time.monotonic() < until
        time.sleep(0.05)


def test_the_module_runs_and_quietly_where_nobody_looks(shared, files, tmp_path):
    weights = str(shared / "vgg19" / "vgg19-conv.npz")
    process = start(["paint", *files, *QUICK, "--device", "cpu"], MINICNN_WEIGHTS=weights)
    said = process.communicate(timeout=HANGING)[1]
    assert process.returncode == 0
    assert said.count("\n") == 1  # no bar: this is no terminal
    assert json.loads(Image.open(tmp_path / "out.png").text["nst"])["network"] == "vgg19"
