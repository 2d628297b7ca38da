"""The three things that can be checked, seen as one: values at any inputs, gradients at the given ones.

Each has `name`, `names` (of the inputs), `inputs` (in float64), and

    start(inputs)     runs forward there → y; `kept` is then what backward must leave alone
    evaluate(inputs)  y at other inputs of the same shapes
    upstreams(y, rng) the dy that backward is tried with
    gradients(dy)     what backward says, one for each input (None for one that is not of floats)
    once(inputs, dy)  y and gradients from these very inputs, uncopied (of a layer: from this very x)
    habits(dy)        faults in what only this kind of thing must do
"""

import copy
import inspect

import numpy as np

from ..errors import DTypeError, GradientError, NonFiniteError, OptionError, ShapeError
from ..ops.options import shown

LAYER = ("forward", "backward", "params", "grads", "zero_grads")


def as_double(x, who):
    """A float64 copy of an array or list of floats; anything else (labels, sizes) as it came."""
    try:
        x = np.array(x) if isinstance(x, (np.ndarray, list, float, np.floating)) else x
    except ValueError as error:  # rows of different lengths
        raise ShapeError(f"{who}: expected an array, or lists of one length, got {shown(x)}") from error
    if not isinstance(x, np.ndarray) or not np.issubdtype(x.dtype, np.floating):
        return x
    if x.size == 0:
        raise ShapeError(f"{who}: expected at least one entry, got an empty array of shape {x.shape}")
    if not np.isfinite(x).all():
        raise NonFiniteError(f"{who}: expected finite numbers, got {x[~np.isfinite(x)][0]}")
    return x.astype(np.float64)


def is_moving(x):
    """Whether an input is one that a gradient is due for."""
    return isinstance(x, np.ndarray) and x.dtype == np.float64


class Subject:
    """What the three share."""

    def upstreams(self, y, rng):
        """Three at random, since one of ones would hide whatever sums to zero.

        The second has zeros in it, as behind a ReLU, and is large, for whoever clips or normalises; the
        third is small and uneven, for whoever adds 1e-8 or takes little for nothing.
        """
        first, second, third = rng.standard_normal((3, *y.shape))
        second *= 2.0**30 * (rng.random(y.shape) < 0.8)
        return [first, second, 2.0**-30 * third * 10 ** (-6 * rng.random(y.shape))]

    def habits(self, dy):
        return []

    def _set_inputs(self, inputs, names):
        if len(names) != len(inputs):
            raise OptionError(
                f"{self.name}: expected {len(inputs)} names of arguments, got {', '.join(names)}"
            )
        self.names = names
        self.inputs = [as_double(x, f"{self.name}: {n}") for x, n in zip(inputs, names, strict=True)]
        if not any(map(is_moving, self.inputs)):
            raise DTypeError(
                f"{self.name}: expected an input of floats to differentiate by, got none; "
                "whole numbers are taken as labels"
            )


class Pair(Subject):
    """forward and backward as two functions."""

    def __init__(self, forward, backward, inputs, name=None, arguments=None):
        _is_function(forward, "check: forward")
        _is_function(backward, "check: backward")
        if arguments is not None and not isinstance(arguments, (tuple, list)):
            raise OptionError(f"check: arguments: expected a list of names, got {shown(arguments)}")
        inputs = inputs if isinstance(inputs, tuple) else (inputs,)
        self.name = name or getattr(forward, "__name__", "function")
        self._forward, self._backward = forward, backward
        self._set_inputs(inputs, list(arguments or _parameter_names(forward, len(inputs))))

    def start(self, inputs):
        given = copy.deepcopy(inputs)
        y, *self._cache = self._run(given)
        self._given = given
        self.kept = {"its inputs": given, "its cache": self._cache}
        return y

    def evaluate(self, inputs):
        return self._run(copy.deepcopy(inputs))[0]

    def gradients(self, dy):
        return self._go_back(dy, self._given, self._cache)

    def once(self, inputs, dy):
        y, *cache = self._run(inputs)
        return y, self._go_back(dy, inputs, cache)

    def _go_back(self, dy, inputs, cache):
        alone = not cache and _takes_dy_alone(self._backward)
        returned = self._backward(dy, *([] if alone else cache or inputs))
        if not isinstance(returned, (tuple, list)):
            returned = [returned]
        if len(returned) != len(self.inputs):
            names = ", ".join(self.names)
            raise GradientError(f"expected a gradient for each of {names} from backward, got {len(returned)}")
        return list(returned)

    def _run(self, inputs):
        result = self._forward(*inputs)
        if not isinstance(result, tuple):
            return [result]
        if len(result) != 2:
            raise GradientError(f"expected y or (y, cache) from forward, got {len(result)} values")
        return list(result)


class Loss(Subject):
    """loss(F) -> value, gradient. Nothing comes from upstream, so that dy is the number 1."""

    def __init__(self, loss, F, name=None):
        _is_function(loss, "check_loss: loss")
        self.name = name or getattr(loss, "__name__", "loss")
        self._loss = loss
        self._set_inputs([F], _parameter_names(loss, 1))

    def start(self, inputs):
        self._given = copy.deepcopy(inputs)
        self.kept = {"its input": self._given}
        return self._value(self._given)

    def evaluate(self, inputs):
        return self._value(copy.deepcopy(inputs))

    def upstreams(self, y, rng):
        return [np.ones(())]

    def gradients(self, dy):
        return [self._both(self._given)[1]]

    def once(self, inputs, dy):
        value, gradient = self._both(inputs)
        return value, [gradient]

    def _both(self, inputs):
        result = self._loss(*inputs)
        if not isinstance(result, (tuple, list)):
            raise GradientError(f"expected (value, gradient) from the loss, got {type(result).__name__}")
        if len(result) != 2:
            raise GradientError(f"expected (value, gradient) from the loss, got {len(result)} values")
        return result

    def _value(self, inputs):
        value = self._both(inputs)[0]
        if np.shape(value) != ():
            raise GradientError(f"expected one number as the loss, got an array of shape {np.shape(value)}")
        return value


class LayerSubject(Subject):
    """A layer; its parameters are arguments beside x. All is done to a copy of it, in float64."""

    def __init__(self, layer, x, name=None):
        if isinstance(layer, type):
            raise OptionError(
                f"check_layer: expected a layer, got the class {layer.__name__}; "
                f"make one: {layer.__name__}(...)"
            )
        missing = [wanted for wanted in LAYER if not hasattr(layer, wanted)]
        if missing:
            raise OptionError(
                f"check_layer: expected a layer with {', '.join(LAYER)}, "
                f"got {shown(layer)} without {missing[0]}"
            )
        self.name = name or getattr(layer, "name", type(layer).__name__)
        self._layer = layer = copy.deepcopy(layer)
        self._set_inputs([x, *layer.params.values()], ["x", *layer.params])
        for key, value in zip(self.names[1:], self.inputs[1:], strict=True):
            layer.params[key] = value.copy()
        layer.grads.clear()

    def start(self, inputs):
        given = inputs[0].copy()
        self.kept = {"its input": given, "its parameters": self._layer.params}
        return self._forward(given, inputs)

    def evaluate(self, inputs):
        return self._forward(inputs[0].copy(), inputs)

    def once(self, inputs, dy):
        return self._forward(inputs[0], inputs), self.gradients(dy)

    def _forward(self, x, inputs):
        for key, value in zip(self.names[1:], inputs[1:], strict=True):
            self._layer.params[key][...] = value  # in place, as optimisers do
        return self._layer.forward(x)

    def gradients(self, dy):
        self._layer.zero_grads()
        dx = self._layer.backward(dy)
        return [dx, *(self._layer.grads.get(key) for key in self.names[1:])]

    def habits(self, dy):
        """Two backward passes add up; a frozen layer gives the same dx and adds nothing."""
        layer, faults = self._layer, []
        if not layer.params:
            return []
        dx, *once = [np.array(g) for g in self.gradients(dy)]
        layer.backward(dy.copy())
        for key, gradient in zip(self.names[1:], once, strict=True):
            if not np.allclose(layer.grads[key], 2 * gradient, rtol=1e-12, atol=0):
                faults.append(f"{key}: two backward passes do not add up to twice the gradient of one")
        before = {key: layer.grads[key].copy() for key in layer.params}
        layer.frozen = True
        layer.forward(self.inputs[0].copy())
        if not np.allclose(layer.backward(dy.copy()), dx, rtol=1e-12, atol=1e-12 * np.abs(dx).max()):
            faults.append("x: the frozen layer gives another gradient")
        if any((layer.grads[key] != before[key]).any() for key in layer.params):
            faults.append("the frozen layer has gone on adding up parameter gradients")
        layer.frozen = False
        return faults


def _is_function(function, who):
    if not callable(function):
        raise OptionError(f"{who}: expected a function, got {shown(function)}")


def _parameter_names(function, count):
    """The function's own names for its first `count` parameters, or input 1, input 2, ..."""
    try:
        kinds = inspect.signature(function).parameters.values()
        names = [p.name for p in kinds if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)][:count]
    except (TypeError, ValueError):
        names = []
    return names if len(names) == count else [f"input {i + 1}" for i in range(count)]


def _takes_dy_alone(backward):
    """Whether backward asks for dy and nothing else (a method that keeps its own cache, say)."""
    try:
        parameters = inspect.signature(backward).parameters.values()
    except (TypeError, ValueError):
        return False
    if any(p.kind is p.VAR_POSITIONAL for p in parameters):
        return False
    return sum(p.default is p.empty and p.kind is not p.KEYWORD_ONLY for p in parameters) == 1
