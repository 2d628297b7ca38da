import numpy as np
import pytest

from minicnn import zoo
from minicnn.errors import OptionError
from minicnn.layers import Conv2D, LocalResponseNorm, ReLU
from minicnn.network import Network
from minicnn.preprocessing import CAFFE, Preprocessing
from minicnn.rescale import rescale
from minicnn.weights import read

WIDTH = (4, 6, 8, 8, 8, 12, 12, 10)


def pictures(rng, *sizes):
    return [rng.integers(0, 256, (*size, 3), dtype=np.uint8) for size in sizes]


def mean_activations(net, images, layers):
    """Straight from the definition, picture by picture, in float64."""
    found = {}
    for name in layers:
        values = [net.forward(net.preprocess(image), [name])[name] for image in images]
        values = np.concatenate([value.reshape(-1, value.shape[-1]) for value in values])
        found[name] = values.mean(axis=0, dtype=np.float64)
    return found


def biased(net, rng):
    """Random biases, so that scaling only the kernels would show."""
    for layer in net:
        if layer.params:
            layer.params["bias"] = rng.standard_normal(layer.params["bias"].shape).astype(np.float32)
    return net


@pytest.mark.parametrize("pooling", ["avg", "max"])
def test_means_become_one_and_the_output_stays(pooling, rng):
    net = biased(zoo.build("vgg19", width=WIDTH, pooling=pooling), rng)
    images = pictures(rng, (48, 32), (33, 70))
    before = net.forward(net.preprocess(images[0]))
    relus = [name for name in net.names if name.startswith("relu")]
    old = mean_activations(net, images, relus)
    assert rescale(net, images) is net
    np.testing.assert_allclose(
        net.forward(net.preprocess(images[0])), before, rtol=2e-4, atol=1e-5 * before.max()
    )
    new = mean_activations(net, images, relus)
    for name in relus[:-1]:
        loud = old[name] > 0
        np.testing.assert_allclose(new[name][loud], 1, rtol=1e-4)
        assert (new[name][~loud] == 0).all()
    np.testing.assert_allclose(new[relus[-1]], old[relus[-1]], rtol=1e-3, atol=1e-4 * old[relus[-1]].max())


def test_a_silent_filter_keeps_its_weights(rng):
    net = biased(zoo.build("vgg16", width=WIDTH, trainable=True), rng)
    net["conv1_2"].params["kernel"][..., 2] = 0
    net["conv1_2"].params["bias"][2] = -1
    following = net["conv2_1"].params["kernel"][:, :, 2].copy()
    rescale(net, pictures(rng, (40, 40)))
    assert (net["conv1_2"].params["kernel"][..., 2] == 0).all()
    assert net["conv1_2"].params["bias"][2] == -1
    changed = net["conv2_1"].params["kernel"][:, :, 2] / following  # by conv2_1's own factors alone
    np.testing.assert_allclose(changed, np.broadcast_to(changed[0, 0], changed.shape), rtol=1e-4)


def test_a_classifier_keeps_its_probabilities(rng):
    net = biased(zoo.build("vgg16", width=WIDTH, classifier=True), rng)
    for name in ("fc6", "fc7", "fc8"):  # keep the softmax away from 0 and 1
        net[name].params["kernel"] = net[name].params["kernel"] * np.float32(1e-2)
    images = pictures(rng, (224, 224))
    before = net.forward(net.preprocess(images[0]))
    rescale(net, images)
    np.testing.assert_allclose(net.forward(net.preprocess(images[0])), before, rtol=1e-3)
    np.testing.assert_allclose(mean_activations(net, images, ["relu6"])["relu6"].max(), 1, rtol=1e-4)


def test_grouped_convolutions(rng):
    layers = [Conv2D(3, 4, name="a", rng=rng), ReLU("ra"), Conv2D(4, 6, groups=2, name="b", rng=rng)]
    net = Network([*layers, ReLU("rb"), Conv2D(6, 2, name="c", rng=rng)], preprocessing=CAFFE).freeze()
    images = pictures(rng, (20, 20))
    before = net.forward(net.preprocess(images[0]))
    rescale(net, images)
    np.testing.assert_allclose(
        net.forward(net.preprocess(images[0])), before, rtol=1e-4, atol=1e-4 * abs(before).max()
    )


def test_arrays_that_are_shared_are_not_written_to(rng):
    net = zoo.build("vgg16", width=WIDTH)
    kept = net["conv2_2"].params["kernel"]
    copy = kept.copy()
    rescale(net, pictures(rng, (32, 32)))
    np.testing.assert_array_equal(kept, copy)
    assert net["conv2_2"].params["kernel"].dtype == np.float32


def test_real_weights(shared, rng):
    images = [rng.integers(0, 256, (64, 64, 3), dtype=np.uint8)]
    net = zoo.build("vgg19", weights=read(shared / "vgg19" / "vgg19-conv.npz"))
    before = net.forward(net.preprocess(images[0]), ["relu5_4"])["relu5_4"]
    rescale(net, images)
    after = net.forward(net.preprocess(images[0]), ["relu3_1", "relu5_4"])
    np.testing.assert_allclose(after["relu5_4"], before, rtol=1e-3, atol=1e-4 * before.max())
    means = after["relu3_1"].mean(axis=(0, 1, 2), dtype=np.float64)
    assert np.logical_or(np.isclose(means, 1, rtol=1e-4), means == 0).all()


def test_what_cannot_be_rescaled(rng):
    one = Network([Conv2D(3, 2, name="a", rng=rng)], preprocessing=Preprocessing())
    with pytest.raises(OptionError, match="at least two layers"):
        rescale(one, pictures(rng, (8, 8)))
    bare = Network(
        [Conv2D(3, 2, name="a", rng=rng), Conv2D(2, 2, name="b", rng=rng)], preprocessing=Preprocessing()
    )
    with pytest.raises(OptionError, match="expected a ReLU after a, found b"):
        rescale(bare, pictures(rng, (8, 8)))
    normed = Network([*zoo.build("vgg16", width=WIDTH).layers, LocalResponseNorm(name="n")])
    with pytest.raises(OptionError, match="local response normalisation"):
        rescale(normed, [])
    with pytest.raises(OptionError, match="at least one picture"):
        rescale(zoo.build("vgg16", width=WIDTH), [])
