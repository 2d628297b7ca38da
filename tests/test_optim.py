"""Optimisers against hand-computed steps, PyTorch, and themselves after a restart."""

from types import SimpleNamespace

import numpy as np
import pytest

from minicnn.errors import DTypeError, NonFiniteError, OptionError, OrderError, ShapeError
from minicnn.layers import Conv2D, Dense, ReLU
from minicnn.network import Network
from minicnn.optim import SGD, Adam

KINDS = [
    (lambda layers: SGD(layers, 0.1), "SGD", {"lr": 0.1}),
    (lambda layers: SGD(layers, 0.05, momentum=0.9), "SGD", {"lr": 0.05, "momentum": 0.9}),
    (lambda layers: Adam(layers), "Adam", {"lr": 1e-3}),
    (
        lambda layers: Adam(layers, 0.3, (0.5, 0.99), 1e-3),
        "Adam",
        {"lr": 0.3, "betas": (0.5, 0.99), "eps": 1e-3},
    ),
]


def point(*values, dtype=np.float64):
    """A layer that is nothing but a parameter."""
    return SimpleNamespace(params={"x": np.array(values, dtype)}, grads={})


def valley(layer):
    """Gradient of ½ Σ a x² + Σ x⁴/4 with unequal a."""
    x = layer.params["x"]
    layer.grads["x"] = np.arange(1, x.size + 1, dtype=x.dtype) * x + x**3


def test_sgd_by_hand():
    layer = point(1.0, -2.0)
    sgd = SGD([layer], rate=0.1, momentum=0.5)
    layer.grads["x"] = np.array([2.0, 4.0])
    sgd.step()
    np.testing.assert_allclose(layer.params["x"], [0.8, -2.4])  # v = g
    sgd.rate = 0.01
    sgd.step()
    np.testing.assert_allclose(layer.params["x"], [0.77, -2.46])  # v = ½·(2, 4) + (2, 4) = (3, 6)


def test_adam_by_hand():
    layer = point(1.0, 1.0)
    adam = Adam([layer], rate=0.1, betas=(0.5, 0.75), eps=1e-8)
    layer.grads["x"] = np.array([4.0, -0.01])
    adam.step()
    np.testing.assert_allclose(layer.params["x"], [0.9, 1.1], rtol=1e-6)  # m̂ = g, √v̂ = |g|, whatever its size
    layer.grads["x"] = np.array([0.0, -0.01])
    adam.step()
    # m = ½·2 = 1, m̂ = 1/(1 − ¼) = 4/3; v = ¾·4 = 3, v̂ = 3/(1 − 9/16) = 48/7
    np.testing.assert_allclose(layer.params["x"], [0.9 - 0.1 * (4 / 3) / np.sqrt(48 / 7), 1.2], rtol=1e-6)


@pytest.mark.parametrize(("build", "name", "options"), KINDS)
def test_fifty_steps_agree_with_pytorch(build, name, options):
    torch = pytest.importorskip("torch")
    start = [1.5, -0.7, 0.2, 3.0]
    layer, x = point(*start), torch.tensor(start, dtype=torch.float64, requires_grad=True)
    ours, theirs = build([layer]), getattr(torch.optim, name)([x], **options)
    for _ in range(50):
        valley(layer)
        ours.step()
        theirs.zero_grad()
        (torch.arange(1, 5) * x**2 / 2 + x**4 / 4).sum().backward()
        theirs.step()
    np.testing.assert_allclose(layer.params["x"], x.detach().numpy(), rtol=1e-9, atol=1e-15)


@pytest.mark.parametrize(("build", "name", "options"), KINDS)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_a_restored_optimiser_goes_on_to_the_same_bytes(build, name, options, dtype, tmp_path):
    layer = point(1.5, -0.7, 0.2, dtype=dtype)
    optimiser = build([layer])
    for step in range(10):
        if step == 4:
            np.savez(tmp_path / "state.npz", x=layer.params["x"], **optimiser.state())
        valley(layer)
        optimiser.step()
    assert layer.params["x"].dtype == dtype

    with np.load(tmp_path / "state.npz") as stored:
        state = dict(stored)
    again = point(*state.pop("x"), dtype=dtype)
    restored = build([again]).restore(state)
    for _ in range(6):
        valley(again)
        restored.step()
    assert again.params["x"].tobytes() == layer.params["x"].tobytes()


def test_a_state_is_a_copy():
    layer = point(1.0)
    adam = Adam([layer])
    valley(layer)
    adam.step()
    state = adam.state()
    before = {name: value.copy() for name, value in state.items()}
    other = Adam([point(1.0)]).restore(state)
    for one in (adam, other):
        valley(one.layers[0])
        one.step()
    assert all(np.array_equal(state[name], before[name]) for name in before)


def test_it_takes_a_network_and_leaves_frozen_layers_alone(rng):
    net = Network([Conv2D(1, 2, name="conv"), ReLU(name="relu"), Conv2D(2, 1, name="last")])
    net["conv"].frozen = True
    before = {name: value.copy() for name, value in net.parameters().items()}
    adam = Adam(net, rate=1e-2)
    x = rng.standard_normal((1, 4, 4, 1)).astype(np.float32)
    net.backward(net.forward(x))
    adam.step()
    moved = {name for name, value in net.parameters().items() if (value != before[name]).any()}
    assert moved == {"last/kernel", "last/bias"}


def test_a_layer_that_thaws_later_starts_like_a_new_one():
    early, late = point(1.0), point(1.0)
    late.frozen = True
    adam = Adam([early, late], rate=0.1)
    for _ in range(5):
        valley(early), valley(late)
        adam.step()
    late.frozen = False
    adam.step()
    np.testing.assert_allclose(late.params["x"], [0.9])


def test_parameters_are_changed_in_place_and_gradients_left_alone(rng):
    layer = Dense(3, 2, rng=rng)
    kernel = layer.params["kernel"]
    layer.forward(np.ones((1, 3), np.float32))
    layer.backward(np.ones((1, 2), np.float32))
    before = layer.grads["kernel"].copy()
    SGD([layer], 0.1, 0.9).step()
    assert layer.params["kernel"] is kernel
    assert np.array_equal(layer.grads["kernel"], before)


@pytest.mark.parametrize(
    ("gradient", "error"),
    [
        (np.array([1.0, np.nan]), NonFiniteError),
        (np.array([1.0, 2.0, 3.0]), ShapeError),
        (np.array([1.0, 2.0], np.float32), DTypeError),
    ],
)
def test_a_bad_gradient_is_refused_before_anything_moves(gradient, error):
    sound, layer = point(1.0), point(1.0, 2.0)
    sound.grads["x"], layer.grads["x"] = np.array([1.0]), gradient
    adam = Adam([sound, layer])
    with pytest.raises(error, match="Adam: gradient of 1/x"):
        adam.step()
    assert sound.params["x"] == 1.0
    assert not adam.state()


def test_a_step_before_backward_is_refused():
    with pytest.raises(OrderError, match="run backward first"):
        SGD([point(1.0)], 0.1).step()


@pytest.mark.parametrize(
    "build",
    [
        lambda: SGD([], 0.0),
        lambda: SGD([], 0.1, momentum=1.0),
        lambda: Adam([], rate=float("nan")),
        lambda: Adam([], betas=(0.9, 1.0)),
        lambda: Adam([], betas=(0.9,)),
        lambda: Adam([], eps=0),
        lambda: Adam([], eps="a"),
        lambda: Adam([], betas=3),
        lambda: Adam([], betas=("0.9", 0.9)),
        lambda: Adam([], rate=None),
        lambda: SGD([], 0.1, momentum=None),
        lambda: SGD(None, 0.1),
        lambda: SGD(Dense(2, 2), 0.1),
        lambda: SGD([np.zeros(3)], 0.1),
        lambda: Adam([]).restore(None),
    ],
)
def test_bad_options_are_refused(build):
    with pytest.raises(OptionError, match="expected"):
        build()


def test_the_state_of_another_optimiser_is_refused():
    layer = point(1.0, 2.0)
    valley(layer)
    adam, sgd = Adam([layer]), SGD([layer], 0.1)
    adam.step(), sgd.step()
    for optimiser, state, error in [
        (adam, sgd.state(), OptionError),
        (Adam([]), adam.state(), OptionError),
        (Adam([point(1.0)]), adam.state(), ShapeError),
        (Adam([point(1.0, 2.0, dtype=np.float32)]), adam.state(), DTypeError),
        (adam, {"0/x/steps": np.array(3)}, OptionError),
    ]:
        with pytest.raises(error):
            optimiser.restore(state)
    assert int(adam.state()["0/x/steps"]) == 1
