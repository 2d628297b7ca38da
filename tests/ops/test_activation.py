"""ReLU at, above and below 0, and the deconvnet's rule, which looks at the gradient alone."""

import numpy as np

from minicnn import ops

X = np.array([[-2.0, -0.0, 0.0, 1e-30, 3.0]])
DY = np.array([[5.0, 6.0, 7.0, -0.1, -9.0]])


def test_relu_keeps_what_is_positive_and_its_slope_at_0_is_0():
    y, mask = ops.relu(X)
    np.testing.assert_array_equal(y, [[0, 0, 0, 1e-30, 3]])
    assert mask.dtype == bool
    np.testing.assert_array_equal(ops.relu_backward(DY, mask), [[0, 0, 0, -0.1, -9]])


def test_the_deconvnet_keeps_positive_gradients_whatever_x_was():
    np.testing.assert_array_equal(ops.rectified_backward(DY), [[5, 6, 7, 0, 0]])
