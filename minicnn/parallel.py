"""One pool of threads for the whole library, and BLAS held to one thread inside it.

NumPy lets go of the interpreter while it computes, so a task that is a row of large NumPy calls runs beside
others. With one thread for each core here and one inside BLAS, copies and transforms scale with the cores
as the matrix products do.
"""

import os
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import lru_cache

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
    threads = min(thread_count(), len(arguments))
    with blas_single_threaded():
        if threads < 2 or getattr(_state, "inside", False):
            for a in arguments:
                task(*a)
            return
        queue = iter(arguments)
        lock = threading.Lock()

        def work():
            _state.inside = True
            while True:
                with lock:
                    a = next(queue, None)
                if a is None:
                    return
                task(*a)

        futures = [_pool(thread_count()).submit(work) for _ in range(threads)]
        for future in futures:
            future.result()


@contextmanager
def blas_single_threaded():
    """BLAS takes one thread while anyone is inside; entering again costs nothing."""
    global _blas_holders, _blas_limit
    with _blas_lock:
        _blas_holders += 1
        if _blas_holders == 1:
            _blas_limit = _blas().limit(limits=1, user_api="blas")
            _blas_limit.__enter__()
    try:
        yield
    finally:
        with _blas_lock:
            _blas_holders -= 1
            if _blas_holders == 0:
                _blas_limit.__exit__(None, None, None)


def scratch(name, shape, dtype):
    """An array of `shape` with no particular contents, this thread's own, reused at every call under `name`.

    Fresh pages cost as much as arithmetic: a block's work is done in the same few buffers throughout.
    """
    buffers = _state.__dict__.setdefault("buffers", {})
    size = int(np.prod(shape))
    held = buffers.get((name, dtype))
    if held is None or held.size < size:
        held = buffers[name, dtype] = np.empty(size, dtype)
    return held[:size].reshape(shape)


@lru_cache(maxsize=1)
def _pool(threads):
    return ThreadPoolExecutor(threads, thread_name_prefix="minicnn")


@lru_cache(maxsize=1)
def _blas():
    return ThreadpoolController()
