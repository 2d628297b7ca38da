"""An objective as the GPU's own kernels compute it: each part as a term that they know.

`minicnn.cuda` knows content and Gram losses without a read-out and plain total variation. Where every part
is one of these, a whole evaluation is one list of launches; otherwise the losses stay functions.
"""

import numpy as np

from minicnn import cuda
from minicnn.backend import array_module, to_host
from minicnn.cuda.plan import stages
from minicnn.readback import later, read
from minicnn.workspace import PLAIN

from .losses import Content, GramStyle, TotalVariation


def evaluation(objective, canvas):
    """A `cuda.Evaluation` of the objective for canvases like this one; None where there is none."""
    network, precision = objective.network, objective.workspace.precision
    xp = array_module(canvas)
    if xp is np or precision == PLAIN or canvas.dtype != np.float32 or not cuda.usable(xp):
        return None
    if not objective.taps or cuda.refusal(network, objective.taps):
        return None
    size = canvas.shape[:2]
    terms = terms_of(objective.parts, network, size)
    return None if terms is None else cuda.losses(network, size, terms, precision)


def terms_of(parts, network, size):
    """The parts as `minicnn.cuda` takes them, for a canvas of (h, w); None where one is of another kind."""
    if len({part.name for part in parts}) < len(parts):
        return None
    row = stages(network, size, [part.tap for part in parts if part.tap])
    places = {tap: stage.places(position) for stage in row for position, tap in stage.taps.items()}
    terms = [_term(part, places.get(part.tap), size) for part in parts]
    return None if None in terms else terms


def _term(part, places, size):
    name, weight, loss, tap = part
    if type(loss) is Content and loss.metric is None:
        return cuda.Content(name, tap, loss.target, weight * loss.scale)
    if type(loss) is GramStyle and loss.metric is None:
        return cuda.Gram(name, tap, loss.target, weight * loss.scale(places))
    if type(loss) is TotalVariation and tap is None:
        scale = weight / (size[0] * size[1] * 3) if loss.mean else weight
        unit = 1 / to_host(loss.per_unit)
        return cuda.Variation(name, scale, loss.kind, loss.exponent, unit, loss.inner)
    return None


class Reported:
    """A number of an evaluation's report, which is on its way back from the device as a whole."""

    def __init__(self, report, numbers):
        self.report, self.numbers = report, numbers

    def __float__(self):
        return float(np.sum(read(self.report)[self.numbers]))


def started(made, canvas, names):
    """(loss, {part: value}, gradient): of what was launched, the numbers as promises."""
    if made.scaled:  # halves may overflow, and are then tried once more with other scales
        found = made(canvas)
        return found.total, found.values, found.gradient.copy()
    report = later(made.start(canvas).copy())
    values = {name: Reported(report, slice(n, n + 1)) for n, name in enumerate(names)}
    gradient = made.buffers["gradient"].reshape(canvas.shape).copy()
    return Reported(report, slice(0, len(names))), values, gradient
