"""The callback that keeps a run in its folder, and the checkpoint that costs little of its time."""

import time

from ..options import Interval
from . import checkpoint
from .losses import Losses

SECONDS = 15.0  # between checkpoints: what a broken run has to do again, at most
SHARE = 0.02  # of the time that checkpoints may take


class Keeper:
    """Called after every iteration, when all else is written of it: a row of losses, a checkpoint in time.

    `end` is to be called when the run is over, `break_off` when it was stopped before.
    """

    def __init__(self, folder, transfer, every=None):
        self.folder, self.transfer = folder, transfer
        self.count, self.unit = (None, None) if every is None else Interval().split(every)
        state = transfer.state()
        self.losses = Losses(folder.losses, state["iteration"] if state else 0)
        self.saved, self.cost = time.monotonic(), 0.0

    def __call__(self, progress):
        self.losses.append(progress)
        if self._due(progress.iteration):
            self._save()

    def end(self, reason, failed):
        """The last checkpoint: a finished run needs no resuming, but may be given more iterations."""
        self._save({"reason": reason, "failed": failed})

    def break_off(self):
        """A checkpoint of where it was stopped, if there is anything to go on from."""
        self._save()

    def close(self):
        self.losses.close()

    def _save(self, ended=None):
        state = self.transfer.state()
        # Stopped after an iteration but before its row, the table would lack that row for ever.
        if state is None or (state["optimizer"]["iteration"] and self.losses.last != state["iteration"]):
            return
        start = time.monotonic()
        checkpoint.save(self.folder.checkpoint, state, ended)
        self.saved = time.monotonic()
        self.cost = self.saved - start

    def _due(self, iteration):
        if self.unit == "":
            return iteration % int(self.count) == 0
        waited = time.monotonic() - self.saved
        if self.unit is None:
            return waited >= max(SECONDS, self.cost / SHARE)
        return waited >= self.count * (60 if self.unit == "m" else 1)
