"""Files written whole or not at all: beside their place first, then moved into it in one step."""

import errno
import os
import secrets
from contextlib import contextmanager, suppress
from pathlib import Path

from .errors import OutputError


@contextmanager
def written_whole(path):
    """A binary file to write to; `path` holds it once the block ends well, and what it held before if not."""
    target = Path(os.path.realpath(path))  # through a link to the file itself, so that the link stays
    part = target.with_name(f".{target.name}.{secrets.token_hex(4)}.part")
    try:
        with part.open("xb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        part.replace(target)
    except OSError as error:
        raise OutputError(refusal(path, error)) from error
    finally:
        with suppress(OSError):
            part.unlink()


def check_folder_of(path):
    """Nothing, if a file could be written to `path`; said before any work rather than after it."""
    if os.path.isdir(path):
        raise OutputError(
            f"{path}: expected the name of a file, this is a folder; add a name such as picture.png"
        )
    part = Path(path).with_name(f".{Path(path).name}.{secrets.token_hex(4)}.part")
    try:
        part.open("xb").close()
    except OSError as error:
        raise OutputError(refusal(path, error)) from error
    finally:
        with suppress(OSError):
            part.unlink()


def refusal(path, error):
    """Why `path` cannot be written, and what to do about it."""
    folder = Path(path).parent
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return f"{path}: the disk is full; make room, or write to another one"
    if not os.path.exists(folder):
        return f"{path}: the folder {folder} does not exist; make it first"
    if not os.path.isdir(folder):
        return f"{path}: {folder} is a file, not a folder"
    if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        return f"{path}: the folder {folder} cannot be written to; choose another, or change its permissions"
    if error.errno == errno.EEXIST:
        return f"{path}: expected a folder, this is a file"
    if error.errno == errno.ENAMETOOLONG:
        return f"{path}: the name is too long"
    return f"{path}: cannot be written ({error.strerror or error})"
