"""A student with its read-outs, and a teacher: what one step of training computes."""

import numpy as np

from ..errors import OptionError
from ..fused import steps as fused_steps
from ..parallel import run
from ..workspace import Workspace
from .matching import match
from .stages import LearningStage


class Teacher:
    """A frozen network, seen at its taps; what it puts out lies in its workspace until the next batch."""

    def __init__(self, network, taps):
        self.network, self.taps = network, list(taps)
        self._workspace = Workspace()

    def see(self, values):
        """Pictures (N, H, W, 3), RGB values 0..255 → {tap: activation}."""
        x = np.ascontiguousarray(self.network.preprocessing.from_values(values))
        self._workspace.begin()
        found = {}
        for step in self.network.steps(x, self.taps, self._workspace):
            before, x = x, step.forward(x)
            if not any(before is y for y in found.values()):
                self._workspace.give(before)
            if step.name in self.taps:
                found[step.name] = x
        return found


class Readout:
    """R = scale · kernel, from a student's channels to a teacher's: something that an optimiser can improve.

    The scale is that of the teacher's activations, so that the kernel's entries are of a convolution's size.
    """

    frozen = False

    def __init__(self, tap, kernel, scale=1.0):
        self.name, self.params, self.grads = f"readout/{tap}", {"kernel": kernel}, {}
        self.scale = kernel.dtype.type(scale)

    @property
    def matrix(self):
        return self.params["kernel"] * self.scale


class Student:
    """A network that learns, and a read-out for each of its taps."""

    def __init__(self, network, taps):
        self.network, self.taps = network.freeze(False), list(taps)
        self.readouts = {}
        self._workspace = Workspace()
        self._layers = network.layers[: max(map(network.names.index, self.taps)) + 1]
        if not all(isinstance(stage, LearningStage) for stage in self._stages()):
            raise OptionError(
                "distill: expected a student of 3×3 convolutions, ReLU and 2×2 pooling alone, in this order"
            )

    def _stages(self):
        return fused_steps(self._layers, self.taps, self._workspace, LearningStage)

    @property
    def learning(self):
        """Everything that an optimiser improves, in a fixed order."""
        return [layer for layer in self._layers if layer.params] + list(self.readouts.values())

    def see(self, values):
        """Pictures (N, H, W, 3), RGB values 0..255 → {tap: activation}, until the next batch."""
        x = np.ascontiguousarray(self.network.preprocessing.from_values(values))
        self._workspace.begin()
        self._seen, self._walked = {}, self._stages()
        run(self._transform, [(stage.convolution,) for stage in self._walked])
        for stage in self._walked:
            x = stage.forward(x)
            if stage.name in self.taps:
                self._seen[stage.name] = x
        return self._seen

    @staticmethod
    def _transform(convolution):
        """The kernel has changed in place since it was last transformed."""
        convolution.forget()
        convolution.transformed()

    def learn(self, goals, weights, gram_weights=None):
        """The gradients for all parameters, after `see`; {tap: Matched}.

        goals         {tap: Goal}, what the teacher saw
        weights       {tap: v}; gram_weights {tap: g as a function of |G_T|²}: see `matching`
        """
        matched = {}

        def seed_after(number):
            """The gradient at the tap behind a stage, in the place of the activation, if there is a tap."""
            name = self._walked[number].name if number >= 0 else None
            if name not in self._seen:
                return None
            F, readout = self._seen.pop(name), self.readouts[name]
            gram_weight = gram_weights and gram_weights[name]
            rows = F.reshape(len(F), -1, F.shape[3])
            matched[name] = match(rows, goals[name], readout.matrix, weights[name], gram_weight)
            readout.grads = {"kernel": matched[name].gradient * readout.scale}
            return F

        dy = seed_after(len(self._walked) - 1)
        for number in reversed(range(len(self._walked))):
            stage = self._walked[number]
            stage.learn(dy)
            if number:
                dy = stage.backward(dy, add_to=seed_after(number - 1))
        return matched


def fit_readouts(students, teachers, ridge=1e-4):
    """Least squares: R = (FᵀF + λ)⁻¹ FᵀT over pairs of activations, λ a share of FᵀF's mean diagonal."""
    ff = sum(_matrix(F).T @ _matrix(F) for F in students)
    ft = sum(_matrix(F).T @ _matrix(T) for F, T in zip(students, teachers, strict=True))
    ff += np.eye(len(ff), dtype=ff.dtype) * (ridge * np.trace(ff) / len(ff))
    return np.linalg.solve(ff.astype(np.float64), ft.astype(np.float64)).astype(np.float32)


def _matrix(x):
    return x.reshape(-1, x.shape[-1])
