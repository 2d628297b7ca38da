"""Options that are numbers: whole ones and real ones, refused by name where they are neither."""

from math import isfinite

import numpy as np

from ..errors import OptionError


def is_whole(value):
    """Whether `value` is a whole number; True and False are answers, not numbers."""
    return isinstance(value, (int, np.integer)) and not isinstance(value, bool)


def whole(value, who, least=1):
    """`value` as an int, if it is a whole number of at least `least`."""
    if not is_whole(value) or value < least:
        raise OptionError(f"{who}: expected a whole number of at least {least}, got {shown(value)}")
    return int(value)


def number(value, who, wanted="a finite number", fits=lambda value: True):
    """`value`, if it is a finite number (no text, no array, not True) that `fits`, as `wanted` words it."""
    real = is_whole(value) or (isinstance(value, (float, np.floating)) and isfinite(value))
    if not real or not fits(value):
        raise OptionError(f"{who}: expected {wanted}, got {shown(value)}")
    return value


def shown(value):
    """A value for a message: an array by its shape, anything else as it is written, cut where it is long."""
    if getattr(value, "ndim", 0):
        return f"an array of shape {tuple(value.shape)}"
    text = repr(value)
    return text if len(text) <= 80 else f"{text[:77]}..."
