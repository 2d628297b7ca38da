"""The training run: one step after the other, measured, kept, and gone on with to the same bytes."""

from math import cos, pi

import numpy as np

from .. import zoo
from ..errors import NonFiniteError
from ..optim import Adam
from ..parallel import blas_single_threaded
from ..preprocessing import TORCHVISION
from .batches import Pool, centres, random_crop
from .beginning import inherit
from .counterfeits import counterfeits
from .shelf import Shelf
from .student import Readout, Student, Teacher, fit_readouts

OF_INHERITANCE = 12  # batches that tell which of the teacher's channels the student begins with
FIRST = 4  # batches that fit the first read-outs and measure the teacher's energies
LEAST = 0.05  # of a mean Gram energy: flat crops, whose own is next to nothing, are measured against this
HELD_OUT_SIDE = 160
LOWEST = 0.01  # of the rate, at the end


class Training:
    """A student on its way; `step` takes it one step further.

    history   what was measured on the way: {"step", "errors", "held out"}, the latter two
              {tap: [relative squared error of the values, of the Gram matrices]}
    """

    def __init__(self, teacher, settings, pictures, held_out):
        self.settings, self.done, self.history = settings, 0, []
        self.rng = np.random.default_rng(settings.seed)
        self.pool, self.held_out, self.counterfeits = Pool(pictures), held_out, None
        self.shelf = Shelf(settings.shelf, settings.repeats)
        self.teacher = Teacher(teacher, settings.taps)
        network = zoo.build(
            settings.topology,
            width=settings.width,
            pooling="avg",
            edges="reflect",
            seed=settings.seed,
            trainable=True,
            preprocessing=TORCHVISION,
            until=settings.taps[-1],
        )
        self.student = Student(network, settings.taps)

    def begin(self):
        """Before the first step. A training that goes on from a checkpoint does without."""
        self._measure_teacher()
        if self.settings.inherit:
            self._inherit()
        self.begin_optimiser()

    def begin_optimiser(self):
        self.optimiser = Adam(self.student.learning, self.settings.rate, betas=(0.9, 0.99))

    def _inherit(self):
        crops = self.settings.crops(self.settings.steps)
        values = [self.pool.crops(self.rng, *crops).astype(np.float32) for _ in range(OF_INHERITANCE)]
        found = inherit(self.student.network, self.teacher.network, values)
        for tap, readout in self.student.readouts.items():
            readout.params["kernel"][...] = found[tap] / readout.scale

    def _measure_teacher(self):
        """The first read-outs by least squares, and the energies that errors are measured against."""
        seen = {tap: [] for tap in self.settings.taps}
        energy, gram_energy = {}, {}
        for _ in range(FIRST):
            values = self.pool.crops(self.rng, *self.settings.crops(0)).astype(np.float32)
            targets, activations = self.teacher.see(values), self.student.see(values)
            for tap in self.settings.taps:
                seen[tap].append((activations[tap].copy(), targets[tap].copy()))
        for tap, pairs in seen.items():
            energy[tap] = float(np.mean([np.square(T).sum(axis=3).mean() for _, T in pairs]))
            gram_energy[tap] = float(np.mean([_gram_energy(t) for _, T in pairs for t in T]))
            scale = (energy[tap] / pairs[0][1].shape[3]) ** 0.5
            kernel = fit_readouts(*zip(*pairs, strict=True)) / np.float32(scale)
            self.student.readouts[tap] = Readout(tap, kernel, scale)
        self.energy, self.gram_energy = energy, gram_energy

    def step(self):
        """One batch, one step of the optimiser; the errors before it."""
        with blas_single_threaded():  # what is not cut into tasks is too small for BLAS's threads
            return self._step()

    def _step(self):
        settings = self.settings
        if more := settings.paints(self.done):
            self._paint(more)
        batch = self.shelf.take(self.rng, self.done, self._fresh)
        goals = batch.goals(self.teacher)
        activations = self.student.see(batch.values)
        count = len(batch.values)
        pixels = {tap: count * F.shape[1] * F.shape[2] for tap, F in activations.items()}
        share = dict(zip(settings.taps, settings.weights, strict=True))
        weights = {tap: share[tap] / (pixels[tap] * self.energy[tap]) for tap in settings.taps}
        grams = None
        if settings.learns_grams(self.done):
            grams = {tap: self._gram_weight(tap, share[tap] * settings.gram_weight / count) for tap in share}
        matched = self.student.learn(goals, weights, grams)
        errors = {
            tap: [
                float(matched[tap].values.sum() / (pixels[tap] * self.energy[tap])),
                float(matched[tap].grams.mean() / self.gram_energy[tap]),
            ]
            for tap in settings.taps
        }
        if not np.isfinite(list(errors.values())).all():
            raise NonFiniteError(
                f"distill: the errors of step {self.done + 1} are not finite; a smaller --rate than "
                f"{settings.rate:g} will help"
            )
        self.optimiser.rate = self.rate()
        self.optimiser.step()
        self.done += 1
        return errors

    def _paint(self, count):
        painted = counterfeits(self.student, self.settings, self.pool, self.rng, count)
        before = [] if self.counterfeits is None else [self.counterfeits]
        self.counterfeits = np.concatenate([*before, painted])

    def _fresh(self):
        """Crops of the pool, and of what the student has painted: uint8 (N, S, S, 3)."""
        settings = self.settings
        count, side = settings.crops(self.done)
        values = self.pool.crops(self.rng, count, side)
        if self.counterfeits is not None:
            for crop in values:
                if self.rng.random() < settings.counterfeit_share:
                    crop[...] = random_crop(self.rng, self.counterfeits, side)
        return values

    def _gram_weight(self, tap, weight):
        least = LEAST * self.gram_energy[tap]
        return lambda energy: weight / (energy + least)

    def rate(self):
        """Up in a line, then down half a cosine."""
        s = self.settings
        rising = max(1, round(s.warm_up * s.steps))
        if self.done < rising:
            return s.rate * (self.done + 1) / rising
        falling = (self.done - rising) / max(1, s.steps - rising)
        return s.rate * (LOWEST + (1 - LOWEST) * (1 + cos(pi * falling)) / 2)

    def measure(self, batch=4):
        """{tap: [relative squared error of values, of Gram matrices]} on pictures not learnt from."""
        sums = {tap: np.zeros(4) for tap in self.settings.taps}
        values = centres(self.held_out, min(HELD_OUT_SIDE, self.held_out.shape[1]))
        for first in range(0, len(values), batch):
            some = values[first : first + batch]
            targets, activations = self.teacher.see(some), self.student.see(some)
            for tap in sums:
                R = self.student.readouts[tap].matrix
                for f, t in zip(activations[tap], targets[tap], strict=True):
                    f, t = f.reshape(-1, len(R)), t.reshape(-1, R.shape[1])
                    g_f, g_t = R.T @ (f.T @ f) @ R / len(f), t.T @ t / len(t)
                    sums[tap] += (
                        np.square(f @ R - t).sum(),
                        np.square(t).sum(),
                        np.square(g_f - g_t).sum(),
                        np.square(g_t).sum(),
                    )
        return {tap: [float(a / b), float(c / d)] for tap, (a, b, c, d) in sums.items()}


def _gram_energy(t):
    t = t.reshape(-1, t.shape[-1])
    return float(np.square(t.T @ t / np.float32(len(t))).sum())
