"""Lesson 13: write these four functions; `python -m lessons check 13` looks at them.

The first two are handed a library of arrays, xp, and arrays that live there. They are tried with NumPy for
xp, and with one whose arrays NumPy cannot touch, as CuPy's are: use xp's functions (xp.exp, xp.maximum,
xp.square, ...) and the arrays' own operators and methods (x @ y, x.T, x.sum(axis=0, keepdims=True)). No GPU
is needed.
"""


def softmax(xp, x):
    """Every row as positive numbers that add up to 1, wherever the array lives.

    xp, the library that x lives in; x (N, O) → y (N, O), which lives there as well:

        y[n, o] = exp(x[n, o]) / Σ over j of exp(x[n, j])

    Entries may be as large as 1000, whose exp no float64 can hold; the result does not change if from each
    row its largest entry is taken off first. Nothing may move: not to the host, not to the device, not even
    a single number.
    """
    raise NotImplementedError


def style_loss(xp, F, A):
    """A style loss and its gradient that stay where the features are.

    xp, the library that F (M, C) and A (C, C), symmetric, live in → (E, dF), both living there, E an array
    without axes (or NumPy's number), dF (M, C):

        E = Σ (FᵀF / M − A)²        dF = ∂E/∂F = 4/M · F (FᵀF / M − A)

    Nothing may move; whoever wants to see E reads it later.
    """
    raise NotImplementedError


def bytes_moved(steps, sizes):
    """How many bytes cross the bus while a program runs.

    sizes   {name: bytes} of all arrays; each begins on the host, and nowhere else
    steps   a list of (where, reads, writes), in order: where is "host" or "device", reads and writes are
            lists of names
    → an int.

    An array that a step reads must be there. If it is not, it is carried over first, whole, and from then on
    it is in both places. An array that a step writes is made there, without being carried; from then on it is
    there and nowhere else, for a copy on the other side would be out of date. A step may read and write the
    same name: the reading comes first.
    """
    raise NotImplementedError


def seconds(calls, crossings, machine):
    """What a piece of work takes on a device, by lesson 13's model.

    calls      a list of (operations, bytes), one for each call
    crossings  a list of bytes, one for each transfer over the bus
    machine    {"launch": seconds, "S": bytes a second, "R": operations a second, "bus": bytes a second}
    → a float:

        Σ over calls of (launch + bytes/S + operations/R)  +  Σ over crossings of bytes/bus
    """
    raise NotImplementedError
