"""The folder that a site goes into: ours or empty, written a whole file at a time, without leftovers."""

import contextlib
import json
import os
from pathlib import Path

from ..errors import LessonError

KEPT = ".kept"  # what is not a page: runs, and the list of files


class Folder:
    """Writes files below `path`; `tidy` deletes those of an earlier build that this one did not write."""

    def __init__(self, path):
        self.path, self.written, self.changed = Path(path), set(), 0
        self.kept = self.path / KEPT
        with refusing(self.path):
            if self.path.exists() and not self.path.is_dir():
                raise LessonError(f"{path}: expected a folder, this is a file; choose another name")
            if self.path.is_dir() and any(self.path.iterdir()) and not self.kept.is_dir():
                raise LessonError(
                    f"{path}: there are other files in this folder; name a new one, an empty one, "
                    "or one that was built before"
                )
            self.kept.mkdir(parents=True, exist_ok=True)
            self.before = self._list()

    def write(self, name, content):
        """Makes the file NAME hold `content`, text or bytes; nothing happens to one that does already."""
        data = content.encode("utf-8") if isinstance(content, str) else content
        target = self.path / name
        self.written.add(name)
        with refusing(target):
            if target.is_file() and target.read_bytes() == data:
                return
            target.parent.mkdir(parents=True, exist_ok=True)
            beside = target.with_name(f".{target.name}.{os.getpid()}")
            try:
                beside.write_bytes(data)
                os.replace(beside, target)
            finally:
                beside.unlink(missing_ok=True)
        self.changed += 1

    def keeps(self, name, key, below):
        """Whether `.kept/NAME` holds that key and the files below these folders are all there: they stay."""
        mark, listed = f"{KEPT}/{name}", {n for names in self.before.values() for n in names}
        files = {n for n in listed if n == mark or n.startswith(below)}
        if mark not in files or not all((self.path / n).is_file() for n in files):
            return False
        if (self.path / mark).read_text(encoding="utf-8") != key:
            return False
        self.written |= files
        return True

    def tidy(self, kind):
        """Ends a build of that kind: what it wrote the last time and not now goes."""
        with refusing(self.path):
            others = {name for other, names in self.before.items() if other != kind for name in names}
            for name in sorted(set(self.before.get(kind, ())) - self.written - others):
                self._delete(self.path / name)
        self.before[kind] = sorted(self.written)
        lines = json.dumps(self.before, indent=1)
        self.write(f"{KEPT}/files.json", lines)

    def _delete(self, file):
        """The file, and its folder if nothing else is in it; never anything outside our folder."""
        if self.path.resolve() not in file.resolve().parents:
            return
        file.unlink(missing_ok=True)
        if file.parent != self.path and file.parent.is_dir() and not any(file.parent.iterdir()):
            file.parent.rmdir()

    def _list(self):
        """{kind of build: files it wrote}; nothing where the list cannot be understood."""
        try:
            found = json.loads((self.kept / "files.json").read_text(encoding="utf-8"))
            return {str(kind): [str(name) for name in names] for kind, names in found.items()}
        except (OSError, ValueError, AttributeError, TypeError):
            return {}


@contextlib.contextmanager
def refusing(path):
    """Makes what the system refuses at `path` an error of one line."""
    try:
        yield
    except OSError as error:
        raise LessonError(f"{path}: cannot be written ({error.strerror or error})") from None
