"""Runs killed at random moments: a few in the tests, and many in tests/bench/kills.py."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
from PIL import Image

from nst import image
from nst.runs import checkpoint
from nst.runs.losses import rows
from tests.clock import HANGING

ROOT = Path(__file__).resolve().parents[2]
OPTIMIZERS = ("lbfgs", "adam", "descent")


def command(folder, optimizer, iterations=40):
    """A run of two scales that takes a second or two through the network that comes along."""
    return [
        "paint", str(folder.parent / "photo.png"), str(folder.parent / "painting.png"), "--network", "pocket",
        "--size", "32", "--scales", "16", "--iterations", str(iterations), "--edges", "replicate",
        "--start", "noise", "--optimizer", optimizer, "--run", str(folder), "--checkpoint-every", "3",
        "--save-every", "10", "-q",
    ]  # fmt: skip


def prepare(folder, seed=0):
    """Two small pictures to paint from."""
    rng = np.random.default_rng(seed)
    for name, shape in (("photo", (24, 32, 3)), ("painting", (30, 26, 3))):
        Image.fromarray(rng.integers(0, 256, shape, dtype=np.uint8)).save(folder / f"{name}.png")


def started(arguments):
    """nst as a process of its own, with one thread."""
    environment = {**os.environ, "MINICNN_THREADS": "1"}
    return subprocess.Popen(
        [sys.executable, "-m", "nst", *arguments],
        cwd=ROOT,
        env=environment,
        stderr=subprocess.PIPE,
        text=True,
    )


def finished(arguments):
    """Exit code, stderr and seconds of a process that is left alone."""
    start = time.monotonic()
    process = started(arguments)
    said = process.communicate(timeout=HANGING)[1]
    return process.returncode, said, time.monotonic() - start


def killed(arguments, after):
    """Whether the process was still at work after so many seconds; then it is no more."""
    process = started(arguments)
    try:
        process.wait(timeout=after)
    except subprocess.TimeoutExpired:
        process.send_signal(signal.SIGKILL)
    process.wait()
    process.stderr.close()
    return process.returncode == -signal.SIGKILL


def examine(folder):
    """Every file in a folder that a kill may have left is whole, or not there; what the run had come to."""
    for path in folder.rglob("*.png"):
        if not path.name.startswith("."):
            image.read(path)
    state = checkpoint.load(folder / "checkpoint.npz")
    table = rows(folder / "losses.csv") if (folder / "losses.csv").exists() else []
    done = state["iteration"] if state else 0
    assert [int(row[3]) for row in table[1:]][:done] == list(range(1, done + 1))
    return done


def through_kills(folder, optimizer, kills, rng, seconds, iterations=40):
    """A run killed so many times, each time within `seconds`, and then brought to its end.

    Returns, for each kill, (seconds after its start, iterations that the checkpoint held then).
    """
    begin, told = command(folder, optimizer, iterations), []
    arguments = begin
    for _ in range(kills):
        after = rng.uniform(0, seconds)
        in_time = killed(arguments, after)
        begun = (folder / "settings.json").exists()
        arguments = ["resume", str(folder), "-q"] if begun else begin
        if not in_time:
            break  # it was done before
        told.append((after, examine(folder) if begun else None))
    code, said, _ = finished(arguments)
    assert code == 0, said
    examine(folder)
    return told


def results(folder):
    """What must come out the same: pictures, and every loss but its seconds."""
    pictures = {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*.png"))}
    return pictures, [row[:-1] for row in rows(folder / "losses.csv")]
