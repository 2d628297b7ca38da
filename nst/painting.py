"""`paint`: from two pictures to a third, in one call."""

import warnings

from PIL import Image

from . import image
from .settings import make
from .transfer import Transfer


def paint(photo, painting, *, callback=None, **options):
    """The photo, painted as the painting is, as a Pillow image.

    Pictures may be paths, Pillow images or uint8 arrays. `callback(progress)` is called after every
    iteration; what it returns true for ends the run. Options are those of the command line, by the same
    names: `paint("photo.jpg", "painting.jpg", size=512, strength=2)`.
    """
    settings = make(**options)
    transfer = Transfer(
        image.read(photo, settings.max_pixels), [image.read(painting, settings.max_pixels)], settings
    )
    return painted(transfer, callback)


def painted(transfer, callback):
    """The picture of a run, as a Pillow image; warns whoever left the network open and does without VGG19."""
    if transfer.notice:
        warnings.warn(transfer.notice, stacklevel=3)
    return Image.fromarray(transfer.run(callback))
