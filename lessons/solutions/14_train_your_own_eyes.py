"""Lesson 14, as we would write it."""

import numpy as np


def weight_gradients(x, w, b, T):
    z = x @ w + b
    D = np.maximum(z, 0) - T
    dz = D * (z > 0)
    return 0.5 * (D**2).sum(), x.T @ dz, dz.sum(axis=0)


def fit_readout(F, T, share):
    gram = F.T @ F
    ridge = share * np.diag(gram).mean()
    return np.linalg.solve(gram + ridge * np.eye(len(gram)), F.T @ T)


def match(F, R, T):
    D, size = F @ R - T, (T**2).sum()
    return (D**2).sum() / size, 2 * D @ R.T / size, 2 * F.T @ D / size


def learn(gradients, params, batches, rate, frozen):
    for batch in batches:
        slopes = gradients(params, batch)
        params = {
            name: p if name in frozen else p - rate * slopes[name] / len(batch) for name, p in params.items()
        }
    return params
