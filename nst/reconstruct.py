"""What a layer still knows: pictures made from content alone, or from style alone.

A picture is found whose features (content) or Gram matrices (style) are those of a given one, starting
from noise. What comes back is what the layer keeps; what does not has been lost on the way to it.

Many pictures share a deep layer's features, and most of them are noise. A prior chooses among them one that
is like a picture (Mahendran & Vedaldi 2014): it lowers, with the relative content error, the total variation
Σ (dx² + dy²)^(β/2), or the α-norm of the colours less the mean colour, or both.
"""

from minicnn.errors import OptionError

from . import image, networks
from .painting import painted, several
from .settings import PRIORS, Aim, make
from .transfer import Transfer

FROM_NOISE = {"start": "noise"}
AT_ONE_SCALE = {"start": "noise", "scales": 1}  # as in the paper: what is there must come from this layer


def texture(painting, *, callback=None, **options):
    """The style of a painting, or of several, and nothing else, from noise; options as for `paint`."""
    settings = make(**{**FROM_NOISE, **options})
    paintings = [image.read(one, settings.max_pixels) for one in several(painting)]
    return painted(Transfer(None, paintings, settings), callback)


def reconstruct(picture, layer=None, *, style_up_to=None, prior=None, callback=None, **options):
    """A picture from one layer's features, or from the Gram matrices of the style layers up to one.

    `reconstruct("photo.jpg", "relu4_2")`, `reconstruct("painting.jpg", style_up_to="relu3_1")`, and with a
    prior `reconstruct("photo.jpg", "relu5_1", prior="tv")`.
    """
    settings = reconstruction_settings(Aim(layer, style_up_to, prior), options)
    run = reconstruction_run(image.read(picture, settings.max_pixels), settings, style_up_to is not None)
    return painted(run, callback)


def reconstruction_settings(aim, options):
    """Settings for one layer's content, or for the style of all style layers up to one."""
    options = {**AT_ONE_SCALE, **PRIORS.get(aim.prior, {}), **options}
    if aim.layer is not None:
        return make(**{"content_weight": 1.0, **options, "content_layers": {aim.layer: 1.0}})
    return make(**{**options, "style_layers": layers_up_to(aim.style_up_to, options)})


def style_layers(options):
    """The layers whose styles the paper adds one by one, in the network that the options come to."""
    return list(networks.DEFAULTS[networks.chosen(make(**options))].style_layers)


def layers_up_to(last, options):
    """{style layer: 1.0} from the first to `last`."""
    names = style_layers(options)
    if last not in names:
        raise OptionError(f"--style-up-to: expected one of {', '.join(names)}, got {last}")
    return dict.fromkeys(names[: names.index(last) + 1], 1.0)


def texture_run(painting, settings, network=None):
    """The Transfer that makes a texture of a uint8 painting."""
    return Transfer(None, [painting], settings, network)


def reconstruction_run(picture, settings, of_style, network=None):
    """The Transfer that reconstructs a uint8 picture."""
    if of_style:
        return texture_run(picture, settings, network)
    return Transfer(picture, [], settings, network)
