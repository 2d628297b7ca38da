"""A weight file as bytes: opened once, never believed, never read past its end."""

import hashlib
import os
import stat
from functools import cached_property
from pathlib import Path

from ..errors import WeightFileError

LARGEST = 2 << 30  # no file of a network in the zoo comes near; a larger one is refused unread
WHOLE = 128 << 20  # up to here a file is read once, whole; of a larger one, only what is asked for


class Source:
    """An open file of known size; `read(offset, length)` gives exactly those bytes or refuses."""

    def __init__(self, path):
        self.path = Path(path)
        try:
            status = self.path.stat()
            if not stat.S_ISREG(status.st_mode):
                raise WeightFileError("expected a file, found a folder or a device")
            self._file = self.path.open("rb", buffering=0)
        except OSError as error:
            raise WeightFileError(f"it cannot be read ({error.strerror or error})") from error
        self.size = os.fstat(self._file.fileno()).st_size
        self._opened = [self]
        if self.size > LARGEST:
            self.close()
            raise WeightFileError(f"expected at most {LARGEST >> 20} MB, found {self.size >> 20} MB")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for source in self._opened:
            source.close()

    def close(self):
        self._file.close()

    def beside(self, name):
        """Another file in the same folder, closed together with this one."""
        source = Source(self.path.parent / name)
        self._opened.append(source)
        return source

    @cached_property
    def whole(self):
        """The file's bytes, if it is small; None if it is large."""
        return self._exactly(0, self.size) if self.size <= WHOLE else None

    def read(self, offset, length):
        """`length` bytes from `offset` on; read-only where they belong to the whole file."""
        if offset < 0 or length < 0 or offset + length > self.size:
            raise WeightFileError(
                f"it ends at byte {self.size}, where bytes {offset} to {offset + length} were expected"
            )
        if self.whole is not None:
            return memoryview(self.whole)[offset : offset + length].toreadonly()
        return self._exactly(offset, length)

    def head(self, length):
        """The first bytes, however few there are."""
        return bytes(self._exactly(0, min(length, self.size)))

    @cached_property
    def sha256(self):
        """The file's checksum; a large file streams through and leaves nothing in memory."""
        digest = hashlib.sha256()
        if self.whole is not None:
            digest.update(self.whole)
        else:
            for offset in range(0, self.size, 1 << 20):
                digest.update(self._exactly(offset, min(1 << 20, self.size - offset)))
        return digest.hexdigest()

    def _exactly(self, offset, length):
        data, done = bytearray(length), 0
        self._file.seek(offset)
        while done < length:
            count = self._file.readinto(memoryview(data)[done:])
            if not count:
                raise WeightFileError("it grew shorter while it was read")
            done += count
        return data
