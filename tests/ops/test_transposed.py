"""Transposed convolution and unpooling: against PyTorch, and as the transposes of what they undo."""

import numpy as np
import pytest

from minicnn import ops
from minicnn.errors import OptionError, ShapeError

from .oracles import assert_close, by_torch, nchw, nhwc


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize(
    ("shape", "kernel_shape", "options"),
    [
        ((1, 4, 5, 6), (3, 3, 4, 6), {}),
        ((3, 5, 4, 6), (3, 3, 3, 6), {"stride": 2, "padding": 1, "output_padding": 1}),
        ((2, 1, 6, 4), (1, 4, 2, 4), {"stride": (1, 3), "padding": (0, 1), "output_padding": (0, 2)}),
        ((2, 4, 3, 6), (2, 3, 2, 6), {"stride": 2, "groups": 3}),
        ((1, 3, 3, 2), (1, 1, 3, 2), {"stride": 2}),  # pixels that no window reaches stay 0
    ],
)
def test_transposed_convolution(shape, kernel_shape, options, dtype, rng):
    functional = pytest.importorskip("torch").nn.functional
    x, kernel = rng.standard_normal(shape).astype(dtype), rng.standard_normal(kernel_shape).astype(dtype)
    bias = rng.standard_normal(kernel_shape[2] * options.get("groups", 1)).astype(dtype)
    y = ops.conv2d_transposed(x, kernel, bias, **options)
    dy = rng.standard_normal(y.shape).astype(dtype)

    def theirs(x, kernel, bias):
        return nhwc(functional.conv_transpose2d(nchw(x), kernel.permute(3, 2, 0, 1), bias, **options))

    ours = y, *ops.conv2d_transposed_backward(dy, x, kernel, **options)
    for mine, other in zip(ours, by_torch(theirs, dy, x, kernel, bias), strict=True):
        assert_close(mine, other)


def test_it_brings_back_the_size_that_the_convolution_took(rng):
    kernel = rng.standard_normal((3, 3, 2, 4))
    for size, extra in ((9, 0), (10, 1)):
        y = ops.conv2d(rng.standard_normal((1, size, 9, 2)), kernel, stride=2)
        assert y.shape == (1, 4, 4, 4)
        back = ops.conv2d_transposed(y, kernel, stride=2, output_padding=(extra, 0))
        assert back.shape == (1, size, 9, 2)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"stride": 2, "output_padding": (2, 1)}, r"smaller than the stride \(2, 2\), got \(2, 1\)"),
        ({"padding": 4}, r"padding must leave something of the image, got \(4, 4\)"),
        ({"groups": 3}, "groups must divide the 4"),
        ({"stride": 0}, "at least 1"),
    ],
)
def test_options_that_make_no_sense_are_refused(options, message, rng):
    x, kernel = rng.standard_normal((1, 4, 4, 4)), rng.standard_normal((3, 3, 2, 4))
    dy = rng.standard_normal((1, 6, 6, 2 * options.get("groups", 1)))
    for call in (
        lambda: ops.conv2d_transposed(x, kernel, **options),
        lambda: ops.conv2d_transposed_backward(dy, x, kernel, **options),
    ):
        with pytest.raises(OptionError, match=message):
            call()


def test_unpooling_puts_each_maximum_back_where_it_was():
    x = np.array([[1, 3, 2, 4], [5, 7, 6, 8], [0, 0, 4, 4], [6, 6, 0, 0]], float).reshape(1, 4, 4, 1)
    y, index = ops.max_pool(x)
    expected = [[0, 0, 0, 0], [0, 7, 0, 8], [0, 0, 4, 0], [6, 0, 0, 0]]
    np.testing.assert_array_equal(ops.unpool(y, index, x.shape)[0, ..., 0], expected)
    np.testing.assert_array_equal(ops.unpool_backward(x, index), y)  # the gradient gathers at the switches


@pytest.mark.parametrize(("window", "stride"), [(2, None), (3, 2), ((2, 3), (3, 1)), (2, 3)])
def test_unpooling_and_its_gradient_are_transposes(window, stride, rng):
    """<unpool(y), x> = <y, unpool_backward(x)> for any y and x, with overlaps, gaps and odd sizes."""
    shape = (2, 8, 9, 3)
    pooled, index = ops.max_pool(rng.standard_normal(shape), window, stride)
    y, x = rng.standard_normal(pooled.shape), rng.standard_normal(shape)
    up, down = ops.unpool(y, index, shape, window, stride), ops.unpool_backward(x, index, window, stride)
    assert np.isclose((up * x).sum(), (y * down).sum(), rtol=1e-12)


def test_unpooling_against_torch(rng):
    functional = pytest.importorskip("torch").nn.functional
    x = rng.standard_normal((2, 7, 6, 3))
    y, index = ops.max_pool(x)

    def theirs(t):
        import torch

        _, places = functional.max_pool2d(nchw(torch.tensor(x)), 2, return_indices=True)
        return nhwc(functional.max_unpool2d(nchw(t), places, 2, output_size=(7, 6)))

    dx = rng.standard_normal(x.shape)
    up, dy = by_torch(theirs, dx, y)
    assert_close(ops.unpool(y, index, x.shape), up)
    assert_close(ops.unpool_backward(dx, index), dy)


def test_switches_of_another_image_are_refused(rng):
    y, index = ops.max_pool(rng.standard_normal((1, 6, 6, 2)))
    with pytest.raises(ShapeError, match=r"unpool: .*expected .*\(1, 4, 4, 2\), got \(1, 3, 3, 2\)"):
        ops.unpool(y, index, (1, 8, 8, 2))
    with pytest.raises(ShapeError, match=r"unpool_backward: expected an index"):
        ops.unpool_backward(rng.standard_normal((1, 8, 8, 2)), index)
