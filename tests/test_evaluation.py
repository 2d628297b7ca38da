"""`evaluation.gradient` against the plain network's forward and backward; its memory; and what it refuses."""

import numpy as np
import pytest

from minicnn import backend, evaluation
from minicnn.backend import array_module, to_host
from minicnn.errors import DeviceError, DTypeError, NonFiniteError, OptionError, ShapeError, UnknownNameError
from minicnn.layers import Conv2D, LocalResponseNorm, MaxPool2D, ReLU
from minicnn.network import Network
from minicnn.workspace import Workspace

from .nets import relative, vgg_like

TAPS = {
    "relu": ["relu1_1", "relu1_2", "relu2_1"],
    "conv": ["conv1_1", "conv2_1"],
    "pool": ["pool1", "pool2"],
    "all": ["conv1_1", "relu1_1", "conv1_2", "relu1_2", "pool1", "conv2_1", "relu2_1", "pool2"],
    "first alone": ["relu1_1"],
    "last alone": ["relu2_1"],
}


def doubled(activation):
    """The gradient of the sum of squares, written over the activation."""
    activation *= 2
    return activation


def fresh(activation):
    """The same as an array of its own."""
    return activation * 2


def expected(net, x, taps):
    """By the plain layers, one after another."""
    frozen = net.layers[0].frozen
    net.freeze(False)
    dx_seeds = {tap: 2 * y for tap, y in net.forward(x, taps).items()}
    dx = net.backward(dx_seeds)
    net.zero_grads()
    net.freeze(frozen)
    return dx


@pytest.mark.parametrize("seed", [doubled, fresh])
@pytest.mark.parametrize("taps", TAPS.values(), ids=TAPS)
@pytest.mark.parametrize("edges", ["zero", "reflect", "replicate"])
@pytest.mark.parametrize("pooling", ["avg", "max"])
def test_it_is_the_gradient(pooling, edges, taps, seed, rng):
    net, workspace = vgg_like(pooling=pooling, edges=edges).freeze(), Workspace()
    for shape in ((1, 13, 18, 3), (3, 7, 9, 3), (3, 7, 9, 3), (3, 7, 9, 3), (1, 13, 18, 3)):
        x = rng.standard_normal(shape)
        before, dx = x.copy(), expected(net, x, taps)
        came = evaluation.gradient(net, x, dict.fromkeys(taps, seed), workspace)
        assert relative(came, dx) < 1e-10
        assert relative(evaluation.gradient(net, x, dict.fromkeys(taps, seed)), dx) < 1e-10
        np.testing.assert_array_equal(x, before)


@pytest.mark.parametrize("threads", [1, 2, 3])
def test_any_number_of_threads_gives_the_same_bytes_twice(threads, monkeypatch, rng):
    monkeypatch.setenv("MINICNN_THREADS", str(threads))
    net = vgg_like(((64, 64), (128,)), pooling="max", dtype=np.float32).freeze()
    x, workspace = rng.standard_normal((1, 45, 70, 3)).astype(np.float32), Workspace()
    seeds = dict.fromkeys(TAPS["relu"], doubled)
    first = evaluation.gradient(net, x, seeds, workspace).tobytes()
    assert all(evaluation.gradient(net, x, seeds, workspace).tobytes() == first for _ in range(4))
    assert evaluation.gradient(net, x, seeds).tobytes() == first
    assert relative(np.frombuffer(first, np.float32), expected(net, x, seeds).ravel()) < 1e-3


def test_a_network_that_learns_gets_the_gradients_of_its_parameters_too(rng):
    """Its layers keep their inputs, over which a seed may not be written."""
    net, x = vgg_like(pooling="max"), rng.standard_normal((2, 9, 10, 3))
    dx = net_dx = None
    activations = net.forward(x, TAPS["relu"])
    net_dx = net.backward({tap: 2 * y for tap, y in activations.items()})
    grads = {layer.name: dict(layer.grads) for layer in net}
    net.zero_grads()
    dx = evaluation.gradient(net, x, dict.fromkeys(TAPS["relu"], doubled))
    assert relative(dx, net_dx) < 1e-12
    for layer in net:
        for name, value in layer.grads.items():
            assert relative(value, grads[layer.name][name]) < 1e-12


@pytest.mark.parametrize("frozen", [True, False])
def test_layers_that_keep_their_input_keep_it_from_the_seeds(frozen, rng):
    """Local response normalisation needs its input on the way back, after the seed there was written."""
    layers = [
        Conv2D(3, 8, name="conv1"),
        ReLU(name="relu1"),
        Conv2D(8, 8, name="conv2"),
        ReLU(name="relu2"),
        LocalResponseNorm(alpha=1.0, name="norm2"),
        MaxPool2D(3, 2, name="pool2"),
        Conv2D(8, 6, name="conv3"),
        ReLU(name="relu3"),
    ]
    net = Network(layers).astype(np.float64).freeze(frozen)
    x, workspace, taps = rng.standard_normal((1, 9, 11, 3)), Workspace(), ["relu2", "norm2", "relu3"]
    dx = expected(net, x, taps)
    for _ in range(3):
        assert relative(evaluation.gradient(net, x, dict.fromkeys(taps, doubled), workspace), dx) < 1e-12


def test_a_workspace_is_used_again_and_the_result_lies_there(rng):
    net, workspace = vgg_like(((16, 16), (16,))).freeze(), Workspace()
    x, seeds = rng.standard_normal((1, 24, 24, 3)), dict.fromkeys(TAPS["relu"], doubled)
    evaluation.gradient(net, x, seeds, workspace)
    first = evaluation.gradient(net, x, seeds, workspace)
    held, total = first.copy(), workspace.nbytes
    second = evaluation.gradient(net, 2 * x, seeds, workspace)
    assert np.shares_memory(first, second)
    assert not np.array_equal(first, held)
    assert workspace.nbytes == total
    everything = sum(8 * 24 * 24 * 16 // part for part in (1, 1, 4)) * 2
    assert total < everything  # not even each activation and each gradient once


def test_a_seed_may_be_a_view_of_the_activation(rng):
    """It must not be lent to anyone else while it is in use."""

    def in_place(F):
        F *= 2
        return F.reshape(-1, F.shape[-1]).reshape(F.shape)

    net, workspace = vgg_like().freeze(), Workspace()
    x = rng.standard_normal((1, 12, 12, 3))
    dx = expected(net, x, TAPS["relu"])
    for _ in range(3):
        seeds = dict.fromkeys(TAPS["relu"], in_place)
        assert relative(evaluation.gradient(net, x, seeds, workspace), dx) < 1e-10


def test_seeds_are_asked_for_once_each_and_from_the_last_tap_on(rng):
    net, x, asked = vgg_like().freeze(), rng.standard_normal((1, 8, 8, 3)), []
    found = net.forward(x, TAPS["relu"])

    def seed(tap):
        def compute(activation):
            np.testing.assert_allclose(activation, found[tap], atol=1e-12)
            asked.append(tap)
            return activation

        return compute

    evaluation.gradient(net, x, {tap: seed(tap) for tap in TAPS["relu"]})
    assert asked == TAPS["relu"][::-1]


@pytest.mark.parametrize(
    ("seeds", "error", "message"),
    [
        ({}, OptionError, "expected at least one seed, got none"),
        ({"relu9_9": doubled}, UnknownNameError, "no layer is called 'relu9_9'; there are conv1_1"),
        (["relu1_1"], OptionError, r"expected seeds as \{tap: function\}, got \['relu1_1'\]"),
        ({"relu1_2": np.ones((1, 8, 8, 12))}, OptionError, r"expected seeds as \{tap: function\}, got"),
        (
            {"relu1_2": lambda F: F[..., :1]},
            ShapeError,
            r"seed at relu1_2: expected shape \(1, 8, 8, 12\), got",
        ),
        ({"relu1_2": lambda F: None}, DTypeError, r"seed at relu1_2: expected an array, got NoneType"),
        ({"relu1_2": lambda F: F.astype("f")}, DTypeError, r"seed at relu1_2: .*float64.*got float32"),
        ({"relu1_2": lambda F: F * np.nan}, NonFiniteError, r"gradient: expected finite numbers, got nan"),
    ],
)
def test_seeds_that_are_none(seeds, error, message, rng):
    net, workspace, x = vgg_like().freeze(), Workspace(), rng.standard_normal((1, 8, 8, 3))
    with pytest.raises(error, match=message):
        evaluation.gradient(net, x, seeds, workspace)
    good = evaluation.gradient(net, x, {"relu1_2": doubled}, workspace)  # the workspace is none the worse
    assert relative(good, expected(net, x, ["relu1_2"])) < 1e-10


def test_inputs_are_refused_as_by_the_network(rng):
    net, x = vgg_like().freeze(), rng.standard_normal((1, 8, 8, 3))
    for bad, error in (
        (x.astype("f"), DTypeError),
        (x[0], ShapeError),
        (x * np.inf, NonFiniteError),
        (x[..., :1], ShapeError),
        (x[:, :1], ShapeError),
    ):
        with pytest.raises(error, match=r"(expected|smallest).*"):
            evaluation.gradient(net, bad, {"relu2_1": doubled})


class Recorded:
    """What stands for `minicnn.cuda` on a device that kernels can be compiled for."""

    def __init__(self, library):
        self.made, self.library, self.usable_for = [], library, True

    def usable(self, xp):
        return self.usable_for and xp is self.library

    def evaluation(self, network, shape, taps, precision):
        self.made.append((shape, taps, precision))
        return self if shape[1] > 8 else None

    def gradient(self, x, seeds):
        return "at once"


def test_a_gpu_computes_at_once_what_it_can_and_keeps_what_it_needs(strict, monkeypatch, rng):
    fast = Recorded(strict)
    monkeypatch.setattr(evaluation, "cuda", fast)
    net = vgg_like(dtype=np.float32).freeze().to(backend.device("cuda"))
    large, small = (strict.asarray(rng.standard_normal((1, n, n, 3)).astype("f")) for n in (12, 8))
    workspace, seeds = Workspace("fp16"), dict.fromkeys(["relu2_1", "conv1_1"], doubled)
    for _ in range(3):
        assert evaluation.gradient(net, large, seeds, workspace) == "at once"
    assert fast.made == [((1, 12, 12, 3), ("conv1_1", "relu2_1"), "fp16")]
    evaluation.gradient(net, large, {"relu1_1": doubled}, workspace)
    assert len(fast.made) == 2
    plain = evaluation.gradient(net, small, seeds, workspace)  # None was answered
    fast.usable_for = False
    np.testing.assert_array_equal(to_host(evaluation.gradient(net, small, seeds)), to_host(plain))
    assert len(fast.made) == 3
    fast.usable_for = True
    evaluation.gradient(net, large, seeds, Workspace("plain"))
    evaluation.gradient(net.astype(np.float64), large.astype(np.float64), seeds)
    assert len(fast.made) == 3


def test_precisions_that_are_none():
    with pytest.raises(OptionError, match="precision: expected one of 'tf32', 'fp32', 'fp16', 'plain', got"):
        Workspace("bf16")


@pytest.mark.parametrize("edges", ["zero", "reflect"])
def test_it_computes_where_its_arrays_are(edges, device, rng):
    """Without a copy, on the stand-in; the plain layers agree with the stages of the host."""
    net, x = vgg_like(edges=edges).freeze(), rng.standard_normal((1, 13, 18, 3))
    dx = evaluation.gradient(net, x, dict.fromkeys(TAPS["relu"], doubled))
    there, seen = net.to(device), device.put(x)
    before = len(getattr(device.xp, "downs", [])), len(getattr(device.xp, "ups", []))
    came = evaluation.gradient(there, seen, dict.fromkeys(TAPS["relu"], doubled))
    assert (len(getattr(device.xp, "downs", [])), len(getattr(device.xp, "ups", []))) == before
    assert array_module(came) is device.xp
    assert relative(to_host(came), dx) < 1e-10


def test_a_network_and_its_input_live_in_one_place(strict, rng):
    net, x = vgg_like().freeze(), rng.standard_normal((1, 8, 8, 3))
    there = net.to(backend.device("cuda"))
    with pytest.raises(DeviceError, match=r"in cupy, got an array of numpy; network.put\(x\) moves it"):
        there.forward(x)
    with pytest.raises(DeviceError, match=r"in numpy, got an array of cupy"):
        net.forward(there.put(x))
    assert relative(to_host(there.forward(there.put(x))), net.forward(x)) < 1e-12
    back = there.to(backend.device("cpu"))
    assert not back["conv1_1"].params["kernel"].flags.writeable
    np.testing.assert_array_equal(back.forward(x), net.forward(x))
