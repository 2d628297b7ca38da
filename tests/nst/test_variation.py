"""Total variation in every form: finite differences, and what the programs themselves would compute."""

import numpy as np
import pytest

from minicnn.errors import OptionError, ShapeError
from nst.losses import Laplacian, MeanSquares, NinePoint, TotalVariation, UncountedVariation

from .differences import worst_disagreement

KINDS = [("squared", 2), ("power", 2.5), ("power", 3), ("power", 1), ("absolute", 1)]
PER_CHANNEL = np.array([0.7, 1.7, 2.9])
LOSSES = {
    "inner power": lambda unit: TotalVariation("power", 2.5, unit, inner=True),
    "inner mean": lambda unit: TotalVariation("squared", unit=unit, mean=True, inner=True),
    "means": MeanSquares,
    "nine points": NinePoint,
}


def rough(rng, shape):
    """A canvas without two equal entries: far from every kink."""
    return rng.permutation(np.prod(shape)).reshape(shape) * 0.31


@pytest.mark.parametrize(("kind", "exponent"), KINDS)
@pytest.mark.parametrize("shape", [(7, 9, 3), (1, 8, 3), (5, 1, 3)])
@pytest.mark.parametrize("mean", [False, True])
@pytest.mark.parametrize("unit", [1.7, PER_CHANNEL])
def test_total_variation_gradient_is_the_slope_of_its_value(rng, kind, exponent, shape, mean, unit):
    loss = TotalVariation(kind, exponent, unit=unit, mean=mean)
    assert worst_disagreement(lambda x: loss(x, 0.6), rough(rng, shape), rng, step=1e-4) < 1e-6


@pytest.mark.parametrize("name", LOSSES)
@pytest.mark.parametrize("shape", [(7, 9, 3), (2, 2, 3), (1, 8, 3), (5, 1, 3), (1, 1, 3)])
@pytest.mark.parametrize("unit", [1.7, PER_CHANNEL])
def test_so_are_the_gradients_of_its_other_forms(rng, name, shape, unit):
    loss = LOSSES[name](unit)
    assert worst_disagreement(lambda x: loss(x, 0.6), rough(rng, shape), rng, step=1e-4) < 1e-6


def differences(torch, T):
    return T[:, 1:] - T[:, :-1], T[1:] - T[:-1]


def absolute(torch, T):
    return sum(d.abs().sum() for d in differences(torch, T))


def squared(torch, T):
    return sum(d.square().sum() for d in differences(torch, T))


def keras(torch, T):
    dx, dy = T[:-1, 1:] - T[:-1, :-1], T[1:, :-1] - T[:-1, :-1]
    return ((dx**2 + dy**2) ** 1.25).sum()


def means(torch, T):
    return sum(d.square().mean() for d in differences(torch, T))


def nine_points(torch, T):
    Y = torch.nn.functional.pad(T.permute(2, 0, 1), (1, 1, 1, 1), mode="replicate")
    across, down = Y[:, 1:-1, 2:] - Y[:, 1:-1, 1:-1], Y[:, 2:, 1:-1] - Y[:, 1:-1, 1:-1]
    falling, rising = Y[:, 1:, 1:] - Y[:, :-1, :-1], Y[:, 1:, :-1] - Y[:, :-1, 1:]
    straight, diagonal = ([d.square().mean() for d in two] for two in ((across, down), (falling, rising)))
    return 2 * (sum(straight) / 3 + sum(diagonal) / 12)


@pytest.mark.parametrize(
    ("loss", "stated"),
    [
        (TotalVariation("absolute"), absolute),
        (TotalVariation("squared"), squared),
        (TotalVariation("power", 2), squared),
        (TotalVariation("power", 2.5, inner=True), keras),
        (MeanSquares(), means),
        (NinePoint(), nine_points),
    ],
)
def test_pytorch_finds_the_same(rng, loss, stated):
    torch = pytest.importorskip("torch")
    X = rng.standard_normal((6, 8, 3)) * 40
    T = torch.tensor(X, requires_grad=True)
    term = stated(torch, T)
    (expected,) = torch.autograd.grad(term, T)
    value, dX = loss(X, 0.3)
    assert value == pytest.approx(0.3 * term.item(), rel=1e-12)
    np.testing.assert_allclose(dX, 0.3 * expected.numpy(), rtol=1e-10, atol=1e-12)


def test_on_a_slope_nine_points_are_its_square(rng):
    rows, columns = np.mgrid[0:60, 0:50]
    slope = np.repeat((0.3 * rows - 0.4 * columns)[..., None], 3, axis=2)
    assert NinePoint()(slope)[0] == pytest.approx(0.25, rel=0.03)  # but for the border


def test_a_gradient_without_its_value(rng):
    """What the loss would have been tells the gradient; that it is left out tells nothing and is marked."""
    X = rng.standard_normal((6, 8, 3))

    def counted(x):
        dx, dy = x[:-1, 1:] - x[:-1, :-1], x[1:, :-1] - x[:-1, :-1]
        return 0.5 * (np.sum(dx**2) + np.sum(dy**2)), UncountedVariation()(x)[1]

    assert worst_disagreement(counted, X, rng) < 1e-6
    value, dX = UncountedVariation(unit=2.0)(X, 0.5)
    assert value == 0
    np.testing.assert_allclose(dX, counted(X)[1] / 8)
    assert UncountedVariation.of_no_loss
    assert Laplacian.of_no_loss


def test_the_laplacian_is_a_convolution_with_zeros_around(rng):
    signal = pytest.importorskip("scipy.signal")
    X = rng.standard_normal((6, 8, 3))
    kernel = np.array([[0, 1, 0], [1, -4, 1], [0, 1, 0]]) / 8
    value, dX = Laplacian()(X, 0.5)
    assert value == 0
    for channel in range(3):
        expected = -0.5 * signal.convolve2d(X[..., channel], kernel, mode="same")
        np.testing.assert_allclose(dX[..., channel], expected, atol=1e-12)


@pytest.mark.parametrize(
    "loss", [TotalVariation("power"), MeanSquares(), NinePoint(), UncountedVariation(), Laplacian()]
)
def test_the_canvas_stays_and_the_gradient_goes_where_it_is_asked_to(rng, loss):
    X = rng.standard_normal((5, 7, 3)).astype(np.float32)
    kept, there = X.copy(), np.empty_like(X)
    value, dX = loss(X, 0.4)
    assert dX.dtype == np.float32
    again, out = loss(X, 0.4, out=there)
    assert out is there
    assert again == value
    np.testing.assert_array_equal(there, dX)
    np.testing.assert_array_equal(X, kept)


def test_misfits_are_refused():
    with pytest.raises(OptionError, match="exponent"):
        TotalVariation("power", 0.5)
    with pytest.raises(OptionError, match="kind"):
        TotalVariation("rough")
    for loss in (TotalVariation(), MeanSquares(), NinePoint(), UncountedVariation(), Laplacian()):
        with pytest.raises(ShapeError, match="canvas"):
            loss(np.ones((1, 4, 4, 3)))
