"""Content: the features themselves, place by place."""

from minicnn.backend import array_module
from minicnn.checks import one_of, shape_is
from minicnn.ops.gram import gram, gram_backward

from .features import energy, inner, matrix, metric, positive
from .forms import CONTENT, FORMS, RELATIVE


class Content:
    """How far the features F (M, C) are from the photo's features P.

    L = s Σ (F − P)² with a constant s, so ∂L/∂F = 2 s (F − P), entry by entry. In the relative form s = 1/Σ
    P²; the other forms' are in `forms`, the paper's ½ among them.

    Through a read-out, with E = F − P and K = R Rᵀ: L = s Σ (E R)² = s tr(K EᵀE), which the Gram matrix of E
    decides: ∂L/∂(EᵀE) = s K. Its backward pass is the Gram matrix's own: ∂L/∂F = E(sK + sKᵀ) = 2 s E K.
    """

    def __init__(self, P, form=RELATIVE, layer="content layer", readout=None):
        matrix(P, layer)
        one_of(form, FORMS, f"content loss at {layer}: form")
        self.target, self.layer = P.copy(), layer
        self.metric = None if readout is None else metric(readout, P, layer)
        if form == RELATIVE:
            self.scale = 1 / positive(self._energy(P), layer, "photo")
        else:
            self.scale = CONTENT[form](len(P), (P if readout is None else readout).shape[1])

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
