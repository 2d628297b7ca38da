"""Two hundred damaged files of every kind; MINICNN_FUZZ=2000 for more."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.clock import HANGING

from . import writers

COUNT = os.environ.get("MINICNN_FUZZ", "200")


@pytest.mark.parametrize("way", writers.WAYS)
def test_damaged_files_end_in_arrays_or_in_a_weight_file_error(way):
    if package := writers.needs(way):
        pytest.importorskip(package)
    command = [sys.executable, "-m", "tests.weights.fuzz", way, "--count", COUNT]
    done = subprocess.run(
        command,
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        timeout=HANGING + 2 * int(COUNT),
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    report = json.loads(done.stdout)
    assert not report["failures"], report["failures"][:3]
    assert report["arrays"] + report["refused"] == int(COUNT)
    assert report["refused"] > int(COUNT) / 4  # else the mutations are too tame to tell anything
    assert report["grown"] < 200
