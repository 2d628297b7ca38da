"""Dropout keeps the mean, drops the asked share, repeats with its seed, and rests in inference."""

import numpy as np
import pytest

from minicnn import ops
from minicnn.errors import OptionError


@pytest.mark.parametrize("rate", [0.0, 0.2, 0.75])
def test_the_share_that_is_dropped_and_the_mean_that_stays(rate):
    x = np.ones((400, 500), np.float32)
    y, factor = ops.dropout(x, rate, np.random.default_rng(1))
    assert set(np.unique(y)) <= {np.float32(0), np.float32(1 / (1 - rate))}
    assert abs((y == 0).mean() - rate) < 0.005
    assert abs(y.mean() - 1) < 0.01
    dy = np.full_like(x, 3)
    np.testing.assert_array_equal(ops.dropout_backward(dy, factor), 3 * y)
    np.testing.assert_array_equal(ops.dropout(x, rate, np.random.default_rng(1))[0], y)


def test_in_inference_nothing_happens(rng):
    x = rng.standard_normal((2, 3, 4, 5))
    y, factor = ops.dropout(x, 0.5)
    assert factor is None
    np.testing.assert_array_equal(y, x)
    dx = ops.dropout_backward(x, None)
    np.testing.assert_array_equal(dx, x)
    assert not np.shares_memory(y, x)
    assert not np.shares_memory(dx, x)


@pytest.mark.parametrize("rate", [-0.1, 1, 2])
def test_a_rate_out_of_range_is_refused(rate, rng):
    with pytest.raises(OptionError, match="up to but not 1, got"):
        ops.dropout(np.ones(3), rate, rng)
