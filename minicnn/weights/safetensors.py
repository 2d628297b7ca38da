"""Hugging Face's .safetensors: eight bytes with a length, so many bytes of JSON, then the numbers.

Read here rather than by the package of that name, whose NumPy half refuses bfloat16. Its rules are kept:
tensors lie one after another, without a gap, without an overlap, and to the very end.
"""

import json
from math import prod

from ..errors import WeightFileError
from .tensors import OIHW, SIZES, Contents, Tensor, check_shape, floats, shown

HEADER = 4 << 20  # bytes
KINDS = {"F16": "f2", "F32": "f4", "F64": "f8", "BF16": "bf16", "I64": "i8", "I32": "i4"}


def read(source):
    """The tensors that the header names."""
    length = int.from_bytes(source.read(0, 8), "little")
    if length > HEADER:
        raise WeightFileError(f"its header claims {length} bytes; {HEADER} are more than a network needs")
    header = json.loads(bytes(source.read(8, length)), object_pairs_hook=unique)
    if not isinstance(header, dict):
        raise WeightFileError("its header is no list of tensors")
    header.pop("__metadata__", None)
    contents, start = Contents("safetensors", OIHW), 8 + length
    spans = []
    for name, entry in header.items():
        span, contents.tensors[name] = _tensor(source, start, name, entry)
        spans.append(span)
    _refuse_gaps(sorted(spans), source.size - start)
    return contents


def unique(pairs):
    """A JSON object as a dictionary, if no key comes twice."""
    made = dict(pairs)
    if len(made) != len(pairs):
        raise WeightFileError("its header names a tensor twice")
    return made


def _tensor(source, base, name, entry):
    try:
        kind, shape, (start, end) = entry["dtype"], tuple(entry["shape"]), entry["data_offsets"]
    except (KeyError, TypeError, ValueError):
        raise WeightFileError(f"{shown(name)}: expected dtype, shape and data_offsets") from None
    kind = KINDS.get(kind) if isinstance(kind, str) else None
    if kind is None:
        raise WeightFileError(
            f"{shown(name)}: expected F16, BF16, F32 or F64 as dtype, found {shown(entry['dtype'])}"
        )
    if type(start) is not int or type(end) is not int or not 0 <= start <= end <= source.size - base:
        raise WeightFileError(f"{shown(name)} lies outside the file")
    if prod(check_shape(shape)) * SIZES[kind] != end - start:
        raise WeightFileError(f"{shown(name)}: {end - start} bytes do not hold a tensor of shape {shape}")
    unit, first = SIZES[kind], base + start

    def load():
        count = prod(shape)
        return floats(lambda a, b: source.read(first + a * unit, (b - a) * unit), count, kind).reshape(shape)

    return (start, end), Tensor(shape, load)


def _refuse_gaps(spans, length):
    at = 0
    for start, end in spans:
        if start != at:
            raise WeightFileError(f"a tensor begins at byte {start} of the numbers, where {at} was expected")
        at = end
    if at != length:
        raise WeightFileError(f"its tensors end at byte {at} of the numbers, of which there are {length}")
