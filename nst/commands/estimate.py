"""`nst estimate [PHOTO [PAINTING …]]`: what a run would take, without running it."""

import numpy as np

from .. import image
from ..cli import say
from ..estimate import estimate, in_gigabytes
from ..options import add_options, given
from ..progress import clock_time
from ..settings import Settings, make
from ..transfer import Transfer
from .running import told_before


def configure(parser):
    parser.add_argument("photo", metavar="PHOTO", nargs="?", help="without one, a picture of 4:3 is made up")
    parser.add_argument(
        "paintings", metavar="PAINTING", nargs="*", help="without one, the photo is the painting"
    )
    add_options(parser, Settings)


def run(arguments):
    settings = make(**given(arguments, Settings))
    if arguments.photo is None:
        photo = np.random.default_rng(0).integers(0, 256, (384, 512, 3), dtype=np.uint8)
    else:
        photo = image.read(arguments.photo, settings.max_pixels)
    paintings = [image.read(painting, settings.max_pixels) for painting in arguments.paintings]
    transfer = Transfer(photo, paintings or [photo], settings)
    for line in told_before(transfer):
        say(line)
    found = estimate(transfer)
    for height_width, iterations in transfer.scales:
        height, width = height_width
        print(f"{width}×{height}: {iterations} iterations")
    print(f"memory: {in_gigabytes(found.bytes)}" + _of(found.available))
    print(f"time: {clock_time(found.seconds)}")
    if not found.fits:
        print(f"it does not fit; the largest --size that does is {found.largest}")
    return 0 if found.fits else 2


def _of(available):
    return "" if available is None else f" of {in_gigabytes(available)} that this process could have"
