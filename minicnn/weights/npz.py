"""NumPy's .npz: ours ("conv1_1/kernel"), with the network's input on record, and Keras-named ones.

Nothing in it is ever unpickled: an array of objects is refused by its header.
"""

import io
import warnings
from math import prod

import numpy as np

from ..errors import WeightFileError
from ..preprocessing import Preprocessing
from . import ziparchive
from .tensors import HWIO, Contents, Tensor, check_shape, shown

HEADER = 10_000  # bytes; NumPy's own limit
RECORD = "preprocessing/"


def read(source):
    """The arrays of an .npz file."""
    contents, record = Contents("npz", HWIO), {}
    for name, entry in ziparchive.entries(source).items():
        key = name.removesuffix(".npy")
        if key.startswith(RECORD):
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
    """(shape, Fortran order, dtype, where the data start); its size must be what the archive says."""
    head = io.BytesIO(bytes(ziparchive.unpack(source, entry, HEADER + 12)))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        version = np.lib.format.read_magic(head)
        parse = {
            (1, 0): np.lib.format.read_array_header_1_0,
            (2, 0): np.lib.format.read_array_header_2_0,
        }.get(version)
        if parse is None:
            raise WeightFileError(f"{shown(entry.name)}: unknown version {version} of the .npy format")
        shape, fortran, dtype = parse(head, max_header_size=HEADER)
    if dtype.hasobject:
        raise WeightFileError(f"{shown(entry.name)}: an array of objects, which would have to be unpickled")
    if prod(check_shape(shape)) * dtype.itemsize + head.tell() != entry.size:
        raise WeightFileError(f"{shown(entry.name)}: its header says {shape}, which is not its size")
    return shape, fortran, dtype, head.tell()


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
