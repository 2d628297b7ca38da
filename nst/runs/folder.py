"""What lies where in a run folder, and who may work in it."""

import json
import os
import platform
import shutil
from contextlib import suppress
from pathlib import Path

from minicnn.weights.cache import try_lock

from ..errors import OutputError, RunError
from ..files import refusal, written_whole
from . import form

NAMES = ("settings.json", "inputs", "losses.csv", "checkpoint.npz", "snapshots", "frames", "lock")
MADE = ("result.png", "report.html")


class Folder:
    """Paths in a run folder. `hold` keeps every other process out until `let_go`, or until this one ends."""

    def __init__(self, path):
        self.path = Path(path)
        self.settings, self.inputs, self.losses, self.checkpoint, self.snapshots, self.frames, self.lock = (
            self.path / name for name in NAMES
        )
        self.result, self.report = (self.path / name for name in MADE)
        self._held = None

    def __str__(self):
        return str(self.path)

    @property
    def begun(self):
        """Whether it holds a run; settings.json is the last thing that is written before the first step."""
        return self.settings.is_file()

    def hold(self):
        """Lock the folder, and clear away what a process that was killed left half-written."""
        try:
            file = self.lock.open("a+b")
        except OSError as error:
            raise OutputError(refusal(self.lock, error)) from error
        if not try_lock(file):
            file.seek(0)
            holder = file.read(200).decode(errors="replace").strip() or "another process"
            file.close()
            raise RunError(f"{self}: {holder} is at work in this folder; wait for it, or choose another")
        try:
            file.truncate(0)
            file.write(f"process {os.getpid()} on {platform.node()}".encode())
            file.flush()
        except OSError as error:
            with suppress(OSError):  # of what could not be written
                file.close()
            raise OutputError(refusal(self.lock, error)) from error
        self._held = file
        for part in self.path.rglob(".*.part"):
            with suppress(OSError):
                part.unlink()
        return self

    def let_go(self):
        if self._held is not None:
            self._held.close()
            self._held = None

    def strangers(self):
        """What lies here that no run wrote."""
        known = (*NAMES, *MADE)
        names = os.listdir(self.path) if self.path.is_dir() else ()
        return [name for name in names if name not in known and not name.endswith(".part")]

    def clear(self):
        """Away with the traces of a run that was killed before it began."""
        shutil.rmtree(self.inputs, ignore_errors=True)

    def read(self):
        """settings.json as a dict, of the form that a run writes."""
        try:
            record = json.loads(self.settings.read_text(encoding="utf-8"))
        except (FileNotFoundError, NotADirectoryError):
            raise RunError(
                f"{self}: no run was begun here, as settings.json is missing; begin one with: "
                f"nst paint … --run {self}"
            ) from None
        except (OSError, ValueError) as error:
            raise RunError(f"{self.settings}: cannot be read ({error})") from error
        form.check(record, self.settings)
        return record

    def write(self, record):
        """The same back."""
        with written_whole(self.settings) as file:
            file.write(json.dumps(record, indent=1, ensure_ascii=False).encode())
