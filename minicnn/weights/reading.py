"""Any weight file to layers under our names, in our shapes: `read`, and `load` for the zoo."""

import os
import struct
import zlib
from contextlib import contextmanager
from dataclasses import dataclass, field
from math import prod
from pathlib import Path

import numpy as np

from .. import zoo
from ..checks import finite
from ..errors import MiniCNNError, NonFiniteError, OptionError, WeightFileError
from ..ops.options import shown
from ..preprocessing import Preprocessing, convention
from . import caffemodel, formats, names, npz, pth, safetensors, tfjs, worker
from .expects import decide
from .layout import arrange
from .source import Source
from .tensors import MOST

READERS = {
    "npz": npz.read,
    "pth": pth.read,
    "caffemodel": caffemodel.read,
    "safetensors": safetensors.read,
    "tfjs": tfjs.read,
}
# What a parser meets in a file that is damaged or hostile. Anything else is a fault of ours and shows as one.
DAMAGE = (
    ValueError,
    LookupError,
    TypeError,
    ArithmeticError,
    EOFError,
    MemoryError,
    RecursionError,
    OSError,
    struct.error,
    zlib.error,
)


@dataclass
class WeightFile:
    """What `read` found.

    layers   {"conv1_1": {"kernel": (kh, kw, in, out), "bias": (out,)}, "fc6": {"kernel": (in, out), ..}, ..}:
             float32, in the network's order, those that were asked for
    shapes   the same for every layer of the file, as shapes
    expects  the Preprocessing that the network was trained with; it says how sure that is, and why
    sha256   of the file at `path`; of a TensorFlow.js model, that is its model.json
    readouts {"relu1_1": (c, k), ...}: from its channels to its teacher's, float32; most files have none
    record   of where the weights come from, as the file tells it; {} where it does not
    """

    path: Path
    format: str
    sha256: str
    layers: dict = field(repr=False)
    expects: Preprocessing
    shapes: dict = field(repr=False)
    readouts: dict = field(default_factory=dict, repr=False)
    record: dict = field(default_factory=dict, repr=False)


def read(path, only=None, expects=None):
    """The weights in `path`, whatever its format; nothing in it is executed, and little of it believed.

    only     names of the layers that are wanted; the others are recognised, but not loaded where the
             format allows it
    expects  overrides what the file says or seems to say: a Preprocessing, "caffe" or "torchvision"
    """
    if not isinstance(path, (str, os.PathLike)):
        raise OptionError(f"weights: expected the path of a file, or what read gave, got {shown(path)}")
    override = convention(expects)
    only = None if only is None else {only} if isinstance(only, str) else set(only)
    try:
        # an overflow in a conversion is no news: what is not finite is refused by name
        with np.errstate(all="ignore"), _opened(path) as (contents, sha256):
            plan = _plan(contents)
            wanted = plan if only is None else {name: plan[name] for name in plan if name in only}
            first = {name: plan[name] for name in plan if name == "conv1_1"}
            layers = {}
            for name in {**first, **wanted}:
                layers[name] = {
                    part: _array(contents, name, part, *spec) for part, spec in plan[name].items()
                }
            expects = decide(override, contents, sha256, layers)
            readouts = {tap: _readout(tap, tensor, plan) for tap, tensor in contents.readouts.items()}
    except MiniCNNError as error:
        raise WeightFileError(f"{path}: {error}") from error
    except DAMAGE as error:
        detail = " ".join(str(error).split())[:200]
        raise WeightFileError(f"{path}: it is damaged ({type(error).__name__}: {detail})") from error
    return WeightFile(
        path=Path(path),
        format=contents.format,
        sha256=sha256,
        layers={name: layers[name] for name in wanted},
        expects=expects,
        shapes={name: {part: how.after for part, (_, how) in parts.items()} for name, parts in plan.items()},
        readouts=readouts,
        record=contents.record,
    )


def load(weights, shapes, copy=False, network=()):
    """(parameters, preprocessing, read-outs) for layers of these shapes, out of a path or a WeightFile.

    Every layer must be there in its shape, and no convolution besides; dense layers may be left over, and
    the further convolutions of a `network` (their names) of which only the beginning is wanted. A
    WeightFile shares its arrays with all networks built from it, unless `copy`.
    """
    file = weights if isinstance(weights, WeightFile) else read(weights, only=shapes)
    for name, parts in shapes.items():
        if name not in file.shapes:
            _refuse(file, f"expected layer {name}, not found")
        for part, shape in parts.items():
            if (found := file.shapes[name][part]) != shape:
                _refuse(file, f"{name}: expected a {part} of shape {shape}, found {found}")
        if name not in file.layers:
            _refuse(file, f"{name} is in the file, but was not read from it")
    for name in file.shapes:
        if name not in shapes and name not in zoo.DENSE and name not in network:
            _refuse(file, f"expected no layer {name}, found one")
    convolutions = set(file.shapes) - set(zoo.DENSE)
    others = [set(zoo.parameter_shapes(other)) for other in zoo.ARCHITECTURES] if network else []
    # The beginning of the network will do, the whole of another one will not.
    if convolutions in others and convolutions != set(list(network)[: len(convolutions)]):
        _refuse(file, f"expected layer {min(set(network) - convolutions)}, not found")
    layers = file.layers
    if copy and file is weights:
        layers = {n: {p: array.copy() for p, array in parts.items()} for n, parts in layers.items()}
    return layers, file.expects, file.readouts


def _refuse(file, complaint):
    """The complaint, with a hint: the network whose layers these are."""
    for network in zoo.ARCHITECTURES:
        expected = zoo.parameter_shapes(network)
        if set(expected) == set(file.shapes) - set(zoo.DENSE):
            same = all(expected[name] == file.shapes[name] for name in expected)
            complaint += f"; these are the layers of {network}" + ("" if same else ", at another width")
    raise WeightFileError(f"{file.path}: {complaint}")


@contextmanager
def _opened(path):
    """(contents, SHA-256) of a file; those that C libraries read are read in a process of their own."""
    with Source(path) as source:
        name = formats.recognise(source)
        if name in worker.FORMATS:
            with worker.Worker(name) as process:
                yield process.open(source)
        else:
            yield READERS[name](source), source.sha256


def _plan(contents):
    """{our layer: {"kernel": (name in the file, Arrangement), "bias": ...}} in the network's order."""
    found = names.ours(contents.tensors)
    if not found:
        raise WeightFileError("it holds no layers")
    order = {name: index for index, name in enumerate(_in_order())}
    layers = sorted({layer for layer, _ in found}, key=order.__getitem__)
    plan, channels = {}, None
    for layer in layers:
        plan[layer] = {}
        for part in ("kernel", "bias"):
            if (layer, part) not in found:
                raise WeightFileError(f"{layer}: its {part} is missing")
            origin = found[layer, part]
            how = arrange(layer, part, contents.tensors[origin].shape, contents.layout, channels)
            plan[layer][part] = origin, how
        kernel, bias = (plan[layer][part][1].after for part in ("kernel", "bias"))
        if kernel[-1:] != bias:
            raise WeightFileError(f"{layer}: a kernel {kernel} and a bias {bias} do not belong together")
        channels = channels if layer.startswith("fc") else kernel[-1]
    total = sum(prod(how.after) for parts in plan.values() for _, how in parts.values())
    if total > MOST:
        raise WeightFileError(f"expected at most {MOST:,} weights in all, found {total:,}")
    return plan


def _in_order():
    """All names of the zoo, such that those of each network stay in order."""
    every = sorted({name for network in zoo.ARCHITECTURES for name in zoo.parameter_shapes(network)})
    return [*every, *zoo.DENSE]


def _array(contents, layer, part, origin, how):
    array = how.apply(contents.tensors[origin].load())
    try:
        return finite(array, f"{layer}: {part}")
    except NonFiniteError as error:
        raise WeightFileError(f"{error}; the file is damaged") from error


def _readout(tap, tensor, plan):
    """The read-out at a tap, (c, k): one row for each channel of the convolution there."""
    channels = plan.get(tap.replace("relu", "conv"), {}).get("kernel")
    if channels is None or len(tensor.shape) != 2 or tensor.shape[0] != channels[1].after[-1]:
        raise WeightFileError(f"the read-out at {tap}, {tensor.shape}, does not fit the layers of the file")
    return finite(tensor.load().astype(np.float32), f"read-out at {tap}")
