"""Optimisers: from the gradients that layers have added up to better parameters.

`step()` changes the parameters of every layer that is not frozen, in place; `zero_grads()` on the network
then starts the next sum. Anything with `params` and `grads` may stand for a layer.

    net.zero_grads()
    loss, dlogits = softmax_cross_entropy(net.forward(x), labels)
    net.backward(dlogits, input_gradient=False)
    optimiser.step()

`state()` between two steps, and `restore` into an optimiser of the same layers, go on to the same bytes.
"""

from collections.abc import Mapping

import numpy as np

from .backend import array_module
from .checks import finite, same_dtype, shape_is
from .errors import OptionError, OrderError
from .ops import options

FRACTION = "a number from 0 up to but not 1", lambda value: 0 <= value < 1


class Optimizer:
    """What they share; each names its arrays in SLOTS and defines `update`. `rate` may be set at any time."""

    SLOTS = ()  # for every parameter, one array of its shape for each

    def __init__(self, layers, rate):
        self.layers = self._listed(layers)
        self.rate = options.number(rate, f"{self._who}: rate", "a number above 0", lambda rate: rate > 0)
        self._slots, self._steps = {}, {}  # by "3/kernel", 3 being the place of the layer

    def step(self):
        """One step for every parameter that has a gradient."""
        waiting = list(self._with_gradients())  # all are seen to be sound before the first is changed
        if not waiting:
            raise OrderError(
                f"{self._who}: expected gradients, got none; run backward first, on layers not frozen"
            )
        for place, value, gradient in waiting:
            if place not in self._slots:
                self._slots[place] = [array_module(value).zeros_like(value) for _ in self.SLOTS]
            self._steps[place] = self._steps.get(place, 0) + 1
            self.update(value, gradient, self._steps[place], *self._slots[place])

    def update(self, value, gradient, step, *slots):
        """Changes a parameter and its slots in place; `step` counts its steps from 1."""
        raise NotImplementedError

    def state(self):
        """All that a step depends on but parameters and options, copied: {"3/kernel/mean": array, ...}."""
        state = {f"{place}/steps": np.array(steps) for place, steps in self._steps.items()}
        for place, slots in self._slots.items():
            state.update(
                {f"{place}/{name}": slot.copy() for name, slot in zip(self.SLOTS, slots, strict=True)}
            )
        return state

    def restore(self, state):
        """Go on where `state` was taken, with the same layers and options. Returns the optimiser."""
        if not isinstance(state, Mapping):
            raise OptionError(f"{self._who}: expected a state as state() gave it, got {options.shown(state)}")
        slots, steps = {}, {}
        for place, value in self._parameters():
            names = [f"{place}/{name}" for name in ("steps", *self.SLOTS)]
            if names[0] in state and all(name in state for name in names):
                steps[place] = int(state[names[0]])
                slots[place] = [
                    shape_is(state[name], value.shape, f"{self._who}: {name}").copy() for name in names[1:]
                ]
                for slot in slots[place]:
                    same_dtype(slot, value, f"{self._who}: state and parameter {place}")
        known = {f"{place}/{name}" for place in slots for name in ("steps", *self.SLOTS)}
        if unknown := set(state) - known:
            raise OptionError(
                f"{self._who}: expected a state of these layers alone, got {min(unknown)!r} too"
            )
        self._slots, self._steps = slots, steps
        return self

    def _listed(self, layers):
        """The layers of a network, or of a list."""
        if not hasattr(layers, "__iter__"):
            alone = "; put a single layer into a list" if hasattr(layers, "params") else ""
            raise OptionError(
                f"{self._who}: expected a network or a list of layers, got {options.shown(layers)}{alone}"
            )
        layers = list(layers)
        for layer in layers:
            if not (hasattr(layer, "params") and hasattr(layer, "grads")):
                raise OptionError(
                    f"{self._who}: expected layers with params and grads, got {options.shown(layer)}"
                )
        return layers

    def _parameters(self):
        return [
            (f"{number}/{key}", value)
            for number, layer in enumerate(self.layers)
            for key, value in layer.params.items()
        ]

    def _with_gradients(self):
        """(place, parameter, gradient) of all that is to move."""
        for number, layer in enumerate(self.layers):
            if getattr(layer, "frozen", False):
                continue
            for key, value in layer.params.items():
                if key in layer.grads:
                    who = f"{self._who}: gradient of {getattr(layer, 'name', number)}/{key}"
                    gradient = finite(shape_is(layer.grads[key], value.shape, who), who)
                    same_dtype(value, gradient, who)
                    yield f"{number}/{key}", value, gradient

    @property
    def _who(self):
        return type(self).__name__


class SGD(Optimizer):
    """Gradient descent with momentum.

    v ← μ v + g, x ← x − η v. The rate stands outside of v, as in PyTorch, so that a new one acts at once.
    """

    SLOTS = ("velocity",)

    def __init__(self, layers, rate, momentum=0.0):
        super().__init__(layers, rate)
        self.momentum = options.number(momentum, "SGD: momentum", *FRACTION)

    def update(self, value, gradient, step, velocity):
        velocity *= value.dtype.type(self.momentum)
        velocity += gradient
        value -= value.dtype.type(self.rate) * velocity


class Adam(Optimizer):
    """Adam (Kingma & Ba 2014).

    m ← β₁ m + (1 − β₁) g, v ← β₂ v + (1 − β₂) g², x ← x − η m̂ / (√v̂ + ε)
    with m̂ = m/(1 − β₁ᵗ) and v̂ = v/(1 − β₂ᵗ), which make up for m and v having started at 0.
    """

    SLOTS = ("mean", "square")

    def __init__(self, layers, rate=1e-3, betas=(0.9, 0.999), eps=1e-8):
        super().__init__(layers, rate)
        if not isinstance(betas, (tuple, list)) or len(betas) != 2:
            raise OptionError(f"Adam: expected a pair of betas, got {options.shown(betas)}")
        self.betas = tuple(options.number(beta, "Adam: betas", *FRACTION) for beta in betas)
        self.eps = options.number(eps, "Adam: eps", "a number above 0", lambda eps: eps > 0)

    def update(self, value, gradient, step, mean, square):
        number = value.dtype.type  # float32 stays float32
        b1, b2 = self.betas
        mean *= number(b1)
        mean += number(1 - b1) * gradient
        square *= number(b2)
        square += number(1 - b2) * gradient * gradient
        size = array_module(value).sqrt(square)
        size /= number((1 - b2**step) ** 0.5)
        size += number(self.eps)
        value -= number(self.rate / (1 - b1**step)) * (mean / size)
