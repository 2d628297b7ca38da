"""Priors: the α-norm's value and gradient, what they set, and what they do to a reconstruction."""

import numpy as np
import pytest

from minicnn.errors import OptionError, ShapeError
from minicnn.gradcheck import check_loss
from nst import image
from nst.cli import main
from nst.compose import compose
from nst.losses import AlphaNorm
from nst.networks import fitted, resolved
from nst.objective import Objective
from nst.reconstruct import reconstruct, reconstruction_settings
from nst.settings import PRIORS, Aim, make

from .differences import worst_disagreement
from .test_cli import refused
from .test_look import files  # noqa: F401

PER_CHANNEL = np.array([0.7, 1.7, 2.9])


@pytest.mark.parametrize("exponent", [1, 2, 3.5, 6])
@pytest.mark.parametrize("unit", [1.7, PER_CHANNEL])
@pytest.mark.parametrize("mean", [False, True])
@pytest.mark.parametrize("shape", [(7, 9, 3), (1, 1, 3)])
def test_the_alpha_norms_gradient_is_the_slope_of_its_value(rng, exponent, unit, mean, shape):
    loss = AlphaNorm(exponent, unit, mean)
    assert worst_disagreement(lambda x: loss(x, 0.6), rng.standard_normal(shape), rng) < 1e-6


def test_the_librarys_own_checker_agrees(rng):
    assert check_loss(AlphaNorm(6, PER_CHANNEL), rng.standard_normal((4, 5, 3))).ok


def test_with_a_pencil():
    """A pixel at (3, 4, 0) is 5 from the mean: 5⁴ = 625, and the slope 4·5²·(3, 4, 0)."""
    X = np.array([[[3.0, 4, 0], [0, 0, 0]]])
    value, dX = AlphaNorm(4)(X)
    assert value == 625
    assert dX.tolist() == [[[300, 400, 0], [0, 0, 0]]]
    value, dX = AlphaNorm(4, mean=True)(X, weight=2)
    assert value == 625
    assert dX[0, 0].tolist() == [300, 400, 0]
    np.testing.assert_allclose(AlphaNorm(1)(X)[1], [[[0.6, 0.8, 0], [0, 0, 0]]])


def test_pytorch_finds_the_same(rng):
    torch = pytest.importorskip("torch")
    X = rng.standard_normal((6, 8, 3)) * 40
    T = torch.tensor(X, requires_grad=True)
    term = ((T / torch.tensor(PER_CHANNEL)).square().sum(dim=2) ** 3).mean()
    (expected,) = torch.autograd.grad(term, T)
    value, dX = AlphaNorm(6, PER_CHANNEL, mean=True)(X, 0.3)
    assert value == pytest.approx(0.3 * term.item(), rel=1e-12)
    np.testing.assert_allclose(dX, 0.3 * expected.numpy(), rtol=1e-10)


def test_what_it_cannot_take_is_refused(rng):
    with pytest.raises(OptionError, match=r"at least 1, got 0\.5"):
        AlphaNorm(0.5)
    with pytest.raises(ShapeError, match="canvas"):
        AlphaNorm()(rng.standard_normal((4, 3)))
    with pytest.raises(OptionError, match="--alpha-exponent has no meaning"):
        make(alpha_exponent=4)


@pytest.mark.parametrize("prior", PRIORS)
def test_an_inversions_gradient_is_the_slope_of_its_loss(tiny, pictures, rng, prior):
    """The relative content error and the priors together, through the network, in float64."""
    aim, options = Aim("relu2_1", prior=prior), {"edges": "replicate", "margin": 0}
    settings = resolved(reconstruction_settings(aim, options))
    network = tiny(settings)
    network.astype("float64").freeze()
    objective = compose(network, (12, 16), pictures[0], [], fitted(settings, network))
    assert isinstance(objective, Objective)
    names = {part.name for part in objective.parts}
    assert names == {"content relu2_1", *{"both": ("tv", "alpha")}.get(prior, (prior,))}
    x = rng.standard_normal((12, 16, 3)) * 60
    assert worst_disagreement(objective, x, rng, step=1e-4) < 1e-5


def test_the_form_decides_the_units(tiny, pictures):
    """As values of 0..1 and a mean with the relative form, else a sum over the network's input."""
    canvas = np.zeros((10, 10, 3))
    canvas[2, 3] = 255 * 0.5
    for form, expected in {"relative": (3 * 0.25) ** 3 / 100, "gatys2015": (3 * 127.5**2) ** 3}.items():
        settings = resolved(make(loss=form, alpha_weight=1.0, content_layers="relu1_1"))
        network = tiny(settings)
        network.astype("float64").freeze()
        (loss,) = [p.loss for p in compose(network, (10, 10), None, [], settings).parts if p.name == "alpha"]
        assert loss(canvas)[0] == pytest.approx(expected)


def test_options_beside_a_prior_come_first():
    settings = reconstruction_settings(Aim("relu3_1", prior="both"), {"tv_weight": 0.3, "alpha_exponent": 4})
    assert (settings.tv, settings.tv_weight, settings.tv_exponent) == ("power", 0.3, 2.0)
    assert (settings.alpha_weight, settings.alpha_exponent) == (PRIORS["alpha"]["alpha_weight"], 4)
    plain = reconstruction_settings(Aim("relu3_1"), {})
    assert plain.tv_weight == plain.alpha_weight == 0


def roughness(picture):
    values = np.asarray(picture, float)
    return np.abs(np.diff(values, axis=0)).mean() + np.abs(np.diff(values, axis=1)).mean()


def test_a_prior_does_what_it_says(tiny, pictures):
    options = {"size": 48, "iterations": 25}
    found = {
        prior: reconstruct(pictures[0], "relu3_1", prior=prior, **options) for prior in (None, "tv", "alpha")
    }
    assert roughness(found["tv"]) < 0.5 * roughness(found[None])
    far = {prior: np.abs(np.asarray(p, float) - 116).max() for prior, p in found.items()}
    assert far["alpha"] < far[None]


def test_the_command(tiny, files, tmp_path, capsys):  # noqa: F811
    out = str(tmp_path / "out.png")
    arguments = [
        "reconstruct",
        files[0],
        "--prior",
        "both",
        "--size",
        "48",
        "--iterations",
        "3",
        "-q",
        "-o",
        out,
    ]
    assert main([*arguments, "--layer", "relu2_1"]) == 0
    record = image.read_settings(out)
    assert (record["tv"], record["alpha_weight"]) == ("power", PRIORS["alpha"]["alpha_weight"])
    assert main([*arguments, "--style-up-to", "relu2_1"]) == 0
    assert "--layer or --style-up-to" in refused(arguments, capsys)
    assert "--prior: expected one of tv, alpha, both, got sharp" in refused(
        ["reconstruct", files[0], "--layer", "relu2_1", "--prior", "sharp", "-o", out], capsys
    )
