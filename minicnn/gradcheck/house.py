"""What this library asks of its own operations beyond a right derivative.

Inputs may be read-only and non-contiguous; results are of the inputs' dtype, and lie in fresh memory.
"""

import numpy as np

from .subject import is_moving

SINGLE = 1e-5  # how far float32 may be from float64, relative to the largest entry; Winograd's is 7e-7


def faults(subject, y, dy, gradients):
    """In words, what a Pair breaks when run once in float32; y and gradients are those of float64."""
    inputs = [_awkward(x) if is_moving(x) else x for x in subject.inputs]
    dy = _awkward(dy)
    try:
        single, returned = subject.once(inputs, dy)
    except ValueError as error:
        if "read-only" not in str(error):
            raise
        return [f"it writes into its inputs or into dy, float32 and read-only: {error}"]
    found = []
    results = [("y", single, y), *zip(subject.names, returned, gradients, strict=True)]
    for name, result, right in results:
        if not isinstance(result, (np.ndarray, np.floating)):
            continue
        if result.dtype != np.float32:
            found.append(f"{name}: expected float32 for inputs of float32, got {result.dtype}")
        elif np.abs(result - right).max() > SINGLE * np.abs(right).max():
            found.append(f"{name}: in float32, or from views of larger arrays, it comes out differently")
        if any(np.shares_memory(result, x) for x in [dy, *inputs] if isinstance(x, np.ndarray)):
            found.append(f"{name}: it shares memory with what was passed in; return a copy")
    return found


def _awkward(x):
    """The same numbers in float32, as a read-only view of every other entry."""
    wide = np.zeros((*x.shape, 2), np.float32)
    wide[..., 0] = x
    view = wide[..., 0]
    view.flags.writeable = False
    return view
