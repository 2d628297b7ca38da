"""L-BFGS's memory on the device: steps, changes of the gradient, and the direction that follows from them.

The direction is d = −H g by the two loops on coefficients, d = Σ c_b b over the basis b = s_1..s_m, y_1..y_m,
g, which need inner products alone. History is kept in float32, inner products in float64. An iteration
launches `remember`, `products` (all that are new, in one pass), `direction` (the two loops, in one block) and
`combine` (d, in one pass), and waits for nothing: the slope along d is read with the next evaluation's
report.

Its plain twin is `nst.lbfgs`, which keeps the same table of products.
"""

import numpy as np

from ..errors import OptionError
from .engine import blocks_for
from .memory import descent_buffers

MOST = 128  # steps that the kernel has room for


class Curvature:
    """Where a descent stands (x, g), its last steps, and the direction d from there.

    begin(x, g)        → d, flat; the same arrays always
    move(t)            → x + t d, flat, to be evaluated
    accept(g, kept)    take that in: x moves there, with its gradient; → d. A step that is not `kept` leaves
                       the curvature as it was.
    forget()           → d = −g
    """

    def __init__(self, engine, size, history=10, promise=None):
        if not 1 <= history <= MOST:
            raise OptionError(f"lbfgs: expected a history of 1 to {MOST}, got {history}")
        self.engine, self.m, self.count = engine, history, size[0] * size[1] * 3
        self.buffers = {
            name: engine.zeros(*needed) for name, needed in descent_buffers(size, history).items()
        }
        self.promise = engine.zeros(1, np.float64) if promise is None else promise  # the slope along d
        self.oldest = self.used = 0  # rows in use, a ring

    def begin(self, x, g):
        self.engine.copy(self.buffers["x"], x.ravel())
        self.engine.copy(self.buffers["g"], g.ravel())
        self.oldest = self.used = 0
        return self._direct(None)

    def move(self, t):
        b = self.buffers
        self.engine.launch("move", b["x"], b["d"], t, b["trial"], self.count, threads=self.count)
        return b["trial"]

    def accept(self, g, kept=True):
        b, row = self.buffers, self._row() if kept else None
        s, y = (None, None) if row is None else (self._basis(row), self._basis(self.m + row))
        self.engine.launch(
            "remember", b["x"], b["trial"], b["g"], g.ravel(), s, y, self.count, threads=self.count
        )
        return self._direct(row)

    def forget(self):
        self.oldest = self.used = 0
        return self._direct(None)

    def _row(self):
        """The next row of the ring: the oldest one's, once all are in use."""
        if self.used == self.m:
            row, self.oldest = self.oldest, (self.oldest + 1) % self.m
        else:
            row, self.used = self.used, self.used + 1
        return row

    def _direct(self, row):
        """Inner products with what is new, the two loops, and d."""
        b, m, launch, blocks = self.buffers, self.m, self.engine.launch, blocks_for(self.count)
        s, y = (None, None) if row is None else (self._basis(row), self._basis(m + row))
        rows, kept = 2 * m, row is not None
        launch(
            "products",
            b["basis"],
            rows,
            s,
            y,
            b["g"],
            self.count,
            b["products"],
            blocks=blocks,
            rows=rows + 1,
        )
        launch(
            "direction", b["products"], blocks, b["table"], m, row or 0, kept, self.oldest, self.used,
            b["coefficients"], self.promise, blocks=1,
        )  # fmt: skip
        launch("combine", b["basis"], b["g"], b["coefficients"], rows, self.count, b["d"], threads=self.count)
        return b["d"]

    def _basis(self, row):
        return self.buffers["basis"][row * self.count : (row + 1) * self.count]
