"""Content, Gram style and total variation: values and gradients, derived by hand.

Two forms. "gatys2015" is the paper's. "relative", our default, divides each term by the size of its
target, so that every term is a relative error: 0 at the target, 1 as far from it as nothing at all.

Features come as the matrix F (M, C): M places, C channels. Every loss is made with its target and called
as `value, dF = loss(F, weight=1.0, out=None)`: the value of weight·L and its gradient. The gradient goes
to `out` where that is given, which may be F itself: at 1024² a second array of F's size is what memory lacks.
Values add up in float64 and stay in the array library that F came from.

A network that has learnt to see as a wider one sees carries a read-out R (C, N) for each layer: F R are the
wider network's N features, predicted. With `readout=R` content and style are measured in them: every formula
holds with F R in place of F and P R in place of P, as if the wider network had been asked. Nothing N wide is
made for it. In every trace R meets Rᵀ, so that K = R Rᵀ (C, C), worked out once, is all that the losses need.
"""

from minicnn.backend import array_module
from minicnn.checks import floating, one_of, shape_is
from minicnn.errors import OptionError, ShapeError
from minicnn.ops.gram import gram, gram_backward
from minicnn.parallel import blas_single_threaded

FORMS = ("relative", "gatys2015")


class Content:
    """How far the features F (M, C) are from the photo's features P.

    gatys2015: L = ½ Σ (F − P)²          so ∂L/∂F = F − P
    relative:  L = Σ (F − P)² / Σ P²     so ∂L/∂F = 2 (F − P) / Σ P²
    Both are L = s Σ (F − P)² with a constant s, and ∂L/∂F = 2 s (F − P), entry by entry.

    Through a read-out, with E = F − P and K = R Rᵀ: L = s Σ (E R)² = s tr(K EᵀE), which the Gram matrix of E
    decides: ∂L/∂(EᵀE) = s K. Its backward pass is the Gram matrix's own: ∂L/∂F = E(sK + sKᵀ) = 2 s E K.
    """

    def __init__(self, P, form="relative", layer="content layer", readout=None):
        matrix(P, layer)
        one_of(form, FORMS, f"content loss at {layer}: form")
        self.target, self.layer = P.copy(), layer
        self.metric = None if readout is None else metric(readout, P, layer)
        self.scale = 0.5 if form == "gatys2015" else 1 / positive(self._energy(P), layer, "photo")

    def __call__(self, F, weight=1.0, out=None):
        shape_is(F, self.target.shape, f"content loss at {self.layer}: F")
        xp = array_module(F)
        dF = xp.subtract(F, self.target, out=out)
        value = weight * self.scale * self._energy(dF)
        if self.metric is None:
            dF *= F.dtype.type(2 * weight * self.scale)
            return value, dF
        return value, gram_backward((weight * self.scale * self.metric).astype(F.dtype), dF, out=dF)

    def _energy(self, E):
        """Σ E², or Σ (E R)²."""
        return energy(E) if self.metric is None else inner(self.metric, gram(E).astype("float64"))


class GramStyle:
    """How far the Gram matrix G = FᵀF of F (M, C) is from the painting's, A = PᵀP of P (M_s, C).

    With D = G/M − A/M_s, which allows for a painting of another size than the canvas, and N = C:
    gatys2015: L = Σ (G − A·M/M_s)² / (4N²M²) = s Σ D²,  s = 1/(4N²)
    relative:  L = Σ D² / Σ (A/M_s)²          = s Σ D²,  s = 1/Σ (A/M_s)²

    The change of L with F: dL = 2s Σ_ij D_ij dG_ij / M, and dG_ij = Σ_m (dF_mi F_mj + F_mi dF_mj).
    D is symmetric, so both halves of dG add the same:   ∂L/∂F = 4s/M · F D.
    For the paper's s that is F(G − A·M/M_s)/(N²M²). Row m of it needs row m of F alone, which is why
    the gradient may overwrite F block by block.

    Through a read-out the Gram matrix of F R is RᵀGR, so that D becomes RᵀDR and N the read-out's width:
    L = s Σ (RᵀDR)² = s tr(RᵀDR RᵀDR) = s tr(D K D K) = s Σ D ∘ KDK,  K = R Rᵀ.
    It is quadratic in D, and K and D are symmetric: dL = 2s Σ dD ∘ KDK, hence ∂L/∂F = 4s/M · F KDK.
    """

    def __init__(self, P, form="relative", layer="style layer", readout=None):
        self._aim_at(normalised_gram(matrix(P, layer)), form, layer, readout)

    @classmethod
    def toward(cls, target, form="relative", layer="style layer", readout=None):
        """The same for A/M_s itself, (C, C) in float64: one of several paintings blended, say."""
        loss = cls.__new__(cls)
        loss._aim_at(target, form, layer, readout)
        return loss

    def _aim_at(self, target, form, layer, readout):
        one_of(form, FORMS, f"style loss at {layer}: form")
        self.target, self.layer = target, layer
        self.metric = None if readout is None else metric(readout, target, layer)
        if form == "gatys2015":
            self.scale = 1 / (4 * (target if readout is None else readout).shape[1] ** 2)
        else:
            self.scale = 1 / positive(inner(target, self._seen(target)), layer, "painting")

    def __call__(self, F, weight=1.0, out=None):
        if matrix(F, self.layer).shape[1] != len(self.target):
            raise ShapeError(
                f"style loss at {self.layer}: expected {len(self.target)} channels, got shape {F.shape}"
            )
        D = normalised_gram(F) - self.target
        slope = self._seen(D)
        value = weight * self.scale * inner(D, slope)
        slope *= 2 * weight * self.scale / len(F)  # half of the formula's: gram_backward adds it and its ᵀ
        return value, gram_backward(slope.astype(F.dtype), F, out)

    def _seen(self, D):
        """KDK, or D itself without a read-out."""
        if self.metric is None:
            return D
        with blas_single_threaded():  # small products: waking BLAS's threads would take longer
            return self.metric @ D @ self.metric


class TotalVariation:
    """How rough a canvas X (H, W, C) is: its steps dy = X[h+1] − X[h] and dx = X[:, w+1] − X[:, w].

    A step out of the picture counts as 0. With differences in multiples of `unit`, for each pixel and channel
    squared:   φ = dx² + dy²               ∂φ/∂dx = 2 dx
    power:     φ = (dx² + dy²)^(β/2)       ∂φ/∂dx = β (dx² + dy²)^(β/2 − 1) dx, and 0 where both are 0
    absolute:  φ = |dx| + |dy|             ∂φ/∂dx = sign dx
    L = Σ φ, or, with `mean`, the mean of φ over all entries.

    X[h, w] is subtracted in its own steps and added in those of its left and upper neighbours:
    ∂L/∂X[h, w] = px[h, w−1] − px[h, w] + py[h−1, w] − py[h, w]   with p = ∂φ/∂d.
    """

    KINDS = ("squared", "power", "absolute")

    def __init__(self, kind="squared", exponent=2.5, unit=1.0, mean=False):
        self.kind = one_of(kind, self.KINDS, "total variation: kind")
        if kind == "power" and not exponent >= 1:
            raise OptionError(f"total variation: expected an exponent of at least 1, got {exponent}")
        self.exponent, self.unit, self.mean = exponent, unit, mean

    def __call__(self, X, weight=1.0, out=None):
        if floating(X, "total variation: canvas").ndim != 3:
            raise ShapeError(f"total variation: expected a canvas (H, W, C), got shape {X.shape}")
        xp = array_module(X)
        dx, dy = xp.zeros_like(X), xp.zeros_like(X)
        xp.subtract(X[:, 1:], X[:, :-1], out=dx[:, :-1])
        xp.subtract(X[1:], X[:-1], out=dy[:-1])
        total, px, py = getattr(self, f"_{self.kind}")(dx, dy, X.dtype.type(1 / self.unit))
        weight = weight / X.size if self.mean else weight
        px *= X.dtype.type(weight / self.unit)
        py *= X.dtype.type(weight / self.unit)
        dX = xp.add(px, py, out=out)
        xp.negative(dX, out=dX)
        dX[:, 1:] += px[:, :-1]
        dX[1:] += py[:-1]
        return weight * total, dX

    def _squared(self, dx, dy, per_unit):
        total = (energy(dx) + energy(dy)) * float(per_unit) ** 2
        dx *= 2 * per_unit
        dy *= 2 * per_unit
        return total, dx, dy

    def _power(self, dx, dy, per_unit):
        xp = array_module(dx)
        dx *= per_unit
        dy *= per_unit
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

    def _absolute(self, dx, dy, per_unit):
        xp = array_module(dx)
        total = xp.sum(xp.abs(dx), dtype="float64") + xp.sum(xp.abs(dy), dtype="float64")
        return total * float(per_unit), xp.sign(dx), xp.sign(dy)


def normalised_gram(F):
    """G/M = FᵀF/M of F (M, C), in float64: a mean over places, the same for pictures of any size."""
    return gram(F).astype("float64") / len(F)


def metric(readout, like, layer):
    """K = R Rᵀ (C, C) of a read-out R (C, N), in float64 and in the array library of `like` (…, C)."""
    if matrix(readout, layer).shape[0] != like.shape[1]:
        raise ShapeError(
            f"loss at {layer}: expected a read-out from {like.shape[1]} channels, got shape {readout.shape}"
        )
    R = array_module(like).asarray(readout, dtype="float64")
    return R @ R.T


def energy(x):
    """Σ x², added up in float64, without an array of squares."""
    return inner(x, x)


def inner(x, y):
    """Σ x y, entry by entry, added up in float64."""
    return array_module(x).einsum("i,i->", x.ravel(), y.ravel(), dtype="float64")


def matrix(F, layer):
    """F, if it is a float matrix."""
    if floating(F, f"loss at {layer}: F").ndim != 2:
        raise ShapeError(f"loss at {layer}: expected features (M, C), got {F.shape}; reshape them to (-1, C)")
    return F


def positive(denominator, layer, picture):
    """The denominator of a relative error, if there is anything to be relative to."""
    if not denominator > 0:
        raise OptionError(
            f"{layer}: the {picture} leaves every feature at 0 there, and nothing can be relative to that; "
            f"leave {layer} out, or use the form gatys2015"
        )
    return float(denominator)
