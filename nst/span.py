"""An optimiser that sees the canvas on another scale than the network does.

Where an optimiser's step depends on the units of its variables, it matters whether it moves values of 0..1
or the network's input: x = k u, channel by channel, and ∂L/∂u = k ∂L/∂x.
"""

from dataclasses import replace

from minicnn.backend import array_module


class Spanned:
    """An optimiser whose variables are u = x / k; canvases go in and come out as x. Its state is in u."""

    def __init__(self, optimizer, k):
        self.optimizer, self.k = optimizer, k

    def run(self, objective, x, iterations, callback=None):
        """As the optimiser's own."""
        self.k = k = array_module(x).asarray(self.k, dtype=x.dtype)
        follow = callback and (lambda step: callback(step._replace(canvas=step.canvas * k)))
        result = self.optimizer.run(InSpan(objective, k), x / k, iterations, follow)
        return replace(result, canvas=result.canvas * k)

    @property
    def canvas(self):
        canvas = self.optimizer.canvas
        return canvas * array_module(canvas).asarray(self.k, dtype=canvas.dtype)

    def restore(self, state):
        self.optimizer.restore(state)
        return self

    def __getattr__(self, name):
        return getattr(self.optimizer, name)


class InSpan:
    """The objective as a function of u."""

    def __init__(self, objective, k):
        self.objective, self.k = objective, k

    def __call__(self, u):
        value, gradient = self.objective(u * self.k)
        return value, gradient * self.k

    @property
    def terms(self):
        return getattr(self.objective, "terms", {})
