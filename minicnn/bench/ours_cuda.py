"""The work, done by this library on a GPU: the fast path, and L-BFGS that stays there."""

import time

import numpy as np

from ..cuda import Content, Evaluation, Gram
from ..cuda.lbfgs import Curvature
from ..cuda.passes import Passes
from ..cuda.vectors import gram
from . import work
from .ours import build
from .work import BURST, HISTORY, ITERATIONS


class OursOnGPU:
    """`engine` is the GPU in use unless given."""

    def __init__(self, size, precision, engine=None):
        if engine is None:
            from ..cuda.gpu import Gpu

            engine = Gpu.of(precision)
        self.engine, self.size, network = engine, (size, size), build()
        canvas, photo, painting = work.pictures(size)
        content = self._targets(network, photo, [work.CONTENT])
        style = self._targets(network, painting, work.STYLE)
        terms = [Content("content", work.CONTENT, content[work.CONTENT][0], 0.5 * work.ALPHA)]
        terms += [Gram(tap, tap, A, work.BETA / (4 * len(A) ** 2)) for tap, (_, A) in style.items()]
        self.evaluation = Evaluation(network, self.size, terms, precision, engine, HISTORY)
        self.canvas = engine.upload(canvas).reshape(size, size, 3)
        self.evaluation(self.canvas)  # fp16 chooses its scales

    def _targets(self, network, picture, taps):
        """{tap: (features, Gram matrix over places)} of a picture, on the host."""
        engine, found = self.engine, {}
        passes = Passes(network, self.size, taps, engine, seeded=False)
        passes.forward(engine.upload(picture))
        for tap in taps:
            F = passes.features(tap)
            A = np.array(engine.download(gram(engine, F)), np.float64) / len(F)
            found[tap] = (np.array(engine.download(F)) if tap == work.CONTENT else None), A
        return found

    def evaluate(self):
        """The loss, and its gradient for the canvas, (1, H, W, 3), on the host."""
        found = self.evaluation(self.canvas)
        return found.total, np.array(self.engine.download(found.gradient))[None]

    def burst(self):
        """Seconds for an evaluation with its read-back, over as many as fit into a moment."""
        started, count = time.perf_counter(), 0
        while not count or time.perf_counter() - started < BURST:
            self.evaluation(self.canvas)
            count += 1
        return (time.perf_counter() - started) / count

    def descent(self):
        """Seconds for an iteration of L-BFGS with steps of length 1, evaluation included."""
        found = self.evaluation(self.canvas)
        curvature = Curvature(self.engine, self.size, HISTORY, self.evaluation.promise())
        d = curvature.begin(self.canvas, found.gradient)
        step = found.steepness**-0.5
        for number in range(HISTORY + ITERATIONS):
            if number == HISTORY:  # the history is full
                started = time.perf_counter()
            found = self.evaluation(curvature.move(step).reshape(*self.size, 3), d)
            step = 1.0
            d = curvature.accept(found.gradient)
        self.engine.download(curvature.promise)  # waits
        return (time.perf_counter() - started) / ITERATIONS

    def memory(self):
        """MB on the device."""
        return self.engine.xp.get_default_memory_pool().total_bytes() / 1e6

    def describe(self):
        return f"CuPy {self.engine.xp.__version__} on {self.engine.where.title}"
