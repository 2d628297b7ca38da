"""Several paintings: what they weigh, and what blending their targets has to do with adding their losses."""

import numpy as np
import pytest

from minicnn.errors import OptionError
from nst import paint
from nst.blend import style_losses, weights_of
from nst.compose import compose
from nst.losses import GramStyle, WassersteinStyle
from nst.networks import resolved
from nst.reconstruct import texture
from nst.settings import make
from nst.transfer import Transfer

M, C = 35, 6


def features(rng, m=M):
    return np.maximum(rng.standard_normal((m, C)) + 0.3, 0)


def blend(style, paintings, weights, **options):
    found = [{"relu1_1": style.statistic(P)} for P in paintings]
    return style_losses(found, lambda target, _: style.toward(target, **options), weights)["relu1_1"]


def test_a_blend_s_gradient_is_that_of_the_losses_added_up(rng):
    """And the value differs by how far the paintings are from their mean, Σ w |A − Ā|²."""
    F, paintings, weights = features(rng), [features(rng, m) for m in (20, 35, 48)], (0.5, 0.2, 0.3)
    value, dF = blend(GramStyle, paintings, weights, form="gatys2015")(F)
    each = [GramStyle(P, "gatys2015")(F) for P in paintings]
    grams = [P.T @ P / len(P) for P in paintings]
    mean = sum(w * A for w, A in zip(weights, grams, strict=True))
    apart = sum(w * np.sum((A - mean) ** 2) for w, A in zip(weights, grams, strict=True)) / (4 * C**2)
    np.testing.assert_allclose(dF, sum(w * d for w, (_, d) in zip(weights, each, strict=True)), atol=1e-15)
    assert value + apart == pytest.approx(sum(w * v for w, (v, _) in zip(weights, each, strict=True)))


def test_between_distributions_a_blend_is_that_of_all_features_together(rng):
    one, two = features(rng, 20), features(rng, 60)
    value, _ = blend(WassersteinStyle, [one, two], (0.25, 0.75))(np.concatenate([one, two]))
    assert value == pytest.approx(0, abs=1e-12)


@pytest.mark.parametrize(
    ("asked", "expected"), [(None, (0.5, 0.5)), ("3,1", (0.75, 0.25)), ([2, 6], (0.25, 0.75))]
)
def test_weights_are_shares(asked, expected):
    assert weights_of(make(painting_weights=asked), 2) == list(expected)


def test_one_painting_given_twice_is_that_painting(tiny, pictures):
    photo, painting = pictures
    options = {"size": 48, "iterations": 3, "scales": 1}
    once = np.asarray(paint(photo, painting, **options))
    for twice in ([painting, painting], (painting, painting)):
        np.testing.assert_allclose(
            np.asarray(paint(photo, twice, **options, painting_weights="5,2")), once, atol=1
        )


def objective(tiny, pictures, paintings, **options):
    settings = resolved(make(size=48, content_weight=0, **options))
    network = tiny(settings).astype(np.float64)
    return compose(network, (36, 48), None, paintings, settings), network


@pytest.mark.parametrize("loss", ["gatys2015", "wasserstein"])
def test_a_painting_s_weight_moves_the_target_towards_it(tiny, pictures, loss):
    one, two = pictures[1], pictures[1][::-1, ::-1, ::-1]
    canvas = {}
    for name, picture in (("one", one), ("two", two)):
        whole, network = objective(tiny, pictures, [picture], loss=loss, margin=0)
        canvas[name] = network.preprocess(picture)[0].astype(np.float64), whole
    values = [
        objective(
            tiny, pictures, [one, two], loss=loss, margin=0, painting_weights=(w, 1), painting_size="native"
        )[0](canvas["one"][0])[0]
        for w in (0.1, 1, 10, 1000)
    ]
    assert values == sorted(values, reverse=True)
    assert values[-1] < 1e-2 * values[0]


def test_each_painting_has_a_scale_of_its_own(tiny, pictures):
    one, two = pictures[1], pictures[1][::-1, ::-1, ::-1]

    def targets(paintings, **options):
        return [part.loss.target for part in objective(tiny, pictures, paintings, **options)[0].parts]

    both = targets([one, two], style_scale="1,1.5", painting_weights="3,1")
    apart = zip(targets([one]), targets([two], style_scale=1.5), strict=True)
    for found, (a, b) in zip(both, apart, strict=True):
        np.testing.assert_allclose(found, 0.75 * a + 0.25 * b, rtol=1e-12)


def test_a_texture_of_several_paintings(tiny, pictures):
    picture = texture([pictures[1], pictures[0]], size=48, iterations=2, scales=1)
    assert picture.size == (36, 48)  # as the first one is


@pytest.mark.parametrize(
    ("options", "count", "said"),
    [
        ({"painting_weights": (1, 2)}, 1, "--painting-weights: expected one number a painting, 1, got 2"),
        ({"painting_weights": 3}, 2, "--painting-weights: expected one number a painting, 2, got 1"),
        ({"style_scale": (1, 2, 1)}, 2, "--style-scale: expected one number a painting, 2, got 3"),
    ],
)
def test_as_many_numbers_as_paintings(tiny, pictures, options, count, said):
    with pytest.raises(OptionError, match=said):
        Transfer(pictures[0], [pictures[1]] * count, make(size=48, **options))
