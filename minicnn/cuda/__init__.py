"""The fast path on a GPU: kernels of our own and cuBLAS, for the loss of a VGG-like network and its gradient.

    evaluation = Evaluation(network, (h, w), terms, precision="tf32")
    values, gradient = evaluation(canvas)          canvas and gradient (h, w, 3), on the device

`plan` says what a network comes to and what it needs; `layout` how a convolution becomes three products;
`passes` goes forward and back; `evaluation` puts losses on top; `lbfgs` steps downhill without leaving the
device. kernels.cu holds the arithmetic. Nothing here loads CuPy before a `Gpu` is made, and everything else
runs on any `Device`: the tests have one that is a host.

Its plain twin is the library itself, on NumPy's arrays or CuPy's: `network.forward` and `backward`.
"""

from .evaluation import Evaluation
from .passes import Passes
from .plan import largest_size, predicted_bytes, refusal
from .terms import Content, Gram, Own, Variation

__all__ = [
    "Content",
    "Evaluation",
    "Gram",
    "Own",
    "Passes",
    "Variation",
    "largest_size",
    "predicted_bytes",
    "refusal",
]
