"""`nst reconstruct IMAGE --layer relu4_2 | --style-up-to relu3_1 [--prior tv|alpha|both] -o OUT`."""

from .. import inputs
from ..options import add_options, given
from ..reconstruct import reconstruction_settings
from ..settings import Aim, Output, Settings
from .running import output_of, paint_and_write

WITHOUT = {"content_layers", "style_layers", "strength", "mix"}  # what the layer asked for decides
WITHOUT |= {"painting_weights", "masks", "painting_masks", "colours"}  # what is between photo and paintings


def configure(parser):
    parser.add_argument("image", metavar="IMAGE", help="the picture to find again")
    add_options(parser, Aim)
    add_options(parser, Output)
    add_options(parser, Settings, [name for name in Settings.names() if name not in WITHOUT])


def run(arguments):
    aim = Aim(**given(arguments, Aim))
    settings = reconstruction_settings(aim, given(arguments, Settings))
    output = output_of(arguments)
    of_style = aim.style_up_to is not None
    photo, paintings = (None, [arguments.image]) if of_style else (arguments.image, [])
    return paint_and_write(inputs.gather(photo, paintings, settings), settings, output)
