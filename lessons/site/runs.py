"""What each cell of a lesson printed and showed, from a run that is kept until what decides it changes.

A run is a folder named after the hash of what decides it: the lesson, the packages and the libraries below
them. It is made beside its place and moved there when it is whole.
"""

import hashlib
import json
import os
import platform
import re
import shutil
import subprocess
import sys
import time
from importlib import metadata
from pathlib import Path
from typing import NamedTuple

from ..errors import LessonError
from ..road import HERE
from .folder import refusing

TOP = HERE.parent
DECIDING = ("minicnn", "nst")  # packages; of the lessons, the modules that they import
HELPERS = ("blackboard", "drawing", "scene", "site/child", "site/cells")
LIBRARIES = ("numpy", "scipy", "pillow")
WHOLE = "run.json"


class Output(NamedTuple):
    """What came of a cell: printed text, or the file of a picture and its caption."""

    cell: int  # the line at which it begins
    text: str = ""
    picture: str = ""
    caption: str = ""


class Run(NamedTuple):
    """The folder that holds a run's pictures, its outputs in order, and how long it took."""

    folder: Path
    outputs: list
    seconds: float
    fresh: bool

    def of(self, cell):
        """The outputs of one cell."""
        return [output for output in self.outputs if output.cell == cell.line]


def run(lesson, kept):
    """The lesson's Run, from the folder `kept` if nothing has changed since."""
    place = kept / f"{lesson.name}.{key(lesson)}"
    if found := _load(place, fresh=False):
        return found
    beside = kept / f".{lesson.name}.{os.getpid()}"
    with refusing(kept):
        kept.mkdir(parents=True, exist_ok=True)
        try:
            beside.mkdir(exist_ok=True)
            _make(lesson, beside)
            for old in (*kept.glob(f"{lesson.name}.*"), place):
                shutil.rmtree(old, ignore_errors=True)
            os.replace(beside, place)
        finally:
            shutil.rmtree(beside, ignore_errors=True)
    return _load(place, fresh=True)


def key(lesson):
    """Names what decides a run of the lesson."""
    total = hashlib.sha256(_packages().encode())
    total.update(lesson.path.read_bytes())
    return total.hexdigest()[:20]


def _packages():
    """One hash of the packages' sources and data and of the versions below them."""
    total = hashlib.sha256(platform.python_version().encode())
    for name in LIBRARIES:
        total.update(f"{name} {metadata.version(name)}\n".encode())
    files = [path for package in DECIDING for path in (TOP / package).rglob("*") if path.is_file()]
    files += [HERE / f"{name}.py" for name in HELPERS]
    for path in sorted(files):
        if path.suffix == ".pyc":
            continue
        total.update(f"{path.relative_to(TOP).as_posix()}\n".encode())
        total.update(hashlib.sha256(path.read_bytes()).digest())
    return total.hexdigest()


def _make(lesson, folder):
    """Runs the lesson and leaves its pictures and run.json in `folder`."""
    record, began = folder / "record", time.perf_counter()
    environment = {**os.environ, "LESSON_PICTURES": str(folder.resolve()), "PYTHONIOENCODING": "utf-8"}
    environment["PYTHONPATH"] = os.pathsep.join(filter(None, [str(TOP), os.environ.get("PYTHONPATH")]))
    command = [sys.executable, "-m", "lessons.site.child", str(lesson.path), str(record.resolve())]
    done = subprocess.run(
        command, env=environment, stdin=subprocess.DEVNULL, capture_output=True, encoding="utf-8"
    )
    if done.returncode:
        raise LessonError(f"lesson {lesson.number}: {_why(lesson, done)}")
    cell, outputs = 0, []
    for line in record.read_text(encoding="utf-8").splitlines():
        line = json.loads(line)
        cell = line.get("cell", cell)
        if "printed" in line:
            outputs.append(Output(cell, text=line["printed"]))
        if "picture" in line:
            outputs.append(Output(cell, picture=line["picture"], caption=line["caption"]))
    record.unlink()
    whole = {"seconds": time.perf_counter() - began, "outputs": [output._asdict() for output in outputs]}
    folder.joinpath(WHOLE).write_text(json.dumps(whole, ensure_ascii=False, indent=1), encoding="utf-8")


def _why(lesson, done):
    """The last line of a traceback, and the lesson's line it came from."""
    said = done.stderr.strip().splitlines() or [f"exit code {done.returncode}"]
    lines = re.findall(rf'File "{re.escape(str(lesson.path))}", line (\d+)', done.stderr)
    where = f"stops at line {lines[-1]}" if lines else "stops"
    return f"{where}: {said[-1]}; python lessons/{lesson.path.name} shows where"


def _load(place, fresh):
    """The run that is kept there; None where there is none, or something of it is missing."""
    try:
        whole = json.loads((place / WHOLE).read_text(encoding="utf-8"))
        found = Run(place, [Output(**output) for output in whole["outputs"]], whole["seconds"], fresh)
    except (OSError, ValueError, KeyError, TypeError):
        return None
    complete = all((place / output.picture).is_file() for output in found.outputs if output.picture)
    return found if complete else None
