"""The gradient of a loss of a network's taps: forward and back in one go, in as little memory as it takes."""

import numpy as np

from . import cuda
from .backend import array_module
from .checks import finite, seed_is
from .errors import OptionError
from .fused import Stage
from .workspace import PLAIN, Workspace


def gradient(network, x, seeds, workspace=None):
    """∂L/∂x for a loss L of the taps; seeds[tap](activation) gives L's gradient for the activation there.

    The same as `network.forward` and `network.backward`, but for memory. Each seed is asked for when the way
    back comes past its tap, and may be written over the activation it is handed. The activation of the first
    step, the largest of all and the quickest to compute, is computed again rather than kept. In a workspace,
    an evaluation like the one before asks the system for no memory; the result lies there until the next one.

    On a GPU, `minicnn.cuda` does the same with kernels of its own, where the network is for it. The plain
    layers remain for all others, and for finding out which of the two is wrong.
    """
    if not seeds:
        raise OptionError("network: expected at least one seed, got none")
    if not isinstance(seeds, dict) or not all(callable(seed) for seed in seeds.values()):
        raise OptionError(f"network: expected seeds as {{tap: function}}, got {seeds!s:.200}")
    workspace = workspace or Workspace()
    if at_once := _at_once(network, x, seeds, workspace):
        return at_once.gradient(x, seeds)
    workspace.begin()
    steps = network.steps(x, seeds, workspace)
    keeps_inputs = any(not getattr(step, "frozen", True) for step in steps)
    kept = _forward(steps, x, seeds, workspace)

    def seed_after(number):
        """The seed at the tap behind a step, if there is one."""
        name = steps[number].name
        if number < 0 or name not in seeds:
            return None
        activation = kept.pop(name) if name in kept else steps[number].forward(x)
        if keeps_inputs:  # a layer that learns still needs what the seed may write over
            activation = activation.copy()
        seed = seed_is(seeds[name](activation), activation.shape, activation.dtype, name)
        if not array_module(seed).may_share_memory(seed, activation):  # it may be a view of it
            workspace.give(activation)
        return seed

    dx = seed_after(len(steps) - 1)
    for number in reversed(range(len(steps))):
        dy, step, seed = dx, steps[number], seed_after(number - 1)
        if isinstance(step, Stage):
            dx = step.backward(dy, add_to=seed)
        else:
            dx = step.backward(dy)
            if seed is not None:
                seed += dx
                dx = seed
        workspace.give(dy)
        del dy
    return finite(dx, "network: gradient")


def _at_once(network, x, seeds, workspace):
    """What a GPU computes such gradients by, with all its memory asked for; None where it is not for it.

    It is kept with the workspace, and made anew for another network, size, or set of taps.
    """
    xp = array_module(x)
    if xp is np or workspace.precision == PLAIN or not cuda.usable(xp) or x.dtype != np.float32:
        return None
    taps = tuple(name for name in network.names if name in seeds)
    wanted = network, x.shape, taps, workspace.precision
    if workspace.at_once is None or workspace.at_once[0] != wanted:
        workspace.at_once = None  # its memory is the next one's
        workspace.at_once = wanted, cuda.evaluation(network, x.shape, taps, workspace.precision)
    return workspace.at_once[1]


def _forward(steps, x, seeds, workspace):
    """{tap: activation} for the taps that are kept; what else is computed on the way is given back."""
    kept, y = {}, x
    for step in steps:
        before, y = y, step.forward(y)
        if y is not before and not any(before is activation for activation in kept.values()):
            workspace.give(before)
        del before  # what is given back must not be held on to
        if step.name in seeds and (step is not steps[0] or step is steps[-1]):
            kept[step.name] = y
    return kept
