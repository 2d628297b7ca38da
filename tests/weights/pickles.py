"""Pickles written operation by operation, good and hostile, and PyTorch's two layouts around them."""

import struct
import zipfile

import numpy as np

MAGIC = 0x1950A86A20F9469CFC6C
STORAGE = {"f4": "FloatStorage", "f8": "DoubleStorage", "f2": "HalfStorage", "i8": "LongStorage"}


def pickled(value):
    """A pickle of protocol 2 with `value` in it."""
    return b"\x80\x02" + op(value) + b"."


def op(value):
    """The operations that leave `value` on the stack."""
    if isinstance(value, Raw):
        return value.code
    if value is None or isinstance(value, bool):
        return {None: b"N", True: b"\x88", False: b"\x89"}[value]
    if isinstance(value, int):
        size = (value.bit_length() + 8) // 8
        return b"\x8a" + bytes([size]) + value.to_bytes(size, "little", signed=True)
    if isinstance(value, str):
        return b"X" + struct.pack("<I", len(value.encode())) + value.encode()
    if isinstance(value, tuple):
        return b"(" + b"".join(map(op, value)) + b"t"
    if isinstance(value, list):
        return b"](" + b"".join(map(op, value)) + b"e"
    return b"}(" + b"".join(op(key) + op(entry) for key, entry in value.items()) + b"u"


class Raw:
    """Operations as they are."""

    def __init__(self, code):
        self.code = code


def called(module, name, *arguments):
    return Raw(b"c" + f"{module}\n{name}\n".encode() + op(arguments) + b"R")


def named(module, name):
    return Raw(b"c" + f"{module}\n{name}\n".encode())


def storage(key, kind, size, *, module="torch", part=False):
    identity = ("storage", named(module, STORAGE[kind]), key, "cpu", size, *([None] if part else []))
    return Raw(op(identity) + b"Q")


def tensor(stored, offset, shape, strides):
    order = called("collections", "OrderedDict")
    return called("torch._utils", "_rebuild_tensor_v2", stored, offset, shape, strides, False, order)


def steps(shape):
    return tuple(int(np.prod(shape[axis + 1 :])) for axis in range(len(shape)))


def state(arrays, part=False):
    """(a state dict of contiguous float32 tensors, {key: bytes of its storage})."""
    entries, data = {}, {}
    for key, (name, array) in enumerate(arrays.items()):
        stored = storage(str(key), "f4", array.size, part=part)
        entries[name] = tensor(stored, 0, array.shape, steps(array.shape))
        data[str(key)] = np.ascontiguousarray(array, "<f4").tobytes()
    return entries, data


def archive(path, data_pkl, storages, extra=()):
    """The layout since PyTorch 1.6."""
    with zipfile.ZipFile(path, "w") as file:
        file.writestr("archive/data.pkl", data_pkl)
        for key, data in storages.items():
            file.writestr(f"archive/data/{key}", data)
        for name, data in (("version", b"3\n"), *extra):
            file.writestr(f"archive/{name}", data)


def stream(path, data_pkl, storages, units=4, little=True):
    """The older layout."""
    system = {
        "protocol_version": 1001,
        "little_endian": little,
        "type_sizes": {"short": 2, "int": 4, "long": 4},
    }
    pieces = [pickled(MAGIC), pickled(1001), pickled(system), data_pkl, pickled(list(storages))]
    for data in storages.values():
        pieces += [struct.pack("<q" if little else ">q", len(data) // units), data]
    path.write_bytes(b"".join(pieces))
