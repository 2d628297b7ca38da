"""Lesson 10, as we would write it."""

import numpy as np


def best_rate(a):
    flattest, steepest = a.min(), a.max()
    return 2 / (flattest + steepest), (steepest - flattest) / (steepest + flattest)


def curvature(gradient, x, v, h):
    u = v / np.sqrt((v * v).sum())
    return (u * (gradient(x + h * u) - gradient(x - h * u))).sum() / (2 * h)


def momentum(gradient, x, rate, mu, steps):
    v = np.zeros_like(x)
    for _ in range(steps):
        v = mu * v + gradient(x)
        x = x - rate * v
    return x


def adam(gradient, x, rate, steps, beta1, beta2, eps):
    m, s = np.zeros_like(x), np.zeros_like(x)
    for n in range(1, steps + 1):
        g = gradient(x)
        m = beta1 * m + (1 - beta1) * g
        s = beta2 * s + (1 - beta2) * g**2
        x = x - rate * (m / (1 - beta1**n)) / (np.sqrt(s / (1 - beta2**n)) + eps)
    return x


def two_loops(q, pairs):
    shares = []
    for s, y in reversed(pairs):
        shares.append((s * q).sum() / (s * y).sum())
        q = q - shares[-1] * y
    s, y = pairs[-1]
    r = (s * y).sum() / (y * y).sum() * q
    for (s, y), c in zip(pairs, reversed(shares), strict=True):
        r = r + (c - (y * r).sum() / (s * y).sum()) * s
    return r
