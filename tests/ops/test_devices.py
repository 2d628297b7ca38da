"""Every operation on every array library gives what it gives on NumPy, and copies nothing on the way."""

import numpy as np
import pytest

from minicnn import ops
from minicnn.backend import array_module, to_host
from minicnn.errors import OptionError

from .cases import CASES

READS = {"softmax_cross_entropy": 1}  # its labels are looked at, so that none takes another's place
WRITES = {"dropout": 1}  # its noise is drawn by NumPy's generator


@pytest.mark.parametrize("case", CASES, ids=str)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_every_operation_computes_where_its_arrays_are(case, dtype, device, rng):
    arrays = case.arrays(rng, dtype)
    there = {name: device.put(a) for name, a in arrays.items()}
    if case.options.get("algorithm") == "winograd" and not device.on_host:
        with pytest.raises(OptionError, match="winograd needs a NumPy array"):
            case.call(there)
        return
    copies = counts(device)
    came = case.call(there)
    if hasattr(device.xp, "downs"):
        more = [now - before for now, before in zip(counts(device), copies, strict=True)]
        assert more == [WRITES.get(case.name, 0), READS.get(case.name, 0)]
    for result, expected in zip(came, case.call(arrays), strict=True):
        assert array_module(result) is device.xp
        assert (result.shape, result.dtype) == (expected.shape, expected.dtype)
        close = {"rtol": 1e-4, "atol": 1e-5} if dtype == np.float32 else {"rtol": 1e-12, "atol": 1e-13}
        np.testing.assert_allclose(to_host(result), expected, **close)


def test_gradients_of_a_gram_matrix_go_where_they_are_told(device, rng):
    F, dG = device.put(rng.standard_normal((6, 4))), device.put(rng.standard_normal((4, 4)))
    expected = to_host(ops.gram_backward(dG, F))
    assert ops.gram_backward(dG, F, out=F) is F
    np.testing.assert_allclose(to_host(F), expected, rtol=1e-12)


def test_small_kernels_are_no_exception(device, rng):
    """1×1 windows are a view of the image, and groups are products of their own."""
    x, kernel = rng.standard_normal((2, 4, 5, 6)), rng.standard_normal((1, 1, 3, 4))
    for groups, k in ((1, rng.standard_normal((1, 1, 6, 4))), (2, kernel)):
        y = ops.conv2d(x, k, groups=groups)
        there = device.put(x), device.put(k)
        np.testing.assert_allclose(to_host(ops.conv2d(*there, groups=groups)), y, rtol=1e-12)
        dx = ops.conv2d_dx(device.put(y), there[1], x.shape, groups=groups)
        np.testing.assert_allclose(to_host(dx), ops.conv2d_dx(y, k, x.shape, groups=groups), rtol=1e-12)


def counts(device):
    """Copies to the device and back so far, where they are counted."""
    return len(getattr(device.xp, "ups", [])), len(getattr(device.xp, "downs", []))
