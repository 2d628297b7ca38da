"""The checks themselves: of a pair of functions, of a loss, of a layer."""

import numpy as np

from ..errors import GradientError, OptionError
from ..ops.options import number, shown, whole
from . import conduct, house
from .compare import Comparison
from .report import Finding, Report
from .subject import LayerSubject, Loss, Pair, is_moving


def check(forward, backward, inputs, *, name=None, arguments=None, **options):
    """Whether `backward` is the derivative of `forward` at `inputs` → Report.

    forward   forward(*inputs) → y, or (y, cache)
    backward  backward(dy, cache) where forward returns a cache, else backward(dy, *inputs), or backward(dy)
              if it asks for nothing more; returns the gradient for the input, or a tuple of gradients, one
              for each input in order, None for those that are not arrays of floats
    inputs    one array, or a tuple of them; floats are taken as float64, labels and sizes as they are.
              Keep them off kinks: what lies on one can only be set apart
    name, arguments   what to call the function and its inputs; by default as `forward` does

    Options, of all three checks:
    tolerance    the largest relative error that passes (1e-6)
    seed         of the upstream gradients and of the directions (0)
    coordinates  arrays up to this size are compared entry by entry, larger ones at so many entries (100)
    directions   and along so many random directions through all entries (8)
    apart        the fraction of entries and directions that may have no derivative, lying on kinks (0.5)
    strict       whether to hold functions to this library's own rules as well, see `house.py` (False)

    >>> def scale(x, factor):
    ...     return x * factor
    >>> def scale_backward(dy, x, factor):
    ...     return dy * factor, np.sum(dy * x)
    >>> check(scale, scale_backward, ([[1.0, -2.0], [0.5, 3.0]], 1.5)).ok
    True
    >>> wrong = check(scale, lambda dy, x, factor: (dy * factor * 1.001, np.sum(dy * x)), ([1.0, 2.0], 1.5))
    >>> wrong["x"].ok, wrong["factor"].ok
    (False, True)

    `print(wrong)` tells the worst entry and both values; `wrong.raise_if_wrong()` raises GradientError.
    """
    return examine(Pair(forward, backward, inputs, name, arguments), **options)


def check_loss(loss, F, *, name=None, **options):
    """Whether the gradient of `loss(F) → value, gradient` is right at F → Report. Options as for `check`.

    >>> check_loss(lambda F: (np.sum(F**2) / 2, F.copy()), [[0.3, -1.2]]).ok
    True
    """
    return examine(Loss(loss, F, name), **options)


def check_layer(layer, x, *, name=None, **options):
    """Whether a layer's gradients for x and for its parameters are right → Report. Options as for `check`.

    The layer has forward(x), backward(dy), params, grads and zero_grads(); a float64 copy of it is checked,
    so that the layer itself stays as it is. Gradients must also add up over two backward passes, and a
    layer with parameters must give the same dx, and add nothing, once `frozen` is set.
    """
    return examine(LayerSubject(layer, x, name), **options)


def examine(subject, *, tolerance=1e-6, seed=0, coordinates=100, directions=8, apart=0.5, strict=False):
    """The Report on a subject; the options are explained in `check`."""
    number(tolerance, "gradcheck: tolerance", "a number above 0", lambda tolerance: tolerance > 0)
    number(apart, "gradcheck: apart", "a fraction from 0 to 1", lambda apart: 0 <= apart <= 1)
    coordinates = whole(coordinates, "gradcheck: coordinates")
    directions = whole(directions, "gradcheck: directions", least=0)
    rng = _generator(seed)
    try:
        conduct.lead_astray(subject, rng)
        y = subject.start(subject.inputs)
        if fault := _form_of_output(y):
            return Report(subject.name, [], [fault])
        y = np.asarray(y)
        dys = subject.upstreams(y, rng)
        gradients, faults = conduct.run(subject, dys)
    except GradientError as error:  # results of a form that leaves nothing to compare
        return Report(subject.name, [], [str(error)])
    forms = [
        next(filter(None, (conduct.form(x, of_dy[k]) for of_dy in gradients)), None)
        for k, x in enumerate(subject.inputs)
    ]
    if not any(forms):
        faults += conduct.of_views(subject, y, dys[0], gradients[0])
        faults += subject.habits(dys[0])
        faults += house.faults(subject, y, dys[0], gradients[0]) if strict else []
    if not np.array_equal(y, subject.evaluate(subject.inputs)):
        return Report(
            subject.name, [], [*faults, "forward gives another y for the same inputs; fix its seed"]
        )
    upstream = np.stack([dy.reshape(-1) for dy in dys])
    findings = []
    for k, (name, x) in enumerate(zip(subject.names, subject.inputs, strict=True)):
        if forms[k]:
            findings.append(Finding(name, np.shape(x), faults=[forms[k]]))
        elif is_moving(x):
            mine = np.stack([of_dy[k] for of_dy in gradients])
            comparison = Comparison(subject, k, y, upstream, mine, tolerance)
            findings.append(comparison.run(rng, coordinates, directions, apart))
    return Report(subject.name, findings, faults)


def _generator(seed):
    try:
        return np.random.default_rng(seed)
    except (TypeError, ValueError) as error:
        raise OptionError(
            f"gradcheck: seed: expected a whole number of at least 0, got {shown(seed)}"
        ) from error


def _form_of_output(y):
    """What is wrong with y before any derivative is looked at; None if nothing is."""
    if not isinstance(y, (np.ndarray, float)) or np.asarray(y).dtype != np.float64:
        return f"expected y in float64, as the inputs are, got {getattr(y, 'dtype', type(y).__name__)}"
    bad = np.argwhere(~np.isfinite(np.asarray(y)))
    if len(bad):
        where = tuple(int(i) for i in bad[0])
        return f"expected finite y, got {np.asarray(y)[where]} at {where}"
    return None
