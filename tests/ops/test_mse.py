"""The mean-square loss against PyTorch."""

import numpy as np
import pytest

from minicnn import ops

from .oracles import assert_close, by_torch


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("shape", [(1, 4), (3, 2, 5, 1), (7,)])
def test_mean_square_and_its_gradient(shape, dtype, rng):
    y, target = rng.standard_normal(shape).astype(dtype), rng.standard_normal(shape).astype(dtype)
    loss, dy = ops.mean_square(y, target)
    expected, gradient, _ = by_torch(lambda y, target: ((y - target) ** 2).mean(), np.array(1.0), y, target)
    assert_close(loss, expected)
    assert_close(dy, gradient)
