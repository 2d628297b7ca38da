"""On a GPU, `python -m pytest -m cuda`: the same losses and gradients, as near as each precision promises."""

import numpy as np
import pytest

from minicnn import backend, zoo
from minicnn.cuda import Content, Evaluation, Gram, evaluation, gram, inner_products
from minicnn.cuda.gpu import Gpu
from minicnn.cuda.lbfgs import Curvature
from minicnn.errors import DeviceError

from ..nets import relative
from . import problems
from .test_lbfgs import quadratic, two_loops

pytestmark = pytest.mark.cuda
TOLERANCE = {"fp32": 1e-5, "tf32": 1e-2, "fp16": 1e-2}  # of small networks, whose kinks weigh more
STYLE = [f"relu{block}_1" for block in range(1, 6)]


@pytest.fixture(scope="module")
def card():
    try:
        return backend.device("cuda")
    except DeviceError as error:
        pytest.skip(str(error))


@pytest.mark.parametrize("precision", TOLERANCE)
@pytest.mark.parametrize("edges", ["zero", "reflect", "replicate"])
@pytest.mark.parametrize("pooling", ["avg", "max"])
def test_small_networks(card, precision, edges, pooling):
    for size in ((13, 11), (64, 49), (4, 4)):
        net64 = problems.network(edges=edges, pooling=pooling, dtype=np.float64)
        wanted, x = problems.terms(net64, size), problems.canvas(size)
        values, gradient = problems.expected(net64, x, wanted)
        made = Evaluation(problems.network(edges=edges, pooling=pooling), size, wanted, precision)
        for _ in range(3):
            found = made(card.put(x))
            assert found.total == pytest.approx(sum(values.values()), rel=TOLERANCE[precision])
            assert relative(found.gradient.get(), gradient) < TOLERANCE[precision]


@pytest.mark.parametrize("precision", TOLERANCE)
def test_the_card_does_as_the_host(card, make_host, precision):
    """The same arithmetic, TF32 and halves included: only the order of sums is another."""
    net64, size = problems.network(dtype=np.float64), (45, 61)
    wanted, x = problems.terms(net64, size), problems.canvas(size)
    by_host = Evaluation(problems.network(), size, wanted, precision, make_host(precision))(x)
    found = Evaluation(problems.network(), size, wanted, precision)(card.put(x))
    assert found.total == pytest.approx(by_host.total, rel=1e-5)
    assert relative(found.gradient.get(), by_host.gradient) < 2e-3  # a kink may be taken on its other side


@pytest.mark.parametrize(("precision", "near"), [("fp32", 1e-5), ("tf32", 2e-2), ("fp16", 2e-2)])
def test_vgg19(card, precision, near):
    """Beside float64 on the CPU, random weights, a smooth canvas; 10 bits cost about a percent."""
    net = zoo.build("vgg19", until="relu5_1", edges="reflect")
    net64 = zoo.build("vgg19", until="relu5_1", edges="reflect").astype(np.float64)
    rows, columns = np.mgrid[:96, :128]
    x = np.stack([60 * np.sin(rows / 9 + columns / (7 + c)) for c in range(3)], axis=2).astype(np.float32)
    photo = np.roll(x, 11, axis=1)[None].astype(np.float64)
    wanted, features = [], net64.forward(photo, [*STYLE, "relu4_2"])
    for tap, activation in features.items():
        F = activation.reshape(-1, activation.shape[-1])
        A = F.T @ F / len(F)
        if tap == "relu4_2":
            wanted.append(Content("content", tap, F.astype(np.float32), 0.03 / np.sum(F * F)))
        else:
            wanted.append(Gram(tap, tap, A, 1 / np.sum(A * A)))
    values, gradient = problems.expected(net64, x, wanted)
    found = Evaluation(net, (96, 128), wanted, precision)(card.put(x))
    assert found.total == pytest.approx(sum(values.values()), rel=near)
    assert relative(found.gradient.get(), gradient) < near


def test_seeds_by_functions(card):
    net, net64, taps = problems.network(), problems.network(dtype=np.float64), ["relu1_2", "relu3_1"]
    x = problems.canvas((37, 29))[None]
    fast = evaluation(net.to(card), x.shape, taps, "fp32")
    found = fast.gradient(card.put(x), dict.fromkeys(taps, lambda F: F * 2)).get()
    features = net64.forward(x.astype(float), taps)
    assert relative(found, net64.backward({tap: 2 * F for tap, F in features.items()})) < 1e-5


def test_sums(card, rng):
    F, v = (rng.normal(size=shape).astype(np.float32) for shape in ((5000, 48), (3, 5000)))
    assert relative(gram(card.put(F)).get(), F.T.astype(float) @ F) < 1e-5
    table = inner_products(card.put(np.ascontiguousarray(F.T)), [card.put(one) for one in v]).get()
    assert np.allclose(table, np.concatenate([F.T, v]).astype(float) @ v.T, rtol=1e-10)


def test_lbfgs(card, rng):
    curvature, x, pairs = Curvature(Gpu.of("fp32"), (1, 100), 5), rng.normal(size=300).astype(np.float32), []
    g = quadratic(x)[1]
    d = curvature.begin(card.put(x), card.put(g))
    for _ in range(12):
        assert relative(d.get(), two_loops(g, pairs)) < 1e-4
        trial = curvature.move(0.3).get()
        new = quadratic(trial)[1]
        pairs = [*pairs, ((trial - x).astype(float), (new - g).astype(float))][-5:]
        x, g = trial, new
        d = curvature.accept(card.put(g))


def test_nothing_is_asked_for_in_the_loop(card):
    net64, size = problems.network(dtype=np.float64), (64, 64)
    made = Evaluation(problems.network(), size, problems.terms(net64, size), "tf32")
    x, pool = card.put(problems.canvas(size)), card.xp.get_default_memory_pool()
    made(x)
    held = pool.used_bytes()
    for _ in range(5):
        made(x)
    assert pool.used_bytes() == held
