"""What can go wrong, each kind with a name.

Every message says what was expected, what came and what to do about it. Each kind is also a
subclass of the built-in exception that a caller would think of first.
"""


class MiniCNNError(Exception):
    """Anything this library refuses."""


class ShapeError(MiniCNNError, ValueError):
    """An array has the wrong number of axes, the wrong size along one, or no entries at all."""


class DTypeError(MiniCNNError, TypeError):
    """An array holds something other than float32 or float64, or the dtypes of two do not agree."""


class NonFiniteError(MiniCNNError, ValueError):
    """An array holds NaN or infinity."""


class OptionError(MiniCNNError, ValueError):
    """An option has a value outside its range, or contradicts another."""


class UnknownNameError(MiniCNNError, KeyError):
    """A layer, a network or an operation is asked for by a name that does not exist."""

    __str__ = Exception.__str__  # KeyError would show the message in quotes


class OrderError(MiniCNNError, RuntimeError):
    """Something is asked for before what it needs: backward before forward, say."""


class GradientError(MiniCNNError, ArithmeticError):
    """A backward pass does not give the derivative of its forward pass, or does more than it should."""


class WeightFileError(MiniCNNError, ValueError):
    """A weight file is missing, damaged, hostile, of another network, or of no known format."""


class DeviceError(MiniCNNError, RuntimeError):
    """A device is asked for that is not there, or has run out of memory."""
