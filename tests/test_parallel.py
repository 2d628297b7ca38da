"""The pool of threads: all is done once, errors arrive when all is quiet, BLAS gets its threads back."""

import multiprocessing
import os
import threading
import time

import numpy as np
import pytest
from threadpoolctl import threadpool_limits

from minicnn import parallel
from tests.clock import HANGING

threads = pytest.mark.parametrize("count", [1, 2, 3])


@pytest.fixture
def use(monkeypatch):
    return lambda count: monkeypatch.setenv("MINICNN_THREADS", str(count))


def blas_threads():
    return [library["num_threads"] for library in parallel.blas_libraries()]


@threads
def test_every_task_is_done_once_with_its_own_arguments(count, use):
    use(count)
    for length in (0, 1, 2, 7, 200):
        done = []

        def task(i, square, done=done):
            done.append((i, square))

        parallel.run(task, ((i, i * i) for i in range(length)))
        assert sorted(done) == [(i, i * i) for i in range(length)]


def test_tasks_are_begun_in_order(use):
    """So that what the last of them take is as little as can be known beforehand."""
    use(1)
    done = []
    parallel.run(done.append, [(i,) for i in range(9)])
    assert done == list(range(9))


def test_threads_do_work_side_by_side(use):
    """Neither of the two gets through the barrier without the other."""
    use(2)
    barrier = threading.Barrier(2, timeout=HANGING)
    names = []

    def task(_):
        barrier.wait()
        names.append(threading.current_thread().name)

    parallel.run(task, [(0,), (1,)])
    assert len(set(names)) == 2


@threads
def test_an_error_arrives_when_nobody_is_at_work_any_more(count, use):
    use(count)
    begun, ended = [], []

    def task(i):
        begun.append(i)
        if i == 3:
            raise ZeroDivisionError(f"task {i}")
        time.sleep(0.01)
        ended.append(i)

    with pytest.raises(ZeroDivisionError, match="task 3"):
        parallel.run(task, [(i,) for i in range(1000)])
    at_once = sorted(ended)
    time.sleep(0.05)
    assert sorted(ended) == at_once == sorted(set(begun) - {3})
    assert len(begun) < 1000  # nor was all the rest begun
    done = []
    parallel.run(lambda i: done.append(i), [(i,) for i in range(10)])  # the pool is none the worse
    assert sorted(done) == list(range(10))


@threads
def test_a_task_may_run_tasks_of_its_own(count, use):
    use(count)
    done = []
    parallel.run(
        lambda i: parallel.run(lambda j: done.append((i, j)), [(j,) for j in range(5)]), [(0,), (1,), (2,)]
    )
    assert sorted(done) == [(i, j) for i in range(3) for j in range(5)]


def test_several_callers_at_a_time(use):
    use(2)
    done = [[] for _ in range(4)]
    callers = [
        threading.Thread(target=parallel.run, args=(done[k].append, [(i,) for i in range(50)]))
        for k in range(4)
    ]
    for caller in callers:
        caller.start()
    for caller in callers:
        caller.join(20)
    assert [sorted(row) for row in done] == [list(range(50))] * 4


@threads
def test_blas_has_one_thread_inside_and_its_own_number_outside(count, use):
    use(count)
    inside = []
    with threadpool_limits(2, user_api="blas"):  # whatever an earlier test may have left behind
        before = blas_threads()
        assert 2 in before
        parallel.run(lambda i: inside.append(blas_threads()), [(i,) for i in range(4)])
        assert {number for numbers in inside for number in numbers} == {1}
        assert blas_threads() == before
        with pytest.raises(KeyError):
            parallel.run({}.__getitem__, [("no",), ("neither",)])
        assert blas_threads() == before
        with parallel.blas_single_threaded():
            with parallel.blas_single_threaded():
                pass
            assert set(blas_threads()) == {1}
        assert blas_threads() == before


def test_the_number_of_threads_can_be_set(use):
    for asked, expected in (("3", 3), ("1", 1)):
        use(asked)
        assert parallel.thread_count() == expected
    default = set()
    for nonsense in ("", "0", "-2", "many", "2.5"):
        use(nonsense)
        default.add(parallel.thread_count())
    assert len(default) == 1
    assert min(default) >= 1


def test_scratch_is_apart_aligned_and_used_again():
    first = parallel.scratch(np.float32, (3, 5), (7,), (2, 2, 2))
    assert [a.shape for a in first] == [(3, 5), (7,), (2, 2, 2)]
    for number, array in enumerate(first):
        array[...] = number
    assert [set(a.ravel()) for a in first] == [{0}, {1}, {2}]
    offsets = {(a.ctypes.data - first[0].ctypes.data) % 64 for a in first}
    assert offsets == {0}
    (again,) = parallel.scratch(np.float64, (4,))
    assert np.shares_memory(again, first[0])
    others = []
    thread = threading.Thread(target=lambda: others.extend(parallel.scratch(np.float64, (4,))))
    thread.start()
    thread.join()
    assert not np.shares_memory(again, others[0])


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork on this system")
@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_a_forked_process_has_threads_of_its_own():
    parallel.run(lambda number: None, [(number,) for number in range(8)])
    child = multiprocessing.get_context("fork").Process(
        target=parallel.run, args=(lambda number: None, [(number,) for number in range(8)])
    )
    child.start()
    child.join(20)
    alive = child.is_alive()
    child.kill()
    assert not alive
    assert child.exitcode == 0
