"""The reader's folder: their copies of the exercises, and what has been solved so far."""

import json
import shutil
from pathlib import Path

from ..errors import LessonError
from ..road import EXERCISES, lessons

USUAL = "my-answers"
PROGRESS = ".progress.json"
NOTHING = {"tries": 0, "solved": False, "hints": 0}


class Folder:
    """A folder that `start` made; remembers tries, solved exercises and hints given."""

    def __init__(self, path):
        self.path = Path(path)
        if not (self.path / PROGRESS).is_file():
            raise LessonError(
                f"{path}: expected a folder made by python -m lessons start; make one, or name it with --dir"
            )
        try:
            self.notes = json.loads((self.path / PROGRESS).read_text(encoding="utf-8"))
            if not isinstance(self.notes, dict):
                raise ValueError("not a table")
        except (ValueError, OSError) as error:
            raise LessonError(
                f"{self.path / PROGRESS}: cannot be read ({error}); delete it and run start again, "
                "your answers stay"
            ) from None

    def file(self, lesson):
        path = self.path / f"{lesson.name}.py"
        if not path.is_file():
            raise LessonError(
                f"{path}: no such file; python -m lessons start {self.path} copies what is missing"
            )
        return path

    def note(self, number):
        """{"tries": int, "solved": bool, "hints": int} of an exercise; changes are kept by `save`."""
        noted = self.notes.get(number)
        self.notes[number] = {**NOTHING, **(noted if isinstance(noted, dict) else {})}
        return self.notes[number]

    def save(self):
        _write(self.path / PROGRESS, self.notes)


def start(path):
    """Makes the folder and copies the exercises that are not there yet; returns their names."""
    path = Path(path)
    if path.exists() and not path.is_dir():
        raise LessonError(f"{path}: expected a folder, this is a file; choose another name")
    try:
        path.mkdir(parents=True, exist_ok=True)
        new = [lesson for lesson in lessons() if not (path / f"{lesson.name}.py").exists()]
        for lesson in new:
            shutil.copyfile(EXERCISES / f"{lesson.name}.py", path / f"{lesson.name}.py")
        if not (path / PROGRESS).exists():
            _write(path / PROGRESS, {})
    except OSError as error:
        raise LessonError(f"{path}: cannot be written to ({error.strerror or error})") from None
    return [f"{lesson.name}.py" for lesson in new]


def find(path):
    """The reader's folder: the one named, or this one, or my-answers in it."""
    if path is None:
        path = "." if Path(PROGRESS).is_file() else USUAL
    return Folder(path)


def _write(path, notes):
    try:
        path.write_text(json.dumps(notes, indent=1), encoding="utf-8")
    except OSError as error:
        raise LessonError(f"{path}: cannot be written ({error.strerror or error})") from None
