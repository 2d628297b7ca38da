"""`nst reconstruct IMAGE --layer relu4_2 | --style-up-to relu3_1 -o OUT`."""

from .. import inputs
from ..options import add_options, given
from ..reconstruct import reconstruction_settings
from ..settings import Output, Settings
from .running import output_of, paint_and_write

WITHOUT = {"content_layers", "style_layers", "strength", "mix"}  # what the layer asked for decides
WITHOUT |= {"painting_weights", "masks", "painting_masks", "colours"}  # what is between photo and paintings


def configure(parser):
    parser.add_argument("image", metavar="IMAGE", help="the picture to find again")
    parser.add_argument("--layer", metavar="LAYER", help="from this layer's features")
    parser.add_argument(
        "--style-up-to", metavar="LAYER", help="from the Gram matrices of the style layers up to this one"
    )
    add_options(parser, Output)
    add_options(parser, Settings, [name for name in Settings.names() if name not in WITHOUT])


def run(arguments):
    options = given(arguments, Settings)
    settings = reconstruction_settings(arguments.layer, arguments.style_up_to, options)
    output = output_of(arguments)
    of_style = arguments.style_up_to is not None
    photo, paintings = (None, [arguments.image]) if of_style else (arguments.image, [])
    return paint_and_write(inputs.gather(photo, paintings, settings), settings, output)
