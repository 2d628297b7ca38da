"""`nst demo`: a first painting, from nothing but this package."""

import importlib
from pathlib import Path

import numpy as np

from minicnn.errors import OptionError

from .. import devices, image
from ..cli import say
from ..errors import OutputError
from ..files import check_folder_of, refusal, written_whole
from ..options import Choice, Whole
from ..progress import clock_time
from ..report import Point, page
from ..settings import make
from ..sheet import Cell, contact_sheet
from ..transfer import Transfer
from .running import bar_for

STYLES = {
    "swirl": ("painting", "wind over the fields, in thick strokes"),
    "sketch": ("sketch", "a village in pen and brown ink"),
    "watercolour": ("watercolour", "a lake with sails, in washes over a pencil's lines"),
}
SIZE, ITERATIONS = 512, 120
STRENGTH = 0.4  # the houses stay houses
STRIP = 5  # pictures of the run in a row


def configure(parser):
    parser.add_argument("--out", metavar="DIR", default="nst-demo", help="where to write (default nst-demo)")
    parser.add_argument(
        "--style",
        metavar="|".join(STYLES),
        default="swirl",
        help="which of its own paintings to paint after (default swirl)",
    )
    for name, default, text in (
        ("size", SIZE, "longest side of the picture, in pixels"),
        ("iterations", ITERATIONS, "steps of the optimiser, all scales together"),
    ):
        parser.add_argument(f"--{name}", metavar="N", default=default, help=f"{text} (default {default})")
    parser.add_argument("-q", "--quiet", action="store_true", help="no bar and no words")


def run(arguments):
    style = _checked("style", Choice(*STYLES), arguments.style)
    size = _checked("size", Whole(64, 4096), arguments.size)
    iterations = _checked("iterations", Whole(1), arguments.iterations)
    out = _folder(arguments.out)
    tell = (lambda text: None) if arguments.quiet else say
    tell(f"drawing a photograph, and {STYLES[style][1]}")
    photo, painting = draw("photograph", size), draw(STYLES[style][0], size)
    image.write(out / "photo.png", photo)
    image.write(out / "painting.png", painting)
    settings = make(network="pocket", size=size, iterations=iterations, strength=STRENGTH)
    transfer = Transfer(photo, [painting], settings)
    if line := devices.fallback(transfer.device):
        tell(line)
    diary = Diary(transfer, bar_for(arguments.quiet))
    code = 0
    try:
        transfer.run(diary)
    except KeyboardInterrupt:
        code = 130
    finally:
        diary.close()
    picture = transfer.picture()
    image.write(out / "result.png", picture, transfer.settings.record())
    strip = diary.strip(picture)
    image.write(out / "strip.png", strip)
    _report(out, transfer, diary, [photo, painting, picture, strip])
    if code:
        say(f"stopped after {len(diary.points)} of {iterations} iterations; {out} holds what there is")
    elif not arguments.quiet:
        print(_farewell(out, diary))
    return code


def draw(name, size):
    """One of the demo's own pictures: uint8 RGB, `size` wide."""
    return getattr(importlib.import_module(f"nst.demo.{name}"), name)(size)


class Diary:
    """The run's callback: what every iteration came to, and pictures of some, evenly spread."""

    def __init__(self, transfer, bar):
        self.transfer, self.bar, self.points, self.pictures = transfer, bar, [], []
        total = sum(scale.iterations for scale in transfer.scales)
        self.shown = {round(share * total) for share in np.linspace(0, 1, STRIP + 1)[1:-1]} | {1}

    def __call__(self, progress):
        self.points.append(
            Point(progress.iteration, progress.scale, progress.value, progress.terms, progress.seconds)
        )
        if progress.iteration in self.shown:
            picture = self.transfer.shown(progress.canvas)
            self.pictures.append((progress.iteration, picture))
        if self.bar:
            self.bar(progress)

    def close(self):
        if self.bar:
            self.bar.close()

    def strip(self, last):
        """The run at intervals, side by side; its first scales enlarged to the size of the last."""
        height, width = last.shape[:2]
        cells = [
            Cell(_enlarged(picture, (width, height)), f"after {iteration}")
            for iteration, picture in self.pictures
        ]
        return contact_sheet([[*cells, Cell(last, f"after {len(self.points)}")]], side=256)


def _enlarged(picture, size):
    from PIL import Image

    return np.asarray(Image.fromarray(picture).resize(size, Image.Resampling.BICUBIC))


def _report(out, transfer, diary, pictures):
    captions = (
        "The photograph, drawn by nst.demo: a town by a river in the last light.",
        "The painting to learn from, drawn stroke by stroke.",
        "The photograph, painted as the painting is.",
        "The same on its way, from the coarsest scale to the finest.",
    )
    lines = (
        "A canvas begins as the photograph and is changed, step by step, until the pocket network finds the "
        "photograph's content in it and the painting's style. Every derivative on the way is written out "
        "by hand.",
    )
    told = zip(pictures, captions, strict=True)
    html = page("From two pictures to a third", [*told], diary.points, transfer.settings.record(), lines)
    with written_whole(out / "report.html") as file:
        file.write(html.encode())


def _farewell(out, diary):
    took = f" in {clock_time(diary.points[-1].seconds)}" if diary.points else ""
    return f"""\
Painted{took}: {out / "result.png"}. Open {out / "report.html"} to see how it came about.

What to try next:
  python -m nst demo --style sketch                                    another hand
  python -m nst paint PHOTO.jpg PAINTING.jpg -o out.png                pictures of your own
  python -m nst paint PHOTO.jpg PAINTING.jpg -o out.png --strength 3   more painting, less photo
  python -m nst texture PAINTING.jpg -o texture.png                    the style alone
  python -m minicnn.weights fetch vgg19                                the network that sees best (80 MB)
  python -m lessons                                                    how it works, from one pixel on"""


def _folder(name):
    out = Path(name)
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(refusal(out, error)) from error
    check_folder_of(out / "result.png")
    return out


def _checked(name, kind, text):
    try:
        return kind.check(kind.parse(str(text)))
    except (ValueError, TypeError, OverflowError):
        raise OptionError(f"--{name}: expected {kind}, got {text}") from None
