"""Lesson 9, as we would write it."""

import numpy as np


def mixed_start(photo, noise, share):
    return share * 255 * noise + (1 - share) * photo


def total_loss(content, style, alpha, beta):
    return alpha * content + beta * sum(style.values()) / len(style)


def relative_content(F, P):
    E, size = F - P, (P**2).sum()
    return (E**2).sum() / size, 2 * E / size


def join(features, parts):
    total, seeds = 0.0, {}
    for tap, weight, loss in parts:
        value, dF = loss(features[tap])
        total += weight * value
        seeds[tap] = seeds.get(tap, 0) + weight * dF
    return total, seeds


def for_scipy(objective, shape):
    def f(v):
        loss, gradient = objective(v.reshape(shape).astype(np.float32))
        return float(loss), gradient.reshape(-1).astype(np.float64)

    return f
