"""Memory for a computation that is repeated: asked for once, shared by what is needed at different times."""

import mmap
from contextlib import suppress
from math import inf, prod
from typing import NamedTuple

import numpy as np

from .checks import one_of

ALIGNMENT = 64  # bytes, a cache line
PLAIN = "plain"  # the precision of a GPU that is to compute by the plain layers
PRECISIONS = ("tf32", "fp32", "fp16", PLAIN)


class Request(NamedTuple):
    size: int  # in bytes
    start: int  # when it was lent
    end: float = inf  # when it was given back


class Workspace:
    """Lends arrays for one round of work after another; `begin` ends a round and begins the next.

    In the first round arrays come from the system, and what is lent and given back is written down. From it
    follows a place for each array in one piece of memory, such that those needed at the same time never
    overlap. Later rounds ask for the same, and get the same places: no fresh pages, which cost as much as
    arithmetic. A round that turns out to be another gets fresh arrays, and is written down anew.
    """

    def __init__(self, precision="tf32"):
        self.precision = one_of(precision, PRECISIONS, "workspace: precision")  # of a GPU's products
        self.at_once = None  # what `evaluation` keeps for a GPU
        self._memory, self._places = None, []
        self._planned, self._requests, self._time = [], [], 0
        self._lent = {}  # id of an array → the number of its request, and the array, lest another take its id

    def begin(self):
        self._lent = {}
        if self._requests != self._planned:
            self._memory = None  # given back to the system before as much is asked for again
            self._planned, self._places = self._requests, pack(self._requests)
            ends = [place + request.size for place, request in zip(self._places, self._planned, strict=True)]
            self._memory = _pages(max(ends, default=0))
        self._requests, self._time = [], 0

    def take(self, shape, dtype):
        """An array with no particular contents; it holds until it is given back, or the next round."""
        size = prod(shape) * np.dtype(dtype).itemsize
        number = len(self._requests)
        if self._is_as_planned(number, size):
            place = self._places[number]
            array = self._memory[place : place + size].view(dtype).reshape(shape)
        else:
            self._memory = None
            array = _pages(size).view(dtype).reshape(shape)
        self._lent[id(array)] = number, array
        self._requests.append(Request(size, self._now()))
        return array

    def give(self, array):
        """Take an array back; one that was not lent here is left alone."""
        number, _ = self._lent.pop(id(array), (None, None))
        if number is not None:
            self._requests[number] = self._requests[number]._replace(end=self._now())

    def _is_as_planned(self, number, size):
        """Whether everything before was lent and given back as planned, so that the place is free."""
        if self._memory is None or number >= len(self._planned) or self._planned[number].size != size:
            return False
        now = self._time + 1
        return all(
            done.end == planned.end or min(done.end, planned.end) > now
            for done, planned in zip(self._requests, self._planned, strict=False)
        )

    @property
    def nbytes(self):
        return 0 if self._memory is None else self._memory.size

    def _now(self):
        self._time += 1
        return self._time


def _pages(size):
    """Bytes straight from the system, to which they return at once; malloc would keep them for later."""
    if size == 0:
        return np.empty(0, np.uint8)
    memory = mmap.mmap(-1, size)
    with suppress(AttributeError, OSError):  # large pages where there are some: fewer to fetch and to look up
        memory.madvise(mmap.MADV_HUGEPAGE)
    return np.frombuffer(memory, np.uint8)


def pack(requests):
    """An offset for each request: the largest first, each at the lowest place free all its time."""
    placed = {}
    for number in sorted(range(len(requests)), key=lambda number: -requests[number].size):
        request = requests[number]
        offset = 0
        for low, other in sorted(
            (place, other)
            for other, place in placed.items()
            if requests[other].start < request.end and request.start < requests[other].end
        ):
            if low - offset >= request.size:
                break
            offset = max(offset, -(-(low + requests[other].size) // ALIGNMENT) * ALIGNMENT)
        placed[number] = offset
    return [placed[number] for number in range(len(requests))]
