"""Padding against NumPy's own, and its gradient against the transpose of NumPy's as a matrix."""

import numpy as np
import pytest

from minicnn import ops
from minicnn.errors import OptionError

MODES = {"zero": "constant", "reflect": "reflect", "replicate": "edge"}


def numpy_pad(x, amounts, edges):
    top, bottom, left, right = amounts
    return np.pad(x, ((0, 0), (top, bottom), (left, right), (0, 0)), mode=MODES[edges])


@pytest.mark.parametrize("edges", MODES)
@pytest.mark.parametrize("amounts", [(1, 1, 1, 1), (0, 0, 0, 0), (2, 0, 1, 3), (0, 3, 0, 0), (3, 3, 4, 4)])
@pytest.mark.parametrize("shape", [(1, 4, 5, 2), (3, 7, 6, 1)])
def test_pad_and_its_gradient(shape, amounts, edges, rng):
    x = rng.standard_normal(shape)
    y = ops.pad(x, amounts, edges)
    np.testing.assert_array_equal(y, numpy_pad(x, amounts, edges))

    one_hot = np.eye(shape[1] * shape[2]).reshape(-1, shape[1], shape[2], 1)
    matrix = numpy_pad(one_hot, amounts, edges).reshape(len(one_hot), -1)  # (pixels of x, pixels of y)
    dy = rng.standard_normal(y.shape)
    expected = np.einsum("pq,nqc->npc", matrix, dy.reshape(shape[0], -1, shape[3])).reshape(shape)
    np.testing.assert_allclose(ops.pad_backward(dy, amounts, edges), expected, atol=1e-14)


@pytest.mark.parametrize(
    ("amounts", "edges"),
    [((4, 2, 5, 0), "zero"), ((4, 2, 5, 0), "replicate"), ((4, 2, 2, 1), "reflect")],  # one row is its mirror
)
def test_a_border_may_be_wider_than_the_image(amounts, edges, rng):
    x = rng.standard_normal((2, 1, 3, 2))
    y = ops.pad(x, amounts, edges)
    np.testing.assert_array_equal(y, numpy_pad(x, amounts, edges))
    dy = rng.standard_normal(y.shape)
    dx = ops.pad_backward(dy, amounts, edges)
    assert dx.shape == x.shape
    np.testing.assert_allclose((dy * y).sum(), (dx * x).sum())  # the transpose: ⟨dy, pad x⟩ = ⟨dx, x⟩


@pytest.mark.parametrize(
    ("amounts", "edges", "message"),
    [
        ((0, 0, 5, 0), "reflect", "smaller than the image, got 5 beside 5"),
        ((0, 4, 0, 0), "reflect", "smaller than the image, got 4 beside 4"),
        ((1, 1, 1, 1), "mirror", "one of 'zero', 'reflect', 'replicate', got 'mirror'"),
        ((1, -1, 0, 0), "zero", "at least 0"),
        ((1, 1, 0.5, 0), "zero", "whole number"),
        ((1, 1), "zero", "four"),
        (1, "zero", "four"),
    ],
)
def test_padding_that_makes_no_sense_is_refused(amounts, edges, message, rng):
    with pytest.raises(OptionError, match=message):
        ops.pad(rng.standard_normal((1, 4, 5, 2)), amounts, edges)


def test_the_gradient_of_a_border_alone_is_refused(rng):
    with pytest.raises(OptionError, match="leave something of 4 pixels"):
        ops.pad_backward(rng.standard_normal((1, 4, 5, 2)), (2, 2, 0, 0), "zero")
