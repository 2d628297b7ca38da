"""Content, style, total variation and the α-norm: values and gradients, derived by hand.

Each loss comes in several forms. "relative", our default, divides each term by the size of its target, so
that every term is a relative error: 0 at the target, 1 as far from it as nothing at all. "gatys2015" is the
paper's. The others are those of programs that people know; `forms` lists what each divides by.

Features come as the matrix F (M, C): M places, C channels. Every loss is made with its target and called
as `value, dF = loss(F, weight=1.0, out=None)`: the value of weight·L and its gradient. The gradient goes
to `out` where that is given, which may be F itself: at 1024² a second array of F's size is what memory lacks.
Values add up in float64 and stay in the array library that F came from.

A network that has learnt to see as a wider one sees carries a read-out R (C, N) for each layer: F R are the
wider network's N features, predicted. With `readout=R` content and style are measured in them: every formula
holds with F R in place of F and P R in place of P, as if the wider network had been asked. Nothing N wide is
made for it. In every trace R meets Rᵀ, so that K = R Rᵀ (C, C), worked out once, is all that most losses
need.

Style losses take what they want of the features by `statistic(F, shares=None)`, a mean over places, and judge
that: `value, slope = loss.judged(statistic, M)`. So targets may be blended, and places may count by shares.

Two kinds of gradient here belong to no loss: one that was divided by its own size, and one of a total
variation that is left out of the value. Such a loss says so by `of_no_loss`, and finite differences do not
apply to it.
"""

from .alpha import AlphaNorm
from .content import Content
from .forms import FORMS
from .gram import GramStyle, normalised_gram
from .guided import Guided
from .unit import UnitGradient
from .variation import Laplacian, MeanSquares, NinePoint, TotalVariation, UncountedVariation
from .wasserstein import WassersteinStyle, moments

__all__ = [
    "FORMS",
    "AlphaNorm",
    "Content",
    "GramStyle",
    "Guided",
    "Laplacian",
    "MeanSquares",
    "NinePoint",
    "TotalVariation",
    "UncountedVariation",
    "UnitGradient",
    "WassersteinStyle",
    "moments",
    "normalised_gram",
]
