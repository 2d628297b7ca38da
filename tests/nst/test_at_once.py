"""Objectives as the GPU's kernels compute them, here on a host: the same loss, terms, gradient and run."""

import numpy as np
import pytest

from minicnn.cuda import Content as ContentTerm
from minicnn.cuda import Evaluation, Own
from minicnn.errors import NonFiniteError
from nst import at_once
from nst.lbfgs import LBFGS
from nst.losses import Content, GramStyle, MeanSquares, TotalVariation, UnitGradient, WassersteinStyle
from nst.objective import Objective, Part

from ..cuda import problems
from ..cuda.conftest import libraries, make_host  # noqa: F401 - fixtures
from ..nets import relative

SIZE = (13, 11)


def parts(net64, form="relative", variation=None):
    """Two content terms and three of style, in one form, and total variation."""
    rng = np.random.default_rng(4)
    seen = net64.forward(rng.normal(size=(1, *SIZE, 3)), ["relu1_1", "relu2_2", "relu3_1"])
    F = {tap: y.reshape(-1, y.shape[-1]) for tap, y in seen.items()}
    found = [Part(f"content {tap}", 0.3, Content(F[tap], form, tap), tap) for tap in ("relu2_2", "relu3_1")]
    found += [
        Part(f"style {tap}", 1.7, GramStyle(F[tap], form, tap, pixels=SIZE[0] * SIZE[1]), tap) for tap in F
    ]
    return [*found, Part("tv", 0.01, variation or TotalVariation("power", 2.5, (1.0, 2.0, 4.0), True), None)]


def both(make_host, form="relative", variation=None, precision="fp32"):  # noqa: F811
    """(objective in float64, the same by kernels)."""
    net64 = problems.network(dtype=np.float64)
    plain = Objective(net64, parts(net64, form, variation))
    made = at_once.terms_of(plain.parts, problems.network(), SIZE)
    return plain, Evaluation(problems.network(), SIZE, made, precision, make_host(precision))


@pytest.mark.parametrize("form", ["relative", "gatys2015", "mean", "neuralart", "keras"])
def test_every_form(make_host, form):  # noqa: F811
    plain, made = both(make_host, form)
    x = problems.canvas(SIZE)
    total, gradient = plain(x.astype(np.float64))
    loss, values, slope = at_once.started(made, x, plain.weights)
    assert float(loss) == pytest.approx(total, rel=1e-5)
    assert relative(slope, gradient) < 1e-5
    for name, term in plain.terms.items():
        assert float(values[name]) / plain.weights[name] == pytest.approx(term, rel=1e-5)


@pytest.mark.parametrize("kind", TotalVariation.KINDS)
@pytest.mark.parametrize("options", [{}, {"unit": 2.0, "mean": True}, {"inner": True}])
def test_every_variation(make_host, kind, options):  # noqa: F811
    plain, made = both(make_host, variation=TotalVariation(kind, 1.5, **options))
    x = problems.canvas(SIZE)
    _, gradient = plain(x.astype(np.float64))
    _, values, slope = at_once.started(made, x, plain.weights)
    assert relative(slope, gradient) < 1e-5
    assert float(values["tv"]) / 0.01 == pytest.approx(plain.terms["tv"], rel=1e-5)


@pytest.mark.parametrize("precision", ["fp32", "fp16"])
def test_an_objective_uses_it_and_a_run_goes_on_with_it(make_host, monkeypatch, precision):  # noqa: F811
    plain, made = both(make_host, precision=precision)
    x = problems.canvas(SIZE)
    expected = LBFGS(5).run(plain, x.astype(np.float64), 6)
    fast = Objective(problems.network(), plain.parts)
    asked = []
    monkeypatch.setattr(at_once, "evaluation", lambda objective, canvas: asked.append(canvas.shape) or made)
    found = LBFGS(5).run(fast, x, 6)
    assert asked == [(*SIZE, 3)]  # made once
    assert found.value == pytest.approx(expected.value, rel=1e-3 if precision == "fp32" else 5e-2)
    assert fast.terms.keys() == plain.terms.keys()
    kept = fast(x)[1]
    copy = kept.copy()
    fast(x + 1)
    assert np.array_equal(kept, copy)  # a gradient is not overwritten by the next
    with pytest.raises(NonFiniteError, match="the canvas itself"):
        LBFGS().run(fast, np.full_like(x, np.nan), 1)


def test_what_kernels_do_not_know_stays_a_function():
    net64 = problems.network(dtype=np.float64)
    net, known = problems.network(), parts(net64)
    F = net64.forward(np.ones((1, *SIZE, 3)), ["relu2_2"])["relu2_2"].reshape(-1, 8)
    readout = np.random.default_rng(0).normal(size=(8, 12))
    assert all(not isinstance(term, Own) for term in at_once.terms_of(known, net, SIZE))
    assert isinstance(at_once.terms_of(known, net, SIZE)[0], ContentTerm)
    for name, loss, tap in (
        ("unit", UnitGradient(Content(F)), "relu2_2"),
        ("wasserstein", WassersteinStyle(F), "relu2_2"),
        ("read out", Content(F, readout=readout), "relu2_2"),
        ("style read out", GramStyle(F, readout=readout), "relu2_2"),
        ("means", MeanSquares(), None),
        ("tv", TotalVariation(), None),  # a name that is taken
    ):
        assert at_once.terms_of([*known, Part(name, 1.0, loss, tap)], net, SIZE) is None


def test_numpys_canvases_are_not_for_it():
    net64 = problems.network(dtype=np.float64)
    assert at_once.evaluation(Objective(problems.network(), parts(net64)), problems.canvas(SIZE)) is None
