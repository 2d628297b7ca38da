"""The benchmark at sizes that take no time: what it prints, what it compares, and what it refuses."""

import json
import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest

from minicnn.bench import __main__ as bench
from minicnn.bench import work
from minicnn.bench.ours import Ours
from minicnn.bench.worker import Worker, peak_mb
from tests.clock import HANGING

TOP = Path(__file__).resolve().parents[1]
FIELDS = {
    "size": int,
    "ours_s": float,
    "torch_s": float,
    "time_ratio": float,
    "ours_peak_mb": float,
    "torch_peak_mb": float,
    "memory_ratio": float,
}
TORCH = {"torch_s", "time_ratio", "torch_peak_mb", "memory_ratio"}
has_torch = find_spec("torch") is not None


def run(*arguments, **environment):
    command = [sys.executable, "-m", "minicnn.bench", *arguments]
    environment = {k: v for k, v in os.environ.items() if k != "OPENBLAS_CORETYPE"} | environment
    return subprocess.run(command, cwd=TOP, capture_output=True, text=True, timeout=HANGING, env=environment)


def test_json_is_all_that_is_printed():
    done = run("--sizes", "32", "--runs", "1", "--json")
    assert done.returncode == 0, done.stderr
    (row,) = json.loads(done.stdout)["results"]  # fails where anything stands before or after the object
    assert row["size"] == 32
    for field, kind in FIELDS.items():
        if field in TORCH and not has_torch:
            assert row[field] is None
        else:
            assert isinstance(row[field], kind)
            assert row[field] > 0
    if has_torch:
        assert row["time_ratio"] == pytest.approx(row["ours_s"] / row["torch_s"])
        assert row["memory_ratio"] == pytest.approx(row["ours_peak_mb"] / row["torch_peak_mb"])
        assert row["torch_layout"] in bench.LAYOUTS


@pytest.fixture
def no_torch(monkeypatch):
    monkeypatch.setattr(bench, "find_spec", lambda name: None)


def test_without_torch_its_fields_are_null(no_torch, capsys):
    bench.main(["--sizes", "16", "--runs", "2", "--threads", "1", "--json"])
    (row,) = json.loads(capsys.readouterr().out)["results"]
    assert {field for field in FIELDS if row[field] is None} == TORCH
    assert row["ours_s"] > 0
    assert row["threads"] == 1


def test_the_table_names_blas_threads_and_speeds(no_torch, capsys, monkeypatch):
    monkeypatch.delenv("OPENBLAS_CORETYPE", raising=False)
    bench.main(["--sizes", "16", "--runs", "1", "--threads", "2"])
    out, err = capsys.readouterr()
    for word in ("BLAS", "2 threads", "16²", "conv1_1", "conv5_1", "GFLOP/s", "not installed"):
        assert word in out
    assert out.count("GFLOP/s") == 13
    assert err == ""


def test_a_core_type_that_is_set_is_warned_of(no_torch, capsys, monkeypatch):
    rows = {"size": 16, "ours_s": 1.0, "torch_s": None, "time_ratio": None, "ours_peak_mb": 2.0}
    rows |= {"torch_peak_mb": None, "memory_ratio": None}
    rows["details"] = {"ours": "us", "torch": None, "layers": [], "agreement": None}
    monkeypatch.setenv("OPENBLAS_CORETYPE", "Haswell")
    bench.show(rows, first=True)
    assert "OPENBLAS_CORETYPE=Haswell is set" in capsys.readouterr().err


def test_medians_ratios_and_the_better_layout(monkeypatch):
    """With workers that only pretend: the quicker of the two layouts counts, each time its median."""
    seconds = {
        "ours": [9, 1, 2],
        "contiguous_format": [5, 50, 6],
        "channels_last": [8, 4, 3],
    }
    answers = {
        "result": lambda side: (2.0 if side == "ours" else 1.9, [3.0, 4.0]),
        "peak": lambda side: {"ours": 10.0, "contiguous_format": 99.0, "channels_last": 40.0}[side],
        "describe": lambda side: side,
        "layers": lambda side: [],
        "seconds": lambda side: seconds[side].pop(0),
    }
    order = []

    class Pretend:
        def __init__(self, side, *rest):
            self.side = side

        def ask(self, word):
            if word == "seconds":
                order.append(self.side)
            return answers[word](self.side)

        def close(self):
            order.append("closed")

    monkeypatch.setattr(bench, "Worker", Pretend)
    monkeypatch.setattr(bench, "find_spec", lambda name: True)
    row = bench.measure(32, runs=3, threads=2)
    assert order == ["ours", *bench.LAYOUTS] * 3 + ["closed"] * 3  # in turn
    assert (row["ours_s"], row["torch_s"], row["time_ratio"]) == (2, 4, 0.5)
    assert (row["torch_layout"], row["torch_peak_mb"], row["memory_ratio"]) == ("channels_last", 40.0, 0.25)
    assert row["details"]["agreement"] == pytest.approx((0.1 / 1.9, 0))


def test_both_sides_do_the_same_work():
    pytest.importorskip("torch")
    from minicnn.bench.pytorch import PyTorch

    loss, gradient = Ours(24).evaluate()
    gradient = gradient.copy()
    for layout in bench.LAYOUTS:
        other, theirs = PyTorch(24, 2, layout).evaluate()
        assert loss == pytest.approx(other, rel=1e-4)
        assert np.linalg.norm(gradient - theirs) < 1e-2 * np.linalg.norm(theirs)


def test_the_work_is_vgg19_to_conv5_1():
    shapes = {name: kernel.shape for name, kernel in work.kernels()}
    assert list(shapes)[:3] == ["conv1_1", "conv1_2", "conv2_1"]
    assert list(shapes)[-1] == "conv5_1"
    assert len(shapes) == 13
    assert shapes["conv4_1"] == (3, 3, 256, 512)
    assert {x.shape for x in work.pictures(17)} == {(1, 17, 17, 3)}
    assert {x.dtype for x in work.pictures(17)} == {np.dtype(np.float32)}


@pytest.mark.parametrize("bad", [["--sizes", "8"], ["--runs", "0"], ["--threads", "0"], ["--sizes", "big"]])
def test_options_that_make_no_sense_are_refused(bad, capsys):
    with pytest.raises(SystemExit) as ended:
        bench.parse(bad)
    assert ended.value.code == 2
    assert bad[0] in capsys.readouterr().err


def test_a_worker_that_dies_is_told_of():
    worker = Worker("ours", 16, 1, dict(os.environ))
    worker.process.kill()
    worker.process.wait()
    with pytest.raises(SystemExit, match="the process for ours ended with code -9"):
        worker.ask("seconds")


def test_the_peak_grows_with_what_is_held():
    before = peak_mb()
    if before is None:
        pytest.skip("this system does not tell")
    held = np.ones((40, 1_000_000))  # 320 MB
    assert peak_mb() >= max(before, held.nbytes / 1e6)
