"""The shelf: how often a batch is learnt from, and how often the teacher looks."""

from types import SimpleNamespace

import numpy as np
import pytest

from minicnn.distill.shelf import Shelf


def pictures(number):
    return np.full((1, 2, 2, 3), number, np.uint8)


@pytest.mark.parametrize(("size", "repeats"), [(16, 3), (2, 3), (1, 1), (4, 1)])
def test_a_fresh_batch_comes_every_so_often_and_only_the_last_ones_stay(rng, size, repeats):
    shelf, made = Shelf(size, repeats), []

    def fresh():
        made.append(len(made))
        return pictures(made[-1])

    for step in range(60):
        number = int(shelf.take(rng, step, fresh).values[0, 0, 0, 0])
        assert len(made) == step // repeats + 1
        assert len(made) - size <= number <= made[-1]
        if step % repeats == 0:
            assert number == made[-1]


def test_the_teacher_looks_once_and_its_answer_is_kept(rng):
    looks, workspace = [], np.ones((1, 2, 2, 4), np.float32)

    def see(values):
        looks.append(values.dtype)
        return {"tap": workspace}

    batch = Shelf(1, 1).take(rng, 0, lambda: pictures(7))
    first = batch.goals(SimpleNamespace(see=see))["tap"]
    workspace[...] = 5  # as its next look would write over it
    again = batch.goals(SimpleNamespace(see=see))["tap"]
    assert looks == [np.float32]
    assert again is first
    np.testing.assert_array_equal(again.T, np.ones((1, 4, 4)))
    np.testing.assert_array_equal(again.grams, np.ones((1, 4, 4)))


def test_what_is_stored_gives_the_same_shelf(rng):
    shelf = Shelf(12, 1)
    for step in range(20):
        shelf.take(rng, step, lambda step=step: pictures(step))
    other = Shelf(12, 1)
    other.restore(shelf.stored())
    for one, same in zip(shelf.batches, other.batches, strict=True):
        np.testing.assert_array_equal(one.values, same.values)
