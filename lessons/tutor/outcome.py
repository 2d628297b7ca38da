"""A function run on a case, and its outcome beside another."""

import copy
import warnings
from dataclasses import dataclass
from numbers import Number
from typing import Any

import numpy as np

ROUNDING = 1e-12


@dataclass
class Outcome:
    """What a call did: a value or an exception, and the names of arguments that it wrote to."""

    value: Any = None
    error: BaseException | None = None
    changed: tuple = ()


def run(exercise, function, case):
    """The outcome of `function` on copies of the case's arguments."""
    own = copy.deepcopy(case)
    try:
        with warnings.catch_warnings(), np.errstate(all="ignore"):
            warnings.simplefilter("ignore")
            value = copied(exercise.call(function, own))
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # SystemExit too: a reader's function may do anything
        return Outcome(error=error)
    before, after = exercise.arguments(case), exercise.arguments(own)
    changed = (name for name in before if name not in exercise.may_change)
    return Outcome(value, changed=tuple(n for n in changed if not unchanged(before[n], after[n])))


def copied(value):
    """A result as it is now, whatever is written to its arrays later."""
    if isinstance(value, np.ndarray):
        return value.copy()
    if isinstance(value, (list, tuple)):
        return type(value)(map(copied, value)) if type(value) in (list, tuple) else value
    return {key: copied(part) for key, part in value.items()} if type(value) is dict else value


def unchanged(before, after):
    """Whether all arrays and numbers in an argument still are what they were."""
    if isinstance(before, np.ndarray):
        return before.shape == after.shape and np.array_equal(
            before, after, equal_nan=before.dtype.kind in "fc"
        )
    if isinstance(before, (list, tuple)):
        return len(before) == len(after) and all(map(unchanged, before, after))
    if isinstance(before, dict):
        return before.keys() == after.keys() and all(unchanged(before[k], after[k]) for k in before)
    if isinstance(before, (Number, str)):
        return before == after or before != before
    return True  # functions and networks, of which the case holds another copy


def equal(a, b, tolerance):
    """Whether two results agree, entry by entry."""
    return difference(a, b, tolerance) is None


def alike(a, b, tolerance):
    """Whether two outcomes agree: the same value, or the same kind of exception."""
    if a.error is not None or b.error is not None:
        return type(a.error) is type(b.error)
    return equal(a.value, b.value, tolerance)


@dataclass
class Difference:
    """The first place where a result is not what was expected."""

    message: str = ""  # what is wrong, where it is not a number, or what else is to be said
    path: tuple = ()  # which of several results
    where: tuple = ()  # the index in its array
    expected: Any = None  # the two numbers
    got: Any = None

    @property
    def whole(self):
        """Whether the message is all there is to say: no two numbers differ."""
        return bool(self.message) and self.expected is None


def difference(expected, got, tolerance):
    """None, or the first Difference."""
    if got is None and expected is not None:
        return Difference("nothing came back (None): is there a return at the end of every branch?")
    if isinstance(expected, (tuple, list)):
        return _of_sequences(expected, got, tolerance)
    if isinstance(expected, dict):
        return _of_dicts(expected, got, tolerance)
    if isinstance(expected, np.ndarray) and expected.ndim:
        return _of_arrays(expected, got, tolerance)
    if isinstance(expected, (Number, np.generic, np.ndarray)):
        return _of_numbers(expected, got, tolerance)
    if type(expected) is not type(got) or expected != got:
        return Difference(f"expected {expected!r}, got {got!r}")
    return None


def _of_sequences(expected, got, tolerance):
    if not isinstance(got, (tuple, list)) and not (isinstance(got, np.ndarray) and got.ndim):
        return Difference(f"expected {len(expected)} results, a tuple, got {described(got)}")
    if len(got) != len(expected):
        return Difference(f"expected {len(expected)} results, got {len(got)}")
    for i, (e, g) in enumerate(zip(expected, got, strict=True)):
        found = difference(e, g, tolerance)
        if found:
            return _inside(found, i)
    return None


def _of_dicts(expected, got, tolerance):
    if not isinstance(got, dict) or got.keys() != expected.keys():
        names = ", ".join(map(repr, expected))
        came = f"the keys {', '.join(map(repr, got))}" if isinstance(got, dict) else described(got)
        return Difference(f"expected a dict with the keys {names}, got {came}")
    for key in expected:
        found = difference(expected[key], got[key], tolerance)
        if found:
            return _inside(found, key)
    return None


def _inside(found, key):
    found.path = (key, *found.path)
    return found


def _of_arrays(expected, got, tolerance):
    if not isinstance(got, np.ndarray) or got.ndim == 0:
        remedy = "; np.array makes one of it" if isinstance(got, (list, tuple)) else ""
        return Difference(f"expected an array of shape {expected.shape}, got {described(got)}{remedy}")
    got = np.asarray(got)  # the numbers alone: a subclass may compare, or hide entries, in its own way
    if got.shape != expected.shape:
        return Difference(f"expected an array of shape {expected.shape}, got one of shape {got.shape}")
    if got.dtype.kind not in "fiub":
        return Difference(f"expected an array of real numbers, got one of dtype {got.dtype}")
    if expected.dtype.kind == "f" and got.dtype.kind == "f" and got.dtype != expected.dtype:
        return Difference(f"expected dtype {expected.dtype}, as the input has, got {got.dtype}")
    whole = expected.dtype.kind in "ub"  # a picture; a mask, which is an index too
    if whole and got.dtype != expected.dtype:
        return Difference(
            f"expected dtype {expected.dtype}, got {got.dtype}; np.zeros makes float64 unless given a dtype"
        )
    off = _off(expected, got, tolerance)
    if not off.any():
        return None
    where = tuple(int(i) for i in np.argwhere(off)[0])
    cut = expected.dtype.kind == "f" and got.dtype.kind in "iu"
    said = " (your array can hold whole numbers only)" if cut else ""
    return Difference(where=where, expected=expected[where], got=got[where], message=said)


def _of_numbers(expected, got, tolerance):
    if not isinstance(got, (Number, np.generic, np.ndarray)) or np.ndim(got) or isinstance(got, complex):
        return Difference(f"expected a single number, got {described(got)}")
    if np.asarray(got).dtype.kind not in "fiub":
        return Difference(f"expected a real number, got {described(got)}")
    if np.asarray(expected).dtype.kind in "iu" and np.asarray(got).dtype.kind == "f":
        return Difference(f"expected a whole number (an int), got the float {float(got)!r}")
    if _off(np.asarray(expected), np.asarray(got), tolerance):
        return Difference(expected=expected, got=got)
    return None


def _off(expected, got, tolerance):
    """Where two arrays differ by more than `tolerance` of the largest finite entry expected.

    Where zeros are expected, 1e-12 is allowed: sums in another order may leave as much. Whole numbers are
    to be exact.
    """
    if expected.dtype.kind in "biu" or got.dtype.kind == "b":
        return expected != got
    expected, got = expected.astype(float), got.astype(float)
    size = np.abs(expected[np.isfinite(expected)]).max(initial=0.0)
    with np.errstate(invalid="ignore"):
        near = np.abs(expected - got) <= max(tolerance * size, ROUNDING)
    return ~(near | (expected == got) | (np.isnan(expected) & np.isnan(got)))


def described(value):
    """What a value is, in a few words."""
    if isinstance(value, np.ndarray):
        return f"an array of shape {value.shape}"
    if isinstance(value, (list, tuple)):
        return f"a {type(value).__name__} of {len(value)}"
    text = repr(value)
    return f"{text if len(text) < 40 else text[:37] + '...'} ({type(value).__name__})"
