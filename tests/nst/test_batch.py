"""Many pictures from one file: what is refused, what is painted, what is left alone."""

import csv
import sys
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from minicnn.errors import MiniCNNError
from nst import image, networks
from nst.batch import jobs, work
from nst.cli import main

QUICK = {"size": "32", "iterations": "3", "scales": "1", "edges": "replicate"}


@pytest.fixture
def place(tiny, pictures, tmp_path, monkeypatch):
    """A folder with two photos, two paintings, weights of no importance, and a count of networks loaded."""
    photo, painting = pictures
    for name, picture in {"a": photo, "b": photo[:, ::-1], "p": painting, "q": painting[::-1]}.items():
        Image.fromarray(picture).save(tmp_path / f"{name}.png")
    (tmp_path / "weights.npz").write_bytes(b"as good as any")
    loads = []

    def weights_file(settings):
        return tmp_path / "weights.npz"

    def load(settings, layers=()):
        loads.append((settings.network, settings.pooling, tuple(layers)))
        return tiny(settings)

    monkeypatch.setattr(networks, "weights_file", weights_file)
    monkeypatch.setattr("nst.runs.record.weights_file", weights_file)
    monkeypatch.setattr(networks, "load", load)
    monkeypatch.setattr(work, "_loaded", {})
    return Place(tmp_path, loads)


class Place:
    def __init__(self, folder, loads):
        self.folder, self.loads = folder, loads

    def write(self, rows, name="jobs.csv"):
        """A CSV with whatever columns the rows have."""
        rows = [{**QUICK, **row} for row in rows]
        columns = list(dict.fromkeys(column for row in rows for column in row))
        with (self.folder / name).open("w", newline="") as file:
            writer = csv.DictWriter(file, columns)
            writer.writeheader()
            writer.writerows(rows)
        return str(self.folder / name)


THREE = [
    {"photo": "a.png", "painting": "p.png", "output": "one.png"},
    {"photo": "b.png", "painting": "q.png", "output": "two.jpg", "style-scale": "0.8"},
    {"photo": "a.png", "painting": "p.png; q.png", "output": "three.tiff", "bits": "16", "start": "noise"},
]


def test_a_batch_is_painted_with_one_network_and_left_alone_when_it_is_done(place, capsys):
    path = place.write(THREE)
    assert main(["batch", path]) == 0
    assert capsys.readouterr().err.splitlines()[-1] == "nst: 3 painted, 0 done before, 0 failed"
    outputs = [place.folder / row["output"] for row in THREE]
    assert [image.read(path).shape for path in outputs] == [(24, 32, 3)] * 3
    assert len(place.loads) == 1
    assert set(place.loads[0][2]) == {"relu4_2", *(f"relu{k}_1" for k in range(1, 6))}
    record = image.read_settings(outputs[2])
    assert (record["photo"], record["painting"], record["start"]) == ("a.png", ["p.png", "q.png"], "noise")
    before = [path.read_bytes() for path in outputs]
    assert main(["batch", path]) == 0
    assert capsys.readouterr().err.splitlines()[-1] == "nst: 0 painted, 3 done before, 0 failed"
    assert [path.read_bytes() for path in outputs] == before


def test_a_job_is_the_picture_that_paint_paints(place):
    path = place.write(THREE[:1])
    assert main(["batch", path, "-q"]) == 0
    options = [word for name, value in QUICK.items() for word in (f"--{name}", value)]
    pair = [str(place.folder / name) for name in ("a.png", "p.png")]
    assert main(["paint", *pair, *options, "-o", str(place.folder / "alone.png"), "-q"]) == 0
    np.testing.assert_array_equal(
        image.read(place.folder / "one.png"), image.read(place.folder / "alone.png")
    )


@pytest.mark.parametrize("change", ["option", "photo", "weights", "output", "gone"])
def test_what_changed_is_painted_again_and_nothing_else(place, capsys, change):
    rows = [dict(row) for row in THREE[:2]]
    assert main(["batch", place.write(rows)]) == 0
    expected = 1
    if change == "option":
        rows[1]["seed"], rows[1]["start"] = "3", "noise"
    elif change == "photo":
        Image.new("RGB", (40, 30), "red").save(place.folder / "b.png")
    elif change == "weights":
        (place.folder / "weights.npz").write_bytes(b"others")
        work._digest.cache_clear()
        expected = 2
    elif change == "output":
        Image.new("RGB", (4, 3)).save(place.folder / "two.jpg")
    else:
        (place.folder / "two.jpg").unlink()
    capsys.readouterr()
    assert main(["batch", place.write(rows)]) == 0
    said = capsys.readouterr().err.splitlines()[-1]
    assert said == f"nst: {expected} painted, {2 - expected} done before, 0 failed"


def test_a_failing_job_does_not_stop_the_others(place, capsys):
    data = (place.folder / "b.png").read_bytes()
    (place.folder / "b.png").write_bytes(data[: len(data) // 2])  # its head is well
    path = place.write([*THREE, {"photo": "a.png", "painting": "p.png", "output": "four.png", "size": "17"}])
    assert main(["batch", path]) == 2
    said = capsys.readouterr().err
    assert "two.jpg: FAILED: " in said
    assert "cut short" in said
    assert said.splitlines()[-1] == "nst: 3 painted, 0 done before, 1 failed; the same command goes on"
    (place.folder / "b.png").write_bytes(data)
    assert main(["batch", path]) == 0
    assert capsys.readouterr().err.splitlines()[-1] == "nst: 1 painted, 3 done before, 0 failed"


def test_faults_of_ours_and_pictures_that_turn_to_nothing_fail_alone(place, capsys, monkeypatch):
    paint = work.paint

    def sometimes(task, callback=None):
        if "one" in task.name:
            raise ZeroDivisionError("oh")
        if "two" in task.name:
            raise MemoryError
        return paint(task, callback)

    monkeypatch.setattr(work, "paint", sometimes)
    assert main(["batch", place.write(THREE)]) == 1
    said = capsys.readouterr().err
    assert "one.png: FAILED: a fault of ours: ZeroDivisionError: oh" in said
    assert "two.jpg: FAILED: memory ran out" in said
    assert (place.folder / "three.tiff").exists()


def test_ctrl_c_leaves_nothing_half_done(place, capsys, monkeypatch):
    from nst.commands import batch

    def bar_for(quiet):
        def interrupt(progress):
            if (place.folder / "one.png").exists() and progress.iteration == 2:
                raise KeyboardInterrupt

        interrupt.close = lambda: None
        return interrupt

    with monkeypatch.context() as patched:
        patched.setattr(batch, "bar_for", bar_for)
        assert main(["batch", place.write(THREE)]) == 130
    last = capsys.readouterr().err.splitlines()[-1]
    assert last == "nst: 1 painted, 0 done before, 0 failed, 2 left; the same command goes on"
    assert not (place.folder / "two.jpg").exists()
    assert main(["batch", place.write(THREE)]) == 0
    assert capsys.readouterr().err.splitlines()[-1] == "nst: 2 painted, 1 done before, 0 failed"


def test_toml_with_defaults(place):
    pytest.importorskip("tomllib")
    text = """
    [defaults]
    painting = "p.png"
    size = 32
    iterations = 2
    scales = 1
    edges = "replicate"
    style-layers = ["relu1_1", "relu2_1"]

    [[jobs]]
    photo = "a.png"
    output = "one.png"

    [[jobs]]
    photo = "b.png"
    painting = ["p.png", "q.png"]
    output = "two.webp"
    iterations = 3
    restart = false
    """
    (place.folder / "jobs.toml").write_text(text)
    listed, problems = jobs.read(place.folder / "jobs.toml")
    assert problems == []
    assert [job.settings.iterations for job in listed] == [2, 3]
    assert [len(job.paintings) for job in listed] == [1, 2]
    assert [job.settings.restart for job in listed] == [True, False]
    assert list(listed[0].settings.style_layers) == ["relu1_1", "relu2_1"]
    assert main(["batch", str(place.folder / "jobs.toml"), "-q"]) == 0
    assert image.read(place.folder / "two.webp").shape == (24, 32, 3)


def test_masks_and_weights_of_several_paintings_in_a_csv(place, capsys):
    mask = np.zeros((36, 48), np.uint8)
    mask[:, :24] = 255
    Image.fromarray(mask).save(place.folder / "left.png")
    row = {"photo": "a.png", "painting": "p.png; q.png", "output": "one.png", "painting_weights": "2,1"}
    assert main(["batch", place.write([{**row, "masks": "left.png; all"}]), "-q"]) == 0
    assert image.read_settings(place.folder / "one.png")["masks"] == ["left.png", "all"]
    capsys.readouterr()
    for change in ({"masks": "all; left.png"}, {"masks": "all; left.png", "painting_weights": "1,2"}):
        assert main(["batch", place.write([{**row, **change}])]) == 0
        assert "1 painted" in capsys.readouterr().err
    assert main(["batch", place.write([{**row, **change}])]) == 0
    assert "1 done before" in capsys.readouterr().err


def test_switches_alpha_and_files_in_a_csv(place):
    alpha = np.zeros((36, 48), np.uint8)
    alpha[:, :20] = 255
    Image.fromarray(np.dstack([np.full((36, 48, 3), 90, np.uint8), alpha])).save(place.folder / "c.png")
    rows = [
        {"photo": "c.png", "painting": "p.png", "output": "with.png", "restart": "no", "start": "q.png"},
        {"photo": "c.png", "painting": "p.png", "output": "without.png", "keep_alpha": "no"},
    ]
    path = place.write(rows)
    listed, problems = jobs.read(path)
    assert problems == []
    assert listed[0].settings.restart is False
    assert listed[0].settings.start == str(place.folder / "q.png")
    assert main(["batch", path, "-q"]) == 0
    assert image.read_with_alpha(place.folder / "with.png")[1].shape == (24, 32)
    assert image.read_with_alpha(place.folder / "without.png")[1] is None
    assert image.read_settings(place.folder / "with.png")["start"] == "q.png"


BAD = {
    "line 2: photo: expected a file, got none": {"photo": ""},
    "line 2: --size: expected a whole number from 16 to 65536, or native, got many": {"size": "many"},
    "line 2: --strength: expected a number above 0, got -1": {"strength": "-1"},
    "line 2: no option is called 'sise'; did you mean 'size'?": {"sise": "3"},
    "line 2: --mix has no meaning": {"mix": "0.5"},
    "x.png: no such file": {"photo": "x.png"},
    "jobs.csv: not a picture": {"painting": "p.png; jobs.csv"},
    "one.bmp: expected a name that ends in": {"output": "one.bmp"},
    "the folder": {"output": "nowhere/one.png"},
    "--bits 16: JPEG": {"output": "one.jpg", "bits": "16"},
    "--bits: expected one of 8, 16, got 12": {"bits": "12"},
    "is one of the pictures to paint from": {"output": "a.png"},
    "--style-layers: vgg19 has no layer 'relu9_1'": {"style_layers": "relu9_1"},
    "--device cuda": {"device": "cuda"},
    "begin.png: no such file": {"start": "begin.png"},
    "left.png: no such file": {"masks": "all; left.png"},
    "--painting-weights": {"painting": "p.png; q.png", "painting_weights": "1,2,3"},
    "--restart: expected true or false, got perhaps": {"restart": "perhaps"},
}


def test_every_bad_job_is_told_in_a_line_before_any_is_painted(place, capsys, monkeypatch):
    monkeypatch.setattr(work, "paint", lambda *a: pytest.fail("it was painted"))
    for reason, change in BAD.items():
        row = {"photo": "a.png", "painting": "p.png", "output": "one.png", **change}
        path = place.write([row, {**THREE[1]}])
        assert main(["batch", path]) == 2
        said = capsys.readouterr().err
        assert said.count("\n") == 1
        assert reason in said
        assert "jobs.csv, line 2" in said
    rows = [{**THREE[0], "size": "1"}, THREE[1], {**THREE[1], "seed": "9"}, {**THREE[2], "loss": "wild"}]
    assert main(["batch", place.write(rows), "--check"]) == 2
    said = capsys.readouterr().err.splitlines()
    assert [line.split(":")[1] for line in said] == [f" jobs.csv, line {n}" for n in (2, 4, 5)]
    assert "is the output of jobs.csv, line 3 already" in said[1]


def test_bad_files_of_jobs(place, capsys):
    for name, text, reason in (
        ("a.csv", "", "there is no job in it"),
        ("b.csv", "photo,painting,output\n", "there is no job in it"),
        ("c.csv", "photo,painting,output\na.png,p.png,o.png,more\n", "more cells than columns"),
        ("i.csv", "photo,photo,painting,output\na.png,b.png,p.png,o.png\n", "two columns are called 'photo'"),
        ("j.csv", "photo;painting;output\na.png;p.png;o.png\n", "got only photo;painting;output"),
        ("k.toml", "jobs = [1, 2]", "expected [[jobs]]"),
        ("l.toml", '[[jobs]]\nphoto = 3\npainting = "p.png"\noutput = "o.png"', "photo: expected the name"),
        ("m.toml", '[[jobs]]\nphoto = "a.png"\npainting = ["p.png", 4]\noutput = "o.png"', "p.png,4"),
        ("d.toml", "jobs = 3", "expected [[jobs]]"),
        ("e.toml", "[job]\n", "got 'job' too"),
        ("f.toml", "= 3", "this is no TOML"),
        ("g.txt", "x", ".csv or .toml"),
    ):
        if name.endswith("toml"):
            pytest.importorskip("tomllib")
        (place.folder / name).write_text(text)
        assert main(["batch", str(place.folder / name)]) == 2
        assert reason in capsys.readouterr().err
    assert main(["batch", str(place.folder / "none.csv")]) == 2
    (place.folder / "h.csv").write_bytes(b"\xff\xfe\x00")
    assert main(["batch", str(place.folder / "h.csv")]) == 2
    assert "UTF-8" in capsys.readouterr().err


def test_check_says_that_all_is_well(place, capsys):
    assert main(["batch", place.write(THREE), "--check"]) == 0
    assert "3 jobs, and nothing wrong with any" in capsys.readouterr().err
    assert not (place.folder / "one.png").exists()


def test_a_worker_with_other_weights_or_another_version_refuses(place):
    listed, _ = jobs.read(place.write(THREE[:1]))
    task = work.task_of(listed[0], {key: () for key in map(work.identity, [listed[0].settings])})
    with pytest.raises(MiniCNNError, match="runs nst"):
        work.paint(replace(task, version="0.0"))
    with pytest.raises(MiniCNNError, match="SHA-256"):
        work.paint(replace(task, weights={**task.weights, "sha256": "0" * 64}))


def test_a_scheduler_without_dask_is_refused_with_a_remedy(place, capsys, monkeypatch):
    monkeypatch.setitem(sys.modules, "dask", None)
    assert main(["batch", place.write(THREE), "--scheduler", "tcp://127.0.0.1:9"]) == 2
    assert "pip install 'minicnn-nst[cluster]'" in capsys.readouterr().err
