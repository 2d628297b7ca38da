"""What settings.json says of a run beside its settings: with which program, and through which weights."""

import hashlib
import platform
from pathlib import Path

import numpy
import PIL
import scipy

from minicnn.errors import WeightFileError
from minicnn.parallel import blas_libraries, thread_count

from ..errors import RunError
from ..networks import weights_file
from ..version import VERSION


def program(device):
    """Everything about this program and machine that the bytes of a picture may depend on."""
    named = [
        f"{b['internal_api']} {b['version']} {b.get('architecture', '')}".strip() for b in blas_libraries()
    ]
    return {
        "nst": VERSION,
        "python": platform.python_version(),
        "numpy": numpy.__version__,
        "scipy": scipy.__version__,
        "pillow": PIL.__version__,
        "platform": platform.platform(),
        "blas": sorted(set(named)),
        "threads": thread_count(),
        "device": device.title,
    }


def changes(then, device):
    """How this program and machine differ from those that began a run, a few words each."""
    then = {"device": "the CPU", **then}  # what was written down before there was anything else
    return [
        f"{name} {_words(now)}, not {_words(then.get(name))}"
        for name, now in program(device).items()
        if now != then.get(name)
    ]


def weights_of(settings):
    """Name, place and checksum of the weights that resolved settings come to; None without a file."""
    try:
        path = weights_file(settings)
    except WeightFileError:  # a network that was handed over, not loaded
        return None
    return {"name": path.name, "path": str(path.resolve()), "sha256": digest(path)}


def found_again(weights, settings, given=None):
    """The path of the weights that a run began with: the file `given`, or where they were, or are by now."""
    if weights is None:
        return settings.weights
    places = [given] if given else [weights["path"], None]
    for place in places:
        try:
            path = weights_file(settings.replace(weights=place))
        except WeightFileError:
            if given:
                raise
            continue
        if digest(path) == weights["sha256"]:
            return str(path)
    where = f"{given} holds others" if given else f"they are no longer at {weights['path']}"
    raise RunError(
        f"weights: the run began with {weights['name']}, SHA-256 {weights['sha256'][:16]}…, and {where}; "
        "give that file with --weights"
    )


def digest(path):
    """SHA-256 of a file."""
    sha = hashlib.sha256()
    with Path(path).open("rb") as file:
        while block := file.read(1 << 20):
            sha.update(block)
    return sha.hexdigest()


def _words(value):
    return ", ".join(value) if isinstance(value, list) else str(value)
