"""A lesson's file as cells. `# %%` begins a cell, `# %% [markdown]` one of prose behind comment signs."""

import re
from typing import NamedTuple

BEGIN = re.compile(r"^# %%(.*)\n", re.MULTILINE)


class Cell(NamedTuple):
    """Prose as Markdown or code as Python, and the line of the file at which it begins, counted from 1."""

    markdown: bool
    text: str
    line: int


def cells(text):
    """[Cell] of a lesson's text; empty ones are left out."""
    begins = [*BEGIN.finditer(text)]
    ends = [begin.start() for begin in begins[1:]] + [len(text)]
    found = []
    for begin, end in zip(begins, ends, strict=True):
        body, markdown = text[begin.end() : end], "[markdown]" in begin[1]
        line = text.count("\n", 0, begin.end()) + 1
        if markdown:
            body = re.sub(r"^# ?", "", body, flags=re.MULTILINE)
        blank = len(body) - len(body.lstrip("\n"))
        if body.strip():
            found.append(Cell(markdown, body.strip("\n"), line + blank))
    return found
