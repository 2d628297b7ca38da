"""What the program refuses besides what the library does. Each is one line for the person at the keyboard."""

from minicnn.errors import MiniCNNError


class NSTError(MiniCNNError):
    """Anything that style transfer refuses."""


class ImageError(NSTError, ValueError):
    """A picture is missing, damaged, of no known format, or too large to be opened safely."""


class OutputError(NSTError, OSError):
    """A picture or a folder cannot be written where it was asked for."""


class MemoryTooSmallError(NSTError, MemoryError):
    """A run would not fit into the machine's memory."""


class RunError(NSTError):
    """A run folder is in use, holds no run, or no longer fits what it was begun with."""
