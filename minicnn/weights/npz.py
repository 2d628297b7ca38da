"""NumPy's .npz: ours ("conv1_1/kernel"), with the network's input on record, and Keras-named ones.

One that was distilled also holds read-outs ("readout/relu1_1") and a JSON record of its origin, with a
checksum of all its arrays, which is verified.

Nothing in it is ever unpickled: an array of objects is refused by its header.
"""

import io
import re
import struct
from contextlib import nullcontext
from math import prod

import numpy as np

from ..errors import WeightFileError
from ..preprocessing import Preprocessing
from . import record as records
from . import ziparchive
from .tensors import HWIO, Contents, Tensor, check_shape, shown

LONGEST = 10_000  # bytes of a header; NumPy's own limit
HEADER = re.compile(  # as NumPy writes it; L comes from Python 2
    rb"\{'descr': (.{1,200}?), 'fortran_order': (True|False), 'shape': \(([\d, L]{0,200})\),? ?\}\s*"
)
RECORD = "preprocessing/"
READOUT = "readout/"
SEALED = "record.json"
MOST_SEALED = 100_000_000  # bytes; to verify a checksum, everything is read


def read(source):
    """The arrays of an .npz file."""
    contents, record = Contents("npz", HWIO), {}
    entries = {name.removesuffix(".npy"): entry for name, entry in ziparchive.entries(source).items()}
    sealed = entries.pop(SEALED, None)
    for key, entry in entries.items():
        if key.startswith(RECORD) and entry.size < LONGEST:
            record[key.removeprefix(RECORD)] = _array(source, entry)
        elif sealed is not None and key.startswith(READOUT):
            contents.readouts[key.removeprefix(READOUT)] = _tensor(source, entry)
        else:
            contents.tensors[key] = _tensor(source, entry)
    if record:
        contents.input = _recorded(record)
    if sealed is not None:
        contents.record = _unsealed(source, entries, sealed)
    return contents


def write(path, parameters, preprocessing=None, readouts=None, record=None):
    """An .npz of {"conv1_1/kernel": array, ...} and what the network was trained to see.

    With a `record` (a dict for JSON), the arrays are compressed, sealed with it, and may include read-outs,
    {tap: R}.
    """
    arrays, save = dict(parameters), np.savez
    if preprocessing is not None:
        arrays |= {
            RECORD + name: np.array(getattr(preprocessing, name))
            for name in ("order", "scale", "mean", "std")
        }
    if record is not None:
        arrays |= {READOUT + tap: R for tap, R in (readouts or {}).items()}
        arrays[SEALED], save = records.seal(arrays, record), np.savez_compressed
    with nullcontext(path) if hasattr(path, "write") else open(path, "wb") as file:
        save(file, allow_pickle=False, **arrays)


def _unsealed(source, entries, sealed):
    """The record, verified against everything else in the file."""
    if sum(entry.size for entry in entries.values()) > MOST_SEALED or sealed.size > records.LONGEST:
        raise WeightFileError(f"expected at most {MOST_SEALED:,} bytes under a checksum, found more")
    head = bytes(ziparchive.unpack(source, sealed))
    arrays = {key: _array(source, entry) for key, entry in entries.items()}
    return records.unseal(arrays, np.load(io.BytesIO(head), allow_pickle=False))


def _tensor(source, entry):
    shape, _, dtype, _ = _header(source, entry)
    if dtype.kind != "f":
        raise WeightFileError(f"{shown(entry.name)}: expected floating-point numbers, found {shown(dtype)}")
    return Tensor(shape, lambda: _array(source, entry))


def _array(source, entry):
    shape, fortran, dtype, start = _header(source, entry)
    values = np.frombuffer(ziparchive.unpack(source, entry), dtype, offset=start)
    return values.reshape(shape, order="F" if fortran else "C")


def _header(source, entry):
    """(shape, Fortran order, dtype, where the numbers start); its size must be what the archive says."""
    head = bytes(ziparchive.unpack(source, entry, LONGEST + 12))
    wide = head[6:7] != b"\1"  # later versions than 1 have four bytes for the header's length, not two
    start = (12 if wide else 10) + struct.unpack_from("<I" if wide else "<H", head, 8)[0]
    match = HEADER.fullmatch(head[12 if wide else 10 : start])
    if not head.startswith(b"\x93NUMPY") or not match:
        raise WeightFileError(f"{shown(entry.name)} is no array of NumPy, or its header is damaged")
    descr, fortran, sizes = (group.decode() for group in match.groups())
    if "O" in descr:
        raise WeightFileError(f"{shown(entry.name)}: an array of objects, which would have to be unpickled")
    if not re.fullmatch(r"'[<>=|]?(f[248]|U\d{1,3})'", descr):
        raise WeightFileError(f"{shown(entry.name)}: expected floating-point numbers, found {shown(descr)}")
    dtype = np.dtype(descr.strip("'"))
    shape = check_shape(tuple(int(size) for size in sizes.replace("L", "").split(",") if size.strip()))
    if prod(shape) * dtype.itemsize + start != entry.size:
        raise WeightFileError(f"{shown(entry.name)}: its header says {shape}, which is not its size")
    return shape, fortran == "True", dtype, start


def _recorded(record):
    try:
        return Preprocessing(
            order=str(record["order"]),
            scale=float(record["scale"]),
            mean=tuple(record["mean"].tolist()),
            std=tuple(record["std"].tolist()),
            why="the file says so",
        )
    except KeyError as error:
        raise WeightFileError(f"its record of the network's input lacks {error}") from None
