"""Loops without end: what the tutor says about where they were stopped."""

import contextlib
import os
import sys
import textwrap
import threading
import time

import pytest

from lessons.tutor import child, endless

LINES = 500  # a loop that has run so many lines is taken for endless


class Enough(Exception):  # noqa: N818  no error, an end
    pass


def stopped(body, file):
    """(places, seen) of the function f with this body, caught after some lines of it."""
    source = "import itertools\nimport numpy as np\ndef f(x, n=10):\n" + textwrap.indent(
        textwrap.dedent(body).strip(), "    "
    )
    space, count, found = {}, [0], []

    def trace(frame, event, argument):
        if frame.f_code.co_filename != str(file):
            return None
        count[0] += event == "line"
        if count[0] > LINES:
            frames = endless.caught(threading.get_ident(), file)
            found.extend([endless.places(frames, source), endless.seen(frames, source)])
            raise Enough
        return trace

    exec(compile(source, str(file), "exec"), space)
    before = sys.gettrace()
    sys.settrace(trace)
    try:
        space["f"](1.0)
    except Enough:
        pass
    finally:
        sys.settrace(before)
    return found


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        (
            "while n > 0:\n    x = x + abs(n)",
            "`while n > 0` in line 4 never ended. Nothing in the loop changes n, on which",
        ),
        ("while n > 0:\n    n += 1", "When it was stopped: n = 2"),
        ("while n > 0:\n    n += 1", "Do the variables move towards the end of the loop, or away from it?"),
        ("while x != 2.0:\n    x += 0.3", "What moves in steps may leap over its bound"),
        ("while True:\n    n = n + 1", "ends by break or return, and there is none in it"),
        (
            "while True:\n    n += 1\n    if n == 5:\n        return n",
            "Its way out is in line 7, behind `if n == 5`: can that come true? When it was stopped: n = ",
        ),
        ("while True:\n    for i in range(3):\n        break", "there is none in it"),
        (
            "while n < 100:\n    k = 0\n    while k < 3:\n        k += 1",
            "`while n < 100` in line 4 never ended. Nothing in the loop changes n",
        ),
        (
            "rows = [1]\nfor row in rows:\n    rows.append(row)",
            "line 6 adds to rows: it never comes to the end",
        ),
        ("for i in itertools.count():\n    x += i", "`itertools.count()` in line 4 has no end"),
        (
            "for i in range(10**9):\n    for j in range(3):\n        x += j",
            "takes far too long: `for i in range(10 ** 9)` in line 4, at i = ",
        ),
        (
            "for i in range(10**9):\n    for j in range(3):\n        x += j",
            "There are 2 loops, one inside the other",
        ),
        ("return f(x) if n else f(x)", "f calls itself, and was"),
        ("todo = [1]\nwhile todo:\n    x += todo[0]", "Nothing in the loop changes todo"),
        (
            "x = np.ones(3)\nwhile n < x.shape[0] + 9:\n    x[:2].sum()\n    n -= 1",
            "When it was stopped: n = ",
        ),
        ("x = np.ones(3)\nwhile n < x.shape[0] + 9:\n    x[:2].sum()", "Nothing in the loop changes n, on"),
        ("todo = [1]\nwhile todo:\n    todo.append(2)", "todo = a list of"),
    ],
)
def test_the_kind_of_loop_is_named(body, sentence, tmp_path):
    places, seen = stopped(body, tmp_path / "answers.py")
    assert sentence in seen
    assert places[0].startswith("line ")
    assert ", in f:  " in places[0]


def test_a_helper_that_ends_is_not_to_blame(tmp_path):
    body = """
        def helper(k):
            while k < 3:
                k += 1
            return k
        while n > 0:
            x += helper(0)
        """
    assert "Nothing in the loop changes n" in stopped(body, tmp_path / "answers.py")[1]


@pytest.mark.parametrize("busy", [True, False])
def test_computing_and_waiting_are_told_apart_on_a_busy_machine_too(busy, monkeypatch):
    limits = {"CPU_SECONDS": 0.4, "IDLE_SECONDS": 8 if busy else 0.5}  # a turn in line may take a second
    for name, seconds in limits.items():
        monkeypatch.setattr(child, name, seconds)
    ended, told = threading.Event(), []

    def leave(code):
        assert code == child.OUT_OF_TIME
        raise Enough

    def watch(*began):
        with contextlib.suppress(Enough):
            child.watch(told.append, *began)
        ended.set()

    monkeypatch.setattr(os, "_exit", leave)
    threading.Thread(target=watch, args=child.clocks(), daemon=True).start()
    until = time.monotonic() + 30
    while not ended.is_set() and time.monotonic() < until:
        sum(range(10_000)) if busy else time.sleep(0.02)
    assert told == [not busy]
