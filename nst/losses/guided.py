"""Style by regions: each part of the canvas has a painting of its own (Gatys et al. 2016, "guided" Gram)."""

import numpy as np

from minicnn.backend import array_module
from minicnn.errors import ShapeError
from minicnn.parallel import run, scratch, thread_count

from .features import matrix

BLOCK = 1 << 18  # entries of F at a time, which stay in a core's cache


class Guided:
    """L = Σ_r λ_r L_r: for each region r a style loss of its own, which sees its places of the canvas alone.

    A guide g_r (M,) tells of every place how much of it lies in region r: 1, 0, or between at a soft edge.
    Guides are NumPy arrays, wherever F is. With shares t_r = g_r / Σ_m g_rm and T_r = √t_r, by which every
    channel of F (M, C) is multiplied,
        G_r = (T_r∘F)ᵀ(T_r∘F) = Σ_m t_rm F_mᵀF_m     F_m: row m
    is a mean over the region as G/M is one over the canvas. L_r looks at it, and at the mean
    μ_r = Σ_m t_rm F_m if it wants that too. Where half a place is inside, it counts half: hence the root.

    dG_r = Σ_m t_rm (dF_mᵀF_m + F_mᵀdF_m), so that with the symmetric S_r = ∂L_r/∂G_r and q_r = ∂L_r/∂μ_r
        ∂L/∂F_m = Σ_r λ_r t_rm (2 F_m S_r + q_r).
    λ_r is the region's weight times Σ_m g_rm / M, the part of the canvas that it takes up. Then λ_r t_rm =
    weight · g_rm / M: each place is pulled at as strongly as without regions, however small its own is.
    """

    def __init__(self, losses, guides, weights):
        self.regions = [
            (
                loss,
                array_module(loss.target).asarray(
                    guide / (inside := guide.sum(dtype="float64")).astype(guide.dtype)
                ),
                weight * inside / guide.size,
            )
            for loss, guide, weight in zip(losses, guides, weights, strict=True)
        ]

    def __call__(self, F, weight=1.0, out=None):
        m, c = matrix(F, "style by regions").shape
        value, seeds = 0.0, []
        for loss, shares, own in self.regions:
            if shares.shape != (m,):
                raise ShapeError(f"style by regions: expected {shares.size} places, got shape {F.shape}")
            found, slope = loss.judged(loss.statistic(F, shares), m, weight * own)
            value += found
            slope[:c] *= 2
            seeds.append((shares, slope.astype(F.dtype)))
        return value, _spread(seeds, F, out)


def guided_gram(F, shares):
    """G = Σ_m t_m F_mᵀF_m of F (M, C) and shares t (M,), in F's type."""
    xp, (m, c), root = array_module(F), F.shape, array_module(F).sqrt(shares)[:, None]
    if xp is not np:
        H = F * root
        return H.T @ H
    rows, step = -(-m // thread_count()), max(1, BLOCK // c)
    parts = np.zeros((-(-m // rows), c, c), F.dtype)

    def one_part(number):
        """Always the same rows, so that the sum does not depend on who was quicker."""
        end = min(m, (number + 1) * rows)
        for top in range(number * rows, end, step):
            here = slice(top, min(end, top + step))
            if root[here].any():
                (H,) = scratch(F.dtype, F[here].shape)
                np.multiply(F[here], root[here], out=H)
                parts[number] += H.T @ H

    run(one_part, [(number,) for number in range(len(parts))])
    return parts.sum(axis=0)


def _spread(seeds, F, out):
    """Σ t∘(F S + q) over the (t, [S; q]) of `seeds`; row m needs row m of F alone, so `out` may be F."""
    xp, (m, c) = array_module(F), F.shape
    out = xp.empty_like(F, order="C") if out is None else out
    step = max(1, BLOCK // c) if xp is np else m

    def one_block(top):
        here = slice(top, top + step)
        total = xp.zeros_like(F[here])
        for shares, slope in seeds:
            if xp is not np or shares[here].any():
                pull = F[here] @ slope[:c]
                pull += slope[c:].sum(axis=0)  # q, or nothing
                pull *= shares[here][:, None]
                total += pull
        out[here] = total

    run(one_block, [(top,) for top in range(0, m, step)])
    return out
