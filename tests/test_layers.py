"""Layers one by one: that they are their operation, what they keep, their shapes, and what they refuse."""

import numpy as np
import pytest

from minicnn import ops
from minicnn.errors import DTypeError, NonFiniteError, OptionError, OrderError, ShapeError
from minicnn.layers import (
    AdaptiveAvgPool2D,
    AvgPool2D,
    Conv2D,
    Dense,
    Dropout,
    Flatten,
    Layer,
    LocalResponseNorm,
    MaxPool2D,
    ReLU,
    Softmax,
)
from minicnn.network import Network

IMAGE, ROW = (2, 7, 6, 4), (3, 5)
# How to make each layer, a shape that suits it, and its operations: y of x, and dx of dy, x and the layer.
LAYERS = {
    "conv": (
        lambda: Conv2D(
            4, 6, kernel=(3, 2), stride=(2, 1), padding=(1, 0), edges="replicate", groups=2, name="it"
        ),
        IMAGE,
        lambda x, it: ops.conv2d(x, it.params["kernel"], it.params["bias"], **it.options),
        lambda dy, x, it: ops.conv2d_dx(dy, it.params["kernel"], x.shape, **it.options),
    ),
    "relu": (
        lambda: ReLU(name="it"),
        IMAGE,
        lambda x, it: np.maximum(x, 0),
        lambda dy, x, it: dy * (x > 0),
    ),
    "avg": (
        lambda: AvgPool2D((3, 2), 2, name="it"),
        IMAGE,
        lambda x, it: ops.avg_pool(x, (3, 2), 2),
        lambda dy, x, it: ops.avg_pool_backward(dy, x.shape, (3, 2), 2),
    ),
    "max": (
        lambda: MaxPool2D(3, 2, name="it"),
        IMAGE,
        lambda x, it: ops.max_pool(x, 3, 2)[0],
        lambda dy, x, it: ops.max_pool_backward(dy, ops.max_pool(x, 3, 2)[1], x.shape, 3, 2),
    ),
    "adaptive": (
        lambda: AdaptiveAvgPool2D((3, 2), name="it"),
        IMAGE,
        lambda x, it: ops.adaptive_avg_pool(x, (3, 2)),
        lambda dy, x, it: ops.adaptive_avg_pool_backward(dy, x.shape),
    ),
    "flatten": (
        lambda: Flatten(name="it"),
        IMAGE,
        lambda x, it: x.reshape(2, -1),
        lambda dy, x, it: dy.reshape(x.shape),
    ),
    "dense": (
        lambda: Dense(5, 7, name="it"),
        ROW,
        lambda x, it: x @ it.params["kernel"] + it.params["bias"],
        lambda dy, x, it: dy @ it.params["kernel"].T,
    ),
    "dropout": (lambda: Dropout(0.5, name="it"), IMAGE, lambda x, it: x, lambda dy, x, it: dy),
    "norm": (
        lambda: LocalResponseNorm(3, 0.5, name="it"),
        IMAGE,
        lambda x, it: ops.local_response_norm(x, 3, 0.5),
        lambda dy, x, it: ops.local_response_norm_backward(dy, x, 3, 0.5),
    ),
    "softmax": (
        lambda: Softmax(name="it"),
        ROW,
        lambda x, it: ops.softmax(x),
        lambda dy, x, it: ops.softmax_backward(dy, ops.softmax(x)),
    ),
}
every = pytest.mark.parametrize(("make", "shape", "forward", "backward"), LAYERS.values(), ids=LAYERS)
each = pytest.mark.parametrize(("make", "shape"), [row[:2] for row in LAYERS.values()], ids=LAYERS)


def made(make, rng, dtype=np.float64):
    """The layer, with parameters that are not zero."""
    layer = make()
    layer.params = {name: rng.standard_normal(v.shape).astype(dtype) for name, v in layer.params.items()}
    return layer


def test_every_layer_is_in_the_table():
    kinds, found = [Layer], set()
    while kinds:
        kind = kinds.pop()
        kinds += [sub for sub in kind.__subclasses__() if sub.__module__ == "minicnn.layers"]
        found |= set() if kind.__name__[0] == "_" or kind is Layer else {kind}
    assert found == {type(row[0]()) for row in LAYERS.values()}


@every
@pytest.mark.parametrize("frozen", [False, True], ids=["trainable", "frozen"])
def test_a_layer_is_its_operation(make, shape, forward, backward, frozen, rng):
    layer, x = made(make, rng), rng.standard_normal(shape)
    layer.frozen = frozen
    before = x.copy()
    x.flags.writeable = False
    y = layer.forward(x)
    np.testing.assert_allclose(y, forward(x, layer), rtol=1e-12, atol=1e-14)
    assert y.shape == layer.output_shape(shape)
    assert not np.shares_memory(x, y)
    dy = rng.standard_normal(y.shape)
    dy.flags.writeable = False
    dx = layer.backward(dy)
    np.testing.assert_allclose(dx, backward(dy, x, layer), rtol=1e-12, atol=1e-14)
    assert not np.shares_memory(dx, dy)
    np.testing.assert_array_equal(layer.backward(dy), dx)
    np.testing.assert_array_equal(x, before)


@each
def test_the_dtype_of_the_input_is_kept(make, shape, rng):
    for dtype in (np.float32, np.float64):
        layer = made(make, rng, dtype)
        y = layer.forward(rng.standard_normal(shape).astype(dtype))
        assert y.dtype == layer.backward(y).dtype == dtype
        assert all(value.dtype == dtype for value in layer.grads.values())


@each
def test_backward_wants_a_forward_and_a_gradient_of_its_shape(make, shape, rng):
    layer, x = made(make, rng), rng.standard_normal(shape)
    dy = np.ones(layer.output_shape(shape))
    with pytest.raises(OrderError, match="it: backward needs a forward pass first"):
        layer.backward(dy)
    layer.forward(x)
    for bad in (dy[:1], dy[..., :1], dy[None], np.concatenate([dy, dy])):
        with pytest.raises(ShapeError, match=r"it: gradient dy: expected shape .*, got"):
            layer.backward(bad)
    for bad in (dy.astype(int), None, dy.tolist()):
        with pytest.raises(DTypeError, match=r"it: gradient dy: expected .*, got"):
            layer.backward(bad)
    layer.forget()
    with pytest.raises(OrderError, match="it: backward needs a forward pass first"):
        layer.backward(dy)


@each
def test_inputs_that_are_none_are_refused_by_name(make, shape, rng):
    layer, x = made(make, rng), rng.standard_normal(shape)
    for bad in (x.astype(int), x.astype(np.float16), x > 0, x.tolist(), None):
        with pytest.raises(DTypeError, match=r"it: x: expected .*, got"):
            layer.forward(bad)
    with pytest.raises(ShapeError, match=r"it: x: .*got an empty array"):
        layer.forward(x[:0])


@pytest.mark.parametrize("name", ["conv", "dense"])
def test_layers_with_parameters_say_what_does_not_fit(name, rng):
    make, shape, *_ = LAYERS[name]
    layer, x = made(make, rng), rng.standard_normal(shape)
    with pytest.raises(ShapeError, match=r"it: x: expected .*got"):
        layer.forward(x[..., :-1])
    with pytest.raises(ShapeError, match=r"it: x: expected .*got"):
        layer.forward(x[0])
    with pytest.raises(DTypeError, match=r"it: x and kernel: expected one dtype, got float32 and float64"):
        layer.forward(x.astype(np.float32))
    x.flat[7] = np.nan
    with pytest.raises(NonFiniteError, match=r"it: x: expected finite numbers, got nan at .*\(1 of"):
        layer.forward(x)
    x.flat[7] = 0
    layer.params["bias"][2] = np.inf
    with pytest.raises(NonFiniteError, match=r"it: bias: expected finite numbers, got inf at \(2,\)"):
        layer.forward(x)


@pytest.mark.parametrize("name", ["conv", "dense"])
def test_gradients_of_parameters(name, rng):
    """They are the operations', add up, are as large as their parameters, and none are made when frozen."""
    make, shape, *_ = LAYERS[name]
    layer, x = made(make, rng), rng.standard_normal(shape)
    dy = rng.standard_normal(layer.forward(x).shape)
    layer.backward(dy)
    if name == "conv":
        kernel = ops.conv2d_dkernel(dy, x, layer.params["kernel"].shape, **layer.options)
    else:
        kernel = x.T @ dy
    once = {"kernel": kernel, "bias": dy.sum(axis=tuple(range(dy.ndim - 1)))}
    for times in (1, 2, 3):
        for key, value in layer.grads.items():
            np.testing.assert_allclose(value, times * once[key], rtol=1e-10, atol=1e-12)
        layer.backward(dy)
    assert layer.backward(dy, input_gradient=False) is None
    layer.zero_grads()
    assert {key: value.shape for key, value in layer.grads.items()} == {k: v.shape for k, v in once.items()}
    assert not any(value.any() for value in layer.grads.values())
    layer.frozen, layer.grads = True, {}
    layer.forward(x)
    layer.backward(dy)
    assert layer.grads == {}
    layer.frozen = False
    with pytest.raises(OrderError, match="it: thawed after its forward pass; run forward again"):
        layer.backward(dy)


def kept_bytes(layer, known=()):
    """Of all arrays that a layer holds besides its parameters."""
    found, rest = 0, [value for key, value in vars(layer).items() if key not in ("params", "grads")]
    while rest:
        value = rest.pop()
        if isinstance(value, np.ndarray):
            found += value.nbytes
        elif isinstance(value, (tuple, list)):
            rest += value
    return found


@pytest.mark.parametrize(
    ("name", "entries"),
    [
        ("conv", 0),
        ("dense", 0),
        ("avg", 0),
        ("adaptive", 0),
        ("flatten", 0),
        ("dropout", 0),
        ("relu", 2 * 7 * 6 * 4),
    ],
)
def test_frozen_layers_keep_masks_and_shapes_alone(name, entries, rng):
    make, shape, *_ = LAYERS[name]
    layer, x = made(make, rng), rng.standard_normal(shape)
    layer.frozen = True
    layer.forward(x)
    assert kept_bytes(layer) == entries
    layer.forget()
    assert kept_bytes(layer) == 0


def test_max_pooling_keeps_a_byte_for_each_window(rng):
    layer = MaxPool2D(3, 2)
    y = layer.forward(rng.standard_normal(IMAGE))
    assert kept_bytes(layer) == y.size


def test_layers_without_a_bias(rng):
    for layer, x in (
        (Conv2D(4, 6, bias=False), rng.random(IMAGE)),
        (Dense(5, 7, bias=False), rng.random(ROW)),
    ):
        layer.params["kernel"] = layer.params["kernel"].astype(np.float64)
        y = layer.forward(x)
        layer.backward(y)
        assert list(layer.params) == list(layer.grads) == ["kernel"]
        np.testing.assert_allclose(layer.forward(0 * x), 0 * y)


def test_dropout_drops_while_training_alone(rng):
    layer, x = Dropout(0.3, rng=np.random.default_rng(1)), np.ones((100, 50))
    net = Network([layer]).train()
    y = net.forward(x)
    assert 0.25 < (y == 0).mean() < 0.35
    np.testing.assert_allclose(y[y != 0], 1 / 0.7)
    np.testing.assert_allclose(net.backward(x), y)  # the very entries that were dropped
    assert not np.array_equal(net.forward(x), y)
    np.testing.assert_array_equal(net.train(False).forward(x), x)


def test_random_weights_keep_the_variance_and_follow_their_generator():
    wide = Conv2D(64, 256, rng=np.random.default_rng(4)).params["kernel"]
    assert wide.dtype == np.float32
    assert wide.std() == pytest.approx(np.sqrt(2 / (9 * 64)), rel=0.02)
    assert Dense(400, 300).params["kernel"].std() == pytest.approx(np.sqrt(2 / 400), rel=0.02)
    np.testing.assert_array_equal(wide, Conv2D(64, 256, rng=np.random.default_rng(4)).params["kernel"])
    assert not np.array_equal(wide, Conv2D(64, 256, rng=np.random.default_rng(5)).params["kernel"])
    assert not Conv2D(3, 8).params["bias"].any()


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Conv2D(3, 4, groups=2, name="it"), r"it: groups must divide both .*got groups=2 for 3"),
        (lambda: Conv2D(4, 3, groups=2, name="it"), r"it: groups must divide both .*3 out"),
        (
            lambda: Conv2D(4, 4, groups=0, name="it"),
            r"it: groups: expected .* at least 1, got 0",
        ),
        (lambda: Conv2D(0, 4, name="it"), r"it: channels_in: expected .* at least 1, got 0"),
        (lambda: Conv2D(3, 4.0, name="it"), r"it: channels_out: expected a whole number .*got 4\.0"),
        (lambda: Conv2D(3, 4, algorithm="fft", name="it"), r"it: algorithm: expected one of .*got 'fft'"),
        (lambda: Dense(0, 4, name="it"), r"it: channels_in: expected .* at least 1, got 0"),
        (lambda: Dropout(1, name="it"), r"it: expected a rate .*got 1"),
        (lambda: Conv2D(3, 4, kernel=0, name="it"), r"it: kernel: expected at least 1, got 0"),
        (lambda: Conv2D(3, 4, kernel=(3,), name="it"), r"it: kernel: expected a whole number or a pair"),
        (lambda: Conv2D(3, 4, stride=0, name="it"), r"it: stride: expected at least 1, got 0"),
        (lambda: Conv2D(3, 4, stride=1.5, name="it"), r"it: stride: expected a whole number .*got 1\.5"),
        (lambda: Conv2D(3, 4, padding=-1, name="it"), r"it: padding: expected at least 0, got -1"),
        (lambda: Conv2D(3, 4, edges="wrap", name="it"), r"it: edges: expected one of 'zero', .*got 'wrap'"),
        (lambda: MaxPool2D(0, name="it"), r"it: window: expected at least 1, got 0"),
        (lambda: AvgPool2D(2, 0, name="it"), r"it: stride: expected at least 1, got 0"),
        (lambda: AdaptiveAvgPool2D("7", name="it"), r"it: size: expected a whole number .*got '7'"),
    ],
)
def test_options_that_make_no_sense(make, message):
    with pytest.raises(OptionError, match=message):
        make()


def test_shapes_that_leave_nothing_are_refused():
    for layer in (Conv2D(3, 4, kernel=5, padding=0, name="it"), MaxPool2D(5, name="it")):
        with pytest.raises(ShapeError, match=r"it: a window of \(5, 5\) does not fit an input of 4×9"):
            layer.output_shape((1, 4, 9, 3))
        with pytest.raises(ShapeError, match=r"it: expected an input shape \(N, H, W, C\), got \(4, 9\)"):
            layer.output_shape((4, 9))


def test_layers_have_names():
    assert ReLU().name == "relu"
    assert repr(Conv2D(3, 4, name="conv1_1")) == "<Conv2D conv1_1>"


def test_what_is_frozen_can_be_replaced_but_not_changed():
    layer = Conv2D(3, 4, name="it")
    layer.freeze()
    with pytest.raises(ValueError, match="read-only"):
        layer.params["kernel"] *= 2
    layer.freeze(False)
    layer.params["kernel"] *= 2
