"""The fused stages of a frozen network against its layers one after another."""

import numpy as np
import pytest

from minicnn.errors import DTypeError, NonFiniteError, OrderError, ShapeError
from minicnn.fused import Stage, _largest, steps
from minicnn.layers import AvgPool2D, Conv2D, MaxPool2D, ReLU
from minicnn.network import Network

from .nets import relative, vgg_like

# Before ReLU, after it, after pooling; the last tap decides how far the network runs.
TAPS = {
    "relu": ["relu1_1", "relu1_2", "relu2_1"],
    "conv": ["conv1_1", "conv1_2", "conv2_1"],
    "pool": ["pool1", "pool2"],
    "all": ["conv1_1", "relu1_1", "conv1_2", "relu1_2", "pool1", "conv2_1", "relu2_1", "pool2"],
    "first": ["relu1_1"],
}


def run(net, x, seeds):
    return net.forward(x, seeds), net.backward(seeds)


def both_ways(net, x, taps, rng):
    """Activations and gradient of the plain layers, and of the stages."""
    net.freeze(False)
    seeds = {tap: rng.standard_normal(y.shape).astype(x.dtype) for tap, y in net.forward(x, taps).items()}
    plain = run(net, x, seeds)
    assert not any(isinstance(step, Stage) for step in net.steps(x, taps))
    net.freeze()
    assert any(isinstance(step, Stage) for step in net.steps(x, taps))
    return plain, run(net, x, seeds)


def assert_same(plain, fused, tolerance=1e-10):
    (activations, gradient), (others, other) = plain, fused
    assert list(activations) == list(others)
    for tap, y in activations.items():
        assert others[tap].shape == y.shape
        assert np.abs(others[tap] - y).max() <= tolerance * np.abs(y).max(), tap
    assert relative(other, gradient) <= tolerance
    assert np.abs(other - gradient).max() <= tolerance * np.abs(gradient).max()


@pytest.mark.parametrize("taps", TAPS.values(), ids=TAPS)
@pytest.mark.parametrize("edges", ["zero", "reflect", "replicate"])
@pytest.mark.parametrize("pooling", ["avg", "max"])
def test_stages_compute_what_the_layers_do(pooling, edges, taps, rng):
    net = vgg_like(pooling=pooling, edges=edges)
    for shape in ((1, 13, 18, 3), (3, 7, 9, 3)):
        assert_same(*both_ways(net, rng.standard_normal(shape), taps, rng))


@pytest.mark.parametrize("threads", [1, 2, 3])
@pytest.mark.parametrize("widths", [((1, 7), (9,)), ((8, 16), (24,)), ((130, 128), (64,))], ids=str)
def test_any_width_and_number_of_threads(widths, threads, monkeypatch, rng):
    """Threads share a width of 128; 7, 9 and 130 leave bits over in the last byte of a mask."""
    monkeypatch.setenv("MINICNN_THREADS", str(threads))
    net = vgg_like(widths, pooling="max", edges="reflect")
    assert_same(*both_ways(net, rng.standard_normal((2, 11, 21, 3)), TAPS["relu"], rng))


@pytest.mark.parametrize("pooling", ["avg", "max"])
@pytest.mark.parametrize("size", [(1, 1), (1, 9), (6, 1), (2, 2), (2, 3), (3, 3), (33, 2)], ids=str)
def test_small_and_narrow_images(size, pooling, rng):
    for edges in ("zero", "reflect", "replicate"):
        net = vgg_like(pooling=pooling, edges=edges)
        taps = ["conv1_1", "relu1_2"] if min(size) < 2 else ["relu1_1", "pool1", "relu2_1"]
        assert_same(*both_ways(net, rng.standard_normal((2, *size, 3)), taps, rng))


def delta(channels):
    """A convolution that hands its input on."""
    kernel = np.zeros((3, 3, channels, channels))
    kernel[1, 1] = np.eye(channels)
    conv = Conv2D(channels, channels, bias=False, name="conv")
    conv.params["kernel"] = kernel
    return Network([conv, ReLU(name="relu"), MaxPool2D(2, name="pool")])


def test_the_first_of_equal_maxima_wins():
    x = np.zeros((1, 4, 6, 2))
    x[0, :2, :2, 0] = 1, 1  # all four are equal
    x[0, :2, 2:4, 0] = [[0.5, 2], [2, 2]]
    x[0, :2, 4:, 0] = [[0.5, 1], [3, 3]]
    x[0, 2:, :2, 0] = -1  # nothing passes ReLU
    x[0, 2:, 2:4, 1] = [[-1, -2], [0, 4]]
    wins = np.zeros(x.shape)
    for place in ((0, 0, 0, 0), (0, 0, 3, 0), (0, 1, 4, 0), (0, 3, 3, 1)):
        wins[place] = 1
    part = x[0].copy()  # as a convolution would have put it out; a real one would round the ties away
    passes = part > 0
    part *= passes
    top = _largest(part, passes)
    np.testing.assert_array_equal(passes, wins[0] > 0)
    np.testing.assert_array_equal(top, np.maximum(x[0], 0).reshape(2, 2, 3, 2, 2).max(axis=(1, 3)))


def test_ties_go_one_way_in_the_whole_network(rng):
    """A canvas of one colour is one tie: in each window one pixel alone may get its gradient."""
    net = delta(2)
    x = np.full((1, 6, 8, 2), 0.75)
    plain, fused = both_ways(net, x, ["pool"], rng)
    np.testing.assert_allclose(fused[0]["pool"], plain[0]["pool"], rtol=1e-12)
    for gradient in (
        plain[1],
        fused[1],
    ):  # all of it goes to one pixel, whichever won by a digit
        sums = gradient.reshape(1, 3, 2, 4, 2, 2).sum(axis=(2, 4))
        single = (np.abs(gradient) > 1e-9).reshape(1, 3, 2, 4, 2, 2).sum(axis=(2, 4))
        np.testing.assert_array_equal(single, 1)
        np.testing.assert_allclose(sums, plain[1].reshape(1, 3, 2, 4, 2, 2).sum(axis=(2, 4)), atol=1e-12)


def test_steps_end_where_a_tap_stands_and_stages_where_they_cannot_go_on():
    layers = vgg_like().freeze().layers
    assert [step.name for step in steps(layers, [])] == ["relu1_1", "pool1", "pool2"]
    assert [step.name for step in steps(layers, ["conv1_1", "relu1_2"])] == [
        "conv1_1",
        "relu1_1",
        "relu1_2",
        "pool1",
        "pool2",
    ]
    odd = [
        Conv2D(3, 4, kernel=5, padding=2, name="wide"),
        Conv2D(4, 4, stride=2, name="strided"),
        Conv2D(4, 4, groups=2, name="grouped"),
        Conv2D(4, 4, padding=0, name="bare"),
        Conv2D(4, 4, algorithm="im2col", name="forced"),
        Conv2D(4, 4, name="plain"),
        AvgPool2D(2, name="unrectified"),
        Conv2D(4, 4, name="last"),
        ReLU(name="relu"),
        MaxPool2D(3, 2, name="overlapping"),
    ]
    row = steps(Network(odd).freeze().layers, [])
    assert [step.name for step in row if isinstance(step, Stage)] == ["plain", "relu"]


def test_a_network_of_which_part_cannot_be_fused(rng):
    layers = [
        Conv2D(3, 6, kernel=5, stride=2, padding=2, name="conv1"),
        ReLU(name="relu1"),
        MaxPool2D(3, 2, name="pool1"),
        Conv2D(6, 10, name="conv2"),
        ReLU(name="relu2"),
        Conv2D(10, 4, groups=2, name="conv3"),
        AvgPool2D(2, name="pool3"),
    ]
    net = Network(layers).astype(np.float64)
    taps = ["relu1", "conv2", "relu2", "pool3"]
    assert_same(*both_ways(net, rng.standard_normal((2, 23, 27, 3)), taps, rng))


def test_layouts_of_the_input_and_of_seeds_do_not_matter(rng):
    net = vgg_like(pooling="max").freeze()
    x = rng.standard_normal((1, 10, 12, 3))
    seed = rng.standard_normal((1, 5, 6, 17))
    y, dx = net.forward(x, ["relu2_1"])["relu2_1"], net.backward(seed)
    odd_x = np.asfortranarray(x[:, ::-1])[:, ::-1]
    odd_seed = np.repeat(seed, 2, axis=2)[:, :, ::2]
    odd_x.flags.writeable = odd_seed.flags.writeable = False
    np.testing.assert_array_equal(net.forward(odd_x, ["relu2_1"])["relu2_1"], y)
    np.testing.assert_array_equal(net.backward(odd_seed), dx)


def test_bits_alone_are_kept(rng):
    """A frozen stage keeps one bit for each entry before the pooling, and no activation."""
    net = vgg_like(((64,),)).freeze()
    stage = steps(net.layers, [])[0]
    x = rng.standard_normal((1, 16, 16, 3))
    stage.forward(x)
    kept = [value for value in vars(stage).values() if isinstance(value, np.ndarray)]
    assert sum(value.nbytes for value in kept) == 16 * 16 * 64 // 8
    assert all(layer._kept is None for layer in net)


def test_a_kernel_trained_in_place_is_transformed_anew(rng):
    net = vgg_like().freeze()
    x = rng.standard_normal((1, 8, 8, 3))
    before = net.forward(x, ["conv1_1"])["conv1_1"]
    net.freeze(False)
    net["conv1_1"].params["kernel"] *= 3
    plain = net.forward(x, ["conv1_1"])["conv1_1"]
    fused = net.freeze().forward(x, ["conv1_1"])["conv1_1"]
    assert relative(plain, before) > 0.5
    np.testing.assert_allclose(fused, plain, atol=1e-12)
    net["conv1_1"].params["kernel"] = net["conv1_1"].params["kernel"] / 3
    np.testing.assert_allclose(net.forward(x, ["conv1_1"])["conv1_1"], before, atol=1e-12)


WRONG_KERNEL = r"conv1_2: kernel: expected shape \(3, 3, 5, 12\), got"


@pytest.mark.parametrize("frozen", [False, True])
@pytest.mark.parametrize(
    ("name", "value", "error", "message"),
    [
        ("bias", np.ones(1), ShapeError, r"conv1_2: bias: expected shape \(12,\), got \(1,\)"),
        ("bias", np.ones(12, np.float32), DTypeError, r"conv1_2: .*float64 and float32"),
        ("bias", np.full(12, np.nan), NonFiniteError, r"conv1_2: bias: .*got nan at \(0,\)"),
        (
            "kernel",
            np.ones((5, 5, 5, 12)),
            ShapeError,
            WRONG_KERNEL,
        ),
        (
            "kernel",
            np.ones((3, 3, 4, 12)),
            ShapeError,
            WRONG_KERNEL,
        ),
        ("kernel", np.ones((3, 3, 5, 12), np.float32), DTypeError, r"conv1_2: .*float64 and float32"),
        ("kernel", np.full((3, 3, 5, 12), np.inf), NonFiniteError, r"conv1_2: kernel: .*got inf"),
    ],
)
def test_parameters_that_do_not_fit_are_refused(frozen, name, value, error, message, rng):
    net = vgg_like().freeze(frozen)
    net["conv1_2"].params[name] = value
    with pytest.raises(error, match=message):
        net.forward(rng.standard_normal((1, 8, 8, 3)))


def test_a_stage_refuses_what_a_layer_refuses(rng):
    stage = steps(vgg_like().freeze().layers, [])[0]
    with pytest.raises(OrderError, match="backward needs a forward pass"):
        stage.backward(np.ones((1, 8, 8, 5)))
    with pytest.raises(ShapeError, match=r"conv1_1: x: expected 3 channels .*got"):
        stage.forward(rng.standard_normal((1, 8, 8, 4)))
    with pytest.raises(DTypeError, match=r"conv1_1: .*float32 and float64"):
        stage.forward(rng.standard_normal((1, 8, 8, 3)).astype(np.float32))
    stage.forward(rng.standard_normal((1, 8, 8, 3)))
    with pytest.raises(DTypeError, match=r"relu1_1: gradient dy .*float32 and float64"):
        stage.backward(np.ones((1, 8, 8, 5), np.float32))
