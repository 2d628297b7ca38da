"""`nst texture PAINTING [PAINTING …] -o OUT`."""

from .. import inputs
from ..options import add_options, given
from ..reconstruct import FROM_NOISE
from ..settings import Output, Settings, make
from .running import output_of, paint_and_write

# What only a photo gives a meaning to.
WITHOUT = {"crop", "content_weight", "content_layers", "mix", "masks", "colours"}


def configure(parser):
    parser.add_argument("paintings", metavar="PAINTING", nargs="+", help="pictures to learn the style from")
    add_options(parser, Output)
    add_options(parser, Settings, [name for name in Settings.names() if name not in WITHOUT])


def run(arguments):
    settings = make(**{**FROM_NOISE, **given(arguments, Settings)})
    output = output_of(arguments)
    return paint_and_write(inputs.gather(None, arguments.paintings, settings), settings, output)
