"""A small network learns to read digits: all that training needs, from the first loss to fresh samples."""

import numpy as np
import pytest

from minicnn import ops
from minicnn.gradcheck import check_loss
from minicnn.layers import Conv2D, Dense, Flatten, MaxPool2D, ReLU
from minicnn.network import Network
from minicnn.optim import SGD, Adam
from tests.digits import SIDE, digits


def reader(seed=0):
    """Two convolutions and a dense layer, 5,258 parameters; its first guesses are all but even."""
    rng = np.random.default_rng(seed)
    net = Network(
        [
            Conv2D(1, 8, name="conv1", rng=rng),
            ReLU(name="relu1"),
            MaxPool2D(2, name="pool1"),
            Conv2D(8, 16, name="conv2", rng=rng),
            ReLU(name="relu2"),
            MaxPool2D(2, name="pool2"),
            Flatten(name="flatten"),
            Dense((SIDE // 4) ** 2 * 16, 10, name="dense", rng=rng),
        ]
    )
    net["dense"].params["kernel"] *= 0.1
    return net


def learn(net, optimiser, x, labels):
    """One step; the loss before it."""
    net.zero_grads()
    loss, dlogits = ops.softmax_cross_entropy(net.forward(x), labels)
    net.backward(dlogits, input_gradient=False)
    optimiser.step()
    return loss


def share_right(net, x, labels):
    return np.mean(net.forward(x).argmax(axis=1) == labels)


def test_before_training_every_digit_is_as_likely(rng):
    x, labels = digits(300, rng)
    loss, _ = ops.softmax_cross_entropy(reader().forward(x), labels)
    assert loss == pytest.approx(np.log(10), abs=0.1)


@pytest.mark.parametrize(
    "build", [lambda net: Adam(net, 3e-3), lambda net: SGD(net, 0.05, momentum=0.9)], ids=["Adam", "SGD"]
)
def test_ten_samples_are_learnt_by_heart(build, rng):
    x, labels = digits(10, rng)
    net = reader()
    optimiser = build(net)
    losses = [learn(net, optimiser, x, labels) for _ in range(60)]
    assert losses[0] == pytest.approx(np.log(10), abs=0.15)
    assert losses[-1] < 0.01
    assert share_right(net, x, labels) == 1


def test_fresh_digits_are_read():
    """The short form of a training: 150 steps of 50 digits, none of them seen twice."""
    net, rng = reader(), np.random.default_rng(1)
    adam = Adam(net, 3e-3)
    for _ in range(150):
        learn(net, adam, *digits(50, rng))
    assert share_right(net, *digits(1000, np.random.default_rng(2))) >= 0.97


def test_a_saved_training_goes_on_to_the_same_bytes(tmp_path, rng):
    batches = [digits(10, rng) for _ in range(6)]
    net = reader()
    adam = Adam(net, 3e-3)
    for number, batch in enumerate(batches):
        if number == 3:
            net.save(tmp_path / "net.npz")
            state = adam.state()
        learn(net, adam, *batch)
    again = reader(seed=1).load(tmp_path / "net.npz")
    adam = Adam(again, 3e-3).restore(state)
    for batch in batches[3:]:
        learn(again, adam, *batch)
    assert all(
        again.parameters()[name].tobytes() == value.tobytes() for name, value in net.parameters().items()
    )


@pytest.mark.parametrize("name", reader().parameters())
def test_the_loss_has_the_gradient_that_training_uses(name, rng):
    x, labels = digits(3, rng)
    x, net = x.astype(np.float64), reader().astype(np.float64)
    layer, key = name.split("/")

    def loss(parameter):
        net[layer].params[key] = parameter
        net.zero_grads()
        value, dlogits = ops.softmax_cross_entropy(net.forward(x), labels)
        net.backward(dlogits, input_gradient=False)
        return value, net[layer].grads[key]

    check_loss(loss, net[layer].params[key], coordinates=40).raise_if_wrong()
