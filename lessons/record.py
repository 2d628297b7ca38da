"""A lesson run as a script, what it told, and whether its key numbers are still what they were.

`lessons/expected/NN_name.json` holds {name: {"value": v, "within": w}} or {name: {"below": b}}.
"""

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import NamedTuple

import numpy as np

from .road import EXPECTED

THREADS = ("MINICNN_THREADS", "OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS")


class Told(NamedTuple):
    """What one run left behind: exit code, text on stdout and stderr, key numbers, pictures, its cost."""

    code: int
    text: str
    errors: str
    numbers: dict  # name: {"value", and "within" or "below"}
    pictures: list  # (file name, caption), in order
    seconds: float = 0.0  # of computing, all threads together: nearly the same on a busy machine


def run(lesson, pictures, threads=None):
    """Runs the lesson in a process of its own, its pictures going to the folder `pictures`.

    `threads` are all that it may use; as many as there are cores unless given.
    """
    with tempfile.TemporaryDirectory() as folder:
        record = Path(folder) / "record"
        environment = {**os.environ, "LESSON_RECORD": str(record), "LESSON_PICTURES": str(pictures)}
        environment["PYTHONIOENCODING"] = "utf-8"
        if threads:
            environment |= dict.fromkeys(THREADS, str(threads))
        done = subprocess.run(
            [sys.executable, str(lesson.path)], env=environment, capture_output=True, encoding="utf-8"
        )
        lines = record.read_text(encoding="utf-8").splitlines() if record.exists() else []
    lines = [json.loads(line) for line in lines]
    numbers = {line.pop("number"): line for line in lines if "number" in line}
    shown = [(line["picture"], line["caption"]) for line in lines if "picture" in line]
    seconds = sum(line["seconds"] for line in lines if "seconds" in line)
    return Told(done.returncode, done.stdout, done.stderr, numbers, shown, seconds)


def keep(lesson, told):
    """Makes these numbers the expected ones."""
    kept = {
        name: {"below": number["below"]} if "below" in number else number
        for name, number in told.numbers.items()
    }
    lines = (f"  {json.dumps(n, ensure_ascii=False)}: {json.dumps(number)}" for n, number in kept.items())
    text = "{\n" + ",\n".join(lines) + "\n}\n"
    EXPECTED.joinpath(f"{lesson.name}.json").write_text(text, encoding="utf-8")


def apart(lesson, told):
    """Sentences about the numbers that are not as expected; none if all are."""
    kept = json.loads(EXPECTED.joinpath(f"{lesson.name}.json").read_text(encoding="utf-8"))
    found = [f"{name}: told no more" for name in kept if name not in told.numbers]
    for name, number in told.numbers.items():
        wanted, value = kept.get(name), np.asarray(number["value"])
        if wanted is None:
            found.append(f"{name}: not among the expected ones")
        elif "below" in wanted:
            if not (np.abs(value) < wanted["below"]).all():
                found.append(f"{name}: expected below {wanted['below']}, got {number['value']}")
        elif not _near(np.asarray(wanted["value"]), value, wanted["within"]):
            found.append(f"{name}: expected {wanted['value']}, got {number['value']}")
    return found


def _near(wanted, value, within):
    return wanted.shape == value.shape and bool(
        (np.abs(wanted - value) <= within * np.abs(wanted).max(initial=0)).all()
    )
