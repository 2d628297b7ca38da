"""Jobs on the workers of a Dask scheduler, which shares them out, and does again what a dying worker held.

Pictures are sent and come back with the tasks themselves: no disk needs to be shared, and what was lost with
a worker is sent again. Outputs are written here. Of the tasks only a few are on their way at a time.
"""

import logging
import secrets
from pathlib import Path

from minicnn.errors import MiniCNNError

from ..errors import NSTError
from . import work

AHEAD = 2  # tasks for each of the workers' threads: one at work, one waiting
RETRIES = 2  # of a task that fails in a way that no job explains
CONNECTING = 10  # seconds


def painted(tasks, address, tell):
    """(task, bytes or None, Problem or None) of each, in the order in which they are done."""
    try:
        import dask
        from dask.distributed import Client, as_completed
        from distributed.comm import get_address_host_port
    except ImportError as error:
        raise NSTError(
            f"--scheduler needs dask.distributed, which is not installed ({error}); "
            "get it with: pip install 'minicnn-nst[cluster]'"
        ) from error
    try:
        get_address_host_port(address)  # a client of an address that is none would take long to be closed
        client = Client(address, timeout=CONNECTING, set_as_default=False)
    except Exception as error:  # an address that is none fails in as many ways as there are parts of one
        raise NSTError(
            f"--scheduler {address}: no scheduler answers there ({error}); expected the address that "
            "dask scheduler prints, such as tcp://10.0.0.5:8786"
        ) from error
    logging.getLogger("distributed").setLevel(logging.CRITICAL)  # what is lost is told in our own words
    # Pictures are what the tasks are about: no warning that they are large.
    with client, dask.config.set({"distributed.admin.large-graph-warning-threshold": "1GB"}):
        tell(client)
        waiting, at_work = iter(tasks), {}
        finished = as_completed(loop=client.loop)

        def send():
            task = next(waiting, None)
            if task is not None:
                key = f"nst-{Path(task.name).stem}-{secrets.token_hex(4)}"  # as the dashboard shows it
                future = client.submit(paint, task, key=key, retries=RETRIES)
                at_work[future] = task
                finished.add(future)

        try:
            for _ in range(AHEAD * max(1, sum(client.nthreads().values()))):
                send()
            for future in finished:
                task = at_work.pop(future)
                yield task, *_result(future)
                future.release()
                send()
        finally:
            client.cancel(list(at_work))


def paint(task):
    """What a worker does: (bytes, None), or (None, Problem) where trying again would be of no use."""
    try:
        return work.paint(task), None
    except MiniCNNError as error:
        return None, work.problem(error)


def _result(future):
    try:
        return future.result()
    except Exception as error:  # whatever was raised over there, or the loss of worker after worker
        return None, work.Problem(f"{type(error).__name__}: {' '.join(str(error).split())}", 1)
