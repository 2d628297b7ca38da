"""What a network comes to on the fast path: a row of stages, each a convolution with what follows it."""

from dataclasses import dataclass, field
from math import prod

import numpy as np

from ..errors import OptionError, ShapeError
from ..layers import AvgPool2D, Conv2D, MaxPool2D, ReLU
from ..network import output_shape
from .layout import backward_stack, forward_stack, rounded_up

EDGES = ("zero", "reflect", "replicate")  # in the order in which kernels.cu numbers them
NONE, AVERAGE, MAXIMUM = range(3)
POOLING = {AvgPool2D: AVERAGE, MaxPool2D: MAXIMUM}
MOST_ENTRIES = 1 << 31  # of the largest array
POSITIONS = ("conv", "relu", "pool")


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
        stages(network, (1 << 10, 1 << 10), taps)
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
                f"{layer.name}: the fast path knows 3×3 convolutions, each followed by a ReLU or by that and "
                f"a 2×2 pooling, and no {type(layer).__name__} here"
            )
        if layer.name in taps:
            row[-1].taps[position] = layer.name
        h, w = row[-1].size
    if reached and prod(size) * max(stage.k for stage in row if stage.h == size[0]) >= MOST_ENTRIES:
        raise ShapeError(
            f"network: the fast path numbers entries in 31 bits; {size[0]}×{size[1]} is too large"
        )
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
        raise OptionError(
            f"{layer.name}: the fast path computes in float32, and the kernel is {kernel.dtype}"
        )
    if first and kernel.shape[2] != 3:
        raise OptionError(f"{layer.name}: the fast path begins with 3 channels, not {kernel.shape[2]}")
    return Stage(layer, h, w, c, rounded_up(kernel.shape[3]), EDGES.index(layer.edges))


def _is_plain_pooling(layer):
    return type(layer) in POOLING and layer.window == layer.stride == (2, 2)
