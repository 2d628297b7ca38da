"""Networks as other programs alter them, and first canvases as they begin."""

import numpy as np
import pytest

from minicnn import zoo
from minicnn.errors import OptionError
from minicnn.gradcheck import check_layer
from minicnn.layers import AvgPool2D, MaxPool2D
from minicnn.preprocessing import TORCHVISION
from nst import adapted, networks
from nst.settings import make
from nst.starts import first_canvas

WIDTH = (2, 3, 4, 4, 4)


def built(**options):
    more = {"preprocessing": options.pop("preprocessing")} if "preprocessing" in options else {}
    return adapted.build(make(network="vgg19", **options), width=WIDTH, seed=11, **more)


def test_overlapping_poolings(rng):
    network = built(pooling="avg3")
    assert not [layer for layer in network if type(layer) in (AvgPool2D, MaxPool2D)]
    assert network.names == built().names
    assert all(layer.frozen for layer in network)  # or nothing runs in stages
    x = rng.standard_normal((1, 9, 12, 3))
    assert network["pool1"].forward(x).shape == network["pool1"].output_shape(x.shape) == (1, 5, 6, 3)
    assert check_layer(network["pool1"], x).ok
    torch = pytest.importorskip("torch")
    expected = torch.nn.functional.avg_pool2d(torch.tensor(x).permute(0, 3, 1, 2), 3, 2, padding=1)
    np.testing.assert_allclose(network["pool1"].forward(x), expected.permute(0, 2, 3, 1), rtol=1e-12)


def test_the_first_edges_alone():
    convolutions = [layer for layer in built(edges="replicate-first") if layer.params]
    assert [layer.edges for layer in convolutions] == ["replicate", *["zero"] * (len(convolutions) - 1)]


def test_means_are_taken_in_the_network_s_own_order():
    rgb = (123.0, 117.0, 104.0)
    assert built(means=rgb).preprocessing.mean == rgb[::-1]
    ordered = zoo.build("vgg19", width=WIDTH).preprocessing
    assert built(means=rgb, preprocessing=adapted.replace(ordered, order="RGB")).preprocessing.mean == rgb
    assert built(means=rgb, preprocessing="torchvision").preprocessing == TORCHVISION  # of another family


@pytest.mark.parametrize("pooling", ["avg", "max", "avg3"])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_normalised_filters_answer_1_on_average_and_see_the_same(rng, pooling, dtype):
    network = built(pooling=pooling).astype(dtype)
    kernels = {name: value.copy() for name, value in network.parameters().items()}
    pictures = [rng.integers(0, 256, (*shape, 3), dtype=np.uint8) for shape in ((40, 52), (36, 33))]
    equal = adapted.normalised(network, pictures)
    assert equal.names == network.names
    taps = [name for name in network.names if name.startswith("relu")]

    def answers(net):
        """{tap: features of all pictures, (places, channels)}"""
        found = [net.forward(net.preprocess(picture).astype(dtype), taps) for picture in pictures]
        return {tap: np.concatenate([f[tap].reshape(-1, f[tap].shape[3]) for f in found]) for tap in taps}

    before, after = answers(network), answers(equal)
    for tap in taps:
        factor = before[tap].mean(axis=0)
        alive = factor > 0
        np.testing.assert_allclose(after[tap].mean(axis=0)[alive], 1, rtol=1e-3)
        np.testing.assert_allclose(
            after[tap] * np.where(alive, factor, 1), before[tap], atol=1e-3 * factor.max()
        )
    assert alive.any()
    for name, value in network.parameters().items():
        np.testing.assert_array_equal(value, kernels[name])  # the given network stays
    assert next(iter(equal.parameters().values())).dtype == dtype
    assert equal.readouts == {}


def test_normalising_and_another_metric_contradict_each_other():
    with pytest.raises(OptionError, match="--normalise"):
        make(normalise=True, metric="teacher")


# --- starts ----------------------------------------------------------------------------------------------


def start(start, **options):
    settings = make(start=start, margin=0, **options)
    network = zoo.build("vgg19", width=WIDTH, until="relu1_1")
    photo = np.full((50, 60, 3), 200, np.uint8)
    return first_canvas(network, (50, 60), photo, [], settings), network.preprocess(photo)[0]


@pytest.mark.parametrize(
    ("name", "options", "spread", "widest"),
    [
        ("faint", {}, 1e-3, 0.01),
        ("faint", {"noise": 0.256}, 0.256, 2),
        ("noise", {"noise": 128.0}, 128 / 3**0.5, 128),
        ("gaussian", {"noise": 5.0}, 5, 40),
    ],
)
def test_noise_around_the_mean_colour(name, options, spread, widest):
    x, _ = start(name, **options)
    assert x.dtype == np.float32
    assert x.std() == pytest.approx(spread, rel=0.05)
    assert abs(x.mean()) < spread / 20
    assert np.abs(x).max() <= widest


def test_noise_on_the_photo():
    x, photo = start("mix", mix=0.7, noise=20.0)
    noise = (x - 0.3 * photo) / 0.7
    assert np.abs(noise).max() <= 20.001
    assert noise.std() == pytest.approx(20 / 3**0.5, rel=0.05)


def test_one_loaded_network_serves_settings_that_share_its_identity():
    one = networks.resolved(make(network="vgg19", size=40))
    assert adapted.identity(one) == adapted.identity(one.replace(size=64, loss="mean", normalise=True))
    for change in ({"edges": "zero"}, {"pooling": "max"}, {"means": (1, 2, 3)}, {"network": "vgg16"}):
        assert adapted.identity(one) != adapted.identity(one.replace(**change))
