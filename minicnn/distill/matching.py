"""How far a student's activations, through a read-out, are from a teacher's, and the gradients of that.

At one tap, for one picture, with F (M, c) the student's activations, T (M, k) the teacher's, R (c, k) the
read-out, and G_F = FᵀF/M, G_T = TᵀT/M:

    values  L = v · |FR − T|²                 D = FR − T         dF = 2v · D Rᵀ          dR = 2v · Fᵀ D
    Gram    L = g · |Rᵀ G_F R − G_T|²         E = Rᵀ G_F R − G_T  dF = 4g/M · F (R E Rᵀ)  dR = 4g · G_F R E

for E is symmetric, and both F and R stand in it twice.
"""

from typing import NamedTuple

import numpy as np

from ..parallel import run, scratch

BLOCK = 1 << 16  # entries of T that one block of rows holds, which stay in a core's cache


class Matched(NamedTuple):
    """Squared errors of each picture, before they are weighed, and dR, the gradient for the read-out."""

    values: np.ndarray
    grams: np.ndarray
    gradient: np.ndarray


def match(F, T, R, value_weight, gram_weight=None):
    """F (N, M, c), T (N, M, k), R (c, k) → Matched; the gradient for F is written over F.

    value_weight   v, one number
    gram_weight    g as a function of G_T, or None: no Gram term
    """
    n = len(F)
    values, grams = np.zeros(n), np.zeros(n)
    dR = np.zeros((n, *R.shape), R.dtype)

    def one_picture(number):
        f, t = F[number], T[number]
        mix = None
        if gram_weight is not None:
            grams[number], mix = _match_grams(f, t, R, gram_weight, dR[number])
        values[number] = _match_values(f, t, R, R.dtype.type(2 * value_weight), mix, dR[number])

    run(one_picture, [(number,) for number in range(n)])
    return Matched(values, grams, dR.sum(axis=0))


def _match_values(f, t, R, twice, mix, dR):
    """|D|²; adds to dR, and turns f into its gradient, f·mix for the Gram term included."""
    rows = max(1, BLOCK // R.shape[1])
    back = np.ascontiguousarray(R.T) * twice
    error, sum_fd = 0.0, np.zeros_like(R)
    for top in range(0, len(f), rows):
        part = f[top : top + rows]
        difference, gradient = scratch(f.dtype, (len(part), R.shape[1]), part.shape)
        np.matmul(part, R, out=difference)
        difference -= t[top : top + rows]
        error += float(np.vdot(difference, difference))
        sum_fd += part.T @ difference
        np.matmul(difference, back, out=gradient)
        if mix is not None:
            gradient += part @ mix
        part[...] = gradient
    dR += twice * sum_fd
    return error


def _match_grams(f, t, R, weight, dR):
    """|E|² and the (c, c) matrix that f is multiplied with in its gradient; adds to dR."""
    scale = f.dtype.type(1 / len(f))
    of_f, of_t = f.T @ f * scale, t.T @ t * scale
    mixed = of_f @ R
    difference = R.T @ mixed - of_t
    g = f.dtype.type(4 * weight(of_t))
    dR += g * (mixed @ difference)
    return float(np.vdot(difference, difference)), (g * scale) * (R @ difference @ R.T)
