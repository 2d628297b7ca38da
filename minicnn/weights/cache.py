"""Where weight files lie on this machine: named by hand, by MINICNN_WEIGHTS, or in the cache."""

import os
import sys
import time
from contextlib import contextmanager
from pathlib import Path

from ..errors import UnknownNameError, WeightFileError
from .known import FILES


def folder():
    """The cache: MINICNN_CACHE, or where this system keeps such things. It may not exist yet."""
    if given := os.environ.get("MINICNN_CACHE"):
        return Path(given).expanduser()
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Caches" / "minicnn"
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local") / "minicnn" / "Cache"
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "minicnn"


PACKAGED = {"pocket": Path(__file__).parents[1] / "data" / "pocket.npz"}


def find(name="vgg19", path=None, classifier=False):
    """The file of a network's weights, or None: `path`, then MINICNN_WEIGHTS, then the cache.

    A network that comes along needs no finding: MINICNN_WEIGHTS is not asked for it.

    name        a network ("vgg19": any of its files will do), or one published file ("vgg19-torchvision")
    classifier  whether the dense layers must be in it
    """
    named = None if name in PACKAGED else os.environ.get("MINICNN_WEIGHTS")
    for given, where in ((path, "the path"), (named, "MINICNN_WEIGHTS")):
        if given:
            if not Path(given).is_file():
                raise WeightFileError(f"{given}: expected a weight file where {where} says, found none")
            return Path(given)
    if name in PACKAGED:
        return PACKAGED[name] if PACKAGED[name].is_file() else None
    for known in candidates(name):
        lies = folder() / known.filename
        if lies.is_file() and (known.classifier or not classifier):
            return lies
    return None


def candidates(name):
    """The published files that `name` may stand for."""
    several = [known for known in FILES.values() if known.network == name]
    if not several and name not in FILES:
        raise UnknownNameError(f"weights: expected one of {', '.join(FILES)}, got {name!r}")
    return several or [FILES[name]]


@contextmanager
def lock(path, waiting=lambda: None):
    """Only one process at a time; the others wait. The system lets go of it when a process dies."""
    with open(path, "a+b") as file:
        told = False
        while not try_lock(file):
            if not told:
                waiting()
                told = True
            time.sleep(0.1)
        yield


def try_lock(file):
    """Whether an open file could be locked, which it then is until it is closed."""
    try:
        if sys.platform == "win32":
            import msvcrt

            file.seek(0)
            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except (BlockingIOError, PermissionError):
        return False
    except OSError:  # a file system without locks; every process has a file of its own to write to
        return True
    return True
