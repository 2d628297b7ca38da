"""Reading in a process of its own, for formats that C libraries parse: what such a file breaks is not ours.

The process may use little memory, write no file, and has a deadline for every answer; if it dies, that is
the file's fault and becomes a WeightFileError. Parent and child talk through the child's standard input and
output, in lines of JSON; the answer to `load` is a tensor in pieces, each a line and so many bytes.
"""

import importlib
import importlib.util
import json
import os
import subprocess
import sys
import threading
import time
from math import prod

import numpy as np

from ..errors import MiniCNNError, WeightFileError
from ..preprocessing import Preprocessing
from .source import Source
from .tensors import PIECE, Contents, Tensor, check_shape

FORMATS = {"h5": "h5py", "mat": "scipy"}  # and the package that each needs
START = 60.0  # seconds until the process has imported what it needs
PATIENCE, PACE = 1.2, 5e6  # seconds for an answer, and bytes a second on top
BUSY = 50  # times as many by the clock: what a busy machine may leave of a processor
ROOM = 150 << 20  # bytes, beside what was asked for
LINE = 4 << 20


class Worker:
    """The parent's end: `open(source)` gives Contents whose tensors are loaded by the child."""

    late = False  # whether a deadline has ended it

    def __init__(self, name):
        package = FORMATS[name]
        if importlib.util.find_spec(package) is None:
            raise WeightFileError(f"a .{name} file needs {package}: python -m pip install {package}")
        self.name = name
        paths = json.dumps([os.path.abspath(path) for path in sys.path])
        program = (
            "import json, sys; sys.path[:] = json.loads(sys.argv[1]); "
            "from minicnn.weights.worker import serve; serve(sys.argv[2])"
        )
        quiet = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "HDF5_PLUGIN_PRELOAD": "::"}
        self.process = subprocess.Popen(
            [sys.executable, "-I", "-c", program, paths, name],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={**os.environ, **quiet},
        )

    def __enter__(self):
        with self._deadline(START):
            self._answer()
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.communicate()

    def open(self, source):
        """(contents, SHA-256) of a file."""
        with self._deadline(PATIENCE + source.size / PACE):
            answer = self._ask(open=str(source.path.absolute()))
        contents = Contents(self.name, answer["layout"], input=None)
        for name, shape in answer["tensors"].items():
            contents.tensors[name] = Tensor(check_shape(tuple(shape)), self._loader(name, tuple(shape)))
        if answer["input"]:
            contents.input = Preprocessing(**answer["input"])
        return contents, answer["sha256"]

    def _loader(self, name, shape):
        def load():
            values = np.empty(shape, np.float32)
            room = memoryview(values).cast("B")
            with self._deadline(PATIENCE + len(room) / PACE):
                answer = self._ask(load=name)
                while room:
                    piece = room[: answer["bytes"]]
                    if self.process.stdout.readinto(piece) != answer["bytes"]:
                        self._died()
                    room = room[len(piece) :]
                    answer = self._answer() if room else None
            return values

        return load

    def _ask(self, **question):
        try:
            self.process.stdin.write(json.dumps(question).encode() + b"\n")
            self.process.stdin.flush()
        except OSError:
            self._died()
        return self._answer()

    def _answer(self):
        line = self.process.stdout.readline(LINE)
        if not line.endswith(b"\n"):
            self._died()
        answer = json.loads(line)
        if "error" in answer:
            raise WeightFileError(answer["error"])
        return answer

    def _died(self):
        code = self.process.wait()
        how = "took too long" if self.late else f"died (code {code})"
        raise WeightFileError(f"it is damaged: the process that read it {how}")

    def _deadline(self, seconds):
        return _Deadline(self, seconds)


class _Deadline:
    """Ends a process that has not answered in time; whoever waits for it then reads the end of its output.

    Its own seconds of work count, where the system tells them: a busy machine makes no file a bad one.
    """

    def __init__(self, worker, seconds):
        self.worker, self.seconds, self.answered = worker, seconds, threading.Event()

    def __enter__(self):
        pid = self.worker.process.pid
        threading.Thread(target=self._watch, args=(pid, spent(pid), time.monotonic()), daemon=True).start()

    def __exit__(self, *_):
        self.answered.set()

    def _watch(self, pid, spent_before, began):
        wait = self.seconds
        while not self.answered.wait(wait):
            lasted, worked = time.monotonic() - began, spent(pid)
            worked = lasted if worked is None else worked - spent_before
            if worked >= self.seconds or lasted >= BUSY * self.seconds:
                self.worker.late = True
                self.worker.process.kill()
                return
            wait = max(self.seconds - worked, 0.01)


def spent(pid):
    """Seconds of processor time of a process; None where the system does not tell."""
    try:
        with open(f"/proc/{pid}/stat") as file:
            user, system = file.read().rpartition(")")[2].split()[11:13]
        return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")
    except OSError:
        return None


# --- the child's end --------------------------------------------------------------------------------------


def serve(name):
    """Answer questions until the parent hangs up."""
    out = os.fdopen(os.dup(1), "wb")
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # nothing that a library prints may disturb the answers
    reader = importlib.import_module(f"minicnn.weights.{name}")
    importlib.import_module(FORMATS[name])
    if name == "mat":
        importlib.import_module("scipy.io")
    _write(out, {"ready": True})
    tensors = {}
    for line in sys.stdin.buffer:
        question = json.loads(line)
        try:
            if "open" in question:
                answer, tensors = _open(reader.read, question["open"])
                _write(out, answer)
            else:
                _send(out, tensors.pop(question["load"]))
        except MiniCNNError as error:
            _write(out, {"error": str(error)})
        except Exception as error:  # a library may raise anything at all on a damaged file
            detail = " ".join(str(error).split())[:200]
            _write(out, {"error": f"it is damaged ({type(error).__name__}: {detail})"})


def _open(read, path):
    with Source(path) as source:
        limit(ROOM + 3 * source.size)
        contents = read(source)
        shapes = {name: tensor.shape for name, tensor in contents.tensors.items()}
        known = contents.input
        names = ("order", "scale", "mean", "std", "sure", "why")
        answer = {
            "layout": contents.layout,
            "tensors": shapes,
            "input": known and {name: getattr(known, name) for name in names},
            "sha256": source.sha256,
        }
    return answer, contents.tensors


def _send(out, tensor):
    """A tensor as float32, a few rows at a time: a whole copy of fc6 would take 400 MB."""
    shape = tensor.shape
    limit(ROOM + 3 * 8 * prod(shape))
    values = tensor.load()
    rows = max(1, PIECE // max(1, prod(shape[1:])))
    for start in range(0, shape[0], rows) if shape else ():
        with np.errstate(all="ignore"):
            piece = np.ascontiguousarray(values[start : start + rows], dtype=np.float32)
        _write(out, {"bytes": piece.nbytes})
        out.write(piece)
    out.flush()


def _write(out, answer):
    out.write(json.dumps(answer).encode() + b"\n")
    out.flush()


def limit(more):
    """No core dump, no file written, so many bytes beside those in use; where the system can see to it."""
    try:
        import resource
    except ImportError:  # Windows
        return
    for kind in (resource.RLIMIT_CORE, resource.RLIMIT_FSIZE):
        resource.setrlimit(kind, (0, 0))
    try:
        with open("/proc/self/statm") as file:
            used = int(file.read().split()[0]) * resource.getpagesize()
    except OSError:
        return
    hard = resource.getrlimit(resource.RLIMIT_AS)[1]
    least = used + more if hard == resource.RLIM_INFINITY else min(used + more, hard)
    resource.setrlimit(resource.RLIMIT_AS, (least, hard))
