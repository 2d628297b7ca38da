"""A loss of a network's taps and of the canvas, and its gradient: launched in one go, read back once."""

from typing import Any, NamedTuple

import numpy as np

from ..backend import to_host
from ..errors import OptionError, ShapeError
from . import layout
from .engine import BLOCKS, blocks_for
from .memory import check_fits, predicted_bytes, term_buffers
from .passes import CALIBRATE, Passes, checked_canvas
from .terms import Content, Gram, Own, Variation

KINDS = ("squared", "power", "absolute")  # of total variation, in the order in which kernels.cu numbers them
AFTER = 3  # numbers in the report behind the terms': Σ g, g·g, g·d


class Found(NamedTuple):
    """What an evaluation came to. The gradient, (h, w, 3), is overwritten by the next one."""

    values: dict  # {term: its value, weight included}
    gradient: Any
    total: float  # of the values
    gradient_sum: float  # Σ g: no number as soon as one entry is none
    steepness: float  # g·g
    slope: float  # g·d along the direction that was given
    promised: float  # what lbfgs left in the report's last place
    overflowed: bool  # a number was too large for a half


class Evaluation:
    """evaluation(canvas) → Found; values, gradient = evaluation(canvas)[:2]."""

    def __init__(self, network, size, terms, precision="tf32", engine=None, history=0):
        if len({term.name for term in terms}) < len(terms) or not terms:
            raise OptionError("terms: expected at least one, each with a name of its own")
        self.terms, self.size = list(terms), tuple(size)
        if engine is None:
            from .gpu import Gpu

            engine = Gpu.of(precision)
        self.engine, precision = engine, engine.precision
        check_fits(engine, size, lambda size: predicted_bytes(network, size, terms, precision, history))
        taps = [tap for tap in network.names if any(term.tap == tap for term in terms)]
        self.passes = Passes(network, size, taps, engine) if taps else None
        row = self.passes.stages if taps else []
        needed = term_buffers(row, size, terms)
        self.buffers = (self.passes.buffers if taps else {}) | {
            name: engine.zeros(*entries) for name, entries in needed.items()
        }
        self.evaluations, self.tasks = 0, None
        self.scaled = self.passes is not None and self.passes.scaled
        for number, term in enumerate(terms):
            self._aim(number, term)
        self._put("factors", self._factors())

    def _aim(self, number, term):
        """Put a term's target where its kernel reads it."""
        if isinstance(term, Variation):
            if term.kind not in KINDS:
                raise OptionError(f"{term.name}: expected one of {', '.join(KINDS)}, got {term.kind!r}")
            unit = np.broadcast_to(np.asarray(term.unit, np.float32), 3)
            self.engine.write(self._per_unit(number), 1 / unit)
        if not isinstance(term, Content | Gram):
            return
        stage, position = self.passes.at(term.tap)
        places, c = stage.places(position), stage.channels
        target = to_host(term.target)
        expected = (c, c) if isinstance(term, Gram) else (places, c)
        if target.shape != expected:
            raise ShapeError(f"{term.name}: expected a target of shape {expected}, got {target.shape}")
        filled = (
            layout.filled(target, stage.k, stage.k)
            if isinstance(term, Gram)
            else layout.filled(target, stage.k)
        )
        self._put(f"target {term.name}", filled.astype(np.float64 if isinstance(term, Gram) else np.float32))

    def _factors(self):
        return np.array([getattr(term, "scale", 0.0) for term in self.terms] + [1.0] * AFTER)

    def _put(self, name, array):
        self.engine.write(self.buffers[name], np.ascontiguousarray(array))

    def __call__(self, canvas, direction=None):
        """`direction`, flat, is that of Found.slope; without one it is the gradient itself."""
        found = self.found(self.engine.download(self.start(canvas, direction)))
        if not found.overflowed:
            return found
        self.tasks = None
        return self.found(self.engine.download(self._report_of(direction, calibrate=True)))

    def start(self, canvas, direction=None):
        """Launch all of it and wait for nothing: the report, on the device, which `found` understands.

        In fp16 every so often the scales are chosen anew, which waits.
        """
        self.engine.copy(self.buffers["canvas"], checked_canvas(canvas, self.size))
        self.evaluations += 1
        return self._report_of(direction, self.scaled and self.evaluations % CALIBRATE == 1)

    def found(self, report):
        """A report that was read, as a Found."""
        n = len(self.terms)
        values = {term.name: float(value) for term, value in zip(self.terms, report, strict=False)}
        gradient, (overflow, promised) = self.buffers["gradient"].reshape(*self.size, 3), report[-2:]
        total, sums = sum(values.values()), map(float, report[n : n + AFTER])
        return Found(values, gradient, total, *sums, float(promised), self.scaled and bool(overflow))

    def _report_of(self, direction, calibrate):
        """What was launched once, with scales that have not changed since, is launched again from a list."""
        report = self.buffers["report"]
        if calibrate:
            self.tasks = None
        if self.tasks is not None and self.tasks[0] is direction:
            self.engine.replay(self.tasks[1])
            return report
        with self.engine.recording() as tasks:
            own = self._launch(direction, calibrate)
        repeats = self.passes and not calibrate and not any(isinstance(term, Own) for term in self.terms)
        self.tasks = (direction, tasks) if repeats else None
        for number, value in own.items():
            report[number] = value
        return report

    def _launch(self, direction, calibrate):
        own = {}  # {number of a term: its value, on the device}
        x, gradient = self.buffers["canvas"], self.buffers["gradient"]
        if self.passes is None:
            gradient.fill(0)
        else:
            self.passes.forward(x, calibrate)
            self.passes.backward(lambda tap: self._seed(tap, own), calibrate)
        for number, term in enumerate(self.terms):
            if isinstance(term, Variation):
                self._variation(number, term, x)
            elif term.tap is None:
                own[number], slope = term.function(x.reshape(*self.size, 3))
                gradient += slope.ravel()
        self._report(gradient, direction)
        return own

    def _report(self, gradient, direction):
        launch, b, n = self.engine.launch, self.buffers, len(self.terms)
        along = gradient if direction is None else direction
        sums, blocks = b["partial"][n * BLOCKS :], blocks_for(gradient.size)
        launch("slopes", gradient, along, gradient.size, sums, BLOCKS, blocks=blocks)
        launch("report", b["partial"], b["factors"], BLOCKS, b["overflow"], b["report"], blocks=n + AFTER)

    def promise(self):
        """The report's last place, which is read back with the rest."""
        return self.buffers["report"][-1:]

    # --- terms ------------------------------------------------------------------------------------------

    def _seed(self, tap, own):
        """The gradient of all terms at a tap, one after another into the same array."""
        stage, position = self.passes.at(tap)
        seed, more = self.buffers[f"seed {position}"][: stage.places(position) * stage.k], False
        for number, term in enumerate(self.terms):
            if term.tap != tap:
                continue
            if isinstance(term, Content):
                self._content(number, term, seed, more)
            elif isinstance(term, Gram):
                self._gram(number, term, seed, more)
            else:
                own[number] = self._own(term, seed, more)
            more = True
        return seed

    def _content(self, number, term, seed, more):
        stage, position = self.passes.at(term.tap)
        F, P = self.buffers[f"tap {term.tap}"], self.buffers[f"target {term.name}"]
        count = stage.places(position) * stage.k
        self.engine.launch(
            "content",
            F,
            P,
            seed,
            count,
            2 * term.scale,
            more,
            self._partial(number),
            blocks=blocks_for(count),
        )

    def _gram(self, number, term, seed, more):
        """∂L/∂F = F · 4·scale/M · D, D being G/M − A."""
        stage, position = self.passes.at(term.tap)
        places, k, b = stage.places(position), stage.k, self.buffers
        F, slices = b[f"tap {term.tap}"], layout.Slices.of(places)
        for product in layout.gram_parts(F, b["parts"], places, k):
            self.engine.multiply(product)
        self.engine.launch(
            "gram", b["parts"], slices.parts, b[f"target {term.name}"], b["gram seed"], k, 1 / places,
            4 * term.scale / places, self.engine.precision != "fp32", self._partial(number),
            blocks=blocks_for(k * k),
        )  # fmt: skip
        self.engine.multiply(layout.features_times(F, b["gram seed"][: k * k], seed, places, k, more))

    def _own(self, term, seed, more):
        stage, position = self.passes.at(term.tap)
        places = stage.places(position)
        value, slope = term.function(self.passes.features(term.tap))
        if not more:
            seed.fill(0)
        seed.reshape(places, stage.k)[:, : stage.channels] += slope
        return value

    def _variation(self, number, term, x):
        b, (h, w) = self.buffers, self.size
        self.engine.launch(
            "variation", x, b["gradient"], self._per_unit(number), h, w,
            KINDS.index(term.kind), term.exponent, term.inner, term.scale, self._partial(number),
            blocks=blocks_for(x.size),
        )  # fmt: skip

    def _per_unit(self, number):
        return self.buffers["per unit"][3 * number : 3 * number + 3]

    def _partial(self, number):
        return self.buffers["partial"][number * BLOCKS : (number + 1) * BLOCKS]
