"""`paint`: from two pictures to a third, in one call; `resume`: to the end of what was broken off."""

import warnings

from PIL import Image

from minicnn import backend

from . import devices, inputs, runs
from .session import Session, resumed
from .settings import Output, make


def paint(photo, painting, *, callback=None, run=None, **options):
    """The photo, painted as the painting is, as a Pillow image.

    Pictures may be paths, Pillow images or uint8 arrays, and paintings a list. `callback(progress)` is called
    after every iteration; what it returns true for ends the run. `run` names a folder that keeps all there is
    to know of it, see `nst.runs`. Options are those of the command line, by the same names:
    `paint("photo.jpg", "painting.jpg", size=512, strength=2)`.
    """
    settings = make(**options)
    if run is not None:
        runs.check_new(run)
    given = inputs.gather(photo, several(painting), settings)
    transfer, _ = inputs.transfer_of(given, settings)
    if run is None:
        return painted(transfer, callback)
    output = Output(run=str(run), keep_alpha=False)
    folder = runs.begin(transfer, given, output)
    text = inputs.text(transfer.settings.record(), given)
    return _kept(Session(transfer, output, text, folder=folder), callback)


def resume(folder, *, callback=None, iterations=0, weights=None):
    """The picture of a run that was broken off, painted to its end; options as those of `nst resume`."""
    return _kept(resumed(runs.reopen(folder, weights, iterations)), callback)


def several(painting):
    """Paintings as a list, whether one was given or more."""
    return list(painting) if isinstance(painting, list | tuple) else [painting]


def painted(transfer, callback):
    """The picture of a run, as a Pillow image."""
    _warn(transfer)
    return Image.fromarray(transfer.run(callback))


def _kept(session, callback):
    """The picture of a session; an interrupt goes on once everything is written."""
    _warn(session.transfer)
    try:
        if session.run(callback):
            raise KeyboardInterrupt
    finally:
        session.close()
    return Image.fromarray(session.transfer.picture())


def _warn(transfer):
    """Whoever does without VGG19, not having chosen so, or without a GPU that the machine seems to have."""
    if transfer.notice:
        warnings.warn(transfer.notice, stacklevel=4)
    if transfer.device.reason and backend.driver():
        warnings.warn(devices.fallback(transfer.device), stacklevel=4)
