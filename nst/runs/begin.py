"""A new run folder."""

import re
from datetime import datetime, timezone
from pathlib import Path

from ..errors import OutputError, RunError
from ..files import check_folder_of, refusal, written_whole
from .folder import Folder
from .record import program, weights_of


def check_new(path):
    """Nothing, if a run could be begun in the folder `path`; said before any work."""
    folder = Folder(path)
    if folder.begun:
        raise RunError(
            f"{folder}: a run was begun here already; nst resume {folder} goes on with it, and a new one "
            "needs another folder"
        )
    if strangers := folder.strangers():
        raise RunError(
            f"{folder}: expected a new or an empty folder for the run, found {min(strangers)!r} in it"
        )
    if folder.path.exists() and not folder.path.is_dir():
        raise OutputError(f"{folder}: expected a folder for the run, this is a file")
    check_folder_of(folder.settings if folder.path.is_dir() else folder.path)


def begin(transfer, inputs, output):
    """The Folder of `output.run`, locked, with everything written down that `transfer` is to go on from."""
    check_new(output.run)
    folder = Folder(output.run)
    try:
        folder.path.mkdir(exist_ok=True)
    except OSError as error:
        raise OutputError(refusal(folder.path, error)) from error
    folder.hold()
    check_new(output.run)  # another process may have begun one before this one held it
    folder.clear()
    folder.write(
        {
            "begun": datetime.now(timezone.utc).isoformat(timespec="seconds"),
            "program": program(transfer.device),
            "settings": transfer.settings.record(),
            "scales": [[*scale.size, scale.iterations] for scale in transfer.scales],
            "inputs": [_kept(folder, number, one) for number, one in enumerate(inputs, start=1)],
            "weights": weights_of(transfer.settings),
            "output": {**output.record(), **_absolute(output)},
        }
    )
    return folder


def _kept(folder, number, one):
    """An input's bytes copied into the folder; what is written down of it."""
    try:
        folder.inputs.mkdir(exist_ok=True)
    except OSError as error:
        raise OutputError(refusal(folder.inputs, error)) from error
    safe = re.sub(r"[^\w.-]", "_", one.name)[-80:]
    path = folder.inputs / f"{number:02}-{one.role}-{safe}"
    with written_whole(path) as file:
        file.write(one.data)
    return {"role": one.role, "name": one.name, "file": path.name, "sha256": one.sha256}


def _absolute(output):
    """Places outside the folder, as they are called from anywhere."""
    places = {name: getattr(output, name) for name in ("output", "every_frame", "animation")}
    return {name: str(Path(place).resolve()) for name, place in places.items() if place is not None}
