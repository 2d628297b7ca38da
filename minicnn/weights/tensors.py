"""What every reader hands on: tensors that are known by shape and loaded only when they are wanted."""

from collections.abc import Callable
from dataclasses import dataclass, field
from math import prod

import numpy as np

from ..errors import WeightFileError
from ..preprocessing import Preprocessing

MOST = 200_000_000  # entries in all; VGG19 has 144 million
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


def floats(data, kind, order="<"):
    """Raw bytes as an array of floats; `kind` is f2, f4, f8 or bf16, the upper half of an f4."""
    if kind == "bf16":
        return (np.frombuffer(data, order + "u2").astype(np.uint32) << 16).view(np.float32)
    return np.frombuffer(data, order + kind)


def float_size(kind):
    """Bytes of one entry; an error if `kind` is not one of ours."""
    sizes = {"f2": 2, "f4": 4, "f8": 8, "bf16": 2}
    if kind not in sizes:
        raise WeightFileError(f"expected floating-point weights, found {shown(kind)}")
    return sizes[kind]
