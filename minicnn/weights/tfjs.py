"""TensorFlow.js: a model.json that lists the weights, and shards beside it that hold them end to end.

Quantised weights are whole numbers q, of 8 or 16 bits: value = q · scale + min.
"""

import json
from math import isfinite, prod

import numpy as np

from ..errors import WeightFileError
from .safetensors import unique
from .tensors import HWIO, Contents, Tensor, check_shape, shown

MANIFEST = 4 << 20  # bytes
KINDS = {"float32": "<f4", "float16": "<f2", "uint8": "u1", "uint16": "<u2"}


def read(source):
    """The weights of a model.json, out of all its shards."""
    if source.size > MANIFEST:
        raise WeightFileError(f"expected a model.json of at most {MANIFEST} bytes, found {source.size}")
    model = json.loads(bytes(source.read(0, source.size)), object_pairs_hook=unique)
    groups = model.get("weightsManifest") if isinstance(model, dict) else None
    if not isinstance(groups, list):
        raise WeightFileError("a JSON file without a weightsManifest; is it a model of TensorFlow.js?")
    contents = Contents("tfjs", HWIO)
    for group in groups:
        shards, at = Shards(source, _strings(group, "paths")), 0
        for entry in _listed(group, "weights"):
            name, tensor, length = _tensor(shards, entry, at)
            if name in contents.tensors:
                raise WeightFileError(f"{shown(name)} occurs twice")
            contents.tensors[name], at = tensor, at + length
        if at != shards.size:
            raise WeightFileError(f"its shards hold {shards.size} bytes, where the manifest counts {at}")
    return contents


class Shards:
    """Several files as one row of bytes."""

    def __init__(self, source, paths):
        if len(paths) > 1000 or len(set(paths)) != len(paths):
            raise WeightFileError("its manifest names a shard twice, or a thousand of them")
        for path in paths:
            if path.startswith("/") or "\\" in path or ":" in path or ".." in path.split("/"):
                raise WeightFileError(f"its manifest names {shown(path)}, which leaves its folder")
        self.files = [source.beside(path) for path in paths]
        self.size = sum(file.size for file in self.files)

    def read(self, start, length):
        pieces, at = [], 0
        for file in self.files:
            first, last = max(start - at, 0), min(start + length - at, file.size)
            if first < last:
                pieces.append(file.read(first, last - first))
            at += file.size
        return pieces[0] if len(pieces) == 1 else b"".join(pieces)


def _tensor(shards, entry, at):
    entry = entry if isinstance(entry, dict) else {}
    name, shape, kind = (entry.get(key) for key in ("name", "shape", "dtype"))
    if not isinstance(name, str) or not isinstance(shape, list):
        raise WeightFileError("its manifest lists a weight without a name or a shape")
    shape, quantised = check_shape(tuple(shape)), entry.get("quantization")
    scale, least = 1.0, 0.0
    if quantised is not None:
        if not isinstance(quantised, dict):
            raise WeightFileError(f"{shown(name)}: its quantization is no list of settings")
        kind = quantised.get("dtype")
        scale, least = (quantised.get(key, default) for key, default in (("scale", 1.0), ("min", 0.0)))
    _check_kind(name, kind, quantised, scale, least)
    length = prod(shape) * np.dtype(KINDS[kind]).itemsize
    if at + length > shards.size:
        raise WeightFileError(f"{shown(name)} lies past the end of its shards")

    def load():
        values = np.frombuffer(shards.read(at, length), KINDS[kind]).reshape(shape)
        return values if kind.startswith("float") else values.astype(np.float32) * scale + least

    return name, Tensor(shape, load), length


def _check_kind(name, kind, quantised, scale, least):
    allowed = KINDS if quantised is not None else ("float32",)
    if not isinstance(kind, str) or kind not in allowed:
        raise WeightFileError(f"{shown(name)}: expected {' or '.join(allowed)}, found {shown(kind)}")
    if not all(type(value) in (int, float) and isfinite(value) for value in (scale, least)):
        raise WeightFileError(f"{shown(name)}: its scale and least value are no finite numbers")


def _listed(group, key):
    values = group.get(key) if isinstance(group, dict) else None
    if not isinstance(values, list):
        raise WeightFileError(f"a group of its manifest has no list of {key}")
    return values


def _strings(group, key):
    values = _listed(group, key)
    if not all(isinstance(value, str) for value in values):
        raise WeightFileError(f"a group of its manifest lists {key} that are no names")
    return values
