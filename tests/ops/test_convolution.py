"""Every algorithm against SciPy's correlate and against PyTorch, values and all three gradients."""

import numpy as np
import pytest

from minicnn import ops
from minicnn.errors import OptionError, ShapeError
from minicnn.ops import im2col
from minicnn.ops.convolution import ALGORITHMS

from .oracles import assert_close, by_torch, nchw, nhwc

# input shape, kernel shape, options
SHAPES = [
    ((1, 5, 7, 3), (3, 3, 3, 4), {}),
    ((3, 6, 5, 2), (3, 3, 2, 5), {"padding": 1}),
    ((1, 9, 11, 4), (3, 3, 4, 2), {"padding": (2, 0)}),
    ((2, 8, 9, 3), (5, 3, 3, 2), {"stride": 3, "padding": (2, 1)}),  # 3 divides neither 7 nor 8 steps
    ((3, 7, 6, 4), (3, 2, 2, 6), {"stride": 2, "groups": 2, "padding": 1}),
    ((2, 5, 6, 4), (3, 3, 1, 8), {"groups": 4, "padding": 1}),
    ((2, 1, 9, 3), (1, 3, 3, 2), {"stride": (1, 2), "padding": (0, 1)}),
    ((1, 12, 1, 3), (3, 3, 3, 2), {"padding": (1, 2)}),
    ((2, 6, 5, 3), (1, 1, 3, 4), {}),
    ((2, 7, 5, 3), (1, 1, 3, 4), {"stride": 2}),  # windows with gaps between them
    ((1, 4, 6, 3), (1, 1, 3, 4), {"stride": (1, 2)}),
    ((1, 1, 1, 2), (3, 3, 2, 3), {"padding": 1}),
    ((1, 23, 19, 3), (11, 11, 3, 2), {"stride": 4, "padding": 2}),
]
EDGES = {"zero": "constant", "reflect": "reflect", "replicate": "edge"}


def suits(algorithm, kernel_shape, options):
    plain = options.get("stride", 1) == 1 and options.get("groups", 1) == 1
    return algorithm != "winograd" or (kernel_shape[:2] == (3, 3) and plain)


def edges_for(shape, options):
    """The kinds of border that a case can have: a mirror must be smaller than an image of several pixels."""
    padding = np.broadcast_to(options.get("padding", 0), 2)
    if not padding.any():
        return ["zero"]
    fits = all(amount < size or size == 1 for amount, size in zip(padding, shape[1:3], strict=True))
    return [edges for edges in EDGES if edges != "reflect" or fits]


CASES = [
    pytest.param(
        algorithm, shape, kernel_shape, options | {"edges": edges}, id=f"{algorithm}-{number}-{edges}"
    )
    for number, (shape, kernel_shape, options) in enumerate(SHAPES)
    for algorithm in ALGORITHMS
    for edges in edges_for(shape, options)
    if suits(algorithm, kernel_shape, options)
]
every_case = pytest.mark.parametrize(("algorithm", "shape", "kernel_shape", "options"), CASES)


def tolerance(algorithm, dtype):
    """Winograd's transforms cost a digit."""
    return (1e-5 if dtype == np.float32 else 1e-12) if algorithm == "winograd" else None


def by_scipy(x, kernel, stride=1, padding=0, edges="zero", groups=1):
    """SciPy's correlations of one channel with one filter, summed up and thinned by the stride."""
    signal = pytest.importorskip("scipy.signal")
    (ph, pw), (sh, sw) = np.broadcast_to(padding, 2), np.broadcast_to(stride, 2)
    x = np.pad(x, ((0, 0), (ph, ph), (pw, pw), (0, 0)), mode=EDGES[edges])
    c, k = kernel.shape[2], kernel.shape[3] // groups

    def one(image, f):
        first = f // k * c
        maps = (
            signal.correlate(image[..., first + i], kernel[..., i, f], "valid", "direct") for i in range(c)
        )
        return sum(maps)[::sh, ::sw]

    return np.stack([np.stack([one(image, f) for f in range(kernel.shape[3])], -1) for image in x])


@every_case
def test_against_scipy(algorithm, shape, kernel_shape, options, rng):
    """SciPy gives values alone; being linear in x and in the kernel, they give both gradients too."""
    x, kernel = rng.standard_normal(shape), rng.standard_normal(kernel_shape)
    y = ops.conv2d(x, kernel, algorithm=algorithm, **options)
    close = tolerance(algorithm, np.float64)
    assert_close(y, by_scipy(x, kernel, **options), close)

    dy, v, w = (rng.standard_normal(size) for size in (y.shape, shape, kernel_shape))
    dx = ops.conv2d_dx(dy, kernel, shape, algorithm=algorithm, **options)
    dkernel = ops.conv2d_dkernel(dy, x, kernel_shape, algorithm=algorithm, **options)
    assert dx.shape == shape
    assert dkernel.shape == kernel_shape
    for gradient, direction, moved in (
        (dx, v, by_scipy(v, kernel, **options)),
        (dkernel, w, by_scipy(x, w, **options)),
    ):
        scale = np.abs(dy).ravel() @ np.abs(moved).ravel()
        assert abs((gradient * direction).sum() - (dy * moved).sum()) < 1e-12 * scale


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@every_case
def test_against_torch(algorithm, shape, kernel_shape, options, dtype, rng):
    torch = pytest.importorskip("torch")
    x, kernel = rng.standard_normal(shape).astype(dtype), rng.standard_normal(kernel_shape).astype(dtype)
    bias = rng.standard_normal(kernel_shape[3]).astype(dtype)
    y = ops.conv2d(x, kernel, bias, algorithm=algorithm, **options)
    dy = rng.standard_normal(y.shape).astype(dtype)
    (ph, pw), edges = np.broadcast_to(options.get("padding", 0), 2).tolist(), options["edges"]

    def theirs(x, kernel, bias):
        x = nchw(x)
        if edges == "zero":
            x = torch.nn.functional.pad(x, (pw, pw, ph, ph))
        else:  # PyTorch does not mirror a single row, NumPy does: so rows and columns are picked by number
            rows, columns = (
                np.pad(np.arange(size), amount, EDGES[edges])
                for size, amount in zip(shape[1:3], (ph, pw), strict=True)
            )
            x = x[:, :, rows][..., columns]
        stride, groups = options.get("stride", 1), options.get("groups", 1)
        return nhwc(
            torch.nn.functional.conv2d(x, kernel.permute(3, 2, 0, 1), bias, stride=stride, groups=groups)
        )

    ours = (
        y,
        ops.conv2d_dx(dy, kernel, shape, algorithm=algorithm, **options),
        ops.conv2d_dkernel(dy, x, kernel_shape, algorithm=algorithm, **options),
        ops.conv2d_dbias(dy),
    )
    for mine, other in zip(ours, by_torch(theirs, dy, x, kernel, bias), strict=True):
        assert mine.dtype == dtype
        assert_close(mine, other, tolerance(algorithm, dtype))


def test_it_is_correlation_with_the_kernel_unflipped():
    """By hand: 1·1 + 2·10 + 4·100 + 5·1000, and so on; not a flipped kernel, not transposed."""
    x = np.arange(1.0, 10.0).reshape(1, 3, 3, 1)
    kernel = np.array([1.0, 10.0, 100.0, 1000.0]).reshape(2, 2, 1, 1)
    expected = [[5421.0, 6532.0], [8754.0, 9865.0]]
    for algorithm in ("naive", "im2col"):
        np.testing.assert_array_equal(ops.conv2d(x, kernel, algorithm=algorithm)[0, :, :, 0], expected)


def test_1x1_windows_are_a_view_and_others_one_copy(rng):
    x = rng.standard_normal((2, 5, 4, 3))
    assert np.shares_memory(im2col.columns(x, (1, 1), (1, 1)), x)
    assert im2col.columns(x, (3, 3), (1, 1)).base.nbytes == 2 * 3 * 2 * 27 * 8


@pytest.mark.parametrize("algorithm", ["auto", *ALGORITHMS])
@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"padding": 0}, ShapeError, "at least 3×3 pixels .* got 2×4"),
        ({"padding": (3, 1), "edges": "reflect"}, OptionError, "smaller than the image, got 3 beside 2"),
        ({"padding": -1}, OptionError, "at least 0"),
        ({"padding": "same"}, OptionError, "whole number"),
        ({"stride": 0}, OptionError, "at least 1"),
        ({"stride": 1.5}, OptionError, "whole number"),
        ({"stride": (1, 2, 1)}, OptionError, "pair"),
        ({"groups": 2}, ShapeError, "8 channels"),
        ({"groups": 3}, OptionError, "divide the 4 output channels"),
        ({"groups": 0}, OptionError, "divide"),
        ({"edges": "wrap"}, OptionError, "'reflect', 'replicate', got 'wrap'"),
    ],
)
def test_options_that_make_no_sense_are_refused(algorithm, options, error, message, rng):
    x, kernel = rng.standard_normal((1, 2, 4, 4)), rng.standard_normal((3, 3, 4, 4))
    dy = rng.standard_normal((1, 2, 4, 4))
    options = {"padding": 1, "algorithm": algorithm} | options
    for call in (
        lambda: ops.conv2d(x, kernel, **options),
        lambda: ops.conv2d_dx(dy, kernel, x.shape, **options),
        lambda: ops.conv2d_dkernel(dy, x, kernel.shape, **options),
    ):
        with pytest.raises(error, match=message):
            call()


@pytest.mark.parametrize(
    ("kernel_shape", "options"),
    [((5, 5, 4, 4), {}), ((3, 3, 4, 4), {"stride": 2}), ((3, 3, 2, 4), {"groups": 2})],
)
def test_winograd_is_refused_where_it_cannot_work(kernel_shape, options, rng):
    x, kernel = rng.standard_normal((1, 8, 8, 4)), rng.standard_normal(kernel_shape)
    with pytest.raises(OptionError, match=r"winograd"):
        ops.conv2d(x, kernel, algorithm="winograd", **options)
    assert_close(ops.conv2d(x, kernel, **options), by_scipy(x, kernel, **options), 1e-12)


def test_an_unknown_algorithm_is_refused_with_those_there_are(rng):
    with pytest.raises(OptionError, match=r"'naive', 'im2col'.*got 'fft'"):
        ops.conv2d(rng.standard_normal((1, 5, 5, 1)), rng.standard_normal((3, 3, 1, 1)), algorithm="fft")


@pytest.mark.parametrize("input_shape", [(1, 5, 5), (1, 0, 5, 2), (1, 5, 5, 3), (2, 5, 5, 2), (1, 5, 6, 2)])
def test_a_wrong_input_shape_is_refused_by_the_gradient(input_shape, rng):
    with pytest.raises(ShapeError, match=r"expected .*got \(?\d"):
        ops.conv2d_dx(rng.standard_normal((1, 3, 3, 4)), rng.standard_normal((3, 3, 2, 4)), input_shape)


@pytest.mark.parametrize(("c", "expected"), [(40, "winograd"), (8, "im2col")])
def test_auto_takes_winograd_where_it_pays(c, expected, rng):
    """The two round differently, so equal bits tell which worked. Many blocks, many channels, odd sizes."""
    other = {"winograd": "im2col", "im2col": "winograd"}[expected]
    x, kernel = rng.standard_normal((1, 67, 65, c)), rng.standard_normal((3, 3, c, 128))
    dy = rng.standard_normal((1, 67, 65, 128))

    def results(algorithm):
        options = {"padding": 1, "algorithm": algorithm}
        yield ops.conv2d(x, kernel, **options)
        yield ops.conv2d_dx(dy, kernel, x.shape, **options)
        yield ops.conv2d_dkernel(dy, x, kernel.shape, **options)

    for auto, forced, apart in zip(results("auto"), results(expected), results(other), strict=True):
        np.testing.assert_array_equal(auto, forced)
        assert (auto != apart).any()
        assert_close(auto, apart, 1e-12)
