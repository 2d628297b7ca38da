"""Many pictures at once, drawn by one process for each core.

The processes are fresh ones that import this package alone: a caller's script needs no guard around its main
part, and its threads and locks are not copied into them.
"""

import itertools
import json
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor, as_completed

import numpy as np

from ...errors import MiniCNNError, OptionError
from ...parallel import thread_count
from .drawing import check_size, draw

PROGRAM = (
    "import json, sys; sys.path[:] = json.loads(sys.argv[1]); "
    "from minicnn.distill.pictures.workers import serve; serve(json.loads(sys.argv[2]))"
)


def collection(count, seed=0, size=256, workers=None, progress=None):
    """uint8 (count, size, size, 3): picture i is draw((seed, i), size), however many workers there are.

    `progress(done, count)` is called after every picture, from any thread.
    """
    check_size(size)
    if count < 1:
        raise OptionError(f"a collection of {count} pictures was asked for: it has at least 1")
    pictures = np.empty((count, size, size, 3), np.uint8)
    workers = max(1, min(workers or thread_count(), count))
    shares = [range(first, count, workers) for first in range(workers)]
    drawn = itertools.count(1)  # next() on it is atomic

    def collect(process, share):
        for i in share:
            data = process.stdout.read(pictures[i].nbytes)
            if len(data) < pictures[i].nbytes:
                why = process.stderr.read().decode(errors="replace").strip() or "its process was ended"
                raise MiniCNNError(f"drawing picture {i} of seed {seed} failed: {why.splitlines()[-1]}")
            pictures[i] = np.frombuffer(data, np.uint8).reshape(pictures.shape[1:])
            if progress:
                progress(next(drawn), count)

    processes = [_start(seed, size, share) for share in shares]
    with ThreadPoolExecutor(workers) as pool:
        try:
            futures = [pool.submit(collect, *pair) for pair in zip(processes, shares, strict=True)]
            for future in as_completed(futures):
                future.result()
        finally:
            for process in processes:
                process.kill()  # whoever still reads from it comes to an end
                process.wait()
    for process in processes:
        process.stdout.close()
        process.stderr.close()
    return pictures


def _start(seed, size, indices):
    paths = json.dumps([os.path.abspath(path) for path in sys.path])
    task = json.dumps([seed, size, indices.start, indices.stop, indices.step])
    single = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}
    return subprocess.Popen(
        [sys.executable, "-c", PROGRAM, paths, task],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env={**os.environ, **single},
    )


def serve(task):
    """The child's side: draw every picture of the task and write its bytes to standard output."""
    seed, size, *indices = task
    for i in range(*indices):
        sys.stdout.buffer.write(draw((seed, i), size).tobytes())
        sys.stdout.buffer.flush()
