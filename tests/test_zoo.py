import numpy as np
import pytest

from minicnn import zoo
from minicnn.errors import OptionError, ShapeError, UnknownNameError
from minicnn.layers import AvgPool2D, Conv2D, Dense, MaxPool2D, Softmax
from minicnn.preprocessing import CAFFE, TORCHVISION

NARROW = (4, 6, 8, 8, 8, 12, 12, 10)
# (parameters of the convolutions, of everything), as the papers and torchvision count them
PUBLISHED = {
    "vgg16": (14_714_688, 138_357_544),
    "vgg19": (20_024_384, 143_667_240),
    "alexnet": (2_469_696, 61_100_840),
}


def count(layers, kind):
    return sum(isinstance(layer, kind) for layer in layers)


@pytest.mark.parametrize("name", PUBLISHED)
def test_parameters_number_what_was_published(name):
    for classifier, expected in zip((False, True), PUBLISHED[name], strict=True):
        shapes = zoo.parameter_shapes(name, classifier)
        assert sum(int(np.prod(s)) for parts in shapes.values() for s in parts.values()) == expected


@pytest.mark.parametrize(
    ("name", "convolutions", "poolings"), [("vgg16", 13, 5), ("vgg19", 16, 5), ("alexnet", 5, 3)]
)
def test_layers_are_those_of_the_paper(name, convolutions, poolings):
    net = zoo.build(name, classifier=True, width=NARROW)
    assert count(net, Conv2D) == convolutions
    assert count(net, MaxPool2D) == poolings
    assert count(net, Dense) == 3
    assert count(net, Softmax) == 1
    assert net.layers[-1].name == "prob"


def test_names_of_vgg19_are_literal():
    names = zoo.build("vgg19", width=NARROW, classifier=True).names
    assert names[:6] == ["conv1_1", "relu1_1", "conv1_2", "relu1_2", "pool1", "conv2_1"]
    assert names[-8:] == ["pool5", "flatten", "fc6", "relu6", "fc7", "relu7", "fc8", "prob"]
    assert {"conv3_4", "conv4_4", "relu5_4"} <= set(names)


@pytest.mark.parametrize("name", PUBLISHED)
def test_a_picture_of_224_goes_through_to_probabilities(name, rng):
    net = zoo.build(name, classifier=True, width=NARROW)
    x = net.preprocess(rng.integers(0, 256, (224, 224, 3), dtype=np.uint8))
    y = net.forward(x)
    assert y.shape == (1, 10)
    np.testing.assert_allclose(y.sum(), 1, rtol=1e-5)


def test_pooling_is_average_for_pictures_and_maximum_for_classes():
    assert count(zoo.build("vgg19", width=NARROW), AvgPool2D) == 5
    assert count(zoo.build("vgg19", width=NARROW, classifier=True), MaxPool2D) == 5
    assert count(zoo.build("vgg19", width=NARROW, pooling="max"), MaxPool2D) == 5


def test_the_seed_decides_the_random_weights():
    first, again, other = (zoo.build("vgg16", width=NARROW, seed=seed)["conv3_2"] for seed in (1, 1, 2))
    np.testing.assert_array_equal(first.params["kernel"], again.params["kernel"])
    assert not np.array_equal(first.params["kernel"], other.params["kernel"])


def test_random_weights_keep_the_variance(rng):
    net = zoo.build("vgg19", width=(32, 32, 32, 32, 32))
    taps = net.forward(
        rng.standard_normal((1, 64, 64, 3)).astype(np.float32), ["conv1_1", "conv1_2", "conv2_1"]
    )
    for y in taps.values():  # He: the mean square of what enters a ReLU stays near 2
        assert 0.3 < (y**2).mean() < 4


def test_networks_are_frozen_unless_wanted_otherwise():
    assert all(layer.frozen for layer in zoo.build("vgg16", width=NARROW))
    assert not any(layer.frozen for layer in zoo.build("vgg16", width=NARROW, trainable=True))


def test_each_network_knows_its_input():
    assert zoo.build("vgg19", width=NARROW).preprocessing == CAFFE
    assert zoo.build("alexnet", width=NARROW).preprocessing == TORCHVISION
    assert zoo.build("vgg19", width=NARROW, preprocessing=TORCHVISION).preprocessing == TORCHVISION


def test_edges_reach_every_convolution():
    net = zoo.build("vgg19", width=NARROW, edges="replicate")
    assert {layer.edges for layer in net if isinstance(layer, Conv2D)} == {"replicate"}


@pytest.mark.parametrize(
    ("name", "until"), [("vgg19", "relu5_1"), ("vgg16", "pool2"), ("alexnet", "fc6"), ("vgg19", "prob")]
)
def test_until_ends_a_network_where_it_is_wanted(name, until):
    whole = zoo.build(name, classifier=True, width=NARROW)
    part = zoo.build(name, classifier=True, width=NARROW, until=until)
    assert part.names == whole.names[: whole.names.index(until) + 1]
    expected = {key: value for key, value in whole.parameters().items() if key.split("/")[0] in part.names}
    assert part.parameters().keys() == expected.keys()
    assert all(np.array_equal(value, expected[key]) for key, value in part.parameters().items())
    shapes = zoo.parameter_shapes(name, True, NARROW, until)
    assert [f"{layer}/{kind}" for layer in shapes for kind in shapes[layer]] == list(expected)


def test_the_layers_after_until_take_no_memory(monkeypatch):
    built = []
    monkeypatch.setattr(zoo, "Dense", lambda *size, **options: built.append(size) or Dense(*size, **options))
    zoo.build("vgg16", classifier=True, width=NARROW, until="flatten")
    assert max(built, default=(1, 1)) == (1, 1)
    zoo.build("vgg16", classifier=True, width=NARROW, until="fc6")
    assert max(built) == (8 * 7 * 7, 12)


def test_a_name_that_needs_a_classifier_says_so():
    with pytest.raises(UnknownNameError, match="got 'prob'; build it with classifier=True"):
        zoo.build("vgg19", width=NARROW, until="prob")


@pytest.mark.parametrize("side", [128, 256])
def test_a_classifier_says_which_size_it_takes(side):
    net = zoo.build("vgg16", classifier=True, width=NARROW)
    x = np.zeros((1, side, side, 3), np.float32)
    with pytest.raises(ShapeError, match=f"got {side // 32}×{side // 32}; pass pictures of 224×224"):
        net.forward(x)
    assert net.forward(x, ["pool5"])["pool5"].shape == (1, side // 32, side // 32, 8)


@pytest.mark.parametrize(
    ("kind", "arguments"),
    [
        (UnknownNameError, {"name": "vgg23"}),
        (OptionError, {"name": "vgg19", "pooling": "median"}),
        (OptionError, {"name": "vgg19", "edges": "wrap"}),
        (OptionError, {"name": "vgg19", "width": (4, 4)}),
        (OptionError, {"name": "vgg19", "width": (4, 4, 4, 4, 0)}),
        (OptionError, {"name": "vgg19", "width": (4, 4, 4, 4, 4), "classifier": True}),
        (OptionError, {"name": "vgg19", "width": 3}),
        (OptionError, {"name": "vgg19", "width": "abcde"}),
        (OptionError, {"name": "vgg19", "width": (4, 4, 4, 4, None)}),
        (OptionError, {"name": "vgg19", "width": (4, 4, 4, 4, 2.5)}),
        (OptionError, {"name": "vgg19", "width": (4,) * 10}),
        (OptionError, {"name": "vgg19", "width": NARROW, "seed": "a"}),
        (OptionError, {"name": "vgg19", "width": NARROW, "seed": -1}),
        (UnknownNameError, {"name": ["vgg19"]}),
        (UnknownNameError, {"name": "vgg16", "until": "conv3_4"}),
        (UnknownNameError, {"name": "vgg16", "until": ["conv3_1"]}),
        (UnknownNameError, {"name": "vgg16", "until": "fc6"}),
    ],
)
def test_impossible_requests_are_refused(kind, arguments):
    with pytest.raises(kind, match=r"zoo: (.*: )?expected"):
        zoo.build(**arguments)
