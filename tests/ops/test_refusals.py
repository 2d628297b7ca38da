"""Calls that are likely slips: each ends in an error of our own that says what was expected and what came."""

import numpy as np
import pytest

from minicnn import ops
from minicnn.errors import DTypeError, NonFiniteError, OptionError, ShapeError

X = np.linspace(-1, 1, 50).reshape(1, 5, 5, 2)
KERNEL = np.linspace(-1, 1, 36).reshape(3, 3, 2, 2)
DY = ops.conv2d(X, KERNEL)
ROWS = X.reshape(25, 2)
INDEX = ops.max_pool(X)[1]
NAN, ZERO = np.array([[0.0, np.nan]]), np.zeros((1, 2))
FROZEN = ROWS.view()
FROZEN.flags.writeable = False
INFINITE, LABELS = np.array([[np.inf, 0]]), np.array([0])


def lrn(**options):
    return lambda: ops.local_response_norm(X, **options)


def up(**options):
    return lambda: ops.conv2d_transposed(DY, KERNEL, **options)


def conv(**options):
    return lambda: ops.conv2d(X, KERNEL, **options)


SLIPS = {
    DTypeError: [
        (lambda: ops.relu_backward(X, ops.relu(X)[0]), "boolean mask .*got float64"),
        (lambda: ops.gram_backward(np.eye(2), ROWS, out=np.empty((25, 2), np.float32)), "out and F"),
    ],
    ShapeError: [
        (lambda: ops.gram_backward(np.eye(2), ROWS, out=X.copy()), "gram_backward: out"),
        (lambda: ops.conv2d_dx(DY, KERNEL, (1, 5.0, 5, 2)), r"whole numbers .*got \(1, 5.0, 5"),
        (lambda: ops.conv2d_dx(DY, KERNEL, (True, 5, 5, 2)), "got .True"),
        (lambda: ops.conv2d_dx(DY, KERNEL, X), r"got an array of shape \(1, 5, 5, 2\); pass its .shape$"),
        (lambda: ops.conv2d_dkernel(DY, X, (3, 3, 2, 2.0)), "whole numbers"),
        (lambda: ops.max_pool_backward(X, INDEX, None), "got None"),
        (lambda: ops.avg_pool_backward(X, ("1", 5, 5, 2)), "whole numbers"),
        (lambda: ops.flatten_backward(ROWS, None), "got None"),
        (lambda: ops.flatten_backward(ROWS, (50,)), r"2 sizes or more.*got \(50,"),
    ],
    OptionError: [
        (conv(algorithm=[]), r"'auto', .*got \[\]"),
        (conv(algorithm=np.array(["auto", "naive"])), "'auto', .*got array"),
        (conv(edges=X), "edges: expected one of 'zero'"),
        (lambda: ops.gram_backward(np.eye(2), ROWS, out=FROZEN), "out may not be written to"),
        (conv(algorithm=None), "'auto', 'naive', .*got None"),
        (conv(groups="2"), "divide the 2 .*got '2'"),
        (up(groups=None), "conv2d_transposed: groups: .*got None"),
        (up(groups="2"), "conv2d_transposed: groups: .*got '2'"),
        (up(groups=-1), "conv2d_transposed: groups: .*got -1"),
        (up(groups=3), "conv2d_transposed: groups must divide the 2 channels of x, got 3"),
        (lambda: ops.dropout(X, None), "dropout: rate: .*got None"),
        (lambda: ops.dropout(X, float("nan")), "dropout: rate: .*got nan"),
        (lambda: ops.dropout(X, 0.5, 3), "default_rng.*got 3"),
        (lrn(beta=float("nan")), "beta: .*got nan"),
        (lambda: ops.local_response_norm_backward(X, X, beta="1"), "beta: .*got '1'"),
        (lrn(alpha=None), "alpha: .*got None"),
        (lrn(k=X), "k: .*got an array of shape"),
        (lrn(size=True), "size must be odd.*got True"),
    ],
    NonFiniteError: [
        (lambda: ops.softmax(NAN), r"softmax: .*got nan at \(0, 1\)"),
        (lambda: ops.softmax_cross_entropy(NAN, LABELS), "logits: .*got nan"),
        (lambda: ops.softmax_cross_entropy(INFINITE, LABELS), "logits: .*got inf"),
        (lambda: ops.mean_square(NAN, ZERO), "mean_square: y: .*got nan"),
        (lambda: ops.mean_square(ZERO, NAN), "mean_square: target: .*got nan"),
    ],
}


@pytest.mark.parametrize(
    ("error", "call", "message"), [(error, *slip) for error, slips in SLIPS.items() for slip in slips]
)
def test_a_slip_is_told(error, call, message):
    with pytest.raises(error, match=message):
        call()


@pytest.mark.parametrize("label", [0, 1])
def test_logits_further_apart_than_float32_reaches_give_their_limit(label):
    logits = np.array([[3e38, -3e38]], np.float32)  # a warning would fail the suite
    loss, dlogits = ops.softmax_cross_entropy(logits, np.array([label]))
    assert loss == (np.inf if label else 0)
    np.testing.assert_array_equal(dlogits, [[1, -1]] if label else [[0, 0]])
    np.testing.assert_array_equal(ops.softmax(logits), [[1, 0]])


def test_a_square_beyond_float32_is_an_infinite_loss_with_a_finite_gradient():
    loss, dy = ops.mean_square(np.array([1e30, 0], np.float32), np.zeros(2, np.float32))
    assert loss == np.inf
    np.testing.assert_allclose(dy, [1e30, 0], rtol=1e-6)


def test_sizes_in_a_list_or_as_numpy_counts_them_are_as_good():
    shape = list(np.array(X.shape))
    np.testing.assert_array_equal(ops.conv2d_dx(DY, KERNEL, shape), ops.conv2d_dx(DY, KERNEL, X.shape))
    np.testing.assert_array_equal(ops.flatten_backward(X.reshape(1, -1), shape), X)
    np.testing.assert_array_equal(lrn(size=np.int64(3))(), lrn(size=3)())
