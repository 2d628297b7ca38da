"""`nst paint PHOTO PAINTING -o OUT`."""

from pathlib import Path

from .. import image
from ..options import add_options, given
from ..settings import Output, Settings, make
from ..transfer import Transfer
from .running import output_of, paint_and_write


def configure(parser):
    parser.add_argument("photo", metavar="PHOTO", help="the picture to paint")
    parser.add_argument("painting", metavar="PAINTING", help="the picture to learn the style from")
    add_options(parser, Output)
    add_options(parser, Settings)


def run(arguments):
    settings, output = make(**given(arguments, Settings)), output_of(arguments)
    photo = image.read(arguments.photo, settings.max_pixels)
    painting = image.read(arguments.painting, settings.max_pixels)
    transfer = Transfer(photo, [painting], settings)
    made_from = {"photo": Path(arguments.photo).name, "painting": Path(arguments.painting).name}
    return paint_and_write(transfer, output, made_from)
