"""kernels.cu: its text, and what each kernel takes, read from the text itself."""

import re
from functools import cache
from pathlib import Path
from typing import NamedTuple

import numpy as np

from ..errors import DTypeError, OptionError

# Each with its struct in kernels.cu; the default first.
PRECISIONS = {"tf32": "Tf32", "fp32": "Fp32", "fp16": "Fp16"}
KERNEL = re.compile(r'extern "C" __global__ void (\w+)\(([^)]*)\)')
NUMBERS = {"float": "f4", "double": "f8", "int": "i4", "Long": "i8", "Byte": "u1"}


class Parameter(NamedTuple):
    """`kind` is the dtype of a number, or of what a pointer points to."""

    name: str
    kind: np.dtype
    pointer: bool


@cache
def text():
    return Path(__file__).with_name("kernels.cu").read_text(encoding="utf-8")


def number(precision):
    """The dtype in which a precision's operands are stored: halves as the integers that hold their bits."""
    if precision not in PRECISIONS:
        raise OptionError(f"precision: expected one of {', '.join(PRECISIONS)}, got {precision!r}")
    return np.dtype("u2" if precision == "fp16" else "f4")


def options(precision):
    """What a compiler is told of the precision."""
    number(precision)
    return f"-DPRECISION={PRECISIONS[precision]}"


def signatures(source, precision):
    """{kernel: its parameters} of a text such as kernels.cu."""
    kinds = NUMBERS | {"Number": number(precision).str}
    return {
        name: [_parameter(words, kinds) for words in " ".join(listed.split()).split(", ")]
        for name, listed in KERNEL.findall(source)
    }


def _parameter(words, kinds):
    kind, name = words.removeprefix("const ").split()
    return Parameter(name, np.dtype(kinds[kind.rstrip("*")]), kind.endswith("*"))


def marshalled(kernel, parameters, arguments, address):
    """Each argument as the number that the kernel is handed; arrays become addresses, None a null pointer."""
    if len(arguments) != len(parameters):
        raise OptionError(f"{kernel}: expected {len(parameters)} arguments, got {len(arguments)}")
    values = []
    for parameter, argument in zip(parameters, arguments, strict=True):
        if not parameter.pointer:
            values.append(parameter.kind.type(argument))
        elif argument is None:
            values.append(np.uint64(0))
        elif argument.dtype != parameter.kind:
            raise DTypeError(
                f"{kernel}: {parameter.name}: expected {parameter.kind}, got an array of {argument.dtype}"
            )
        else:
            values.append(np.uint64(address(argument)))
    return values
