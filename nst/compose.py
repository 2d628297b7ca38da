"""The objective of a run: targets taken from the photo and the paintings, put together with their weights."""

from functools import partial
from itertools import repeat

import numpy as np

from minicnn.workspace import Workspace

from .blend import style_losses, taken, weights_of
from .losses import (
    AlphaNorm,
    Content,
    GramStyle,
    Laplacian,
    MeanSquares,
    NinePoint,
    TotalVariation,
    UncountedVariation,
    UnitGradient,
    WassersteinStyle,
)
from .losses.forms import DEEPPY, RELATIVE, WASSERSTEIN
from .networks import readouts_of
from .objective import Objective, Part
from .regions import EVERYWHERE
from .sizes import painting_for, resize, with_margin


def compose(network, size, photo, paintings, settings, regions=EVERYWHERE):
    """The Objective for a picture of `size`, from uint8 pictures; either may be missing, with its terms.

    `regions` tell where each painting applies. The canvas is larger than the picture by the margin, and so is
    the photo that it is compared with. Unless each counts as it is, weights within content and within style
    add up to 1 over the layers, so that --content-weight and --style-weight mean the same however many layers
    there are.
    """
    parts = []
    if photo is not None and settings.content_weight:
        parts += _content_parts(network, with_margin(resize(photo, size), settings.margin), settings)
    if paintings and settings.style_weight:
        parts += _style_parts(network, size, paintings, settings, regions)
    if settings.tv_weight:
        parts.append(Part("tv", settings.tv_weight, _total_variation(network, settings)))
    if settings.alpha_weight:
        parts.append(Part("alpha", settings.alpha_weight, _alpha_norm(network, settings)))
    return Objective(network, parts, Workspace(settings.precision))


def grey_levels(network):
    """How far each channel of the network's input moves when a value of 0..255 changes by 1, (3,)."""
    preprocessing = network.preprocessing
    return preprocessing.scale / np.array(preprocessing.std)


def dtype_of(network):
    """float32, or float64 for gradient checks: what the network computes in."""
    return next(iter(network.parameters().values())).dtype


def _content_parts(network, photo, settings):
    shares, through = _shares(settings.content_layers, settings), _readouts(network, settings)
    targets = _visit(
        network, photo, shares, lambda F, layer: Content(F, settings.loss, layer, through.get(layer))
    )
    return [
        Part(f"content {layer}", settings.content_weight * shares[layer], _balanced(loss, settings), layer)
        for layer, loss in targets.items()
    ]


def _style_parts(network, size, paintings, settings, regions):
    layers, found = _shares(settings.style_layers, settings), []
    statistic, toward = _style(network, size, settings)
    guides = regions.in_paintings(network, size, settings) or repeat(None)
    for number, (painting, guide) in enumerate(zip(paintings, guides, strict=False)):
        seen = painting_for(painting, size, settings, number)
        found.append(_visit(network, seen, layers, partial(taken, statistic, guide)))
    weight, shares = settings.style_weight * settings.strength, weights_of(settings, len(paintings))
    losses = style_losses(found, toward, shares, regions.on_canvas(network, size, settings))
    return [
        Part(f"style {layer}", weight * layers[layer], _balanced(loss, settings), layer)
        for layer, loss in losses.items()
    ]


def _style(network, size, settings):
    """What the style loss takes of features, and toward(target, layer), which makes it."""
    through = _readouts(network, settings)
    if settings.loss == WASSERSTEIN:
        return WassersteinStyle.statistic, lambda target, layer: WassersteinStyle.toward(
            target, layer, through.get(layer)
        )
    pixels = (size[0] + 2 * settings.margin) * (size[1] + 2 * settings.margin)
    return GramStyle.statistic, lambda target, layer: GramStyle.toward(
        target, settings.loss, layer, through.get(layer), pixels
    )


def _balanced(loss, settings):
    """The loss, its gradient brought to one size if its form asks for that."""
    return UnitGradient(loss) if settings.loss == DEEPPY else loss


def _readouts(network, settings):
    """{layer: read-out} that the losses measure through; {} where they measure the network's own features."""
    return readouts_of(network) if settings.metric == "teacher" else {}


def _total_variation(network, settings):
    """Of values of 0..1 and as a mean where the form is a relative one, else of the network's input."""
    as_values, unit = _values(network, settings)
    others = {
        "means": MeanSquares,
        "nine-point": NinePoint,
        "uncounted": UncountedVariation,
        "laplacian": Laplacian,
    }
    if settings.tv in others:
        return others[settings.tv](unit)
    exponent = 2.5 if settings.tv_exponent is None else settings.tv_exponent
    kind = settings.tv.removeprefix("inner-")
    return TotalVariation(kind, exponent, unit, mean=as_values, inner=kind != settings.tv)


def _alpha_norm(network, settings):
    """As the total variation: of values of 0..1 and as a mean, or of the network's input."""
    as_values, unit = _values(network, settings)
    exponent = 6.0 if settings.alpha_exponent is None else settings.alpha_exponent
    return AlphaNorm(exponent, unit, mean=as_values)


def _values(network, settings):
    """Whether priors measure values of 0..1 and take means, and how far the input moves with 1 of those."""
    as_values = settings.loss in (RELATIVE, WASSERSTEIN)
    return as_values, network.put(255 * grey_levels(network)) if as_values else 1.0


def _visit(network, picture, layers, take):
    """{layer: take(F, layer)} of a picture, in the network's order; layers of weight 0 are left out.

    F (M, C) is let go of as soon as it is seen, and in a workspace its memory returns to the system: a
    picture's features all together need more than anything else in a run.
    """
    wanted = [layer for layer, share in layers.items() if share]
    x = network.put(network.preprocessing.from_values(picture.astype(dtype_of(network)))[None])
    found, workspace = {}, Workspace()
    for step in network.steps(x, wanted, workspace):
        before, x = x, step.forward(x)
        workspace.give(before)
        if step.name in wanted:
            found[step.name] = take(x.reshape(-1, x.shape[-1]), step.name)
    return found


def _shares(layers, settings):
    """{layer: weight}: shares of 1, or each as it is."""
    total = sum(layers.values()) if settings.layer_weights == "shared" else 1.0
    return {layer: weight / total for layer, weight in layers.items()}
