"""What a run will need: memory and time, measured on small canvases and carried over to the real ones.

Both grow with the number of pixels, but for a part that does not. A few evaluations of the same objective
at one or two small sizes give the slopes, so that the estimate follows the network, the machine and whatever
becomes faster in the library.
"""

import time
from typing import NamedTuple

import numpy as np

from . import memory
from .compose import compose
from .errors import MemoryTooSmallError
from .optimizing import HISTORY
from .sizes import size_within
from .starts import first_canvas

SMALL, MEDIUM = 96, 256  # longest sides of the canvases that are measured
# Arrays of the canvas's size that an optimiser keeps, copies at its border included, and their bytes a value;
# measured. L-BFGS keeps two more for each step that it remembers.
KEPT = {"scipy": (7, 8), "lbfgs": (8, 4), "torch-lbfgs": (8, 4), "adam": (9, 4), "descent": (5, 4)}
OWN = {"scipy": 3e-9, "lbfgs": 1e-9, "torch-lbfgs": 1e-9}  # seconds an iteration of each array remembered
TRIALS = 1.03  # evaluations that L-BFGS makes in an iteration, on average
# Evaluations' time that a scale takes beyond those: the targets, and finding the first step's length.
FIRST = 5
SPARE = 1.05  # what the system should have beyond what the run will add


class Estimate(NamedTuple):
    """Peak memory of the process, or of what it holds on a device, in bytes; seconds; for the whole run."""

    bytes: int
    seconds: float
    available: int | None  # what the process could have in all
    largest: int | None  # longest side that fits, where this one does not

    @property
    def fits(self):
        return self.largest is None


class Measured(NamedTuple):
    """One evaluation on a canvas of so many pixels."""

    pixels: int
    bytes: int
    seconds: float


def estimate(transfer, seconds=True):
    """The Estimate for a Transfer; without `seconds` only memory is measured, which takes a moment."""
    last = transfer.scales[-1].size
    narrow = 32 * max(last) / min(last)  # a long strip must stay wide enough for the network
    on_host = transfer.device.on_host
    small = _measure(transfer, min(max(SMALL, narrow), max(last)))
    both = seconds or not on_host  # a device also holds what does not grow with the canvas
    medium = _measure(transfer, min(max(MEDIUM, narrow), max(last)), repeat=3) if both else small
    used, free = (memory.used() or 0, memory.available()) if on_host else _on_device(transfer.device)
    always, of_pixel = (0, small.bytes / small.pixels) if on_host else _line(small, medium)
    growing = (of_pixel + 3 * _kept(transfer.settings)) * _pixels(transfer, last)
    largest = None
    if free is not None and (always + growing) * SPARE > free:
        ratio = max(0.0, (free / SPARE - always) / growing)
        largest = int(0.97 * max(last) * ratio**0.5) // 16 * 16  # on the safe side of rounding
    total = None if free is None else free + used
    taken = _time(transfer, small, medium) if seconds else 0.0
    return Estimate(int(used + always + growing), taken, total, largest)


def check_memory(transfer):
    """Nothing, if the run fits into memory; otherwise an error with the largest size that would."""
    found = estimate(transfer, seconds=False)
    if found.fits:
        return
    remedy = f"the largest --size that fits is {found.largest}" if found.largest >= 16 else "no size fits"
    raise MemoryTooSmallError(
        f"--size {max(transfer.scales[-1].size)} would take {in_gigabytes(found.bytes)} of memory, "
        f"and there are {in_gigabytes(found.available)}; {remedy}"
    )


def in_gigabytes(count):
    return f"{count / 1e9:.2f} GB"


def _measure(transfer, longest, repeat=1):
    """Evaluations at a small size: what they keep in memory, and the quickest."""
    size, device = size_within(transfer.scales[-1].size, longest), transfer.device
    pictures = transfer.photo, transfer.paintings
    before, _ = _on_device(device)
    objective = compose(transfer.network, size, *pictures, transfer.settings, transfer.regions)
    canvas = device.put(first_canvas(transfer.network, size, *pictures, transfer.settings))
    objective(canvas)
    taken = []
    for _ in range(1 + repeat):  # the second evaluation settles the workspace
        start = time.perf_counter()
        objective(canvas)
        device.synchronise()
        taken.append(time.perf_counter() - start)
    if device.on_host:
        kept = objective.workspace.nbytes + sum(
            getattr(part.loss, "target", np.empty(0)).nbytes
            for part in objective.parts
            if "content" in part.name
        )
    else:
        kept = device.held() - before
    return Measured(canvas.shape[0] * canvas.shape[1], kept, min(taken[1:] or taken))


def _on_device(device):
    """(bytes held, bytes free), when nothing is held that nobody needs."""
    device.trim()
    return device.held(), device.free()


def _line(small, medium):
    """(bytes that are always needed, bytes for each pixel), from a straight line through two measurements."""
    if medium.pixels == small.pixels:
        return 0, small.bytes / small.pixels
    of_pixel = max(0, medium.bytes - small.bytes) / (medium.pixels - small.pixels)
    return max(0, small.bytes - of_pixel * small.pixels), of_pixel


def _time(transfer, small, medium):
    """Seconds for all scales, from a straight line through both measurements."""
    slope = (medium.seconds - small.seconds) / max(1, medium.pixels - small.pixels)
    if slope <= 0:
        slope = medium.seconds / medium.pixels
    base = max(0.0, medium.seconds - slope * medium.pixels)
    kind = transfer.settings.optimizer
    own = OWN[kind] * _remembered(transfer.settings) if kind in OWN else 1e-8
    trials = TRIALS if kind in ("scipy", "lbfgs") and not transfer.settings.rounds else 1.0
    total = 0.0
    for scale in transfer.scales:
        pixels = _pixels(transfer, scale.size)
        each = trials * (base + slope * pixels) + own * 3 * pixels
        total += scale.iterations * each + FIRST * (base + slope * pixels)
    return total


def _kept(settings):
    """Bytes that the optimiser keeps for each of the canvas's values."""
    arrays, size = KEPT[settings.optimizer]
    return (arrays + _remembered(settings)) * size


def _remembered(settings):
    """How many arrays of the canvas's size L-BFGS keeps of the steps behind it."""
    return 2 * (settings.history or HISTORY) if settings.optimizer in OWN else 0


def _pixels(transfer, size):
    margin = 2 * transfer.settings.margin
    return (size[0] + margin) * (size[1] + margin)
