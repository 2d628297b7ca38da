import sys

import numpy as np
import pytest

from minicnn import zoo
from minicnn.classify import classify
from minicnn.errors import OptionError, ShapeError

WIDTH = (4, 6, 8, 8, 8, 12, 12, 10)


@pytest.fixture(scope="module")
def net():
    net = zoo.build("vgg16", width=WIDTH, classifier=True)
    net["fc8"].params["kernel"] = net["fc8"].params["kernel"] * np.float32(
        1e-3
    )  # probabilities worth telling apart
    return net


@pytest.fixture
def picture(rng):
    return rng.integers(0, 256, (224, 224, 3), dtype=np.uint8)


def test_classes_come_likeliest_first(net, picture):
    found = classify(net, picture)
    probabilities = net.forward(net.preprocess(picture))[0]
    assert [k for k, _ in found] == list(np.argsort(-probabilities)[:5])
    assert [p for _, p in found] == sorted(probabilities.tolist(), reverse=True)[:5]
    assert sum(p for _, p in classify(net, picture, top=10)) == pytest.approx(1)


def test_classes_have_names_where_these_are_given(net, picture):
    names = [f"class {k}" for k in range(10)]
    assert classify(net, picture, 1, names)[0][0] == f"class {classify(net, picture, 1)[0][0]}"


@pytest.mark.parametrize("size", [(300, 500), (500, 300), (100, 40), (256, 224)])
def test_other_sizes_are_scaled_and_their_middle_taken(size, net, rng):
    pytest.importorskip("PIL")
    picture = rng.integers(0, 256, (*size, 3), dtype=np.uint8)
    shorter = min(size)
    side = round(shorter * 224 / 256)
    rows, columns = ((n - side) // 2 for n in size)
    outside = picture.copy()  # what lies outside the middle does not count
    outside[: max(0, rows - 3)] = 0
    outside[:, : max(0, columns - 3)] = 0
    assert classify(net, picture) == classify(net, outside)
    assert classify(net, picture) != classify(net, 255 - picture)


def test_an_evenly_coloured_picture_is_the_same_at_every_size(net):
    pytest.importorskip("PIL")
    large, small = (np.full((*size, 3), (200, 90, 30), np.uint8) for size in ((400, 301), (224, 224)))
    assert classify(net, large) == classify(net, small)


def test_what_cannot_be_classified(net, picture):
    with pytest.raises(OptionError, match="classifier=True"):
        classify(zoo.build("vgg16", width=WIDTH), picture)
    for top in (0, 11, 2.5, None, True):
        with pytest.raises(OptionError, match="top from 1 to 10"):
            classify(net, picture, top)
    with pytest.raises(OptionError, match="expected 10 names, got 2"):
        classify(net, picture, names=["a", "b"])
    with pytest.raises(OptionError, match="expected 10 names, got 3"):
        classify(net, picture, names=3)
    with pytest.raises(OptionError, match="expected a network"):
        classify(None, picture)
    for wrong in (picture[..., :2], picture[0], np.zeros((0, 5, 3), np.uint8), np.zeros((50, 50, 3))):
        with pytest.raises(ShapeError, match="expected a uint8 RGB picture"):
            classify(net, wrong)


def test_scaling_without_pillow_names_the_remedy(net, monkeypatch):
    monkeypatch.setitem(sys.modules, "PIL", None)
    with pytest.raises(OptionError, match="pip install pillow"):
        classify(net, np.zeros((50, 50, 3), np.uint8))
