from itertools import pairwise

import numpy as np
import pytest

from minicnn.errors import NonFiniteError, OptionError
from nst import image, networks
from nst.compose import compose
from nst.lbfgs import LBFGS, inner_products
from nst.optimizers import Adam, GradientDescent
from nst.scipy_lbfgs import ScipyLBFGS
from nst.settings import make
from nst.starts import first_canvas

from .problems import PROBLEMS, rosenbrock

START = np.tile([-1.2, 1.0], 6)
ALL = [
    lambda: LBFGS(5),
    lambda: ScipyLBFGS(5),
    lambda: Adam(0.05),
    lambda: Adam(0.05, average=0),
    lambda: GradientDescent(1e-3),
]
OURS = [make for make in ALL if make().exact]


def history(make, objective, start, iterations):
    """The lowest loss seen after 1, 2, ... evaluations; the last one stands for all that would follow."""
    values = []

    def recorded(x):
        values.append(objective(x)[0])
        return objective(x)

    make().run(recorded, start, iterations)
    return np.minimum.accumulate(np.pad(values, (0, iterations), mode="edge"))


@pytest.mark.parametrize("name", PROBLEMS)
def test_our_lbfgs_is_within_2_percent_of_scipys_after_as_many_evaluations(name):
    objective, start, checkpoints = PROBLEMS[name]
    most = checkpoints[-1]
    ours, scipys = (
        history(lambda make=make: make(10), objective, start, most) for make in (LBFGS, ScipyLBFGS)
    )
    least = 1e-12 * scipys[0]  # below this a loss is rounding, and ratios say nothing
    for k in checkpoints:
        assert ours[k - 1] <= 1.02 * scipys[k - 1] + least


@pytest.mark.parametrize("make", [LBFGS, ScipyLBFGS])
def test_accepted_steps_never_raise_the_loss(make):
    values = []
    make(5).run(rosenbrock, START, 60, lambda step: values.append(step.value))
    assert len(values) == 60
    assert (np.diff(values) < 0).all()


def test_our_lbfgs_keeps_its_way_in_float32_and_any_shape(rng):
    h = np.exp(rng.uniform(-2, 3, (9, 7, 3))).astype(np.float32)

    def bowl(x):
        return 0.5 * float(np.sum(h * x * x, dtype=np.float64)), h * x

    start = rng.standard_normal(h.shape).astype(np.float32)
    kept = start.copy()
    result = LBFGS(10).run(bowl, start, 60)
    assert result.canvas.shape == h.shape
    assert result.canvas.dtype == np.float32
    assert result.value < 1e-5 * bowl(start)[0]
    np.testing.assert_array_equal(start, kept)


def test_inner_products_add_up_in_float64(rng):
    basis = rng.standard_normal((6, 30001)).astype(np.float32) + 3
    table = inner_products(basis, [basis[2], basis[4]])
    exact = basis[[*range(6), 2, 4]].astype(np.float64) @ basis[[2, 4]].astype(np.float64).T
    np.testing.assert_allclose(table, exact, rtol=1e-13)


def test_adam_is_pytorchs(rng):
    torch = pytest.importorskip("torch")
    x = torch.tensor(START, requires_grad=True)
    theirs = torch.optim.Adam([x], lr=0.05, betas=(0.9, 0.99), eps=1e-8)
    for _ in range(40):
        theirs.zero_grad()
        (100 * (x[1:] - x[:-1] ** 2) ** 2 + (1 - x[:-1]) ** 2).sum().backward()
        theirs.step()
    ours = Adam(0.05, (0.9, 0.99), 1e-8, average=0).run(rosenbrock, START, 40)
    np.testing.assert_allclose(ours.canvas, x.detach().numpy(), rtol=1e-10)
    assert ours.value == pytest.approx(rosenbrock(ours.canvas)[0])


def test_adams_canvas_is_a_mean_of_its_iterates():
    plain, seen = Adam(0.05, average=0), []
    plain.run(rosenbrock, START, 5, lambda step: seen.append(step.canvas.copy()))
    weights = 0.8 ** np.arange(4, -1, -1)
    mean = np.tensordot(weights / weights.sum(), seen, 1)
    np.testing.assert_allclose(Adam(0.05, average=0.8).run(rosenbrock, START, 5).canvas, mean)


def test_gradient_descent_takes_its_own_first_step_or_the_rate_given():
    expected = START - 1e-4 * rosenbrock(START)[1]
    np.testing.assert_allclose(GradientDescent(1e-4).run(rosenbrock, START, 1).canvas, expected)
    moved = GradientDescent(first=0.01).run(rosenbrock, START, 1).canvas - START
    assert np.abs(moved).mean() == pytest.approx(0.01)


@pytest.mark.parametrize("make", OURS)
@pytest.mark.parametrize("split", [1, 7, 19])
def test_a_restored_run_goes_on_to_the_same_bytes(make, split):
    whole = make().run(rosenbrock, START, 20)
    first = make()
    first.run(rosenbrock, START, split)
    saved = {name: np.copy(v) if isinstance(v, np.ndarray) else v for name, v in first.state().items()}
    first.run(rosenbrock, START, 20)  # what goes on elsewhere changes nothing that was saved
    second = make().restore(saved).run(rosenbrock, None, 20)
    assert second.canvas.tobytes() == whole.canvas.tobytes()
    assert (second.value, second.evaluations) == (whole.value, whole.evaluations)


@pytest.mark.parametrize("make", OURS)
@pytest.mark.parametrize("at", [2, 8, 15])
def test_a_run_interrupted_in_an_evaluation_goes_on_to_the_same_bytes(make, at):
    whole, seen = make().run(rosenbrock, START, 20), []

    def interrupted(x):
        seen.append(x)
        if len(seen) == at:
            raise KeyboardInterrupt
        return rosenbrock(x)

    first = make()
    with pytest.raises(KeyboardInterrupt):
        first.run(interrupted, START, 20)
    assert first.whole
    second = make().restore(first.state()).run(rosenbrock, None, 20)
    assert second.canvas.tobytes() == whole.canvas.tobytes()
    assert (second.value, second.evaluations) == (whole.value, whole.evaluations)


@pytest.mark.parametrize("make", OURS)
def test_an_iteration_half_taken_in_is_no_state_to_go_on_from(make):
    optimizer, taken = make(), []
    accept = optimizer.accept

    def interrupted(*proposal):
        accept(*proposal)
        taken.append(proposal)
        if len(taken) == 3:
            raise KeyboardInterrupt

    optimizer.accept = interrupted
    with pytest.raises(KeyboardInterrupt):
        optimizer.run(rosenbrock, START, 20)
    assert not optimizer.whole


def test_scipys_goes_on_from_the_canvas():
    first = ScipyLBFGS()
    first.run(rosenbrock, START, 10)
    second = ScipyLBFGS().restore(first.state())
    result = second.run(rosenbrock, None, 30)
    assert result.iterations == 30
    assert result.value < first.value


@pytest.mark.parametrize("make", ALL)
def test_the_callback_sees_every_iteration_and_may_stop(make):
    steps = []

    def callback(step):
        steps.append(step._replace(canvas=step.canvas.copy()))
        return len(steps) == 4

    class Objective:
        def __call__(self, x):
            value, gradient = rosenbrock(x)
            self.terms = {"half": value / 2}
            return value, gradient

    result = make().run(Objective(), START, 100, callback)
    assert [step.iteration for step in steps] == [1, 2, 3, 4]
    assert result.iterations == 4
    assert "request" in result.reason
    np.testing.assert_array_equal(result.canvas, steps[-1].canvas)
    assert all(step.terms["half"] == step.value / 2 for step in steps)
    assert all(a.seconds < b.seconds for a, b in pairwise(steps))


@pytest.mark.parametrize("make", ALL)
@pytest.mark.parametrize("fault", ["value", "gradient"])
def test_what_is_not_finite_ends_the_run_with_the_last_good_canvas(make, fault):
    good = []

    def objective(x):
        value, gradient = rosenbrock(x)
        if len(good) == 8:
            return (np.nan, gradient) if fault == "value" else (value, gradient * np.inf)
        good.append(x.copy())
        return value, gradient

    result = make().run(objective, START, 100)
    assert result.failed
    assert "nan" in result.reason or "inf" in result.reason
    assert np.isfinite(result.canvas).all()
    assert np.isfinite(result.value)

    with pytest.raises(NonFiniteError):
        make().run(lambda x: (np.nan, x), START, 5)


def noisy(x):
    """A valley whose gradient points the wrong way once the loss is small: a line search must fail there."""
    value, gradient = rosenbrock(x)
    return value, gradient if value > 1 else -gradient


@pytest.mark.parametrize("make", [LBFGS, ScipyLBFGS])
def test_a_stuck_lbfgs_says_why_and_starts_once_more(make):
    result = make(5).run(noisy, START, 100)
    assert len(result.restarts) == 1
    assert "loss" in result.reason
    assert result.iterations < 100
    assert make(5, restart=False).run(noisy, START, 100).restarts == []


@pytest.mark.parametrize("make", [LBFGS, ScipyLBFGS])
def test_a_restored_run_remembers_that_it_started_once_more(make):
    begun = make(5)
    begun.run(noisy, START, 100)
    rest = make(5).restore(begun.state())
    rest.refresh = lambda: pytest.fail("it started a third time")
    result = rest.run(noisy, None, 200)
    assert result.restarts == begun.restarts
    assert "loss" in result.reason


@pytest.mark.parametrize("make", [LBFGS, ScipyLBFGS])
def test_a_minimum_is_called_one(make):
    result = make().run(lambda x: (float(x @ x), 2 * x), np.zeros(4), 10)
    assert "gradient is 0" in result.reason
    assert result.value == 0


@pytest.mark.parametrize(
    "make",
    [
        lambda: LBFGS(0),
        lambda: ScipyLBFGS(0),
        lambda: Adam(0),
        lambda: Adam(average=1),
        lambda: GradientDescent(-1),
    ],
)
def test_options_out_of_range_are_refused(make):
    with pytest.raises(OptionError, match="expected"):
        make()


def test_our_lbfgs_is_within_2_percent_of_scipys_on_the_real_objective(shared):
    """Through VGG19, the canvas in float64: rounding it to float32 moves either of them as far."""
    picture, painting = (
        image.read(shared / "images" / name) for name in ("tuebingen.jpg", "starry_night.jpg")
    )
    settings = networks.resolved(make(size=48, weights=str(shared / "vgg19" / "vgg19-conv.npz")))
    network = networks.load(settings)
    inputs = (network, (36, 48), picture, [painting], settings)
    objective = compose(*inputs)

    def in_float64(x):
        value, gradient = objective(x.astype(np.float32))
        return value, gradient.astype(np.float64)

    start = first_canvas(*inputs).astype(np.float64)
    ours, scipys = (history(lambda cls=cls: cls(10), in_float64, start, 22) for cls in (LBFGS, ScipyLBFGS))
    for k in (5, 10, 15, 20):
        assert ours[k - 1] <= 1.02 * scipys[k - 1]
