"""The Wasserstein style loss: finite differences, PyTorch, and what is known of Gaussians."""

import tracemalloc

import numpy as np
import pytest

from minicnn.errors import ShapeError
from nst.losses import WassersteinStyle, moments
from nst.losses.wasserstein import EPSILON

from .differences import worst_disagreement


def features(rng, m, c, dtype=np.float64):
    return np.maximum(rng.standard_normal((m, c)) + 0.3, 0).astype(dtype)


@pytest.mark.parametrize("weight", [1.0, 0.37])
@pytest.mark.parametrize("wide", [None, 4, 11])
def test_the_gradient_is_the_slope_of_the_value(rng, weight, wide):
    F, painting = features(rng, 35, 6), features(rng, 48, 6)
    R = None if wide is None else rng.standard_normal((6, wide)) / wide**0.5
    loss = WassersteinStyle(painting, readout=R)
    assert worst_disagreement(lambda x: loss(x, weight), F, rng) < 1e-6


@pytest.mark.parametrize(("m", "c"), [(1, 4), (3, 8), (2, 2)])
def test_so_it_is_where_there_are_fewer_places_than_channels(rng, m, c):
    F, painting = features(rng, m, c), features(rng, 2, c)
    loss = WassersteinStyle(painting)
    assert worst_disagreement(lambda x: loss(x, 0.7), F, rng, step=1e-6) < 1e-5


def test_features_that_are_no_numbers_make_a_loss_that_is_none(rng):
    F = features(rng, 35, 6)
    F[3, 2] = np.inf
    with np.errstate(invalid="ignore"):
        value, dF = WassersteinStyle(features(rng, 35, 6))(F)
    assert np.isnan(value)
    assert np.isnan(dF).all()


def root_by_iteration(torch, A):
    """A^½ by Newton's method in Denman and Beavers' form: no eigenvalues, and autograd goes through it."""
    Y, Z = A, torch.eye(len(A), dtype=A.dtype)
    for _ in range(40):
        Y, Z = (Y + torch.linalg.inv(Z)) / 2, (Z + torch.linalg.inv(Y)) / 2
    return Y


def stated(torch, T, P):
    def distribution(X):
        mean = X.mean(dim=0)
        return mean, X.T @ X / len(X) - torch.outer(mean, mean) + EPSILON * torch.eye(X.shape[1])

    (mean, cov), (target, target_cov) = distribution(T), distribution(P)
    root = root_by_iteration(torch, target_cov)
    both = cov + target_cov - 2 * root_by_iteration(torch, root @ cov @ root)
    return (mean - target).square().mean() + torch.diagonal(both).mean()


def test_pytorch_finds_the_same_through_an_iterative_square_root(rng):
    torch = pytest.importorskip("torch")
    torch.set_default_dtype(torch.float64)
    try:
        F, painting = features(rng, 35, 6), features(rng, 48, 6)
        T = torch.tensor(F, requires_grad=True)
        term = stated(torch, T, torch.tensor(painting))
        (expected,) = torch.autograd.grad(term, T)
    finally:
        torch.set_default_dtype(torch.float32)
    value, dF = WassersteinStyle(painting)(F)
    assert value == pytest.approx(term.item(), rel=1e-8)
    np.testing.assert_allclose(dF, expected.numpy(), atol=1e-8 * np.abs(dF).max())


def test_gaussians_that_differ_by_a_shift_or_a_scale(rng):
    X = rng.standard_normal((4000, 3))
    X -= X.mean(axis=0)
    X = X @ np.linalg.inv(np.linalg.cholesky(X.T @ X / len(X))).T  # mean 0, covariance 1
    shift = np.array([1.0, -2.0, 0.5])
    assert WassersteinStyle(X)(X + shift)[0] == pytest.approx(np.mean(shift**2))
    assert WassersteinStyle(X)(3 * X)[0] == pytest.approx(4, rel=1e-3)  # (3 − 1)², but for ε
    loss = WassersteinStyle(X)(X)
    assert loss[0] == pytest.approx(0, abs=1e-12)
    assert np.abs(loss[1]).max() < 1e-12


def test_moments_of_several_pictures_may_be_averaged(rng):
    one, two = features(rng, 30, 4), features(rng, 30, 4)
    both = (moments(one) + moments(two)) / 2
    np.testing.assert_allclose(both, moments(np.concatenate([one, two])), rtol=1e-12)
    np.testing.assert_array_equal(
        WassersteinStyle.toward(moments(one))(two)[1], WassersteinStyle(one)(two)[1]
    )


@pytest.mark.parametrize("wide", [4, 11])
def test_a_read_out_measures_as_if_its_features_were_the_network_s(rng, wide):
    F, P, R = features(rng, 35, 6), features(rng, 48, 6), rng.standard_normal((6, wide))
    value, dF = WassersteinStyle(P, readout=R)(F, 0.7)
    expected, of_product = WassersteinStyle(P @ R)(F @ R, 0.7)
    assert value == pytest.approx(expected, rel=1e-9)
    np.testing.assert_allclose(dF, of_product @ R.T, atol=1e-9 * np.abs(dF).max())


def test_nothing_as_wide_as_a_read_out_is_made(rng):
    F, P, R = features(rng, 20000, 4), features(rng, 500, 4), rng.standard_normal((4, 200))
    loss = WassersteinStyle(P, readout=R)
    tracemalloc.start()
    loss(F)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < (F @ R).nbytes / 5


@pytest.mark.parametrize("scale", [1, 1000])  # as torchvision's features are, and as Caffe's
def test_float32_features_are_compared_in_float64(rng, scale):
    F, P = (scale * features(rng, 20000, 32, np.float32) for _ in range(2))
    F, P = F + np.float32(3 * scale), P + np.float32(3 * scale)  # a covariance small beside the mean
    exact = WassersteinStyle(P.astype(np.float64))(F.astype(np.float64))
    single = WassersteinStyle(P)(F)
    assert single[0] == pytest.approx(exact[0], rel=1e-9)
    assert single[1].dtype == np.float32
    np.testing.assert_allclose(single[1], exact[1], atol=2e-3 * np.abs(exact[1]).max())


def test_the_gradient_may_take_the_place_of_the_features(rng):
    F, P = features(rng, 70001, 8, np.float32), features(rng, 500, 8, np.float32)
    loss, kept = WassersteinStyle(P), F.copy()
    value, fresh = loss(F, 0.5)
    np.testing.assert_array_equal(F, kept)
    again, there = loss(F, 0.5, out=F)
    assert there is F
    assert again == value
    np.testing.assert_array_equal(there, fresh)


def test_misfits_are_refused(rng):
    with pytest.raises(ShapeError, match=r"relu1_1: expected 3 channels, got shape \(9, 4\)"):
        WassersteinStyle(features(rng, 9, 3), layer="relu1_1")(features(rng, 9, 4))
    with pytest.raises(ShapeError, match="expected a read-out from 3 channels"):
        WassersteinStyle(features(rng, 9, 3), readout=np.ones((4, 8)))
