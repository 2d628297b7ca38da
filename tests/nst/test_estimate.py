import mmap
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from nst import memory
from nst.errors import MemoryTooSmallError
from nst.estimate import check_memory, estimate
from nst.settings import make
from nst.transfer import Transfer

ROOT = Path(__file__).resolve().parents[2]

# A run in a process of its own, and what was predicted of it.
SCRIPT = """
import sys
import numpy as np
from nst import image, memory
from nst.estimate import estimate
from nst.settings import make
from nst.transfer import Transfer
size, optimizer, weights = int(sys.argv[1]), sys.argv[2], sys.argv[3]
picture = np.random.default_rng(0).integers(0, 256, (3 * size // 4, size, 3), dtype=np.uint8)
settings = make(size=size, iterations=3, scales=1, optimizer=optimizer, weights=weights)
transfer = Transfer(picture, [picture], settings)
predicted = estimate(transfer, seconds=False).bytes
transfer.run()
print(predicted, memory.peak())
"""


def tiny_transfer(pictures, **options):
    photo, painting = pictures
    return Transfer(photo, [painting], make(**options))


@pytest.mark.parametrize("optimizer", ["scipy", "lbfgs", "adam"])
def test_memory_is_predicted_within_15_percent(shared, optimizer):
    weights = shared / "vgg19" / "vgg19-conv.npz"
    command = [sys.executable, "-c", SCRIPT, "512", optimizer, str(weights)]
    said = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    predicted, measured = map(int, said.split())
    assert predicted == pytest.approx(measured, rel=0.15)


def test_time_grows_with_iterations_and_pixels(tiny, pictures):
    seconds = {
        (size, n): estimate(tiny_transfer(pictures, size=size, iterations=n, scales=1)).seconds
        for size, n in [(300, 10), (300, 100), (900, 100)]
    }
    assert seconds[300, 100] > 5 * seconds[300, 10]
    assert seconds[900, 100] > 3 * seconds[300, 100]


def test_a_run_that_cannot_fit_is_refused_with_the_largest_that_does(tiny, pictures, monkeypatch):
    used = memory.used()
    monkeypatch.setattr(memory, "available", lambda: 100_000_000)
    huge = tiny_transfer(pictures, size=30000, scales=1)
    found = estimate(huge, seconds=False)
    assert not found.fits
    assert found.bytes > 10 * used
    with pytest.raises(MemoryTooSmallError, match=rf"the largest --size that fits is {found.largest}"):
        check_memory(huge)
    with pytest.raises(MemoryTooSmallError):
        huge.run()
    check_memory(tiny_transfer(pictures, size=found.largest, scales=1))


def test_where_the_system_does_not_tell_nothing_is_refused(tiny, pictures, monkeypatch):
    monkeypatch.setattr(memory, "available", lambda: None)
    assert estimate(tiny_transfer(pictures, size=30000, scales=1), seconds=False).fits


def test_a_container_s_limit_counts(tmp_path):
    for name, text in {
        "max": "1000000",
        "current": "400000",
        "stat": "anon 1\ninactive_file 100000\n",
    }.items():
        (tmp_path / name).write_text(text)
    files = tuple(str(tmp_path / name) for name in ("max", "current", "stat"))
    assert memory._of_group(files) == 700_000
    (tmp_path / "max").write_text("max\n")
    assert memory._of_group(files) is None
    assert memory._of_group(("/none", "/none", "/none")) is None


def test_memory_of_this_process():
    before = memory.used()
    held = mmap.mmap(-1, 40_000_000)  # straight from the system: an array may lie where others were
    np.frombuffer(held, np.uint8)[:] = 1
    assert memory.used() - before > 30_000_000
    assert memory.peak() >= memory.used() - 10_000_000
    assert memory.available() > 0
    assert held[0] == 1
