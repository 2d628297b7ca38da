"""What the checker says, of right functions, of kinks, of bad input, and on the command line."""

import doctest
import subprocess
import sys

import numpy as np
import pytest

from minicnn import ops
from minicnn.errors import (
    DTypeError,
    GradientError,
    NonFiniteError,
    OptionError,
    ShapeError,
    UnknownNameError,
)
from minicnn.gradcheck import __main__ as program
from minicnn.gradcheck import check, check_layer, check_loss
from minicnn.gradcheck import examine as checks
from minicnn.gradcheck.cases import CASES, cases
from minicnn.gradcheck.differences import STEPS, slope
from minicnn.layers import Conv2D, Dense
from tests.clock import HANGING

RNG = np.random.default_rng(0)


def square(x):
    return x**2


def square_backward(dy, x):
    return 2 * x * dy


def absolute_backward(dy, x):
    return np.sign(x) * dy


# --- every operation ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("label", "build", "options"),
    [pytest.param(*case, id=f"{name}: {case[0]}") for name in CASES for case in cases(name)],
)
def test_every_operation_is_right(label, build, options):
    report = checks.examine(build(), **options).raise_if_wrong()
    assert report.error < 1e-6
    assert all(finding.compared for finding in report.findings)


def test_no_operation_is_forgotten():
    gradients = {name for name in ops.__all__ if name.endswith(("_backward", "_dx", "_dkernel", "_dbias"))}
    assert set(ops.__all__) - gradients <= set(CASES)


# --- the numbers ----------------------------------------------------------------------------------------


def test_a_slope_is_right_to_ten_digits():
    def y(t):
        return np.array([np.sin(1 + t), np.exp(t)])

    found = slope(y, y(0), np.array([[1.0, 0.0], [2.0, -3.0]]), STEPS[0])
    np.testing.assert_allclose(found.value, [np.cos(1), 2 * np.cos(1) - 3], rtol=1e-10)
    assert found.doubt.max() < 1e-7


def test_the_report_names_function_argument_entry_and_both_values(rng):
    def scale(x, factor):
        return x * factor

    def backward(dy, x, factor):
        dx, dfactor = dy * factor, dy * x
        dfactor[4, 1] += 0.125
        return dx, dfactor

    x, factor = rng.standard_normal((2, 5, 3))
    report = check(scale, backward, (x, factor))
    found = report["factor"]
    assert report["x"].ok
    assert not report.ok
    assert found.index == (4, 1)
    assert found.backward - found.differences == pytest.approx(0.125, rel=1e-6)
    for word in (
        "scale: WRONG",
        "factor is wrong",
        "(4, 1)",
        f"{found.backward:.9g}",
        f"{found.differences:.9g}",
    ):
        assert word in str(report)
    with pytest.raises(GradientError, match=r"factor is wrong.*\(4, 1\)"):
        report.raise_if_wrong()


def test_the_entry_to_blame_is_found_in_a_large_array(rng):
    def backward(dy, x):
        dx = square_backward(dy, x)
        dx[31, 17] += 5
        return dx

    found = check(square, backward, 1 + rng.random((70, 80)))["x"]
    assert found.wrong
    assert found.index == (31, 17)


def test_it_is_reproducible_and_the_seed_matters(rng):
    x = rng.standard_normal((30, 9))
    errors = [check(square, square_backward, x, seed=seed).error for seed in (1, 1, 2)]
    assert errors[0] == errors[1] != errors[2]


def test_a_looser_tolerance_passes_what_a_tight_one_rejects(rng):
    x = rng.standard_normal(7)
    for tolerance, ok in ((1e-2, True), (1e-4, False)):
        assert check(square, lambda dy, x: 2.002 * x * dy, x, tolerance=tolerance).ok == ok


def test_very_large_and_very_small_inputs(rng):
    for size in (1e-12, 1e-3, 1e9):
        x = size * rng.standard_normal((3, 4))
        assert check(square, square_backward, x).ok
        assert not check(square, lambda dy, x: 2.002 * x * dy, x).ok


# --- kinks ----------------------------------------------------------------------------------------------


def test_a_kink_at_the_point_is_set_apart_and_told():
    report = check(np.abs, absolute_backward, [1.0, 0.0, -2.0, 3.0, 0.5])
    assert report.ok
    (kink,) = [one for one in report.findings[0].apart if one.place == "(1)"]
    assert kink.why == "kink"
    assert kink.low == pytest.approx(-kink.high)
    assert "set apart; the first at (1) (kink: slopes" in str(report)


def test_at_a_kink_backward_must_lie_between_the_slopes():
    def outside(dy, x):
        return np.where(x == 0, 1.5, np.sign(x)) * dy

    assert check(np.abs, outside, [1.0, 0.0, -2.0, 3.0, 0.5])["x"].index == (1,)


@pytest.mark.parametrize("distance", [3e-4, 9e-5, 4e-5, 3.34e-5, 6e-6, 1e-6])
def test_a_kink_nearby_is_stepped_round(distance):
    x = np.array([1.0, distance, -2.0, 3.0, -distance])
    report = check(np.abs, absolute_backward, x / np.sqrt(np.mean(x**2)))
    assert report.ok
    assert not report.findings[0].apart
    assert not check(np.abs, lambda dy, x: 1.001 * absolute_backward(dy, x), x).ok


def test_kinks_everywhere_are_no_pass():
    report = check(np.abs, absolute_backward, np.zeros(6))
    assert not report.ok
    assert "try other inputs" in str(report)


def test_ties_moved_together_have_no_kink():
    finding = check(
        lambda x: ops.max_pool(x),
        lambda dy, index: ops.max_pool_backward(dy, index, (1, 4, 4, 1)),
        np.ones((1, 4, 4, 1)),
        apart=1.0,
    ).raise_if_wrong()["x"]
    places = {one.place for one in finding.apart}
    assert "(0, 0, 0, 0)" in places
    assert not places & {"all entries together", "equal entries together"}


def test_the_edge_of_a_domain_is_stepped_round():
    assert check(np.log, lambda dy, x: dy / x, [2e-3, 1.0, 2.0]).ok


def test_a_jump_is_not_smooth():
    report = check(np.floor, lambda dy, x: 0 * dy, [1.0, 2.0, -3.0])
    assert not report.ok


def test_noise_is_told_from_kinks():
    report = check(lambda x: 1e9 + x, lambda dy, x: dy.copy(), [1.0, 0.3, 0.7])
    assert {one.why for one in report.findings[0].apart} == {"rounding"}


def test_a_function_that_rounds_more_than_its_size_explains_is_told_from_kinks_too():
    """As a root of a nearly singular matrix does: what is lost inside shows as noise of its own in y."""

    def rough(x):
        return np.sin(3 * x) + 1e-8 * np.sin(1e12 * x)

    def rough_backward(dy, x):
        return 3 * np.cos(3 * x) * dy

    x = [1.0, 0.3, -0.7, 0.1]
    report = check(rough, rough_backward, x)
    assert report.ok
    assert {one.why for one in report.findings[0].apart} == {"rounding"}
    assert not check(rough, lambda dy, x: 1.01 * rough_backward(dy, x), x).ok


# --- how a pair may be written --------------------------------------------------------------------------


class Remembering:
    def forward(self, x):
        self.x = x
        return x**3

    def backward(self, dy, seed=None):
        return 3 * self.x**2 * dy


def test_backward_may_ask_for_a_cache_the_inputs_or_nothing(rng):
    x = rng.standard_normal((2, 3))
    assert check(lambda x: (x**3, {"x": [x]}), lambda dy, cache: 3 * dy * cache["x"][0] ** 2, x).ok
    assert check(lambda x: x**3, lambda dy, x: 3 * dy * x**2, x).ok
    assert check(lambda x: x**3, lambda dy, *inputs: 3 * dy * inputs[0] ** 2, x).ok
    assert check(lambda x: x**3, lambda dy, x=x: 3 * dy * x**2, x).ok
    both = Remembering()
    assert check(both.forward, both.backward, x).ok


def test_labels_pass_through_and_want_no_gradient(rng):
    x, rows = rng.standard_normal((4, 3)), np.array([2, 0, 2])

    def backward(dy, x, rows, extra=None):
        dx = np.zeros_like(x)
        np.add.at(dx, rows, dy)
        return dx, extra

    def pick(x, rows):
        return x[rows]

    assert check(pick, backward, (x, rows)).ok
    assert not check(pick, lambda *a: backward(*a, extra=np.zeros(3)), (x, rows)).ok


def test_inputs_are_left_alone_and_may_be_lists_or_single_precision(rng):
    x = rng.standard_normal((3, 2)).astype(np.float32)
    before = x.copy()
    x.flags.writeable = False
    assert check(square, square_backward, x).ok
    assert np.array_equal(x, before)
    assert check(square, square_backward, 2.0).ok
    assert check(square, square_backward, [[1, -2.0]]).ok


def test_a_loss_of_several_kinds_of_output(rng):
    F = rng.standard_normal((5, 3))
    assert check_loss(lambda F: (float(np.sum(F**2)), 2 * F), F).ok
    assert check_loss(lambda F: (np.sum(F**2, keepdims=True)[0, 0], 2 * F), F).ok


def test_a_layer_is_left_as_it_is(rng):
    layer = Conv2D(2, 3, rng=rng)
    before = layer.params["kernel"].copy()
    report = check_layer(layer, rng.standard_normal((1, 4, 5, 2)))
    assert [finding.argument for finding in report.findings] == ["x", "kernel", "bias"]
    assert report.ok
    assert layer.params["kernel"].dtype == np.float32
    assert np.array_equal(layer.params["kernel"], before)
    assert not layer.grads


# --- what is refused ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("inputs", "error"),
    [
        ([1.0, np.nan], NonFiniteError),
        (np.zeros((3, 0)), ShapeError),
        (np.arange(3), DTypeError),
        ((), DTypeError),
    ],
)
def test_bad_inputs_are_refused(inputs, error):
    with pytest.raises(error, match="expected"):
        check(square, square_backward, inputs if isinstance(inputs, tuple) else (np.asarray(inputs),))


@pytest.mark.parametrize(
    "call",
    [
        lambda: check(None, square_backward, 1.0),
        lambda: check(square, None, 1.0),
        lambda: check(square, square_backward, 1.0, arguments=3),
        lambda: check(square, square_backward, 1.0, coordinates=0),
        lambda: check(square, square_backward, 1.0, directions=2.5),
        lambda: check(square, square_backward, 1.0, tolerance=None),
        lambda: check(square, square_backward, 1.0, apart=2),
        lambda: check(square, square_backward, 1.0, seed="a"),
        lambda: check_loss(None, 1.0),
        lambda: check_layer(Dense, np.ones((1, 2))),
        lambda: check_layer(np.tanh, np.ones((1, 2))),
    ],
)
def test_what_cannot_be_checked_at_all_is_refused(call):
    with pytest.raises(OptionError, match=r"expected .*got"):
        call()


def test_lists_of_several_lengths_are_refused():
    with pytest.raises(ShapeError, match="of one length"):
        check(square, square_backward, [[1.0], [1.0, 2.0]])


def test_a_report_names_its_arguments():
    with pytest.raises(UnknownNameError, match="expected one of its arguments, x, got 'nope'"):
        check(square, square_backward, [1.0])["nope"]


@pytest.mark.parametrize(
    ("loss", "came"),
    [
        (lambda F: 3.0, "got float"),
        (lambda F: (3.0,), "got 1 values"),
        (lambda F: (np.sum(F**2), 2 * F, None), "got 3 values"),
    ],
)
def test_a_loss_gives_a_value_and_a_gradient(loss, came):
    with pytest.raises(GradientError, match=rf"expected \(value, gradient\) from the loss, {came}"):
        check_loss(loss, [1.0, 2.0]).raise_if_wrong()


def test_names_that_do_not_fit_are_refused():
    with pytest.raises(OptionError, match="expected 1 names"):
        check(square, square_backward, [1.0], arguments=["x", "y"])


@pytest.mark.parametrize(
    ("forward", "words"),
    [
        (lambda x: (x**2).astype(np.float32), "expected y in float64"),
        (lambda x: [1.0], "expected y in float64, as the inputs are, got list"),
        (lambda x: np.where(x > 0, x, np.nan), r"expected finite y, got nan at \(1,\)"),
        (lambda x: (x, x, x), "expected y or"),
        (lambda x: x * RNG.random(), "fix its seed"),
        (lambda x: 0 * x + 1, "no influence"),
    ],
)
def test_a_forward_that_cannot_be_checked(forward, words):
    with pytest.raises(GradientError, match=words):
        check(forward, lambda dy, x: 0 * dy, ([2.0, -1.0],)).raise_if_wrong()


@pytest.mark.parametrize(
    ("forward", "backward", "words"),
    [
        (lambda x: x.astype(np.float64) ** 2, square_backward, "y: expected float32"),
        (square, lambda dy, x: 2 * np.asarray(x, np.float64) * dy, "x: expected float32"),
        (lambda x: x.reshape(-1), lambda dy, x: dy.reshape(x.shape), "y: it shares memory"),
        (lambda x: x + 0, lambda dy, x: dy, "x: it shares memory"),
        (lambda x: x + 0, lambda dy, x: np.multiply(dy, 1, out=dy), "read-only"),
    ],
)
def test_the_rules_of_the_house_are_asked_for_by_strict(forward, backward, words, rng):
    x = rng.standard_normal((3, 4))
    assert check(forward, backward, x).ok
    with pytest.raises(GradientError, match=words):
        check(forward, backward, x, strict=True).raise_if_wrong()


# --- the command line -----------------------------------------------------------------------------------


def test_the_examples_in_the_docstrings_are_true():
    result = doctest.testmod(checks)
    assert result.attempted > 5
    assert not result.failed


def test_the_table_has_a_line_for_every_argument(capsys):
    assert program.main(["conv2d_transposed", "gram"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[:2] for line in lines[1:5]] == [
        ["conv2d_transposed", "x"],
        ["conv2d_transposed", "kernel"],
        ["conv2d_transposed", "bias"],
        ["gram", "F"],
    ]
    assert all(line.endswith("right") for line in lines[1:5])
    assert lines[-1].startswith("All right")


def test_a_wrong_operation_is_told_and_exits_with_1(capsys, monkeypatch):
    monkeypatch.setattr(ops, "avg_pool_backward", lambda dy, shape, window, stride: np.zeros(shape, dy.dtype))
    assert program.main(["avg_pool", "relu"]) == 1
    out = capsys.readouterr().out
    assert "WRONG" in out
    assert "backward says 0, differences say" in out
    assert "4 cases are wrong" in out


def test_an_operation_that_raises_exits_with_1(capsys, monkeypatch):
    monkeypatch.setattr(ops, "local_response_norm", lambda x, **options: 1 / 0)
    assert program.main(["local_response_norm"]) == 1
    assert "it raised ZeroDivisionError" in capsys.readouterr().out


def test_an_unknown_operation_is_refused_in_one_line(capsys):
    assert program.main(["conv3d"]) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.count("\n") == 1
    assert "'conv3d'" in said.err
    assert "conv2d, conv2d_transposed" in said.err


@pytest.mark.parametrize(
    ("name", "printed"),
    [
        ("Conv2D", {"Conv2D"}),
        ("NETWORK", {"Network"}),
        ("conv2d, im2col", {"conv2d, im2col"}),
        ("CONV2D", {"conv2d, im2col", "conv2d, naive", "conv2d, winograd", "conv2d, auto"}),
        ("softmax", {"softmax"}),
        ("maxpool2d", {"MaxPool2D"}),
    ],
)
def test_an_operation_goes_by_what_the_table_calls_it(name, printed):
    assert {build().name for _, build, _ in cases(name)} == printed


@pytest.mark.parametrize(
    ("name", "meant"), [("conv2", "conv2d"), ("MaxPool", "max_pool"), ("Conv2Dd", "conv2d")]
)
def test_a_name_that_is_nearly_right_is_suggested(name, meant, capsys):
    assert program.main([name]) == 2
    assert f"did you mean '{meant}'?" in capsys.readouterr().err


def test_it_runs_as_a_module():
    run = [sys.executable, "-W", "error", "-m", "minicnn.gradcheck", "relu"]
    done = subprocess.run(run, capture_output=True, text=True, timeout=HANGING)
    assert done.returncode == 0, done.stderr
    assert "relu" in done.stdout


def test_the_plot_is_drawn_and_its_errors_form_a_v(tmp_path, capsys):
    pytest.importorskip("matplotlib")
    from minicnn.gradcheck.plot import GRID, errors

    picture = tmp_path / "v.png"
    assert program.main(["softmax", "--plot", str(picture)]) == 0
    assert picture.read_bytes().startswith(b"\x89PNG")
    found = errors("softmax")
    best = GRID[found.argmin()]
    assert 1e-7 < best < 1e-4
    assert found[0] > 1e4 * found.min() < 1e-4 * found[-1]


def test_a_plot_that_cannot_be_is_refused_in_one_line(tmp_path, capsys, monkeypatch):
    pytest.importorskip("matplotlib")
    for path, words in (
        (tmp_path / "missing" / "v.png", "expected a folder that exists"),
        (tmp_path / "v.nonsense", "nonsense"),
        (tmp_path, "got the folder"),
        (tmp_path / "v", "ends in .png"),
        ("", "got nothing"),
    ):
        assert program.main(["relu", "--plot", str(path)]) == 2
        said = capsys.readouterr().err
        assert said.count("\n") == 1
        assert words in said
        assert "Errno" not in said
    assert not list(tmp_path.iterdir())
    assert not tmp_path.with_suffix(".png").exists()
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    assert program.main(["relu", "--plot", str(tmp_path / "v.png")]) == 2
    assert "pip install matplotlib" in capsys.readouterr().err
