"""Whether backward behaves: the same answer twice, fresh arrays, nothing changed that is not its own."""

from contextlib import suppress

import numpy as np

from .subject import is_moving


def lead_astray(subject, rng):
    """Forward and back at other inputs, before any that count: what was kept of a first call shows later.

    The others are the same entries in reverse, where most functions are at home.
    """
    inputs = [0.9 * x.ravel()[::-1].reshape(x.shape) if is_moving(x) else x for x in subject.inputs]
    with suppress(Exception), np.errstate(all="ignore"):  # not all are; nothing of it is looked at
        y = np.asarray(subject.start(inputs))
        subject.gradients(rng.standard_normal(y.shape))


def run(subject, dys):
    """Every gradient for every dy → ([[gradient of each input] for each dy], faults in words)."""
    kept = {what: list(arrays_in(things)) for what, things in subject.kept.items()}
    before = {what: [array.copy() for array in arrays] for what, arrays in kept.items()}
    results, copies, faults = [], [], []
    for dy in [*dys, dys[0]]:  # the first once more, at the end
        given = dy.copy()
        results.append(subject.gradients(given))
        copies.append([None if g is None else np.array(g) for g in results[-1]])
        if not _same(given, dy):
            faults.append("backward has changed dy")
    for what, arrays in kept.items():
        if not all(map(_same, arrays, before[what])):
            faults.append(f"backward has changed {what}")
    for name, first, last in zip(subject.names, copies[0], copies[-1], strict=True):
        if not _close(first, last):
            faults.append(f"{name}: backward, called again with the same dy, says something else")
    for result, copied in zip(results, copies, strict=True):
        if any(g is not None and not _same(g, c) for g, c in zip(result, copied, strict=True)):
            faults.append("backward, called again, writes into gradients that it returned before")
    faults += _shared(subject.names, results[0], kept)
    return copies[: len(dys)], list(dict.fromkeys(faults))


def of_views(subject, y, dy, gradients):
    """In words, what comes out otherwise where x and dy are views of larger arrays, in another order."""
    inputs = [scattered(x) if is_moving(x) else x for x in subject.inputs]
    try:
        seen, returned = subject.once(inputs, scattered(dy))
    except Exception as error:
        return [f"given views of larger arrays, it raised {type(error).__name__}: {error}"]
    results = [("y", seen, y), *zip(subject.names, returned, gradients, strict=True)]
    return [
        f"{name}: from views of larger arrays it comes out differently"
        for name, result, right in results
        if not _close(result, right)
    ]


def scattered(x, dtype=np.float64):
    """The same numbers as a view of every other entry, its axes in reverse."""
    view = np.zeros((*x.shape[::-1], 2), dtype)[..., 0].T
    view[...] = x
    return view


def form(x, gradient):
    """What is wrong with a gradient before any number in it is looked at; None if nothing is."""
    if not is_moving(x):
        return None if gradient is None else "expected None for what is no array of floats, got a gradient"
    if gradient is None:
        return "expected a gradient, got None"
    if gradient.shape != x.shape:
        return f"expected a gradient of shape {x.shape}, got {gradient.shape}"
    if gradient.dtype != x.dtype:
        return f"expected a gradient of {x.dtype}, got {gradient.dtype}"
    if not np.isfinite(gradient).all():
        where = tuple(int(i) for i in np.argwhere(~np.isfinite(gradient))[0])
        return f"expected finite numbers, got {gradient[where]} at {where}"
    return None


def arrays_in(thing, seen=None):
    """Every array inside tuples, lists, dicts and objects, however deep."""
    seen = set() if seen is None else seen
    if id(thing) in seen:
        return
    seen.add(id(thing))
    if isinstance(thing, np.ndarray):
        yield thing
    elif isinstance(thing, (tuple, list)):
        for part in thing:
            yield from arrays_in(part, seen)
    elif isinstance(thing, dict):
        yield from arrays_in(list(thing.values()), seen)
    elif hasattr(thing, "__dict__") and not callable(thing):
        yield from arrays_in(vars(thing), seen)


def _shared(names, gradients, kept):
    """Gradients that lie in the memory of something else: who adds to one changes the other."""
    faults, seen = [], {}
    for name, gradient in zip(names, gradients, strict=True):
        if not isinstance(gradient, np.ndarray):
            continue
        owners = {**{f"that of {other}": [another] for other, another in seen.items()}, **kept}
        faults += [
            f"{name}: its gradient shares memory with {what}; return a copy"
            for what, arrays in owners.items()
            if any(np.shares_memory(gradient, array) for array in arrays)
        ]
        seen[name] = gradient
    return faults


def _same(a, b):
    """Equal to the last bit, NaN included."""
    a, b = np.asarray(a), np.asarray(b)
    return a.shape == b.shape and a.dtype == b.dtype and a.tobytes() == b.tobytes()


def _close(a, b):
    """Equal up to what another order of summation may do."""
    if a is None or b is None or np.shape(a) != np.shape(b):
        return a is b
    a, b = np.asarray(a), np.asarray(b)
    largest = float(np.abs(a[np.isfinite(a)]).max(initial=0))
    return np.allclose(a, b, rtol=1e-12, atol=1e-13 * largest, equal_nan=True)
