"""Pictures that a student takes for paintings: in them it shows what it does not see yet, and learns it.

A loss of a student's features can be lowered in ways that its teacher would never be taken in by. Such a
picture is found as style transfer finds it: one picture of the pool is changed until its Gram matrices, read
out as the teacher's, are those of another. That the teacher sees something else is what the student learns.
"""

from functools import partial

import numpy as np

from .. import zoo
from ..evaluation import gradient
from ..ops.gram import gram, gram_backward
from ..optim import Adam
from ..workspace import Workspace
from .batches import random_crop

CONTENT = "relu4_2"  # the one layer that holds on to the picture; the others go after the painting
CONTENT_WEIGHTS = (1e-3, 0.1)  # a random one for each counterfeit
RATE = 4.0  # of Adam at first, in grey levels; it falls to nothing in a line
FROM_NOISE = 0.15  # share of them


class Counterfeiter:
    """A student as it is now, frozen, and the pictures that it is asked to paint after each other."""

    def __init__(self, student, settings):
        self.network = frozen(student, settings)
        self.metrics = {tap: readout.matrix @ readout.matrix.T for tap, readout in student.readouts.items()}
        self._workspace = Workspace()

    def paint(self, rng, picture, painting, steps):
        """uint8 (S, S, 3) twice → `picture`, painted as `painting` is."""
        preprocessing = self.network.preprocessing
        goal = self._seen(painting)
        weight = float(np.exp(rng.uniform(*np.log(CONTENT_WEIGHTS))))
        noise = rng.random() < FROM_NOISE
        seeds = {
            tap: partial(self._style, tap, A, 1 / max(self._size(tap, A), 1e-30)) for tap, A in goal.items()
        }
        kept = self.network.forward(preprocessing.apply(picture), [CONTENT])[CONTENT]
        seeds[CONTENT] = partial(self._content, kept, weight)
        values = rng.uniform(0, 255, picture.shape) if noise else picture
        x = np.ascontiguousarray(preprocessing.from_values(np.asarray(values, np.float32)[None]))
        level = float(np.ptp(preprocessing.from_values(np.array([[[[0.0] * 3]], [[[255.0] * 3]]])))) / 255
        adam, mean, square = Adam([], betas=(0.9, 0.99)), np.zeros_like(x), np.zeros_like(x)
        for step in range(steps):
            adam.rate = RATE * level * (1 - step / steps)
            adam.update(x, gradient(self.network, x, seeds, self._workspace), step + 1, mean, square)
        return preprocessing.invert(x)

    def _seen(self, picture):
        taps = [tap for tap in self.metrics if tap != CONTENT]
        activations = self.network.forward(self.network.preprocess(picture), taps)
        return {tap: _mean_gram(F) for tap, F in activations.items()}

    def _style(self, tap, A, scale, activation):
        """The gradient of s Σ (RᵀDR)², D = G/M − A: 4s/M · F (K D K), K = R Rᵀ."""
        F, K = activation.reshape(-1, activation.shape[-1]), self.metrics[tap]
        slope = K @ (_mean_gram(activation) - A) @ K
        slope *= 2 * scale / len(F)  # half of it: gram_backward adds it and its transpose
        gram_backward(slope, F, F)
        return activation

    def _size(self, tap, A):
        K = self.metrics[tap]
        return float(np.vdot(A, K @ A @ K))

    def _content(self, P, weight, activation):
        """The gradient of w Σ ((F − P)R)² / Σ (P R)²: 2w (F − P) K / Σ (P R)²."""
        c, K = P.shape[-1], self.metrics[CONTENT]
        of_p = P.reshape(-1, c)
        scale = P.dtype.type(2 * weight / max(float(np.vdot(of_p @ K, of_p)), 1e-30))
        return scale * ((activation.reshape(-1, c) - of_p) @ K).reshape(activation.shape)


def frozen(student, settings):
    """A copy of a student's network that computes quickly, and does not learn."""
    network = zoo.build(
        settings.topology,
        width=settings.width,
        edges="reflect",
        trainable=True,
        preprocessing=student.network.preprocessing,
        until=settings.taps[-1],
    )
    parameters = network.parameters()
    for name, value in student.network.parameters().items():
        parameters[name][...] = value
    return network.freeze()


def counterfeits(student, settings, pool, rng, count, progress=None):
    """uint8 (count, S, S, 3): pictures of the pool, painted after other ones of it."""
    side = settings.late_side
    counterfeiter = Counterfeiter(student, settings)
    made = np.empty((count, side, side, 3), np.uint8)
    for number in range(count):
        picture, painting = (random_crop(rng, pool.pictures, side) for _ in range(2))
        made[number] = counterfeiter.paint(rng, picture, painting, settings.counterfeit_steps)
        if progress:
            progress(number + 1, count)
    return made


def _mean_gram(activation):
    F = activation.reshape(-1, activation.shape[-1])
    return gram(F) / F.dtype.type(len(F))
