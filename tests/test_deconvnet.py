"""Projections of single answers: with a pencil, against PyTorch, and against a walk through whole layers."""

import numpy as np
import pytest

from minicnn import ops
from minicnn.deconvnet import Deconvnet
from minicnn.errors import OptionError, OrderError, ShapeError, UnknownNameError
from minicnn.fields import receptive_field
from minicnn.layers import AvgPool2D, Conv2D, MaxPool2D, ReLU, Softmax
from minicnn.network import Network

from .nets import vgg_like

BLOCKS = ((5, 6), (7, 8), (9,))


def by_one(weights, name):
    """A 1×1 convolution with the weights (C, K) and no bias."""
    conv = Conv2D(*np.shape(weights), kernel=1, padding=0, bias=False, name=name)
    conv.params["kernel"] = np.array(weights, float)[None, None]
    return conv


def test_with_a_pencil():
    """5 → (15, −5) is rectified to (15, 0), which the first filters make 15; the gradient would be 5·1."""
    net = Network([by_one([[1, 2]], "conv1"), ReLU("relu1"), by_one([[3], [-1]], "conv2"), ReLU("relu2")])
    deconvnet = Deconvnet(net, "relu2")
    assert deconvnet.forward(np.full((1, 1, 1, 1), 5.0))[0, 0, 0, 0] == 5
    projection, place = deconvnet.project(0, 0, 0)
    assert projection.tolist() == [[[15.0]]]
    assert place == (slice(0, 1), slice(0, 1))


def test_a_maximum_goes_back_to_where_it_was_and_an_average_to_all():
    x = np.array([[1.0, 3, 2, 4], [5, 7, 6, 8], [0, 0, 4, 4], [6, 6, 0, 0]])[None, :, :, None]
    for pool, expected in ((MaxPool2D, [[0, 0], [0, 8]]), (AvgPool2D, [[1.25, 1.25], [1.25, 1.25]])):
        deconvnet = Deconvnet(Network([pool(name="pool")]), "pool")
        deconvnet.forward(x)
        projection, place = deconvnet.project(0, 1, 0)
        assert projection[:, :, 0].tolist() == expected
        assert place == (slice(0, 2), slice(2, 4))


def through_whole_layers(net, x, layer, seed):
    """The same by the layers' own backward passes, over the whole picture."""
    layers = net.layers[: net.names.index(layer) + 1]
    for one in layers:
        x = one.forward(x)
    for one in reversed(layers):
        seed = ops.rectified_backward(seed) if isinstance(one, ReLU) else one.backward(seed)
    return seed[0]


@pytest.mark.parametrize("edges", ["zero", "reflect", "replicate"])
@pytest.mark.parametrize("pooling", ["max", "avg"])
@pytest.mark.parametrize("layer", ["conv1_1", "relu1_2", "pool1", "conv2_2", "pool2", "relu3_1"])
def test_it_computes_no_more_than_it_must_and_loses_nothing(rng, edges, pooling, layer):
    net = vgg_like(BLOCKS, pooling, edges).freeze()
    x = rng.standard_normal((1, 21, 26, 3))
    deconvnet = Deconvnet(net, layer)
    y = deconvnet.forward(x)
    h, w, c = y.shape[1:]
    for row, column in [(0, 0), (h - 1, w - 1), (0, w - 1), (h // 2, w // 2), (h - 1, 1)]:
        for channel in (0, c - 1):
            projection, place = deconvnet.project(row, column, channel)
            whole = np.zeros_like(x[0])
            whole[place] = projection
            seed = np.zeros_like(y)
            seed[0, row, column, channel] = y[0, row, column, channel]
            expected = through_whole_layers(net, x, layer, seed)
            np.testing.assert_allclose(whole, expected, rtol=1e-9, atol=1e-12 * np.abs(expected).max())


def test_windows_that_overlap(rng):
    """AlexNet's kinds: a large stride, and poolings whose windows share pixels."""
    layers = [
        Conv2D(3, 6, kernel=7, stride=3, padding=2, name="conv1", rng=rng),
        ReLU("relu1"),
        MaxPool2D(3, 2, name="pool1"),
        Conv2D(6, 8, kernel=5, padding=2, name="conv2", rng=rng),
    ]
    net = Network(layers).astype(np.float64).freeze()
    x = rng.standard_normal((1, 47, 52, 3))
    deconvnet = Deconvnet(net, "conv2")
    y = deconvnet.forward(x)
    seed = np.zeros_like(y)
    seed[0, 3, 2, 1] = y[0, 3, 2, 1]
    projection, place = deconvnet.project(3, 2, 1)
    whole = np.zeros_like(x[0])
    whole[place] = projection
    np.testing.assert_allclose(whole, through_whole_layers(net, x, "conv2", seed), atol=1e-12)


def test_pytorch_finds_the_same(rng):
    torch = pytest.importorskip("torch")
    functional = torch.nn.functional
    net = vgg_like(BLOCKS, "max", "zero").freeze()
    x = rng.standard_normal((1, 24, 28, 3))
    deconvnet = Deconvnet(net, "relu3_1")
    y = deconvnet.forward(x)
    spot = np.unravel_index(y.argmax(), y.shape)[1:]
    projection, place = deconvnet.project(*spot)

    T, switches = torch.tensor(x).permute(0, 3, 1, 2), []
    kernels = {
        n.split("/")[0]: torch.tensor(v).permute(3, 2, 0, 1)
        for n, v in net.parameters().items()
        if n.endswith("kernel")
    }
    layers = net.names[: net.names.index("relu3_1") + 1]
    for name in layers:
        if name.startswith("conv"):
            T = functional.conv2d(T, kernels[name], torch.tensor(net[name].params["bias"]), padding=1)
        elif name.startswith("relu"):
            T = functional.relu(T)
        else:
            T, index = functional.max_pool2d(T, 2, return_indices=True)
            switches.append(index)
    only = torch.zeros_like(T)
    only[0, spot[2], spot[0], spot[1]] = T[0, spot[2], spot[0], spot[1]]
    for name in reversed(layers):
        if name.startswith("conv"):
            only = functional.conv_transpose2d(only, kernels[name], padding=1)
        elif name.startswith("relu"):
            only = functional.relu(only)
        else:
            only = functional.max_unpool2d(only, switches.pop(), 2)
    expected = only[0].permute(1, 2, 0).numpy()
    whole = np.zeros_like(x[0])
    whole[place] = projection
    np.testing.assert_allclose(whole, expected, rtol=1e-9, atol=1e-12 * np.abs(expected).max())


def test_where_nothing_is_negative_it_is_the_gradient_times_the_answer(rng):
    net = vgg_like(BLOCKS, "avg", "reflect")
    for layer in net:
        layer.params = {name: np.abs(value) for name, value in layer.params.items()}
    net.freeze()
    x = rng.random((1, 16, 20, 3))
    deconvnet = Deconvnet(net, "relu2_2")
    y = deconvnet.forward(x)
    projection, place = deconvnet.project(3, 4, 5)
    seed = np.zeros_like(y)
    seed[0, 3, 4, 5] = 1
    net.forward(x, taps=["relu2_2"])
    gradient = net.backward({"relu2_2": seed})[0]
    np.testing.assert_allclose(projection, y[0, 3, 4, 5] * gradient[place], rtol=1e-9)


@pytest.mark.parametrize("layer", ["conv1_1", "relu1_2", "pool1", "relu2_2", "pool2", "relu3_1"])
def test_a_field_is_what_a_gradient_spreads_over(rng, layer):
    net = vgg_like(BLOCKS, "avg", "zero").freeze()
    x = rng.standard_normal((1, 64, 64, 3))
    y = net.forward(x, taps=[layer])[layer]
    place = y.shape[1] // 2, y.shape[2] // 2 + 1
    seed = np.zeros_like(y)
    seed[0, place[0], place[1]] = 1
    heard = np.abs(through_no_relu(net, layer, x, seed)).sum(axis=2) > 0
    rows, columns = np.flatnonzero(heard.any(axis=1)), np.flatnonzero(heard.any(axis=0))
    field = receptive_field(net.layers[: net.names.index(layer) + 1])
    assert field.box(place) == (rows[0], columns[0], rows[-1] + 1, columns[-1] + 1)


def through_no_relu(net, layer, x, seed):
    """The gradient with every ReLU letting everything through."""
    layers = net.layers[: net.names.index(layer) + 1]
    for one in layers:
        x = one.forward(x)
    for one in reversed(layers):
        seed = seed if isinstance(one, ReLU) else one.backward(seed)
    return seed[0]


def test_what_cannot_be_walked_is_refused():
    net = vgg_like(BLOCKS).freeze()
    with pytest.raises(UnknownNameError, match="relu9_9"):
        Deconvnet(net, "relu9_9")
    with pytest.raises(OrderError, match="forward pass first"):
        Deconvnet(net, "relu1_1").project(0, 0, 0)
    deconvnet = Deconvnet(net, "relu1_1")
    with pytest.raises(ShapeError, match=r"one picture, .* got shape \(2, 8, 8, 3\)"):
        deconvnet.forward(np.zeros((2, 8, 8, 3)))
    deconvnet.forward(np.zeros((1, 8, 9, 3)))
    for place in ((8, 0, 0), (0, -1, 0), (0, 0, 5)):
        with pytest.raises(OptionError, match=r"within \(8, 9, 5\)"):
            deconvnet.project(*place)
    with pytest.raises(OptionError, match="Softmax"):
        Deconvnet(Network([Softmax(name="prob")]), "prob")
