"""What is shown of a case that went wrong: its arguments, and both values or the exception."""

import traceback

from . import readable
from .outcome import difference, equal


def call_as_text(exercise, case):
    """The case in one line."""
    parts = (f"{name}={readable.short(value)}" for name, value in exercise.arguments(case).items())
    return f"{exercise.name}({', '.join(parts)})"


def evidence(exercise, case, outcome, right, fault, file):
    """Lines about a case whose `fault` is a Difference; `file` is the reader's."""
    told = []
    for name, value in exercise.arguments(case).items():
        told += readable.lines(name, value)
    told.append("")
    if outcome.error is not None and right.error is None:
        return told + exception_lines(outcome.error, file)
    if fault.whole:
        told.append(fault.message)
    if outcome.changed and equal(right.value, outcome.value, exercise.tolerance):
        return told  # the values are right
    if right.error is None and outcome.value is not None and _comparable(right.value, outcome.value, fault):
        told += _both_values(exercise, outcome, right, fault)
    return told


def _comparable(expected, got, fault):
    """Whether the two can be shown side by side: of several results, the first that differs."""
    return bool(fault.path) or not isinstance(expected, (tuple, list, dict)) or type(expected) is type(got)


def _both_values(exercise, outcome, right, fault):
    name = part_name(exercise, fault.path)
    told = readable.lines(f"expected {name}".rstrip(), value_at(right.value, fault.path), fault.where)
    told += readable.lines(f"got {name}".rstrip(), value_at(outcome.value, fault.path), fault.where)
    if fault.where:
        spot = f"{name}[{', '.join(map(str, fault.where))}]"
        values = f"expected {readable.short(fault.expected)}, got {readable.short(fault.got)}"
        told.append(f"first difference at {spot}: {values}{fault.message}")
    return told + _about_other_parts(exercise, outcome, right, fault)


def _about_other_parts(exercise, outcome, right, fault):
    """Of several results, which are right and which differ too."""
    if not fault.path or not isinstance(right.value, (tuple, list)):
        return []
    told = {True: [], False: []}
    for i, (expected, got) in enumerate(zip(right.value, outcome.value, strict=True)):
        if i != fault.path[0]:
            same = difference(expected, got, exercise.tolerance) is None
            told[same].append(part_name(exercise, (i,)))
    return [
        f"{word}: {', '.join(names)}"
        for word, names in (("right", told[True]), ("also different", told[False]))
        if names
    ]


def part_name(exercise, path):
    """ "dx" or "[0]", where several results come back; nothing where one does."""
    if path and isinstance(path[0], int) and path[0] < len(exercise.returns):
        return exercise.returns[path[0]] + "".join(f"[{key!r}]" for key in path[1:])
    return "".join(f"[{key!r}]" for key in path)


def value_at(value, path):
    """One of several results."""
    for key in path:
        value = value[key]
    return value


def exception_lines(error, file):
    """The reader's own lines of a traceback, the last one with its text."""
    frames = [f for f in traceback.extract_tb(error.__traceback__) if f.filename == str(file)]
    told = [f"line {frame.lineno}, in {frame.name}:  {frame.line}" for frame in frames[-3:]]
    text = " ".join(str(error).split())
    told.append(f"{type(error).__name__}: {text}" if text else type(error).__name__)
    return told
