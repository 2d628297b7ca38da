"""Numbers on their way back from a device: all that wait come in one copy, when the first is needed.

A loss, the sum of a gradient, a few inner products: each of them by itself would keep the device waiting.
`later(x)` promises to read a small array. Whoever needs one such number gets it with all the others that
were promised since; what lies on the host already is passed through, and there nothing ever waits.
"""

import threading
import weakref

import numpy as np

from .backend import array_module, to_host

_state = threading.local()


class Later:
    """A small array that is still on the device; float(…) or `read` fetch it."""

    def __init__(self, array):
        self._array, self._found = array, None
        _waiting().append(weakref.ref(self))

    def read(self):
        """The array on the host, in float64."""
        if self._array is not None:
            _fetch(self)
        return self._found

    def __float__(self):
        return float(self.read())


def later(x):
    """`x`, if it is a number or an array on the host; otherwise a promise of it."""
    return x if array_module(x) is np else Later(x)


def read(x):
    """What `later` gave, as it is on the host."""
    return x.read() if isinstance(x, Later) else x


def numbers(*values):
    """Several single numbers as floats, now, and all that waits with them."""
    return [float(value) for value in [later(value) for value in values]]


def number(value):
    """One number as a float, now."""
    return numbers(value)[0]


def _waiting():
    if not hasattr(_state, "waiting"):
        _state.waiting = []
    return _state.waiting


def _fetch(first):
    """Every array that anyone still holds a promise of, in one copy."""
    others = [promise for promise in (ref() for ref in _waiting()) if promise not in (None, first)]
    promises = [first, *others]
    arrays = [promise._array for promise in promises]
    xp = array_module(arrays[0])
    together = to_host(xp.concatenate([array.ravel().astype("float64") for array in arrays]))
    _waiting().clear()
    for promise, array in zip(promises, arrays, strict=True):
        found, together = np.split(together, [array.size])
        promise._array, promise._found = None, found.reshape(array.shape)
