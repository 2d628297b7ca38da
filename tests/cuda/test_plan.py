"""What the fast path takes and what it needs: stages, bytes, and refusals in words."""

import numpy as np
import pytest

from minicnn import zoo
from minicnn.cuda import Content, Evaluation, Gram, Variation, evaluation, plan, refusal, usable
from minicnn.cuda.memory import descent_buffers, largest_size, predicted_bytes, total_bytes
from minicnn.cuda.passes import Passes
from minicnn.errors import ShapeError, UnknownNameError
from minicnn.layers import AvgPool2D, Conv2D, Dropout, MaxPool2D, ReLU
from minicnn.network import Network

from . import problems

STYLE = [f"relu{block}_1" for block in range(1, 6)]


@pytest.fixture(scope="module")
def vgg():
    """VGG19's layers, without its numbers: kernels that take no memory."""
    net = zoo.build("vgg19", width=(1, 1, 1, 1, 1), until="relu5_1", edges="reflect")
    for layer in net.layers:
        if isinstance(layer, Conv2D):
            block = int(layer.name[4])
            k = (64, 128, 256, 512, 512)[block - 1]
            c = 3 if layer.name == "conv1_1" else (64, 128, 256, 512)[max(0, block - 2)]
            c = k if not layer.name.endswith("_1") else c
            layer.params["kernel"] = np.broadcast_to(np.float32(0), (3, 3, c, k))
    return net


def usual():
    """The terms of a run with the defaults of nst; targets do not matter to the plan."""
    style = [Gram(f"style {tap}", tap, None, 1.0) for tap in STYLE]
    return [*style, Content("content", "relu4_2", None, 1.0), Variation("tv", 1.0)]


def test_2048_squared_fits_into_12_gb(vgg):
    needed = {
        precision: predicted_bytes(vgg, (2048, 2048), usual(), precision, history=10)
        for precision in ("tf32", "fp32", "fp16")
    }
    assert needed["tf32"] == needed["fp32"]
    assert 6e9 < needed["fp16"] < needed["tf32"] < 12e9


def test_bytes_grow_with_the_canvas(vgg):
    sizes = [predicted_bytes(vgg, (side, side), usual()) for side in (256, 512, 1024)]
    assert sizes[0] < sizes[1] < sizes[2] < 5 * sizes[1]


@pytest.mark.parametrize("precision", ["tf32", "fp16"])
def test_what_is_predicted_is_what_is_taken(make_host, precision):
    engine, size = make_host(precision), (45, 61)
    net64 = problems.network(dtype=np.float64)
    wanted = problems.terms(net64, size)
    before = sum(taken for *_, taken in engine.arrays)
    made = Evaluation(problems.network(), size, wanted, precision, engine)
    taken = sum(buffer.nbytes for buffer in made.buffers.values())
    assert before == 0
    assert predicted_bytes(problems.network(), size, wanted, precision) == taken + (32 << 20)
    grown = predicted_bytes(problems.network(), size, wanted, precision, history=7) - taken - (32 << 20)
    assert grown == total_bytes(descent_buffers(size, 7)) > 14 * 45 * 61 * 3 * 4


def test_the_largest_size_is_the_largest():
    def area(size):
        if min(size) < 10:
            raise ShapeError("too small")
        return size[0] * size[1]

    assert largest_size((300, 400), 12 * 100 * 100, area) == (300, 400)
    assert largest_size((300, 400), 12 * 100 * 100 - 1, area) == (299, 399)
    assert largest_size((300, 400), 200, area) == (12, 16)
    assert largest_size((300, 400), 90, area) is None
    assert largest_size((10, 10), 99, area) is None


def test_features_alone_take_less_and_are_the_librarys(make_host):
    size, net, net64 = (13, 11), problems.network(), problems.network(dtype=np.float64)
    passes = Passes(net, size, problems.TAPS, make_host(), seeded=False)
    assert passes.nbytes < Passes(net, size, problems.TAPS, make_host()).nbytes
    x = problems.canvas(size)
    passes.forward(x.ravel())
    for tap, expected in net64.forward(x[None].astype(float), list(problems.TAPS)).items():
        assert np.allclose(passes.features(tap), expected.reshape(-1, expected.shape[-1]), atol=1e-5)


def test_stages(vgg):
    row = plan.stages(vgg, (45, 61), ["conv1_2", "relu1_2", "pool1", "relu3_2"])
    assert [stage.layer.name for stage in row] == [
        "conv1_1",
        "conv1_2",
        "conv2_1",
        "conv2_2",
        "conv3_1",
        "conv3_2",
    ]
    assert row[1].taps == {"conv": "conv1_2", "relu": "relu1_2", "pool": "pool1"}
    assert [(stage.h, stage.w) for stage in row] == [(45, 61)] * 2 + [(22, 30)] * 2 + [(11, 15)] * 2
    assert [stage.pooling for stage in row] == [0, plan.AVERAGE, 0, plan.AVERAGE, 0, 0]
    assert (row[1].places("conv"), row[1].places("pool")) == (45 * 61, 22 * 30)


def conv(c, k, **options):
    return Conv2D(c, k, name="conv", **options)


@pytest.mark.parametrize(
    ("layers", "words"),
    [
        ([conv(3, 8, kernel=5, padding=2)], "conv: the fast path knows 3×3 kernels"),
        ([conv(3, 8, stride=2)], "conv: the fast path knows 3×3 kernels"),
        ([conv(3, 8, padding=0)], "conv: the fast path knows 3×3 kernels"),
        ([conv(1, 8)], "conv: the fast path begins with 3 channels, not 1"),
        ([ReLU()], "and no ReLU here"),
        ([conv(3, 8), AvgPool2D()], "and no AvgPool2D here"),
        ([conv(3, 8), ReLU(), MaxPool2D(3, 2)], "and no MaxPool2D here"),
        ([conv(3, 8), ReLU(), Dropout()], "and no Dropout here"),
    ],
)
def test_networks_that_are_not_for_it(layers, words):
    net = Network(layers).freeze()
    reason = refusal(net, net.names[-1:])
    assert words in reason
    assert evaluation(net, (1, 32, 32, 3), net.names[-1:]) is None


def test_networks_that_learn_or_are_in_double_are_not_for_it():
    assert "frozen" in refusal(problems.network().freeze(False), ["relu1_1"])
    assert "float64" in refusal(problems.network(dtype=np.float64).freeze(), ["relu1_1"])
    assert refusal(problems.network(), problems.TAPS) is None
    with pytest.raises(UnknownNameError, match="no layer is called 'relu9_9'"):
        refusal(problems.network(), ["relu9_9"])


def test_a_canvas_that_is_too_small_or_too_large(vgg):
    small = zoo.build("vgg19", width=(8, 8, 8, 8, 8), until="relu5_1")
    with pytest.raises(ShapeError, match="pool4"):
        plan.stages(small, (15, 40), ["relu5_1"])
    with pytest.raises(ShapeError, match="8192×8192 is too large"):
        plan.stages(vgg, (8192, 8192), ["relu5_1"])


def test_numpy_has_no_kernels():
    assert not usable(np)
    assert evaluation(problems.network(), (1, 32, 32, 3), ["relu1_1"]) is None
