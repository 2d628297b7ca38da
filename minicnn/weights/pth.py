"""PyTorch's .pth: the zip archive (since 1.6) and the older stream of pickles with the numbers after it.

Either way a small pickle says which tensor is a view of which storage (offset, shape, strides), and the
storages follow as raw numbers. Our own machine reads the pickle; NumPy reads the numbers.
"""

import struct

import numpy as np

from ..errors import WeightFileError
from . import ziparchive
from .tensors import OIHW, SIZES, Contents, Tensor, check_shape, floats, shown
from .unpickler import LONGEST, Machine

MAGIC = 0x1950A86A20F9469CFC6C
STREAM = b"\x80\x02\x8a\x0a" + MAGIC.to_bytes(10, "little")  # how the older layout begins
KINDS = {
    **{"Float": "f4", "Double": "f8", "Half": "f2", "BFloat16": "bf16"},
    **{"Long": "i8", "Int": "i4", "Short": "i2", "Char": "i1", "Byte": "u1", "Bool": "u1"},
}
STORAGES = {
    f"{module}.{name}Storage": kind for module in ("torch", "torch.cuda") for name, kind in KINDS.items()
}
FILLED, PAIRS = 16, 10_000  # dictionaries that come with pairs, and how many pairs each


class Storage:
    """So many numbers of one kind under a key; `base`: where in a larger one it begins (old files)."""

    def __init__(self, key, kind, size, base=0):
        self.key, self.kind, self.size, self.base = key, kind, size, base
        self.unit = SIZES[kind]


class View:
    """A tensor as the pickle describes it, before its storage has been found in the file."""

    def __init__(self, storage, offset, shape, strides):
        self.storage, self.offset, self.shape, self.strides = storage, offset, shape, strides


def read(source):
    """The tensors of either layout."""
    if source.head(len(STREAM)) == STREAM:
        return _read_stream(source)
    return _read_archive(source, ziparchive.entries(source))


def _read_archive(source, entries):
    names = [name for name in entries if name.endswith("data.pkl")]
    if len(names) != 1:
        raise WeightFileError("expected one data.pkl in the archive; is it a model for TorchScript?")
    root = names[0].removesuffix("data.pkl")
    if root + "constants.pkl" in entries:
        raise WeightFileError("it is a TorchScript program; save model.state_dict() instead")
    pickled = entries[names[0]]
    if pickled.size > LONGEST:
        raise WeightFileError(f"its pickle takes {pickled.size} bytes, far more than a state dict needs")
    value, _ = _machine().run(ziparchive.unpack(source, pickled))
    order = "<"
    if root + "byteorder" in entries:
        order = ">" if bytes(ziparchive.unpack(source, entries[root + "byteorder"], 3)) == b"big" else "<"

    def numbers(storage, start, stop):
        entry = entries.get(f"{root}data/{storage.key}")
        if entry is None or entry.size != storage.size * storage.unit:
            raise WeightFileError(f"storage {shown(storage.key)} is missing or of the wrong size")
        if entry.deflated or stop - start == storage.size:
            return ziparchive.unpack(source, entry)[start * storage.unit : stop * storage.unit]
        return source.read(entry.start + start * storage.unit, (stop - start) * storage.unit)

    return _contents(value, numbers, order)


def _read_stream(source):
    machine, at, values = _machine(), 0, []
    for _ in range(5):  # magic number, protocol, system, the state dict, the storages' keys
        value, length = machine.run(source.read(at, min(LONGEST, source.size - at)))
        values.append(value)
        at += length
    magic, protocol, system, value, keys = values
    if magic != MAGIC or protocol != 1001 or not isinstance(system, dict) or not isinstance(keys, list):
        raise WeightFileError("its first pickles are not what PyTorch writes")
    order = "<" if system.get("little_endian", True) else ">"
    units = {view.storage.key: view.storage.unit for view in _tensors(value).values()}
    places = {}
    for key in keys:
        if not isinstance(key, str) or key in places or key not in units:
            raise WeightFileError(
                f"its list of storages holds {shown(key)}, which no tensor or another one uses"
            )
        size = struct.unpack(order + "q", source.read(at, 8))[0]
        places[key] = (at + 8, size)
        at += 8 + max(size, 0) * units[key]

    def numbers(storage, start, stop):
        place, size = places.get(storage.key, (0, -1))
        if storage.base + storage.size > size:
            raise WeightFileError(f"storage {shown(storage.key)} is missing or smaller than it should be")
        return source.read(place + (storage.base + start) * storage.unit, (stop - start) * storage.unit)

    return _contents(value, numbers, order)


def _contents(value, numbers, order):
    contents = Contents("pth", OIHW)
    for name, view in _tensors(value).items():
        contents.tensors[name] = _tensor(view, numbers, order)
    return contents


def _tensors(value):
    """{name: View} out of what was pickled: a state dict, or a checkpoint that holds one."""
    for key in ("state_dict", "model_state_dict", "model"):
        if isinstance(value, dict) and isinstance(value.get(key), dict):
            value = value[key]
    if not isinstance(value, dict):
        raise WeightFileError(f"expected a state dict, found a {type(value).__name__}")
    for name, view in value.items():
        if not isinstance(name, str) or not isinstance(view, View):
            raise WeightFileError(
                f"entry {shown(name)} of the state dict is a {type(view).__name__}, not a tensor"
            )
    return value


def _tensor(view, numbers, order):
    last = view.offset + sum((size - 1) * step for size, step in zip(view.shape, view.strides, strict=True))
    if 0 in view.shape or last >= view.storage.size:
        raise WeightFileError(f"a tensor reaches to entry {last} of a storage of {view.storage.size}")

    def load():
        stored, first = view.storage, view.offset
        values = floats(
            lambda a, b: numbers(stored, first + a, first + b), last + 1 - first, stored.kind, order
        )
        steps = [step * values.itemsize for step in view.strides]
        return np.lib.stride_tricks.as_strided(values, view.shape, steps, writeable=False)

    return Tensor(view.shape, load)


# --- what the pickle may name, and what we make of it -----------------------------------------------------


def _machine():
    filled = iter(range(FILLED))
    calls = {
        "collections.OrderedDict": lambda pairs=(): _dictionary(pairs, filled),
        "torch._utils._rebuild_tensor": _view,
        "torch._utils._rebuild_tensor_v2": _view,
        "torch._utils._rebuild_parameter": _parameter,
    }
    return Machine(calls, frozenset(STORAGES), _storage)


def _dictionary(pairs, filled):
    """OrderedDict(); Python 2 pickled it with a list of pairs, which a bomb would have copied for ever."""
    made = {}
    if pairs and (len(pairs) > PAIRS or next(filled, None) is None):
        raise WeightFileError("the pickle fills more dictionaries than a state dict has")
    for pair in pairs:
        if not isinstance(pair, (list, tuple)) or len(pair) != 2 or not isinstance(pair[0], str):
            raise WeightFileError("the pickle fills a dictionary with what is no pair of name and value")
        made[pair[0]] = pair[1]
    return made


def _view(storage, offset, shape, strides, requires_grad=False, hooks=None, metadata=None):
    whole = isinstance(shape, tuple) and isinstance(strides, tuple) and len(shape) == len(strides) <= 8
    if not whole or not isinstance(storage, Storage) or not _counts((offset, *shape, *strides)):
        raise WeightFileError("the pickle describes a tensor that cannot be")
    return View(storage, offset, check_shape(shape), strides)


def _parameter(data, requires_grad=False, hooks=None):
    if not isinstance(data, View):
        raise WeightFileError("the pickle makes a parameter of what is no tensor")
    return data


def _storage(identity):
    """("storage", type, key, device, size), in old files with (key, offset, size) of a part at the end."""
    if len(identity) not in (5, 6) or identity[0] != "storage" or not isinstance(identity[2], str):
        raise WeightFileError("the pickle holds a persistent id that is no storage")
    kind, size = STORAGES.get(getattr(identity[1], "name", None)), identity[4]
    part = identity[5] if len(identity) == 6 else None
    base = 0
    if part is not None:
        if not isinstance(part, tuple) or len(part) != 3:
            raise WeightFileError("the pickle describes a part of a storage that cannot be")
        _, base, size = part
    if kind is None or not _counts((size, base)):
        raise WeightFileError("the pickle describes a storage that cannot be")
    return Storage(identity[2], kind, size, base)


def _counts(values):
    return all(type(value) is int and 0 <= value < 1 << 40 for value in values)
