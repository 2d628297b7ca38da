"""`nst look IMAGE [IMAGE …] --layer relu3_1 [--unit K | --strongest N] -o OUT`."""

from dataclasses import asdict

from .. import image, networks
from .. import look as looking
from ..cli import say
from ..options import add_options, given
from ..settings import Look, Output, Settings, make
from .running import output_of

OPTIONS = ("size", "size_is", "max_pixels", "network", "weights", "pooling", "edges")


def configure(parser):
    parser.add_argument("images", metavar="IMAGE", nargs="+", help="pictures in which to look for the places")
    add_options(parser, Look)
    add_options(parser, Output, ["output", "quiet"])
    add_options(parser, Settings, OPTIONS)


def run(arguments):
    what = Look(**given(arguments, Look))
    settings = make(**{**looking.WITH_SWITCHES, **given(arguments, Settings)})
    output = output_of(arguments)
    notice = networks.notice(settings)
    settings, network = looking.prepared(what, settings)
    pictures = [image.read(path, settings.max_pixels) for path in arguments.images]
    if notice and not output.quiet:
        say(notice)
    sheet = looking.sheet(pictures, what, settings, network)
    record = {**asdict(what), **{name: getattr(settings, name) for name in OPTIONS}}
    image.write(output.output, sheet, record)
    if not output.quiet:
        say(f"{output.output}: {sheet.shape[1]}×{sheet.shape[0]}, {what.layer} of {settings.network}")
    return 0
