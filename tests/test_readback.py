"""Numbers come back together: one copy for all that wait."""

import gc
import threading

import numpy as np
import pytest

from minicnn.readback import later, number, numbers, read


def test_on_the_host_nothing_waits():
    x, table = np.float64(3.5), np.eye(2)
    assert later(x) is x
    assert read(later(table)) is table
    assert numbers(x, 2, np.array(1.0)) == [3.5, 2.0, 1.0]


def test_all_that_wait_come_in_one_copy(strict):
    x = strict.asarray(np.arange(6.0).reshape(2, 3))
    total, table, mean = later(x.sum()), later(x), later(x.astype("float32").mean())
    assert strict.downs == []
    assert float(total) == 15
    np.testing.assert_array_equal(read(table), np.arange(6.0).reshape(2, 3))
    assert float(mean) == 2.5
    assert float(total) == 15  # again, and from here
    assert strict.downs == [8 * (1 + 6 + 1)]


def test_numbers_are_read_at_once_and_together(strict):
    x = strict.asarray(np.arange(3.0))
    waiting = later(x)
    assert numbers(x.sum(), 7, x.max()) == [3, 7, 2]
    assert len(strict.downs) == 1
    assert read(waiting).tolist() == [0, 1, 2]
    assert len(strict.downs) == 1
    assert number(x.min()) == 0


def test_what_nobody_holds_is_not_read(strict):
    x = strict.asarray(np.arange(1000.0))
    later(x)
    gc.collect()
    assert number(x[1]) == 1
    assert strict.downs == [8]


def test_a_promise_made_in_another_thread_is_kept(strict):
    x, made = strict.asarray(np.arange(3.0)), []
    thread = threading.Thread(target=lambda: made.append(later(x.sum())))
    thread.start()
    thread.join()
    assert float(made[0]) == 3


def test_a_copy_that_fails_may_be_tried_again(strict, monkeypatch):
    x = strict.asarray(np.arange(3.0))
    first, second = later(x.sum()), later(x.max())
    with monkeypatch.context() as broken:
        broken.setattr(strict, "concatenate", lambda arrays: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            float(first)
    assert (float(first), float(second)) == (3, 2)
