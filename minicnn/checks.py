"""The questions that every operation asks of its arguments before it starts."""

import numpy as np

from .backend import array_module
from .errors import DTypeError, NonFiniteError, OptionError, ShapeError


def floating(x, who):
    """`x`, if it is an array of float32 or float64 with at least one entry."""
    xp = array_module(x)
    if not isinstance(x, xp.ndarray):
        raise DTypeError(f"{who}: expected an array, got {type(x).__name__}; wrap it in np.asarray first")
    if x.dtype not in (np.float32, np.float64):
        raise DTypeError(
            f"{who}: expected float32 or float64, got {x.dtype}; convert it with .astype(np.float32)"
        )
    if x.size == 0:
        raise ShapeError(f"{who}: expected at least one entry, got an empty array of shape {x.shape}")
    return x


def images(x, who, channels=None):
    """`x`, if it is a batch of images (N, H, W, C), with `channels` channels where that is given."""
    floating(x, who)
    if x.ndim != 4:
        hint = "; add the batch axis with x[None]" if x.ndim == 3 else ""
        raise ShapeError(f"{who}: expected 4 axes (N, H, W, C), got shape {x.shape}{hint}")
    if channels is not None and x.shape[3] != channels:
        raise ShapeError(f"{who}: expected {channels} channels in the last axis, got shape {x.shape}")
    return x


def shape_is(x, shape, who):
    """`x`, if it is a float array of exactly `shape`."""
    floating(x, who)
    if x.shape != tuple(shape):
        raise ShapeError(f"{who}: expected shape {tuple(shape)}, got {x.shape}")
    return x


def seed_is(x, shape, dtype, tap):
    """`x`, if it has the shape and the dtype of the activation at `tap`, whose gradient it is."""
    shape_is(x, shape, f"network: seed at {tap}")
    if x.dtype != dtype:
        raise DTypeError(
            f"network: seed at {tap}: expected {dtype} as the activation's, got {x.dtype}; use .astype"
        )
    return x


def same_dtype(x, y, who):
    """Nothing, if `x` and `y` have one dtype: mixing them would silently compute in float64."""
    if x.dtype != y.dtype:
        raise DTypeError(f"{who}: expected one dtype, got {x.dtype} and {y.dtype}; convert one with .astype")


def sums_up(x):
    """Whether the sum of `x` is a number, which tells in one pass whether all of it are.

    On a device nobody looks: it would have to be waited for. What is not finite there travels on into the
    loss and the gradient, and is found where those are read back.
    """
    if array_module(x) is not np:
        return True
    with np.errstate(over="ignore", invalid="ignore"):
        return bool(np.isfinite(x.sum()))


def finite(x, who):
    """`x`, if every entry is a number, as far as `sums_up` looks; only a failure pays for a second pass."""
    if sums_up(x):
        return x
    bad = ~np.isfinite(x)
    if not bad.any():  # entries that are finite, whose sum is not
        return x
    where = tuple(int(i) for i in np.argwhere(bad)[0])
    raise NonFiniteError(
        f"{who}: expected finite numbers, got {x[where]} at {where} ({int(bad.sum())} of {x.size})"
    )


def pair(value, who, least=0):
    """`value` as (vertical, horizontal): one whole number serves both directions."""
    both = (value, value) if isinstance(value, (int, np.integer)) and not isinstance(value, bool) else value
    if (
        not isinstance(both, (tuple, list))
        or len(both) != 2
        or not all(isinstance(v, (int, np.integer)) and not isinstance(v, bool) for v in both)
    ):
        raise OptionError(f"{who}: expected a whole number or a pair of them, got {value!r}")
    if min(both) < least:
        raise OptionError(f"{who}: expected at least {least}, got {value!r}")
    return int(both[0]), int(both[1])


def count(value, who, least=1):
    """`value` as an int, if it is a whole number of at least `least`."""
    if not isinstance(value, (int, np.integer)) or isinstance(value, bool) or value < least:
        raise OptionError(f"{who}: expected a whole number of at least {least}, got {value!r}")
    return int(value)


def one_of(value, choices, who):
    """`value`, if it is one of `choices`; an array is none, and comparing it would give another array."""
    if getattr(value, "ndim", 0) or value not in choices:
        raise OptionError(f"{who}: expected one of {', '.join(map(repr, choices))}, got {value!r}")
    return value
