"""Wrong backward passes: mistakes that people make, each beside the right one for the same forward pass.

`SUBJECTS` holds, by name: a forward function, its right backward pass, inputs, the wrong backward passes
by what is wrong with them, and the options of the check.
"""

from types import SimpleNamespace

import numpy as np

SUBJECTS = {}
RNG = np.random.default_rng(7)


def subject(name, forward, right, inputs, wrong, **options):
    SUBJECTS[name] = SimpleNamespace(
        forward=forward, right=right, inputs=inputs, wrong=wrong, options=options
    )


def after(right, change):
    """The right gradients, changed afterwards."""

    def backward(*arguments):
        gradients = right(*arguments)
        return change(*gradients) if isinstance(gradients, tuple) else change(gradients)

    return backward


def changed(x, where, by):
    """A copy of x, its entries at `where` passed through `by`."""
    x = x.copy()
    x[where] = by(x[where])
    return x


def normal(*shape):
    return RNG.standard_normal(shape)


def spread(*shape):
    """All entries at least 1/size apart; none is 0 if their number is even."""
    size = int(np.prod(shape))
    return ((RNG.permutation(size) + 0.5) / size - 0.5).reshape(shape)


from . import convolution, hidden, large, matrices, pooling  # noqa: E402, F401  they fill SUBJECTS
