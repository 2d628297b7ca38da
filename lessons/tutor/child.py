"""A reader's file examined in a process of its own: `python -m lessons.tutor.child 2.1 FILE RESULT`.

RESULT receives lines of JSON: {"trying": text} before each case, {"verdict": {...}} at the end. Where time
runs out the process ends itself, and the reader's line is on stderr.
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

from .evidence import exception_lines
from .examine import Verdict, examine
from .exercise import load_file

CPU_SECONDS, IDLE_SECONDS, SECONDS = 2, 8, 30  # of computing; while idle; in all, on the busiest machine
IDLE = 0.5  # seconds of computing: with less a process has been waiting
OUT_OF_TIME = 87
MEMORY = 4 << 30
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
    limit()
    printed = Capped()
    with open(result, "w", encoding="utf-8", buffering=1) as out:

        def say(**line):
            out.write(json.dumps(line, ensure_ascii=False) + "\n")

        with contextlib.redirect_stdout(printed), contextlib.redirect_stderr(printed):
            verdict = judge(asked, file, lambda text: say(trying=text))
        verdict.printed = printed.kept
        say(verdict=dataclasses.asdict(verdict))


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


def limit():
    """Time and memory, so that an endless loop or a huge array ends this process and nothing else.

    Computing is what counts, as a machine may be busy with other things; idling is counted by the clock.
    """
    threading.Thread(target=watch, args=(time.process_time(), time.monotonic()), daemon=True).start()
    try:
        import resource
    except ImportError:  # not on Windows
        return
    faulthandler.register(signal.SIGXCPU, all_threads=True, chain=True)
    cpu = int(time.process_time()) + CPU_SECONDS + 2  # for what does not let the watching thread in
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CPU, (cpu, cpu + 2))
    with contextlib.suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))


def watch(cpu, clock):
    """Ends the process, with every thread's place on stderr, once its time is up."""
    while True:
        time.sleep(0.1)
        used, since = time.process_time() - cpu, time.monotonic() - clock
        if used > CPU_SECONDS or since > (IDLE_SECONDS if used < IDLE else SECONDS):
            faulthandler.dump_traceback(sys.__stderr__)
            os._exit(OUT_OF_TIME)


if __name__ == "__main__":
    main(*sys.argv[1:])
