"""Caffe's .caffemodel, with V1 and V2 layer messages: our own reader of protobuf's wire format.

A message is a row of fields, each a key (number · 8 + kind) and a value: a varint, eight bytes, four bytes,
or a length and so many bytes. What we want is four levels down, and everything else is stepped over:

    NetParameter    layers = 2 (V1), layer = 100 (V2)
    a layer         name = 4, blobs = 6 (V1); name = 1, blobs = 7 (V2)
    BlobProto       shape = 7, or num, channels, height, width = 1..4; data = 5, double_data = 8
    BlobShape       dim = 1
"""

from itertools import islice
from math import prod

import numpy as np

from ..errors import WeightFileError
from .tensors import FLOATS, OIHW, Contents, Tensor, check_shape, floats, shown

VARINT, EIGHT, BYTES, FOUR = 0, 1, 2, 5
LAYERS = {2: (4, 6), 100: (1, 7)}  # field of a layer: (field of its name, field of its blobs)
DATA = {5: "f4", 8: "f8"}
FIELDS = 20_000  # in all; the published files have a few thousand
PIECES = 1000  # of one blob's data


def read(source):
    """The blobs of every layer that has any."""
    contents, reader = Contents("caffemodel", OIHW), Wire(source)
    for number, kind, value in reader.fields(0, source.size):
        if number in LAYERS and kind == BYTES:
            for key, tensor in _layer(reader, value, *LAYERS[number]):
                if key in contents.tensors:
                    raise WeightFileError(f"{shown(key)} occurs twice")
                contents.tensors[key] = tensor
    return contents


class Wire:
    """The fields of messages, read where they lie; long ones are only ever measured."""

    def __init__(self, source):
        self.source, self.left = source, FIELDS

    def fields(self, at, end):
        """(number, kind, value) of each field; of BYTES, the value is (start, end)."""
        while at < end:
            self.left -= 1
            if self.left < 0:
                raise WeightFileError(f"it has more than {FIELDS} fields, far more than a network needs")
            key, at = self.varint(at, end)
            number, kind = key >> 3, key & 7
            if kind == VARINT:
                value, at = self.varint(at, end)
            elif kind == BYTES:
                length, start = self.varint(at, end)
                value, at = (start, start + length), start + length
            elif kind in (EIGHT, FOUR):
                length = 8 if kind == EIGHT else 4
                value, at = (at, at + length), at + length
            else:
                raise WeightFileError(
                    f"a field of unknown kind {kind} at byte {at}: no .caffemodel, or damaged"
                )
            if at > end or number == 0:
                raise WeightFileError(f"a field reaches past the end of its message, at byte {at}")
            yield number, kind, value

    def varint(self, at, end):
        """Seven bits a byte, the lowest first, until a byte without the eighth."""
        value = 0
        for index, byte in enumerate(bytes(self.source.read(at, min(10, end - at)))):
            value |= (byte & 127) << (7 * index)
            if byte < 128:
                return value, at + index + 1
        raise WeightFileError(f"a number without an end at byte {at}: not a .caffemodel, or damaged")

    def varints(self, at, end):
        while at < end:
            value, at = self.varint(at, end)
            yield value


def _layer(reader, span, name_field, blobs_field):
    name, blobs = "", []
    for number, kind, value in reader.fields(*span):
        if number == name_field and kind == BYTES:
            name = _name(reader, value)
        elif number == blobs_field and kind == BYTES:
            blobs.append(value)
    if len(blobs) > 2:
        raise WeightFileError(f"layer {shown(name)}: expected a kernel and a bias, found {len(blobs)} blobs")
    for part, blob in zip(("weight", "bias"), blobs, strict=False):
        yield f"{name}.{part}", _blob(reader, blob, part)


def _name(reader, span):
    start, end = span
    if end - start > 200:
        raise WeightFileError(f"a layer's name of {end - start} bytes: not a .caffemodel, or damaged")
    return bytes(reader.source.read(start, end - start)).decode()


def _blob(reader, span, part):
    old, shape, pieces, kinds = {}, None, [], set()
    for number, kind, value in reader.fields(*span):
        if number in (1, 2, 3, 4) and kind == VARINT:
            old[number] = value
        elif number == 7 and kind == BYTES:
            shape = _dimensions(reader, value)
        elif number in DATA:
            pieces.append(value)
            kinds.add(DATA[number])
    if shape is None:
        shape = tuple(old.get(number, 1) for number in (1, 2, 3, 4))
    if part == "bias" and shape[:3] == (1, 1, 1):  # old files give every blob four axes
        shape = shape[3:]
    kind = kinds.pop() if len(kinds) == 1 else None
    held = [end - start for start, end in pieces]
    if kind is None or len(pieces) > PIECES or any(length % FLOATS[kind] for length in held):
        raise WeightFileError("a blob holds no numbers, or too many pieces of them, or two kinds")
    if prod(check_shape(shape)) * FLOATS[kind] != sum(held):
        raise WeightFileError(f"a blob of shape {shape} holds {sum(held)} bytes of numbers, which do not fit")
    return Tensor(shape, lambda: _numbers(reader.source, pieces, kind).reshape(shape))


def _dimensions(reader, span):
    """A BlobShape: dimensions packed into one field, or one field each."""
    shape = []
    for number, kind, value in reader.fields(*span):
        if number == 1 and kind == VARINT:
            shape.append(value)
        elif number == 1 and kind == BYTES:
            shape += islice(reader.varints(*value), 9)  # nine are one too many
    return tuple(shape)


def _numbers(source, pieces, kind):
    unit = FLOATS[kind]
    arrays = [
        floats(lambda a, b, at=at: source.read(at + a * unit, (b - a) * unit), (end - at) // unit, kind)
        for at, end in pieces
    ]
    return arrays[0] if len(arrays) == 1 else np.concatenate(arrays)
