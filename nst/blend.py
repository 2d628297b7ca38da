"""Several paintings: one style made of them all, or each in a region of its own."""

from itertools import repeat

from minicnn.backend import array_module
from minicnn.errors import OptionError

from .losses import Guided
from .options import flag


def weights_of(settings, count):
    """What each of so many paintings counts, as shares of 1."""
    asked = settings.painting_weights
    weights = asked if isinstance(asked, tuple) else (1.0,) * count
    return [weight / sum(weights) for weight in weights]


def check_counts(settings, count):
    """Nothing, if what is told of each painting is told of as many as there are."""
    for name, serves_all in (("painting_weights", False), ("style_scale", True)):
        value = getattr(settings, name)
        told = value if isinstance(value, tuple) else (value,)
        if value is not None and len(told) != count and not (serves_all and len(told) == 1):
            raise OptionError(f"{flag(name)}: expected one number a painting, {count}, got {len(told)}")


def taken(statistic, guides, F, layer):
    """A painting's statistic of its features F (M, C) at a layer, where {layer: g (M,)} says that they count.

    None if no place is left.
    """
    if guides is None:
        return statistic(F)
    inside = guides[layer].sum(dtype="float64")
    shares = guides[layer] / inside.astype("float32") if inside else None
    return None if shares is None else statistic(F, array_module(F).asarray(shares))


def style_losses(found, toward, weights, guides=()):
    """{layer: loss} from {layer: statistic} of each painting; `toward(target, layer)` makes a style loss.

    Without guides there is one style, whose target is Ā = Σ_p w_p A_p, the weighted mean over the paintings,
    Σ w_p = 1. For a squared distance that is the same as a sum of losses,
        Σ_p w_p |G − A_p|² = |G − Ā|² + Σ_p w_p |A_p − Ā|²,
    as the last sum does not depend on the canvas: the gradients are equal, and one loss is cheaper than many.
    What differs is the value, which can come to 0 now, and the relative form. It divides by |Ā|², where
    a sum of relative losses would give a painting the less to say the stronger its contrasts are. Between
    distributions Ā is that of the features of all paintings together.

    With guides, {layer: g (M,)} for each painting, each has its region; a weight of 1/P is neutral there.
    A region that has no place at a layer in a small picture is left out at that layer.
    """
    losses = {}
    for layer in found[0]:
        regions = [
            (target[layer], weight, guide and guide[layer])
            for target, weight, guide in zip(found, weights, guides or repeat(None), strict=False)
            if target[layer] is not None and (guide is None or guide[layer].any())
        ]
        if not regions:
            continue
        targets, shares, places = zip(*regions, strict=True)
        if guides:
            own = [share * len(found) for share in shares]
            losses[layer] = Guided([toward(target, layer) for target in targets], places, own)
        else:
            blend = sum(share * target for share, target in zip(shares, targets, strict=True))
            losses[layer] = toward(blend / sum(shares), layer)
    return losses
