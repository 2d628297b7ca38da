"""Masks: how they come down to a layer's size, what they do to the objective, and what is refused."""

import numpy as np
import pytest
from PIL import Image

import nst
from minicnn import zoo
from minicnn.errors import OptionError
from nst import adapted
from nst.compose import compose
from nst.estimate import estimate
from nst.masks import Mask, Masks, fitted_masks, grey, read_masks
from nst.networks import resolved
from nst.regions import EVERYWHERE, Regions
from nst.settings import make
from nst.transfer import Transfer

from .differences import worst_disagreement

WIDTH = (6, 8, 10, 12, 12)


def vgg(**options):
    return zoo.build("vgg19", width=WIDTH, seed=3, **options)


def settings_of(**options):
    return resolved(make(**{"size": 48, "margin": 0, "network": "vgg19", **options}))


def regions(*masks, paintings=()):
    return Regions(Masks(tuple(None if mask is None else Mask("m", mask) for mask in masks), paintings))


def ramp(shape, axis=1):
    """Soft all over: 0 … 255."""
    return np.broadcast_to(np.linspace(0, 255, shape[axis]).reshape(-1, *[1] * (1 - axis)), shape).astype(
        np.uint8
    )


def halves(shape):
    left = np.zeros(shape, np.uint8)
    left[:, : shape[1] // 2] = 255
    return left, 255 - left


def blocks(mask, size):
    """The mean over squares of `size` pixels, without the remainder: what poolings of 2×2 come to."""
    h, w = (side // size * size for side in mask.shape)
    return mask[:h, :w].reshape(h // size, size, w // size, size).mean(axis=(1, 3)) / 255


# --- down through the network ----------------------------------------------------------------------------


@pytest.mark.parametrize("shape", [(32, 48), (37, 51), (36, 47)])
@pytest.mark.parametrize("pooling", ["avg", "max"])
def test_a_place_s_guide_is_the_mean_of_the_pixels_that_it_stands_for(rng, shape, pooling):
    mask = rng.integers(0, 256, shape, dtype=np.uint8)
    (guides,) = regions(mask).on_canvas(vgg(pooling=pooling), shape, settings_of())
    for layer, size in zip(settings_of().style_layers, (1, 2, 4, 8, 16), strict=True):
        np.testing.assert_allclose(guides[layer], blocks(mask, size).ravel(), atol=1e-6)


@pytest.mark.parametrize("network", ["vgg19", "alexnet"])
@pytest.mark.parametrize("pooling", ["avg", "avg3"])
@pytest.mark.parametrize("shape", [(70, 96), (71, 93)])
def test_guides_fit_the_features_of_every_network(rng, network, pooling, shape):
    """A white mask is white at every layer, and left and right stay where they were."""
    settings = settings_of(network=network, pooling=pooling, size=96)
    net = adapted.build(settings, width=WIDTH)
    layers = list(settings.style_layers)
    features = net.forward(np.zeros((1, *shape, 3), np.float32), taps=layers)
    white, left = regions(None, halves(shape)[0]), regions(halves(shape)[0])
    everywhere = Regions(Masks((None,))).on_canvas(net, shape, settings)[0]
    (half,) = left.on_canvas(net, shape, settings)
    assert len(white.on_canvas(net, shape, settings)) == 2
    for layer in layers:
        size = features[layer].shape[1:3]
        np.testing.assert_allclose(everywhere[layer], np.ones(size[0] * size[1]), rtol=1e-6)
        side = half[layer].reshape(size)
        np.testing.assert_allclose(side[:, 0], 1, rtol=1e-6)
        np.testing.assert_allclose(side[:, -1], 0, atol=0.3 if layer == layers[-1] else 1e-6)
        assert (np.diff(side, axis=1) <= 1e-6).all()


def test_masks_grow_and_shrink_with_the_picture_and_mirror_in_its_margin():
    settings = settings_of(margin=4, style_layers="relu1_1")
    for size in ((18, 24), (36, 48), (72, 96)):
        (guide,) = regions(ramp((36, 48))).on_canvas(vgg(), size, settings)
        found = guide["relu1_1"].reshape(size[0] + 8, size[1] + 8)
        np.testing.assert_allclose(found, found[:1].repeat(len(found), 0), atol=1e-6)
        inner = found[0, 4:-4]
        np.testing.assert_allclose(inner, np.interp(np.linspace(0, 1, size[1]), [0, 1], [0, 1]), atol=0.04)
        np.testing.assert_allclose(found[0, :4], inner[4:0:-1], atol=1e-6)


def test_where_masks_overlap_paintings_share_the_place():
    left, right = halves((36, 48))
    right[:, 12:] = 255
    settings = settings_of(style_layers="relu1_1")
    one, two = (
        g["relu1_1"].reshape(36, 48)[0] for g in regions(left, right).on_canvas(vgg(), (36, 48), settings)
    )
    np.testing.assert_allclose(one, [1] * 12 + [0.5] * 12 + [0] * 24)
    np.testing.assert_allclose(two, [0] * 12 + [0.5] * 12 + [1] * 24)


def test_a_painting_s_mask_is_shaped_as_its_painting_is():
    settings = settings_of(painting_size="cropped", style_layers="relu1_1", style_scale=(1, 0.5))
    mask = Mask("m", ramp((60, 40), axis=0))
    all_of_it, half = regions(paintings=(None, mask)).in_paintings(vgg(), (30, 40), settings)
    assert all_of_it is None
    down = half["relu1_1"].reshape(15, 20)  # the middle of the painting, at half the picture's size
    np.testing.assert_allclose(down, down[:, :1].repeat(20, 1), atol=1e-6)
    np.testing.assert_allclose(down[:, 0], np.linspace(0.26, 0.74, 15), atol=0.02)


# --- the objective ---------------------------------------------------------------------------------------


def composed(pictures, where, count=2, **options):
    photo, painting = pictures
    paintings = [painting, np.ascontiguousarray(painting[::-1, ::-1, ::-1]), photo][:count]
    settings = settings_of(edges="replicate", tv_weight=0.1, **options)
    network = vgg(edges="replicate").astype(np.float64)
    return compose(network, (36, 48), photo, paintings, settings, where), network


@pytest.mark.parametrize(
    ("loss", "step"),
    [("relative", 1e-4), ("gatys2015", 1e-4), ("mean", 1e-4), ("keras", 1e-4), ("wasserstein", 1e-3)],
)
def test_the_whole_objective_has_the_right_gradient_under_soft_masks(rng, pictures, loss, step):
    """Between distributions values are small differences of large ones: they ask for longer steps."""
    left = ramp((36, 48))
    among = (Mask("m", ramp((40, 30), axis=0)), None)
    objective, network = composed(pictures, regions(left, 200 - left // 2, paintings=among), loss=loss)
    canvas = network.preprocessing.from_values(rng.uniform(0, 255, (36, 48, 3)))
    assert worst_disagreement(objective, canvas, rng, directions=3, entries=4, step=step) < 1e-5


def test_white_masks_with_one_painting_change_nothing(rng, pictures):
    canvas = rng.uniform(-100, 100, (36, 48, 3))
    white = Mask("white", np.full((36, 48), 255, np.uint8))
    of_painting = Mask("white", np.full((40, 30), 255, np.uint8))
    value, slope = composed(pictures, EVERYWHERE, 1)[0](canvas)
    for masks in (Masks((white,)), Masks((None,)), Masks((), (of_painting,)), Masks((white,), (None,))):
        found, dx = composed(pictures, Regions(masks), 1)[0](canvas)
        assert found == pytest.approx(value, rel=1e-6)
        np.testing.assert_allclose(dx, slope, atol=1e-6 * np.abs(slope).max())


def test_two_paintings_white_everywhere_pull_as_their_blend_does(rng, pictures):
    """As Σ w |G − A|² and |G − Ā|² have one gradient; weights too mean the same with masks and without."""
    canvas = rng.uniform(-100, 100, (36, 48, 3))
    options = {"loss": "gatys2015", "painting_weights": (3, 1)}
    _, slope = composed(pictures, EVERYWHERE, **options)[0](canvas)
    _, dx = composed(pictures, Regions(Masks((None, None))), **options)[0](canvas)
    np.testing.assert_allclose(dx, slope, atol=1e-6 * np.abs(slope).max())


def test_a_region_pulls_at_its_places_as_hard_as_the_whole_picture_would(rng, pictures):
    """At a layer that sees little, a photo that is the same left and right, with the left one masked."""
    photo, painting = pictures
    photo = np.concatenate([photo[:, :24], photo[:, :24]], axis=1)
    options = {"style_layers": "relu1_1", "content_weight": 0, "tv_weight": 0}
    half = halves((36, 48))[0]
    slopes = []
    for where in (EVERYWHERE, regions(half)):
        settings = settings_of(edges="replicate", **options)
        network = vgg(edges="replicate").astype(np.float64)
        objective = compose(network, (36, 48), photo, [painting], settings, where)
        slopes.append(objective(network.preprocess(photo)[0].astype(np.float64))[1])
    whole, left = slopes
    np.testing.assert_allclose(left[:, :23], whole[:, :23], atol=0.06 * np.abs(whole).max())
    assert not left[:, 26:].any()


def test_a_region_that_a_coarse_scale_loses_is_left_out_there(pictures):
    speck = np.zeros((36, 48), np.uint8)
    speck[-1, -1] = 255  # in the odd remainder that poolings leave out
    objective, _ = composed(pictures, regions(speck, 255 - speck))
    by_layer = {part.tap: part.loss for part in objective.parts if part.name.startswith("style")}
    assert [len(by_layer[f"relu{k}_1"].regions) for k in (1, 5)] == [2, 1]


# --- reading and refusing --------------------------------------------------------------------------------


def test_a_mask_is_light_where_it_is_light_and_opaque(rng, tmp_path):
    rgb = rng.integers(0, 256, (5, 7, 3), dtype=np.uint8)
    alpha = np.full((5, 7), 255, np.uint8)
    alpha[:, :3] = 0
    np.testing.assert_allclose(grey(rgb, None), rgb @ [0.299, 0.587, 0.114], atol=1)
    assert not grey(rgb, alpha)[:, :3].any()
    np.testing.assert_array_equal(grey(rgb, alpha)[:, 3:], grey(rgb, None)[:, 3:])
    Image.fromarray(np.dstack([rgb, alpha])).save(tmp_path / "mask.png")
    given = make(masks=[tmp_path / "mask.png", "all"], painting_masks=rgb[..., 0])
    masks = read_masks(given)
    assert masks.photo[0].name == str(tmp_path / "mask.png")
    np.testing.assert_array_equal(masks.photo[0].values, grey(rgb, alpha))
    assert masks.photo[1] is None
    np.testing.assert_array_equal(masks.paintings[0].values, rgb[..., 0])
    assert given.record()["masks"] == [str(tmp_path / "mask.png"), "all"]
    assert given.record()["painting_masks"] == ["a picture"]


def test_masks_of_another_size_are_resized_cut_as_the_photo_is_and_completed(pictures):
    photo, painting = pictures
    masks = Masks((Mask("ramp", ramp((18, 24))),), (Mask("p", ramp((80, 60))), None))
    found = fitted_masks(masks, photo, [painting, photo], make(crop="12,0,36,36"))
    one, two = found.photo
    assert one.values.shape == two.values.shape == (36, 24)
    assert found.paintings[0].values.shape == (40, 30)
    assert found.paintings[1] is None
    np.testing.assert_array_equal(one.values.astype(int) + two.values, 255)
    np.testing.assert_allclose(one.values[5], 255 * np.linspace(0.25, 0.75, 24), atol=6)


WHITE, BLACK = np.full((36, 48), 255, np.uint8), np.zeros((36, 48), np.uint8)
SPECK = np.zeros((36, 48), np.uint8)
SPECK[3, 4] = 255
OF_PAINTING = np.zeros((40, 30), np.uint8)
OF_PAINTING[7, 9] = 255


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"masks": [WHITE] * 3}, "--masks: expected one for each painting, 2, or 1 and the last.*; got 3"),
        ({"masks": [WHITE[:, :24], WHITE]}, "expected the proportions of the photo, 48×36, got 24×36"),
        ({"painting_masks": [WHITE, "all"]}, "expected the proportions of its painting, 30×40, got 48×36"),
        ({"painting_masks": [WHITE]}, "--painting-masks: expected one for each painting, 2, got 1"),
        ({"masks": [BLACK, WHITE]}, "a mask of --masks: the mask is black all over"),
        ({"masks": [SPECK, WHITE], "crop": "10,0,48,36"}, "a mask of --masks: the mask is black all over"),
        ({"masks": [WHITE]}, "what a mask of --masks leaves: nothing"),
        ({"masks": ["all"]}, "with all among them, nothing is left for the last painting"),
        ({"masks": [SPECK, WHITE]}, "the region is lost at relu2_1, of whose 616 places it covers 0.5"),
        (
            {"masks": [WHITE, "all"], "painting_masks": ["all", OF_PAINTING]},
            "a mask of --painting-masks: the reg",
        ),
    ],
)
def test_contradictions_are_refused_by_name(tiny, pictures, options, said):
    photo, painting = pictures
    with pytest.raises(OptionError, match=said):
        Transfer(photo, [painting, painting], make(size=48, **options))


def test_masks_without_a_photo_or_without_paintings_are_refused(tiny, pictures):
    photo, painting = pictures
    with pytest.raises(OptionError, match="there is no photo"):
        Transfer(None, [painting], make(size=48, masks=[WHITE]))
    with pytest.raises(OptionError, match="--masks: expected one for each painting, 0; got 1"):
        Transfer(photo, [], make(size=48, masks=[WHITE]))


def test_no_painting_has_a_place_where_another_takes_it_all(tiny, pictures):
    """Named, too, where it is the rest that is lost."""
    almost = WHITE.copy()
    almost[:2, :2] = 0
    with pytest.raises(OptionError, match=r"what a mask of --masks leaves: the region is lost at relu3_1"):
        Transfer(pictures[0], [pictures[1]] * 2, make(size=48, masks=[almost], margin=0))


# --- runs ------------------------------------------------------------------------------------------------


def test_outside_its_region_a_photo_stays_as_it_is_at_every_scale(tiny, pictures):
    photo, painting = pictures
    left = halves((36, 48))[0]
    seen = []
    run = Transfer(photo, [painting], make(size=48, iterations=8, scales=(24,), masks=[left], strength=3))
    picture = run.run(lambda progress: seen.append(progress.size)).astype(float)
    assert sorted(set(seen)) == [(18, 24), (36, 48)]
    change = np.abs(picture - photo).mean(axis=(0, 2))
    assert change[36:].mean() < 0.25 * change[:12].mean()
    assert estimate(run, seconds=False).bytes > 0


def test_each_region_takes_after_its_own_painting(tiny, pictures):
    """Flat paintings, one bright and one dark; from noise, style alone."""
    bright, dark = (np.full((40, 30, 3), level, np.uint8) for level in (225, 30))
    for light in (bright, dark):
        light[::3, ::2] += 20
    options = {"size": 48, "iterations": 12, "scales": 1, "content_weight": 0, "start": "noise"}
    picture = np.asarray(nst.paint(pictures[0], [bright, dark], masks=[halves((36, 48))[0]], **options))
    level = picture.mean(axis=(0, 2))
    assert level[:20].mean() > level[28:].mean() + 40
