"""Jobs one after another, in this process."""

from . import work


def painted(tasks, follow):
    """(task, bytes or None, Problem or None) of each; `follow(task)` gives the callback of its run."""
    for task in tasks:
        try:
            yield task, work.paint(task, follow(task)), None
        except Exception as error:
            yield task, None, work.problem(error)
