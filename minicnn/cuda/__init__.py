"""The fast path on a GPU: kernels of our own and cuBLAS, for a VGG-like network's losses and their gradient.

    evaluation = Evaluation(network, (h, w), terms, precision="tf32")
    values, gradient = evaluation(canvas)[:2]      canvas and gradient (h, w, 3), on the device

`plan` says what a network comes to and what it needs; `layout` how a convolution becomes three products;
`passes` goes forward and back; `evaluation` puts losses on top, `gradient` any functions in their place;
`lbfgs` goes downhill without leaving the device. kernels.cu holds the arithmetic, `engine` what is asked of a
device, `gpu` how CuPy and cuBLAS answer. Nothing here loads CuPy before a `Gpu` is made.

Its plain twin is the library itself, on NumPy's arrays or CuPy's: `network.forward` and `backward`.
"""

import numpy as np

from ..backend import array_module, device
from .evaluation import Evaluation
from .memory import largest_size, predicted_bytes
from .plan import refusal
from .terms import Content, Gram, Own, Variation

__all__ = [
    "Content",
    "Evaluation",
    "Gram",
    "Own",
    "Variation",
    "combine",
    "evaluation",
    "gram",
    "inner_products",
    "largest_size",
    "losses",
    "predicted_bytes",
    "refusal",
    "usable",
]


def usable(xp):
    """Whether an array library is one that kernels of our own can be compiled for."""
    return hasattr(xp, "RawModule")


def evaluation(network, shape, taps, precision="tf32"):
    """A `gradient.Gradient` for a network on a GPU and inputs (1, H, W, 3); None where it is not for it."""
    kernels = [layer.params["kernel"] for layer in network.layers if "kernel" in layer.params]
    xp = array_module(kernels[0]) if kernels else np
    if not usable(xp) or shape[0] != 1 or refusal(network, taps):
        return None
    from .gradient import Gradient

    return Gradient(network, shape[1:3], taps, _gpu(precision, kernels[0]))


def losses(network, size, terms, precision="tf32"):
    """The Evaluation of a network on a GPU, on that GPU."""
    kernel = next(layer.params["kernel"] for layer in network.layers if "kernel" in layer.params)
    return Evaluation(network, size, terms, precision, _gpu(precision, kernel))


def gram(F):
    """FᵀF of float32 F (M, C) on a GPU; see `vectors`."""
    from . import vectors

    return vectors.gram(_gpu("fp32", F), F)


def inner_products(basis, arrays):
    """Inner products of a float32 basis and up to three vectors on a GPU; see `vectors`."""
    from . import vectors

    return vectors.inner_products(_gpu("fp32", basis), basis, arrays)


def combine(coefficients, basis, g, of_g):
    """Σ coefficients[b] · basis[b] + of_g · g on a GPU; see `vectors`."""
    from . import vectors

    return vectors.combine(_gpu("fp32", basis), coefficients, basis, g, of_g)


def _gpu(precision, array):
    """The engine of the GPU that an array lives on."""
    from .gpu import Gpu

    return Gpu.of(precision, device(f"cuda:{array.device.id}"))
