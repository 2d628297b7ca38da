"""Local response normalisation against its definition, channel by channel, and against PyTorch."""

import numpy as np
import pytest

from minicnn import ops
from minicnn.errors import OptionError

from .oracles import assert_close, by_torch, nchw, nhwc

OPTIONS = [
    {},
    {"size": 3, "alpha": 2.0, "beta": 0.6, "k": 2.0},
    {"size": 1, "alpha": 1.0},
    {"size": 17, "alpha": 5.0},  # more than there are channels
]


@pytest.mark.parametrize("options", OPTIONS)
def test_by_definition(options, rng):
    x = rng.standard_normal((2, 3, 1, 7))
    full = {"size": 5, "alpha": 1e-4, "beta": 0.75, "k": 1.0} | options
    half = full["size"] // 2
    expected = np.empty_like(x)
    for c in range(7):
        energy = (x[..., max(0, c - half) : c + half + 1] ** 2).sum(-1)
        expected[..., c] = x[..., c] / (full["k"] + full["alpha"] / full["size"] * energy) ** full["beta"]
    assert_close(ops.local_response_norm(x, **options), expected)


@pytest.mark.parametrize("options", OPTIONS)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("shape", [(1, 4, 5, 7), (3, 1, 2, 1)])
def test_against_torch(shape, dtype, options, rng):
    functional = pytest.importorskip("torch").nn.functional
    x, dy = rng.standard_normal(shape).astype(dtype), rng.standard_normal(shape).astype(dtype)
    full = {"size": 5, "alpha": 1e-4, "beta": 0.75, "k": 1.0} | options
    y, dx = by_torch(lambda t: nhwc(functional.local_response_norm(nchw(t), **full)), dy, x)
    assert_close(ops.local_response_norm(x, **options), y)
    assert_close(ops.local_response_norm_backward(dy, x, **options), dx)


@pytest.mark.parametrize("options", [{"size": 4}, {"size": 0}, {"size": 2.5}, {"k": 0}, {"alpha": -1}])
def test_options_that_make_no_sense_are_refused(options, rng):
    x = rng.standard_normal((1, 2, 2, 3))
    for call in (ops.local_response_norm, lambda x, **o: ops.local_response_norm_backward(x, x, **o)):
        with pytest.raises(OptionError, match=r"(must be|expected) .*got"):
            call(x, **options)
