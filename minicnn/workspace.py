"""Arrays that are used again, so that an evaluation repeated a thousand times allocates once."""

from math import prod

import numpy as np


class Workspace:
    """Lends arrays and takes them back; what is taken back is lent again.

    Handed to a network's forward and backward it means: all that they return belongs to the workspace and
    holds until the next forward pass, and seeds handed to backward may be overwritten.
    """

    def __init__(self):
        self._free = []  # flat buffers of bytes
        self._lent = {}  # id of a buffer → the buffer

    def take(self, shape, dtype):
        """An array with no particular contents: the smallest free buffer that holds it, or a new one."""
        dtype = np.dtype(dtype)
        size = prod(shape) * dtype.itemsize
        fitting = [buffer for buffer in self._free if buffer.size >= size]
        if fitting:
            buffer = min(fitting, key=lambda buffer: buffer.size)
            self._free = [other for other in self._free if other is not buffer]
        else:
            buffer = np.empty(size, np.uint8)
        self._lent[id(buffer)] = buffer
        return buffer[:size].view(dtype).reshape(shape)

    def give(self, array):
        """Take an array back; one that is not lent from here is left alone."""
        buffer = self._lent.pop(id(array.base), None)
        if buffer is not None:
            self._free.append(buffer)

    def reset(self):
        """Take everything back."""
        self._free.extend(self._lent.values())
        self._lent.clear()

    @property
    def nbytes(self):
        return sum(buffer.size for buffer in [*self._free, *self._lent.values()])
