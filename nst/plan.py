"""From coarse to fine: which sizes a run goes through, and how many iterations each gets."""

from typing import NamedTuple

from minicnn.errors import MiniCNNError, OptionError
from minicnn.network import output_shape

from .sizes import measured, size_with

COARSEST = 128  # pixels of the side that is measured: below, a painting's larger shapes no longer fit


class Scale(NamedTuple):
    """(height, width) of the canvas, and how long it is worked on."""

    size: tuple
    iterations: int


def plan(settings, shape, network=None):
    """The scales for a picture of the proportions of `shape`, coarsest first."""
    sizes = [size_with(shape, side, settings.size_is) for side in sides(settings, shape)]
    if network is not None:
        _refuse_too_narrow(network, settings, sizes[-1], shape)
        sizes = [size for size in sizes[:-1] if _reaches(network, settings, size)] + sizes[-1:]
    shares = shared_out(settings.iterations, len(sizes), settings.first_share)
    return [Scale(size, share) for size, share in zip(sizes, shares, strict=True)]


def sides(settings, shape=None):
    """The side that --size is about at each scale, growing, `--size` last; `shape` tells what is native."""
    asked, step = settings.scales, settings.scale_step
    size = measured(shape, settings.size_is) if settings.size == "native" else settings.size
    if asked and asked[0] >= 16:
        return [*(side for side in asked if side < size), size]
    if asked:
        return sorted({max(16, round(size / step**k)) for k in range(asked[0])})
    sides, smaller = [size], round(size / step)
    while smaller >= COARSEST:
        sides.insert(0, smaller)
        smaller = round(size / step ** len(sides))
    return sides


def shared_out(iterations, scales, first=1.0):
    """How many of the iterations each scale gets: `first` times as many the first, the rest alike.

    What does not divide goes to the last scale.
    """
    if scales == 1:
        return [iterations]
    each = iterations / (first + scales - 1)
    shares = [int(first * each), *[int(each)] * (scales - 1)]
    shares[-1] += iterations - sum(shares)
    return shares


def _refuse_too_narrow(network, settings, size, shape):
    """Nothing, if the network finds something in the picture; else what would help."""
    if _reaches(network, settings, size):
        return
    height, width = size
    least = next(s for s in range(1, 4097) if _reaches(network, settings, (s, s)))
    larger = max(16, -(-measured(shape, settings.size_is) * least // min(shape[:2])))
    margin = settings.margin + (least - min(size) + 1) // 2
    layer = network.names[_deepest(network, settings)]
    raise OptionError(
        f"--size: the picture would be {width}×{height} pixels, and {layer} finds nothing in less than "
        f"{least} across; raise --size to {larger} or --margin to {margin}, or cut the picture with --crop"
    )


def _deepest(network, settings):
    return max(network.names.index(name) for name in [*settings.content_layers, *settings.style_layers])


def _reaches(network, settings, size):
    reached = network.layers[: _deepest(network, settings) + 1]
    try:
        output_shape(reached, (1, *(side + 2 * settings.margin for side in size), 3))
    except MiniCNNError:
        return False
    return True
