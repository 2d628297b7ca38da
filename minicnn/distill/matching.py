"""How far a student's activations, through a read-out, are from a teacher's, and the gradients of that.

At one tap, for one picture, with F (M, c) the student's activations, T (M, k) the teacher's, R (c, k) the
read-out, and G_F = FᵀF/M, G_T = TᵀT/M:

    values  L = v · |FR − T|²                 D = FR − T         dF = 2v · D Rᵀ          dR = 2v · Fᵀ D
    Gram    L = g · |Rᵀ G_F R − G_T|²         E = Rᵀ G_F R − G_T  dF = 4g/M · F (R E Rᵀ)  dR = 4g · G_F R E

for E is symmetric, and both F and R stand in it twice.

The teacher's channels are many, the student's few. So neither D nor E is ever formed; with K = R Rᵀ (c, c):

    D Rᵀ = F K − T Rᵀ          Fᵀ D = M G_F R − FᵀT        |D|² = M K·G_F − 2 R·FᵀT + |T|²
    R E Rᵀ = K G_F K − S       R E = K G_F R − R G_T       |E|² = K G_F·(K G_F)ᵀ − 2 G_F·S + |G_T|²

where S = R G_T Rᵀ, and A·B is the sum of all products of entries.
"""

from typing import NamedTuple

import numpy as np

from ..parallel import run


class Matched(NamedTuple):
    """Squared errors of each picture, before they are weighed, and dR, the gradient for the read-out."""

    values: np.ndarray
    grams: np.ndarray
    gradient: np.ndarray


class Goal(NamedTuple):
    """What a teacher saw in a batch at one tap, and what is needed of it: learnt from more than once."""

    T: np.ndarray  # (N, M, k)
    grams: np.ndarray  # (N, k, k), G_T
    energies: np.ndarray  # (N,), |T|²
    gram_energies: np.ndarray  # (N,), |G_T|²


def goal(T):
    """T (N, M, k) → Goal."""
    n, m, k = T.shape
    grams = np.empty((n, k, k), T.dtype)

    def one_picture(number):
        t = T[number]
        np.matmul(t.T, t, out=grams[number])

    run(one_picture, [(number,) for number in range(n)])
    energies = np.trace(grams, axis1=1, axis2=2, dtype=np.float64)
    grams /= T.dtype.type(m)
    return Goal(T, grams, energies, np.array([float(np.vdot(G, G)) for G in grams]))


def match(F, goal, R, value_weight, gram_weight=None):
    """F (N, M, c), a Goal, R (c, k) → Matched; the gradient for F is written over F.

    value_weight   v, one number
    gram_weight    g as a function of |G_T|², or None: no Gram term
    """
    n, m, _ = F.shape
    values, grams = np.zeros(n), np.zeros(n)
    dR = np.zeros((n, *R.shape), R.dtype)
    K, v, back = R @ R.T, R.dtype.type(value_weight), np.ascontiguousarray(R.T)

    def one_picture(number):
        f, t = F[number], goal.T[number]
        of_f, ft = f.T @ f, f.T @ t
        values[number] = np.vdot(K, of_f) - 2 * np.vdot(R, ft) + goal.energies[number]
        dR[number] = (2 * v) * (of_f @ R - ft)
        mix = (2 * v) * K
        if gram_weight is not None:
            g = R.dtype.type(4 * gram_weight(goal.gram_energies[number]))
            of_f /= m
            KG, RG = K @ of_f, R @ goal.grams[number]
            S = RG @ back
            grams[number] = np.vdot(KG, KG.T) - 2 * np.vdot(of_f, S) + goal.gram_energies[number]
            dR[number] += g * (of_f @ (KG @ R - RG))
            mix = mix + (g / R.dtype.type(m)) * (KG @ K - S)
        gradient = f @ mix
        gradient -= t @ ((2 * v) * back)
        f[...] = gradient

    run(one_picture, [(number,) for number in range(n)])
    return Matched(values, grams, dR.sum(axis=0))
