"""Which array library an array lives in. The only place that may import CuPy."""

import sys

import numpy as np


def array_module(x):
    """The module (NumPy or CuPy) whose functions work on `x`.

    CuPy is looked up, never imported: an array of its own can only exist once it is loaded.
    """
    cupy = sys.modules.get("cupy")
    if cupy is not None and isinstance(x, cupy.ndarray):
        return cupy
    return np
