"""What `python -m lessons` refuses, each in one line for the person at the keyboard."""

from minicnn.errors import MiniCNNError


class LessonError(MiniCNNError):
    """A lesson, an exercise or a folder is not there, or is not what it should be."""
