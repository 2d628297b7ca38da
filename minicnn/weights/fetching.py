"""A published file into the cache: mirrors in turn, checked before anything opens it, moved into place."""

import hashlib
import os
import queue
import socket
import sys
import threading
import urllib.request
from urllib.parse import urlsplit

from ..errors import UnknownNameError, WeightFileError
from .cache import folder, lock
from .known import FILES
from .source import LARGEST

CONNECT, ANSWER = 4, 20  # seconds to wait for a connection, and for the next bytes


def fetch(name="vgg19", quiet=False):
    """The path of a published file in the cache, fetched unless it is there already and whole."""
    if name not in FILES:
        raise UnknownNameError(f"weights: expected one of {', '.join(FILES)}, got {name!r}")
    known = FILES[name]
    target = folder() / known.filename
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with lock(target.with_name(f".{known.filename}.lock"), lambda: _say(quiet, known, "waiting for it")):
            if not target.is_file() or not known.fits(target):
                _from_anywhere(known, target, quiet)
    except OSError as error:
        raise WeightFileError(
            f"{target}: it cannot be written ({error.strerror or error}); set MINICNN_CACHE to another folder"
        ) from error
    return target


def _from_anywhere(known, target, quiet):
    for left in target.parent.glob(f".{known.filename}.*.part"):  # by a process that was killed
        left.unlink(missing_ok=True)
    part = target.with_name(f".{known.filename}.{os.getpid()}.part")
    reachable, complaints = _reachable(known.urls), []
    try:
        for url in known.urls:
            if url not in reachable:
                complaints.append(f"{urlsplit(url).hostname}: no connection")
                continue
            complaint = _from_one(url, known, part, quiet)
            if complaint is None:
                os.replace(part, target)
                return
            complaints.append(f"{urlsplit(url).hostname}: {complaint}")
    finally:
        part.unlink(missing_ok=True)
    raise WeightFileError(_what_else(known, target, complaints))


def _from_one(url, known, part, quiet):
    """Download to `part` and check it. None, or why this will not do."""
    pooch, requests, tqdm = _packages()
    kind, _, digits = known.checksum.partition(":")
    seen = not quiet and sys.stderr.isatty()
    # tqdm is false without a total, and pooch then leaves it out; the true total comes with the answer
    bar = tqdm(total=1, unit="B", unit_scale=True, desc=known.filename, disable=not seen, leave=False)
    get = pooch.HTTPDownloader(progressbar=bar, chunk_size=1 << 16, timeout=(CONNECT, ANSWER))
    try:
        with part.open("wb") as file, bar:
            incoming = Incoming(file, hashlib.new(kind), known.size or LARGEST)
            get(url, incoming, None)
    except requests.HTTPError as error:
        return f"{error.response.status_code} {error.response.reason}"
    except requests.TooManyRedirects:
        return "it redirects in a circle"
    except requests.Timeout:
        return "it does not answer"
    except requests.RequestException as error:
        return f"the connection broke off ({type(error).__name__})"
    except TooLong as error:
        return str(error)
    found = incoming.digest.hexdigest()
    if not found.startswith(digits):
        return f"the wrong file (expected {kind} {digits}, found {found})"
    return None


def _packages():
    try:
        import pooch
        import requests
        from tqdm import tqdm
    except ImportError as error:
        raise WeightFileError(
            f"fetching needs {error.name}: python -m pip install pooch tqdm; or download the file by hand"
        ) from error
    return pooch, requests, tqdm


class TooLong(Exception):  # noqa: N818
    """More bytes come than the file has."""


class Incoming:
    """A file that is hashed while it is written, and that does not grow without end."""

    def __init__(self, file, digest, most):
        self.file, self.digest, self.most, self.size = file, digest, most, 0

    def write(self, data):
        self.size += len(data)
        if self.size > self.most:
            raise TooLong(f"more than the {self.most} bytes expected")
        self.digest.update(data)
        self.file.write(data)

    def flush(self):
        """Left to the file, which knows best when."""


def _reachable(urls):
    """Those addresses whose hosts take a connection.

    All are tried at once, so that a machine that is offline says so within seconds. Behind a proxy nothing
    can be known beforehand.
    """
    if {"http", "https", "all"} & urllib.request.getproxies().keys():
        return set(urls)
    answers = queue.Queue()

    def call(url):
        parts = urlsplit(url)
        port = parts.port or (443 if parts.scheme == "https" else 80)
        try:
            socket.create_connection((parts.hostname, port), timeout=CONNECT).close()
            answers.put(url)
        except OSError:
            answers.put(None)

    for url in urls:
        threading.Thread(target=call, args=(url,), daemon=True).start()
    found = set()
    for _ in urls:
        try:
            found.add(answers.get(timeout=CONNECT + 1))
        except queue.Empty:  # a name server that never answers
            break
    return found


def _what_else(known, target, complaints):
    return (
        f"{known.name} could not be fetched ({'; '.join(complaints)}). What else to do:\n"
        f"  - download {known.urls[0]} on any machine and put it at {target}\n"
        f"  - or set MINICNN_WEIGHTS to any file of {known.network}, in any format that "
        "`python -m minicnn.weights info FILE` can read\n"
        "  - or name such a file where you use it, as `weights=` or `--weights`"
    )


def _say(quiet, known, what):
    if not quiet:
        print(f"another process is fetching {known.name}; {what}", file=sys.stderr)
