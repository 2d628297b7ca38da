"""Row, column, channel: the order of the array, and the way back."""

import numpy as np
import pytest

from minicnn import ops
from minicnn.errors import ShapeError


@pytest.mark.parametrize("shape", [(1, 3, 4, 2), (3, 1, 5, 1), (2, 6)])
def test_there_and_back(shape):
    x = np.arange(float(np.prod(shape))).reshape(shape)
    y = ops.flatten(x)
    np.testing.assert_array_equal(y, np.stack([image.ravel() for image in x]))
    np.testing.assert_array_equal(ops.flatten_backward(y, shape), x)


def test_without_a_batch_axis_it_is_refused():
    with pytest.raises(ShapeError, match="batch axis"):
        ops.flatten(np.zeros(5))
