"""The same small VGG19 out of every format."""

import numpy as np
import pytest

from minicnn import zoo
from minicnn.weights import read

from . import writers

LAYERS = writers.random_layers()
PICTURE = np.random.default_rng(5).integers(0, 256, (224, 224, 3), dtype=np.uint8)


@pytest.fixture(params=writers.WAYS)
def written(request, tmp_path):
    """(way, path) of a file in every format."""
    if package := writers.needs(request.param):
        pytest.importorskip(package)
    name, write = writers.WAYS[request.param]
    path = tmp_path / name
    write(path, LAYERS)
    return request.param, path


def assert_layers(found, expected, **tolerance):
    assert list(found) == list(expected)
    for name, parts in expected.items():
        for part, array in parts.items():
            value = found[name][part]
            assert value.dtype == np.float32
            assert value.flags.c_contiguous
            assert value.flags.writeable
            np.testing.assert_allclose(value, array, err_msg=f"{name} {part}", **(tolerance or {"rtol": 0}))


def test_every_layer_comes_back_as_it_was(written):
    way, path = written
    file = read(path)
    assert file.format == way.split("-")[0]
    assert_layers(file.layers, LAYERS, **({"atol": 1e-4} if "uint16" in way else {}))
    assert file.shapes == {name: {p: a.shape for p, a in parts.items()} for name, parts in LAYERS.items()}


def test_the_network_gives_the_same_probabilities(written):
    way, path = written
    given = zoo.build("vgg19", classifier=True, width=writers.WIDTH)
    for name, parts in LAYERS.items():
        given[name].params = parts
    x = np.random.default_rng(0).standard_normal((1, 224, 224, 3)).astype(np.float32)
    net = zoo.build("vgg19", weights=path, classifier=True, width=writers.WIDTH)
    logits, expected = (n.forward(x, ["fc8"])["fc8"] for n in (net, given))
    tolerance = 1e-2 if "uint16" in way else 1e-6
    np.testing.assert_allclose(logits, expected, rtol=0, atol=tolerance * np.abs(expected).max())


def test_only_what_is_wanted_is_loaded(written):
    _, path = written
    file = read(path, only=["conv1_1", "conv2_1"])
    assert list(file.layers) == ["conv1_1", "conv2_1"]
    assert len(file.shapes) == len(LAYERS)


def test_the_name_of_the_file_says_nothing(written):
    _, path = written
    other = path.with_name("photograph.jpg")
    path.rename(other)
    assert list(read(other).layers) == list(LAYERS)
