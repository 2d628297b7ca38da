"""A student that begins as its teacher with channels left out."""

import numpy as np
import pytest

from minicnn import zoo
from minicnn.distill.beginning import _telling, fit, inherit
from minicnn.errors import OptionError
from minicnn.layers import Conv2D
from minicnn.preprocessing import TORCHVISION

WIDTH = (6, 8, 8, 10, 10)
TAPS = ["relu1_1", "relu2_1", "relu3_1", "relu4_1", "relu5_1"]


def network(width, seed, **options):
    return zoo.build("vgg19", width=width, edges="reflect", until="relu5_1", seed=seed, **options)


@pytest.fixture(scope="module")
def teacher():
    net = network(WIDTH, 3)
    rng = np.random.default_rng(4)
    for layer in net:  # biases take part too
        if "bias" in layer.params:
            layer.params["bias"] = rng.normal(0, 0.1, layer.params["bias"].shape).astype(np.float32)
    return net


@pytest.fixture(scope="module")
def pictures():
    return [np.random.default_rng(k).uniform(0, 255, (2, 48, 48, 3)).astype(np.float32) for k in range(4)]


def foretold(student, readouts, teacher, values):
    """{tap: relative squared error of the teacher's activations as the student's foretell them}."""
    mine = student.forward(student.preprocessing.from_values(values), TAPS)
    theirs = teacher.forward(teacher.preprocessing.from_values(values), TAPS)
    return {
        tap: float(np.square(mine[tap] @ readouts[tap] - theirs[tap]).sum() / np.square(theirs[tap]).sum())
        for tap in TAPS
    }


def test_with_every_channel_kept_the_student_is_the_teacher(teacher, pictures):
    student = network(WIDTH, 9, trainable=True, preprocessing=TORCHVISION)
    readouts = inherit(student, teacher, pictures)
    errors = foretold(student, readouts, teacher, np.concatenate(pictures))
    assert max(errors.values()) < 1e-5
    assert list(readouts) == [layer.name for layer in teacher if layer.name.startswith("relu")]


def test_with_some_channels_left_out_it_begins_far_better_than_at_random(teacher, pictures):
    width = tuple(k // 2 for k in WIDTH)
    fresh = np.random.default_rng(99).uniform(0, 255, (2, 48, 48, 3)).astype(np.float32)
    heir = network(width, 9, trainable=True, preprocessing=TORCHVISION)
    errors = foretold(heir, inherit(heir, teacher, pictures), teacher, fresh)
    other = network(width, 9, preprocessing=TORCHVISION)
    x, y = (net.preprocessing.from_values(np.concatenate(pictures)) for net in (other, teacher))
    mine, theirs = other.forward(x, TAPS), teacher.forward(y, TAPS)
    at_random = foretold(other, {t: fit([mine[t]], [theirs[t]]) for t in TAPS}, teacher, fresh)
    assert sum(errors.values()) < 0.7 * sum(at_random.values())


def test_a_channel_that_says_what_another_does_is_the_one_left_out(rng):
    x = rng.standard_normal((200, 5))
    x[:, 3] = 2 * x[:, 0]
    keep = _telling(x.T @ x, Conv2D(3, 4))
    assert {1, 2, 4} < set(keep)
    assert len(keep) == 4


def test_a_student_wider_than_its_teacher_is_refused(teacher, pictures):
    wide = network((7, 8, 8, 10, 10), 1, trainable=True)
    with pytest.raises(OptionError, match="conv1_1: expected at most the teacher's 6 channels, got 7"):
        inherit(wide, teacher, pictures)
