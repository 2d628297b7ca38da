"""Batches that were seen not long ago: a teacher's look costs more than a student's step."""

import numpy as np

from .matching import goal


class Batch:
    """Pictures (N, S, S, 3), uint8, and what the teacher sees in them, from the first time it is asked."""

    def __init__(self, values):
        self._values, self._goals = values, None

    @property
    def values(self):
        return self._values.astype(np.float32)

    @property
    def stored(self):
        return self._values

    def goals(self, teacher):
        """{tap: Goal}."""
        if self._goals is None:
            seen = teacher.see(self.values)
            # A copy: what the teacher saw lies in its workspace until its next look.
            self._goals = {tap: goal(T.reshape(len(T), -1, T.shape[3]).copy()) for tap, T in seen.items()}
        return self._goals


class Shelf:
    """The last few batches; each is learnt from `repeats` times, once at once and then as chance has it."""

    def __init__(self, size, repeats):
        self.size, self.repeats, self.batches = size, repeats, []

    def take(self, rng, step, fresh):
        """The Batch for a step; `fresh()` makes a new one."""
        if step % self.repeats:
            return self.batches[rng.integers(len(self.batches))]
        self.batches = [*self.batches, Batch(fresh())][-self.size :]
        return self.batches[-1]

    def stored(self):
        """{number: pictures}, from which `restore` makes the same shelf."""
        return {str(number): batch.stored for number, batch in enumerate(self.batches)}

    def restore(self, stored):
        self.batches = [Batch(stored[number]) for number in sorted(stored, key=int)]
