"""The stand-in for a GPU's arrays: it computes what NumPy does, refuses to be mixed, counts what moves."""

import copy

import numpy as np
import pytest

from lessons.elsewhere import Array, Elsewhere, MixedUpError
from lessons.road import exercise
from lessons.tutor.examine import examine

HOST = np.arange(6.0).reshape(2, 3) - 1


@pytest.fixture
def xp():
    return Elsewhere()


@pytest.mark.parametrize(
    "compute",
    [
        lambda xp, x: xp.exp(x - x.max(axis=1, keepdims=True)),
        lambda xp, x: xp.where(x > 1, 2 * x, -x) + abs(x) // 2 - x % 2,
        lambda xp, x: xp.concatenate([x, x[::-1]]).T @ xp.stack([x[0], x[1], x[0], x[1]]),
        lambda xp, x: xp.einsum("ij,ij->i", x, x) / (1 + x.sum(axis=1)) ** 2,
        lambda xp, x: xp.zeros((2, 3)) + np.float64(3) * x.reshape(3, 2).T,
        lambda xp, x: 1 / (1 - x[x > 1]),
        lambda xp, x: xp.array([1.0, 2.0]) @ x,
        lambda xp, x: len(x) * x.shape[1] * x,
    ],
)
def test_it_computes_what_numpy_does_and_nothing_moves(xp, compute):
    x = xp.asarray(HOST)
    xp.there.clear()
    found = compute(xp, x)
    assert isinstance(found, Array)
    assert xp.back == []
    np.testing.assert_array_equal(found.get(), compute(np, HOST))
    assert sum(xp.there) == (16 if "array" in compute.__code__.co_names else 0)


@pytest.mark.parametrize(
    "mix",
    [
        lambda xp, x: x + HOST,
        lambda xp, x: HOST + x,
        lambda xp, x: HOST.T @ x,
        lambda xp, x: xp.maximum(x, HOST),
        lambda xp, x: xp.concatenate([x, HOST]),
        lambda xp, x: xp.add(x, x, out=HOST),
        lambda xp, x: np.exp(x),
        lambda xp, x: np.asarray(x),
        lambda xp, x: np.einsum("ij->", x),
        lambda xp, x: x.__setitem__(0, HOST[0]),
        lambda xp, x: x[HOST > 1],
    ],
)
def test_mixing_is_refused(xp, mix):
    before = HOST.copy()
    x = xp.asarray(HOST)
    with pytest.raises(MixedUpError):
        mix(xp, x)
    np.testing.assert_array_equal(HOST, before)
    assert xp.back == []


@pytest.mark.parametrize(
    "read", [lambda x: float(x), lambda x: int(x), lambda x: bool(x), lambda x: x.item()]
)
def test_reading_a_number_is_counted(xp, read):
    assert read(xp.asarray(HOST).sum()) == read(HOST.sum())
    assert xp.back == [8]


def test_crossings_are_counted_in_bytes_and_copies_are_kept_apart(xp):
    x = xp.asarray(HOST)
    x += 1
    twin = copy.deepcopy(x)
    x[0] = 0
    np.testing.assert_array_equal(xp.asnumpy(twin), HOST + 1)
    assert xp.asarray(x) is x
    assert (xp.there, xp.back) == ([48], [48])


def test_an_answer_that_needs_numpy_is_told_so():
    asked = exercise("13.1")
    verdict = examine(asked, lambda xp, x: np.exp(x) / np.exp(x).sum(axis=1, keepdims=True))
    assert verdict.status == "error"
    assert "np.exp: this array lives on the device; xp.exp works there" in " ".join(verdict.details)
    assert "np.exp(x) becomes xp.exp(x)" in verdict.explanation
    assert examine(asked, lambda xp: xp).explanation == "", "another TypeError is another mistake"
