"""Convolutions as products: the stand-in for cuBLAS counts every index, and refuses what cuBLAS would."""

import numpy as np
import pytest

from minicnn import ops
from minicnn.cuda import layout
from minicnn.cuda.plan import EDGES

from ..nets import relative
from .host import TroubleError, multiply


def stacked(padded, geometry):
    """A stack and the room behind it, where there are no numbers."""
    z = np.full(geometry.size, np.nan)
    rows = [padded[r : r + geometry.rows] for r in range(3)]
    z[: geometry.rows * geometry.width * 3 * geometry.channels] = np.stack(rows, axis=2).ravel()
    return z


def product(stack, z, kernel, k):
    result = np.full(stack.result(k), np.nan, np.float32)
    multiply(layout.convolution(stack, k, z, np.ascontiguousarray(kernel).ravel(), result))
    return result[: stack.rows * stack.width * k].reshape(stack.rows, stack.width, k)


@pytest.mark.parametrize("size", [(1, 1), (1, 5), (4, 1), (2, 2), (5, 7), (6, 6), (7, 9)])
def test_forward(rng, size):
    (h, w), c, k = size, 8, 16
    x, kernel = rng.normal(size=(h, w, c)), rng.normal(size=(3, 3, c, k))
    geometry = layout.forward_stack(h, w, c)
    z = stacked(np.pad(x, ((1, 1), (1, 1), (0, 0))), geometry)
    y = product(geometry, z, layout.forward_kernel(kernel), k)[:, :w]
    assert relative(y, ops.conv2d(x[None], kernel, padding=1)[0]) < 1e-6


@pytest.mark.parametrize("size", [(1, 1), (1, 5), (4, 1), (2, 2), (5, 7), (6, 6)])
@pytest.mark.parametrize("edges", EDGES)
def test_backward(rng, size, edges):
    (h, w), c, k = size, 8, 16
    dy, kernel = rng.normal(size=(h, w, k)), rng.normal(size=(3, 3, c, k))
    geometry, e = layout.backward_stack(h, w, k, EDGES.index(edges)), int(edges != "zero")
    border = (1 + e, 1 + e)
    z = stacked(np.pad(dy, (border, border, (0, 0))), geometry)
    dxp = product(geometry, z, layout.backward_kernel(kernel), c)[:, : w + 2 * e]
    dx = ops.pad_backward(dxp[None].astype(float), (1, 1, 1, 1), edges) if e else dxp[None]
    expected = ops.conv2d_dx(dy[None], kernel, (1, h, w, c), padding=1, edges=edges)
    assert relative(dx, expected) < 1e-6


def test_there_is_no_more_room_than_is_needed():
    """One number less, and the last product would read or write beyond the end."""
    for h, w in ((1, 1), (3, 4), (5, 2), (6, 6)):
        geometry = layout.forward_stack(h, w, 8)
        kernel, result = np.zeros(9 * 8 * 16), np.zeros(geometry.result(16), np.float32)
        for short_z, short_y in ((1, 0), (0, 1)):
            z = np.zeros(geometry.size - short_z)
            with pytest.raises(TroubleError, match="beyond the end"):
                multiply(layout.convolution(geometry, 16, z, kernel, result[short_y:]))


def test_kernels_channels_are_rounded_up_with_zeros(rng):
    kernel = rng.normal(size=(3, 3, 5, 12))
    forward, backward = layout.forward_kernel(kernel), layout.backward_kernel(kernel)
    assert forward.shape == (3, 3, 8, 16)
    assert backward.shape == (3, 3, 16, 8)
    assert forward[2, 0, 4, 11] == kernel[0, 2, 4, 11]
    assert backward[2, 0, 11, 4] == kernel[2, 0, 4, 11]
    assert not forward[:, :, 5:].any()
    assert not forward[..., 12:].any()
    assert layout.first_kernel(kernel[:, :, :3]).shape == (3, 3, 3, 16)


def test_an_asymmetric_matrix_multiplies_features_from_the_right(rng):
    F, S = rng.normal(size=(10, 8)), rng.normal(size=(8, 8))
    seed = np.ones(80, np.float32)
    multiply(layout.features_times(F.ravel(), S.ravel(), seed, 10, 8, more=True))
    assert relative(seed.reshape(10, 8), F @ S + 1) < 1e-6


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"lda": 7}, "ld 7 for 8 rows"),
        ({"ldb": 23}, "ld 23 for 24 rows"),
        ({"ldc": 7}, "ld 7 for 8 rows"),
        ({"stride_a": 1}, "A: a product would read or write beyond"),
        ({"stride_b": 49}, "B: a product would read or write beyond"),
        ({"stride_c": 17}, "C: a product would read or write beyond"),
        ({"stride_c": 4}, "matrices of the batch overlap"),
        ({"n": 0}, "for 24 rows|for 8 rows"),
        ({"c": np.zeros(32)}, "expected float32"),
    ],
)
def test_what_blas_forbids(change, words):
    right = layout.Product(
        m=8, n=2, k=24, a=np.zeros(192), lda=8, b=np.zeros(96), ldb=24, stride_b=48,
        c=np.zeros(32, np.float32), ldc=8, stride_c=16, batch=2,
    )  # fmt: skip
    multiply(right)
    with pytest.raises(TroubleError, match=words):
        multiply(right._replace(**change))


def test_the_stand_in_multiplies(rng):
    """Against einsum, in batches, transposed, and on top of what was there."""
    a, b, c = rng.normal(size=(3, 4, 5)), rng.normal(size=(3, 6, 4)), rng.normal(size=(3, 6, 5)).astype("f4")
    expected = 2 * np.einsum("nki,njk->nji", a, b) + 0.5 * c
    result = c.ravel().copy()
    multiply(
        layout.Product(
            m=5, n=6, k=4, a=a.ravel(), lda=5, stride_a=20, b=b.ravel(), ldb=4, stride_b=24,
            c=result, ldc=5, stride_c=30, batch=3, alpha=2.0, beta=0.5,
        )
    )  # fmt: skip
    assert relative(result.reshape(c.shape), expected) < 1e-6
    result = np.zeros(30, np.float32)
    swapped = np.ascontiguousarray(a[0].T).ravel()
    multiply(
        layout.Product(
            m=5, n=6, k=4, a=swapped, lda=4, b=np.ascontiguousarray(b[0].T).ravel(), ldb=6, c=result, ldc=5,
            transposed="ab",
        )
    )  # fmt: skip
    assert relative(result.reshape(6, 5), b[0] @ a[0]) < 1e-6
