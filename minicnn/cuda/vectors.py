"""Sums over long vectors, in double, in one pass each: what the losses and L-BFGS ask for on a GPU."""

import numpy as np

from .engine import blocks_for
from .layout import Slices, gram_parts


def gram(engine, F):
    """G = FᵀF of F (M, C): slices of F multiplied in float32, their sum in double. → (C, C) float32."""
    places, c = F.shape
    slices = Slices.of(places)
    parts, G = engine.zeros(slices.parts * c * c, np.float32), engine.zeros(c * c, np.float32)
    for product in gram_parts(F.ravel(), parts, places, c):
        engine.multiply(product)
    engine.launch("join", parts, slices.parts, c * c, G, threads=c * c)
    return G.reshape(c, c)


def inner_products(engine, basis, vectors):
    """basis (k, n) and one to three vectors (n,) → (k + v, v) in float64: with each other as well."""
    (k, n), v, blocks = basis.shape, len(vectors), blocks_for(basis.shape[1])
    partial = engine.zeros((k + v) * 3 * blocks, np.float64)
    table = engine.zeros((k + v) * 3, np.float64)
    slots = [None] * (3 - v) + [vector.ravel() for vector in vectors]
    engine.launch("products", basis.ravel(), k, *slots, n, partial, blocks=blocks, rows=k + v)
    engine.launch("report", partial, None, blocks, None, table, blocks=(k + v) * 3)
    found = table.reshape(k + v, 3)[:, 3 - v :]
    found[k:] = found[k:][::-1].copy()  # the kernel takes the last of them first
    return found


def combine(engine, coefficients, basis, g, of_g):
    """d = Σ coefficients[b] · basis[b] + of_g · g, for coefficients on the host. → (n,) float32."""
    (k, n), d = basis.shape, engine.zeros(basis.shape[1], np.float32)
    weights = engine.upload(np.append(coefficients, of_g).astype(np.float32))
    engine.launch("combine", basis.ravel(), g.ravel(), weights, k, n, d, threads=n)
    return d
