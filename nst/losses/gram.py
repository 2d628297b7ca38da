"""Style: which features fire together, wherever that is."""

from minicnn.checks import one_of
from minicnn.errors import OptionError, ShapeError
from minicnn.ops.gram import gram, gram_backward

from .features import inner, matrix, metric, positive, product
from .forms import GRAM, RELATIVE
from .guided import guided_gram


def normalised_gram(F, shares=None):
    """G/M = FᵀF/M of F (M, C), in float64: a mean over places, the same for pictures of any size.

    With shares (M,) that add up to 1, places count by theirs.
    """
    if shares is not None:
        return guided_gram(F, shares).astype("float64")
    return gram(F).astype("float64") / len(F)


class GramStyle:
    """How far the Gram matrix G = FᵀF of F (M, C) is from the painting's, A = PᵀP of P (M_s, C).

    With D = G/M − A/M_s, which allows for a painting of another size than the canvas: L = s Σ D². In the
    relative form s = 1/Σ (A/M_s)²; the other forms' are in `forms`, the paper's 1/(4N²) among them.

    The change of L with F: dL = 2s Σ_ij D_ij dG_ij / M, and dG_ij = Σ_m (dF_mi F_mj + F_mi dF_mj).
    D is symmetric, so both halves of dG add the same:   ∂L/∂F = 4s/M · F D.
    For the paper's s that is F(G − A·M/M_s)/(N²M²). Row m of it needs row m of F alone, which is why
    the gradient may overwrite F block by block.

    Through a read-out the Gram matrix of F R is RᵀGR, so that D becomes RᵀDR and N the read-out's width:
    L = s Σ (RᵀDR)² = s tr(RᵀDR RᵀDR) = s tr(D K D K) = s Σ D ∘ KDK,  K = R Rᵀ.
    It is quadratic in D, and K and D are symmetric: dL = 2s Σ dD ∘ KDK, hence ∂L/∂F = 4s/M · F KDK.
    """

    statistic = staticmethod(normalised_gram)  # what a target is made of

    def __init__(self, P, form=RELATIVE, layer="style layer", readout=None, pixels=None):
        self._aim_at(normalised_gram(matrix(P, layer)), form, layer, readout, pixels)

    @classmethod
    def toward(cls, target, form=RELATIVE, layer="style layer", readout=None, pixels=None):
        """The same for A/M_s itself, (C, C) in float64: one of several paintings blended, say."""
        loss = cls.__new__(cls)
        loss._aim_at(target, form, layer, readout, pixels)
        return loss

    def _aim_at(self, target, form, layer, readout, pixels):
        one_of(form, (RELATIVE, *GRAM), f"style loss at {layer}: form")
        self.target, self.layer = target, layer
        self.metric = None if readout is None else metric(readout, target, layer)
        if form == RELATIVE:
            relative = 1 / positive(inner(target, self._seen(target)), layer, "painting")
            self.scale = lambda m: relative
            return
        if form == "keras" and pixels is None:
            raise OptionError(f"style loss at {layer}: the form keras needs the canvas's number of pixels")
        channels = (target if readout is None else readout).shape[1]
        self.scale = lambda m: GRAM[form](m, channels, pixels)

    def __call__(self, F, weight=1.0, out=None):
        if matrix(F, self.layer).shape[1] != len(self.target):
            raise ShapeError(
                f"style loss at {self.layer}: expected {len(self.target)} channels, got shape {F.shape}"
            )
        value, slope = self.judged(self.statistic(F), len(F), weight)
        slope /= len(F)  # half of the formula's: gram_backward adds it and its ᵀ
        return value, gram_backward(slope.astype(F.dtype), F, out)

    def judged(self, found, m, weight=1.0):
        """The same of G/M itself: the value, and the slope 2s D (or 2s KDK) with G/M."""
        D, scale = found - self.target, self.scale(m)
        slope = self._seen(D)
        value = weight * scale * inner(D, slope)
        slope *= 2 * weight * scale
        return value, slope

    def _seen(self, D):
        """KDK, or D itself without a read-out."""
        return D if self.metric is None else product(self.metric, D, self.metric)
