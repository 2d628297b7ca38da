"""From coarse to fine: which sizes a run goes through, and how many iterations each gets."""

from typing import NamedTuple

from minicnn.errors import MiniCNNError
from minicnn.network import output_shape

from .sizes import size_within

COARSEST = 128  # pixels on the longest side: below, a painting's larger shapes no longer fit
STEP = 2


class Scale(NamedTuple):
    """(height, width) of the canvas, and how long it is worked on."""

    size: tuple
    iterations: int


def plan(settings, shape, network=None):
    """The scales for a picture of the proportions of `shape`, coarsest first."""
    sizes = [size_within(shape, longest) for longest in longest_sides(settings)]
    if network is not None:
        sizes = [size for size in sizes[:-1] if _reaches(network, settings, size)] + sizes[-1:]
    shares = shared_out(settings.iterations, [height * width for height, width in sizes])
    return [Scale(size, share) for size, share in zip(sizes, shares, strict=True)]


def longest_sides(settings):
    """The longest side at each scale, growing, `--size` last."""
    asked, size = settings.scales, settings.size
    if asked and asked[0] >= 16:
        return [*asked, size]
    if asked:
        return sorted({max(16, round(size / STEP**k)) for k in range(asked[0])})
    sizes = [size]
    while round(sizes[0] / STEP) >= COARSEST:
        sizes.insert(0, round(size / STEP ** len(sizes)))
    return sizes


def shared_out(iterations, pixels):
    """How many of the iterations each scale gets; fewer at finer scales, where each costs more."""
    shares = [iterations // len(pixels)] * len(pixels)
    shares[-1] += iterations - sum(shares)
    return shares


def _reaches(network, settings, size):
    deepest = max(network.names.index(name) for name in [*settings.content_layers, *settings.style_layers])
    try:
        output_shape(network.layers[: deepest + 1], (1, *(side + 2 * settings.margin for side in size), 3))
    except MiniCNNError:
        return False
    return True
