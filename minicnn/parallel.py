"""One pool of threads for the whole library, and BLAS held to one thread inside it.

NumPy lets go of the interpreter while it computes, so a task that is a row of large NumPy calls runs beside
others. With one thread for each core here and one inside BLAS, copies and transforms scale with the cores
as the matrix products do.
"""

import os
import sys
import threading
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import contextmanager
from contextvars import copy_context
from functools import lru_cache
from math import prod

import numpy as np
from threadpoolctl import ThreadpoolController

_state = threading.local()
_blas_lock = threading.Lock()
_blas_holders = 0
_blas_limit = None


def thread_count():
    """How many threads are used: `MINICNN_THREADS`, or one for each core this process may run on."""
    asked = os.environ.get("MINICNN_THREADS", "")
    if asked.isdigit() and int(asked) > 0:
        return int(asked)
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def run(task, arguments):
    """task(*a) for each a of `arguments`, in parallel and in no particular order; raises the first error."""
    arguments = list(arguments)
    helpers = 0 if getattr(_state, "busy", False) else min(thread_count(), len(arguments)) - 1
    queue = iter(arguments)
    lock = threading.Lock()

    def work():
        _state.busy = True
        try:
            while True:
                with lock:
                    a = next(queue, None)
                if a is None:
                    return
                task(*a)
        except BaseException:
            with lock:
                list(queue)  # nobody begins anything more
            raise
        finally:
            _state.busy = False

    with blas_single_threaded():
        # In the caller's context: what NumPy is to ignore (np.errstate) is ignored by every thread.
        futures = [_pool(thread_count()).submit(copy_context().run, work) for _ in range(helpers)]
        if helpers < 1:
            for a in arguments:
                task(*a)
        else:
            try:
                work()
            finally:
                wait(futures)  # after an error too: nothing is at work any more when it is heard of
        for future in futures:
            future.result()


@contextmanager
def blas_single_threaded():
    """BLAS takes one thread while anyone is inside; entering again costs nothing."""
    global _blas_holders, _blas_limit
    with _blas_lock:
        _blas_holders += 1
        if _blas_holders == 1:
            # SciPy brings a BLAS of its own, whose threads would go on spinning beside ours.
            _blas_limit = _blas("scipy.linalg" in sys.modules).limit(limits=1, user_api="blas")
            _blas_limit.__enter__()
    try:
        yield
    finally:
        with _blas_lock:
            _blas_holders -= 1
            if _blas_holders == 0:
                _blas_limit.__exit__(None, None, None)


def scratch(dtype, *shapes):
    """Arrays with no particular contents, one for each shape, in memory that is this thread's own.

    Fresh pages cost as much as arithmetic, so every call is given the same memory again: what an earlier
    call laid out is overwritten. One large piece is better than many small ones, which get small pages.
    """
    dtype = np.dtype(dtype)
    sizes = [-(-prod(shape) * dtype.itemsize // 64) * 64 for shape in shapes]
    if getattr(_state, "slab", None) is None or _state.slab.size < sum(sizes):
        _state.slab = None  # give the old one back before asking for a larger one
        _state.slab = np.empty(sum(sizes), np.uint8)
    ends = np.cumsum(sizes)
    return [
        _state.slab[end - size :][: prod(shape) * dtype.itemsize].view(dtype).reshape(shape)
        for shape, size, end in zip(shapes, sizes, ends, strict=True)
    ]


def blas_libraries():
    """What threadpoolctl tells of each BLAS that is loaded: its name, version, kernels and threads."""
    return [
        library for library in _blas("scipy.linalg" in sys.modules).info() if library["user_api"] == "blas"
    ]


def _after_fork():
    """A forked process has none of its parent's threads, and must not wait for locks that they held."""
    global _blas_lock, _blas_holders, _state
    _pool.cache_clear()
    _blas_lock, _blas_holders, _state = threading.Lock(), 0, threading.local()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)


@lru_cache(maxsize=1)
def _pool(threads):
    return ThreadPoolExecutor(threads, thread_name_prefix="minicnn")


@lru_cache(maxsize=2)
def _blas(scipy_is_loaded):
    return ThreadpoolController()
