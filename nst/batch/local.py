"""Jobs one after another, in this process."""

from minicnn.errors import MiniCNNError

from . import work


def painted(tasks, follow):
    """(task, bytes or None, what went wrong) of each; `follow(task)` gives the callback of its run."""
    for task in tasks:
        try:
            yield task, work.paint(task, follow(task)), None
        except MiniCNNError as error:
            yield task, None, " ".join(str(error).split())
        except MemoryError:
            yield task, None, "memory ran out; choose a smaller size"
        except Exception as error:
            yield task, None, f"a fault of ours: {type(error).__name__}: {error}"
