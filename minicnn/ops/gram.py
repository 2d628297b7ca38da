"""The Gram matrix: which features fire together, wherever that is in the picture."""

import numpy as np

from .. import checks
from ..backend import array_module
from ..errors import OptionError, ShapeError
from ..parallel import run, scratch, thread_count

BLOCK = 1 << 16  # entries of F that one block of rows holds, which stay in a core's cache


def gram(F):
    """All inner products of the feature maps.

    F (M, C), one row per pixel → G (C, C), symmetric
    forward:  G = FᵀF, or G[i, j] = Σ over m of F[m, i] · F[m, j]
    backward: F stands in G twice, so dF = F(dG + dGᵀ). Kept for backward: F.
    """
    _matrix(F, "gram")
    if array_module(F) is not np:
        return _on_device(F)
    rows = -(-len(F) // thread_count())
    shares = [F[top : top + rows] for top in range(0, len(F), rows)]
    parts = np.empty((len(shares), F.shape[1], F.shape[1]), F.dtype)

    def one_share(number):
        """Always the same rows, so that the sum does not depend on who was quicker."""
        np.matmul(shares[number].T, shares[number], out=parts[number])

    run(one_share, [(number,) for number in range(len(shares))])
    return parts.sum(axis=0)


def gram_backward(dG, F, out=None):
    """dG (C, C), F (M, C) → dF (M, C) = F(dG + dGᵀ); for a symmetric dG that is 2·F·dG.

    Row m of dF needs row m of F alone, so `out` may be F itself: then nothing of F's size is allocated.
    """
    c = _matrix(F, "gram_backward: F").shape[1]
    checks.shape_is(dG, (c, c), "gram_backward: dG")
    checks.same_dtype(dG, F, "gram_backward: dG and F")
    if out is not None:
        checks.shape_is(out, F.shape, "gram_backward: out")
        checks.same_dtype(out, F, "gram_backward: out and F")
    both = dG + dG.T
    if array_module(F) is not np:
        if out is None:
            return F @ both
        out[...] = F @ both
        return out
    out = np.empty_like(F, order="C") if out is None else out
    if not out.flags.writeable:
        raise OptionError("gram_backward: out may not be written to; pass a copy of it, or leave it out")
    rows = max(1, BLOCK // c)

    def one_block(top):
        (product,) = scratch(F.dtype, F[top : top + rows].shape)
        np.matmul(F[top : top + rows], both, out=product)
        out[top : top + rows] = product

    run(one_block, [(top,) for top in range(0, len(F), rows)])
    return out


def _on_device(F):
    """FᵀF; by kernels of our own, where they can be had, slices of F are added up in float64."""
    from .. import cuda  # which is made of layers, which are made of operations

    return cuda.gram(F) if F.dtype == np.float32 and cuda.usable(array_module(F)) else F.T @ F


def _matrix(F, who):
    if checks.floating(F, who).ndim != 2:
        raise ShapeError(
            f"{who}: expected (M, C), got shape {F.shape}; reshape an activation with .reshape(-1, C)"
        )
    return F
