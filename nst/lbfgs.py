"""Our own L-BFGS (Nocedal 1980; Liu & Nocedal 1989), on the arrays of any library.

The direction is d = −H g, where H is an inverse Hessian that agrees with the last m steps s and the
changes y of the gradient along them. The two loops that apply H need nothing but inner products of these
vectors, so they run here on coefficients (Chen, Wang & Zhou 2014): d = Σ c_i b_i over the basis
b = s_1..s_m, y_1..y_m, g. An iteration then reads the history twice, once for the inner products of what is
new with all of it and once for d, instead of 4m times for separate dot products and updates. History is kept
in x's dtype, inner products add up in float64. They are worked out with each trial's loss, before anyone
knows whether it will be accepted, so that from a device all numbers come back at once.
"""

import numpy as np

from minicnn import cuda
from minicnn.backend import array_module
from minicnn.errors import OptionError
from minicnn.readback import later, number, read

from .linesearch import search
from .losses.features import inner
from .optimizers import Optimizer, Stuck

COLUMNS = 8192  # entries that are turned to float64 at a time: 2m of them fit a core's cache
DEVICE_COLUMNS = 1 << 20  # on a device, which waits for orders longer than it computes


class LBFGS(Optimizer):
    """L-BFGS with a strong-Wolfe line search; on the same problem it goes the way of SciPy's L-BFGS-B."""

    STATE = (*Optimizer.STATE, "basis", "products", "slots")
    ON_HOST = ("products",)

    def __init__(self, history=10, restart=True):
        super().__init__(restart)
        if history < 1:
            raise OptionError(f"lbfgs: expected a history of at least 1, got {history}")
        self.history = history
        self.basis = None  # (2m, n): s in the first m rows, y in the rest
        self.products = np.zeros((2 * history + 1, 2 * history + 1))  # of the basis and, last, of g
        self.slots = ()  # rows in use, oldest first

    def propose(self, objective):
        if self.basis is None:
            self._start()
        if self.products[-1, -1] == 0:
            raise Stuck("the gradient is 0: this is a minimum, or a saddle")
        d, slope = self._direction()
        if slope >= 0:
            raise Stuck("the curvature collected so far no longer points downhill")
        reached = []

        def along(t):
            reached.clear()  # whose arrays nobody needs any more
            x = (d * d.dtype.type(t)).reshape(self.x.shape)
            x += self.x

            def also(gradient):
                return later(inner(gradient.ravel(), d)), *self._compared((x - self.x).ravel(), gradient)

            value, gradient, slope, pair, table = objective(x, also)
            reached[:] = x, gradient, pair, table
            return value, float(slope)

        first = 1.0 if self.slots else self.products[-1, -1] ** -0.5  # without curvature, a step of length 1
        found = search(along, self.value, slope, first)
        if found is None or not found.value < self.value:
            raise Stuck("no step along the search direction lowers the loss by more than rounding")
        x, *rest = reached
        return x, found.value, *rest, slope * found.t

    def accept(self, x, value, gradient, pair, table, predicted):
        self.x, self.value, self.gradient = x, value, gradient
        self._remember(*pair, read(table), predicted)

    def refresh(self):
        had_any = bool(self.slots)
        self.slots = ()
        return had_any

    def _start(self):
        g = self.gradient.ravel()
        self.products[-1, -1] = number(inner(g, g))
        self.basis = array_module(self.x).zeros((2 * self.history, self.x.size), self.x.dtype)

    def _compared(self, s, gradient):
        """(s, y), and a promise of the inner products of s, y and g with the basis and with each other."""
        y, g = (gradient - self.gradient).ravel(), gradient.ravel()
        return (s, y), later(inner_products(self.basis, [s, y, g]))

    def _remember(self, s, y, table, predicted):
        """Take in a step and the change of the gradient, with every inner product that they bring."""
        m = self.history
        old, new = table[: 2 * m], table[2 * m :]
        # Along a step that was hardly curved, or the wrong way, y says nothing that H could agree with.
        if new[0, 1] > np.finfo(float).eps * -predicted:
            full = len(self.slots) == m
            row = self.slots[0] if full else len(self.slots)
            self.slots = (*self.slots[full:], row)
            self.basis[row], self.basis[m + row] = s, y
            old[row], old[m + row] = new[0], new[1]
            for column, vector in zip((row, m + row, 2 * m), range(3), strict=True):
                self.products[:-1, column] = self.products[column, :-1] = old[:, vector]
        else:
            self.products[:-1, -1] = self.products[-1, :-1] = old[:, 2]
        self.products[-1, -1] = new[2, 2]

    def _direction(self):
        """d = −H g and its slope g·d, by the two loops on coefficients."""
        m, K = self.history, self.products
        c = np.zeros(2 * m + 1)
        c[-1] = 1.0  # the vector q = g, to begin with
        alpha = {}
        for i in reversed(self.slots):
            alpha[i] = K[i] @ c / K[i, m + i]
            c[m + i] -= alpha[i]
        if self.slots:
            newest = self.slots[-1]
            c *= K[newest, m + newest] / K[m + newest, m + newest]
        for i in self.slots:
            beta = K[m + i] @ c / K[i, m + i]
            c[i] += alpha[i] - beta
        xp, dtype = array_module(self.x), self.x.dtype
        d = xp.asarray(-c[:-1], dtype=dtype) @ self.basis
        d -= dtype.type(c[-1]) * self.gradient.ravel()
        return d, -float(K[-1] @ c)


def inner_products(basis, vectors):
    """basis (k, n) and v vectors (n,) → (k + v, v) in float64: the vectors with the basis and each other."""
    xp = array_module(basis)
    if xp is not np and basis.dtype == np.float32 and cuda.usable(xp):
        return cuda.inner_products(basis, vectors)
    total = xp.zeros((len(basis) + len(vectors), len(vectors)))
    columns = COLUMNS if xp is np else DEVICE_COLUMNS
    for left in range(0, basis.shape[1], columns):
        part = slice(left, left + columns)
        block = xp.stack([vector[part] for vector in vectors]).astype("float64")
        total[: len(basis)] += basis[:, part].astype("float64") @ block.T
        total[len(basis) :] += block @ block.T
    return total
