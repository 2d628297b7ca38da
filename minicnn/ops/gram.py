"""The Gram matrix: which features fire together, wherever that is in the picture."""

from .. import checks
from ..errors import ShapeError


def gram(F):
    """All inner products of the feature maps.

    F (M, C), one row per pixel → G (C, C), symmetric
    forward:  G = FᵀF, or G[i, j] = Σ over m of F[m, i] · F[m, j]
    backward: F stands in G twice, so dF = F(dG + dGᵀ). Kept for backward: F.
    """
    return _matrix(F, "gram").T @ F


def gram_backward(dG, F):
    """dG (C, C), F (M, C) → dF (M, C) = F(dG + dGᵀ); for a symmetric dG that is 2·F·dG."""
    c = _matrix(F, "gram_backward: F").shape[1]
    checks.shape_is(dG, (c, c), "gram_backward: dG")
    checks.same_dtype(dG, F, "gram_backward: dG and F")
    return F @ (dG + dG.T)


def _matrix(F, who):
    if checks.floating(F, who).ndim != 2:
        raise ShapeError(
            f"{who}: expected (M, C), got shape {F.shape}; reshape an activation with .reshape(-1, C)"
        )
    return F
