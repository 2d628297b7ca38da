"""Every operation with arguments that suit it: the table that test_contract.py walks through."""

from dataclasses import dataclass, field

import numpy as np

from minicnn import ops
from minicnn.ops.convolution import ALGORITHMS


@dataclass(frozen=True)
class Case:
    """One call: the shapes of its float arrays, the makers of its other arrays, and the rest."""

    name: str
    shapes: dict
    options: dict = field(default_factory=dict)
    others: dict = field(default_factory=dict)

    def arrays(self, rng, dtype):
        floats = {name: rng.standard_normal(shape).astype(dtype) for name, shape in self.shapes.items()}
        return floats | {name: make(rng) for name, make in self.others.items()}

    def call(self, arrays):
        """The results as a tuple. An option that is a function is called first (a generator has a state)."""
        options = {name: value() if callable(value) else value for name, value in self.options.items()}
        results = getattr(ops, self.name)(**arrays, **options)
        return results if isinstance(results, tuple) else (results,)

    def __str__(self):
        return f"{self.name}-{self.options.get('algorithm', '')}".strip("-")


def _index(rng):
    return rng.integers(0, 6, (2, 2, 3, 3)).astype(np.uint8)


def _mask(rng):
    return rng.random((3, 4, 5)) < 0.5


def _labels(rng):
    return np.array([0, 4, 2, 4])


_IMAGE = (2, 5, 7, 3)
_POOL = {"window": (3, 2), "stride": 2}  # (2, 2, 3, 3) from _IMAGE, with overlap
_CONV = {"x": (2, 6, 5, 4), "kernel": (3, 3, 4, 6), "dy": (2, 6, 5, 6)}
_LRN = {"size": 3, "alpha": 0.5}
_DECONV = {"stride": 2, "padding": 1, "output_padding": (1, 0), "groups": 2}


def _convolutions(algorithm):
    options = {"padding": 1, "edges": "reflect", "algorithm": algorithm}
    x, kernel, dy = _CONV["x"], _CONV["kernel"], _CONV["dy"]
    yield Case("conv2d", {"x": x, "kernel": kernel, "bias": (6,)}, options)
    yield Case("conv2d_dx", {"dy": dy, "kernel": kernel}, options | {"input_shape": x})
    yield Case("conv2d_dkernel", {"dy": dy, "x": x}, options | {"kernel_shape": kernel})


CASES = [
    *(case for algorithm in ("auto", *ALGORITHMS) for case in _convolutions(algorithm)),
    Case("conv2d_dbias", {"dy": (2, 5, 6, 3)}),
    Case("conv2d_transposed", {"x": (2, 3, 4, 6), "kernel": (3, 3, 2, 6), "bias": (4,)}, _DECONV),
    Case(
        "conv2d_transposed_backward",
        {"dy": (2, 6, 7, 4), "x": (2, 3, 4, 6), "kernel": (3, 3, 2, 6)},
        _DECONV,
    ),
    Case("pad", {"x": _IMAGE}, {"amounts": (2, 0, 1, 3), "edges": "replicate"}),
    Case("pad_backward", {"dy": (2, 9, 9, 3)}, {"amounts": (2, 0, 1, 3), "edges": "reflect"}),
    Case("max_pool", {"x": _IMAGE}, _POOL),
    Case("max_pool_backward", {"dy": (2, 2, 3, 3)}, _POOL | {"input_shape": _IMAGE}, {"index": _index}),
    Case("avg_pool", {"x": _IMAGE}, _POOL),
    Case("avg_pool_backward", {"dy": (2, 2, 3, 3)}, _POOL | {"input_shape": _IMAGE}),
    Case("adaptive_avg_pool", {"x": _IMAGE}, {"size": (2, 3)}),
    Case("adaptive_avg_pool_backward", {"dy": (2, 2, 3, 3)}, {"input_shape": _IMAGE}),
    Case("unpool", {"y": (2, 2, 3, 3)}, _POOL | {"input_shape": _IMAGE}, {"index": _index}),
    Case("unpool_backward", {"dx": _IMAGE}, _POOL, {"index": _index}),
    Case("relu", {"x": (3, 4, 5)}),
    Case("relu_backward", {"dy": (3, 4, 5)}, {}, {"mask": _mask}),
    Case("rectified_backward", {"dy": (3, 4, 5)}),
    Case("dense", {"x": (4, 5), "kernel": (5, 3), "bias": (3,)}),
    Case("dense_backward", {"dy": (4, 3), "x": (4, 5), "kernel": (5, 3)}),
    Case("flatten", {"x": _IMAGE}),
    Case("flatten_backward", {"dy": (2, 105)}, {"input_shape": _IMAGE}),
    Case("dropout", {"x": _IMAGE}, {"rate": 0.4, "rng": lambda: np.random.default_rng(3)}),
    Case("dropout_backward", {"dy": _IMAGE, "factor": _IMAGE}),
    Case("local_response_norm", {"x": _IMAGE}, _LRN),
    Case("local_response_norm_backward", {"dy": _IMAGE, "x": _IMAGE}, _LRN),
    Case("softmax", {"x": (4, 5)}),
    Case("softmax_backward", {"dy": (4, 5), "y": (4, 5)}),
    Case("softmax_cross_entropy", {"logits": (4, 5)}, {}, {"labels": _labels}),
    Case("mean_square", {"y": (3, 4), "target": (3, 4)}),
    Case("gram", {"F": (6, 4)}),
    Case("gram_backward", {"dG": (4, 4), "F": (6, 4)}),
]
