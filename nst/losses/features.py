"""What the losses ask of features, and the sums that they share."""

from contextlib import nullcontext

import numpy as np

from minicnn.backend import array_module
from minicnn.checks import floating
from minicnn.errors import OptionError, ShapeError
from minicnn.parallel import blas_single_threaded
from minicnn.readback import number


def matrix(F, layer):
    """F, if it is a float matrix."""
    if floating(F, f"loss at {layer}: F").ndim != 2:
        raise ShapeError(f"loss at {layer}: expected features (M, C), got {F.shape}; reshape them to (-1, C)")
    return F


def energy(x):
    """Σ x², added up in float64, without an array of squares."""
    return inner(x, x)


def inner(x, y):
    """Σ x y, entry by entry, added up in float64."""
    return array_module(x).einsum("i,i->", x.ravel(), y.ravel(), dtype="float64")


def product(*matrices):
    """The product of a few small matrices."""
    first, *rest = matrices
    with quietly(first):
        for matrix in rest:
            first = first @ matrix
        return first


def quietly(matrix):
    """On the host BLAS takes one thread for a small matrix: waking the others would take longer."""
    return blas_single_threaded() if array_module(matrix) is np else nullcontext()


def read_from(readout, like, layer):
    """A read-out R (C, N) in float64, in the array library of `like` (…, C), whose channels it must fit."""
    if matrix(readout, layer).shape[0] != like.shape[1]:
        raise ShapeError(
            f"loss at {layer}: expected a read-out from {like.shape[1]} channels, got shape {readout.shape}"
        )
    return array_module(like).asarray(readout, dtype="float64")


def metric(readout, like, layer):
    """K = R Rᵀ (C, C) of a read-out R (C, N)."""
    R = read_from(readout, like, layer)
    return R @ R.T


def positive(denominator, layer, picture):
    """The denominator of a relative error, if there is anything to be relative to."""
    denominator = number(denominator)
    if not denominator > 0:
        raise OptionError(
            f"{layer}: the {picture} leaves every feature at 0 there, and nothing can be relative to that; "
            f"leave {layer} out, or use the form gatys2015"
        )
    return denominator
