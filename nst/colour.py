"""Whose colours a picture has: the painting's, or the photo's.

Values are RGB on the scale 0..255, coded as in files. Colours come as the rows v of a matrix (n, 3), with
shares s (n,) that add up to 1: how much each counts in the mean μ = Σ s v and in the covariance
Σ = Σ s (v − μ)(v − μ)ᵀ.
"""

from itertools import repeat
from math import gcd
from typing import NamedTuple

import numpy as np

from minicnn.errors import OptionError

PAINTING, PHOTO = "painting", "photo"  # whose colours to take, without matching any
LUMA = np.array([0.299, 0.587, 0.114])  # of red, green and blue: Rec. 601, as in YIQ, YUV and YCbCr
ENOUGH = 1 << 20  # colours that stand for all of a picture's
ROWS = 256  # of a picture recoloured at a time
FLAT = 1e-9  # of the largest variance: less is none


class Colours(NamedTuple):
    """float64: values (n, 3), shares (n,)."""

    values: np.ndarray
    shares: np.ndarray

    @property
    def mean(self):
        return self.shares @ self.values

    @property
    def covariance(self):
        away = self.values - self.mean
        return (away * self.shares[:, None]).T @ away


def colours_of(picture, mask=None):
    """The Colours of a uint8 picture (H, W, 3), where its Mask is white; of a large one, a sample."""
    where = slice(None) if mask is None else np.flatnonzero(mask.values)
    values, step = picture.reshape(-1, 3)[where], 1
    while (
        len(values) > step * ENOUGH or gcd(step, picture.shape[1]) > 1
    ):  # else some columns alone would count
        step += 1
    values = values[::step].astype(np.float64)
    shares = (
        np.ones(len(values)) if mask is None else mask.values.reshape(-1)[where][::step].astype(np.float64)
    )
    return Colours(values, shares / shares.sum())


# --- the photo's chroma ----------------------------------------------------------------------------------


def luma(values):
    """Y (H, W) = 0.299 R + 0.587 G + 0.114 B."""
    return values @ LUMA.astype(values.dtype)


def with_chroma_of(photo, values):
    """The luma of `values` (H, W, 3) and the chroma of `photo`, of the same shape.

    A colour is V = Y·1 + c, with a chroma c whose own luma is 0. YIQ, YUV and YCbCr only choose different
    axes for c: the picture Y(values)·1 + t c(photo) is the same in all three. Y is clipped to 0..255, and
    t ≤ 1 is the largest at which every channel stays there too; so luma and hue are kept where colours run
    out, and only saturation gives way. Clipping each channel would change all three.
    """
    Y, photo = np.clip(luma(values), 0, 255)[..., None], photo.astype(values.dtype)
    c = photo - luma(photo)[..., None]
    room = np.where(c > 0, 255 - Y, Y) / np.maximum(np.abs(c), 1e-6)
    return Y + np.minimum(1, room.min(axis=2, keepdims=True)) * c


# --- the painting in the photo's colours -----------------------------------------------------------------


def dressed(photo, paintings, masks, colours):
    """Photo and paintings, uint8, as a run sees them that is to have those `colours`.

    Where masks say which part of the photo is for which part of a painting, only these are matched.
    """
    if colours == PAINTING:
        return photo, list(paintings)
    if photo is None or not paintings:
        raise OptionError(f"--colours {colours}: it takes both a photo and a painting")
    parts = masks.photo or repeat(None), masks.paintings or repeat(None)
    matched = [
        recoloured(painting, MOVES[colours](colours_of(painting, own), colours_of(photo, there)))
        for painting, there, own in zip(paintings, *parts, strict=False)
    ]
    return recoloured(photo, in_grey) if colours == PHOTO else photo, matched


def recoloured(picture, move):
    """A uint8 picture with every colour moved by `move`, (n, 3) → (n, 3); rounded and clipped."""
    out = np.empty_like(picture)
    for top in range(0, len(picture), ROWS):
        rows = picture[top : top + ROWS]
        moved = move(rows.reshape(-1, 3).astype(np.float64)).reshape(rows.shape)
        out[top : top + ROWS] = np.clip(np.rint(moved), 0, 255)
    return out


def in_grey(values):
    """The move to grey of the same luma."""
    return np.repeat(luma(values)[:, None], 3, axis=1)


def by_luma(painting, photo):
    """The move to grey whose luma has the mean and deviation of the photo's: the variance of wᵀv is wᵀΣw."""
    before, after = (np.sqrt(LUMA @ colours.covariance @ LUMA) for colours in (painting, photo))
    scale = after / before if before else 1.0
    return lambda values: scale * (in_grey(values) - LUMA @ painting.mean) + LUMA @ photo.mean


def by_symmetric_root(painting, photo):
    """The move that gives `painting` the mean and covariance of `photo`, by symmetric square roots.

    v ↦ A (v − μ_s) + μ_c has mean μ_c and covariance A Σ_s Aᵀ. With any roots R of both, R Rᵀ = Σ, this
    is Σ_c for A = R_c R_s⁻¹: R_c R_s⁻¹ (R_s R_sᵀ) R_s⁻ᵀ R_cᵀ = R_c R_cᵀ. Here Σ = U diag(λ) Uᵀ and
    R = U diag(√λ) Uᵀ. Directions in which the painting does not vary at all have no inverse, and stay flat.
    """
    return _linear(painting, photo, _symmetric_root)


def by_cholesky(painting, photo):
    """The same with triangular roots, R = L of Σ = L Lᵀ: red alone decides the new red, then green has a say.

    L comes from QR of the symmetric root S = QU: Σ = SᵀS = UᵀU, so that L = Uᵀ also where Σ is singular,
    as a grey picture's is.
    """
    return _linear(painting, photo, lambda covariance: np.linalg.qr(_symmetric_root(covariance))[1].T)


def by_transport(painting, photo):
    """The same by the one A that moves colours the least: A = R⁻¹ (R Σ_c R)^½ R⁻¹, R = Σ_s^½.

    A Σ_s A = R⁻¹ (RΣ_cR)^½ (RΣ_cR)^½ R⁻¹ = Σ_c. A is symmetric and positive, the gradient of a convex
    function, and such maps are the cheapest between two distributions (Brenier 1991): it stretches colours
    along three axes at right angles and turns none of them.
    """
    R = _symmetric_root(painting.covariance)
    inverse = _inverse(R)
    return _affine(inverse @ _symmetric_root(R @ photo.covariance @ R) @ inverse, painting, photo)


def by_histogram(painting, photo):
    """Means and covariances by transport first; then, along the photo's principal axes, each histogram.

    Along an axis u ↦ F_c⁻¹(F_s(u)), F being the distribution functions: what share of colours lies below.
    In RGB each channel's histogram would come out right and combinations wrong that neither picture has;
    along the principal axes nothing is correlated that could be torn apart.
    """
    first = by_transport(painting, photo)
    axes = np.linalg.eigh(photo.covariance)[1]
    there = Colours(first(painting.values) @ axes, painting.shares)
    here = Colours(photo.values @ axes, photo.shares)
    ranks = [(_distribution(there, k), _distribution(here, k)) for k in range(3)]

    def move(values):
        along = first(values) @ axes
        for k, ((u, below), (v, below_v)) in enumerate(ranks):
            along[:, k] = np.interp(np.interp(along[:, k], u, below), below_v, v)
        return along @ axes.T

    return move


MOVES = {
    PHOTO: by_luma,
    "match": by_transport,
    "match-root": by_symmetric_root,
    "match-cholesky": by_cholesky,
    "match-histogram": by_histogram,
}


def _linear(painting, photo, root):
    return _affine(root(photo.covariance) @ _inverse(root(painting.covariance)), painting, photo)


def _affine(A, painting, photo):
    before, after = painting.mean, photo.mean
    return lambda values: (values - before) @ A.T + after


def _symmetric_root(covariance):
    values, U = np.linalg.eigh(covariance)
    return (U * np.sqrt(np.maximum(values, 0))) @ U.T


def _inverse(root):
    return np.linalg.pinv(root, rcond=FLAT**0.5)


def _distribution(colours, k):
    """The different values along axis k, and the share of colours below each, half of its own included."""
    values, which = np.unique(colours.values[:, k], return_inverse=True)
    own = np.bincount(which.ravel(), colours.shares)
    return values, np.cumsum(own) - own / 2
