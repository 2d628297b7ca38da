"""What every reader hands on: tensors that are known by shape and loaded only when they are wanted."""

from collections.abc import Callable
from dataclasses import dataclass, field
from math import prod

import numpy as np

from ..errors import WeightFileError
from ..preprocessing import Preprocessing

MOST = 200_000_000  # entries in all; VGG19 has 144 million
PIECE = 1 << 22  # entries
FLOATS = {"f2": 2, "f4": 4, "f8": 8, "bf16": 2}  # kinds of numbers, and the bytes of one
SIZES = {**FLOATS, "i8": 8, "i4": 4, "i2": 2, "i1": 1, "u1": 1}  # whole ones occur as counters, never loaded
HWIO, OIHW = "HWIO", "OIHW"  # kernels as Keras and MatConvNet store them, or as PyTorch and Caffe do


@dataclass(frozen=True)
class Tensor:
    """A shape that has been checked, and the way to the values: `load()` gives an array of floats."""

    shape: tuple
    load: Callable

    def __post_init__(self):
        check_shape(self.shape)


@dataclass
class Contents:
    """A file's tensors under the names that it gives them, and what it tells of the network's input."""

    format: str
    layout: str
    tensors: dict = field(default_factory=dict)
    input: Preprocessing | None = None
    readouts: dict = field(default_factory=dict)  # {tap: Tensor (c, k)}, from its channels to a teacher's
    record: dict = field(default_factory=dict)  # of where the weights come from


def check_shape(shape):
    """`shape`, if it is a tuple of a few whole numbers whose product is no bomb."""
    sizes = len(shape) <= 8 and all(type(size) is int and 0 <= size <= MOST for size in shape)
    if not sizes or prod(shape) > MOST:
        text = "×".join(map(str, shape[:8])) if len(str(shape)) < 80 else "of absurd size"
        raise WeightFileError(f"expected tensors of at most {MOST:,} entries, found one {text}")
    return shape


def shown(name):
    """A name out of a file, made safe for a message: short, on one line, no control characters."""
    text = ascii(str(name)[:80])
    return text if len(text) <= 60 else text[:56] + "...'"


def floats(read, count, kind, order="<"):
    """`count` numbers as an array of floats; `read(start, stop)` gives the bytes of some of them.

    `kind` is f2, f4, f8 or bf16, the upper half of an f4. The last two become float32 piece by piece, so that
    nothing is in memory at twice its size.
    """
    if kind not in FLOATS:
        raise WeightFileError(f"expected floating-point weights, found {kind}")
    if kind in ("f2", "f4"):
        return np.frombuffer(read(0, count), order + kind)
    values = np.empty(count, np.float32)
    for start in range(0, count, PIECE):
        stop = min(start + PIECE, count)
        raw = np.frombuffer(read(start, stop), order + ("u2" if kind == "bf16" else kind))
        values[start:stop] = (raw.astype(np.uint32) << 16).view(np.float32) if kind == "bf16" else raw
    return values
