"""Files that are readable, but of another network than the one that is wanted."""

import numpy as np
import pytest

from minicnn import zoo
from minicnn.errors import OptionError, WeightFileError
from minicnn.weights import load, names, read

from . import writers

WIDTH = writers.WIDTH


def written(tmp_path, layers, writer=writers.npz, **options):
    path = tmp_path / "weights"
    writer(path.with_suffix(".npz"), layers, **options)
    return path.with_suffix(".npz")


def build(path, name="vgg19", **options):
    return zoo.build(name, weights=path, **{"width": WIDTH, **options})


def test_vgg16_for_vgg19_is_named(tmp_path):
    path = written(tmp_path, writers.random_layers("vgg16"))
    with pytest.raises(
        WeightFileError, match="expected layer conv3_4, not found; these are the layers of vgg16, at"
    ):
        build(path)


def test_vgg19_for_vgg16_has_a_layer_too_many(tmp_path):
    path = written(tmp_path, writers.random_layers("vgg19"))
    with pytest.raises(
        WeightFileError, match="expected no layer conv3_4, found one; these are the layers of vgg19"
    ):
        build(path, "vgg16")


def test_the_beginning_of_a_network_loads_from_the_whole_and_from_what_was_saved_of_it(tmp_path):
    layers = writers.random_layers("vgg19")
    net = build(written(tmp_path, layers), until="relu4_1")
    assert net.names[-1] == "relu4_1"
    np.testing.assert_array_equal(net["conv4_1"].params["kernel"], layers["conv4_1"]["kernel"])
    net.save(tmp_path / "part.npz")
    again = build(tmp_path / "part.npz", until="relu2_2")
    np.testing.assert_array_equal(again["conv2_2"].params["kernel"], layers["conv2_2"]["kernel"])
    with pytest.raises(WeightFileError, match="expected layer conv4_2, not found"):
        build(tmp_path / "part.npz", until="conv4_2")


@pytest.mark.parametrize(("file", "name"), [("vgg16", "vgg19"), ("vgg19", "vgg16"), ("vgg16", "alexnet")])
def test_the_beginning_of_another_network_is_named_too(file, name, tmp_path):
    path = written(tmp_path, writers.random_layers(file))
    with pytest.raises(WeightFileError, match=f"layer conv.*these are the layers of {file}"):
        build(path, name, until="relu3" if name == "alexnet" else "relu2_1")


@pytest.mark.parametrize("path", [3, None, ["vgg19.npz"]])
def test_what_is_no_path_is_refused(path):
    with pytest.raises(OptionError, match=r"expected the path of a file.*got"):
        read(path)


def test_vgg_for_alexnet_is_named(tmp_path):
    path = written(tmp_path, writers.random_layers("vgg16"))
    with pytest.raises(
        WeightFileError, match="expected layer conv1, not found; these are the layers of vgg16"
    ):
        build(path, "alexnet")


def test_another_width_shows_both_shapes(tmp_path):
    path = written(tmp_path, writers.random_layers())
    with pytest.raises(
        WeightFileError, match=r"conv1_1: expected a kernel of shape \(3, 3, 3, 64\), found \(3, 3, 3, 4\)"
    ):
        build(path, width=None)


def test_a_missing_layer_and_a_missing_bias(tmp_path):
    layers = writers.random_layers()
    del layers["conv4_2"]
    with pytest.raises(WeightFileError, match="expected layer conv4_2, not found"):
        build(written(tmp_path, layers))
    layers = writers.random_layers()
    del layers["conv4_2"]["bias"]
    with pytest.raises(WeightFileError, match="conv4_2: its bias is missing"):
        read(written(tmp_path, layers))


def test_a_classifier_that_is_not_there(tmp_path):
    path = written(tmp_path, writers.random_layers(classifier=False))
    build(path)
    with pytest.raises(WeightFileError, match="expected layer fc6, not found"):
        build(path, classifier=True)


def test_a_classifier_that_is_not_wanted_is_left_alone(tmp_path):
    path = written(tmp_path, writers.random_layers())
    assert "fc6" not in build(path).names
    assert "fc6" not in read(path, only=["conv1_1"]).layers


@pytest.mark.parametrize(
    ("layer", "part", "shape", "complaint"),
    [
        ("conv2_1", "kernel", (3, 3, 4), r"conv2_1: expected a kernel \(kh, kw, in, out\)"),
        ("conv2_1", "bias", (6, 1), r"conv2_1: expected a bias \(out,\), found shape \(6, 1\)"),
        ("conv2_1", "bias", (7,), "conv2_1: a kernel .* and a bias .* do not belong together"),
        ("fc7", "kernel", (12, 12, 1), r"fc7: expected a kernel \(in, out\)"),
    ],
)
def test_impossible_shapes_are_refused_by_name(layer, part, shape, complaint, tmp_path):
    layers = writers.random_layers()
    layers[layer][part] = np.zeros(shape, np.float32)
    with pytest.raises(WeightFileError, match=complaint):
        read(written(tmp_path, layers))


def test_a_kernel_transposed_is_refused_with_both_shapes(tmp_path):
    layers = writers.random_layers()
    layers["conv3_1"]["kernel"] = layers["conv3_1"]["kernel"].transpose(3, 2, 0, 1)
    layers["conv3_1"]["bias"] = np.zeros(3, np.float32)
    with pytest.raises(
        WeightFileError, match=r"conv3_1: expected a kernel of shape \(3, 3, 6, 8\), found \(8, 6, 3, 3\)"
    ):
        build(written(tmp_path, layers))


def test_fc6_must_fit_a_square_of_the_last_convolution(tmp_path):
    layers = writers.random_layers()
    path = tmp_path / "net.pth"
    writers.pth(path, layers)
    layers["fc6"]["kernel"] = np.zeros((7 * 7 * 8 + 1, 12), np.float32)
    state = writers.torch_state({name: layers[name] for name in layers if name != "fc6"})
    entries, data = writers.pickles.state(
        {**state, "classifier.0.weight": np.zeros((12, 393)), "classifier.0.bias": np.zeros(12)}
    )
    writers.pickles.archive(path, writers.pickles.pickled(entries), data)
    with pytest.raises(WeightFileError, match="fc6: 393 inputs cannot come from a square of 8 channels"):
        read(path)


def test_one_layer_under_two_names(tmp_path):
    layers = writers.random_layers()
    arrays = {f"{name}/{part}": array for name, parts in layers.items() for part, array in parts.items()}
    np.savez(tmp_path / "twice.npz", **arrays, **{"block1_conv1/kernel": layers["conv1_1"]["kernel"]})
    with pytest.raises(WeightFileError, match="are both the kernel of conv1_1"):
        read(tmp_path / "twice.npz")


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_what_is_not_finite_is_refused_by_layer(value, tmp_path):
    layers = writers.random_layers()
    layers["conv5_2"]["kernel"][1, 2, 3, 4] = value
    with pytest.raises(WeightFileError, match="conv5_2: kernel: expected finite numbers"):
        read(written(tmp_path, layers))


def test_float64_that_overflows_is_refused(tmp_path):
    layers = writers.random_layers()
    layers["conv1_1"]["bias"] = np.full(4, 1e300)
    with pytest.raises(WeightFileError, match="conv1_1: bias: expected finite numbers"):
        read(written(tmp_path, layers))


@pytest.mark.parametrize("kind", [">f4", ">f8", "<f2", "<f8"])
def test_other_floats_and_byte_orders_and_fortrans_order(kind, tmp_path):
    layers = writers.random_layers()
    turned = {
        n: {p: np.asfortranarray(a.astype(kind)) for p, a in parts.items()} for n, parts in layers.items()
    }
    found = read(written(tmp_path, turned)).layers
    np.testing.assert_allclose(found["conv2_1"]["kernel"], layers["conv2_1"]["kernel"], rtol=1e-3)
    assert found["conv2_1"]["kernel"].dtype == np.dtype("float32")


def test_a_weight_file_serves_several_networks(tmp_path):
    file = read(written(tmp_path, writers.random_layers()))
    net = zoo.build("vgg19", weights=file, width=WIDTH, classifier=True)
    np.testing.assert_array_equal(net["fc7"].params["kernel"], file.layers["fc7"]["kernel"])
    with pytest.raises(WeightFileError, match="conv1_2 is in the file, but was not read"):
        load(read(file.path, only=["conv1_1"]), file.shapes)


def test_training_leaves_a_weight_file_as_it_is(tmp_path):
    file = read(written(tmp_path, writers.random_layers()))
    net = zoo.build("vgg19", weights=file, width=WIDTH, trainable=True)
    before = file.layers["conv1_1"]["kernel"].copy()
    net["conv1_1"].params["kernel"] += 1
    np.testing.assert_array_equal(file.layers["conv1_1"]["kernel"], before)


def test_torch_numbers_of_part_of_a_network_are_told_apart():
    first = [f"features.{n}.weight" for n in writers.TORCH_NUMBERS[:9]]
    assert names.ours(first)["conv4_1", "kernel"] == "features.19.weight"
    with pytest.raises(WeightFileError, match=r"found 'features.1'"):
        names.ours([*first, "features.1.weight"])


def test_hostile_names_do_not_reach_the_terminal(tmp_path):
    np.savez(tmp_path / "odd.npz", **{"\x1b[31mred\n": np.zeros(3, np.float32)})
    with pytest.raises(WeightFileError) as caught:
        read(tmp_path / "odd.npz")
    assert "\x1b" not in str(caught.value)
    assert "\n" not in str(caught.value)
