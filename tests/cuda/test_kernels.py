"""Each kernel by itself against NumPy and the library's own operations, its threads run in either order."""

import numpy as np
import pytest

from minicnn import ops
from minicnn.cuda import layout, vectors
from minicnn.cuda.numbers import scale_for, stored, to_tf32
from minicnn.cuda.plan import EDGES
from minicnn.errors import DTypeError, OptionError

from ..nets import relative
from . import host

ORDERS = pytest.mark.parametrize("backwards", [False, True])
SIZES = pytest.mark.parametrize("size", [(7, 5), (1, 6), (6, 1), (2, 3), (8, 8)])
ALL_EDGES = pytest.mark.parametrize("edges", EDGES)
POOLING = {"none": 0, "avg": 1, "max": 2}


def floats(engine, count):
    return engine.zeros(count, np.float32)


def filled_lead(x, width):
    """x (h, w, k) as a product leaves it: rows of `width` pixels, those beyond w of no meaning."""
    lead = np.full((x.shape[0], width, x.shape[2]), np.nan, np.float32)
    lead[:, : x.shape[1]] = x
    return lead


def stack_of(padded):
    """Z of a padded picture (rows + 2, width, c): every pixel with the two below it."""
    return np.stack([padded[r : len(padded) - 2 + r] for r in range(3)], axis=2)


@ORDERS
@SIZES
@ALL_EDGES
def test_first_forward(make_host, rng, backwards, size, edges):
    engine, (h, w) = make_host(backwards=backwards), size
    x, kernel = rng.normal(size=(h, w, 3)).astype("f4"), rng.normal(size=(3, 3, 3, 16)).astype("f4")
    y = floats(engine, h * (w + 2) * 16)
    y[:] = np.nan
    arguments = engine.upload(x), engine.upload(kernel), y, h, w, 16, EDGES.index(edges)
    engine.launch("first_forward", *arguments, threads=h * w * 2)
    lead = y.reshape(h, w + 2, 16)
    expected = ops.conv2d(x[None].astype(float), kernel.astype(float), padding=1, edges=edges)[0]
    assert relative(lead[:, :w], expected) < 1e-6
    assert np.isnan(lead[:, w:]).all()  # nobody looks there, and nobody writes


@ORDERS
@SIZES
@ALL_EDGES
@pytest.mark.parametrize("k", [8, 72])
def test_first_backward(make_host, rng, backwards, size, edges, k):
    engine, (h, w) = make_host(backwards=backwards), size
    dy, kernel = rng.normal(size=(h, w, k)).astype("f4"), rng.normal(size=(3, 3, 3, k)).astype("f4")
    dx = floats(engine, h * w * 3)
    dx[:] = np.nan
    arguments = engine.upload(dy), engine.upload(kernel), dx, h, w, k, EDGES.index(edges)
    engine.launch("first_backward", *arguments, threads=h * w * 8)
    expected = ops.conv2d_dx(
        dy[None].astype(float), kernel.astype(float), (1, h, w, 3), padding=1, edges=edges
    )[0]
    assert relative(dx.reshape(h, w, 3), expected) < 1e-6


@ORDERS
@SIZES
@ALL_EDGES
@pytest.mark.parametrize("pooling", POOLING)
@pytest.mark.parametrize("k", [8, 24])
def test_activate(make_host, rng, backwards, size, edges, pooling, k):
    engine, (h, w) = make_host(backwards=backwards), size
    y, bias = rng.normal(size=(h, w, k)).astype("f4"), rng.normal(size=k).astype("f4")
    y[rng.random(y.shape) < 0.3] = 0.5  # ties, of which the first wins
    y[rng.random(y.shape) < 0.1] = 0
    bias[:4] = 0
    step = 1 if pooling == "none" else 2
    oh, ow = h // step, w // step
    taps = [floats(engine, n * k) for n in (h * w, h * w, max(1, oh * ow))]
    masks = [engine.zeros(h * w * k // 8, np.uint8) for _ in range(2)]
    stack = layout.forward_stack(oh, ow, k)
    z = floats(engine, stack.size)
    z[:] = np.nan
    engine.launch(
        "activate", engine.upload(filled_lead(y, w + 2)), engine.upload(bias), h, w, k, 1, POOLING[pooling],
        *masks, *taps, z, EDGES.index(edges), 1.0, engine.zeros(1, np.int32),
        threads=-(-h // step) * -(-w // step) * k // 8,
    )  # fmt: skip
    conv = y + bias
    relu = np.maximum(conv, 0)
    assert np.array_equal(taps[0].reshape(h, w, k), conv)
    assert np.array_equal(taps[1].reshape(h, w, k), relu)
    bits = [np.unpackbits(mask, bitorder="little").reshape(h, w, k).astype(bool) for mask in masks]
    assert np.array_equal(bits[1], conv > 0)
    if min(oh, ow) < 1:
        assert not bits[0].any()
        return
    pooled, passes = relu[None], conv > 0
    if pooling != "none":
        pool = ops.avg_pool(relu[None]) if pooling == "avg" else ops.max_pool(relu[None])[0]
        ones = np.ones_like(pool)
        index = None if pooling == "avg" else ops.max_pool(relu[None])[1]
        back = (
            ops.avg_pool_backward(ones, (1, h, w, k))
            if pooling == "avg"
            else ops.max_pool_backward(ones, index, (1, h, w, k))
        )
        pooled, passes = pool, passes & (back[0] > 0)
        assert np.allclose(taps[2].reshape(oh, ow, k), pooled[0], rtol=1e-6)
    assert np.array_equal(bits[0], passes)
    expected = stack_of(ops.pad(pooled, (1, 1, 1, 1), edges)[0])
    assert np.allclose(z[: expected.size].reshape(expected.shape), expected, rtol=1e-6)


@ORDERS
@SIZES
@ALL_EDGES
@pytest.mark.parametrize("pooling", POOLING)
def test_spread(make_host, rng, backwards, size, edges, pooling):
    engine, (h, w), k = make_host(backwards=backwards), size, 16
    step = 1 if pooling == "none" else 2
    oh, ow = h // step, w // step
    passes = rng.random((h, w, k)) < 0.6
    positive = rng.random((h, w, k)) < 0.7
    relu_seed, conv_seed = (rng.normal(size=(h, w, k)).astype("f4") for _ in range(2))
    dz = np.zeros((h, w, k))
    above = pool_seed = None
    above_edges = EDGES[(EDGES.index(edges) + 1) % 3]  # of another layer, and not the same
    if min(oh, ow) > 0:
        e = 0 if above_edges == "zero" else 1
        g = rng.normal(size=(oh + 2 * e, ow + 2 * e, k)).astype("f4")
        above = engine.upload(filled_lead(g, ow + 2 + 2 * e))
        pool_seed = rng.normal(size=(oh, ow, k)).astype("f4")
        folded = ops.pad_backward(g[None].astype(float), (1, 1, 1, 1), above_edges)[0] if e else g
        whole = folded + pool_seed
        share = 0.25 if pooling == "avg" else 1.0
        wide = np.zeros((h, w, k))
        wide[: oh * step, : ow * step] = whole.repeat(step, 0).repeat(step, 1)
        dz = np.where(passes, wide * share, 0)
    dz = dz + np.where(positive, relu_seed, 0) + conv_seed
    flags = [engine.upload(np.packbits(bits, bitorder="little")) for bits in (passes, positive)]
    seeds = [None if seed is None else engine.upload(seed) for seed in (pool_seed, relu_seed, conv_seed)]

    def spread(stack, flat):
        engine.launch(
            "spread", above, EDGES.index(above_edges), h, w, k, POOLING[pooling],
            flags[0], seeds[0], flags[1], seeds[1], seeds[2], stack, flat,
            EDGES.index(edges), 1.0, engine.zeros(1, np.int32), threads=h * w * k // 8,
        )  # fmt: skip

    flat = floats(engine, h * w * k)
    spread(None, flat)
    assert relative(flat.reshape(h, w, k), dz) < 1e-6
    geometry = layout.backward_stack(h, w, k, EDGES.index(edges))
    stack = floats(engine, geometry.size)
    stack[:] = np.nan
    spread(stack, None)
    border = 1 if edges == "zero" else 2
    expected = stack_of(np.pad(dz, ((border, border), (border, border), (0, 0))))
    assert expected.shape[:2] == geometry[:2]
    assert np.allclose(stack[: expected.size].reshape(expected.shape), expected, atol=1e-5)


@ORDERS
def test_sums(make_host, rng, backwards):
    engine = make_host(backwards=backwards)
    F, P = rng.normal(size=(2, 301, 8)).astype("f4")
    seed, partial = engine.upload(P), engine.zeros(256, np.float64)
    engine.launch("content", engine.upload(F), engine.upload(P), seed, F.size, 0.5, True, partial, blocks=3)
    assert np.allclose(seed, (P + 0.5 * (F - P)).ravel(), rtol=1e-5, atol=1e-6)
    assert partial.sum() == pytest.approx(np.sum((F - P).astype(float) ** 2))
    out, flag = engine.zeros(3, np.float64), engine.upload(np.array([1], np.int32))
    parts = engine.upload(np.arange(2 * 5, dtype=np.float64))
    engine.launch("report", parts, engine.upload(np.array([2.0, -1.0])), 5, flag, out, blocks=2)
    assert out.tolist() == [20.0, -35.0, 1.0]
    assert flag[0] == 0


@ORDERS
def test_the_largest_leaves_out_what_has_no_meaning(make_host, rng, backwards):
    engine, x = make_host(backwards=backwards), rng.normal(size=(9, 7, 8)).astype("f4")
    x[8, 6, 7] = -50
    lead, found = engine.upload(filled_lead(x, 9)), engine.zeros(256, np.float64)
    engine.launch("largest", lead, 9, 9, 2, 8, found, blocks=2)
    assert found[:2].max() == 50
    lead.reshape(9, 9, 8)[3, 3, 3] = np.nan
    engine.launch("largest", lead, 9, 9, 2, 8, found, blocks=2)
    assert np.isnan(found[:2]).any()


@ORDERS
@pytest.mark.parametrize("places", [1, 3, 1024, 2051])
def test_gram(make_host, rng, backwards, places):
    engine, F = make_host(backwards=backwards), rng.normal(size=(places, 24)).astype("f4")
    G = vectors.gram(engine, engine.upload(F).reshape(F.shape))
    assert relative(G, F.T.astype(float) @ F) < 1e-6


@ORDERS
@pytest.mark.parametrize("count", [1, 2, 3])
def test_inner_products_and_combinations(make_host, rng, backwards, count):
    engine, n = make_host(backwards=backwards), 777
    basis, new = rng.normal(size=(6, n)).astype("f4"), rng.normal(size=(count, n)).astype("f4")
    on_device = engine.upload(basis).reshape(6, n)
    table = vectors.inner_products(engine, on_device, [engine.upload(vector) for vector in new])
    assert table.dtype == np.float64
    assert np.allclose(table, np.concatenate([basis, new]).astype(float) @ new.T, rtol=1e-10)
    weights = np.array([0.5, 0, -2, 1e-3, 0, 3])
    d = vectors.combine(engine, weights, on_device, engine.upload(new[0]), -1.5)
    assert relative(d, weights @ basis - 1.5 * new[0]) < 1e-6


def special():
    rng = np.random.default_rng(1)
    bits = rng.integers(0, 1 << 32, 20_000, dtype=np.uint32).view(np.float32)
    near = np.float32(1) + np.arange(-40_000, 40_000, dtype=np.float32) * np.float32(2**-23)
    extremes = [0, -0.0, np.inf, -np.inf, np.nan, 65504, 65519, 65520, 6e-8, 3e-8, 2.9e-8, 6.1e-5, 3.4e38]
    return np.concatenate([bits, near, np.array(extremes, np.float32)])[: 99_992 // 8 * 8].astype(np.float32)


def written(engine, x, scale=1.0):
    """What `activate` writes of x, one pixel a row, into its stack, and the flag."""
    n = len(x) // 8
    stack = engine.zeros(layout.forward_stack(n, 1, 8).size, engine.number)
    flag = engine.zeros(1, np.int32)
    engine.launch(
        "activate", engine.upload(filled_lead(x.reshape(n, 1, 8), 3)), floats(engine, 8), n, 1, 8, 0, 0,
        *[None] * 5, stack, 0, scale, flag, threads=n,
    )  # fmt: skip
    return stack[: n * 3 * 3 * 8].reshape(n, 3, 3, 8)[:, 1, 1].ravel(), flag[0]


def test_tf32_is_rounded_to_nearest(make_host):
    x = special()
    found, _ = written(make_host("tf32"), x)
    assert np.array_equal(found, to_tf32(x), equal_nan=True)
    ordinary = np.isfinite(x) & (np.abs(x) < 1e38) & (np.abs(x) > 1e-37)
    error = np.abs(to_tf32(x)[ordinary].astype(float) / x[ordinary].astype(float) - 1)
    assert 4e-4 < error.max() <= 2**-11
    halves = np.float32(1) + np.float32(2**-11) * np.arange(4, dtype=np.float32)
    assert to_tf32(halves).tolist() == [1, 1, 1 + 2**-10, 1 + 2**-9]  # ties to even


def test_halves_are_numpys(make_host):
    x = special()
    with np.errstate(over="ignore", invalid="ignore"):
        for scale in (1.0, 2.0**12):
            found, flag = written(make_host("fp16"), x, scale)
            assert np.array_equal(
                found.view(np.float16), (x * np.float32(scale)).astype(np.float16), equal_nan=True
            )
            assert flag == 1
    assert written(make_host("fp16"), np.linspace(-65504, 65504, 800, dtype=np.float32))[1] == 0


def test_stored_numbers():
    x = np.array([1 + 2**-12, 3e-6, -70000], np.float32)
    assert stored(x, "fp32").tolist() == x.tolist()
    assert stored(x, "tf32").tolist() == [1.0, *to_tf32(x[1:]).tolist()]
    assert stored(x, "fp16", 2.0**-3).view(np.float16)[2] == np.float16(-8750)
    for largest in (1e-30, 0.7, 1.0, 1.5, 65504.0, 1e30):
        scale = scale_for(largest)
        assert np.log2(scale) == int(np.log2(scale))
        assert 2**-100 <= scale <= 2**100
        assert largest * scale <= 2**11
    assert 0.7 * scale_for(0.7) >= 2**10
    assert [scale_for(bad) for bad in (0.0, np.inf, np.nan)] == [1.0, 1.0, 1.0]


def test_arguments_are_held_against_the_text(make_host):
    engine = make_host()
    x = engine.zeros(8, np.float32)
    with pytest.raises(OptionError, match="move: expected 5 arguments, got 4"):
        engine.launch("move", x, x, 1.0, x, threads=8)
    with pytest.raises(DTypeError, match="move: d: expected float32, got an array of float64"):
        engine.launch("move", x, engine.zeros(8, np.float64), 1.0, x, 8, threads=8)
    with pytest.raises(OptionError, match="precision: expected one of tf32, fp32, fp16, got 'fp8'"):
        host.Host("fp8", None)


def test_the_host_sees_what_a_gpu_would_not_survive(make_host):
    engine = make_host()
    x, short = engine.zeros(8, np.float32), engine.zeros(4, np.float32)
    with pytest.raises(host.TroubleError, match="move wrote beside an array"):
        engine.launch("move", x, x, 1.0, short, 8, threads=8)
