"""How long loading takes, how much memory, and how much of a file is read.

The time is the processor's, not the clock's: other processes must not decide whether a test passes.
"""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from minicnn.weights import read, source

from . import writers

MEASURE = """
import json, sys, time
from minicnn import zoo
began = time.process_time()
net = zoo.build("vgg19", weights=sys.argv[1])
seconds = time.process_time() - began
modules = set(sys.modules)
from tests.weights.fuzz import memory
print(json.dumps({"seconds": seconds, "peak_mb": memory(), "modules": sorted(modules)}))
"""


def test_vgg19_loads_in_a_moment_and_in_little_memory(shared):
    done = subprocess.run(
        [sys.executable, "-c", MEASURE, str(shared / "vgg19" / "vgg19-conv.npz")],
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        check=True,
    )
    report = json.loads(done.stdout)
    assert report["seconds"] < 1.5
    assert 80 < report["peak_mb"] < 250
    heavy = {"scipy", "h5py", "safetensors", "pooch", "requests", "tqdm", "PIL", "torch"}
    assert not heavy & {name.partition(".")[0] for name in report["modules"]}


@pytest.fixture
def counted(monkeypatch):
    """How many bytes were read from files, in all."""
    counts, exactly = [], source.Source._exactly

    def count(self, offset, length):
        counts.append(length)
        return exactly(self, offset, length)

    monkeypatch.setattr(source.Source, "_exactly", count)
    return counts


IN_PROCESS = [way for way in writers.WAYS if not writers.needs(way)]
HEAD = 520  # bytes that tell the format


@pytest.mark.parametrize("way", IN_PROCESS)
def test_nothing_is_read_twice(way, counted, tmp_path):
    name, write = writers.WAYS[way]
    write(tmp_path / name, writers.random_layers())
    size = sum(path.stat().st_size for path in tmp_path.iterdir())
    read(tmp_path / name)
    assert sum(counted) <= size + 2 * HEAD


@pytest.mark.parametrize("way", IN_PROCESS)
def test_of_a_large_file_only_wanted_layers_are_read(way, counted, tmp_path, monkeypatch):
    monkeypatch.setattr(source, "WHOLE", 0)
    monkeypatch.setattr(source.Source, "sha256", "")
    name, write = writers.WAYS[way]
    layers = writers.random_layers(width=(4, 6, 96, 192, 192, 12, 12, 10), classifier=False)
    write(tmp_path / name, layers)
    size = sum(path.stat().st_size for path in tmp_path.iterdir())
    found = read(tmp_path / name, only=["conv1_1", "conv1_2"])
    assert list(found.layers) == ["conv1_1", "conv1_2"]
    assert size > 9_000_000 or "uint16" in way
    assert sum(counted) < 1_500_000  # of which the older .pth takes five windows for its pickles
