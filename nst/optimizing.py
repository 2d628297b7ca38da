"""The optimiser that the settings ask for, in the units that they ask for."""

import numpy as np

from .compose import grey_levels
from .lbfgs import LBFGS
from .optimizers import Adam, GradientDescent
from .rounds import ScipyRounds
from .scipy_lbfgs import ScipyLBFGS
from .span import Spanned
from .torch_lbfgs import TorchLBFGS

HISTORY = 10  # steps that L-BFGS remembers


def make_optimizer(settings, network):
    """One for a single scale."""
    if settings.span is None:
        return _made(settings, float(grey_levels(network).mean()), _bounds(settings, network, 1.0))
    k = grey_levels(network) * (255 / settings.span)
    return Spanned(_made(settings, settings.span / 255, _bounds(settings, network, k)), k)


def optimizer_kind(settings, device):
    """What "auto" comes to: SciPy's L-BFGS knows the CPU alone."""
    own = "scipy" if device.on_host else "lbfgs"
    return own if settings.optimizer == "auto" else settings.optimizer


def _made(settings, level, bounds):
    """The optimiser of variables of which a grey level is so large."""
    kind, rate = settings.optimizer, settings.learning_rate
    history = settings.history or HISTORY
    if settings.rounds:
        return ScipyRounds(history, settings.rounds)
    if kind in ("auto", "scipy"):
        return ScipyLBFGS(history, settings.restart)
    if kind == "lbfgs":
        return LBFGS(history, settings.restart)
    if kind == "torch-lbfgs":
        return TorchLBFGS(history, bounds)
    if kind == "adam":
        average = 0.99 if settings.average is None else settings.average
        betas = settings.betas or (0.9, 0.99)
        return Adam((4.0 if rate is None else rate) * level, betas, average=average, bounds=bounds)
    return GradientDescent(rate, first=level, decay=settings.decay or 1.0)


def _bounds(settings, network, k):
    """Black and white as variables x / k, if the canvas is to stay between them."""
    if not settings.clamp:
        return None
    return [network.preprocessing.from_values(np.full(3, end)) / k for end in (0.0, 255.0)]
