"""Verdicts as text."""

import textwrap

from .child import CPU_SECONDS, IDLE_SECONDS

WIDTH = 96
WORDS = {
    "right": "right",
    "wrong": "not right yet",
    "error": "stopped by an error",
    "unwritten": "not written yet",
    "missing": "no such function in your file",
    "broken": "your file does not load",
    "endless": f"stopped: no end after {CPU_SECONDS} s of computing or {IDLE_SECONDS} s of waiting",
    "died": "its process died",
}


def page(exercises, verdicts):
    """What is said about the exercises of a lesson; a file that does not load is told of once."""
    if all(verdict.status == "broken" for verdict in verdicts):
        numbers = ", ".join(exercise.number for exercise in exercises)
        told = [f"{numbers}: {WORDS['broken']}", *("  " + line for line in verdicts[0].details)]
        return ["  " + line for line in told]
    told = []
    for exercise, verdict in zip(exercises, verdicts, strict=True):
        told += ["", *lines(exercise, verdict)]
    return told[1:]


def lines(exercise, verdict):
    """What is said about one exercise."""
    told = [f"{exercise.number:>5}  {exercise.name}: {WORDS[verdict.status]}"]
    inside = []
    if verdict.status == "right":
        inside += wrapped(f"tested on {exercise.tested}: all {verdict.cases} cases agree")
    elif verdict.status == "wrong":
        count = f"{verdict.failed} of {verdict.cases} cases differ; the smallest:"
        inside += wrapped(f"tested on {exercise.tested}: {count}")
    elif verdict.status == "error":
        inside.append(f"in {verdict.failed} of {verdict.cases} cases; the smallest:")
    elif verdict.status == "missing":
        inside.append(f"expected def {exercise.name}(...), as the exercise had it")
    inside += ["  " + line if line else "" for line in verdict.details]
    if verdict.explanation:
        inside += ["", *wrapped("This is a known mistake. " + verdict.explanation)]
    elif verdict.observation:
        inside += ["", *wrapped(verdict.observation)]
    if verdict.printed.strip() and verdict.status != "right":
        inside += ["", "your code printed:"]
        inside += ["  | " + line for line in verdict.printed.strip().split("\n")[:6]]
    return told + [f"       {line}".rstrip() for line in inside]


def wrapped(text):
    return textwrap.wrap(text, WIDTH)
