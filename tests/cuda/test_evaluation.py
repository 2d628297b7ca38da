"""The whole fast path on a host: kernels compiled as C++, products by a stand-in for cuBLAS.

Its loss and gradient against the library's in float64. Sizes are odd, so that poolings drop rows and columns.
"""

import numpy as np
import pytest

from minicnn.cuda import Content, Evaluation, Gram, Own, Variation
from minicnn.cuda.gradient import Gradient
from minicnn.errors import DeviceError, OptionError, ShapeError
from minicnn.evaluation import gradient as plain_gradient

from ..nets import relative
from . import problems

SIZE = (13, 11)


def both(engine, size=SIZE, edges="reflect", pooling="avg", taps=problems.TAPS, blocks=problems.BLOCKS):
    """(an Evaluation's values and gradient, float64's)."""
    net64 = problems.network(blocks, edges, pooling, np.float64)
    wanted = problems.terms(net64, size, taps)
    net = problems.network(blocks, edges, pooling)
    x = problems.canvas(size)
    found = Evaluation(net, size, wanted, engine.precision, engine)(x)
    return found, problems.expected(net64, x, wanted)


def check(found, expected, tolerance=1e-5):
    values, gradient = expected
    for name, value in values.items():
        assert found.values[name] == pytest.approx(value, rel=tolerance), name
    assert found.total == pytest.approx(sum(values.values()), rel=tolerance)
    assert relative(found.gradient, gradient) < tolerance


@pytest.mark.parametrize("edges", ["zero", "reflect", "replicate"])
@pytest.mark.parametrize("pooling", ["avg", "max"])
@pytest.mark.parametrize("backwards", [False, True])
def test_loss_and_gradient_are_float64s(make_host, edges, pooling, backwards):
    check(*both(make_host(backwards=backwards), edges=edges, pooling=pooling))


@pytest.mark.parametrize("size", [(4, 4), (5, 4), (4, 19), (40, 7), (16, 16)])
@pytest.mark.parametrize("edges", ["zero", "reflect", "replicate"])
def test_sizes_down_to_one_pixel_at_the_deepest_layer(make_host, size, edges):
    check(*both(make_host(), size, edges))


@pytest.mark.parametrize("edges", ["zero", "reflect", "replicate"])
def test_a_canvas_of_one_row_or_column(make_host, edges):
    for size in ((1, 9), (9, 1), (1, 1), (2, 2)):
        check(*both(make_host(), size, edges, taps=("relu1_1", "conv1_2", "relu1_2")))


@pytest.mark.parametrize("tap", ["conv1_1", "relu1_1", "pool1", "conv2_2", "relu2_2"])
def test_one_tap_alone(make_host, tap):
    check(*both(make_host(), taps=(tap,)))


def test_channels_that_are_no_multiple_of_eight(make_host):
    check(*both(make_host(), blocks=((5, 12), (17, 3), (9,))))


def test_a_gram_matrix_of_many_slices(make_host):
    """A sum over 2501 places goes in two slices and a rest."""
    check(*both(make_host(), (61, 41), taps=("relu1_2",), blocks=((8, 8),)))


@pytest.mark.parametrize("precision", ["tf32", "fp16"])
@pytest.mark.parametrize("pooling", ["avg", "max"])
def test_fewer_digits_are_lost_as_planned(make_host, precision, pooling):
    """Against float64 with the same roundings, in which both precisions agree: halves are scaled to fit.

    A unit within rounding of its kink may fall on either side of it, hence the room.
    """
    net64 = problems.rounded(problems.network(pooling=pooling, dtype=np.float64))
    net, x = problems.network(pooling=pooling), problems.canvas(SIZE)
    wanted = problems.terms(net64, SIZE, ("relu2_2", "relu3_1"))
    found = Evaluation(net, SIZE, wanted, precision, make_host(precision))(x)
    values, gradient = problems.expected(net64, x, wanted)
    assert found.total == pytest.approx(sum(values.values()), rel=2e-3)
    assert relative(found.gradient, gradient) < 3e-3


def test_both_short_precisions_are_one(make_host):
    """TF32 and scaled halves have the same 10 bits behind the point: nothing under- or overflows."""
    tf32, _ = both(make_host("tf32"))
    fp16, _ = both(make_host("fp16"))
    assert fp16.values == pytest.approx(tf32.values, rel=1e-6)
    assert relative(fp16.gradient, tf32.gradient) < 1e-6


def test_numbers_beyond_a_half_make_fp16_choose_its_scales_anew(make_host):
    engine, net = make_host("fp16"), problems.network()
    net64 = problems.network(dtype=np.float64)
    wanted, x = problems.terms(net64, SIZE), problems.canvas(SIZE)
    evaluation = Evaluation(net, SIZE, wanted, "fp16", engine)
    evaluation(x)
    before = dict(evaluation.passes.scales)
    found = evaluation(x * np.float32(1000))
    assert all(evaluation.passes.scales[key] < scale for key, scale in before.items())
    tf32 = Evaluation(net, SIZE, wanted, "tf32", make_host("tf32"))(x * np.float32(1000))
    assert relative(found.gradient, tf32.gradient) < 1e-6
    assert evaluation.buffers["overflow"][0] == 0


@pytest.mark.parametrize("bad", [np.nan, np.inf])
@pytest.mark.parametrize("precision", ["fp32", "tf32", "fp16"])
@pytest.mark.parametrize("pooling", ["avg", "max"])
def test_what_is_no_number_stays_none(make_host, bad, precision, pooling):
    net64, net = problems.network(pooling=pooling, dtype=np.float64), problems.network(pooling=pooling)
    evaluation = Evaluation(net, SIZE, problems.terms(net64, SIZE), precision, make_host(precision))
    x = problems.canvas(SIZE)
    x[6, 5, 1] = bad
    found = evaluation(x)
    assert not np.isfinite(found.total)
    assert not np.isfinite(found.gradient_sum)
    assert np.isfinite(evaluation(problems.canvas(SIZE)).total)  # and nothing of it is left


@pytest.mark.parametrize("precision", ["fp32", "fp16"])
def test_an_evaluation_reads_once_and_asks_for_no_memory(make_host, precision):
    engine, net64 = make_host(precision), problems.network(dtype=np.float64)
    evaluation = Evaluation(problems.network(), SIZE, problems.terms(net64, SIZE), precision, engine)
    x, first = problems.canvas(SIZE), None
    for _ in range(4):  # fp16 chooses its scales in the first, records in the second, replays from then on
        engine.downloads, arrays = 0, len(engine.arrays)
        launched = len(engine.launched)
        found = evaluation(x)
        first = first or (found.values, found.gradient.copy(), len(engine.launched) - launched)
    assert engine.downloads == 1
    assert len(engine.arrays) == arrays
    assert found.values == first[0]  # the same bytes
    assert np.array_equal(found.gradient, first[1])
    other = evaluation(problems.canvas(SIZE, seed=9))
    assert other.total != found.total


def test_slopes_come_with_the_report(make_host):
    net64, d = problems.network(dtype=np.float64), problems.canvas(SIZE, seed=3)
    evaluation = Evaluation(problems.network(), SIZE, problems.terms(net64, SIZE), "fp32", make_host())
    found = evaluation(problems.canvas(SIZE), evaluation.engine.upload(d))
    g = found.gradient.astype(np.float64)
    assert found.gradient_sum == pytest.approx(g.sum(), rel=1e-10)
    assert found.steepness == pytest.approx((g * g).sum(), rel=1e-12)
    assert found.slope == pytest.approx((g * d).sum(), rel=1e-10)
    assert evaluation(problems.canvas(SIZE)).slope == pytest.approx(found.steepness, rel=1e-12)


def test_terms_of_ones_own(make_host):
    """A function of the features, beside another term at the same tap, and one of the canvas."""
    net64, x = problems.network(((8,), (5,)), dtype=np.float64), problems.canvas(SIZE)

    def cubes(F):
        return np.sum(F**3, dtype=np.float64), 3 * F**2

    wanted = [Own("cubes", "relu2_1", cubes), *problems.terms(net64, SIZE, ("relu2_1",))]
    net = problems.network(((8,), (5,)))
    evaluation = Evaluation(net, SIZE, wanted, "fp32", make_host())
    for _ in range(2):
        check(evaluation(x), problems.expected(net64, x, wanted))
    alone = Evaluation(net, SIZE, [Own("cubes of x", None, cubes)], "fp32", make_host())
    found = alone(x)
    assert found.total == pytest.approx(np.sum(x.astype(np.float64) ** 3))
    assert relative(found.gradient, 3 * x**2) < 1e-6


@pytest.mark.parametrize("kind", ["squared", "power", "absolute"])
@pytest.mark.parametrize("inner", [False, True])
@pytest.mark.parametrize("size", [(7, 5), (1, 6), (6, 1), (1, 1)])
def test_total_variation(make_host, kind, inner, size):
    term = Variation("tv", 0.7, kind, 1.5, (1.0, 3.0, 0.4), inner)
    x = problems.canvas(size)
    x[size[0] // 2 :] = 0.25  # where nothing changes
    found = Evaluation(problems.network(), size, [term], "fp32", make_host())(x)
    values, gradient = problems.expected(problems.network(dtype=np.float64), x, [term])
    assert found.total == pytest.approx(values["tv"], rel=1e-5)
    assert np.abs(found.gradient - gradient).max() <= 1e-5 * max(1, np.abs(gradient).max())


@pytest.mark.parametrize("blocks", [problems.BLOCKS, ((5, 12), (9,))])
def test_gradient_with_functions_as_seeds(make_host, blocks):
    """The contract of `minicnn.evaluation.gradient`: a seed may be written over its activation."""
    net64, net = problems.network(blocks, dtype=np.float64), problems.network(blocks)
    taps = [tap for tap in problems.TAPS if tap in net.names]
    fast = Gradient(net, SIZE, taps, make_host())
    assert fast.nbytes > 0

    def over(activation):
        activation **= 2
        return activation

    def beside(activation):
        return activation * 3

    seeds = {tap: (over, beside)[number % 2] for number, tap in enumerate(taps)}
    for seed in (6, 7, 6):
        x = problems.canvas(SIZE, seed)[None]
        expected = plain_gradient(net64, x.astype(np.float64), seeds)
        found = fast.gradient(x, seeds)
        assert found.shape == x.shape
        assert found.dtype == np.float32
        assert relative(found, expected) < 1e-5


def test_what_cannot_be_is_refused(make_host):
    net64, net, engine = problems.network(dtype=np.float64), problems.network(), make_host()
    wanted = problems.terms(net64, SIZE, ("relu1_1",))
    F = net64.forward(np.zeros((1, *SIZE, 3)), ["relu1_1"])["relu1_1"].reshape(-1, 8)
    evaluation = Evaluation(net, SIZE, wanted, "fp32", engine)
    for other in (problems.canvas((11, 13)), problems.canvas(SIZE).astype(np.float64)):
        with pytest.raises(ShapeError, match=r"canvas: expected \(13, 11, 3\) in float32, got"):
            evaluation(other)
    for bad, error, words in (
        ([], OptionError, "at least one"),
        ([*wanted, *wanted], OptionError, "a name of its own"),
        ([Content("c", "relu1_1", F[:-1], 1.0)], ShapeError, r"c: expected a target of shape \(143, 8\)"),
        ([Gram("s", "relu1_1", np.eye(7), 1.0)], ShapeError, r"s: expected a target of shape \(8, 8\)"),
        ([Variation("tv", 1.0, "cubed")], OptionError, "tv: expected one of squared, power, absolute"),
    ):
        with pytest.raises(error, match=words):
            Evaluation(net, SIZE, bad, "fp32", make_host())


def test_no_room_is_told_with_the_largest_size_that_has_some(make_host):
    net64, net, engine = problems.network(dtype=np.float64), problems.network(), make_host()
    wanted = problems.terms(net64, SIZE, ("relu1_1",))
    engine.free_bytes = lambda: 40_000_000
    with pytest.raises(DeviceError, match=r"200×300 needs 0.\d GB .* the largest that fits is (\d+)×(\d+)"):
        Evaluation(net, (200, 300), wanted, "fp32", engine)
    engine.free_bytes = lambda: 1000
    with pytest.raises(DeviceError, match="no size fits"):
        Evaluation(net, SIZE, wanted, "fp32", engine)
