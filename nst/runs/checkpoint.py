"""The state of a run as one file: arrays as .npz without pickle, everything else as JSON among them."""

import json
import zlib
from zipfile import BadZipFile

import numpy as np

from ..errors import RunError
from ..files import written_whole

STATE, PREFIX = "state.json", "optimizer/"
UNREADABLE = (OSError, ValueError, KeyError, EOFError, BadZipFile, zlib.error)


def save(path, state, ended=None):
    """`Transfer.state()`, and {"reason", "failed"} of a run that ended."""
    optimizer = state["optimizer"]
    arrays = {PREFIX + name: value for name, value in optimizer.items() if isinstance(value, np.ndarray)}
    plain = {name: value for name, value in optimizer.items() if not isinstance(value, np.ndarray)}
    text = json.dumps({**state, "optimizer": plain, "ended": ended}, allow_nan=False)
    with written_whole(path) as file:
        np.savez(file, **arrays, **{STATE: np.frombuffer(text.encode(), np.uint8)})


def load(path):
    """The state, with its "ended"; None where there is no file yet."""
    try:
        with np.load(path, allow_pickle=False) as stored:
            arrays = {name: stored[name] for name in stored.files}
        state = json.loads(arrays.pop(STATE).tobytes())
        optimizer = state["optimizer"]
    except FileNotFoundError:
        return None
    except UNREADABLE as error:
        raise RunError(
            f"{path}: expected the state of a run, found a damaged file ({error}); delete it, and the run "
            "starts again"
        ) from error
    # JSON knows no tuples; no state but the restarts is a list of its own.
    plain = {n: tuple(v) if isinstance(v, list) and n != "restarts" else v for n, v in optimizer.items()}
    state["optimizer"] = plain | {name[len(PREFIX) :]: array for name, array in arrays.items()}
    return state
