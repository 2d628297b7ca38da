"""What a network comes to on the fast path: its stages, the buffers that they need, and how many bytes those are."""

from dataclasses import dataclass, field
from math import prod

import numpy as np

from ..errors import OptionError, ShapeError
from ..layers import AvgPool2D, Conv2D, MaxPool2D, ReLU
from ..network import output_shape
from . import source
from .device import BLOCKS
from .layout import Slices, backward_stack, forward_stack, rounded_up
from .terms import Gram

EDGES = ("zero", "reflect", "replicate")  # in the order in which kernels.cu numbers them
NONE, AVERAGE, MAXIMUM = range(3)
POOLING = {AvgPool2D: AVERAGE, MaxPool2D: MAXIMUM}
POSITIONS = ("conv", "relu", "pool")
WORKSPACE = 32 << 20  # bytes, of cuBLAS


@dataclass
class Stage:
    """A convolution (h, w, c) → (h, w, k) with what follows it; channel counts are rounded up."""

    layer: Conv2D
    h: int
    w: int
    c: int
    k: int
    edges: int
    relu: bool = False
    pooling: int = NONE
    taps: dict = field(default_factory=dict)  # {position: name}

    @property
    def size(self):
        """(h, w) of what it puts out."""
        return (self.h // 2, self.w // 2) if self.pooling else (self.h, self.w)

    def places(self, position):
        return prod(self.size) if position == "pool" else self.h * self.w

    @property
    def channels(self):
        """As many as the network knows of."""
        return self.layer.params["kernel"].shape[3]

    @property
    def reads(self):
        """The stack that its convolution reads."""
        return forward_stack(self.h, self.w, self.c)

    @property
    def reads_back(self):
        return backward_stack(self.h, self.w, self.k, self.edges)


def refusal(network, taps):
    """Why the fast path cannot take this network as far as the last tap, in a sentence; None where it can."""
    try:
        stages(network, (1 << 14, 1 << 14), taps)
    except OptionError as error:
        return str(error)
    return None


def stages(network, size, taps):
    """The stages of a network as far as its last tap, for a canvas of (h, w)."""
    for tap in taps:
        network[tap]  # an UnknownNameError of its own
    last = max(map(network.names.index, taps), default=-1)
    reached, row = network.layers[: last + 1], []
    (h, w), c = size, 3
    for layer in reached:
        if type(layer) is Conv2D:
            stage = _begun(layer, h, w, c, first=not row)
            row.append(stage)
            c, position = stage.k, "conv"
        elif type(layer) is ReLU and row and not row[-1].relu and not row[-1].pooling:
            row[-1].relu, position = True, "relu"
        elif _is_plain_pooling(layer) and row and row[-1].relu and not row[-1].pooling:
            row[-1].pooling, position = POOLING[type(layer)], "pool"
        else:
            raise OptionError(
                f"{layer.name}: the fast path knows 3×3 convolutions, each followed by a ReLU or by that and a "
                f"2×2 pooling, and no {type(layer).__name__} here"
            )
        if layer.name in taps:
            row[-1].taps[position] = layer.name
        h, w = row[-1].size
    if min(h, w) < 1:
        output_shape(reached, (1, *size, 3))  # which says where nothing is left
        raise ShapeError(f"network: a canvas of {size[0]}×{size[1]} leaves nothing at {reached[-1].name}")
    return row


def _begun(layer, h, w, c, first):
    kernel = layer.params["kernel"]
    plain = layer.window == (3, 3) and layer.stride == layer.padding == (1, 1) and layer.groups == 1
    if not plain:
        raise OptionError(f"{layer.name}: the fast path knows 3×3 kernels with stride 1 and padding 1 alone")
    if not layer.frozen:
        raise OptionError(f"{layer.name}: the fast path is for frozen networks; call network.freeze()")
    if kernel.dtype != np.float32:
        raise OptionError(f"{layer.name}: the fast path computes in float32, and the kernel is {kernel.dtype}")
    if first and kernel.shape[2] != 3:
        raise OptionError(f"{layer.name}: the fast path begins with 3 channels, not {kernel.shape[2]}")
    return Stage(layer, h, w, c, rounded_up(kernel.shape[3]), EDGES.index(layer.edges))


def _is_plain_pooling(layer):
    return type(layer) in POOLING and layer.window == layer.stride == (2, 2)


# --- memory ---------------------------------------------------------------------------------------------


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
            slices = Slices.of(stage.places(position))
            buffers[f"tap {tap}"] = (slices.count * slices.rows * stage.k, np.float32)
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
        "workspace": (WORKSPACE, np.uint8),
    }


def term_buffers(row, size, terms):
    """The same of what the terms need beyond that."""
    parts = seed = 0
    buffers = {"x": (prod(size) * 3, np.float32)}
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
            parts = max(parts, Slices.of(stage.places(position)).count * stage.k**2)
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
    """Bytes on the device for a canvas of (h, w): an Evaluation's, and L-BFGS's if its history is given."""
    row = stages(network, size, [term.tap for term in terms if term.tap])
    buffers = [pass_buffers(row, precision), term_buffers(row, size, terms)] if row else [term_buffers(row, size, terms)]
    if history:
        buffers.append(descent_buffers(size, history))
    return sum(map(total_bytes, buffers))


def largest_size(network, size, terms, free, precision="tf32", history=0):
    """The largest canvas of the shape of `size`, (h, w), that `free` bytes hold; None where none does."""

    def scaled(longer):
        return tuple(max(1, longer * side // max(size)) for side in size)

    def fits(longer):
        try:
            return predicted_bytes(network, scaled(longer), terms, precision, history) <= free
        except ShapeError:  # too small to reach the deepest tap, but not too large
            return longer < max(size)

    low, high = 0, max(size)
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if fits(middle) else (low, middle - 1)
    try:
        plan = stages(network, scaled(low), [term.tap for term in terms if term.tap])
    except ShapeError:
        return None
    return scaled(low) if low and plan is not None else None
