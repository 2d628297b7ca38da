"""Independent answers: PyTorch's values and gradients, and loops over windows written out in full."""

import numpy as np
import pytest


def by_torch(function, dy, *arrays):
    """y and the gradients for `arrays` under the upstream gradient `dy`, from PyTorch in float64.

    `function` gets tensors in our order of axes and returns one; `nchw` and `nhwc` turn them round.
    """
    torch = pytest.importorskip("torch")
    leaves = [torch.tensor(np.array(a, np.float64, order="C"), requires_grad=True) for a in arrays]
    y = function(*leaves)
    y.backward(torch.tensor(np.array(dy, np.float64, order="C")))
    return y.detach().numpy(), *(leaf.grad.numpy() for leaf in leaves)


def nchw(x):
    """A tensor of images (N, H, W, C) in PyTorch's order."""
    return x.permute(0, 3, 1, 2)


def nhwc(x):
    return x.permute(0, 2, 3, 1)


def assert_close(ours, theirs, tolerance=None):
    """The largest difference is small beside the largest entry; the tolerance follows the dtype of ours."""
    assert ours.shape == theirs.shape
    tolerance = tolerance or {np.dtype(np.float32): 4e-6, np.dtype(np.float64): 1e-13}[ours.dtype]
    worst = np.abs(ours - theirs).max()
    assert worst <= tolerance * max(np.abs(theirs).max(), 1e-30), f"off by {worst}"


def windows(shape, window, stride):
    """Each output pixel (y, x) with the rows and columns of its window."""
    for y, top in enumerate(range(0, shape[1] - window[0] + 1, stride[0])):
        for x, left in enumerate(range(0, shape[2] - window[1] + 1, stride[1])):
            yield y, x, slice(top, top + window[0]), slice(left, left + window[1])
