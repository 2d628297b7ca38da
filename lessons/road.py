"""The lessons there are, by number."""

import functools
import re
from pathlib import Path

from .errors import LessonError
from .tutor.exercise import load_file

HERE = Path(__file__).resolve().parent
EXERCISES, SOLUTIONS, CHECKS, EXPECTED = (HERE / n for n in ("exercises", "solutions", "checks", "expected"))
PARTS = (EXERCISES, SOLUTIONS, CHECKS)


class Stop:
    """A lesson: its file, its title, its exercises."""

    def __init__(self, path):
        self.path, self.name, self.number = path, path.stem, int(path.stem[:2])

    @functools.cached_property
    def title(self):
        """What stands behind the number in its first heading."""
        heading = re.search(r"^# # \d+\. (.+)$", self.path.read_text(encoding="utf-8"), re.MULTILINE)
        return heading.group(1) if heading else self.name

    @functools.cached_property
    def exercises(self):
        return load_file(CHECKS / self.path.name, f"checks_{self.name}").lesson.exercises


@functools.cache
def lessons():
    """All lessons in order: those that have exercises, solutions and checks."""
    paths = sorted(HERE.glob("[0-9][0-9]_*.py"))
    return tuple(Stop(path) for path in paths if all((folder / path.name).is_file() for folder in PARTS))


def lesson(number):
    """The lesson of that number; "2", "02" and 2 are the same."""
    wanted = int(number) if str(number).isdecimal() else None
    for one in lessons():
        if one.number == wanted:
            return one
    have = ", ".join(str(one.number) for one in lessons())
    raise LessonError(f"lesson {number}: expected one of {have}")


def exercise(number):
    """The exercise of a number such as "2.1"."""
    which, _, k = str(number).partition(".")
    found = lesson(which).exercises
    if not k.isdecimal() or not 1 <= int(k) <= len(found):
        raise LessonError(f"exercise {number}: expected {which}.1 to {which}.{len(found)}")
    return found[int(k) - 1]
