"""Pictures that a student paints: their gradients, and that they are what they should be."""

import dataclasses
from types import SimpleNamespace

import numpy as np
import pytest

from minicnn import zoo
from minicnn.distill.batches import Pool
from minicnn.distill.counterfeits import CONTENT, Counterfeiter, counterfeits
from minicnn.distill.settings import TAPS, Settings
from minicnn.distill.student import Readout
from minicnn.errors import OptionError
from minicnn.preprocessing import TORCHVISION

SMALL = Settings(width=(4, 5, 6, 7, 8), side=32, late_side=48, size=64, pictures=4, counterfeit_steps=15)


@pytest.fixture(scope="module")
def student():
    net = zoo.build("vgg19", width=SMALL.width, edges="reflect", until=TAPS[-1], preprocessing=TORCHVISION)
    rng, width = np.random.default_rng(5), dict(zip("12345", SMALL.width, strict=True))
    kernels = {tap: rng.normal(0, 0.3, (width[tap[4]], 12)).astype(np.float32) for tap in TAPS}
    return SimpleNamespace(network=net, readouts={tap: Readout(tap, kernels[tap], 2.0) for tap in TAPS})


@pytest.fixture(scope="module")
def pool():
    rng = np.random.default_rng(6)
    coarse = rng.integers(0, 256, (4, 8, 8, 3), dtype=np.uint8)
    return Pool(coarse.repeat(8, axis=1).repeat(8, axis=2))


def explicit(student, tap, F, A):
    """Σ (Rᵀ(G/M − A)R)², with everything as wide as the teacher."""
    R = student.readouts[tap].matrix.astype(np.float64)
    return np.square(R.T @ (F.T @ F / len(F) - A) @ R).sum()


def test_both_seeds_are_the_gradients_of_their_losses(student, rng):
    forger = Counterfeiter(student, SMALL)
    F, tap = rng.standard_normal((1, 3, 5, 7)), "relu4_1"
    A = np.cov(rng.standard_normal((7, 30)))
    R = student.readouts[CONTENT].matrix.astype(np.float64)
    P, v, h = rng.standard_normal(F.shape), rng.standard_normal(F.shape), 1e-5
    forger.metrics = {name: K.astype(np.float64) for name, K in forger.metrics.items()}

    def style(F):
        return explicit(student, tap, F.reshape(-1, 7), A)

    def content(F):
        return 0.1 * np.square((F - P) @ R).sum() / np.square(P @ R).sum()

    for loss, seed in (
        (style, forger._style(tap, A, 1.0, F.copy())),
        (content, forger._content(P, 0.1, F.copy())),
    ):
        along = (loss(F + h * v) - loss(F - h * v)) / (2 * h)
        assert np.vdot(seed, v) == pytest.approx(along, rel=1e-6)


def test_they_look_like_the_painting_to_the_student(student, pool, rng):
    forger = Counterfeiter(student, SMALL)
    picture, painting = pool.pictures[0], pool.pictures[1]
    goal = forger._seen(painting)

    def error(picture):
        seen = forger._seen(picture)
        return sum(forger._size(tap, seen[tap] - A) / forger._size(tap, A) for tap, A in goal.items())

    forged = forger.paint(rng, picture, painting, 30)
    assert forged.dtype == np.uint8
    assert forged.shape == picture.shape
    assert error(forged) < 0.5 * error(picture)


def test_the_same_seed_gives_the_same_pictures(student, pool):
    first, again = (counterfeits(student, SMALL, pool, np.random.default_rng(8), 2) for _ in range(2))
    assert first.shape == (2, 48, 48, 3)
    np.testing.assert_array_equal(first, again)
    assert (first[0] != first[1]).any()


def test_they_come_in_four_rounds():
    settings = dataclasses.replace(SMALL, steps=10, counterfeits=8)
    assert [settings.paints(step) for step in range(10)] == [2, 0, 2, 0, 0, 2, 0, 2, 0, 0]
    with pytest.raises(OptionError, match="multiple of 4, got 6"):
        dataclasses.replace(SMALL, counterfeits=6)
