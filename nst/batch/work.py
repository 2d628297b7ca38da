"""One job: plain data in, the bytes of a picture out, in this process or in a worker's.

Pictures travel as the bytes of their files, so that workers need not see the same disks; weights do not, and
each worker finds its own, which must be the same by their checksum.
"""

import hashlib
import json
import tempfile
import threading
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from minicnn.errors import MiniCNNError

from .. import image, inputs, networks
from ..adapted import identity
from ..errors import NSTError
from ..image import alpha
from ..inputs import Input
from ..runs.record import digest, found_again
from ..settings import make
from ..version import VERSION
from .jobs import form_of

FINGERPRINT = "job"  # the name under which a picture's text tells what it was made from
UNTOLD = ("weights", "max_pixels")  # settings that a picture does not depend on, or not by their names

_loaded = {}  # {what a network is: the network}, for all the jobs that this process will do
_one_at_a_time = threading.Lock()  # a run uses every core, and a network serves one at a time


@dataclass(frozen=True)
class Task:
    """A job as it travels."""

    name: str
    inputs: tuple  # of Input, as plain tuples
    settings: dict  # resolved
    layers: tuple  # that jobs with this network will need
    weights: dict  # name, path and checksum
    form: tuple  # format, bits, whether alpha is kept
    fingerprint: str
    version: str = VERSION


class Problem(NamedTuple):
    """Why a job failed, in a line; `code` is the command line's: 2 where it was refused, 1 otherwise."""

    words: str
    code: int


def task_of(job, layers):
    """The Task of a job; its pictures are read now. `layers`: {what a network is: those needed of it}."""
    given = inputs.gather(job.photo, job.paintings, job.settings)
    path = networks.weights_file(job.settings)
    sha = _digest(path, path.stat().st_mtime_ns)
    weights = {"name": path.name, "path": str(path.resolve()), "sha256": sha}
    return Task(
        str(job.path),
        tuple(map(tuple, given)),
        job.settings.record(),
        tuple(layers[identity(job.settings)]),
        weights,
        form_of(job),
        fingerprint(job, given, weights),
    )


def fingerprint(job, given, weights):
    """SHA-256 over all that the bytes of a job's picture are meant to depend on."""
    settings = {name: value for name, value in job.settings.record().items() if name not in UNTOLD}
    settings |= {name: inputs.renamed(settings[name], lambda _: "a picture") for name in inputs.FILES}
    pictures = [(one.role, one.sha256) for one in given]
    told = json.dumps([settings, pictures, weights["sha256"], form_of(job)], sort_keys=True)
    return hashlib.sha256(told.encode()).hexdigest()


def is_done(task):
    """Whether the output is there, and made of just this."""
    try:
        record = image.read_settings(task.name)
    except Exception:  # no picture at all, or a damaged one
        return False
    return isinstance(record, dict) and record.get(FINGERPRINT) == task.fingerprint


def paint(task, callback=None):
    """The bytes of the finished picture."""
    if task.version != VERSION:
        raise NSTError(f"the worker runs nst {VERSION}, where {task.version} is expected; install the same")
    with _one_at_a_time, tempfile.TemporaryDirectory(prefix="nst-") as folder:
        given = [_at_hand(Input(*one), Path(folder), number) for number, one in enumerate(task.inputs)]
        settings = make(**{**task.settings, "weights": None, **inputs.placed(given, task.settings)})
        settings = settings.replace(weights=found_again(task.weights, settings))
        kind, bits, keep = task.form
        network = _network(settings, task)
        transfer, transparency = inputs.transfer_of(given, settings, keep, network)
        transfer.run(callback)
        result = transfer.results[-1]
        if result.failed:
            raise NSTError(result.reason)
        picture = alpha.restored(transfer.picture(bits), transparency, transfer.settings)
        text = {**transfer.settings.record(), "weights": task.weights["name"]}
        return image.encode(kind, picture, {**inputs.text(text, given), FINGERPRINT: task.fingerprint})


def problem(error):
    """What is told of the error that a job ended with."""
    words = " ".join(str(error).split())
    if isinstance(error, (MiniCNNError, OSError)):  # no temporary folder, or no room in it
        return Problem(words, 2)
    if isinstance(error, MemoryError):
        return Problem("memory ran out; choose a smaller size", 2)
    return Problem(f"a fault of ours: {type(error).__name__}: {words}", 1)


def _at_hand(one, folder, number):
    """An Input that an option names, as a file: options hold names."""
    if one.role not in inputs.FILES:
        return one
    path = folder / f"{number}{Path(one.name).suffix}"
    path.write_bytes(one.data)
    return one._replace(path=str(path))


def _network(settings, task):
    key = (*identity(settings.replace(weights=None)), task.weights["sha256"], task.layers)
    if key not in _loaded:
        _loaded[key] = networks.load(settings, task.layers)
    return _loaded[key]


@lru_cache
def _digest(path, changed):
    return digest(path)
