"""Optimisers as other programs run them: against PyTorch's and SciPy's own, step by step."""

import numpy as np
import pytest
from scipy.optimize import fmin_l_bfgs_b

from minicnn import zoo
from nst import networks
from nst.compose import grey_levels
from nst.optimizers import ASKED, GradientDescent
from nst.optimizing import make_optimizer
from nst.rounds import ScipyRounds
from nst.settings import make
from nst.span import Spanned
from nst.torch_lbfgs import TorchLBFGS

from .problems import PROBLEMS, rosenbrock

START = np.linspace(-1, 1, 30)
CURVATURE = np.logspace(0, 1.5, 30)


def bowl(x):
    """Convex, not quadratic, and tame enough for steps that nobody looks at."""
    away = x - np.linspace(0, 1, 30)
    return np.sum(CURVATURE * away**2 / 2 + away**4), CURVATURE * away + 4 * away**3


def in_torch(torch, optimiser, x, steps, objective, clamp=None):
    """x after `steps` of one of PyTorch's optimisers."""
    x = torch.tensor(x, requires_grad=True)
    chosen = optimiser([x])

    def closure():
        if clamp is not None:
            x.data.clamp_(*clamp)
        value, gradient = objective(x.detach().numpy())
        x.grad = torch.tensor(gradient)
        return torch.tensor(value)

    for _ in range(steps):
        chosen.step(closure)
    return x.detach().numpy() if clamp is None else np.clip(x.detach().numpy(), *clamp)


@pytest.mark.parametrize("history", [3, 100])
@pytest.mark.parametrize("clamp", [None, (-0.4, 0.3)])
def test_l_bfgs_without_a_line_search_goes_pytorch_s_way(history, clamp):
    torch = pytest.importorskip("torch")

    def one_call_of(iterations):
        options = {"tolerance_grad": -1, "tolerance_change": -1, "history_size": history, "max_eval": 99}
        return lambda x: torch.optim.LBFGS(x, max_iter=iterations, **options)

    for iterations in (1, 2, 12):
        theirs = in_torch(torch, one_call_of(iterations), START, 1, bowl, clamp)
        start = START if clamp is None else np.clip(START, *clamp)
        bounds = clamp and [np.array(end) for end in clamp]
        ours = TorchLBFGS(history, bounds).run(bowl, start, iterations).canvas
        np.testing.assert_allclose(ours, theirs, rtol=1e-9, atol=1e-12)


def test_it_follows_a_gradient_that_belongs_to_no_loss():
    result = TorchLBFGS(10).run(lambda x: (1.0, bowl(x)[1]), START, 40)
    assert result.iterations == 40
    assert np.abs(bowl(result.canvas)[1]).max() < 1e-4 * np.abs(bowl(START)[1]).max()


@pytest.mark.parametrize("name", ["rosenbrock 10", "logistic 30"])
def test_rounds_are_scipy_called_again_and_again(name):
    objective, start, _ = PROBLEMS[name]
    x = start
    for _ in range(4):
        x, value, _ = fmin_l_bfgs_b(objective, x, maxfun=7)
    result = ScipyRounds(rounds=4).run(objective, start, 28)
    np.testing.assert_array_equal(result.canvas, x)
    assert result.value == value
    assert result.reason == "4 rounds of at most 7 evaluations are done"
    assert result.restarts == []


def test_rounds_end_when_asked_to():
    result = ScipyRounds(rounds=3).run(
        rosenbrock, np.tile([-1.2, 1.0], 4), 30, lambda step: step.iteration == 4
    )
    assert (result.reason, result.iterations) == (ASKED, 4)


def test_descent_decays_as_keras_has_it():
    x, rates = START, [0.01 * 0.96 ** (step / 100) for step in range(5)]
    for rate in rates:
        x = x - rate * bowl(x)[1]
    found = GradientDescent(0.01, decay=0.96).run(bowl, START, 5)
    np.testing.assert_allclose(found.canvas, x, rtol=1e-12)


# --- in the units of the picture's values ----------------------------------------------------------------


@pytest.fixture
def by_torchvision():
    return zoo.build("vgg19", width=(2, 2, 2, 2, 2), preprocessing="torchvision", until="relu1_1")


def distance(target):
    return lambda x: (float(np.sum((x - target) ** 4)), 4 * (x - target) ** 3)


@pytest.mark.parametrize("preset", ["style-transfer-pytorch", "pytorch-tutorial"])
def test_a_preset_s_optimiser_moves_values_of_0_to_1_and_keeps_them_there(rng, by_torchvision, preset):
    """The same steps as PyTorch's optimiser takes on a picture of 0..1 that it clamps."""
    torch = pytest.importorskip("torch")
    take_in = by_torchvision.preprocessing
    picture, target = rng.uniform(0, 1, (2, 4, 5, 3))
    wanted = take_in.from_values(255 * target * 1.6 - 80)  # some of it beyond black and white
    objective = distance(wanted)

    def of_values(u):
        value, gradient = objective(take_in.from_values(255 * u))
        return value, gradient * 255 * grey_levels(by_torchvision)

    steps = 7
    if preset == "pytorch-tutorial":
        options = {"max_iter": steps, "tolerance_grad": -1, "tolerance_change": -1}
        theirs = in_torch(
            torch, lambda x: torch.optim.LBFGS(x, **options), picture, 1, of_values, clamp=(0, 1)
        )
    else:
        u = torch.tensor(picture, requires_grad=True)
        adam, mean, share = torch.optim.Adam([u], 0.02, (0.9, 0.99)), 0, 1.0
        for _ in range(steps):
            u.grad = torch.tensor(of_values(u.detach().numpy())[1])
            adam.step()
            u.data.clamp_(0, 1)
            mean, share = 0.99 * mean + 0.01 * u.detach().numpy(), 0.99 * share
        theirs = mean / (1 - share)
    optimizer = make_optimizer(networks.resolved(make(preset=preset)), by_torchvision)
    seen = []
    result = optimizer.run(
        objective, take_in.from_values(255 * picture), steps, lambda step: seen.append(step.canvas)
    )
    np.testing.assert_allclose(take_in.to_values(result.canvas) / 255, theirs, rtol=1e-7, atol=1e-9)
    np.testing.assert_array_equal(seen[-1], result.canvas)
    np.testing.assert_array_equal(optimizer.canvas, result.canvas)


def test_in_other_units_a_run_goes_on_where_it_was(rng):
    x, k, objective = rng.uniform(-1, 1, (3, 4, 3)), np.array([2.0, 3.0, 0.5]), distance(0.3)
    straight = Spanned(TorchLBFGS(5), k).run(objective, x, 8).canvas
    first = Spanned(TorchLBFGS(5), k)
    first.run(objective, x, 3)
    second = Spanned(TorchLBFGS(5), k).restore(first.state())
    assert second.iteration == 3
    assert second.exact
    np.testing.assert_array_equal(second.run(objective, second.canvas, 8).canvas, straight)


def test_the_terms_of_a_loss_come_through(rng):
    def objective(x):
        return distance(0.3)(x)

    objective.terms, seen = {"content": 2.0}, []
    Spanned(TorchLBFGS(5), np.ones(3)).run(objective, rng.uniform(-1, 1, (3, 4, 3)), 2, seen.append)
    assert seen[-1].terms == {"content": 2.0}


@pytest.mark.parametrize("optimizer", ["scipy", "lbfgs", "torch-lbfgs", "adam", "descent"])
def test_every_optimiser_is_made_with_its_parameters(by_torchvision, optimizer):
    made = make_optimizer(make(optimizer=optimizer), by_torchvision)
    assert made.run(distance(0.3), np.zeros((4, 5, 3)), 3).value < np.sum(np.full((4, 5, 3), 0.3) ** 4)
    history = {"history": 37} if "lbfgs" in optimizer or optimizer == "scipy" else {}
    if history:
        assert make_optimizer(make(optimizer=optimizer, **history), by_torchvision).history == 37
