"""The checker must be able to fail: every planted mistake is rejected, its right twin accepted."""

import numpy as np
import pytest

from minicnn import ops
from minicnn.gradcheck import check, check_layer, check_loss
from minicnn.layers import Conv2D, Dense, ReLU
from tests.mistakes import SUBJECTS

LABELS = np.array([1, 0, 3])


def run(subject, backward):
    return check(subject.forward, backward, subject.inputs, **subject.options)


@pytest.mark.parametrize("name", SUBJECTS)
def test_the_right_backward_passes(name):
    subject = SUBJECTS[name]
    assert run(subject, subject.right).raise_if_wrong().error < 1e-6


@pytest.mark.parametrize(("name", "mistake"), [(name, m) for name in SUBJECTS for m in SUBJECTS[name].wrong])
def test_a_wrong_backward_is_rejected(name, mistake):
    assert not run(SUBJECTS[name], SUBJECTS[name].wrong[mistake]).ok


def softmax_gradient_alone(logits):
    loss, _ = ops.softmax_cross_entropy(logits, LABELS)
    return loss, ops.softmax(logits) / 3


def batch_forgotten(logits):
    loss, gradient = ops.softmax_cross_entropy(logits, LABELS)
    return loss, 3 * gradient


def sum_reported_mean_derived(logits):
    loss, gradient = ops.softmax_cross_entropy(logits, LABELS)
    return 3 * loss, gradient


def logits_overwritten(logits):
    loss, gradient = ops.softmax_cross_entropy(logits, LABELS)
    logits -= 1
    return loss, gradient


LOSSES = {
    "one-hot forgotten": softmax_gradient_alone,
    "not divided by the batch": batch_forgotten,
    "loss summed, gradient averaged": sum_reported_mean_derived,
    "input overwritten": logits_overwritten,
    "factor 2 of the square": lambda y: (np.mean(y**2), y / y.size),
    "gradient is the input itself": lambda y: (np.sum(y**2) / 2, y),
    "gradient of each row": lambda y: (np.sum(y**2) / 2, y.sum(axis=0)),
    "single precision": lambda y: (np.sum(y**2) / 2, y.astype(np.float32)),
    "value in single precision": lambda y: (np.float32(np.sum(y**2) / 2), y.copy()),
    "one value for each row": lambda y: ((y**2).sum(axis=1) / 2, y.copy()),
    "normalised": lambda y: (np.sum(y**2) / 2, y / np.abs(y).sum()),
}


@pytest.mark.parametrize("mistake", LOSSES)
def test_a_wrong_loss_is_rejected(mistake, rng):
    assert not check_loss(LOSSES[mistake], rng.standard_normal((3, 4))).ok


class Overwriting(Dense):
    """`=` for `+=`."""

    def _add_grads(self, **gradients):
        self.grads.update(gradients)


class AddingWrongly(Dense):
    """Adds up the kernel's gradient, overwrites the bias's."""

    def _add_grads(self, kernel, bias):
        super()._add_grads(kernel=kernel)
        self.grads["bias"] = bias


class NeverZero(Dense):
    def zero_grads(self):
        for name, value in self.params.items():
            self.grads.setdefault(name, np.zeros_like(value))


class NeverFrozen(Dense):
    def backward(self, dy):
        frozen, self.frozen = self.frozen, False
        self._kept = getattr(self, "seen", self._kept)
        dx = super().backward(dy)
        self.frozen = frozen
        return dx

    def forward(self, x):
        self.seen = x
        return super().forward(x)


class FrozenForGood(Dense):
    def backward(self, dy):
        return 0 * super().backward(dy) if self.frozen else super().backward(dy)


class StaleKernel(Dense):
    """Computes with a copy of its kernel that it made at the start."""

    def forward(self, x):
        self.copy = getattr(self, "copy", self.params["kernel"].copy())
        y = super().forward(x)
        return y + x @ (self.copy - self.params["kernel"])


class Decaying(Dense):
    """Weight decay mixed into the gradient."""

    def _add_grads(self, kernel, bias):
        super()._add_grads(kernel=kernel + 0.01 * self.params["kernel"], bias=bias)


class FirstInputForEver(Dense):
    """Keeps what it was given once, and never looks again."""

    def forward(self, x):
        y = super().forward(x)
        self.first = self._kept = getattr(self, "first", self._kept)
        return y


class FirstKernelForEver(Dense):
    """Goes back through a copy of its kernel that it made on its first way back."""

    def backward(self, dy):
        self.copy = getattr(self, "copy", self.params["kernel"].copy())
        return super().backward(dy) + dy @ (self.copy - self.params["kernel"]).T


class TrainingWhileWalking(Dense):
    def backward(self, dy):
        dx = super().backward(dy)
        self.params["kernel"] -= 0.1 * self.grads["kernel"]
        return dx


WRONG_LAYERS = [
    Overwriting,
    AddingWrongly,
    NeverZero,
    NeverFrozen,
    FrozenForGood,
    StaleKernel,
    FirstInputForEver,
    FirstKernelForEver,
    Decaying,
    TrainingWhileWalking,
]


@pytest.mark.parametrize("layer", WRONG_LAYERS)
def test_a_wrong_layer_is_rejected(layer, rng):
    x = rng.standard_normal((3, 4))
    assert check_layer(Dense(4, 2), x).ok
    assert not check_layer(layer(4, 2), x).ok


def test_what_is_kept_from_the_first_call_for_ever_is_rejected(rng):
    x, first = rng.standard_normal((3, 4)), []

    def forward(x):
        first.append(x)
        return x**2

    def loss(F):
        first.append(F.copy())
        return np.sum(F**2), 2 * first[0]

    assert not check(forward, lambda dy: 2 * first[0] * dy, x).ok
    first.clear()
    assert check(forward, lambda dy, x: 2 * x * dy, x).ok
    first.clear()
    assert not check_loss(loss, x).ok


def test_a_mask_kept_from_the_first_call_for_ever_is_rejected(rng):
    class FirstMask(ReLU):
        def forward(self, x):
            y = super().forward(x)
            self.first = self._kept = getattr(self, "first", self._kept)
            return y

    x = rng.standard_normal((3, 4))
    assert check_layer(ReLU(), x).ok
    assert not check_layer(FirstMask(), x).ok


def test_a_gradient_a_little_wrong_in_single_precision_is_rejected_by_strict(rng):
    def backward(dy, x):
        return 2 * x * dy * dy.dtype.type(1.0001 if dy.dtype == np.float32 else 1)

    x = rng.standard_normal((3, 4))
    assert check(np.square, backward, x).ok
    assert not check(np.square, backward, x, strict=True).ok


def test_a_function_that_refuses_other_inputs_is_checked_where_it_is_at_home():
    def forward(x):
        if not (x[0] > 2).all():
            raise ValueError("not here")
        return x**2

    assert check(forward, lambda dy, x: 2 * x * dy, [[3.0, 4.0], [0.5, 1.0]]).ok


def test_a_function_that_refuses_views_is_told_of():
    def backward(dy, x):
        if not dy.flags.c_contiguous:
            raise ValueError("not in a row")
        return 2 * x * dy

    report = check(np.square, backward, [[3.0, 4.0], [0.5, 1.0]])
    assert report.faults == ["given views of larger arrays, it raised ValueError: not in a row"]


def test_a_wrong_algorithm_inside_a_layer_is_rejected(rng, monkeypatch):
    x = rng.standard_normal((1, 5, 5, 2))
    assert check_layer(Conv2D(2, 2), x).ok
    monkeypatch.setattr(ops, "conv2d_dbias", lambda dy: dy.sum(axis=(0, 1)).mean(axis=0))
    report = check_layer(Conv2D(2, 2), x)
    assert report["x"].ok
    assert report["kernel"].ok
    assert not report["bias"].ok
