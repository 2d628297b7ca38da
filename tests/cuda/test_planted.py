"""Planted mistakes: one change in a kernel, or in a product, and the evaluation must no longer be right."""

import ctypes
from contextlib import suppress

import numpy as np
import pytest

from minicnn.cuda import Evaluation, layout, source

from ..nets import relative
from . import host, problems

SIZE = (9, 11)
BLOCKS, TAPS = ((8,), (16, 24), (16,)), ("conv1_1", "relu1_1", "pool1", "conv2_2", "relu2_2", "relu3_1")
CONFIGURATIONS = (("reflect", "avg"), ("zero", "max"))

# What stands in kernels.cu, and what could stand there: expressions, so that a switch can stand for both.
KERNELS = {
    "the first layer looks a row too low": ("source(p + i - 1, h, edges)", "source(p + i, h, edges)"),
    "the first layer takes rows for columns": ("source(q + j - 1, w, edges)", "source(q + i - 1, w, edges)"),
    "its way back does not turn the kernel": ("where(p, a, h) + 1 - tap / 3", "where(p, a, h) - 1 + tap / 3"),
    "its way back adds up one lane": ("sums[lane][threadIdx.x - lane + n]", "sums[lane][threadIdx.x]"),
    "a stack's rows the wrong way round": ("(pixel * 3 + r) * c", "(pixel * 3 + 2 - r) * c"),
    "a stack one row too high": ("s + 1 + e - r", "s + e - r"),
    "a stack one column to the left": ("(Long)u * width + v + 1 + e", "(Long)u * width + v + e"),
    "a reflection that repeats the edge": (
        "edges == REFLECT && size > 1 ? size - 2 : size - 1",
        "size - 1",
    ),
    "a border folded one row off": ("(Long)(where(p, a, h) + e)", "(Long)(where(p, a, h) + e + (a == 1))"),
    "a product's rows taken to be w long": ("((Long)p * (w + 2) + q)", "((Long)p * w + q)"),
    "zeros at the corners alone": ("edges == ZERO && a + b > 0", "edges == ZERO && a * b > 0"),
    "the last of equal maxima wins": ("v.at[n] > best.at[n]", "v.at[n] >= best.at[n]"),
    "every place of a window wins": ("winner[n] != place", "false"),
    "no quarter on the way back": ("pooling == AVERAGE ? 0.25f : 1.0f", "1.0f"),
    "a mask's bits the wrong way round": ("passes >> n & 1", "passes >> (7 - n) & 1"),
    "half a border of zeros": ("p == h - 1 ? h + e : p", "p == h - 1 ? h : p"),
    "content of the wrong sign": ("F[at] - P[at]", "P[at] - F[at]"),
    "a second seed in the first one's place": ("seed[at] + factor * E", "factor * E"),
    "a Gram matrix of the first slice alone": ("parts[slice * count + at]", "parts[at]"),
    "no neighbour above in the variation": ("(slope + left + above)", "(slope + left)"),
    "sums of every other thread": ("half > 0", "half > 1"),
}


def switched(text):
    """The text with every mistake in it, behind one switch: a single compilation serves them all."""
    for number, (right, wrong) in enumerate(KERNELS.values(), start=1):
        if right not in text:
            raise LookupError(f"kernels.cu no longer holds {right!r}")
        text = text.replace(right, f"(planted == {number} ? ({wrong}) : ({right}))")
    return 'extern "C" { int planted = 0; }\n' + text


@pytest.fixture(scope="module")
def spoilt(tmp_path_factory):
    """spoilt(number) → a host whose kernels hold that mistake; 0 is none."""
    if host.compiler is None:
        pytest.skip("no g++: the kernels cannot be run on the host")
    text = switched(source.text())
    library = host.compile_host(text, "fp32", tmp_path_factory.mktemp("planted"))

    def made(number):
        ctypes.c_int.in_dll(library, "planted").value = number
        return host.Host("fp32", library, text)

    return made


@pytest.fixture(scope="module")
def answers():
    """{configuration: (terms, canvas, float64's gradient, its loss)}."""
    found, x = {}, problems.canvas(SIZE)
    x[1:7, 1:7] = 0.5  # where four windows hold equal numbers each, of the first pooling alone
    for edges, pooling in CONFIGURATIONS:
        net64 = problems.network(BLOCKS, edges=edges, pooling=pooling, dtype=np.float64)
        wanted = problems.terms(net64, SIZE, TAPS)
        values, gradient = problems.expected(net64, x, wanted)
        found[edges, pooling] = wanted, x, gradient, sum(values.values())
    return found


@pytest.fixture(autouse=True)
def small_slices(monkeypatch):
    """So that the Gram matrices of a small canvas have several."""
    monkeypatch.setattr(layout, "SLICE", 16)


def is_right(make, answers):
    """Whether loss and gradient are float64's, in every configuration, and nothing worse happens."""
    for (edges, pooling), (wanted, x, gradient, total) in answers.items():
        net = problems.network(BLOCKS, edges=edges, pooling=pooling)
        try:
            found = Evaluation(net, SIZE, wanted, "fp32", make())(x)
        except host.TroubleError:
            return False
        if not (abs(found.total - total) < 1e-5 * total and relative(found.gradient, gradient) < 1e-5):
            return False
    return True


def test_without_a_mistake_all_is_right(spoilt, answers):
    assert is_right(lambda: spoilt(0), answers)


@pytest.mark.parametrize("name", KERNELS)
def test_a_mistake_in_a_kernel(spoilt, answers, name):
    assert not is_right(lambda: spoilt(1 + list(KERNELS).index(name)), answers)


def changed(function, **changes):
    """A function of layout whose Product has other numbers in it."""
    return lambda *arguments: function(*arguments)._replace(
        **{name: change(*arguments) for name, change in changes.items()}
    )


PRODUCTS = {
    "a kernel in its own order": ("forward_kernel", lambda kernel: layout._filled(kernel, 8, 8)),
    "a kernel that is not turned": (
        "backward_kernel",
        lambda kernel: layout._filled(kernel, 8, 8).transpose(1, 0, 3, 2),
    ),
    "one phase less": ("convolution", changed(layout.convolution, batch=lambda *_: 2)),
    "phases a pixel's row apart": (
        "convolution",
        changed(layout.convolution, stride_b=lambda stack, *_: stack.channels),
    ),
    "results that are not interleaved": (
        "convolution",
        changed(
            layout.convolution,
            ldc=lambda stack, k, *_: k,
            stride_c=lambda stack, k, *_: k * stack.phase,
        ),
    ),
    "windows two pixels wide": (
        "convolution",
        changed(layout.convolution, k=lambda stack, *_: 6 * stack.channels),
    ),
    "a stack for zeros, whatever the edges": (
        "backward_stack",
        lambda h, w, k, edges: layout.Stack(h, w + 2, k),
    ),
    "features left of the seed": (
        "features_times",
        changed(layout.features_times, transposed=lambda *_: "b"),
    ),
    "a Gram matrix without the rest": (
        "gram_parts",
        lambda F, parts, places, c: [next(iter(GRAM_PARTS(F, parts, places, c)))],
    ),
}
GRAM_PARTS = layout.gram_parts


@pytest.mark.parametrize("name", PRODUCTS)
def test_a_mistake_in_a_product(spoilt, answers, name, monkeypatch):
    where, wrong = PRODUCTS[name]
    monkeypatch.setattr(layout, where, wrong)
    if where == "backward_stack":
        monkeypatch.setattr("minicnn.cuda.plan.backward_stack", wrong)
    with suppress(ValueError):  # arrays that do not fit into each other are noticed before anything runs
        assert not is_right(lambda: spoilt(0), answers)
