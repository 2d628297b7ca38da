"""MatConvNet's .mat, old layout (`filters`, `biases`) and new (`weights`), v5 and v7; read by scipy.io.

The kernels are (kh, kw, in, out) already; dense layers are convolutions as large as what comes in. Pictures
are RGB there, 0..255, and the mean that is taken off stands in the file. The parser is C; `worker` runs
this module in a process of its own.
"""

from io import BytesIO

import numpy as np

from ..errors import WeightFileError
from ..preprocessing import Preprocessing
from .tensors import HWIO, Contents, Tensor, check_shape, shown

WANTED = ["layers", "meta", "normalization", "net"]


def read(source):
    """The layers of a .mat file, and the mean of its pictures."""
    if source.head(20).startswith(b"MATLAB 7.3"):
        raise WeightFileError("a MATLAB 7.3 file; in MATLAB, load it and save it again with the option '-v7'")
    from scipy import io

    file = str(source.path) if source.whole is None else BytesIO(source.whole)
    found = io.loadmat(file, variable_names=WANTED)
    if "layers" not in found and "net" in found:
        found = _fields(found["net"])
    if not isinstance(found.get("layers"), np.ndarray):
        raise WeightFileError("it holds no `layers`; is it a network of MatConvNet?")
    contents = Contents("mat", HWIO)
    for cell in found["layers"].ravel():
        layer = _fields(cell)
        for part, array in zip(("kernel", "bias"), _parameters(layer), strict=False):
            _add(contents, _text(layer.get("name")), part, array)
    contents.input = _input(found)
    return contents


def _add(contents, name, part, array):
    key = f"{name}/{part}"
    if not isinstance(array, np.ndarray) or array.dtype.kind != "f":
        raise WeightFileError(f"{shown(key)}: expected floating-point numbers, found {type(array).__name__}")
    if key in contents.tensors:
        raise WeightFileError(f"{shown(key)} occurs twice")
    values = array.ravel() if part == "bias" else array.reshape(array.shape + (1,) * (4 - array.ndim))
    contents.tensors[key] = Tensor(check_shape(values.shape), lambda: values)


def _parameters(layer):
    """[kernel, bias] of a layer that has them, in whichever layout."""
    if "weights" in layer:
        return list(np.asarray(layer["weights"], object).ravel())
    return [layer[name] for name in ("filters", "biases") if name in layer]


def _fields(cell):
    """A MATLAB struct, however deep in one-by-one arrays, as a dictionary; anything else as an empty one."""
    for _ in range(4):
        if not isinstance(cell, np.ndarray) or cell.size != 1:
            break
        if cell.dtype.names:
            record = cell.ravel()[0]
            return {name: record[name] for name in cell.dtype.names}
        cell = cell.ravel()[0]
    return {}


def _text(value):
    return str(np.asarray(value).ravel()[0]) if value is not None and np.size(value) else ""


def _input(found):
    """What the file says of its pictures: the mean picture, one value a channel of it."""
    settings = _fields(found.get("normalization")) or _fields(_fields(found.get("meta")).get("normalization"))
    mean = settings.get("averageImage")
    if not isinstance(mean, np.ndarray) or mean.dtype.kind not in "fiu" or mean.size < 3:
        return None
    mean = mean.reshape(-1, 3) if mean.shape[-1] == 3 else mean.reshape(3, -1).T
    values = tuple(float(value) for value in mean.mean(axis=0, dtype=np.float64))
    return Preprocessing(
        "RGB", 1.0, values, why="MatConvNet's pictures are RGB, and the file holds their mean"
    )
