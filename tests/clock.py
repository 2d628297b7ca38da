"""Seconds that a busy machine does not lengthen: the processor's, not the clock's."""

import os
from contextlib import contextmanager

HANGING = 600  # seconds by the clock after which a process is taken to hang, on however busy a machine


def spent():
    """Seconds of processor time of this process, and of all those that it started and waited for."""
    times = os.times()
    return times.user + times.system + times.children_user + times.children_system


@contextmanager
def within(seconds):
    """What stands inside takes no more seconds of processor time than so many."""
    began = spent()
    yield
    assert spent() - began < seconds
