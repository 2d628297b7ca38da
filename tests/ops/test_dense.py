"""The fully connected layer against PyTorch."""

import numpy as np
import pytest

from minicnn import ops
from minicnn.errors import ShapeError

from .oracles import assert_close, by_torch


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("n", [1, 3])
def test_dense_and_its_gradients(n, dtype, rng):
    x, kernel, bias, dy = (rng.standard_normal(s).astype(dtype) for s in ((n, 7), (7, 4), (4,), (n, 4)))
    theirs = by_torch(lambda x, kernel, bias: x @ kernel + bias, dy, x, kernel, bias)
    ours = ops.dense(x, kernel, bias), *ops.dense_backward(dy, x, kernel)
    for mine, other in zip(ours, theirs, strict=True):
        assert_close(mine, other)
    assert_close(ops.dense(x, kernel), theirs[0] - bias)


def test_images_are_refused_with_a_hint(rng):
    with pytest.raises(ShapeError, match="flatten"):
        ops.dense(rng.standard_normal((2, 4, 4, 3)), rng.standard_normal((48, 5)))
