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


def test_pth_of_a_machine_that_puts_the_high_byte_first(tmp_path):
    entries, data = writers.pickles.state(writers.torch_state(LAYERS), part=True)
    data = {key: np.frombuffer(raw, "<f4").astype(">f4").tobytes() for key, raw in data.items()}
    pickled = writers.pickles.pickled(entries)
    writers.pickles.archive(tmp_path / "zip.pth", pickled, data, extra=[("byteorder", "big")])
    writers.pickles.stream(tmp_path / "stream.pth", pickled, data, little=False)
    for name in ("zip.pth", "stream.pth"):
        assert_layers(read(tmp_path / name).layers, LAYERS)


@pytest.mark.parametrize(("kind", "tolerance"), [(">f4", 0), ("<f8", 0), (">f8", 0), ("<f2", 1e-3)])
def test_h5_of_other_floats_and_byte_orders(kind, tolerance, tmp_path):
    pytest.importorskip("h5py")
    turned = {
        name: {part: array.astype(kind) for part, array in parts.items()} for name, parts in LAYERS.items()
    }
    for write in (writers.h5_published, writers.h5_model):
        write(tmp_path / "net.h5", turned)
        assert_layers(read(tmp_path / "net.h5").layers, LAYERS, rtol=tolerance, atol=1e-6 * (tolerance > 0))


def test_mat_of_doubles(tmp_path):
    pytest.importorskip("scipy")
    doubles = {
        name: {part: array.astype("f8") for part, array in parts.items()} for name, parts in LAYERS.items()
    }
    writers.mat(tmp_path / "net.mat", doubles)
    assert_layers(read(tmp_path / "net.mat").layers, LAYERS)


@pytest.mark.parametrize(("kind", "tolerance"), [("uint8", 2e-2), ("uint16", 1e-4), ("float16", 2e-3)])
def test_tfjs_quantised(kind, tolerance, tmp_path):
    writers.tfjs(tmp_path / "model.json", LAYERS, quantised=kind)
    assert_layers(read(tmp_path / "model.json").layers, LAYERS, atol=tolerance)


def test_matconvnet_may_wrap_its_layers_in_net(tmp_path):
    io = pytest.importorskip("scipy.io")
    writers.mat(tmp_path / "plain.mat", LAYERS)
    plain = io.loadmat(tmp_path / "plain.mat")
    io.savemat(tmp_path / "net.mat", {"net": {"layers": plain["layers"], "meta": plain["meta"]}})
    file = read(tmp_path / "net.mat")
    assert_layers(file.layers, LAYERS)
    assert file.expects == read(tmp_path / "plain.mat").expects
