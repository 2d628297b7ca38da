"""`nst paint PHOTO PAINTING [PAINTING …] -o OUT`."""

from .. import inputs
from ..options import add_options, given
from ..settings import Output, Settings, make
from .running import output_of, paint_and_write


def configure(parser):
    parser.add_argument("photo", metavar="PHOTO", help="the picture to paint")
    parser.add_argument("paintings", metavar="PAINTING", nargs="+", help="pictures to learn the style from")
    add_options(parser, Output)
    add_options(parser, Settings)


def run(arguments):
    settings, output = make(**given(arguments, Settings)), output_of(arguments)
    return paint_and_write(inputs.gather(arguments.photo, arguments.paintings, settings), settings, output)
