"""The objective: a canvas → its loss and the gradient, by way of the network, its taps and the losses.

    L(x) = Σ weight · loss(features of x at a tap) + Σ weight · loss(x)
    ∂L/∂x = the network's backward pass, seeded at each tap with the losses' gradients there, + ∂loss(x)/∂x

The canvas is (H, W, 3) in the network's input space. Nothing is clamped: colours beyond 0..255 are cut off
when a picture is written, not before. It lies where the network's parameters do. On a device the loss is a
promise of its value (`minicnn.readback`), as are the terms: whoever reads one gets all of them at once.
"""

from functools import partial
from typing import NamedTuple

import numpy as np

from minicnn.backend import array_module
from minicnn.checks import floating
from minicnn.errors import NonFiniteError, ShapeError
from minicnn.evaluation import gradient
from minicnn.readback import Later, later, number
from minicnn.workspace import Workspace

from . import at_once


class Part(NamedTuple):
    """One term: `weight` times `loss` at `tap`; without a tap, of the canvas itself."""

    name: str
    weight: float
    loss: object
    tap: str | None = None


class Objective:
    """objective(canvas) → (loss, gradient); `terms` tells the last value of each part, without its weight.

    The features lie in a workspace, and each tap's gradient takes the place of its features: an evaluation
    allocates little more than the gradient it returns.
    """

    def __init__(self, network, parts, workspace=None):
        self.network, self.workspace = network, workspace or Workspace()
        self.parts = [part for part in parts if part.weight]
        self.weights = {part.name: part.weight for part in self.parts}
        self.taps = [tap for tap in network.names if any(part.tap == tap for part in self.parts)]
        self._values = {}
        self._made = None, None  # (a canvas's shape, what a GPU computes all of it by, if it does)

    @property
    def terms(self):
        return {name: float(value) / self.weights[name] for name, value in self._values.items()}

    def __call__(self, canvas):
        if floating(canvas, "canvas").ndim != 3 or canvas.shape[2] != 3:
            raise ShapeError(f"canvas: expected (H, W, 3), got shape {canvas.shape}")
        if made := self._at_once(canvas):
            total, self._values, slope = at_once.started(made, canvas, self.weights)
            return total, slope
        values, slope = {}, None
        # What overflows here is found below, and named; NumPy's warning would only say that it happened.
        with np.errstate(over="ignore", invalid="ignore"):
            if self.taps:
                slope = self._through_network(canvas, values)
            for part in self.parts:
                if part.tap is None:
                    values[part.name], own = part.loss(canvas, part.weight)
                    slope = own if slope is None else slope + own
        return self._total(values, canvas), slope

    def _at_once(self, canvas):
        if self._made[0] != canvas.shape:
            self._made = None, None  # its memory is the next one's
            self._made = canvas.shape, at_once.evaluation(self, canvas)
        return self._made[1]

    def _total(self, values, canvas):
        """The sum, if it is a number; otherwise an error that says where it stopped being one."""
        total = later(sum(values.values()))
        self._values = {name: later(values[name]) for name in self.weights if name in values}
        if isinstance(total, Later):  # which will be looked at when it is read
            return total
        if not np.isfinite(total):
            raise NonFiniteError(self.where(canvas))
        return float(total)

    def _through_network(self, canvas, values):
        seeds = {tap: partial(self._seed, tap, values) for tap in self.taps}
        try:
            dx = gradient(self.network, canvas[None], seeds, self.workspace)
        except NonFiniteError:
            self._total(values, canvas)
            raise NonFiniteError(self.where(canvas)) from None
        return dx[0].copy()

    def _seed(self, tap, values, activation):
        """The gradient of all losses at a tap; the last of them writes over the features."""
        F, seed = activation.reshape(-1, activation.shape[-1]), None
        parts = [part for part in self.parts if part.tap == tap]
        for part in parts:
            values[part.name], dF = part.loss(F, part.weight, out=F if part is parts[-1] else None)
            if seed is not None:
                dF += seed
            seed = dF
        return activation if seed is F else seed.reshape(activation.shape)

    def where(self, canvas):
        """Where the first number that is none came from."""
        x = canvas[None]
        if not _all_finite(x):
            return "the canvas itself holds a value that is not finite"
        deepest = self.network.names.index(self.taps[-1]) if self.taps else -1
        for layer in self.network.layers[: deepest + 1]:
            with np.errstate(over="ignore", invalid="ignore"):
                x = layer.forward(x)
            if not _all_finite(x):
                return f"the loss is not finite: {layer.name} is the first layer with a value that is not"
        bad = [name for name, value in self.terms.items() if not np.isfinite(value)]
        if not bad:
            largest = max(self.weights, key=self.weights.get)
            return (
                f"the gradient is not finite, though loss and layers are; weights are too large for "
                f"{canvas.dtype}: {largest} counts {self.weights[largest]:.3g} times"
            )
        return f"the loss is not finite, though every layer's values are; it comes from {', '.join(bad)}"


def _all_finite(x):
    return bool(number(array_module(x).isfinite(x).all()))
