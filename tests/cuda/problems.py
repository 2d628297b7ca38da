"""Small networks with losses at their taps, and what float64 says of them."""

import numpy as np

from minicnn.cuda.numbers import to_tf32
from minicnn.cuda.terms import Content, Gram, Own, Variation
from minicnn.layers import Conv2D
from nst.losses import TotalVariation

from ..nets import vgg_like

BLOCKS = ((8, 16), (24, 8), (16,))
TAPS = ("conv1_1", "relu1_1", "relu1_2", "pool1", "conv2_2", "pool2", "relu3_1")
VARIATION = {"kind": "power", "exponent": 2.5, "unit": (1.0, 2.0, 0.5), "inner": True}


class Rounded(Conv2D):
    """A convolution of numbers rounded to TF32, forward and back, that adds up in float64."""

    def forward(self, x):
        return super().forward(to_tf32(x).astype(np.float64))

    def backward(self, dy, input_gradient=True):
        return super().backward(to_tf32(dy).astype(np.float64), input_gradient)


def network(blocks=BLOCKS, edges="reflect", pooling="avg", dtype=np.float32):
    """Its first layer's numbers are multiples of 1/64: equal windows of such numbers give equal sums."""
    net = vgg_like(blocks, pooling, edges, dtype)
    first = net.layers[0].params
    for name, value in first.items():
        first[name] = np.rint(value * 64) / value.dtype.type(64)
    return net.freeze(dtype == np.float32)  # frozen, float64 would come by Winograd's algorithm, which rounds


def rounded(net):
    """The same in float64, every layer but the first with its operands rounded to TF32."""
    for layer in [layer for layer in net.layers if isinstance(layer, Conv2D)][1:]:
        layer.__class__ = Rounded
        layer.params["kernel"] = to_tf32(layer.params["kernel"]).astype(np.float64)
    return net


def terms(net64, size, taps=TAPS, seed=5):
    """Content and style at every tap, relative, and total variation; toward pictures of random numbers."""
    rng, found = np.random.default_rng(seed), []
    features = net64.forward(rng.normal(0, 1, (1, *size, 3)), list(taps))
    for number, (tap, activation) in enumerate(features.items()):
        F = activation.reshape(-1, activation.shape[-1])
        A = F.T @ F / len(F)
        found.append(Gram(f"style {tap}", tap, A, (1 + number) / np.sum(A * A)))
        found.append(Content(f"content {tap}", tap, F.astype(np.float32), 0.1 / np.sum(F * F)))
    return [*found, Variation("tv", 1e-4, **VARIATION)]


def canvas(size, seed=6):
    return np.random.default_rng(seed).normal(0, 1, (*size, 3)).astype(np.float32)


def expected(net64, x, wanted):
    """({term: value}, gradient) in float64, by the library and the losses of nst."""
    values, seeds = {}, {}
    x = x.astype(np.float64)
    taps = [tap for tap in net64.names if any(term.tap == tap for term in wanted)]
    features = net64.forward(x[None], taps) if taps else {}
    gradient = np.zeros_like(x)
    for term in wanted:
        if isinstance(term, Variation):
            loss = TotalVariation(term.kind, term.exponent, np.asarray(term.unit), inner=term.inner)
            values[term.name], slope = loss(x, term.scale)
            gradient += slope
            continue
        F = features[term.tap].reshape(-1, features[term.tap].shape[-1])
        if isinstance(term, Content):
            E = F - term.target
            values[term.name], slope = term.scale * np.sum(E * E), 2 * term.scale * E
        elif isinstance(term, Gram):
            D = F.T @ F / len(F) - term.target
            values[term.name], slope = term.scale * np.sum(D * D), 4 * term.scale / len(F) * F @ D
        elif isinstance(term, Own):
            values[term.name], slope = term.function(F)
        seeds[term.tap] = seeds.get(term.tap, 0) + slope.reshape(features[term.tap].shape)
    if seeds:
        gradient += net64.backward(seeds)[0]
    return values, gradient
