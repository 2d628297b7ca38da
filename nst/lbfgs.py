"""Our own L-BFGS (Nocedal 1980; Liu & Nocedal 1989), on the arrays of any library.

The direction is d = −H g, where H is an inverse Hessian that agrees with the last m steps s and the
changes y of the gradient along them. The two loops that apply H need nothing but inner products of these
vectors, so they run here on coefficients (Chen, Wang & Zhou 2014): d = Σ c_i b_i over the basis
b = s_1..s_m, y_1..y_m, g. An iteration then reads the history twice, once for the inner products of what is
new with all of it and once for d, instead of 4m times for separate dot products and updates. History is kept
in x's dtype, inner products add up in float64.
"""

import numpy as np

from minicnn.backend import array_module
from minicnn.errors import OptionError

from .linesearch import search
from .optimizers import Optimizer, Stuck

COLUMNS = 8192  # entries that are turned to float64 at a time: 2m of them fit a core's cache


class LBFGS(Optimizer):
    """L-BFGS with a strong-Wolfe line search; on the same problem it goes the way of SciPy's L-BFGS-B."""

    STATE = (*Optimizer.STATE, "basis", "products", "slots")

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
        shape = self.x.shape
        reached = {}

        def along(t):
            x = (d * d.dtype.type(t)).reshape(shape)
            x += self.x
            value, gradient = objective(x)
            reached.update(t=t, x=x, gradient=gradient)
            return value, dot(gradient, d)

        first = 1.0 if self.slots else 1 / dot(d, d) ** 0.5  # without curvature, a step of length 1
        found = search(along, self.value, slope, first)
        if found is None or not found.value < self.value:
            raise Stuck("no step along the search direction lowers the loss by more than rounding")
        return reached["x"], found.value, reached["gradient"], slope * found.t

    def accept(self, x, value, gradient, predicted):
        s, y = x - self.x, gradient - self.gradient
        self.x, self.value, self.gradient = x, value, gradient
        self._remember(s.ravel(), y.ravel(), predicted)

    def refresh(self):
        had_any = bool(self.slots)
        self.slots = ()
        return had_any

    def _start(self):
        self.products[-1, -1] = dot(self.gradient, self.gradient)
        self.basis = array_module(self.x).zeros((2 * self.history, self.x.size), self.x.dtype)

    def _remember(self, s, y, predicted):
        """Take in a step and the change of the gradient, and every inner product that they bring."""
        m, g = self.history, self.gradient.ravel()
        new = [s, y, g]
        sy = dot(s, y)
        # Along a step that was hardly curved, or the wrong way, y says nothing that H could agree with.
        if sy > np.finfo(float).eps * -predicted:
            full = len(self.slots) == m
            row = self.slots[0] if full else len(self.slots)
            self.slots = (*self.slots[full:], row)
            self.basis[row], self.basis[m + row] = s, y
            table = inner_products(self.basis, new)
            for column, vector in zip((row, m + row, 2 * m), range(3), strict=True):
                self.products[:-1, column] = self.products[column, :-1] = table[:, vector]
        else:
            self.products[:-1, -1] = self.products[-1, :-1] = inner_products(self.basis, [g])[:, 0]
        self.products[-1, -1] = dot(g, g)

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


def dot(a, b):
    """a·b, added up in float64."""
    return float(array_module(a).einsum("i,i->", a.ravel(), b.ravel(), dtype="float64"))


def inner_products(basis, vectors):
    """basis (k, n) and a few vectors (n,) → (k, len(vectors)) in float64, as a NumPy array."""
    xp = array_module(basis)
    total = xp.zeros((len(basis), len(vectors)))
    for left in range(0, basis.shape[1], COLUMNS):
        part = slice(left, left + COLUMNS)
        block = xp.stack([vector[part] for vector in vectors]).astype("float64")
        total += basis[:, part].astype("float64") @ block.T
    return total if xp is np else total.get()
