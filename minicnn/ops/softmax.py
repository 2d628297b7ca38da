"""Softmax, and the cross-entropy that classification is trained with."""

import numpy as np

from .. import checks
from ..backend import array_module
from ..errors import DTypeError, OptionError, ShapeError
from ..readback import numbers


def softmax(x):
    """Scores to probabilities along the last axis.

    x (..., K) → y (..., K), positive, each row summing to 1
    forward:  y = eˣ / Σ eˣ, computed on x − max(x), which changes nothing but cannot overflow
    backward: ∂y[i]/∂x[j] = y[i](δ[i, j] − y[j]), hence dx = y · (dy − Σ dy·y). Kept for backward: y.
    """
    xp = array_module(checks.finite(checks.floating(x, "softmax"), "softmax"))
    y = xp.exp(_shifted(x))
    y /= y.sum(axis=-1, keepdims=True)
    return y


def softmax_backward(dy, y):
    """dy, y (..., K) → dx (..., K) = y · (dy − Σ dy·y)."""
    checks.floating(y, "softmax_backward: y")
    checks.shape_is(dy, y.shape, "softmax_backward: dy")
    checks.same_dtype(dy, y, "softmax_backward: dy and y")
    return y * (dy - (dy * y).sum(axis=-1, keepdims=True))


def softmax_cross_entropy(logits, labels):
    """How surprised the network is, on average, by the right answers.

    logits (N, K), labels (N,) whole numbers below K → loss, dlogits (N, K)
    forward:  loss = −1/N · Σ over n of log softmax(logits[n])[labels[n]]
    backward: log softmax(x)[t] = x[t] − log Σ eˣ, hence dlogits = (softmax(logits) − one-hot(labels))/N.
    """
    xp = array_module(checks.floating(logits, "softmax_cross_entropy: logits"))
    _check_labels(logits, labels)
    checks.finite(logits, "softmax_cross_entropy: logits")
    n, shifted = logits.shape[0], _shifted(logits)
    total = xp.exp(shifted).sum(axis=1, keepdims=True)
    right = xp.arange(n), labels
    with np.errstate(over="ignore"):  # a loss beyond the dtype is infinite, and that is the answer
        loss = (xp.log(total[:, 0]) - shifted[right]).mean()
    dlogits = xp.exp(shifted) / total
    dlogits[right] -= 1
    return loss, dlogits / n


def _shifted(x):
    """x − max(x), all at most 0; further below than the dtype can say lies −∞, whose exponential is 0."""
    with np.errstate(over="ignore"):
        return x - x.max(axis=-1, keepdims=True)


def _check_labels(logits, labels):
    who = "softmax_cross_entropy"
    if logits.ndim != 2 or getattr(labels, "shape", None) != logits.shape[:1]:
        came = getattr(labels, "shape", type(labels).__name__)
        raise ShapeError(
            f"{who}: expected logits (N, K) and an array of labels (N,), got {logits.shape} and {came}"
        )
    if not np.issubdtype(labels.dtype, np.integer):
        raise DTypeError(f"{who}: expected labels of an integer type, got {labels.dtype}; use .astype(int)")
    least, most = numbers(labels.min(), labels.max())  # a wrong one would quietly take another's place
    if least < 0 or most >= logits.shape[1]:
        came = f"{int(least)}..{int(most)}"
        raise OptionError(f"{who}: labels must lie in 0..{logits.shape[1] - 1}, got {came}")
