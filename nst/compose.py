"""The objective of a run: targets taken from the photo and the paintings, put together with their weights."""

from minicnn.workspace import Workspace

from .losses import Content, GramStyle, TotalVariation, normalised_gram
from .networks import readouts_of
from .objective import Objective, Part
from .sizes import resize, size_within, with_margin

NARROWEST = 32  # pixels, of a painting's shorter side: less is nothing at the deepest layers


def compose(network, size, photo, paintings, settings):
    """The Objective for a picture of `size`, from uint8 pictures; either may be missing, with its terms.

    The canvas is larger than the picture by the margin, and so is the photo that it is compared with.
    Weights within content and within style add up to 1 over the layers, so that --content-weight and
    --style-weight mean the same however many layers there are.
    """
    parts = []
    if photo is not None and settings.content_weight:
        parts += _content_parts(network, with_margin(resize(photo, size), settings.margin), settings)
    if paintings and settings.style_weight:
        longest = max(size) * settings.style_scale
        parts += _style_parts(network, [_scaled(painting, longest) for painting in paintings], settings)
    if settings.tv_weight:
        parts.append(Part("tv", settings.tv_weight, _total_variation(network, settings)))
    return Objective(network, parts)


def _scaled(painting, longest):
    """The painting with its longest side as asked, or larger where its shorter one would be lost."""
    shape = painting.shape[:2]
    return resize(painting, size_within(shape, max(longest, NARROWEST * max(shape) / min(shape))))


def grey_level(network):
    """How far the network's input moves when a value of 0..255 changes by 1, as a mean over colours."""
    preprocessing = network.preprocessing
    return preprocessing.scale * sum(1 / s for s in preprocessing.std) / 3


def dtype_of(network):
    """float32, or float64 for gradient checks: what the network computes in."""
    return next(iter(network.parameters().values())).dtype


def _content_parts(network, photo, settings):
    shares, through = _normalised(settings.content_layers), _readouts(network, settings)
    targets = _visit(
        network, photo, shares, lambda F, layer: Content(F, settings.loss, layer, through.get(layer))
    )
    return [
        Part(f"content {layer}", settings.content_weight * shares[layer], loss, layer)
        for layer, loss in targets.items()
    ]


def _style_parts(network, paintings, settings):
    shares, through = _normalised(settings.style_layers), _readouts(network, settings)
    weight = settings.style_weight * settings.strength
    return [
        Part(
            f"style {layer}",
            weight * shares[layer],
            GramStyle.toward(target, settings.loss, layer, through.get(layer)),
            layer,
        )
        for layer, target in _blended_grams(network, paintings, shares).items()
    ]


def _readouts(network, settings):
    """{layer: read-out} that the losses measure through; {} where they measure the network's own features."""
    return readouts_of(network) if settings.metric == "teacher" else {}


def _blended_grams(network, paintings, layers):
    """{layer: mean of the paintings' normalised Gram matrices}."""
    blend = {}
    for painting in paintings:
        for layer, A in _visit(network, painting, layers, lambda F, _: normalised_gram(F)).items():
            blend[layer] = blend.get(layer, 0) + A / len(paintings)
    return blend


def _total_variation(network, settings):
    exponent = 2.5 if settings.tv_exponent is None else settings.tv_exponent
    if settings.loss == "relative":
        return TotalVariation(settings.tv, exponent, unit=255 * grey_level(network), mean=True)
    return TotalVariation(settings.tv, exponent)


def _visit(network, picture, layers, take):
    """{layer: take(F, layer)} of a picture, in the network's order; layers of weight 0 are left out.

    F (M, C) is let go of as soon as it is seen, and in a workspace its memory returns to the system: a
    picture's features all together need more than anything else in a run.
    """
    wanted = [layer for layer, share in layers.items() if share]
    x = network.preprocess(picture).astype(dtype_of(network), copy=False)
    found, workspace = {}, Workspace()
    for step in network.steps(x, wanted, workspace):
        before, x = x, step.forward(x)
        workspace.give(before)
        if step.name in wanted:
            found[step.name] = take(x.reshape(-1, x.shape[-1]), step.name)
    return found


def _normalised(layers):
    total = sum(layers.values())
    return {layer: weight / total for layer, weight in layers.items()}
