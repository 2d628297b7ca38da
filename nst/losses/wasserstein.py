"""Style as a distance between distributions: features as Gaussians, compared by Wasserstein-2."""

import numpy as np

from minicnn.backend import array_module
from minicnn.checks import sums_up
from minicnn.errors import ShapeError
from minicnn.ops.gram import gram_backward

from .features import inner, matrix, product, quietly, read_from

EPSILON = 1e-4  # added to each variance, so that every square root has a derivative
BLOCK, DEVICE_BLOCK = 1 << 16, 1 << 24  # entries of F that are turned to float64 at a time


def moments(F, shares=None):
    """FᵀF/M and, as one more row, the mean over places: (C + 1, C), from F (M, C). Of pictures of any size,
    and of several pictures, these may be averaged. With shares (M,) that add up to 1, places count by theirs.

    In float64 throughout: a covariance is a small difference of large second moments.
    """
    xp, (m, c) = array_module(F), F.shape
    total, rows = xp.zeros((c + 1, c)), max(1, (BLOCK if xp is np else DEVICE_BLOCK) // c)
    if shares is not None:
        shares = shares / shares.sum(dtype="float64")  # 1 + 1e-7 together would be felt in that difference
    for top in range(0, m, rows):
        block = F[top : top + rows].astype("float64")
        if shares is None:
            total[-1] += block.sum(axis=0) / m
            block *= m**-0.5
        else:
            here = shares[top : top + rows]
            total[-1] += here @ block
            block *= xp.sqrt(here)[:, None]
        total[:-1] += product(block.T, block)
    return total


class WassersteinStyle:
    """How far the distribution of the features F (M, C) over places is from the painting's.

    With μ, Σ mean and covariance of F's rows, μ̂, Σ̂ the painting's, both Σ with ε = 1e-4 on their diagonals,
    B = Σ̂^½ and S = (B Σ B)^½:
    L = (|μ − μ̂|² + tr Σ + tr Σ̂ − 2 tr S) / C, the squared Wasserstein-2 distance of two Gaussians, over C.

    The derivative of tr S. With T = BΣB, S S = T, so dS S + S dS = dT (Sylvester's equation). Multiplied by
    S⁻¹ and traced: tr(S⁻¹ dS S) + tr(dS) = 2 tr dS = tr(S⁻¹ dT). So d tr S = ½ tr(S⁻¹ B dΣ B), and
        ∂L/∂Σ = K = (1 − B S⁻¹ B) / C.
    T = V diag(s²) Vᵀ gives S⁻¹ = V diag(1/s) Vᵀ, where s are the singular values of LᵀB for any Σ = LLᵀ.
    Taken as the lengths of LᵀB V's columns, they keep digits that the roots of T's eigenvalues lose where
    there are fewer places than channels. None is below ε.
    From Σ = FᵀF/M − μμᵀ + ε and μ = Fᵀ1/M follows, K being symmetric,
        ∂L/∂F = 2/M · (F K + 1 qᵀ)   with q = (μ − μ̂)/C − K μ.

    Through a read-out R (C, N): moments are those of F R, which are Rᵀμ and RᵀΣR before ε, and C becomes N.
    Then ∂L/∂F = 2/M · (F RKRᵀ + 1 (R q)ᵀ), and nothing N wide has M rows.
    """

    statistic = staticmethod(moments)  # what a target is made of

    def __init__(self, P, layer="style layer", readout=None):
        self._aim_at(moments(matrix(P, layer)), layer, readout)

    @classmethod
    def toward(cls, target, layer="style layer", readout=None):
        """The same for `moments` themselves: those of several paintings blended, say."""
        loss = cls.__new__(cls)
        loss._aim_at(target, layer, readout)
        return loss

    def _aim_at(self, target, layer, readout):
        self.target, self.layer = target, layer
        self.readout = None if readout is None else read_from(readout, target, layer)
        self.mean, self.covariance = self._distribution(target)
        values, V = eigen(self.covariance)
        xp = array_module(V)
        self.root = product(V * xp.sqrt(xp.maximum(values, EPSILON)), V.T)

    def __call__(self, F, weight=1.0, out=None):
        if matrix(F, self.layer).shape[1] != self.target.shape[1]:
            raise ShapeError(
                f"style loss at {self.layer}: expected {self.target.shape[1]} channels, got shape {F.shape}"
            )
        value, slope = self.judged(self.statistic(F), len(F), weight)
        slope /= len(F)
        dF = gram_backward(slope[:-1].astype(F.dtype), F, out)  # F K twice
        dF += slope[-1].astype(F.dtype)
        return value, dF

    def judged(self, found, m, weight=1.0):
        """The same of `moments` themselves: the value, and the slope with them, K and as one more row 2 q."""
        xp, (mean, covariance) = array_module(found), self._distribution(found)
        if not sums_up(covariance.diagonal()):  # what has no decomposition; the objective tells why
            return xp.nan, xp.full_like(found, xp.nan)
        _, V = eigen(product(self.root, covariance, self.root))
        BV = product(self.root, V)
        s = xp.maximum(xp.linalg.norm(product(xp.linalg.cholesky(covariance).T, BV), axis=0), EPSILON)
        away, n = mean - self.mean, len(mean)
        traces = xp.trace(covariance) + xp.trace(self.covariance) - 2 * xp.sum(s)
        value = weight / n * (inner(away, away) + traces)
        K = (xp.eye(n) - product(BV / s, BV.T)) / n
        q = away / n - K @ mean
        if self.readout is not None:
            K, q = product(self.readout, K, self.readout.T), self.readout @ q
        return value, weight * xp.concatenate([K, 2 * q[None]])

    def _distribution(self, found):
        """(mean (N,), covariance (N, N) with ε on its diagonal) of what `moments` found, read out."""
        second, mean = found[:-1], found[-1]
        covariance = second - mean[:, None] * mean
        if self.readout is not None:
            mean = self.readout.T @ mean
            covariance = product(self.readout.T, covariance, self.readout)
        return mean, covariance + EPSILON * array_module(found).eye(len(mean))


def eigen(T):
    """Eigenvalues and eigenvectors of a symmetric matrix."""
    with quietly(T):
        return array_module(T).linalg.eigh((T + T.T) / 2)
