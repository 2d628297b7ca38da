"""Test problems with known answers: SciPy's Rosenbrock, and others that are commonly used."""

import numpy as np
from scipy.optimize import rosen, rosen_der


def rosenbrock(x):
    return rosen(x), rosen_der(x)


def dixon_price(x):
    i = np.arange(2, x.size + 1)
    r = 2 * x[1:] ** 2 - x[:-1]
    g = np.zeros_like(x)
    g[0] = 2 * (x[0] - 1)
    g[1:] += 8 * i * r * x[1:]
    g[:-1] -= 2 * i * r
    return (x[0] - 1) ** 2 + np.sum(i * r**2), g


def ill_conditioned(x):
    h = np.logspace(0, 4, x.size)
    return 0.5 * np.sum(h * (x - 1) ** 2), h * (x - 1)


def powell_singular(x):
    a, b, c, d = x.reshape(-1, 4).T
    r1, r2, r3, r4 = a + 10 * b, c - d, b - 2 * c, a - d
    g = [2 * r1 + 40 * r4**3, 20 * r1 + 4 * r3**3, 10 * r2 - 8 * r3**3, -10 * r2 - 40 * r4**3]
    return np.sum(r1**2 + 5 * r2**2 + r3**4 + 10 * r4**4), np.stack(g, axis=1).ravel()


def logistic(x):
    """Smooth, convex, not quadratic; random but fixed data."""
    rng = np.random.default_rng(7)
    A = rng.standard_normal((3 * x.size, x.size)) * np.logspace(0, 1.5, x.size)
    p = A @ x
    return np.sum(np.logaddexp(0, p)) + 0.5 * x @ x, A.T @ (1 / (1 + np.exp(-p))) + x


def shallow(x):
    """Loss and gradient a million times smaller than steps: as relative losses of a canvas are."""
    value, gradient = dixon_price(x)
    return 1e-6 * value, 1e-6 * gradient


# name: (objective, start, evaluations to compare at)
PROBLEMS = {
    "rosenbrock 2": (rosenbrock, np.array([-1.2, 1.0]), (10, 20, 30)),
    "rosenbrock 10": (rosenbrock, np.tile([-1.2, 1.0], 5), (10, 40, 70)),
    "rosenbrock 1000": (rosenbrock, np.tile([-1.2, 1.0], 500), (10, 80, 200)),
    "dixon-price 20": (dixon_price, np.full(20, 1.5), (10, 20, 30)),
    "ill-conditioned 5": (ill_conditioned, np.zeros(5), (5, 10)),
    "ill-conditioned 300": (ill_conditioned, np.zeros(300), (10, 40, 100)),
    "shallow 20": (shallow, np.full(20, 1.5), (10, 20, 30)),
    "powell singular 40": (powell_singular, np.tile([3.0, -1.0, 0.0, 1.0], 10), (10, 20, 30)),
    "logistic 30": (logistic, np.linspace(-1, 1, 30), (10, 20, 40)),
}
