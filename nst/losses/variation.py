"""How rough a canvas X (H, W, C) is, in all the ways that programs measure it.

Steps are dy = X[h+1] − X[h] and dx = X[:, w+1] − X[:, w]; one out of the picture counts as 0. Differences
are in multiples of `unit`, which may be one number or one a channel. X[h, w] is subtracted in its own steps
and added in those of its left and upper neighbours, so that any loss of the steps with p = ∂L/∂d has
∂L/∂X[h, w] = px[h, w−1] − px[h, w] + py[h−1, w] − py[h, w].
"""

import numpy as np

from minicnn.backend import array_module
from minicnn.checks import floating, one_of
from minicnn.errors import OptionError, ShapeError
from minicnn.ops.padding import pad, pad_backward

from .features import energy

DIAGONAL, STRAIGHT = 1 / 6, 2 / 3  # of the nine-point differences; on a slope they add up to |∇X|²


class TotalVariation:
    """L = Σ φ(dx, dy) over pixels and channels, or, with `mean`, the mean of φ over all entries.

    squared:   φ = dx² + dy²               ∂φ/∂dx = 2 dx
    power:     φ = (dx² + dy²)^(β/2)       ∂φ/∂dx = β (dx² + dy²)^(β/2 − 1) dx, and 0 where both are 0
    absolute:  φ = |dx| + |dy|             ∂φ/∂dx = sign dx

    `inner` leaves out the last row and column, which lack one of their steps.
    """

    KINDS = ("squared", "power", "absolute")

    def __init__(self, kind="squared", exponent=2.5, unit=1.0, mean=False, inner=False):
        self.kind = one_of(kind, self.KINDS, "total variation: kind")
        if kind == "power" and not exponent >= 1:
            raise OptionError(f"total variation: expected an exponent of at least 1, got {exponent}")
        self.exponent, self.per_unit, self.mean, self.inner = exponent, inverse(unit), mean, inner

    def __call__(self, X, weight=1.0, out=None):
        dx, dy = steps(X, self.inner)
        per_unit = self.per_unit.astype(X.dtype)
        dx *= per_unit
        dy *= per_unit
        total, px, py = getattr(self, f"_{self.kind}")(dx, dy)
        weight = weight / X.size if self.mean else weight
        return weight * total, from_steps(px, py, X.dtype.type(weight) * per_unit, out)

    def _squared(self, dx, dy):
        total = energy(dx) + energy(dy)
        dx *= 2
        dy *= 2
        return total, dx, dy

    def _power(self, dx, dy):
        xp = array_module(dx)
        e = dx * dx + dy * dy
        still = e == 0
        e[still] = 1  # 0 to a negative power is no number; the slope there is set to 0
        factor = e ** dx.dtype.type(self.exponent / 2 - 1)
        factor[still] = 0
        e *= factor
        factor *= dx.dtype.type(self.exponent)
        dx *= factor
        dy *= factor
        return xp.sum(e, dtype="float64"), dx, dy

    def _absolute(self, dx, dy):
        xp = array_module(dx)
        total = xp.sum(xp.abs(dx), dtype="float64") + xp.sum(xp.abs(dy), dtype="float64")
        return total, xp.sign(dx), xp.sign(dy)


class MeanSquares:
    """L = mean dx² + mean dy², each over as many steps as there are: ∂L/∂dx = 2 dx / their number."""

    def __init__(self, unit=1.0):
        self.per_unit = inverse(unit)

    def __call__(self, X, weight=1.0, out=None):
        dx, dy = steps(X)
        per_unit, (h, w, c) = self.per_unit.astype(X.dtype), X.shape
        dx *= per_unit
        dy *= per_unit
        across, down = 1 / max(1, h * (w - 1) * c), 1 / max(1, (h - 1) * w * c)
        value = weight * (across * energy(dx) + down * energy(dy))
        dx *= X.dtype.type(2 * across)
        dy *= X.dtype.type(2 * down)
        return value, from_steps(dx, dy, X.dtype.type(weight) * per_unit, out)


class NinePoint:
    """L = ⅔ (mean dx² + mean dy²) + ⅙ (mean ↘² + mean ↗²), the arrows being steps along the diagonals.

    Y (H+2, W+2) is X with its border repeated once. Straight steps start at each of X's pixels, and their
    means are over those; diagonal ones cross each of Y's corners between four pixels, (H+1)(W+1) of them.
    With s a step and n the number of its kind, ∂L/∂s = 2 · share / n · s, added to the pixel it ends at,
    taken from the one it starts at; Y's gradient is then folded back onto X.
    """

    ENDS = (  # (share, where steps of a kind end, where they start)
        (STRAIGHT, (slice(1, -1), slice(2, None)), (slice(1, -1), slice(1, -1))),
        (STRAIGHT, (slice(2, None), slice(1, -1)), (slice(1, -1), slice(1, -1))),
        (DIAGONAL, (slice(1, None), slice(1, None)), (slice(None, -1), slice(None, -1))),
        (DIAGONAL, (slice(1, None), slice(None, -1)), (slice(None, -1), slice(1, None))),
    )

    def __init__(self, unit=1.0):
        self.per_unit = inverse(unit)

    def __call__(self, X, weight=1.0, out=None):
        Y = pad(canvas(X)[None], (1, 1, 1, 1), "replicate")
        per_unit, total = self.per_unit.astype(X.dtype), 0.0
        Y *= per_unit
        dY = array_module(X).zeros_like(Y)
        for share, end, start in self.ENDS:
            s = Y[0][end] - Y[0][start]
            total += share / s.size * energy(s)
            s *= X.dtype.type(2 * weight * share / s.size)
            dY[0][end] += s
            dY[0][start] -= s
        dY *= per_unit
        return weight * total, delivered(pad_backward(dY, (1, 1, 1, 1), "replicate")[0], out)


class UncountedVariation:
    """The gradient of ½ Σ (dx² + dy²) over all but the last row and column, p = d, beside a value of 0.

    Left out of the loss as it is, it is a gradient of none.
    """

    of_no_loss = True

    def __init__(self, unit=1.0):
        self.per_unit = inverse(unit)

    def __call__(self, X, weight=1.0, out=None):
        dx, dy = steps(X, inner=True)
        return 0.0, from_steps(dx, dy, X.dtype.type(weight) * self.per_unit.astype(X.dtype) ** 2, out)


class Laplacian:
    """A gradient alone: (4 X − its four neighbours) / 8, with zeros around the canvas; its value is 0.

    Away from the border it is that of ⅛ · ½ Σ (dx² + dy²). There is no loss in it.
    """

    of_no_loss = True

    def __init__(self, unit=1.0):
        self.per_unit = inverse(unit)

    def __call__(self, X, weight=1.0, out=None):
        dX = 4 * canvas(X)
        dX[1:] -= X[:-1]
        dX[:-1] -= X[1:]
        dX[:, 1:] -= X[:, :-1]
        dX[:, :-1] -= X[:, 1:]
        dX *= X.dtype.type(weight / 8) * self.per_unit.astype(X.dtype) ** 2
        return 0.0, delivered(dX, out)


def inverse(unit):
    """1/unit, in float64: of a number, or of one a channel, which must lie where the canvas does."""
    return 1 / (unit if hasattr(unit, "astype") else np.float64(unit))


def steps(X, inner=False):
    """dx and dy, of X's shape: 0 where a step would lead out of the picture, or begins where one would."""
    xp = array_module(canvas(X))
    dx, dy = xp.zeros_like(X), xp.zeros_like(X)
    xp.subtract(X[:, 1:], X[:, :-1], out=dx[:, :-1])
    xp.subtract(X[1:], X[:-1], out=dy[:-1])
    if inner:
        dx[-1] = 0
        dy[:, -1] = 0
    return dx, dy


def from_steps(px, py, factor, out=None):
    """∂L/∂X from px and py, which are written over; all times `factor`."""
    xp = array_module(px)
    px *= factor
    py *= factor
    dX = xp.add(px, py, out=out)
    xp.negative(dX, out=dX)
    dX[:, 1:] += px[:, :-1]
    dX[1:] += py[:-1]
    return dX


def delivered(dX, out):
    """dX, in `out` where that is given."""
    if out is None:
        return dX
    out[...] = dX
    return out


def canvas(X):
    """X, if it is a canvas of floats."""
    if floating(X, "total variation: canvas").ndim != 3:
        raise ShapeError(f"total variation: expected a canvas (H, W, C), got shape {X.shape}")
    return X
