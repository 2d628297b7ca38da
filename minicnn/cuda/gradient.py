"""The gradient of any loss of a network's taps, given by functions: `minicnn.evaluation`, faster."""

import numpy as np

from . import plan
from .memory import check_fits, pass_buffers, total_bytes
from .passes import CALIBRATE, Passes


class Gradient:
    """`gradient(x, seeds)` as `minicnn.evaluation.gradient` has it, for one network, size and set of taps.

    All memory is asked for here. Activations are handed to the seeds as they lie, and may be written over.
    """

    def __init__(self, network, size, taps, engine):
        check_fits(engine, size, lambda size: _needed(network, size, taps, engine.precision))
        self.passes, self.engine = Passes(network, size, taps, engine), engine
        self.evaluations, self.tasks = 0, None
        self.x = engine.zeros(size[0] * size[1] * 3, np.float32)

    @property
    def nbytes(self):
        return self.passes.nbytes + self.x.nbytes

    def gradient(self, x, seeds):
        """x (1, H, W, 3) → ∂L/∂x, which holds until the next call."""
        self.engine.copy(self.x, x.ravel())
        scaled = self.passes.scaled
        self._pass(seeds, calibrate=scaled and self.evaluations % CALIBRATE == 0)
        if scaled and self._overflowed():  # numbers have grown beyond what the scales allow for
            self._pass(seeds, calibrate=True)
        self.evaluations += 1
        return self.passes.buffers["gradient"].reshape(x.shape)

    def _pass(self, seeds, calibrate):
        if calibrate or self.tasks is None:
            with self.engine.recording() as tasks:
                self.passes.forward(self.x, calibrate)
            self.tasks = None if calibrate else tasks
        else:
            self.engine.replay(self.tasks)
        self.passes.backward(lambda tap: self._seed(tap, seeds[tap]), calibrate)

    def _seed(self, tap, seed):
        """The function's answer, flat, with its channels rounded up."""
        stage, position = self.passes.at(tap)
        h, w = stage.size if position == "pool" else (stage.h, stage.w)
        xp, features = self.engine.xp, self.passes.features(tap)
        found = seed(xp.ascontiguousarray(features).reshape(1, h, w, stage.channels))
        if stage.channels == stage.k:
            return xp.ascontiguousarray(found).ravel()
        padded = xp.zeros((h * w, stage.k), np.float32)
        padded[:, : stage.channels] = found.reshape(h * w, stage.channels)
        return padded.ravel()

    def _overflowed(self):
        flag = self.passes.buffers["overflow"]
        raised = bool(self.engine.download(flag)[0])
        if raised:
            flag.fill(0)
        return raised


def _needed(network, size, taps, precision):
    """Bytes, with room for what the losses make of the largest tap."""
    buffers = pass_buffers(plan.stages(network, size, taps), precision)
    taps = [count * 4 for name, (count, _) in buffers.items() if name.startswith("tap ")]
    return total_bytes(buffers) + size[0] * size[1] * 12 + 2 * max(taps, default=0)
