"""The folder of a run: what it holds, and how a run goes on from it."""

import copy
import csv
import errno
import hashlib
import json
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import nst
from minicnn.errors import WeightFileError
from nst import image, runs
from nst.cli import main
from nst.commands import running
from nst.errors import RunError
from nst.runs import checkpoint
from nst.runs.keeper import SECONDS, Keeper
from nst.runs.losses import Losses, rows

QUICK = ["--size", "40", "--iterations", "10", "--scales", "20", "--edges", "replicate"]
EXACT = ["lbfgs", "adam", "descent", "torch-lbfgs"]


@pytest.fixture
def files(pictures, tmp_path):
    for name, picture in zip(("photo.png", "painting.png"), pictures, strict=True):
        Image.fromarray(picture).save(tmp_path / name)
    return [str(tmp_path / "photo.png"), str(tmp_path / "painting.png")]


@pytest.fixture
def stop(monkeypatch):
    """stop(n): the next run is interrupted after iteration n, as by Ctrl-C while its bar is drawn."""

    def after(iteration):
        def interrupt(progress):
            if progress.iteration == iteration:
                raise KeyboardInterrupt

        interrupt.close = lambda: None
        monkeypatch.setattr(running, "bar_for", lambda quiet: interrupt if iteration else None)

    return after


def everything(folder):
    """{file: bytes} of what must come out the same; seconds never do."""
    found = {}
    for path in sorted(p for p in folder.rglob("*") if p.is_file()):
        if path.name == "losses.csv":
            found[path.name] = [line.rpartition(",")[0] for line in path.read_text().splitlines()]
        elif path.suffix in (".png", ".gif", ".webp", ".tiff"):
            found[str(path.relative_to(folder))] = path.read_bytes()
    return found


def refused(arguments, capsys):
    capsys.readouterr()
    assert main(arguments) == 2
    said = capsys.readouterr().err
    assert said.count("\n") == 1
    return said


def test_a_run_is_written_down(tiny, files, tmp_path, capsys):
    run = tmp_path / "run"
    out = str(tmp_path / "out.png")
    assert (
        main(["paint", *files, *QUICK, "--run", str(run), "-o", out, "--save-every", "4", "--seed", "7"]) == 0
    )
    record = json.loads((run / "settings.json").read_text())
    assert record["settings"]["seed"] == 7
    assert record["settings"]["content_weight"] == 0.05
    assert record["program"]["numpy"] == np.__version__
    assert {"nst", "python", "scipy", "pillow", "platform", "blas", "threads"} <= set(record["program"])
    assert record["scales"] == [[15, 20, 5], [30, 40, 5]]
    for one, path in zip(record["inputs"], files, strict=True):
        data = Path(path).read_bytes()
        assert one["name"] == Path(path).name
        assert one["sha256"] == hashlib.sha256(data).hexdigest()
        assert (run / "inputs" / one["file"]).read_bytes() == data
    assert (run / "result.png").read_bytes() == Path(out).read_bytes()
    assert image.read_settings(out)["photo"] == "photo.png"
    assert sorted(p.name for p in (run / "snapshots").iterdir()) == [
        "iteration-00004.png",
        "iteration-00008.png",
    ]
    assert image.read(run / "snapshots" / "iteration-00004.png").shape == (15, 20, 3)
    with (run / "losses.csv").open() as file:
        table = list(csv.DictReader(file))
    assert [int(row["iteration"]) for row in table] == list(range(1, 11))
    assert [(row["scale"], row["width"], row["height"]) for row in table[4:6]] == [
        ("1", "20", "15"),
        ("2", "40", "30"),
    ]
    assert all(float(row["style relu1_1"]) > 0 and float(row["seconds"]) > 0 for row in table)
    page = (run / "report.html").read_text()
    assert page.count("<img ") == 4  # the picture, the snapshots, what it was made from
    assert "10 iterations at 2 scales" in page
    assert record["program"]["platform"] in page
    assert "http" not in page.replace("http://www.w3.org", "")
    last = capsys.readouterr().err
    assert f"loss {float(table[-1]['loss']):.4g}" in last
    assert f"nst: {out}: 40×30, 10 iterations in" in last


@pytest.mark.parametrize("folder", [[], ["--run"]])
def test_ctrl_c_before_the_first_iteration_still_leaves_a_picture(
    tiny, files, tmp_path, capsys, monkeypatch, folder
):
    def interrupt(transfer):
        raise KeyboardInterrupt

    out, run = tmp_path / "out.png", tmp_path / "run"
    with monkeypatch.context() as patched:
        patched.setattr("nst.transfer.check_memory", interrupt)
        assert (
            main(["paint", *files, *QUICK, "-o", str(out), *folder, *([str(run)] if folder else [])]) == 130
        )
    assert "stopped after no iteration" in capsys.readouterr().err
    assert image.read(out).shape == (30, 40, 3)
    if folder:
        assert (run / "report.html").exists()
        assert main(["resume", str(run)]) == 0
        assert len(rows(run / "losses.csv")) == 11


def test_losses_read_back_as_they_were(tiny, pictures, tmp_path):
    told = []
    nst.paint(
        *pictures,
        run=tmp_path / "run",
        size=40,
        iterations=4,
        scales=1,
        edges="replicate",
        callback=told.append,
    )
    with (tmp_path / "run" / "losses.csv").open() as file:
        for progress, row in zip(told, csv.DictReader(file), strict=True):
            assert float(row["loss"]) == progress.value
            assert {name: float(row[name]) for name in progress.terms} == progress.terms


# --- going on --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("optimizer", EXACT)
def test_a_run_broken_off_again_and_again_comes_to_the_same_bytes(
    tiny, files, tmp_path, stop, capsys, optimizer
):
    folders = [tmp_path / name for name in ("whole", "broken")]
    for folder in folders:
        folder.mkdir()

    def command(folder):
        return [
            "paint", *files, *QUICK, "--optimizer", optimizer, "--start", "noise", "--save-every", "2",
            "--run", str(folder / "run"), "-o", str(folder / "o.tiff"), "--bits", "16",
            "--animation", str(folder / "a.gif"), "--every-frame", str(folder / "frames"),
        ]  # fmt: skip

    assert main(command(folders[0])) == 0
    stop(2)
    assert main(command(folders[1])) == 130
    assert "to go on: nst resume" in capsys.readouterr().err
    for iteration in (5, 6, 9):
        stop(iteration)
        assert main(["resume", str(folders[1] / "run")]) == 130
        assert "going on exactly from iteration" in capsys.readouterr().err
    stop(None)
    assert main(["resume", str(folders[1] / "run")]) == 0
    whole, broken = map(everything, folders)
    assert list(whole) == list(broken)
    for name in whole:
        assert whole[name] == broken[name], name
    assert len(whole) == 3 + 1 + 2 + 5 + 11 + 10  # pictures, losses, inputs, snapshots, frames, animation


def test_scipys_goes_on_from_the_last_canvas_and_says_so(tiny, files, tmp_path, stop, capsys):
    run = str(tmp_path / "run")
    stop(7)
    assert main(["paint", *files, *QUICK, "--run", run]) == 130
    stop(None)
    assert main(["resume", run]) == 0
    said = capsys.readouterr().err
    assert "from the canvas of iteration 7 of 10, with fresh curvature" in said
    assert "--optimizer lbfgs resumes exactly" in said
    iterations = [int(row[3]) for row in rows(tmp_path / "run" / "losses.csv")[1:]]
    assert iterations == list(range(1, 11))


def test_before_its_first_checkpoint_a_run_starts_again(tiny, files, tmp_path, stop, capsys):
    whole, run = tmp_path / "whole", tmp_path / "run"
    options = [*files, *QUICK, "--optimizer", "lbfgs"]
    assert main(["paint", *options, "--run", str(whole)]) == 0
    stop(6)
    assert main(["paint", *options, "--run", str(run)]) == 130
    (run / "checkpoint.npz").unlink()
    stop(None)
    assert main(["resume", str(run)]) == 0
    assert "starting again" in capsys.readouterr().err
    assert everything(run) == everything(whole)


def test_a_row_cut_short_is_dropped_and_rows_after_the_checkpoint_too(tiny, files, tmp_path, stop):
    whole, run = tmp_path / "whole", tmp_path / "run"
    options = [*files, *QUICK, "--optimizer", "adam"]
    assert main(["paint", *options, "--run", str(whole)]) == 0
    stop(4)
    assert main(["paint", *options, "--run", str(run)]) == 130
    with (run / "losses.csv").open("a") as file:
        file.write((whole / "losses.csv").read_text().splitlines()[5] + "\n1,20,15,6,0.0")
    stop(None)
    assert main(["resume", str(run)]) == 0
    assert everything(run) == everything(whole)


def test_what_lies_half_written_is_cleared_away(tiny, files, tmp_path, stop):
    run = tmp_path / "run"
    stop(4)
    main(["paint", *files, *QUICK, "--run", str(run), "--save-every", "2"])
    for place in (".checkpoint.npz.00.part", "inputs/.x.part", "snapshots/.y.png.12.part"):
        (run / place).write_bytes(b"half")
    stop(None)
    assert main(["resume", str(run)]) == 0
    assert not list(run.rglob("*.part"))


def test_the_photos_themselves_may_be_gone(tiny, files, tmp_path, pictures, stop):
    Image.fromarray(pictures[1]).save(tmp_path / "begin.png")
    options = [*files, *QUICK, "--optimizer", "lbfgs", "--start", str(tmp_path / "begin.png")]
    assert main(["paint", *options, "--run", str(tmp_path / "whole")]) == 0
    stop(3)
    assert main(["paint", *options, "--run", str(tmp_path / "run")]) == 130
    for path in (*files, tmp_path / "begin.png"):
        Path(path).unlink()
    stop(None)
    shutil.move(tmp_path / "run", tmp_path / "elsewhere")
    assert main(["resume", str(tmp_path / "elsewhere")]) == 0
    assert everything(tmp_path / "elsewhere") == everything(tmp_path / "whole")


def test_masks_several_paintings_and_the_photos_colours_go_on_too(tiny, files, tmp_path, stop):
    mask = np.zeros((36, 48), np.uint8)
    mask[:, :24] = 255
    Image.fromarray(mask).save(tmp_path / "left.png")
    Image.fromarray(image.read(files[1])[::-1]).save(tmp_path / "other.png")
    options = [*files, str(tmp_path / "other.png"), *QUICK, "--optimizer", "lbfgs", "--colours", "photo"]
    options += ["--masks", str(tmp_path / "left.png"), "all", "--painting-weights", "2,1"]
    assert main(["paint", *options, "--run", str(tmp_path / "whole")]) == 0
    stop(6)
    assert main(["paint", *options, "--run", str(tmp_path / "run")]) == 130
    (tmp_path / "left.png").unlink()
    stop(None)
    assert main(["resume", str(tmp_path / "run")]) == 0
    assert everything(tmp_path / "run") == everything(tmp_path / "whole")


@pytest.mark.parametrize(
    "command",
    [
        ["texture", 1],
        ["reconstruct", 0, "--layer", "relu2_1"],
        ["reconstruct", 1, "--style-up-to", "relu2_1"],
    ],
)
def test_textures_and_reconstructions_are_runs_too(tiny, files, tmp_path, stop, command):
    command = [files[part] if isinstance(part, int) else part for part in command]
    command += [*QUICK, "--optimizer", "lbfgs", "--run"]
    assert main([*command, str(tmp_path / "whole")]) == 0
    stop(3)
    assert main([*command, str(tmp_path / "run")]) == 130
    stop(None)
    assert main(["resume", str(tmp_path / "run")]) == 0
    assert everything(tmp_path / "run") == everything(tmp_path / "whole")


def test_alpha_comes_back_after_a_break(tiny, files, tmp_path, pictures, stop):
    alpha = np.zeros((36, 48), np.uint8)
    alpha[6:30, 6:40] = 255
    Image.fromarray(np.dstack([pictures[0], alpha])).save(files[0])
    stop(3)
    assert main(["paint", *files, *QUICK, "--run", str(tmp_path / "run")]) == 130
    stop(None)
    assert main(["resume", str(tmp_path / "run")]) == 0
    got = image.read_with_alpha(tmp_path / "run" / "result.png")[1]
    assert got.shape == (30, 40)
    assert (got[0, 0], got[15, 20]) == (0, 255)


def test_a_run_that_is_over_says_so_and_may_be_given_more(tiny, files, tmp_path, capsys):
    one = ["--size", "40", "--scales", "1", "--edges", "replicate", "--optimizer", "lbfgs"]
    long, run = tmp_path / "long", tmp_path / "run"
    assert main(["paint", *files, *one, "--iterations", "9", "--run", str(long)]) == 0
    assert main(["paint", *files, *one, "--iterations", "5", "--run", str(run)]) == 0
    before = (run / "result.png").read_bytes()
    capsys.readouterr()
    assert main(["resume", str(run)]) == 0
    assert "the run is over (all iterations are done)" in capsys.readouterr().err
    assert (run / "result.png").read_bytes() == before
    assert main(["resume", str(run), "--iterations", "4"]) == 0
    assert everything(run) == everything(long)
    assert json.loads((run / "settings.json").read_text())["settings"]["iterations"] == 9


def test_a_broken_run_that_was_given_more_still_goes_on(tiny, files, tmp_path, stop):
    one = [*files, "--size", "40", "--scales", "1", "--edges", "replicate", "--optimizer", "lbfgs"]
    long, run = tmp_path / "long", tmp_path / "run"
    assert main(["paint", *one, "--iterations", "9", "--run", str(long)]) == 0
    assert main(["paint", *one, "--iterations", "5", "--run", str(run)]) == 0
    stop(7)
    assert main(["resume", str(run), "--iterations", "4"]) == 130
    stop(None)
    assert main(["resume", str(run)]) == 0
    assert everything(run) == everything(long)


def test_a_lost_picture_of_a_run_that_is_over_is_written_again(tiny, files, tmp_path):
    run = tmp_path / "run"
    assert main(["paint", *files, *QUICK, "--run", str(run)]) == 0
    before = (run / "result.png").read_bytes()
    (run / "result.png").unlink()
    assert main(["resume", str(run)]) == 0
    assert (run / "result.png").read_bytes() == before


def test_from_python(tiny, pictures, tmp_path):
    options = {"size": 40, "iterations": 8, "scales": 1, "edges": "replicate", "optimizer": "adam"}
    whole = nst.paint(*pictures, **options)

    def interrupt(progress):
        if progress.iteration == 5:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        nst.paint(*pictures, run=tmp_path / "run", callback=interrupt, **options)
    seen = []
    picture = nst.resume(tmp_path / "run", callback=seen.append)
    assert picture.tobytes() == whole.tobytes()
    assert [progress.iteration for progress in seen] == [6, 7, 8]
    assert image.read(tmp_path / "run" / "result.png").tobytes() == whole.tobytes()


# --- refusals --------------------------------------------------------------------------------------------


@pytest.fixture
def broken(tiny, files, tmp_path, stop):
    stop(4)
    main(["paint", *files, *QUICK, "--run", str(tmp_path / "run")])
    stop(None)
    return tmp_path / "run"


def test_changed_inputs_are_refused_by_name(broken, capsys):
    kept = next((broken / "inputs").glob("*painting*"))
    kept.write_bytes(kept.read_bytes() + b" ")
    assert f"{kept}: this is not the painting that the run began with" in refused(
        ["resume", str(broken)], capsys
    )
    kept.unlink()
    assert str(kept) in refused(["resume", str(broken)], capsys)


def test_changed_weights_are_refused_by_name(tiny, files, tmp_path, stop, capsys, monkeypatch):
    weights = tmp_path / "vgg.npz"
    weights.write_bytes(b"as good as any")

    def weights_file(settings):
        path = Path(settings.weights or weights)
        if not path.is_file():
            raise WeightFileError(f"{path}: none")
        return path

    monkeypatch.setattr("nst.runs.record.weights_file", weights_file)
    run = str(tmp_path / "run")
    stop(4)
    main(["paint", *files, *QUICK, "--run", run])
    stop(7)
    weights.rename(tmp_path / "moved.npz")
    assert "no longer at" in refused(["resume", run], capsys)
    assert main(["resume", run, "--weights", str(tmp_path / "moved.npz")]) == 130
    weights.write_bytes(b"others")
    said = refused(["resume", run], capsys)
    assert "vgg.npz" in said
    assert hashlib.sha256(b"as good as any").hexdigest()[:16] in said
    assert "holds others" in refused(["resume", run, "--weights", str(weights)], capsys)
    assert "none" in refused(["resume", run, "--weights", str(tmp_path / "nowhere")], capsys)


def test_other_refusals(broken, files, tmp_path, capsys):
    assert "no run was begun here" in refused(["resume", str(tmp_path / "nowhere")], capsys)
    assert "a run was begun here already" in refused(["paint", *files, "--run", str(broken)], capsys)
    assert "expected a new or an empty folder" in refused(["paint", *files, "--run", str(tmp_path)], capsys)
    assert "this is a file" in refused(["paint", *files, "--run", files[0]], capsys)
    assert "make it first" in refused(["paint", *files, "--run", str(tmp_path / "a" / "b")], capsys)
    assert "--iterations: expected a whole number from 1" in refused(
        ["resume", str(broken), "--iterations", "0"], capsys
    )
    assert "--checkpoint-every" in refused(
        ["paint", *files, "-o", "x.png", "--checkpoint-every", "3"], capsys
    )
    record = json.loads((broken / "settings.json").read_text())
    record["settings"]["hue"] = 3
    record["program"]["nst"] = "9.1"
    (broken / "settings.json").write_text(json.dumps(record))
    assert "nst 9.1 wrote it, and here no option is called 'hue'" in refused(["resume", str(broken)], capsys)
    (broken / "settings.json").write_text("{")
    assert "cannot be read" in refused(["resume", str(broken)], capsys)


GONE = object()


def changed(record, path, value):
    """The record with the entry at a path replaced, or away where the value is GONE."""
    if not path:
        return value
    record = copy.deepcopy(record)
    entry = record
    for step in path[:-1]:
        entry = entry[step]
    if value is GONE:
        del entry[path[-1]]
    else:
        entry[path[-1]] = value
    return record


@pytest.mark.parametrize(
    ("path", "value", "reason"),
    [
        ((), 3, "is no table"),
        (("inputs",), GONE, "inputs is missing"),
        (("inputs", 0), "x", "inputs.1 is no table"),
        (("inputs", 1, "sha256"), None, "inputs.2.sha256 is no text"),
        (("scales", 0, 2), -1, "scales.1.3 is no whole number"),
        (("scales", 0), [3], "scales.1 is no list of 3 entries"),
        (("program", "blas"), {}, "program.blas is no list"),
        (("weights",), {"name": 3}, "weights.path is missing"),
        (("settings", "content_layers", "relu4_2"), "x", "--content-layers: expected layers"),
        (("settings", "size"), [1], "--size: expected a whole number"),
        (("settings", "painting_masks"), ["lost.png"], "--painting-masks names more pictures than were kept"),
        (("output", "hue"), 3, "hue"),
        (("output", "bits"), 12, "--bits: expected one of 8, 16"),
    ],
)
def test_a_record_changed_by_hand_is_refused_by_what_is_wrong(broken, capsys, path, value, reason):
    settings = broken / "settings.json"
    settings.write_text(json.dumps(changed(json.loads(settings.read_text()), path, value)))
    said = refused(["resume", str(broken)], capsys)
    assert reason in said
    assert str(settings) in said


@pytest.mark.parametrize("table", [b"", b"scale,wid", "header", "rows", "twice"])
def test_a_damaged_table_keeps_the_rows_that_are_well(broken, table):
    path = broken / "losses.csv"
    whole = path.read_bytes()
    head, first = whole.split(b"\n")[:2]
    told = {
        "header": head + b"\n",
        "rows": head + b"\n" + first + b"\n" + first.replace(b",2", b",x") + b"\nx,y\n\xff\n",
        "twice": whole + whole,
    }
    path.write_bytes(told.get(table, table))
    assert main(["resume", str(broken), "-q"]) == 0
    seen = [int(row[3]) for row in rows(path)[1:]]
    assert seen[-6:] == [5, 6, 7, 8, 9, 10]
    assert (broken / "report.html").exists()


def test_what_is_no_table_of_losses_is_refused(broken, capsys):
    (broken / "losses.csv").write_text("a,b\n1,2\n")
    assert "expected the losses of a run" in refused(["resume", str(broken)], capsys)
    (broken / "losses.csv").unlink()
    (broken / "losses.csv").mkdir()
    assert "losses.csv: cannot be read" in refused(["resume", str(broken)], capsys)


@pytest.mark.parametrize("what", ["part", "size", "scale"])
def test_the_checkpoint_of_another_run_is_refused_with_a_remedy(broken, capsys, what):
    state = checkpoint.load(broken / "checkpoint.npz")
    if what == "part":
        del state["optimizer"]["value"]
    elif what == "size":
        state["optimizer"]["x"] = state["optimizer"]["x"][1:]
    else:
        state["scale"] = 7
    checkpoint.save(broken / "checkpoint.npz", state)
    said = refused(["resume", str(broken)], capsys)
    assert "another's" in said
    assert "delete it" in said
    (broken / "checkpoint.npz").unlink()
    assert main(["resume", str(broken), "-q"]) == 0


def test_a_full_disk_is_told_when_a_run_begins(tiny, files, tmp_path, capsys, monkeypatch):
    def full(*arguments):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("nst.runs.folder.platform.node", full)
    said = refused(["paint", *files, *QUICK, "--run", str(tmp_path / "run")], capsys)
    assert "the disk is full" in said


def test_a_damaged_checkpoint_is_refused_with_a_remedy(broken, capsys):
    data = bytearray((broken / "checkpoint.npz").read_bytes())
    for spoilt in (data[: len(data) // 2], data[:300] + bytes([data[300] ^ 1]) + data[301:], b""):
        (broken / "checkpoint.npz").write_bytes(spoilt)
        assert "delete it" in refused(["resume", str(broken)], capsys)


def test_another_machine_is_told(broken, capsys, monkeypatch):
    record = json.loads((broken / "settings.json").read_text())
    record["settings"]["optimizer"] = "lbfgs"
    record["program"]["numpy"] = "1.9"
    (broken / "settings.json").write_text(json.dumps(record))
    (broken / "checkpoint.npz").unlink()
    found = runs.reopen(broken)
    found.folder.let_go()
    assert found.changes == [f"numpy {np.__version__}, not 1.9"]


def test_a_folder_is_used_by_one_process_alone_and_freed_by_its_death(broken, capsys):
    code = (
        "import sys, time; from nst.runs import Folder; folder = Folder(sys.argv[1]).hold(); "
        "print('held', flush=True); time.sleep(60)"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code, str(broken)], stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout.readline() == "held\n"
        assert f"process {process.pid}" in refused(["resume", str(broken)], capsys)
        process.kill()
    assert main(["resume", str(broken)]) == 0


# --- the keeper ------------------------------------------------------------------------------------------


class Places:
    """What a Keeper needs of a folder."""

    def __init__(self, path):
        self.losses, self.checkpoint = path / "losses.csv", path / "checkpoint.npz"


@pytest.mark.parametrize(
    ("every", "cost", "expected"),
    [
        (None, 0.1, [15, 31]),  # seconds at which a checkpoint is begun
        (None, 0.5, [15, 41]),  # half a second is a fiftieth of 25
        ("10s", 0.5, [10, 21, 32, 43]),
        ("1m", 0.5, []),
        ("7", 0.1, [7, 14, 21, 28, 35, 42]),
    ],
)
def test_checkpoints_take_little_of_the_time(tmp_path, monkeypatch, every, cost, expected):
    now, saved = [0.0], []

    class Run:
        def state(self):
            return {"iteration": 0, "optimizer": {"iteration": 0}}

    def save(path, state, ended):
        saved.append(now[0])
        now[0] += cost

    monkeypatch.setattr("nst.runs.keeper.time.monotonic", lambda: now[0])
    monkeypatch.setattr("nst.runs.keeper.checkpoint.save", save)
    keeper = Keeper(Places(tmp_path), Run(), every)
    keeper.losses.append = lambda progress: None
    for iteration in range(1, 46):
        now[0] = max(now[0], float(iteration))

        class Progress:
            pass

        Progress.iteration = iteration
        keeper(Progress)
    keeper.close()
    assert [round(at) for at in saved] == expected
    assert SECONDS == 15


def test_a_state_comes_back_as_it_was(tmp_path):
    optimizer = {
        "iteration": 3,
        "value": 0.1 + 0.2,
        "x": np.arange(6, dtype=np.float32).reshape(1, 2, 3),
        "slots": (2, 0),
        "restarts": ["why"],
        "mean": None,
    }
    checkpoint.save(
        tmp_path / "c.npz", {"scale": 1, "optimizer": optimizer}, {"reason": "so", "failed": False}
    )
    state, ended = checkpoint.load(tmp_path / "c.npz"), {"reason": "so", "failed": False}
    found = state.pop("optimizer")
    assert state == {"scale": 1, "ended": ended}
    assert found.pop("x").tobytes() == optimizer.pop("x").tobytes()
    assert found == optimizer
    assert checkpoint.load(tmp_path / "none.npz") is None


def test_losses_are_on_the_disk_after_every_row(tmp_path):
    from nst.progress import Progress

    table = Losses(tmp_path / "losses.csv")
    for iteration in (1, 2):
        table.append(Progress(iteration, 9, 1, 1, (3, 4), None, 0.5, {"style a": 0.25}, 1.5, 2.0))
        assert rows(tmp_path / "losses.csv")[-1] == ["1", "4", "3", str(iteration), "0.5", "0.25", "1.500"]
    table.close()
    with pytest.raises(RunError):
        runs.reopen(tmp_path)
