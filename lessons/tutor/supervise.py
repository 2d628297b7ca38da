"""Starts a child for each exercise of a lesson, waits for all of them, and understands how each ended."""

import json
import os
import re
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

from .child import MEMORY, OUT_OF_TIME
from .examine import Verdict

TOP = Path(__file__).resolve().parents[2]
ONE_CALL = "A single call did not come back: is what it works on far too large, or without an end?"
PATIENCE = 60  # seconds; a child stops itself long before, and this is for one that cannot


def verdicts(exercises, file):
    """[Verdict] on each exercise's function in the reader's `file`, side by side."""
    file = Path(file).resolve()
    with tempfile.TemporaryDirectory() as folder:
        started = [(e, *_start(e, file, Path(folder) / e.number)) for e in exercises]
        return [_finish(exercise, file, *running) for exercise, *running in started]


def _start(exercise, file, result):
    environment = {**os.environ, "OPENBLAS_NUM_THREADS": "1", "PYTHONDONTWRITEBYTECODE": "1"}
    environment["PYTHONPATH"] = os.pathsep.join(filter(None, [str(TOP), os.environ.get("PYTHONPATH")]))
    command = [sys.executable, "-m", "lessons.tutor.child", exercise.number, str(file), str(result)]
    errors = result.with_name(f"{result.name}.stderr").open("w+b")
    process = subprocess.Popen(
        command,
        cwd=TOP,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=errors,
    )
    return process, result, errors


def _finish(exercise, file, process, result, errors):
    stopped = False
    try:
        process.wait(PATIENCE)
    except subprocess.TimeoutExpired:
        stopped = True
        process.kill()
        process.wait()
    errors.seek(0)
    said = errors.read().decode("utf-8", "replace")
    errors.close()
    lines = _lines(result)
    if lines and "verdict" in lines[-1]:
        return Verdict(**lines[-1]["verdict"])
    stuck = (
        lines.pop() if lines and "seen" in lines[-1] else {"places": _places(said, file), "seen": ONE_CALL}
    )
    trying = lines[-1]["trying"] if lines else ""
    details = [f"while trying {trying}"] if trying else []
    details += stuck["places"]
    if stopped or process.returncode in (OUT_OF_TIME, -getattr(signal, "SIGXCPU", 0)):
        return Verdict("endless", details=details, observation=stuck["seen"])
    details.append(f"exit code {process.returncode}; memory is limited to {MEMORY >> 30} GiB")
    return Verdict("died", details=details)


def _lines(result):
    """The lines of JSON that are complete."""
    found = []
    if result.exists():
        for line in result.read_text(encoding="utf-8").splitlines():
            try:
                found.append(json.loads(line))
            except ValueError:  # cut off in the middle
                break
    return found


def _places(said, file):
    """The reader's lines in what `faulthandler` wrote, the innermost first."""
    source = file.read_text(encoding="utf-8", errors="replace").splitlines()
    pattern = rf'File "{re.escape(str(file))}", line (\d+) in (.+)'
    found = re.findall(pattern, said)[:2]
    return [
        f"line {n}, in {name}:  {source[int(n) - 1].strip()}" for n, name in found if int(n) <= len(source)
    ]
