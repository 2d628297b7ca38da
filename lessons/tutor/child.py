"""A reader's file examined in a process of its own: `python -m lessons.tutor.child 2.1 FILE RESULT`.

RESULT receives lines of JSON: {"trying": text} before each case, {"verdict": {...}} at the end. Where time
runs out, {"places": [...], "seen": text} comes instead, and the process ends itself; where a single call does
not let go of the interpreter, the system ends it, and the reader's line is on stderr.
"""

import contextlib
import dataclasses
import faulthandler
import io
import json
import os
import signal
import sys
import threading
import time
from pathlib import Path

from . import endless
from .evidence import exception_lines
from .examine import Verdict, examine
from .exercise import load_file

CPU_SECONDS, IDLE_SECONDS, SECONDS = 2, 8, 30  # of computing; of waiting; in all, on the busiest machine
OUT_OF_TIME = 87
MEMORY, WRITTEN = 4 << 30, 64 << 20  # bytes: in memory, and in any one file
MOST_PRINTED = 2000


class Capped(io.TextIOBase):
    """Keeps the beginning of what is written."""

    def __init__(self):
        self.kept = ""

    def write(self, text):
        self.kept += text[: MOST_PRINTED - len(self.kept)]
        return len(text)


def main(number, file, result):
    from ..road import exercise

    file, asked = Path(file).resolve(), exercise(number)
    printed = Capped()
    with open(result, "w", encoding="utf-8", buffering=1) as out:

        def say(**line):
            out.write(json.dumps(line, ensure_ascii=False) + "\n")

        limit(lambda waiting: say(**stuck(file, waiting)))
        with contextlib.redirect_stdout(printed), contextlib.redirect_stderr(printed):
            verdict = judge(asked, file, lambda text: say(trying=text))
        verdict.printed = printed.kept
        say(verdict=dataclasses.asdict(verdict))
    os._exit(0)  # whatever threads the reader's file has begun


def judge(exercise, file, progress):
    """The Verdict on the exercise's function in `file`."""
    sys.path.append(str(file.parent))
    progress(f"loading {file.name}")
    try:
        module = load_file(file, f"answers_{file.stem}")
    except SyntaxError as error:
        line = (error.text or "").strip()
        told = [f"line {error.lineno}:  {line}", f"{type(error).__name__}: {error.msg}"]
        return Verdict("broken", details=told)
    except ModuleNotFoundError as error:
        told = exception_lines(error, file)
        return Verdict("broken", details=[*told, f"There is no {error.name} here, and NumPy is enough."])
    except BaseException as error:
        return Verdict("broken", details=exception_lines(error, file))
    function = getattr(module, exercise.name, None)
    if not callable(function):
        return Verdict("missing")
    return examine(exercise, function, file, progress)


def stuck(file, waiting):
    """Where the reader's code is, and what may keep it there."""
    source = file.read_text(encoding="utf-8")
    frames = endless.caught(threading.main_thread().ident, file)
    return {"places": endless.places(frames, source), "seen": endless.seen(frames, source, waiting)}


def limit(tell):
    """Time and memory, so that an endless loop or a huge array ends this process and nothing else.

    Computing is what counts, as a machine may be busy with other things. `tell(waiting)` is called when time
    is up, by a thread beside the one that takes too long.
    """
    threading.Thread(target=watch, args=(tell, *clocks()), daemon=True).start()
    try:
        import resource
    except ImportError:  # not on Windows
        return
    faulthandler.register(signal.SIGXCPU, all_threads=True, chain=True)
    cpu = int(time.process_time()) + CPU_SECONDS + 2  # for what does not let the watching thread in
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CPU, (cpu, cpu + 2))
    resource.setrlimit(resource.RLIMIT_FSIZE, (WRITTEN, WRITTEN))
    with contextlib.suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))


def clocks():
    """Seconds of computing, of standing in line for a processor, and by the clock."""
    try:
        line = float(Path("/proc/self/schedstat").read_text(encoding="ascii").split()[1]) / 1e9
    except (OSError, ValueError, IndexError):  # only Linux tells
        line = 0.0
    return time.process_time(), line, time.monotonic()


def watch(tell, *began):
    """Ends the process once its time is up."""
    while True:
        time.sleep(0.1)
        computed, stood, since = (now - then for now, then in zip(clocks(), began, strict=True))
        waited = since - computed - stood
        if computed > CPU_SECONDS or waited > IDLE_SECONDS or since > SECONDS:
            with contextlib.suppress(Exception):
                tell(waited > IDLE_SECONDS)
            os._exit(OUT_OF_TIME)


if __name__ == "__main__":
    main(*sys.argv[1:])
