"""The stand-in for a device catches planted hidden copies, in every way that code comes to make them."""

import importlib

import numpy as np
import pytest

from minicnn import ops
from minicnn.backend import to_host

from .strict import FUNCTIONS, HiddenCopyError, _Array

PLANTED = {
    "float": lambda x, a: float(x.sum()),
    "int": lambda x, a: int(x.sum()),
    "bool": lambda x, a: bool(x.sum() > 0),
    "if": lambda x, a: 1 if (x > 0).all() else 0,
    "and": lambda x, a: x.sum() and 1,
    "item": lambda x, a: x.sum().item(),
    "index": lambda x, a: range(10)[x.sum().astype(int)],
    "format": lambda x, a: f"{float(x.sum()):.3f}",
    "in": lambda x, a: 1.0 in x,
    "max": lambda x, a: max(x.sum(), 0.0),
    "np.asarray": lambda x, a: np.asarray(x),
    "np.array of a list": lambda x, a: np.array([x.sum(), x.sum()]),
    "np.sum": lambda x, a: np.sum(x),
    "np.maximum": lambda x, a: np.maximum(x, a),
    "np.isfinite": lambda x, a: np.isfinite(x, out=a),
    "np.linalg.norm": lambda x, a: np.linalg.norm(x),
    "np.copyto": lambda x, a: np.copyto(a, x),
    "array + x": lambda x, a: a + x,
    "x + array": lambda x, a: x + a,
    "x += array": lambda x, a: x.__iadd__(a),
    "array += x": lambda x, a: a.__iadd__(x),
    "x @ array": lambda x, a: x @ a.T,
    "array @ x": lambda x, a: a @ x.T,
    "x < array": lambda x, a: x < a,
    "x[array]": lambda x, a: x[a > 0],
    "x[...] = array": lambda x, a: x.__setitem__(..., a),
    "array[...] = x": lambda x, a: a.__setitem__(..., x),
    "array[x]": lambda x, a: a[x > 0],
    "xp.add with an array": lambda x, a: x.library.add(x, a),
    "xp.stack of both": lambda x, a: x.library.stack([x, a]),
    "xp.add out of it": lambda x, a: x.library.add(x, x, out=a),
    "a method's argument": lambda x, a: x.sum(out=a),
    "float32(x)": lambda x, a: np.float32(x.sum()),
    "np.array as a number": lambda x, a: x * np.array(2.0),
}


@pytest.mark.parametrize("plant", PLANTED.values(), ids=PLANTED)
def test_a_hidden_copy_is_caught(plant, strict):
    x, a = strict.asarray(np.ones((2, 3))), np.ones((2, 3))
    with pytest.raises(HiddenCopyError):
        plant(x, a)


@pytest.mark.parametrize("where", ["forward", "backward"])
def test_one_inside_an_operation_is_caught(where, strict, monkeypatch):
    """As a careless change to the library would plant it."""
    gram = ops.gram if where == "forward" else ops.gram_backward
    F = strict.asarray(np.ones((5, 3), np.float32))

    def careless(*arrays):
        result = gram(*arrays)
        return result / np.sqrt(np.float64(result.sum()))

    with pytest.raises(HiddenCopyError):
        careless(*([F] if where == "forward" else [F.T @ F, F]))


def test_what_is_meant_is_counted(strict):
    x = strict.asarray(np.ones((2, 3), np.float32))
    y = strict.asarray(x)
    assert y.dtype == np.float32
    assert (strict.ups, strict.downs) == ([24], [])
    np.testing.assert_array_equal(to_host(y + x), np.full((2, 3), 2, np.float32))
    assert strict.downs == [24]
    strict.array([1.0, 2.0])
    assert strict.ups == [24, 16]


def test_numbers_are_welcome_and_keep_their_dtypes(strict):
    x = strict.asarray(np.ones((2, 3), np.float32))
    for y in (2 * x, x * 2.0, np.float32(2) * x, x * np.float32(2), x + x, -(-x - x), x / 0.5):
        assert y.dtype == np.float32
        np.testing.assert_array_equal(to_host(y), np.full((2, 3), 2))
    assert (np.float64(2) * x).dtype == np.float64
    total = x.sum()
    assert (total.shape, total.dtype) == ((), np.float32)  # an array, where NumPy has a number
    z = x
    z *= 3
    assert to_host(x)[0, 0] == 3  # in place, and seen through every name


def test_views_are_views(strict):
    x = strict.asarray(np.zeros((3, 4)))
    x[1:, ::2] += 1
    x.reshape(-1)[0] = 5
    x.T[3, 2] = 7
    np.testing.assert_array_equal(to_host(x), [[5, 0, 0, 0], [1, 0, 1, 0], [1, 0, 1, 7]])


def test_it_has_nothing_that_cupy_lacks():
    """Or code would pass here and fail on a GPU."""
    cupy = pytest.importorskip("cupy")
    assert [name for name in FUNCTIONS if not hasattr(cupy, name)] == []
    methods = {name for name in vars(_Array) if not name.startswith("_")} - {"library"}
    assert [name for name in methods if not hasattr(cupy.ndarray, name)] == []
    assert hasattr(cupy.lib.stride_tricks, "sliding_window_view")
    assert all(hasattr(cupy.linalg, name) for name in ("cholesky", "eigh", "norm"))
    for path in ("cuda.Device", "cuda.runtime.memGetInfo", "cuda.get_current_stream", "RawKernel"):
        module, _, name = f"cupy.{path}".rpartition(".")
        assert hasattr(importlib.import_module(module), name)
