"""The workspace, on rounds of every kind: nothing lent at one time overlaps, and memory is used again."""

import numpy as np
import pytest

from minicnn.workspace import ALIGNMENT, Request, Workspace, pack

DTYPES = (np.float32, np.float64, np.uint8)


def script(rng, length=40):
    """A round: ("take", key, shape, dtype) and ("give", key), keys given back in any order or never."""
    row, held = [], []
    for key in range(length):
        shape = tuple(int(n) for n in rng.integers(1, 30, rng.integers(1, 4)))
        row.append(("take", key, shape, DTYPES[rng.integers(3)]))
        held.append(key)
        while held and rng.random() < 0.45:
            row.append(("give", held.pop(rng.integers(len(held)))))
    return row


def play(workspace, row):
    """Do as the script says. Each array is filled with its key, and must hold that when it is given back."""
    live = {}
    workspace.begin()
    for word, key, *rest in row:
        if word == "take":
            shape, dtype = rest
            array = workspace.take(shape, dtype)
            assert array.shape == shape
            assert array.dtype == dtype
            assert array.flags.c_contiguous
            assert array.flags.writeable
            assert not any(np.shares_memory(array, other) for other in live.values())
            array[...] = key
            live[key] = array
        else:
            array = live.pop(key)
            assert (array == key).all()
            workspace.give(array)
    for key, array in live.items():
        assert (array == key).all()
    return live


@pytest.mark.parametrize("seed", range(12))
def test_what_is_lent_at_one_time_never_overlaps(seed):
    """The same round, a change in its middle, one cut short, one longer, and back, in any order."""
    rng = np.random.default_rng(seed)
    workspace, rounds = Workspace(), [script(rng) for _ in range(3)]
    half = len(rounds[0]) // 2
    taken = {row[1] for row in rounds[0][:half]}
    tail = [row for row in rounds[1] if row[1] not in taken and row[0] == "take"]
    rounds += [
        rounds[0][:half] + tail,
        rounds[0][:half],
        rounds[0] + [("take", 99, (50, 50), np.float64)],
        [],
    ]
    for number in (0, 0, 0, *rng.integers(0, len(rounds), 25)):
        play(workspace, rounds[number])


def test_one_that_is_given_back_at_another_time_is_not_written_over():
    """As planned, b takes a's place; where a is still held, b must lie elsewhere."""
    workspace = Workspace()
    for _ in range(2):
        workspace.begin()
        a = workspace.take((100,), np.float64)
        workspace.give(a)
        b = workspace.take((100,), np.float64)
    assert np.shares_memory(a, b)
    workspace.begin()
    a = workspace.take((100,), np.float64)
    a[...] = 1
    workspace.take((100,), np.float64)[...] = 2
    assert (a == 1).all()


def test_the_same_round_again_takes_no_new_memory(rng):
    workspace, row = Workspace(), script(rng)
    play(workspace, row)
    first = play(workspace, row)
    addresses = {key: array.ctypes.data for key, array in first.items()}
    total = workspace.nbytes
    assert total > 0
    del first
    for _ in range(3):
        again = play(workspace, row)
        assert {key: array.ctypes.data for key, array in again.items()} == addresses
        assert workspace.nbytes == total


def test_memory_is_shared_by_what_is_needed_at_different_times():
    """A chain in which two arrays live at a time needs room for two, not for ten."""
    workspace = Workspace()
    for _ in range(2):
        workspace.begin()
        before = workspace.take((1000, 8), np.float64)
        for _ in range(9):
            after = workspace.take((1000, 8), np.float64)
            workspace.give(before)
            before = after
    assert workspace.nbytes <= 2 * 64_000 + 2 * ALIGNMENT


def test_strangers_are_left_alone():
    """An array of somebody else's is no gift, not even with the id of one that was lent and dropped."""
    workspace = Workspace()
    for _ in range(2):
        workspace.begin()
        array = workspace.take((64,), np.float64)
        address = array.ctypes.data
        del array
        strangers = [np.empty(64) for _ in range(100)]
        for stranger in strangers:
            workspace.give(stranger)
        workspace.give(None)
        other = workspace.take((64,), np.float64)
        assert other.ctypes.data != address
        workspace.give(other)
        workspace.give(other)  # twice is as good as once


@pytest.mark.parametrize("seed", range(8))
def test_packed_requests_are_apart_in_time_or_in_place(seed):
    rng = np.random.default_rng(seed)
    requests = []
    for start in range(60):
        end = np.inf if rng.random() < 0.1 else start + int(rng.integers(1, 12))
        requests.append(Request(int(rng.integers(0, 5000)), start, end))
    places = pack(requests)
    assert all(place % ALIGNMENT == 0 for place in places)
    for i, a in enumerate(requests):
        for j, b in enumerate(requests[:i]):
            if a.start < b.end and b.start < a.end:
                assert places[i] + a.size <= places[j] or places[j] + b.size <= places[i]
    most = max(sum(r.size for r in requests if r.start <= now < r.end) for now in range(80))
    assert most <= max(p + r.size for p, r in zip(places, requests, strict=True)) <= 1.6 * most


def test_empty_arrays_are_lent_too():
    workspace = Workspace()
    for _ in range(3):
        workspace.begin()
        assert workspace.take((0, 3), np.float32).shape == (0, 3)
