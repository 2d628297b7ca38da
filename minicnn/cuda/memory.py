"""What the fast path keeps on the device: every buffer by name, and so how many bytes there will be."""

from math import prod

import numpy as np

from ..errors import DeviceError, ShapeError
from . import source
from .engine import BLOCKS, WORKSPACE
from .layout import Slices
from .plan import stages
from .terms import Gram


def pass_buffers(row, precision, seeded=True):
    """{name: (entries, dtype)} of what going forward, and back if there are seeds, needs."""
    number, buffers = source.number(precision), {}
    stack = sums = 0
    for i, stage in enumerate(row):
        name, kernel = stage.layer.name, 9 * stage.c * stage.k
        buffers[f"kernel {name}"] = (kernel, np.float32 if i == 0 else number)
        buffers[f"bias {name}"] = (stage.k, np.float32)
        sums = max(sums, stage.reads.result(stage.k))
        if i > 0:
            stack = max(stack, stage.reads.size * number.itemsize)
        for position, tap in stage.taps.items():
            buffers[f"tap {tap}"] = (stage.places(position) * stage.k, np.float32)
        if not seeded:
            continue
        if stage.relu:
            buffers[f"mask {name}"] = (stage.h * stage.w * stage.k // 8, np.uint8)
        if stage.pooling and "relu" in stage.taps:
            buffers[f"positive {name}"] = buffers[f"mask {name}"]
        if i > 0:
            buffers[f"turned {name}"] = (kernel, number)
            stack = max(stack, stage.reads_back.size * number.itemsize)
            sums = max(sums, stage.reads_back.result(stage.c))
        else:
            stack = max(stack, stage.h * stage.w * stage.k * 4)  # dz itself, in float32
            buffers["gradient"] = (stage.h * stage.w * 3, np.float32)
    return buffers | {
        "stack": (stack, np.uint8),
        "sums": (sums, np.float32),
        "overflow": (1, np.int32),
        "largest": (BLOCKS, np.float64),
    }


def term_buffers(row, size, terms):
    """The same of what the terms need beyond that."""
    parts = seed = 0
    buffers = {"canvas": (prod(size) * 3, np.float32)}
    at = {tap: (stage, position) for stage in row for position, tap in stage.taps.items()}
    for stage, position in at.values():
        name, count = f"seed {position}", stage.places(position) * stage.k
        buffers[name] = (max(count, buffers.get(name, (0,))[0]), np.float32)
    for term in terms:
        if term.tap is None:
            continue
        stage, position = at[term.tap]
        if isinstance(term, Gram):
            buffers[f"target {term.name}"] = (stage.k**2, np.float64)
            parts = max(parts, Slices.of(stage.places(position)).parts * stage.k**2)
            seed = max(seed, stage.k**2)
        elif hasattr(term, "target"):
            buffers[f"target {term.name}"] = (stage.places(position) * stage.k, np.float32)
    if not row:
        buffers["gradient"] = (prod(size) * 3, np.float32)
        buffers["overflow"] = (1, np.int32)
    rows = len(terms) + 3
    return buffers | {
        "parts": (parts, np.float32),
        "gram seed": (seed, np.float32),
        "partial": (rows * BLOCKS, np.float64),
        "factors": (rows, np.float64),
        "report": (rows + 2, np.float64),
        "per unit": (3 * len(terms), np.float32),
    }


def descent_buffers(size, history):
    """The same of L-BFGS: its history, and the canvas, gradient, direction and trial."""
    count, n = prod(size) * 3, 2 * history + 1
    vectors = dict.fromkeys(("x", "g", "d", "trial"), (count, np.float32))
    return vectors | {
        "basis": (2 * history * count, np.float32),
        "table": (n * n, np.float64),
        "products": (n * 3 * BLOCKS, np.float64),
        "coefficients": (n, np.float32),
    }


def total_bytes(buffers):
    return sum(count * np.dtype(kind).itemsize for count, kind in buffers.values())


def predicted_bytes(network, size, terms, precision="tf32", history=0):
    """Bytes for a canvas of (h, w): an Evaluation's, and L-BFGS's if its history is given."""
    row = stages(network, size, [term.tap for term in terms if term.tap])
    buffers = term_buffers(row, size, terms)
    if row:
        buffers |= pass_buffers(row, precision)
    descent = descent_buffers(size, history) if history else {}
    return total_bytes(buffers) + total_bytes(descent) + WORKSPACE


def largest_size(size, free, needed):
    """The largest canvas in the shape of `size`, (h, w), with needed((h, w)) ≤ free; None without one."""

    def scaled(longer):
        return tuple(max(1, longer * side // max(size)) for side in size)

    def fits(longer):
        try:
            return needed(scaled(longer)) <= free
        except ShapeError:  # too small to reach the deepest tap
            return None

    low, high = 0, max(size)
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (low, middle - 1) if fits(middle) is False else (middle, high)
    return scaled(low) if low and fits(low) else None


def check_fits(engine, size, needed):
    """Nothing, if needed(size) bytes are free; otherwise an error that names the largest size that fits."""
    free, wanted = engine.free_bytes(), needed(tuple(size))
    if free is None or wanted <= free:
        return
    fits = largest_size(size, free, needed)
    remedy = f"the largest that fits is {fits[0]}×{fits[1]}" if fits else "no size fits"
    raise DeviceError(
        f"a canvas of {size[0]}×{size[1]} needs {wanted / 1e9:.1f} GB on the GPU, where {free / 1e9:.1f} GB "
        f"are free; {remedy}"
    )
