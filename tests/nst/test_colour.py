"""Whose colours: matching against NumPy's and SciPy's statistics, and luma with another's chroma."""

import numpy as np
import pytest
from scipy.linalg import sqrtm

from minicnn.errors import OptionError
from nst import colour
from nst.colour import LUMA, MOVES, Colours, colours_of, dressed, recoloured, with_chroma_of
from nst.masks import Mask, Masks
from nst.settings import make
from nst.transfer import Transfer

LINEAR = ["match", "match-root", "match-cholesky"]
YIQ = np.array([LUMA, [0.5959, -0.2746, -0.3213], [0.2115, -0.5227, 0.3112]])


def picture(rng, shape, mean, mixing):
    """uint8 with colours that are correlated, as a real picture's are."""
    values = mean + rng.uniform(-1, 1, (*shape, 3)) @ np.array(mixing).T * 30
    return np.clip(np.rint(values), 0, 255).astype(np.uint8)


@pytest.fixture
def painting(rng):
    return picture(rng, (31, 22), (150, 90, 60), [[2, 0, 0.1], [1, 1, 0], [0.2, 0.7, 0.5]])


@pytest.fixture
def photo(rng):
    return picture(rng, (20, 41), (80, 120, 170), [[0.6, 0.5, 0], [0.1, 1, 0.2], [1, 0.2, 1.5]])


def statistics(values, weights=None):
    return np.average(values, axis=0, weights=weights), np.cov(values.T, aweights=weights, ddof=0)


def moved(name, painting, photo):
    source, target = colours_of(painting), colours_of(photo)
    return MOVES[name](source, target)(source.values)


@pytest.mark.parametrize("name", LINEAR)
def test_a_matched_painting_has_the_photo_s_mean_and_covariance(painting, photo, name):
    mean, covariance = statistics(moved(name, painting, photo))
    expected_mean, expected = statistics(photo.reshape(-1, 3).astype(float))
    np.testing.assert_allclose(mean, expected_mean, rtol=0, atol=1e-6)
    np.testing.assert_allclose(covariance, expected, rtol=0, atol=1e-6)


@pytest.mark.parametrize("name", LINEAR)
def test_so_it_has_where_masks_are_white(rng, painting, photo, name):
    masks = [Mask("m", rng.integers(0, 256, p.shape[:2], dtype=np.uint8)) for p in (painting, photo)]
    source, target = (colours_of(p, m) for p, m in zip((painting, photo), masks, strict=True))
    white = masks[0].values[masks[0].values > 0]
    mean, covariance = statistics(MOVES[name](source, target)(source.values), white)
    expected_mean, expected = statistics(photo.reshape(-1, 3).astype(float), masks[1].values.ravel())
    np.testing.assert_allclose(mean, expected_mean, rtol=0, atol=1e-6)
    np.testing.assert_allclose(covariance, expected, rtol=0, atol=1e-6)


def matrix(name, painting, photo):
    """A of v ↦ A v + b, column by column."""
    move = MOVES[name](colours_of(painting), colours_of(photo))
    return (move(np.eye(3)) - move(np.zeros((1, 3)))).T


def test_each_root_is_what_it_is_called(painting, photo):
    (_, source), (_, target) = (statistics(p.reshape(-1, 3).astype(float)) for p in (painting, photo))
    symmetric = sqrtm(target) @ np.linalg.inv(sqrtm(source))
    np.testing.assert_allclose(matrix("match-root", painting, photo), symmetric, atol=1e-9)
    triangular = np.linalg.cholesky(target) @ np.linalg.inv(np.linalg.cholesky(source))
    # L Lᵀ holds for each column of L with either sign; A (Σ_s) Aᵀ does not change with them.
    np.testing.assert_allclose(np.abs(matrix("match-cholesky", painting, photo)[0]), np.abs(triangular[0]))
    np.testing.assert_allclose(np.triu(matrix("match-cholesky", painting, photo), 1), 0, atol=1e-9)


def test_match_moves_colours_as_little_as_gaussians_allow(painting, photo):
    """The mean squared way is the squared Wasserstein-2 distance, and no other move's is shorter."""
    before = painting.reshape(-1, 3).astype(float)
    way = {name: np.mean(np.sum((moved(name, painting, photo) - before) ** 2, axis=1)) for name in LINEAR}
    (m, S), (n, T) = statistics(before), statistics(photo.reshape(-1, 3).astype(float))
    shortest = np.sum((m - n) ** 2) + np.trace(S + T - 2 * sqrtm(sqrtm(S) @ T @ sqrtm(S)).real)
    assert way["match"] == pytest.approx(shortest, rel=1e-9)
    assert way["match"] < 0.999 * min(way["match-root"], way["match-cholesky"])


@pytest.mark.parametrize("name", [*LINEAR, "match-histogram"])
@pytest.mark.parametrize("which", ["photo", "painting", "one colour"])
def test_grey_pictures_have_no_covariance_to_divide_by(painting, photo, name, which):
    grey = np.repeat(photo[..., :1] if which == "photo" else painting[..., :1], 3, axis=2)
    if which == "photo":
        values = moved(name, painting, grey)
        np.testing.assert_allclose(values - values[:, :1], 0, atol=1e-5)
        assert np.std(values[:, 0]) == pytest.approx(np.std(grey), rel=0.02)
    elif which == "painting":
        values = moved(name, grey, photo)
        np.testing.assert_allclose(values.mean(axis=0), photo.reshape(-1, 3).mean(axis=0), atol=0.5)
        assert np.linalg.matrix_rank(np.cov(moved("match", grey, photo).T), tol=1e-3) == 1
    else:
        values = moved(name, np.full((4, 5, 3), 77, np.uint8), photo)
        assert np.isfinite(values).all()


def test_histograms_come_out_along_the_photo_s_axes(rng, photo):
    painting = picture(
        rng, (41, 20), (150, 90, 60), [[2, 0, 0.1], [1, 1, 0], [0.2, 0.7, 0.5]]
    )  # as many pixels
    axes = np.linalg.eigh(np.cov(photo.reshape(-1, 3).T.astype(float), ddof=0))[1]
    values = moved("match-histogram", painting, photo) @ axes
    expected = photo.reshape(-1, 3) @ axes
    for k in range(3):
        ranks = np.abs(np.sort(values[:, k]) - np.sort(expected[:, k]))
        assert ranks.max() < 0.05 * np.ptp(expected[:, k])
        assert ranks.mean() < 2e-3 * np.ptp(expected[:, k])
    itself = moved("match-histogram", photo, photo)
    np.testing.assert_allclose(itself, photo.reshape(-1, 3), atol=1e-6)


def test_a_grey_painting_takes_light_and_dark_from_the_photo(painting, photo):
    values = moved("photo", painting, photo)
    np.testing.assert_array_equal(values, np.repeat(values[:, :1], 3, axis=1))
    Y, own = photo.reshape(-1, 3) @ LUMA, painting.reshape(-1, 3) @ LUMA
    assert values[:, 0].mean() == pytest.approx(Y.mean(), abs=1e-9)
    assert values[:, 0].std() == pytest.approx(Y.std(), abs=1e-9)
    assert np.corrcoef(values[:, 0], own)[0, 1] == pytest.approx(1)


@pytest.mark.parametrize("shape", [(31, 22), (40, 20), (28, 25), (700, 1)])
@pytest.mark.parametrize("masked", [False, True])
def test_a_large_picture_is_known_by_a_sample_of_all_its_columns(monkeypatch, shape, masked):
    monkeypatch.setattr(colour, "ENOUGH", 200)
    columns = np.broadcast_to(np.arange(1, shape[1] + 1), shape).astype(np.uint8)
    some = colours_of(np.dstack([columns] * 3), Mask("m", columns) if masked else None)
    assert 90 < len(some.values) <= 200
    assert set(some.values[:, 0]) == set(columns.ravel())
    expected = some.values[:, 0] if masked else np.ones(len(some.values))
    np.testing.assert_allclose(some.shares, expected / expected.sum())


def test_a_speck_of_white_is_found_however_large_the_picture(monkeypatch, photo):
    monkeypatch.setattr(colour, "ENOUGH", 5)
    speck = np.zeros(photo.shape[:2], np.uint8)
    speck[11, 23] = 1
    np.testing.assert_array_equal(colours_of(photo, Mask("speck", speck)).mean, photo[11, 23])


def test_a_recoloured_picture_is_rounded_and_clipped(rng, monkeypatch):
    monkeypatch.setattr(colour, "ROWS", 7)
    before = rng.integers(0, 256, (17, 9, 3), dtype=np.uint8)
    after = recoloured(before, lambda values: 2.5 * values - 100.2)
    np.testing.assert_array_equal(after, np.clip(np.rint(2.5 * before - 100.2), 0, 255))
    assert after.dtype == np.uint8


def test_luma_is_the_canvas_s_and_chroma_the_photo_s(rng):
    """Where nothing runs out of 0..255, in YIQ: Y from one, I and Q from the other."""
    photo = rng.integers(110, 146, (8, 9, 3), dtype=np.uint8)
    canvas = rng.uniform(100, 156, (8, 9, 3))
    found = with_chroma_of(photo, canvas) @ YIQ.T
    np.testing.assert_allclose(found[..., 0], canvas @ LUMA, atol=1e-9)
    np.testing.assert_allclose(found[..., 1:], (photo @ YIQ.T)[..., 1:], atol=1e-9)


def test_where_colours_run_out_only_saturation_gives_way(rng):
    photo = rng.integers(0, 256, (40, 30, 3), dtype=np.uint8)
    canvas = rng.uniform(-30, 285, (40, 30, 3))
    found = with_chroma_of(photo, canvas)
    assert found.min() >= -1e-9
    assert found.max() <= 255 + 1e-9
    np.testing.assert_allclose(found @ LUMA, np.clip(canvas @ LUMA, 0, 255), atol=1e-9)
    hue, own = ((p @ YIQ.T)[..., 1:].reshape(-1, 2) for p in (found, photo))
    cross = hue[:, 0] * own[:, 1] - hue[:, 1] * own[:, 0]
    np.testing.assert_allclose(cross, 0, atol=1e-8 * np.abs(own).max() ** 2)
    assert (np.sum(hue * own, axis=1) >= -1e-9).all()
    less = np.linalg.norm(hue, axis=1) < 0.999 * np.linalg.norm(own, axis=1)
    touching = (np.minimum(found, 255 - found).min(axis=2) < 1e-6).ravel()
    assert touching[less].all()
    assert less.any()


def test_only_what_masks_pick_is_matched(painting, photo):
    inside = np.zeros(photo.shape[:2], np.uint8)
    inside[:, :20] = 255
    masks = Masks((Mask("left", inside), Mask("right", 255 - inside)))
    same, (one, two) = dressed(photo, [painting, painting], masks, "match")
    assert same is photo
    for found, part in ((one, photo[:, :20]), (two, photo[:, 20:])):
        np.testing.assert_allclose(
            found.reshape(-1, 3).mean(axis=0), part.reshape(-1, 3).mean(axis=0), atol=0.5
        )


def test_the_photo_s_colours_come_back_in_the_picture(tiny, pictures):
    photo, painting = pictures
    run = Transfer(photo, [painting], make(size=48, iterations=4, scales=1, colours="photo"))
    picture = run.run()
    np.testing.assert_array_equal(np.ptp(run.photo, axis=2), 0)
    values = run.network.preprocessing.to_values(run.canvas)[4:-4, 4:-4]
    np.testing.assert_allclose(picture @ LUMA, np.clip(values @ LUMA, 0, 255), atol=0.6)
    deep = run.picture(bits=16)
    assert deep.dtype == np.uint16
    np.testing.assert_allclose(deep / 257, picture, atol=0.51)
    small = run.shown(run.canvas[:18, :24], size=None)
    assert small.shape == (18, 24, 3)


@pytest.mark.parametrize("name", MOVES)
def test_a_run_without_photo_or_painting_has_no_colours_to_keep(tiny, pictures, name):
    for photo, paintings in ((None, [pictures[1]]), (pictures[0], [])):
        with pytest.raises(OptionError, match=f"--colours {name}: it takes both"):
            Transfer(photo, paintings, make(size=48, colours=name))


def test_shares_count_in_mean_and_covariance(rng):
    values, shares = rng.uniform(0, 255, (50, 3)), rng.uniform(0, 1, 50)
    mean, covariance = statistics(values, shares)
    found = Colours(values, shares / shares.sum())
    np.testing.assert_allclose(found.mean, mean)
    np.testing.assert_allclose(found.covariance, covariance)
