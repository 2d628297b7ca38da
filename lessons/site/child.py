"""Runs a lesson cell by cell: `python -m lessons.site.child LESSON.py RECORD`.

RECORD receives lines of JSON in order: {"cell": line} where a cell of code begins, {"printed": text}, and
what `blackboard` leaves there. Cells are compiled from the whole file, so that a traceback names its lines.
"""

import ast
import contextlib
import io
import json
import os
import sys
import types
from pathlib import Path

from .. import blackboard
from .cells import cells


class Printed(io.TextIOBase):
    """Keeps what is written until it is noted in the record, in its place among the pictures."""

    def __init__(self, record):
        self.record, self.kept = record, ""

    def write(self, text):
        self.kept += text
        return len(text)

    def note(self, **line):
        """What was written since the last time, then `line`."""
        lines = [{"printed": self.kept}] * bool(self.kept) + [line] * bool(line)
        with open(self.record, "a", encoding="utf-8") as file:
            file.writelines(json.dumps(one, ensure_ascii=False) + "\n" for one in lines)
        self.kept = ""


def main(path, record):
    os.environ["LESSON_RECORD"] = record
    text = Path(path).read_text(encoding="utf-8")
    module = types.ModuleType("__main__")
    module.__file__ = path
    sys.modules["__main__"], sys.argv = module, [path]
    printed = Printed(record)
    blackboard.show = _quietly(blackboard.show, printed)
    statements = ast.parse(text, path).body
    begins = [cell.line for cell in cells(text) if not cell.markdown]
    with contextlib.redirect_stdout(printed):
        for begin, end in zip(begins, [*begins[1:], sys.maxsize], strict=True):
            printed.note(cell=begin)
            part = ast.Module([s for s in statements if begin <= s.lineno < end], [])
            exec(compile(part, path, "exec"), module.__dict__)
    printed.note()


def _quietly(show, printed):
    """`show` without the line that tells a terminal where the picture is."""

    def shown(name, picture, caption):
        printed.note()
        with contextlib.redirect_stdout(io.StringIO()):
            show(name, picture, caption)

    return shown


if __name__ == "__main__":
    main(*sys.argv[1:])
