"""Values as text that is small enough to read."""

import numpy as np

MOST = 64  # entries of an array that is shown whole


def lines(name, value, where=None):
    """ "name = value", an array as a block below its name; a large one as the part around `where`."""
    if isinstance(value, np.ndarray) and value.ndim:
        return _array(name, value, where)
    if isinstance(value, (tuple, list)) and any(isinstance(part, np.ndarray) for part in value):
        found = []
        for i, part in enumerate(value):
            found += lines(f"{name}[{i}]", part)
        return found
    if isinstance(value, dict) and any(isinstance(part, np.ndarray) for part in value.values()):
        found = []
        for key, part in value.items():
            found += lines(f"{name}[{key!r}]", part)
        return found
    return [f"{name} = {short(value)}"]


def short(value):
    """A value in a line."""
    if isinstance(value, (float, np.floating)):
        return f"{float(value):.10g}"
    if isinstance(value, np.generic):
        return repr(value.item())
    if isinstance(value, np.ndarray):
        return short(value[()]) if value.ndim == 0 else f"an array of shape {value.shape}"
    if isinstance(value, (tuple, list)):
        inside = ", ".join(map(short, value))
        return f"({inside})" if isinstance(value, tuple) else f"[{inside}]"
    if callable(value):
        doc = (getattr(value, "__doc__", None) or "").strip().split("\n")[0]
        return doc or f"the function {getattr(value, '__name__', value)}"
    text = " ".join(repr(value).split())
    return text if len(text) <= 100 else text[:97] + "..."


def _array(name, value, where):
    note, part = f"shape {value.shape}", value
    if value.size > MOST and value.ndim > 1:
        part, note = _around(value, where)
    elif value.size > MOST:
        part, note = value[:MOST], f"shape {value.shape}, the first {MOST}"
    if part.ndim > 2:  # axes of size 1 are told by the shape
        part = part.squeeze()
    text = np.array2string(_plain(part), precision=4, suppress_small=True, max_line_width=96)
    if "\n" not in text:
        return [f"{name} = {text}   ({note})"]
    return [f"{name} =   ({note})", *("  " + line for line in text.split("\n"))]


def _around(value, where):
    """A block of at most 4 × 4 entries, and where it lies."""
    where = where if where and len(where) == value.ndim else (0,) * value.ndim
    starts = [max(0, min(i - 1, size - 4)) for i, size in zip(where, value.shape, strict=True)]
    block = tuple(slice(a, min(a + 4, size)) for a, size in zip(starts, value.shape, strict=True))
    if value.ndim > 2:  # a block along four axes would be too much: the two longest stay, of the others one
        longest = sorted(range(value.ndim), key=lambda axis: -value.shape[axis])[:2]
        block = tuple(b if a in longest else slice(where[a], where[a] + 1) for a, b in enumerate(block))
    written = ", ".join(f"{s.start}:{s.stop}" if s.stop - s.start > 1 else f"{s.start}" for s in block)
    return value[block], f"shape {value.shape}, shown is [{written}]"


def _plain(array):
    """Whole numbers without their decimal points."""
    if array.dtype.kind != "f" or not (np.abs(array) < 1e9).all() or (array != np.rint(array)).any():
        return array
    return array.astype(np.int64)
