"""How each operation of this library becomes something that `examine` can take.

Every function takes a generator, shapes and options. Inputs stay clear of kinks on purpose: `clear` keeps
its distance from 0, `distinct` keeps all entries apart; the one exception is a max pooling asked for ties.

`rectified_backward` is not here: it is the derivative of nothing, and says so.
"""

import numpy as np

from .. import layers, ops
from ..network import Network
from .subject import LayerSubject, Loss, Pair


def normal(rng, *shape):
    return rng.standard_normal(shape)


def clear(rng, *shape):
    x = rng.standard_normal(shape)
    return x + 0.1 * np.sign(x)


def distinct(rng, *shape):
    size = int(np.prod(shape))
    return (rng.permutation(size) / size - 0.5).reshape(shape)


def conv2d(rng, x, kernel, bias=True, **options):
    def forward(x, kernel, *bias):
        return ops.conv2d(x, kernel, *bias, **options)

    def backward(dy, x, kernel, *bias):
        dx = ops.conv2d_dx(dy, kernel, x.shape, **options)
        dkernel = ops.conv2d_dkernel(dy, x, kernel.shape, **options)
        return (dx, dkernel, ops.conv2d_dbias(dy)) if bias else (dx, dkernel)

    inputs = (normal(rng, *x), normal(rng, *kernel), *([normal(rng, kernel[3])] if bias else []))
    name = f"conv2d, {options.get('algorithm', 'auto')}"
    return Pair(forward, backward, inputs, name, ["x", "kernel", "bias"][: len(inputs)])


def conv2d_transposed(rng, x, kernel, **options):
    channels = kernel[2] * options.get("groups", 1)
    return Pair(
        lambda x, kernel, bias: ops.conv2d_transposed(x, kernel, bias, **options),
        lambda dy, x, kernel, bias: ops.conv2d_transposed_backward(dy, x, kernel, **options),
        (normal(rng, *x), normal(rng, *kernel), normal(rng, channels)),
        "conv2d_transposed",
    )


def pad(rng, x, amounts, edges):
    return Pair(
        lambda x: ops.pad(x, amounts, edges),
        lambda dy, x: ops.pad_backward(dy, amounts, edges),
        normal(rng, *x),
        "pad",
    )


def max_pool(rng, x, window=2, stride=None, ties=False):
    values = rng.integers(0, 3, x).astype(float) if ties else distinct(rng, *x)
    return Pair(
        lambda x: ops.max_pool(x, window, stride),
        lambda dy, index: ops.max_pool_backward(dy, index, x, window, stride),
        values,
        "max_pool",
    )


def avg_pool(rng, x, window=2, stride=None):
    return Pair(
        lambda x: ops.avg_pool(x, window, stride),
        lambda dy, x: ops.avg_pool_backward(dy, x.shape, window, stride),
        normal(rng, *x),
        "avg_pool",
    )


def adaptive_avg_pool(rng, x, size):
    return Pair(
        lambda x: ops.adaptive_avg_pool(x, size),
        lambda dy, x: ops.adaptive_avg_pool_backward(dy, x.shape),
        normal(rng, *x),
        "adaptive_avg_pool",
    )


def unpool(rng, x, window=2, stride=None):
    y, index = ops.max_pool(distinct(rng, *x), window, stride)
    return Pair(
        lambda y: ops.unpool(y, index, x, window, stride),
        lambda dx, y: ops.unpool_backward(dx, index, window, stride),
        normal(rng, *y.shape),
        "unpool",
    )


def relu(rng, x):
    return Pair(ops.relu, ops.relu_backward, clear(rng, *x))


def dense(rng, x, outputs):
    return Pair(
        ops.dense,
        lambda dy, x, kernel, bias: ops.dense_backward(dy, x, kernel),
        (normal(rng, *x), normal(rng, x[1], outputs), normal(rng, outputs)),
    )


def flatten(rng, x):
    return Pair(ops.flatten, lambda dy, x: ops.flatten_backward(dy, x.shape), normal(rng, *x))


def dropout(rng, x, rate):
    return Pair(
        lambda x: ops.dropout(x, rate, np.random.default_rng(7)),
        ops.dropout_backward,
        normal(rng, *x),
        "dropout",
    )


def local_response_norm(rng, x, **options):
    return Pair(
        lambda x: ops.local_response_norm(x, **options),
        lambda dy, x: ops.local_response_norm_backward(dy, x, **options),
        normal(rng, *x),
        "local_response_norm",
    )


def softmax(rng, x):
    def forward(x):
        y = ops.softmax(x)
        return y, y.copy()

    return Pair(forward, ops.softmax_backward, normal(rng, *x), "softmax")


def softmax_cross_entropy(rng, logits):
    labels = rng.integers(0, logits[1], logits[0])
    return Loss(
        lambda logits: ops.softmax_cross_entropy(logits, labels),
        normal(rng, *logits),
        "softmax_cross_entropy",
    )


def mean_square(rng, y):
    target = normal(rng, *y)
    return Loss(lambda y: ops.mean_square(y, target.astype(y.dtype)), normal(rng, *y), "mean_square")


def gram(rng, F):
    return Pair(ops.gram, ops.gram_backward, normal(rng, *F))


def layer(rng, kind, x, sizes=(), draw=normal, **options):
    return LayerSubject(kind(*sizes, **options), draw(rng, *x), kind.__name__)


def network(rng, x, pool, frozen=False):
    """A row of layers, as one pair: what comes back through all of them."""
    net = Network(
        [
            layers.Conv2D(2, 3, name="conv1", rng=rng),
            layers.ReLU(name="relu1"),
            pool(2, name="pool1"),
            layers.Conv2D(3, 2, name="conv2", rng=rng),
            layers.ReLU(name="relu2"),
        ]
    )
    net.astype(np.float64).freeze(frozen)
    return Pair(net.forward, net.backward, normal(rng, *x), "Network", ["x"])
