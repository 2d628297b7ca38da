"""A tiny student, taught from scratch: that the error falls as it did, and that a run can be gone on with."""

import dataclasses

import numpy as np
import pytest

from minicnn import zoo
from minicnn.distill import checkpoint
from minicnn.distill.settings import Settings
from minicnn.distill.training import Training
from minicnn.errors import NonFiniteError, OptionError, WeightFileError
from minicnn.preprocessing import TORCHVISION
from minicnn.weights import read

TINY = Settings(
    inherit=False,
    width=(4, 6, 8, 8, 8),
    steps=60,
    batch=4,
    repeats=1,
    side=32,
    late_side=48,
    late_share=0.35,
    gram_share=0.5,
    counterfeits=0,
    pictures=24,
    size=64,
    rate=5e-3,
    warm_up=0.02,
    seed=3,
)
# Relative squared error of the activations, of pictures held out: before the first step, after the last.
RECORDED = {
    "relu1_1": (0.4820, 0.4507),
    "relu2_1": (0.5338, 0.3990),
    "relu3_1": (0.2976, 0.2258),
    "relu4_1": (0.1025, 0.0598),
    "relu4_2": (0.0869, 0.0441),
    "relu5_1": (0.2574, 0.1465),
}


@pytest.fixture(scope="module")
def teacher():
    return zoo.build("vgg19", width=(8, 8, 12, 16, 16), edges="reflect", until="relu5_1", seed=7)


@pytest.fixture(scope="module")
def pictures():
    """Blots of colour at several scales: enough to learn from, and quick to draw."""
    rng = np.random.default_rng(11)
    made = np.zeros((40, 64, 64, 3))
    for cells in (2, 4, 8, 16, 32):
        coarse = rng.uniform(-1, 1, (40, cells, cells, 3))
        made += coarse.repeat(64 // cells, axis=1).repeat(64 // cells, axis=2)
    return (127 + 40 * made).clip(0, 255).astype(np.uint8)


def training(teacher, pictures, settings=TINY):
    return Training(teacher, settings, pictures[:24], pictures[24:])


def taught(teacher, pictures, settings=TINY, steps=None):
    one = training(teacher, pictures, settings)
    one.begin()
    for _ in range(steps or settings.steps):
        one.step()
    return one


@pytest.fixture(scope="module")
def finished(teacher, pictures):
    return taught(teacher, pictures)


def test_the_error_falls_as_recorded(teacher, pictures, finished):
    first = training(teacher, pictures)
    first.begin()
    before, after = first.measure(), finished.measure()
    for tap, (began, ended) in RECORDED.items():
        assert before[tap][0] == pytest.approx(began, rel=0.02)
        assert after[tap][0] == pytest.approx(ended, rel=0.05)


def test_gram_matrices_are_learnt_at_the_end(teacher, pictures, finished):
    without = taught(teacher, pictures, dataclasses.replace(TINY, gram_weight=0.0))
    errors, less = (sum(gram for _, gram in one.measure().values()) for one in (without, finished))
    assert less < 0.85 * errors


def test_the_same_seed_gives_the_same_bytes_and_another_one_others(teacher, pictures):
    first, again = (taught(teacher, pictures, steps=3).student for _ in range(2))
    other = taught(teacher, pictures, dataclasses.replace(TINY, seed=4), steps=3).student
    for layer, same, different in zip(first.learning, again.learning, other.learning, strict=True):
        for name, value in layer.params.items():
            np.testing.assert_array_equal(value, same.params[name])
            assert not np.array_equal(value, different.params[name])


def test_a_run_that_goes_on_from_a_checkpoint_gives_the_same_bytes(teacher, pictures, tmp_path):
    settings = dataclasses.replace(TINY, steps=12, repeats=2, shelf=3)
    straight = taught(teacher, pictures, settings)
    checkpoint.save(
        tmp_path / "half.npz", taught(teacher, pictures, settings, steps=7), {"relu1_1": [7, 1, 0]}
    )
    on = training(teacher, pictures, checkpoint.settings_of(tmp_path / "half.npz"))
    assert checkpoint.restore(tmp_path / "half.npz", on) == {"relu1_1": [7, 1, 0]}
    while on.done < settings.steps:
        on.step()
    for layer, same in zip(straight.student.learning, on.student.learning, strict=True):
        for name, value in layer.params.items():
            np.testing.assert_array_equal(value, same.params[name])
    for name, one in zip(("a", "b"), (straight, on), strict=True):
        one.history = [{"held out": one.measure()}]
        checkpoint.export(tmp_path / name, one, {"file": "tiny"})
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


def test_a_checkpoint_refuses_other_pictures_and_what_is_none(teacher, pictures, tmp_path):
    path = tmp_path / "one.npz"
    checkpoint.save(path, taught(teacher, pictures, steps=1), {})
    with pytest.raises(OptionError, match="other pictures"):
        checkpoint.restore(path, training(teacher, 255 - pictures))
    path.write_bytes(path.read_bytes()[:-300])
    for broken in (path, tmp_path / "none.npz", tmp_path):
        with pytest.raises(WeightFileError, match="expected a checkpoint"):
            checkpoint.settings_of(broken)


def test_what_comes_out_paints_as_it_was_measured(teacher, pictures, finished, tmp_path):
    """The file, through float16 and back: the network and its read-outs predict the teacher as recorded."""
    finished.history = [{"held out": finished.measure()}]
    checkpoint.export(tmp_path / "tiny.npz", finished, {"file": "tiny"})
    net = zoo.build("vgg19", tmp_path / "tiny.npz", width=TINY.width, edges="reflect", until="relu5_1")
    assert net.preprocessing == TORCHVISION
    assert list(net.readouts) == list(TINY.taps)
    error, energy = dict.fromkeys(TINY.taps, 0.0), dict.fromkeys(TINY.taps, 0.0)
    for picture in pictures[24:]:
        seen = net.forward(net.preprocess(picture), TINY.taps)
        wanted = teacher.forward(teacher.preprocess(picture), TINY.taps)
        for tap in TINY.taps:
            error[tap] += np.square(seen[tap] @ net.readouts[tap] - wanted[tap]).sum()
            energy[tap] += np.square(wanted[tap]).sum()
    record = read(tmp_path / "tiny.npz").record
    assert "Simonyan" in record["origin"]
    assert "CC BY 4.0" in record["licence"]
    for tap in TINY.taps:
        assert error[tap] / energy[tap] == pytest.approx(record["training"]["errors"][tap][0], rel=0.01)


def test_the_rate_rises_and_falls(teacher, pictures):
    one = training(teacher, pictures, dataclasses.replace(TINY, warm_up=0.1))
    rates = []
    for one.done in range(TINY.steps):
        rates.append(one.rate())
    assert rates[:6] == pytest.approx([TINY.rate * n / 6 for n in range(1, 7)])
    assert max(rates) == TINY.rate
    assert rates[5:] == sorted(rates[5:], reverse=True)
    assert rates[-1] < 0.05 * TINY.rate


def test_a_run_that_diverges_says_so(teacher, pictures):
    one = taught(teacher, pictures, steps=1)
    one.student.network["conv3_1"].params["bias"][:] = 1e30
    with pytest.raises(NonFiniteError, match="--rate"), np.errstate(all="ignore"):
        one.step()
