"""The benchmark on a GPU, where there is none: the work is the same work, and what is asked and printed."""

import json
from importlib.util import find_spec
from types import SimpleNamespace

import numpy as np
import pytest

from minicnn.bench import __main__ as bench
from minicnn.bench import on_gpu, work
from minicnn.bench.ours import Ours
from minicnn.bench.ours_cuda import OursOnGPU
from minicnn.errors import DeviceError

from ..nets import relative

SIZE = 16


@pytest.fixture
def narrow(monkeypatch):
    """VGG19's layers with a few channels each."""
    monkeypatch.setattr(work, "BLOCKS", ((8, 8), (8, 8), (16,) * 4, (16,) * 4, (24,)))


@pytest.fixture
def on_cpu(narrow):
    loss, gradient = Ours(SIZE).evaluate()
    return loss, gradient.copy()


@pytest.fixture
def short(monkeypatch):
    """Timings that take no time."""
    for module in ("ours_cuda", "pytorch"):
        if module == "ours_cuda" or find_spec("torch"):
            monkeypatch.setattr(f"minicnn.bench.{module}.BURST", 0.0)
            monkeypatch.setattr(f"minicnn.bench.{module}.HISTORY", 2)
            monkeypatch.setattr(f"minicnn.bench.{module}.ITERATIONS", 2)


def test_our_side_does_the_same_work(make_host, on_cpu, short):
    ours = OursOnGPU(SIZE, "fp32", make_host("fp32"))
    loss, gradient = ours.evaluate()
    assert loss == pytest.approx(on_cpu[0], rel=1e-4)
    assert gradient.shape == (1, SIZE, SIZE, 3)
    assert relative(gradient, on_cpu[1]) < 1e-2
    assert ours.burst() >= 0
    assert ours.descent() > 0


@pytest.mark.parametrize(("form", "near"), [("eager", 1e-2), ("graph", 5e-2)])
def test_pytorchs_sides_do_the_same_work(on_cpu, short, form, near):
    """On the CPU, that is; the graph is captured on a GPU alone."""
    pytest.importorskip("torch")
    from minicnn.bench.pytorch import OnGPU

    side = OnGPU(SIZE, form, "cpu")
    loss, gradient = side.evaluate()
    assert loss == pytest.approx(on_cpu[0], rel=near)
    assert relative(gradient, on_cpu[1]) < near
    assert side.descent() > 0
    assert side.burst() >= 0


ASKED = []  # of workers that pretend
SECONDS = {"cuda-tf32": 2e-3, "cuda-fp32": 8e-3, "torch-eager": 4e-3, "torch-graph": 3e-3}


class Pretend:
    """A worker that only says numbers; fp16 has no memory."""

    def __init__(self, side, size, threads, environment):
        self.side, self.environment = side, environment
        ASKED.append((side, size, environment["CUDA_VISIBLE_DEVICES"]))

    def ask(self, word):
        if self.side == "cuda-fp16":
            raise SystemExit("bench: the process for cuda-fp16 ended with code 1")
        seconds = SECONDS[self.side]
        gradient = [3.0, 4.1] if self.side == "cuda-tf32" else [3.0, 4.0]
        return {
            "result": (1.0, gradient),
            "burst": seconds,
            "descent": 2 * seconds,
            "memory": 1500.0,
            "describe": f"words of {self.side}",
        }[word]

    def close(self):
        ASKED.append("closed")


@pytest.fixture
def pretended(monkeypatch):
    ASKED.clear()
    monkeypatch.setattr(on_gpu, "Worker", Pretend)
    monkeypatch.setattr(on_gpu, "device", lambda name: SimpleNamespace(title="NVIDIA Pretended"))
    monkeypatch.setattr(on_gpu, "find_spec", lambda name: True)
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)


def test_the_table(pretended, capsys):
    assert bench.main(["--device", "cuda", "--sizes", "256", "512"]) == 0
    out = capsys.readouterr().out
    lines = out.splitlines()
    assert "NVIDIA Pretended" in lines[0]
    assert "start-up to the first loss" in out
    (tf32,) = [line for line in lines if "512²  ours, tf32" in line]
    assert tf32.split()[3:] == ["2.00", "ms", "2.00", "4.00", "ms", "2.00", "1500", "MB", "2e-02"]
    assert "256²  ours, fp16              – bench: the process for cuda-fp16 ended with code 1" in out
    assert sum("PyTorch, graph, fp16" in line for line in lines) == 2
    sides = [entry for entry in ASKED if entry != "closed"]
    assert len(sides) == ASKED.count("closed") == 2 + 2 * 5
    assert {entry[2] for entry in sides} == {"0"}


def test_json(pretended, capsys, monkeypatch):
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "3,5")
    bench.main(["--device", "cuda:1", "--sizes", "256", "--precision", "tf32", "--json"])
    found = json.loads(capsys.readouterr().out)
    assert found["gpu"] == "NVIDIA Pretended"
    assert [row["side"] for row in found["results"]] == ["cuda-tf32", "torch-eager", "torch-graph"]
    ours = found["results"][0]
    assert (ours["evaluation_s"], ours["times_eager"], ours["gradient_differs"]) == (2e-3, 2.0, None)
    assert {entry[2] for entry in ASKED if entry != "closed"} == {"5"}


def test_without_pytorch(pretended, capsys, monkeypatch):
    monkeypatch.setattr(on_gpu, "find_spec", lambda name: None)
    assert bench.main(["--device", "cuda", "--sizes", "256", "--precision", "tf32"]) == 0
    assert "PyTorch" not in capsys.readouterr().out


def test_without_a_gpu_it_is_refused_in_one_line(monkeypatch, capsys):
    def none(name):
        raise DeviceError("no GPU was found; install one")

    monkeypatch.setattr(on_gpu, "device", none)
    assert bench.main(["--device", "cuda"]) == 2
    out, err = capsys.readouterr()
    assert (out, err) == ("", "bench: no GPU was found; install one\n")


@pytest.mark.parametrize(
    "bad", [["--device", "tpu"], ["--precision", "tf32"], ["--device", "cuda", "--precision", "x"]]
)
def test_options_that_make_no_sense_are_refused(bad, capsys):
    with pytest.raises(SystemExit) as ended:
        bench.parse(bad)
    assert ended.value.code == 2
    assert bad[-2].removesuffix(" tpu") in capsys.readouterr().err


def test_defaults():
    assert bench.parse([]).sizes == [256, 512, 1024]
    options = bench.parse(["--device", "cuda"])
    assert options.sizes == [256, 512, 1024, 2048]
    assert options.precision == ["tf32", "fp32", "fp16"]
    assert np.isfinite(work.BURST)
