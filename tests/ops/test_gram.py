"""The Gram matrix by its definition, the example of the slides, and the gradient they have without its 2."""

import numpy as np
import pytest

from minicnn import ops
from minicnn.errors import ShapeError

from .oracles import assert_close, by_torch


@pytest.mark.parametrize("shape", [(6, 4), (1, 5), (35, 1), (300, 64)])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_gram_and_its_gradient(shape, dtype, rng):
    F = rng.standard_normal(shape).astype(dtype)
    dG = rng.standard_normal((shape[1], shape[1])).astype(dtype)  # not symmetric
    G, dF = by_torch(lambda t: (t[:, :, None] * t[:, None, :]).sum(0), dG, F)
    assert_close(ops.gram(F), G)
    assert_close(ops.gram_backward(dG, F), dF)


def test_the_example_of_the_slides():
    F = np.zeros((6, 5))
    F[:2, 1], F[0, 4] = [1, 0.5], 1  # F₁ = (1, ½, 0, …) and F₄ = (1, 0, 0, …)
    G = ops.gram(F)
    assert G[4, 1] == G[1, 4] == 1.0
    assert G[1, 1] == 1.25
    assert np.count_nonzero(G) == 4


def test_gatys_loss_has_the_factor_2_that_the_slides_lack(rng):
    """∂/∂F ½Σ(G − A)² = 2·F(G − A), seen in the loss itself."""
    F, A, step = rng.standard_normal((7, 3)), rng.standard_normal((3, 3)), 1e-6
    A = A + A.T
    direction = rng.standard_normal(F.shape)
    up, down = (0.5 * ((ops.gram(F + s * step * direction) - A) ** 2).sum() for s in (1, -1))
    gradient = ops.gram_backward(ops.gram(F) - A, F)
    assert_close(gradient, 2 * F @ (F.T @ F - A))
    assert abs((gradient * direction).sum() / ((up - down) / (2 * step)) - 1) < 1e-7


def test_a_whole_activation_is_refused_with_the_way_to_reshape_it(rng):
    with pytest.raises(ShapeError, match=r"expected \(M, C\), got shape \(1, 4, 5, 3\).*reshape"):
        ops.gram(rng.standard_normal((1, 4, 5, 3)))
