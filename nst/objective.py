"""The objective: a canvas → its loss and the gradient, by way of the network, its taps and the losses.

    L(x) = Σ weight · loss(features of x at a tap) + Σ weight · loss(x)
    ∂L/∂x = the network's backward pass, seeded at each tap with the losses' gradients there, + ∂loss(x)/∂x

The canvas is (H, W, 3) in the network's input space. Nothing is clamped: colours beyond 0..255 are cut off
when a picture is written, not before.
"""

from functools import partial
from typing import NamedTuple

import numpy as np

from minicnn.checks import floating
from minicnn.errors import NonFiniteError, ShapeError
from minicnn.evaluation import gradient
from minicnn.workspace import Workspace


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
        self.terms = {}

    def __call__(self, canvas):
        if floating(canvas, "canvas").ndim != 3 or canvas.shape[2] != 3:
            raise ShapeError(f"canvas: expected (H, W, 3), got shape {canvas.shape}")
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

    def _total(self, values, canvas):
        """The sum, if it is a number; otherwise an error that says where it stopped being one."""
        total = float(sum(values.values()))
        self.terms = {
            name: float(values[name]) / weight for name, weight in self.weights.items() if name in values
        }
        if not np.isfinite(total):
            raise NonFiniteError(self._where(canvas))
        return total

    def _through_network(self, canvas, values):
        seeds = {tap: partial(self._seed, tap, values) for tap in self.taps}
        try:
            dx = gradient(self.network, canvas[None], seeds, self.workspace)
        except NonFiniteError:
            self._total(values, canvas)
            raise NonFiniteError(self._where(canvas)) from None
        return dx[0].copy()

    def _seed(self, tap, values, activation):
        """The gradient of all losses at a tap; the last of them writes over the features."""
        F, seed = activation.reshape(-1, activation.shape[-1]), None
        parts = [part for part in self.parts if part.tap == tap]
        for part in parts:
            values[part.name], dF = part.loss(F, part.weight, out=F if part is parts[-1] else None)
            seed = dF if seed is None else np.add(seed, dF, out=dF)
        return activation if seed is F else seed.reshape(activation.shape)

    def _where(self, canvas):
        """Where the first number that is none came from."""
        x = canvas[None]
        if not np.isfinite(x).all():
            return "the canvas itself holds a value that is not finite"
        deepest = self.network.names.index(self.taps[-1]) if self.taps else -1
        for layer in self.network.layers[: deepest + 1]:
            with np.errstate(over="ignore", invalid="ignore"):
                x = layer.forward(x)
            if not np.isfinite(x).all():
                return f"the loss is not finite: {layer.name} is the first layer with a value that is not"
        bad = [name for name, value in self.terms.items() if not np.isfinite(value)]
        if not bad:
            largest = max(self.weights, key=self.weights.get)
            return (
                f"the gradient is not finite, though loss and layers are; weights are too large for "
                f"{canvas.dtype}: {largest} counts {self.weights[largest]:.3g} times"
            )
        return f"the loss is not finite, though every layer's values are; it comes from {', '.join(bad)}"
