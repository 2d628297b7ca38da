"""The fused stages that learn, held against the layers' own backward passes."""

import numpy as np
import pytest

from minicnn import zoo
from minicnn.distill.matching import goal
from minicnn.distill.stages import LearningStage
from minicnn.distill.student import Readout, Student
from minicnn.errors import OptionError
from minicnn.layers import AvgPool2D, Conv2D, MaxPool2D, ReLU

POOLS = {None: None, "avg": AvgPool2D, "max": MaxPool2D}


@pytest.mark.parametrize("edges", ["zero", "reflect", "replicate"])
@pytest.mark.parametrize("pool", POOLS)
@pytest.mark.parametrize("shape", [(1, 7, 9, 3), (5, 12, 12, 8), (9, 4, 6, 5), (2, 33, 18, 16)])
def test_gradients_are_those_of_the_layers(rng, edges, pool, shape):
    conv = Conv2D(shape[3], 11, edges=edges, rng=rng)
    conv.params = {name: rng.standard_normal(value.shape) for name, value in conv.params.items()}
    layers = [conv, ReLU(), *([POOLS[pool](2)] if pool else [])]
    x = rng.standard_normal(shape)
    stage = LearningStage(layers)
    y = stage.forward(x)
    dy = rng.standard_normal(y.shape)
    stage.learn(dy)
    learnt, dx = dict(conv.grads), stage.backward(dy)

    conv.grads, expected = {}, x
    for layer in layers:
        expected = layer.forward(expected)
    np.testing.assert_allclose(y, expected, rtol=1e-9, atol=1e-9)
    gradient = dy
    for layer in reversed(layers):
        gradient = layer.backward(gradient)
    np.testing.assert_allclose(dx, gradient, rtol=1e-9, atol=1e-9)
    for name, value in conv.grads.items():
        np.testing.assert_allclose(learnt[name], value, rtol=1e-8, atol=1e-8)


@pytest.fixture
def student(rng):
    taps = ["relu1_1", "relu2_1", "relu3_3"]
    net = zoo.build("vgg19", width=(4, 5, 6, 8, 8), edges="reflect", until="relu3_3", trainable=True)
    net.astype(np.float64)
    for layer in net:
        if layer.params:
            layer.params["bias"] += 0.1
    student = Student(net, taps)
    for tap, c in zip(taps, (4, 5, 6), strict=True):
        student.readouts[tap] = Readout(tap, rng.standard_normal((c, 7)), scale=1.3)
    return student


def test_every_parameter_learns_what_finite_differences_say(rng, student):
    values = rng.uniform(0, 255, (3, 22, 20, 3))
    goals = {
        tap: goal(rng.standard_normal((3, y.shape[1] * y.shape[2], 7)))
        for tap, y in student.see(values).items()
    }
    weights = {tap: number for number, tap in enumerate(student.taps, start=1)}
    grams = {tap: lambda energy: 0.5 for tap in student.taps}

    def loss():
        student.see(values)
        matched = student.learn(goals, weights, grams)
        return sum(weights[tap] * m.values.sum() + 0.5 * m.grams.sum() for tap, m in matched.items())

    loss()
    gradients = [{name: g.copy() for name, g in layer.grads.items()} for layer in student.learning]
    for layer, grads in zip(student.learning, gradients, strict=True):
        for name, gradient in grads.items():
            value, towards, h = layer.params[name], rng.standard_normal(gradient.shape), 1e-7
            value += h * towards
            above = loss()
            value -= 2 * h * towards
            slope = (above - loss()) / (2 * h)
            value += h * towards
            assert np.vdot(gradient, towards) == pytest.approx(slope, rel=1e-4), (layer.name, name)


def test_a_student_with_layers_that_no_stage_stands_for_is_refused():
    with pytest.raises(OptionError, match="3×3 convolutions"):
        Student(zoo.build("alexnet", width=(2,) * 5, trainable=True), ["relu2"])
