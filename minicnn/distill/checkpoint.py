"""Files of a run: checkpoints, from which it goes on to the same bytes, and the network that comes out."""

import json
import os
from pathlib import Path
from zipfile import BadZipFile

import numpy as np

from ..errors import OptionError, WeightFileError
from ..weights.npz import write
from .settings import Settings
from .student import Readout

STATE = "state.json"
ORIGIN = {
    "network": "a narrower VGG19, taught to see as VGG19 sees: python -m minicnn.distill",
    "licence": "CC BY 4.0",
    "origin": "distilled from VGG19 by Karen Simonyan and Andrew Zisserman (2014), whose weights are "
    "licensed CC BY 4.0",
    "read-outs": "R (c, k) of a tap turns this network's activations F (M, c) into VGG19's: F R",
}


def save(path, training, sums):
    """Everything that the rest of the run depends on but teacher and pictures, in one go or not at all."""
    arrays = {f"network/{name}": value for name, value in training.student.network.parameters().items()}
    for tap, readout in training.student.readouts.items():
        arrays[f"readout/{tap}"] = readout.params["kernel"]
        arrays[f"scale/{tap}"] = np.array(readout.scale)
    if training.counterfeits is not None:
        arrays["counterfeits"] = training.counterfeits
    arrays |= {f"shelf/{name}": value for name, value in training.shelf.stored().items()}
    arrays |= {f"adam/{name}": value for name, value in training.optimiser.state().items()}
    state = {
        "settings": training.settings.as_dict(),
        "done": training.done,
        "rng": training.rng.bit_generator.state,
        "energy": training.energy,
        "gram_energy": training.gram_energy,
        "pictures": training.pool.digest,
        "history": training.history,
        "sums": sums,
    }
    arrays[STATE] = np.frombuffer(json.dumps(state).encode(), np.uint8)
    _atomically(path, lambda file: np.savez(file, allow_pickle=False, **arrays))


def settings_of(path):
    """The Settings of the run that wrote a checkpoint."""
    return Settings.from_dict(_read(path)[1]["settings"])


def restore(path, training):
    """Takes a training of the same settings and pictures to where the checkpoint was written; its sums."""
    arrays, state = _read(path)
    if state["pictures"] != training.pool.digest:
        raise OptionError(
            f"{path}: it was learning from other pictures; give it the same --images, --pool or seed again"
        )
    parameters = training.student.network.parameters()
    try:
        for name, value in parameters.items():
            value[...] = arrays[f"network/{name}"]
        for tap in training.settings.taps:
            training.student.readouts[tap] = Readout(tap, arrays[f"readout/{tap}"], arrays[f"scale/{tap}"])
        training.begin_optimiser()
        training.optimiser.restore(_of("adam/", arrays))
        training.shelf.restore(_of("shelf/", arrays))
    except (KeyError, ValueError) as error:
        raise WeightFileError(f"{path}: the checkpoint does not fit its own settings ({error})") from error
    training.counterfeits = arrays.get("counterfeits")
    training.rng.bit_generator.state = state["rng"]
    training.done, training.history = state["done"], state["history"]
    training.energy, training.gram_energy = state["energy"], state["gram_energy"]
    return state["sums"]


def export(path, training, teacher):
    """The network as float16, its read-outs and its record, sealed; `teacher`: what to say of its file."""
    network = training.student.network
    record = {
        **ORIGIN,
        "teacher": teacher,
        "training": {
            "settings": training.settings.as_dict(),
            "steps done": training.done,
            "pictures": training.pool.digest,
            "errors": {
                "what": "relative squared error on pictures that were not learnt from: of the teacher's "
                "activations, of its Gram matrices",
                **training.history[-1]["held out"],
            },
        },
    }
    half = {name: _half(value, name) for name, value in network.parameters().items()}
    readouts = {tap: _half(readout.matrix, tap) for tap, readout in training.student.readouts.items()}
    _atomically(path, lambda file: write(file, half, network.preprocessing, readouts, record))


def _half(value, name):
    half = value.astype(np.float16)
    if not np.isfinite(half).all():
        raise WeightFileError(
            f"distill: {name} leaves the range of float16; train it again at a smaller --rate"
        )
    return half


def _of(group, arrays):
    return {name.removeprefix(group): value for name, value in arrays.items() if name.startswith(group)}


def _read(path):
    """(arrays, state) of a checkpoint."""
    try:
        with np.load(path, allow_pickle=False) as stored:
            arrays = {name: stored[name] for name in stored.files}
        return arrays, json.loads(arrays.pop(STATE).tobytes().decode())
    except FileNotFoundError:
        raise WeightFileError(f"{path}: expected a checkpoint to go on from, found no file") from None
    except (OSError, ValueError, KeyError, EOFError, BadZipFile) as error:
        raise WeightFileError(f"{path}: expected a checkpoint that a run wrote ({error})") from error


def _atomically(path, write_to):
    """A file that is either the old one or all of the new one."""
    path = Path(path)
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        with open(beside, "wb") as file:
            write_to(file)
        os.replace(beside, path)
    except OSError as error:
        raise WeightFileError(
            f"{path}: cannot be written ({error.strerror}); choose another place"
        ) from error
    finally:
        beside.unlink(missing_ok=True)
