"""What a network wants to see: by checksum, by the file's own word, by the first layer, by custom."""

import hashlib

import numpy as np
import pytest

from minicnn import zoo
from minicnn.errors import OptionError, WeightFileError
from minicnn.preprocessing import CAFFE, TORCHVISION, Preprocessing
from minicnn.weights import known, npz, read

from . import writers

WIDE = (64, 2, 2, 2, 2)  # conv1_1 as wide as the real one, the rest as narrow as can be


def pth(tmp_path, negative, red_over_blue=2.0, rename=writers.torch_name):
    """A .pth whose conv1_1 has that share of biases below zero, and BGR filters with that much more red."""
    layers = writers.random_layers(width=WIDE, classifier=False)
    bias = np.linspace(0.1, 1, 64, dtype=np.float32)
    bias[: round(64 * negative)] *= -1
    layers["conv1_1"]["bias"] = bias
    layers["conv1_1"]["kernel"][:, :, 2] = layers["conv1_1"]["kernel"][:, :, 0] * np.sqrt(red_over_blue)
    path = tmp_path / "net.pth"
    writers.pth(path, layers, rename)
    return path


@pytest.mark.parametrize("rename", [writers.torch_name, str], ids=["torchvision's names", "Gatys' names"])
def test_biases_that_are_nearly_all_positive_are_caffes(rename, tmp_path):
    expects = read(pth(tmp_path, 0.02, rename=rename)).expects
    assert expects == CAFFE
    assert expects.sure == "likely"
    assert "2% of conv1_1's biases are below zero" in expects.why


@pytest.mark.parametrize("rename", [writers.torch_name, str], ids=["torchvision's names", "Gatys' names"])
def test_biases_of_both_signs_are_torchvisions(rename, tmp_path):
    expects = read(pth(tmp_path, 0.4, rename=rename)).expects
    assert expects == TORCHVISION
    assert expects.sure == "likely"


def test_caffes_weights_turned_round_want_rgb(tmp_path):
    expects = read(pth(tmp_path, 0.02, red_over_blue=0.5)).expects
    assert expects.order == "RGB"
    assert expects.mean == (123.68, 116.779, 103.939)


@pytest.mark.parametrize(("rename", "custom"), [(writers.torch_name, TORCHVISION), (str, CAFFE)])
def test_what_tells_nothing_is_assumed_and_says_so(rename, custom, tmp_path):
    expects = read(pth(tmp_path, 0.15, rename=rename)).expects
    assert expects == custom
    assert expects.sure == "assumed"


def test_real_weights_of_caffe_under_torchvisions_names(shared, tmp_path):
    layers = read(shared / "vgg19" / "vgg19-conv.npz").layers
    for rename in (writers.torch_name, str):
        writers.pth(tmp_path / "net.pth", layers, rename)
        assert read(tmp_path / "net.pth").expects == CAFFE
    layers["conv1_1"]["kernel"] = layers["conv1_1"]["kernel"][:, :, ::-1]
    writers.pth(tmp_path / "net.pth", layers)
    assert read(tmp_path / "net.pth").expects.order == "RGB"


def test_the_checksum_comes_first(tmp_path, monkeypatch):
    path = pth(tmp_path, 0.02)
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    published = known.Known(
        "x", "vgg19", "", ("http://host/published.pth",), f"sha256:{digest[:8]}", TORCHVISION
    )
    monkeypatch.setitem(known.FILES, "x", published)
    expects = read(path).expects
    assert expects == TORCHVISION
    assert expects.sure == "certain"
    assert "published.pth" in expects.why


@pytest.mark.parametrize("option", ["torchvision", TORCHVISION])
def test_an_option_overrides_all(option, tmp_path):
    path = pth(tmp_path, 0.02)
    assert read(path, expects=option).expects == TORCHVISION
    assert (
        zoo.build("vgg19", weights=path, width=WIDE, preprocessing=TORCHVISION).preprocessing == TORCHVISION
    )


def test_an_unknown_convention_is_an_error_of_the_option(tmp_path):
    with pytest.raises(OptionError, match="'caffe', 'torchvision'"):
        read(pth(tmp_path, 0.02), expects="imagenet")


def test_the_network_carries_what_its_file_wants(tmp_path):
    net = zoo.build("vgg19", weights=pth(tmp_path, 0.4), width=WIDE)
    assert net.preprocessing == TORCHVISION
    assert zoo.build("vgg19", weights=pth(tmp_path, 0.02), width=WIDE).preprocessing == CAFFE


@pytest.mark.parametrize("way", ["npz-keras", "h5-published", "h5-new", "tfjs", "caffemodel-v1"])
def test_keras_and_caffe_files_follow_caffe(way, tmp_path):
    if package := writers.needs(way):
        pytest.importorskip(package)
    name, write = writers.WAYS[way]
    write(tmp_path / name, writers.random_layers())
    assert read(tmp_path / name).expects == CAFFE


@pytest.mark.parametrize("picture", [1, 4])
@pytest.mark.parametrize("new", [True, False], ids=["new", "old"])
def test_matconvnet_keeps_the_mean_in_the_file(new, picture, tmp_path):
    pytest.importorskip("scipy")
    writers.mat(
        tmp_path / "net.mat", writers.random_layers(), new=new, mean=(120, 110.5, 100), picture=picture
    )
    expects = read(tmp_path / "net.mat").expects
    assert expects == Preprocessing("RGB", 1.0, (120, 110.5, 100))
    assert "MatConvNet" in expects.why


def test_our_own_file_keeps_everything(tmp_path, rng):
    net = zoo.build("vgg19", width=writers.WIDTH)
    wanted = Preprocessing("RGB", 0.5, (1, 2, 3), (4, 5, 6))
    npz.write(tmp_path / "net.npz", net.parameters(), wanted)
    again = zoo.build("vgg19", weights=tmp_path / "net.npz", width=writers.WIDTH)
    assert again.preprocessing == wanted
    x = rng.standard_normal((1, 32, 32, 3)).astype(np.float32)
    np.testing.assert_array_equal(net.forward(x), again.forward(x))


def test_a_record_that_is_damaged_is_refused(tmp_path):
    layers = writers.random_layers()
    arrays = {f"{n}/{p}": a for n, parts in layers.items() for p, a in parts.items()}
    for record in ({"order": "RGB"}, {"order": "GBR", "scale": 1.0, "mean": np.zeros(3), "std": np.ones(3)}):
        np.savez(
            tmp_path / "net.npz", **arrays, **{f"preprocessing/{key}": value for key, value in record.items()}
        )
        with pytest.raises(WeightFileError, match=r"preprocessing|record"):
            read(tmp_path / "net.npz")
