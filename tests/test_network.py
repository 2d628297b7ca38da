"""The network as a whole: taps, seeds, parameters, summary, files, and what it refuses."""

import re

import numpy as np
import pytest

from minicnn import zoo
from minicnn.errors import (
    DTypeError,
    NonFiniteError,
    OptionError,
    OrderError,
    ShapeError,
    UnknownNameError,
    WeightFileError,
)
from minicnn.layers import AdaptiveAvgPool2D, Conv2D, Dense, Flatten, MaxPool2D, ReLU, Softmax
from minicnn.network import Network

from .nets import relative, vgg_like

both = pytest.mark.parametrize("frozen", [False, True], ids=["trainable", "frozen"])
TAPS = ["relu1_1", "relu1_2", "relu2_1"]


@pytest.fixture
def x(rng):
    return rng.standard_normal((2, 9, 10, 3))


def seeds_for(net, x, taps, rng):
    return {tap: rng.standard_normal(y.shape) for tap, y in net.forward(x, taps).items()}


# --- taps and seeds -------------------------------------------------------------------------------------


@both
def test_taps_come_in_the_order_of_the_layers_and_each_is_what_stood_there(frozen, x):
    net = vgg_like().freeze(frozen)
    found = net.forward(x, ["relu2_1", "conv1_1", "relu2_1"])
    assert list(found) == ["conv1_1", "relu2_1"]
    for tap, y in found.items():
        np.testing.assert_allclose(net.forward(x, [tap])[tap], y, rtol=1e-12)
        assert y.shape == net.forward(x, (tap,))[tap].shape
    assert net.forward(x).shape == (2, 2, 2, 17)
    np.testing.assert_array_equal(net.forward(x), net.forward(x, ["pool2"])["pool2"])


@both
def test_it_runs_no_further_than_the_last_tap(frozen):
    """conv2_1's parameters are unusable, but nobody gets there; nor are 2×2 pixels too few."""
    net = vgg_like(((4,), (5,), (6,))).freeze(frozen)
    net["conv2_1"].params["kernel"] = None
    net.forward(np.ones((1, 2, 2, 3)), ["pool1"])


@both
def test_the_gradient_of_several_seeds_is_the_sum_of_those_of_each(frozen, x, rng):
    net = vgg_like(pooling="max").freeze(frozen)
    seeds = seeds_for(net, x, TAPS, rng)
    net.forward(x, TAPS)
    together = net.backward(seeds)
    alone = [net.backward({tap: seed}) for tap, seed in seeds.items()]
    np.testing.assert_allclose(together, sum(alone), atol=1e-10 * np.abs(together).max())
    assert all(relative(part, together) > 1e-3 for part in alone)
    twice = net.backward({tap: 2 * seed for tap, seed in reversed(seeds.items())})
    np.testing.assert_allclose(twice, 2 * together, atol=1e-10 * np.abs(together).max())


@both
def test_the_gradient_is_the_derivative_of_the_loss(frozen, x, rng):
    """Along one direction, by central differences."""
    net = vgg_like().freeze(frozen)
    seeds = seeds_for(net, x, TAPS, rng)
    direction, step = rng.standard_normal(x.shape), 1e-6

    def loss(x):
        return sum((seeds[tap] * y).sum() for tap, y in net.forward(x, TAPS).items())

    slope = (loss(x + step * direction) - loss(x - step * direction)) / (2 * step)
    net.forward(x, TAPS)
    np.testing.assert_allclose((net.backward(seeds) * direction).sum(), slope, rtol=1e-6)


@both
def test_one_array_is_the_seed_at_the_last_tap(frozen, x, rng):
    net = vgg_like().freeze(frozen)
    y = net.forward(x)
    seed = rng.standard_normal(y.shape)
    np.testing.assert_array_equal(net.backward(seed), net.backward({"pool2": seed}))


@both
def test_backward_twice_gives_the_same_and_inputs_are_not_written_to(frozen, x, rng):
    net = vgg_like(pooling="max").freeze(frozen)
    seeds = seeds_for(net, x, TAPS, rng)
    before = x.copy(), {tap: seed.copy() for tap, seed in seeds.items()}, net.parameters()
    parameters = {name: value.copy() for name, value in before[2].items()}
    x.flags.writeable = False
    for seed in seeds.values():
        seed.flags.writeable = False
    activations = net.forward(x, TAPS)
    copies = {tap: y.copy() for tap, y in activations.items()}
    first = net.backward(seeds)
    np.testing.assert_array_equal(net.backward(seeds), first)
    np.testing.assert_array_equal(x, before[0])
    for tap in TAPS:
        np.testing.assert_array_equal(seeds[tap], before[1][tap])
        np.testing.assert_array_equal(activations[tap], copies[tap])
    for name, value in net.parameters().items():
        np.testing.assert_array_equal(value, parameters[name])


@both
def test_a_scattered_input_gives_what_a_contiguous_one_does(frozen, x, rng):
    net = vgg_like().freeze(frozen)
    y = net.forward(x)
    seed = rng.standard_normal(y.shape)
    dx = net.backward(seed)
    view = np.full([2 * size for size in x.shape], np.nan)[tuple(slice(None, None, -2) for _ in x.shape)]
    view[...] = x
    view.flags.writeable = False
    np.testing.assert_allclose(net.forward(view), y, rtol=1e-12)
    np.testing.assert_allclose(net.backward(np.asfortranarray(seed)), dx, atol=1e-12 * np.abs(dx).max())


# --- against PyTorch ------------------------------------------------------------------------------------


def by_torch(net, x, loss):
    """Activations of every layer, by name, the loss of them, and its gradients for x and all parameters."""
    torch = pytest.importorskip("torch")
    F = torch.nn.functional
    leaves = {name: torch.tensor(value, requires_grad=True) for name, value in net.parameters().items()}
    picture = torch.tensor(x, requires_grad=True)
    y, found = picture.permute(0, 3, 1, 2), {}
    for layer in net:
        if isinstance(layer, Conv2D):
            kernel, bias = (leaves[f"{layer.name}/{part}"] for part in ("kernel", "bias"))
            y = F.conv2d(y, kernel.permute(3, 2, 0, 1), bias, padding=1)
        elif isinstance(layer, ReLU):
            y = F.relu(y)
        else:
            y = (F.max_pool2d if isinstance(layer, MaxPool2D) else F.avg_pool2d)(y, 2)
        found[layer.name] = y.permute(0, 2, 3, 1)
    value = loss(found)
    value.backward()
    return (
        {name: y.detach().numpy() for name, y in found.items()},
        picture.grad.numpy(),
        {name: leaf.grad.numpy() for name, leaf in leaves.items()},
    )


@pytest.mark.parametrize("pooling", ["avg", "max"])
def test_against_torch_from_end_to_end(pooling, x):
    """Half the squares at three taps and of a Gram matrix: forward, gradient, parameters' gradients."""

    def loss(found):
        F = found["relu2_1"].flatten(0, 2)
        squares = sum(found[tap].square().sum() for tap in ("conv1_1", "relu1_2", "pool2"))
        return (squares + (F.T @ F).square().sum() * 1e-3) / 2

    net = vgg_like(pooling=pooling)
    theirs, gradient, gradients = by_torch(net, x, loss)
    for frozen in (False, True):
        net.freeze(frozen)
        found = net.forward(x, ["conv1_1", "relu1_2", "relu2_1", "pool2"])
        for tap, y in found.items():
            assert relative(y, theirs[tap]) < 1e-12
        F = found["relu2_1"].reshape(-1, 17)
        seeds = found | {"relu2_1": (2e-3 * F @ (F.T @ F)).reshape(found["relu2_1"].shape)}
        assert relative(net.backward(seeds), gradient) < 1e-10
        if not frozen:
            for name, expected in gradients.items():
                layer, part = name.split("/")
                assert relative(net[layer].grads[part], expected) < 1e-10, name


# --- parameters -----------------------------------------------------------------------------------------


def test_parameter_gradients_add_up_until_they_are_cleared(x, rng):
    net = vgg_like()
    seed = rng.standard_normal(net.forward(x).shape)
    net.backward(seed)
    once = {name: value.copy() for name, value in net["conv1_2"].grads.items()}
    net.backward(2 * seed)
    for name, value in net["conv1_2"].grads.items():
        np.testing.assert_allclose(value, 3 * once[name], rtol=1e-10)
    net.zero_grads()
    assert all((value == 0).all() for layer in net for value in layer.grads.values())
    net.backward(seed)
    np.testing.assert_allclose(net["conv1_2"].grads["kernel"], once["kernel"], rtol=1e-10)


@pytest.mark.parametrize("first", ["conv", "dense", "flatten"])
def test_training_can_do_without_the_gradient_of_the_input(first, rng):
    x = rng.standard_normal((2, 4, 4, 3)).astype("f")
    layers = {
        "conv": [Conv2D(3, 4, name="conv"), Flatten(name="flatten"), Dense(64, 5, name="d")],
        "flatten": [Flatten(name="flatten"), Dense(48, 5, name="d")],
        "dense": [Dense(48, 5, name="d"), ReLU(name="relu")],
    }[first]
    net = Network(layers)
    y = net.forward(x.reshape(2, 48) if first == "dense" else x)
    net.backward(np.ones_like(y))
    expected = {(layer.name, name): value.copy() for layer in net for name, value in layer.grads.items()}
    net.zero_grads()
    assert net.backward(np.ones_like(y), input_gradient=False) is None
    for layer in net:
        for name, value in layer.grads.items():
            np.testing.assert_array_equal(value, expected[layer.name, name])
    net.freeze().forward(x.reshape(2, 48) if first == "dense" else x)
    assert net.backward(np.ones_like(y), input_gradient=False) is None


def test_parameters_are_named_after_their_layers():
    net = vgg_like()
    assert list(net.parameters()) == [
        f"conv{number}/{part}" for number in ("1_1", "1_2", "2_1") for part in ("kernel", "bias")
    ]
    assert net.parameters()["conv1_2/kernel"] is net["conv1_2"].params["kernel"]
    assert net.names == [layer.name for layer in net] == [layer.name for layer in net.layers]
    assert len(net) == 8


def test_parameters_survive_a_file(tmp_path, x):
    net, other = vgg_like(seed=1), vgg_like(seed=2)
    net.save(tmp_path / "parameters.npz")
    assert relative(other.forward(x), net.forward(x)) > 0.1
    assert other.load(tmp_path / "parameters.npz") is other
    for name, value in net.parameters().items():
        np.testing.assert_array_equal(other.parameters()[name], value)
    np.testing.assert_array_equal(other.forward(x), net.forward(x))
    halved = vgg_like(dtype=np.float32).load(tmp_path / "parameters.npz")
    assert {value.dtype for value in halved.parameters().values()} == {np.dtype(np.float32)}


def test_a_frozen_network_uses_what_it_has_just_loaded(tmp_path, x):
    net, other = vgg_like(seed=1).freeze(), vgg_like(seed=2).freeze()
    other.forward(x)  # its kernels are transformed by now
    net.save(tmp_path / "parameters.npz")
    np.testing.assert_array_equal(other.load(tmp_path / "parameters.npz").forward(x), net.forward(x))


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        ({"conv1_1/bias": None}, WeightFileError, r"expected conv1_1/bias .*not found"),
        ({"conv9/bias": np.ones(3)}, WeightFileError, r"expected no conv9/bias"),
        ({"conv1_1/bias": np.ones(4)}, ShapeError, r"conv1_1/bias: expected shape \(5,\), got \(4,\)"),
        ({"conv1_1/bias": np.ones(5, int)}, DTypeError, r"conv1_1/bias: expected float32 .*got int64"),
        ({"conv1_1/bias": np.full(5, np.nan)}, NonFiniteError, r"conv1_1/bias: .*got nan at \(0,\)"),
        ({"conv1_1/bias": np.array([{}] * 5)}, WeightFileError, r"expected an \.npz file"),
    ],
)
def test_parameters_of_another_network_are_refused_and_nothing_is_changed(tmp_path, change, error, message):
    net = vgg_like()
    before = net.parameters()
    arrays = {name: value for name, value in (before | change).items() if value is not None}
    np.savez(tmp_path / "other.npz", **arrays)
    with pytest.raises(error, match=r"other\.npz.*" + message):
        net.load(tmp_path / "other.npz")
    assert all(net.parameters()[name] is value for name, value in before.items())


def test_damaged_files_are_refused(tmp_path):
    net, path = vgg_like(), tmp_path / "whole.npz"
    net.save(path)
    whole = path.read_bytes()
    flipped = bytearray(whole)
    flipped[len(whole) // 3] ^= 255
    np.save(tmp_path / "one.npy", np.ones(3))
    files = {"cut": whole[: len(whole) // 2], "flipped": bytes(flipped), "empty": b"", "text": b"hello"}
    for name, content in files.items():
        (tmp_path / name).write_bytes(content)
    for name in (*files, "one.npy", "missing"):
        with pytest.raises(WeightFileError, match=rf"{name}: expected an \.npz file of parameters"):
            net.load(tmp_path / name)


# --- summary --------------------------------------------------------------------------------------------


def seen(text, name):
    return re.search(rf"^{name} .*?(\d+)×(\d+)", text, re.MULTILINE).groups()


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        # A convolution adds 2 steps of its input, a pooling one, and doubles the step.
        ("vgg16", {"conv1_1": 3, "conv1_2": 5, "pool1": 6, "conv2_2": 14, "conv3_1": 24, "conv5_1": 132}),
        ("vgg19", {"conv1_1": 3, "pool2": 16, "conv3_4": 48, "pool3": 52, "conv4_4": 116, "conv5_1": 156}),
        ("alexnet", {"conv1": 11, "pool1": 19, "conv2": 51, "pool2": 67, "conv3": 99, "conv5": 163}),
    ],
)
def test_the_summary_tells_how_much_of_the_picture_each_layer_sees(name, expected):
    text = zoo.build(name, width=(2, 2, 2, 2, 2)).summary((1, 224, 224, 3))
    for layer, side in expected.items():
        assert seen(text, layer) == (str(side), str(side)), layer


def test_one_output_depends_on_just_as_many_pixels_as_it_sees(rng):
    """The gradient of one entry at pool2, of all channels, lies in a square of the side that is told."""
    net = vgg_like(((4, 4), (4,)))
    y = net.forward(rng.standard_normal((1, 48, 48, 3)) + 5)
    seed = np.zeros_like(y)
    seed[0, 5, 6] = rng.standard_normal(4)
    for kernel in (net[name].params["kernel"] for name in ("conv1_1", "conv1_2", "conv2_1")):
        np.abs(kernel, out=kernel)  # so that every ReLU lets everything pass
    net.forward(np.full((1, 48, 48, 3), 5.0))
    rows, columns = np.nonzero(net.backward(seed)[0].any(axis=-1))
    sides = (str(np.ptp(rows) + 1), str(np.ptp(columns) + 1))
    assert seen(net.summary((1, 48, 48, 3)), "pool2") == sides


def test_the_summary_counts_parameters_shapes_and_memory():
    lines = vgg_like(((4,), (6,)), dtype=np.float32).summary((2, 8, 10, 3)).splitlines()
    rows = {line.split()[0]: line for line in lines if line.strip()}
    assert "(2, 8, 10, 4)" in rows["conv1_1"]
    assert "112" in rows["conv1_1"].split()  # 3·3·3·4 + 4
    assert "222" in rows["conv2_1"].split()  # 3·3·4·6 + 6
    assert "(2, 2, 2, 6)" in rows["pool2"]
    assert lines[-1].startswith("334 parameters")


def test_the_summary_of_a_classifier_ends_in_vectors():
    layers = [
        Conv2D(3, 4, name="conv"),
        AdaptiveAvgPool2D(2, name="bins"),
        Flatten(name="flat"),
        Dense(16, 1250, name="dense"),
        Softmax(name="prob"),
    ]
    text = Network(layers).summary((1, 9, 9, 3))
    assert re.search(r"^dense .*\(1, 1250\) +21,250 +all", text, re.MULTILINE)
    # Bins of 5 rows of what sees 3 each, 0 … 4 and 4 … 8.
    assert seen(text, "conv") == ("3", "3")
    assert seen(text, "bins") == ("7", "7")


# --- what is refused ------------------------------------------------------------------------------------


@both
@pytest.mark.parametrize(
    ("bad", "error", "message"),
    [
        (lambda x: x[..., :2], ShapeError, r"conv1_1: x: expected 3 channels.*got shape \(2, 9, 10, 2\)"),
        (lambda x: x[0], ShapeError, r"expected .*\(N, H, W, C\).*got shape \(9, 10, 3\)"),
        (lambda x: x.astype(int), DTypeError, r"network: x: expected float32 or float64, got int64"),
        (lambda x: x.astype(np.float16), DTypeError, r"network: x: expected float32 or float64, got float16"),
        (
            lambda x: x.astype(np.float32),
            DTypeError,
            r"conv1_1: .*expected one dtype, got float32 and float64",
        ),
        (lambda x: x.tolist(), DTypeError, r"network: x: expected an array, got list"),
        (lambda x: None, DTypeError, r"network: x: expected an array, got NoneType"),
        (lambda x: x[:0], ShapeError, r"network: x: .*got an empty array of shape \(0, 9, 10, 3\)"),
        (lambda x: x[:, :0], ShapeError, r"network: x: .*got an empty array of shape \(2, 0, 10, 3\)"),
        (
            lambda x: np.where(x == x[1, 2, 3, 1], np.nan, x),
            NonFiniteError,
            r"got nan at \(1, 2, 3, 1\) \(1 of",
        ),
        (lambda x: np.where(x == x[0, 8, 9, 2], -np.inf, x), NonFiniteError, r"got -inf at \(0, 8, 9, 2\)"),
    ],
)
def test_inputs_that_do_not_fit(frozen, bad, error, message, x):
    net = vgg_like().freeze(frozen)
    net.forward(x)
    with pytest.raises(error, match=message):
        net.forward(bad(x))
    with pytest.raises(OrderError, match="backward needs a forward pass"):  # the older pass counts no longer
        net.backward(np.ones((2, 2, 2, 17)))


@both
@pytest.mark.filterwarnings("ignore:invalid value:RuntimeWarning")
@pytest.mark.parametrize(
    ("seeds", "error", "message"),
    [
        ({}, OptionError, r"expected at least one seed, got none"),
        ({"conv9_9": 0}, UnknownNameError, r"expected seeds at taps .*relu1_2, relu2_1.*got 'conv9_9'"),
        ({"relu1_1": 0}, UnknownNameError, r"expected seeds at taps .*got 'relu1_1'"),
        ({"relu2_1": np.ones((2, 4, 5, 16))}, ShapeError, r"seed at relu2_1: .*\(2, 4, 5, 17\), got"),
        ({"relu2_1": np.ones((1, 4, 5, 17))}, ShapeError, r"seed at relu2_1: .*\(2, 4, 5, 17\), got"),
        ({"relu2_1": np.ones((2, 4, 5, 1))}, ShapeError, r"seed at relu2_1: .*\(2, 4, 5, 17\), got"),
        ({"relu2_1": np.ones((17,))}, ShapeError, r"seed at relu2_1: .*\(2, 4, 5, 17\), got \(17,\)"),
        ({"relu2_1": 1.0}, DTypeError, r"seed at relu2_1: expected an array, got float"),
        ({"relu2_1": np.ones((2, 4, 5, 17), int)}, DTypeError, r"seed at relu2_1: .*got int64"),
        ({"relu2_1": np.ones((2, 4, 5, 17), "f")}, DTypeError, r"seed at relu2_1: .*float64.*got float32"),
        ({"relu2_1": np.full((2, 4, 5, 17), np.nan)}, NonFiniteError, r"seed at relu2_1: .*got nan"),
        ({"relu1_2": np.full((2, 9, 10, 12), np.inf)}, NonFiniteError, r"seed at relu1_2: .*got inf"),
    ],
)
def test_seeds_that_do_not_fit(frozen, seeds, error, message, x):
    net = vgg_like().freeze(frozen)
    net.forward(x, ["relu1_2", "relu2_1"])
    with pytest.raises(error, match=message):
        net.backward(seeds)


@both
def test_taps_that_are_none(frozen, x):
    net = vgg_like().freeze(frozen)
    with pytest.raises(UnknownNameError, match=r"no layer is called 'relu9_1'; there are conv1_1, relu1_1"):
        net.forward(x, ["relu1_1", "relu9_1"])
    with pytest.raises(UnknownNameError, match="no layer is called 'pool9'"):
        net["pool9"]
    with pytest.raises(OptionError, match="expected at least one tap, got none"):
        net.forward(x, [])
    for taps in ("relu1_1", 5, [3], [["relu1_1"]]):
        with pytest.raises(OptionError, match=r"expected taps as a list of layer names, got"):
            net.forward(x, taps)


@both
def test_backward_before_forward(frozen, x):
    net = vgg_like().freeze(frozen)
    for _ in range(2):
        with pytest.raises(OrderError, match="backward needs a forward pass first"):
            net.backward({"relu1_1": np.ones((2, 9, 10, 5))})
        net.forward(x)
        net.freeze(frozen)  # forgets


@both
def test_a_canvas_that_is_too_small_is_told_the_smallest_size(frozen):
    net = zoo.build("vgg19", width=(2, 2, 2, 2, 2), trainable=not frozen)
    ones = np.ones((1, 40, 15, 3), np.float32)
    with pytest.raises(ShapeError, match=r"40×15 leaves nothing at relu5_1; the smallest side .* is 16 "):
        net.forward(ones, ["relu5_1"])
    net.forward(ones[:, :16, :1], ["relu1_1"])
    assert net.forward(np.ones((1, 16, 16, 3), np.float32), ["relu5_1"])["relu5_1"].shape == (1, 1, 1, 2)
    with pytest.raises(ShapeError, match=r"leaves nothing at pool5; the smallest side .* is 32 "):
        net.forward(np.ones((1, 16, 16, 3), np.float32))


def test_names_must_differ_and_there_must_be_some():
    with pytest.raises(OptionError, match=r"own name, got a, b twice"):
        Network([ReLU(name="b"), ReLU(name="a"), ReLU(name="a"), ReLU(name="b"), ReLU(name="c")])
    with pytest.raises(OrderError, match="expected at least one layer, got none"):
        Network([]).forward(np.ones((1, 2, 2, 3)))


def test_pictures_need_a_preprocessing(rng):
    with pytest.raises(OrderError, match=r"no preprocessing; .*net\.preprocessing"):
        vgg_like().preprocess(rng.integers(0, 256, (4, 4, 3), dtype=np.uint8))
    with pytest.raises(OrderError, match="no preprocessing"):
        vgg_like().deprocess(np.ones((1, 4, 4, 3)))


@pytest.mark.parametrize("dtype", [int, "float16", "nope"])
def test_parameters_are_float32_or_float64(dtype):
    with pytest.raises(DTypeError, match="expected float32 or float64"):
        Network([Conv2D(3, 4)]).astype(dtype)


@pytest.mark.parametrize("shape", [(1, 8, 8, 7), (0, 8, 8, 3), (1, 8.5, 8, 3), (1, 8, 8, "3"), None])
def test_a_summary_of_what_cannot_be(shape):
    with pytest.raises((ShapeError, OptionError), match="expected"):
        Network([Conv2D(3, 4)]).summary(shape)
