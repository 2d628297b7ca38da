"""Style by regions: finite differences, PyTorch, and what must come of regions that are all or nothing."""

import numpy as np
import pytest

from minicnn.errors import ShapeError
from nst.losses import GramStyle, WassersteinStyle, moments
from nst.losses.forms import GRAM, RELATIVE
from nst.losses.guided import Guided, guided_gram

from .differences import worst_disagreement

M, C = 40, 6


def features(rng, m=M, c=C, dtype=np.float64):
    return np.maximum(rng.standard_normal((m, c)) + 0.3, 0).astype(dtype)


def soft(rng, regions=2, m=M):
    """Guides with everything in them: places inside, outside, and between."""
    return np.clip(rng.uniform(-0.6, 1.6, (regions, m)), 0, 1)


def gram_losses(rng, form=RELATIVE, readout=None):
    return [GramStyle(features(rng, m), form, readout=readout, pixels=4 * M) for m in (30, 48)]


@pytest.mark.parametrize("form", [RELATIVE, *GRAM])
@pytest.mark.parametrize("wide", [None, 9])
def test_the_gradient_is_the_slope_of_the_value(rng, form, wide):
    R = None if wide is None else rng.standard_normal((C, wide)) / 3
    loss = Guided(gram_losses(rng, form, R), soft(rng), [0.7, 1.3])
    assert worst_disagreement(lambda x: loss(x, 0.37), features(rng), rng) < 1e-6


@pytest.mark.parametrize("wide", [None, 9])
def test_so_it_is_between_distributions(rng, wide):
    R = None if wide is None else rng.standard_normal((C, wide)) / 3
    losses = [WassersteinStyle(features(rng, m), readout=R) for m in (30, 48)]
    loss = Guided(losses, soft(rng), [0.7, 1.3])
    assert worst_disagreement(lambda x: loss(x, 0.37), features(rng), rng) < 1e-6


def test_moments_by_rounded_shares_keep_a_small_covariance(rng):
    """Features far from 0 that hardly vary: shares of float32 add up to 1 but for a rounding."""
    F, guide = 1000 + 0.01 * rng.standard_normal((M, C)), soft(rng)[0]
    shares = (guide / guide.sum()).astype(np.float32)
    found = moments(F, shares)
    exact = np.cov(F.T, aweights=guide, ddof=0)
    np.testing.assert_allclose(found[:-1] - np.outer(found[-1], found[-1]), exact, atol=1e-6)


@pytest.mark.parametrize("wrong", [lambda dF: dF * 1.001, lambda dF: dF + 1e-3 * np.abs(dF).max()])
def test_differences_would_find_a_wrong_gradient(rng, wrong):
    loss = Guided(gram_losses(rng), soft(rng), [0.7, 1.3])

    def planted(x):
        value, dF = loss(x)
        return value, wrong(dF)

    assert worst_disagreement(planted, features(rng), rng) > 1e-4


def test_pytorch_finds_the_same_for_the_paper_of_2016(rng):
    """E = Σ_r λ_r/(4N²) Σ (G_r − A_r)² with G_r of the channels times T_r, Σ T_r² = 1; λ_r by our areas."""
    torch = pytest.importorskip("torch")
    guides, F, paintings = soft(rng), features(rng), [features(rng, m) for m in (30, 48)]
    x = torch.tensor(F, requires_grad=True)
    energy = 0.0
    for guide, P, weight in zip(
        map(torch.tensor, guides), map(torch.tensor, paintings), (0.7, 1.3), strict=True
    ):
        T = guide.sqrt() / guide.sqrt().square().sum().sqrt()
        seen = T[:, None] * x
        D = seen.T @ seen - P.T @ P / len(P)
        energy = energy + weight * guide.mean() / (4 * C**2) * D.square().sum()
    (expected,) = torch.autograd.grad(energy, x)
    value, dF = Guided([GramStyle(P, "gatys2015") for P in paintings], guides, [0.7, 1.3])(F)
    assert value == pytest.approx(energy.item(), rel=1e-12)
    np.testing.assert_allclose(dF, expected.numpy(), rtol=0, atol=1e-12 * np.abs(dF).max())


@pytest.mark.parametrize("style", [GramStyle, WassersteinStyle])
def test_a_region_that_is_everything_is_the_loss_itself(rng, style):
    F, loss = features(rng), style(features(rng, 30))
    value, dF = loss(F, 0.37)
    for everywhere in (np.ones((1, M)), np.full((1, M), 0.25)):
        guided, dG = Guided([loss], everywhere, [1.0])(F, 0.37)
        assert guided == pytest.approx(value * everywhere[0, 0], rel=1e-12)
        np.testing.assert_allclose(dG, dF * everywhere[0, 0], rtol=0, atol=1e-12 * np.abs(dF).max())


@pytest.mark.parametrize("style", [GramStyle, WassersteinStyle])
def test_each_of_two_hard_regions_is_a_picture_of_its_own(rng, style):
    """And a place is pulled at as if all the canvas were its region: by 1/M, not 1 over the region's size."""
    F, losses, inside = features(rng), [style(features(rng, m)) for m in (30, 48)], np.arange(M) % 5 < 2
    value, dF = Guided(losses, [inside.astype(float), (~inside).astype(float)], [1.0, 1.0])(F)
    expected, pull = 0.0, np.zeros_like(F)
    for loss, here in zip(losses, (inside, ~inside), strict=True):
        own, dP = loss(F[here])
        expected += own * here.mean()
        pull[here] = dP * here.mean()
    assert value == pytest.approx(expected, rel=1e-12)
    np.testing.assert_allclose(dF, pull, rtol=0, atol=1e-12 * np.abs(dF).max())


def test_outside_every_region_nothing_is_pulled_at(rng):
    guides = soft(rng)
    guides[:, 7:19] = 0
    _, dF = Guided(gram_losses(rng), guides, [1.0, 1.0])(features(rng))
    assert not dF[7:19].any()
    assert dF[:7].any()


def test_the_gradient_may_take_the_place_of_the_features(rng):
    loss, F = Guided(gram_losses(rng), soft(rng), [1.0, 2.0]), features(rng)
    before = F.copy()
    value, dF = loss(F)
    np.testing.assert_array_equal(F, before)
    again, out = loss(F, out=F)
    assert out is F
    assert again == value
    np.testing.assert_array_equal(F, dF)


@pytest.mark.parametrize("threads", ["1", "2", "3"])
def test_many_places_in_blocks_and_threads(rng, monkeypatch, threads):
    """More than one block, in float32, and stretches that a region leaves out."""
    monkeypatch.setenv("MINICNN_THREADS", threads)
    monkeypatch.setattr("nst.losses.guided.BLOCK", 64)
    F, guides = features(rng, 301, dtype=np.float32), soft(rng, m=301)
    guides[0, :120] = guides[1, 200:] = 0
    t = (guides[0] / guides[0].sum()).astype(np.float32)
    exact = (F.astype(float) * t[:, None]).T @ F
    np.testing.assert_allclose(guided_gram(F, t), exact, rtol=2e-6)
    losses = gram_losses(rng)
    _, fine = Guided(losses, guides, [1.0, 1.0])(F.astype(float))
    _, dF = Guided(losses, guides.astype(np.float32), [1.0, 1.0])(F)
    assert dF.dtype == np.float32
    np.testing.assert_allclose(dF, fine, atol=1e-5 * np.abs(fine).max())


def test_a_guide_for_another_number_of_places_is_refused(rng):
    with pytest.raises(ShapeError, match=r"expected 40 places, got shape \(39, 6\)"):
        Guided(gram_losses(rng), soft(rng), [1.0, 1.0])(features(rng, 39))
