"""NumPy's .npz: ours ("conv1_1/kernel"), with the network's input on record, and Keras-named ones.

Nothing in it is ever unpickled: an array of objects is refused by its header.
"""

import re
import struct
from math import prod

import numpy as np

from ..errors import WeightFileError
from ..preprocessing import Preprocessing
from . import ziparchive
from .tensors import HWIO, Contents, Tensor, check_shape, shown

LONGEST = 10_000  # bytes of a header; NumPy's own limit
HEADER = re.compile(  # as NumPy writes it; L comes from Python 2
    rb"\{'descr': (.{1,200}?), 'fortran_order': (True|False), 'shape': \(([\d, L]{0,200})\),? ?\}\s*"
)
RECORD = "preprocessing/"


def read(source):
    """The arrays of an .npz file."""
    contents, record = Contents("npz", HWIO), {}
    for name, entry in ziparchive.entries(source).items():
        key = name.removesuffix(".npy")
        if key.startswith(RECORD) and entry.size < LONGEST:
            record[key.removeprefix(RECORD)] = _array(source, entry)
        else:
            contents.tensors[key] = _tensor(source, entry)
    if record:
        contents.input = _recorded(record)
    return contents


def write(path, parameters, preprocessing=None):
    """An .npz of {"conv1_1/kernel": array, ...} and, on record, what the network was trained to see."""
    record = {}
    if preprocessing is not None:
        record = {RECORD + name: getattr(preprocessing, name) for name in ("order", "scale", "mean", "std")}
    with open(path, "wb") as file:
        np.savez(file, allow_pickle=False, **parameters, **record)


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
