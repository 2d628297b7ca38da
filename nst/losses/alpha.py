"""How far a canvas's colours are from the mean colour: a prior that keeps them within what pictures have."""

from minicnn.backend import array_module
from minicnn.errors import OptionError

from .variation import canvas, delivered, inverse


class AlphaNorm:
    """L = Σ over pixels of r^α, or with `mean` their mean (Mahendran & Vedaldi 2014).

    r² = Σ_c u_c² is a pixel's squared distance from the mean colour, which is 0 in a network's input, with
    u = X / unit, the unit one number or one a channel. As r^α = (r²)^(α/2) and ∂r²/∂u_c = 2 u_c,
        ∂L/∂X_c = α r^(α−2) u_c / unit, and 0 where r = 0.
    With a large α it is next to nothing for usual colours and a steep wall around them.
    """

    def __init__(self, exponent=6.0, unit=1.0, mean=False):
        if not exponent >= 1:
            raise OptionError(f"alpha norm: expected an exponent of at least 1, got {exponent}")
        self.exponent, self.per_unit, self.mean = exponent, inverse(unit), mean

    def __call__(self, X, weight=1.0, out=None):
        xp, per_unit = array_module(canvas(X)), self.per_unit.astype(X.dtype)
        u = X * per_unit
        square = xp.sum(u * u, axis=2, keepdims=True)
        middle = square == 0
        square[middle] = 1  # 0 to a negative power is no number; the slope there is set to 0
        factor = square ** X.dtype.type(self.exponent / 2 - 1)
        factor[middle] = 0
        weight = weight / square.size if self.mean else weight
        value = weight * xp.sum(square * factor, dtype="float64")
        u *= factor * X.dtype.type(self.exponent * weight)
        u *= per_unit
        return value, delivered(u, out)
