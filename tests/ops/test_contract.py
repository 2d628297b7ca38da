"""What holds for every operation: inputs of any layout, never written to; fresh results; our own errors."""

import numpy as np
import pytest

from minicnn import ops
from minicnn.errors import DTypeError, MiniCNNError, OptionError, ShapeError

from .cases import CASES

every_case = pytest.mark.parametrize("case", CASES, ids=str)

ANY_SHAPE = {"relu", "rectified_backward", "dropout", "softmax", "flatten"}


def test_every_operation_is_in_the_table():
    assert {case.name for case in CASES} == set(ops.__all__)


def scattered(a):
    """A read-only copy of `a` with every second entry along each axis, backwards, of a larger array."""
    view = np.full([2 * n for n in a.shape], 99, a.dtype)[tuple(slice(None, None, -2) for _ in a.shape)]
    view[...] = a
    view.base.flags.writeable = view.flags.writeable = False
    return view


@every_case
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_layout_of_the_input_does_not_matter(case, dtype, rng):
    arrays = case.arrays(rng, dtype)
    untouched = {name: a.copy() for name, a in arrays.items()}
    plain = case.call(arrays)
    odd = case.call({name: scattered(a) for name, a in arrays.items()})
    for expected, came in zip(plain, odd, strict=True):
        np.testing.assert_allclose(came, expected, rtol=1e-5 if dtype == np.float32 else 1e-13, atol=1e-6)
    for name, a in arrays.items():
        np.testing.assert_array_equal(a, untouched[name], err_msg=name)


@every_case
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_results_are_fresh_contiguous_and_of_the_dtype_of_the_input(case, dtype, rng):
    arrays = case.arrays(rng, dtype)
    for result in case.call(arrays):
        if result.dtype.kind == "f":
            assert result.dtype == dtype
        assert result.ndim == 0 or result.flags.c_contiguous
        assert not any(np.shares_memory(result, a) for a in arrays.values())


@every_case
def test_what_is_no_array_of_floats_is_refused(case, rng):
    good = case.arrays(rng, np.float32)
    for name in case.shapes:
        for bad in (good[name].tolist(), good[name].astype(int), good[name].astype(np.float16), None):
            if not (name == "bias" and bad is None) and not (name == "factor" and bad is None):
                with pytest.raises(DTypeError, match=r"got \w+"):
                    case.call(good | {name: bad})
        with pytest.raises(ShapeError, match=r"got"):
            case.call(good | {name: good[name][:0]})
        if len(case.shapes) > 1:
            with pytest.raises(DTypeError, match=r"float64"):
                case.call(good | {name: good[name].astype(np.float64)})


@every_case
def test_arrays_that_do_not_fit_are_refused(case, rng):
    good = case.arrays(rng, np.float32)
    for name in good:
        if case.name not in ANY_SHAPE or len(good) > 1:
            with pytest.raises(ShapeError, match=r"expected .*got"):
                case.call(good | {name: good[name][None]})
        if len(good) > 1 or "input_shape" in case.options:
            with pytest.raises((ShapeError, OptionError), match=r"(expected|must) .*got"):
                case.call(good | {name: good[name][..., :-1]})
    for name in case.others:
        with pytest.raises(MiniCNNError, match=r"expected .*got"):
            case.call(good | {name: good[name].tolist()})
