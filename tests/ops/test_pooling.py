"""Pooling against loops over its windows and against PyTorch; the worked example; who wins a tie."""

import numpy as np
import pytest

from minicnn import ops
from minicnn.errors import DTypeError, OptionError, ShapeError

from .oracles import assert_close, by_torch, nchw, nhwc, windows

EXAMPLE = np.array([[1, 3, 2, 4], [5, 7, 6, 8], [0, 0, 4, 4], [6, 6, 0, 0]], float).reshape(1, 4, 4, 1)

every_window = pytest.mark.parametrize(
    ("shape", "window", "stride"),
    [
        ((1, 6, 8, 3), 2, None),
        ((3, 7, 5, 2), 2, 2),  # odd sizes: the last row and column fill no window
        ((2, 9, 8, 3), 3, 2),  # AlexNet's, overlapping
        ((1, 8, 10, 2), (2, 3), (1, 2)),
        ((2, 7, 9, 1), 2, 3),  # gaps
        ((2, 1, 9, 2), (1, 3), 2),
        ((1, 5, 4, 3), (5, 4), None),
        ((1, 4, 3, 2), 1, None),
        ((1, 37, 36, 2), 17, 3),  # 289 places do not fit a byte
    ],
)
dtypes = pytest.mark.parametrize("dtype", [np.float32, np.float64])


def pairs(window, stride):
    window = tuple(np.broadcast_to(window, 2).tolist())
    return window, window if stride is None else tuple(np.broadcast_to(stride, 2).tolist())


@every_window
@dtypes
def test_max_pool_finds_the_first_maximum(shape, window, stride, dtype, rng):
    """As many numbers as places, so that windows have ties; argmax takes the first in reading order."""
    (kh, kw), steps = pairs(window, stride)
    x = rng.integers(-kh * kw // 2, kh * kw // 2, shape, endpoint=True).astype(dtype)
    y, index = ops.max_pool(x, window, stride)
    assert index.dtype == (np.uint8 if kh * kw <= 256 else np.uint16)
    dy = rng.standard_normal(y.shape).astype(dtype)
    dx = np.zeros(shape, dtype)
    for i, j, rows, columns in windows(shape, (kh, kw), steps):
        flat = x[:, rows, columns].reshape(shape[0], kh * kw, shape[3])
        np.testing.assert_array_equal(y[:, i, j], flat.max(axis=1))
        np.testing.assert_array_equal(index[:, i, j], flat.argmax(axis=1))
        for n, c in np.ndindex(shape[0], shape[3]):
            row, column = np.unravel_index(flat[n, :, c].argmax(), (kh, kw))
            dx[n, rows.start + row, columns.start + column, c] += dy[n, i, j, c]
    assert y.shape[1:3] == (i + 1, j + 1)
    assert_close(ops.max_pool_backward(dy, index, shape, window, stride), dx)


@every_window
@dtypes
def test_avg_pool(shape, window, stride, dtype, rng):
    x = rng.standard_normal(shape).astype(dtype)
    kernel, steps = pairs(window, stride)
    y = ops.avg_pool(x, window, stride)
    dy = rng.standard_normal(y.shape).astype(dtype)
    expected, dx = np.zeros(y.shape), np.zeros(shape)
    for i, j, rows, columns in windows(shape, kernel, steps):
        expected[:, i, j] = x[:, rows, columns].mean(axis=(1, 2), dtype=np.float64)
        dx[:, rows, columns] += dy[:, i : i + 1, j : j + 1] / np.prod(kernel)
    assert y.shape[1:3] == (i + 1, j + 1)
    assert_close(y, expected)
    assert_close(ops.avg_pool_backward(dy, shape, window, stride), dx)


@every_window
def test_both_against_torch(shape, window, stride, rng):
    functional = pytest.importorskip("torch").nn.functional
    x = rng.integers(-2, 2, shape).astype(float)
    y, index = ops.max_pool(x, window, stride)
    dy = rng.standard_normal(y.shape)
    max_y, max_dx = by_torch(lambda t: nhwc(functional.max_pool2d(nchw(t), window, stride)), dy, x)
    assert_close(y, max_y)
    assert_close(ops.max_pool_backward(dy, index, shape, window, stride), max_dx)
    avg_y, avg_dx = by_torch(lambda t: nhwc(functional.avg_pool2d(nchw(t), window, stride)), dy, x)
    assert_close(ops.avg_pool(x, window, stride), avg_y)
    assert_close(ops.avg_pool_backward(dy, shape, window, stride), avg_dx)


@pytest.mark.parametrize("size", [1, (2, 3), 7, (9, 11)])
@pytest.mark.parametrize("shape", [(1, 7, 9, 3), (3, 1, 6, 2), (2, 14, 14, 1)])
def test_adaptive_avg_pool_has_the_bins_of_torch(shape, size, rng):
    functional = pytest.importorskip("torch").nn.functional
    x = rng.standard_normal(shape)
    y = ops.adaptive_avg_pool(x, size)
    dy = rng.standard_normal(y.shape)
    expected, dx = by_torch(lambda t: nhwc(functional.adaptive_avg_pool2d(nchw(t), size)), dy, x)
    assert_close(y, expected)
    assert_close(ops.adaptive_avg_pool_backward(dy, shape), dx)


def test_adaptive_bins_by_hand():
    """Five pixels in three bins: 0..1, 1..3, 3..4; pixels 1 and 3 are in two of them."""
    x = np.array([1.0, 2.0, 4.0, 8.0, 16.0]).reshape(1, 1, 5, 1)
    np.testing.assert_allclose(ops.adaptive_avg_pool(x, (1, 3)).ravel(), [1.5, 14 / 3, 12])
    dx = ops.adaptive_avg_pool_backward(np.array([6.0, 6.0, 6.0]).reshape(1, 1, 3, 1), x.shape)
    np.testing.assert_allclose(dx.ravel(), [3, 5, 2, 5, 3])


def test_the_example_of_the_slides():
    y, index = ops.max_pool(EXAMPLE)
    np.testing.assert_array_equal(y[0, ..., 0], [[7, 8], [6, 4]])
    np.testing.assert_array_equal(index[0, ..., 0], [[3, 3], [2, 0]])  # of two sixes and two fours the first
    np.testing.assert_array_equal(ops.avg_pool(EXAMPLE)[0, ..., 0], [[4, 5], [3, 2]])


@pytest.mark.parametrize(
    ("window", "stride", "error", "message"),
    [
        (5, None, ShapeError, r"at least 5×5 pixels .* got 4×4"),
        ((1, 5), None, ShapeError, r"at least 1×5"),
        (0, None, OptionError, r"window: expected at least 1"),
        (2, 0, OptionError, r"stride: expected at least 1"),
        (2.0, None, OptionError, r"whole number"),
        ((2, 2, 2), None, OptionError, r"pair"),
    ],
)
def test_windows_that_make_no_sense_are_refused(window, stride, error, message):
    for call in (
        lambda: ops.max_pool(EXAMPLE, window, stride),
        lambda: ops.avg_pool(EXAMPLE, window, stride),
        lambda: ops.avg_pool_backward(EXAMPLE, EXAMPLE.shape, window, stride),
        lambda: ops.max_pool_backward(EXAMPLE, EXAMPLE.astype(np.uint8), EXAMPLE.shape, window, stride),
    ):
        with pytest.raises(error, match=message):
            call()


def test_an_index_of_another_kind_is_refused():
    y, index = ops.max_pool(EXAMPLE)
    with pytest.raises(DTypeError, match="unsigned integers, got int64"):
        ops.max_pool_backward(y, index.astype(np.int64), EXAMPLE.shape)


@pytest.mark.parametrize("shape", [(4, 4), (4, 4, 1), (1, 0, 4, 1), 4])
def test_an_input_shape_that_is_none_is_refused(shape):
    y, index = ops.max_pool(EXAMPLE)
    for call in (
        lambda: ops.max_pool_backward(y, index, shape),
        lambda: ops.avg_pool_backward(y, shape),
        lambda: ops.adaptive_avg_pool_backward(y, shape),
    ):
        with pytest.raises(ShapeError, match=r"expected an input shape \(N, H, W, C\).*got"):
            call()


@pytest.mark.parametrize("size", [0, (2, -1), "7"])
def test_adaptive_sizes_that_make_no_sense_are_refused(size):
    with pytest.raises(OptionError, match="size: expected"):
        ops.adaptive_avg_pool(EXAMPLE, size)
