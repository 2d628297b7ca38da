"""`nst figures 1|2|3|slides|inversions PICTURES --out DIR`."""

from pathlib import Path

from minicnn.errors import OptionError

from .. import devices, figures, image, networks
from ..cli import say
from ..errors import OutputError
from ..files import check_folder_of, refusal
from ..options import add_options, given
from ..settings import Settings, make
from .running import bar_for

FIGURES = {"1": 1, "2": None, "3": 1, "slides": 1, "inversions": 0}  # and how many paintings each takes
OPTIONS = (
    "size",
    "quality",
    "iterations",
    "max_pixels",
    "seed",
    "network",
    "weights",
    "pooling",
    "edges",
    "device",
    "optimizer",
    "history",
)


def configure(parser):
    parser.add_argument(
        "figure",
        metavar="|".join(FIGURES),
        choices=FIGURES,
        help="1: reconstructions; 2: one photo in several paintings; 3: style layers × α/β; slides: rows of "
        "α/β, of starts, of style layers; inversions: of a photo alone, without and with priors",
    )
    parser.add_argument("photo", metavar="PHOTO")
    parser.add_argument(
        "paintings", metavar="PAINTING", nargs="*", help="one; for figure 2 as many as you like"
    )
    parser.add_argument("--out", metavar="DIR", required=True, help="folder for the pictures and their sheet")
    parser.add_argument("-q", "--quiet", action="store_true", help="no bar and no summary")
    add_options(parser, Settings, OPTIONS)


def run(arguments):
    options = {"size": 256, **given(arguments, Settings)}
    settings = make(**options)
    limit = settings.max_pixels
    count = len(arguments.paintings)
    if arguments.figure == "2" and not count:
        raise OptionError("figure 2 takes one painting or more, got none")
    if arguments.figure != "2" and count != FIGURES[arguments.figure]:
        expected = "one painting" if FIGURES[arguments.figure] else "no painting"
        raise OptionError(f"figure {arguments.figure} takes {expected}, got {count}")
    for line in (devices.fallback(devices.chosen(settings)), networks.notice(settings)):
        if line and not arguments.quiet:
            say(line)
    options["network"] = networks.chosen(settings)
    photo = image.read(arguments.photo, limit)
    paintings = {Path(path).stem: image.read(path, limit) for path in arguments.paintings}
    first = next(iter(paintings.values()), None)
    folder = _folder(arguments.out)
    rows = {
        "1": lambda: figures.figure_1(photo, first, options),
        "2": lambda: figures.figure_2(photo, paintings),
        "3": lambda: figures.figure_3(photo, first, options),
        "slides": lambda: figures.slides(photo, first, options),
        "inversions": lambda: figures.inversions(photo, options),
    }[arguments.figure]()
    sheet = figures.draw(rows, folder, f"figure-{arguments.figure}", options, _teller(arguments.quiet))
    if not arguments.quiet:
        say(f"{sheet}: the sheet, with its pictures beside it")
    return 0


def _folder(path):
    folder = Path(path)
    try:
        folder.mkdir(exist_ok=True)
    except OSError as error:
        raise OutputError(refusal(folder, error)) from error
    check_folder_of(folder / "figure.png")
    return folder


def _teller(quiet):
    bars = []

    def before(panel, number, panels):
        if bars:
            bars.pop().close()
        if not quiet:
            say(f"{number} of {panels}: {panel.label}")
        if bar := bar_for(quiet):
            bars.append(bar)
        return bar

    return before
