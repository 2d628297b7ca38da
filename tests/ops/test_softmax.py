"""Softmax and cross-entropy against SciPy and PyTorch, also where exponentials would overflow."""

import math

import numpy as np
import pytest

from minicnn import ops
from minicnn.errors import DTypeError, OptionError

from .oracles import assert_close, by_torch

dtypes = pytest.mark.parametrize("dtype", [np.float32, np.float64])


@dtypes
@pytest.mark.parametrize("shape", [(3, 5), (1, 1), (2, 3, 4, 6)])
def test_softmax_and_its_gradient(shape, dtype, rng):
    x, dy = (3 * rng.standard_normal(shape)).astype(dtype), rng.standard_normal(shape).astype(dtype)
    expected, dx = by_torch(lambda t: t.softmax(-1), dy, x)
    y = ops.softmax(x)
    assert_close(y, expected)
    np.testing.assert_allclose(ops.softmax_backward(dy, y), dx, atol=1e-6 if dtype == np.float32 else 1e-14)


@dtypes
@pytest.mark.parametrize("n", [1, 3])
def test_cross_entropy_and_its_gradient(n, dtype, rng):
    torch = pytest.importorskip("torch")
    logits, labels = (4 * rng.standard_normal((n, 6))).astype(dtype), rng.integers(0, 6, n)
    cross_entropy = torch.nn.functional.cross_entropy
    expected, gradient = by_torch(lambda t: cross_entropy(t, torch.tensor(labels)), np.array(1.0), logits)
    loss, dlogits = ops.softmax_cross_entropy(logits, labels)
    assert_close(loss, expected)
    assert_close(dlogits, gradient)


@dtypes
def test_huge_scores_do_not_overflow(dtype):
    x = np.array([[1e4, 0, -1e4], [-3e4, -3e4, -3e4]], dtype)
    np.testing.assert_allclose(ops.softmax(x), [[1, 0, 0], [1 / 3, 1 / 3, 1 / 3]], rtol=1e-6)
    loss, dlogits = ops.softmax_cross_entropy(x, np.array([2, 0]))
    assert math.isclose(loss, (2e4 + math.log(3)) / 2, rel_tol=1e-6)
    np.testing.assert_allclose(dlogits, [[0.5, 0, -0.5], [-1 / 3, 1 / 6, 1 / 6]], rtol=1e-6)


def test_equal_scores_cost_the_logarithm_of_the_classes():
    loss, _ = ops.softmax_cross_entropy(np.zeros((5, 10)), np.arange(5))
    assert math.isclose(loss, math.log(10))


@pytest.mark.parametrize(
    ("labels", "error", "message"),
    [
        ([0, 3], OptionError, r"0\.\.2, got 0\.\.3"),
        ([-1, 0], OptionError, r"0\.\.2, got -1\.\.0"),
        ([0.0, 1.0], DTypeError, r"integer type, got float64"),
    ],
)
def test_labels_that_name_no_class_are_refused(labels, error, message):
    with pytest.raises(error, match=message):
        ops.softmax_cross_entropy(np.zeros((2, 3)), np.array(labels))
