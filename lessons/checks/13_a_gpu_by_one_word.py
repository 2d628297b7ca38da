"""Lesson 13's exercises: what they are tried on, other ways of being right, ways of being wrong."""

import numpy as np

from lessons.elsewhere import Array, Elsewhere
from lessons.tutor import Lesson, given, integers, normal

lesson = Lesson(__file__)
right = lesson.right


def here_and_there(function, *arrays):
    """(what it gives with NumPy, what it gives on the device, the bytes that were moved for that)."""
    here = function(np, *arrays)
    xp = Elsewhere()
    carried = [xp.asarray(x) for x in arrays]
    xp.there.clear()
    there = function(xp, *carried)
    return here, looked_at(there), sum(xp.there) + sum(xp.back)


def looked_at(found):
    """Results as they are there, without asking the device to send them."""
    if isinstance(found, tuple):
        return tuple(looked_at(part) for part in found)
    if not isinstance(found, Array):
        return found
    return found.inner.copy() if found.ndim else found.inner[()]


def home(xp, x):
    """x on the host, wherever it was."""
    return x if xp is np else xp.asnumpy(x)


# --- 13.1 ------------------------------------------------------------------------------------------------


def with_both(function, x):
    return here_and_there(function, x)


softmax = lesson.exercise(
    "softmax",
    "wherever it lives",
    tested="1 to 5 rows of 1 to 6 numbers, small and huge, with NumPy and on a device without it",
    returns=("y with NumPy", "y on the device", "bytes moved"),
    use=with_both,
    hints=(
        "Write it for NumPy first, with keepdims=True, so that a row's largest entry lies beside its row.",
        "Then look for np. in your function: each one becomes xp., or a method of the array, x.max(...).",
        "e = xp.exp(x - x.max(axis=1, keepdims=True)); return e / e.sum(axis=1, keepdims=True)",
    ),
)


@softmax.cases
def rows(rng):
    yield given(np.array([[0.0, 0.0]]))
    yield given(np.array([[1.0, 2], [3, 3]]))
    yield given(integers(rng, 3, 3))
    yield given(np.array([[1000.0, 999], [-1000, -1001], [0, 1]]))
    yield given(normal(rng, 5, 6) * 3)


@softmax.mistake(
    "A function of NumPy's was called on an array that lives on the device: np.exp(x) becomes xp.exp(x), "
    "with "
    "the library that was handed over."
)
def numpy_by_name(xp, x):
    e = np.exp(x - x.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)


@softmax.mistake(
    "The rows are carried to the host, done there, and carried back: right numbers, but the whole array has "
    "crossed the bus twice. xp has all the functions that you need."
)
def there_and_back(xp, x):
    return xp.asarray(right.softmax(np, home(xp, x)))


@softmax.mistake(
    "The result was brought home, xp.asnumpy(y) or y.get(); it should stay where x lives, and whoever wants "
    "to "
    "see it will fetch it."
)
def brought_home(xp, x):
    return home(xp, right.softmax(xp, x))


@softmax.mistake(
    "A number was read, float(x.max()) or the like: the device has to wait while it crosses. x.max(axis=1, "
    "keepdims=True) stays an array, and is each row's own."
)
def a_number_read(xp, x):
    y = right.softmax(xp, x)
    float(x.max())
    return y


@softmax.mistake("exp overflows: take each row's largest entry off first, which changes nothing else.")
def largest_not_taken_off(xp, x):
    e = xp.exp(x)
    return e / e.sum(axis=1, keepdims=True)


@softmax.mistake("All entries together add up to 1; each row should: e.sum(axis=1, keepdims=True).")
def over_everything(xp, x):
    e = xp.exp(x - x.max())
    return e / e.sum()


@softmax.mistake("The columns add up to 1; the rows should: axis=1, not axis=0.")
def over_columns(xp, x):
    e = xp.exp(x - x.max(axis=0, keepdims=True))
    return e / e.sum(axis=0, keepdims=True)


@softmax.mistake("The logarithm is still taken: y is exp(…) divided by the row's sum itself.")
def logarithm(xp, x):
    return xp.log(right.softmax(xp, x))


@softmax.mistake("Nothing is divided: the rows do not add up to 1 yet, y = e / e.sum(axis=1, keepdims=True).")
def not_divided(xp, x):
    return xp.exp(x - x.max(axis=1, keepdims=True))


@softmax.alternative
def functions_alone(xp, x):
    e = xp.exp(xp.subtract(x, xp.max(x, axis=1, keepdims=True)))
    return xp.divide(e, xp.sum(e, axis=1, keepdims=True))


@softmax.alternative
def row_after_row(xp, x):
    result = []
    for row in x:
        e = xp.exp(row - row.max())
        result.append(e / e.sum())
    return xp.stack(result)


@softmax.alternative
def by_the_logarithm(xp, x):
    x = x - x.max(axis=1)[:, None]
    return xp.exp(x - xp.log(xp.exp(x).sum(axis=1))[:, None])


# --- 13.2 ------------------------------------------------------------------------------------------------


def with_both_libraries(function, F, A):
    return here_and_there(function, F, A)


style_loss = lesson.exercise(
    "style_loss",
    "a loss that stays on the device",
    tested="features of 1 to 9 places and 1 to 4 channels, with NumPy and on a device without it",
    returns=("(E, dF) with NumPy", "(E, dF) on the device", "bytes moved"),
    use=with_both_libraries,
    hints=(
        "D = FᵀF / M − A is needed twice. M is len(F), which everybody knows without reading the array.",
        "xp.square(D).sum() is an array without axes; leave it one. float(…) would fetch it.",
        "return xp.square(D).sum(), F @ D * (4 / len(F))",
    ),
)


@style_loss.cases
def features(rng):
    def symmetric(A):
        return A + A.T

    yield given(np.array([[2.0]]), np.array([[1.0]]))
    yield given(np.array([[1.0, 0], [1, 2]]), np.eye(2))
    yield given(integers(rng, 3, 2), symmetric(integers(rng, 2, 2)))
    yield given(normal(rng, 9, 4), symmetric(normal(rng, 4, 4)))
    yield given(normal(rng, 4, 4), symmetric(normal(rng, 4, 4)))


def changed(xp, F, A, E=1.0, dF=1.0):
    value, slope = right.style_loss(xp, F, A)
    return value * E, slope * dF


@style_loss.mistake(
    "A function of NumPy's was called on an array that lives on the device; take xp's, or the array's own "
    "operators: F.T @ F, xp.square(D)."
)
def style_with_numpy(xp, F, A):
    D = np.matmul(F.T, F) / len(F) - A
    return np.square(D).sum(), 4 / len(F) * np.matmul(F, D)


@style_loss.mistake(
    "E was read, with float(…) or .item(): the device had to finish everything, and Python to wait. Give "
    "back "
    "the array without axes."
)
def loss_read(xp, F, A):
    value, slope = right.style_loss(xp, F, A)
    return float(value), slope


@style_loss.mistake(
    "The gradient was brought home; it should stay on the device, where the way back needs it."
)
def gradient_brought_home(xp, F, A):
    value, slope = right.style_loss(xp, F, A)
    return value, home(xp, slope)


@style_loss.mistake(
    "F and A are carried to the host and the results back; nothing of that is needed, xp can do it all."
)
def done_at_home(xp, F, A):
    found = right.style_loss(np, home(xp, F), home(xp, A))
    return tuple(xp.asarray(part) for part in found)


@style_loss.mistake(
    "Half of the gradient is missing: 2 from the square, and 2 because F stands in FᵀF twice."
)
def half_the_gradient(xp, F, A):
    return changed(xp, F, A, dF=0.5)


@style_loss.mistake("The gradient lacks its 1/M: F came into D as FᵀF / M, so dF = 4/M · F D.")
def gradient_without_places(xp, F, A):
    return changed(xp, F, A, dF=len(F))


@style_loss.mistake("FᵀF is not divided by the number of places M = len(F).")
def sums_for_means(xp, F, A):
    D = F.T @ F - A
    return xp.square(D).sum(), 4 * F @ D


@style_loss.mistake("FᵀF is divided by the number of channels; M is the number of places, len(F).")
def channels_for_places(xp, F, A):
    D = F.T @ F / F.shape[1] - A
    return xp.square(D).sum(), F @ D * (4 / F.shape[1])


@style_loss.mistake("It is the mean of the squares; E is their sum.")
def mean_of_squares(xp, F, A):
    return changed(xp, F, A, E=1 / A.size)


@style_loss.mistake("The sign of the gradient is turned: D = FᵀF / M − A, the canvas first.")
def gradient_turned(xp, F, A):
    return changed(xp, F, A, dF=-1)


@style_loss.alternative
def by_einsum(xp, F, A):
    m = F.shape[0]
    D = xp.einsum("mi,mj->ij", F, F) / m - A
    return xp.einsum("ij,ij->", D, D), xp.einsum("mj,ji->mi", F, D) * (4 / m)


@style_loss.alternative
def by_trace(xp, F, A):
    D = xp.matmul(F.T, F) * (1 / len(F)) - A
    return xp.trace(D @ D), 4 * xp.matmul(F, D) / len(F)


# --- 13.3 ------------------------------------------------------------------------------------------------

bytes_moved = lesson.exercise(
    "bytes_moved",
    "what crosses the bus",
    tested="programs of 1 to 12 steps on 1 to 4 arrays",
    hints=(
        "For each array, keep the set of places where it is. It begins as {'host'}.",
        "Reading: if the place is not in the set, count the array's bytes and add the place. Writing: the "
        "set "
        "becomes this place alone.",
        "for where, reads, writes in steps: first go through reads, then through writes.",
    ),
)


@bytes_moved.cases
def programs(rng):
    yield given([("device", ["x"], ["y"])], {"x": 8, "y": 4})
    yield given([("device", ["x"], []), ("device", ["x"], [])], {"x": 8})
    yield given([("device", ["x"], ["x"]), ("host", ["x"], [])], {"x": 8})
    yield given([("device", ["x"], []), ("host", ["x"], ["x"]), ("device", ["x"], [])], {"x": 8})
    names, sizes = "abcd", (1, 10, 100, 1000)
    for count in (8, 12):
        steps = [
            (
                str(rng.choice(["host", "device"])),
                [str(n) for n in rng.permutation(list(names))[: rng.integers(0, 4)]],
                [str(n) for n in rng.permutation(list(names))[: rng.integers(0, 2)]],
            )
            for _ in range(count)
        ]
        yield given(steps, dict(zip(names, sizes, strict=True)))


def walked(
    steps, sizes, *, keeps=True, leaves=True, carries_writes=False, writes_first=False, start=("host",)
):
    """The right answer with one of its rules exchanged."""
    places, moved = {name: set(start) for name in sizes}, 0
    for where, reads, writes in steps:

        def write(where=where, writes=writes):
            for name in writes:
                places[name] = {where} if leaves else places[name] | {where}

        if writes_first:
            write()
        for name in [*reads, *(writes if carries_writes else ())]:
            if where not in places[name]:
                moved += sizes[name]
                places[name] = places[name] | {where} if keeps else {where}
        if not writes_first:
            write()
    return moved


@bytes_moved.mistake(
    "Every reading on the device counts; an array that has been carried over is there until somebody writes "
    "it "
    "on the other side."
)
def every_reading(steps, sizes):
    return sum(sizes[name] for where, reads, _ in steps for name in reads if where == "device")


@bytes_moved.mistake(
    "An array that is carried over is taken away where it was; it is copied, and is then in both places."
)
def moved_not_copied(steps, sizes):
    return walked(steps, sizes, keeps=False)


@bytes_moved.mistake(
    "After a step has written an array, the copy on the other side is out of date: the array is then where "
    "it was written, and nowhere else."
)
def old_copies_used(steps, sizes):
    return walked(steps, sizes, leaves=False)


@bytes_moved.mistake(
    "An array that is only written is not carried over first; it is made where the step runs."
)
def written_ones_carried(steps, sizes):
    return walked(steps, sizes, carries_writes=True)


@bytes_moved.mistake(
    "Writing was done before reading: a step that reads and writes the same array needs the old one first."
)
def writing_first(steps, sizes):
    return walked(steps, sizes, writes_first=True)


@bytes_moved.mistake(
    "Only the way to the device is counted; what the host reads has to come back over the same bus."
)
def one_way(steps, sizes):
    places, moved = {name: {"host"} for name in sizes}, 0
    for where, reads, writes in steps:
        for name in reads:
            if where not in places[name]:
                moved += sizes[name] * (where == "device")
                places[name].add(where)
        for name in writes:
            places[name] = {where}
    return moved


@bytes_moved.mistake(
    "Each array crosses once, at its first reading on the device; but it has to cross again when the side "
    "that "
    "reads it has not got what the other side wrote."
)
def once_each(steps, sizes):
    needed = {name for where, reads, _ in steps for name in reads if where == "device"}
    return sum(sizes[name] for name in needed)


@bytes_moved.mistake("These are the transfers; the bytes are asked for: add up sizes[name].")
def transfers_counted(steps, sizes):
    return walked(steps, dict.fromkeys(sizes, 1))


@bytes_moved.mistake("The arrays begin on the host; here they were on the device from the start.")
def begun_on_the_device(steps, sizes):
    return walked(steps, sizes, start=("device",))


@bytes_moved.mistake("All arrays are carried over once, used or not; only what a step reads has to be there.")
def everything_once(steps, sizes):
    return sum(sizes.values())


@bytes_moved.alternative
def two_sets(steps, sizes):
    fresh = {"host": set(sizes), "device": set()}
    total = 0
    for where, reads, writes in steps:
        other = "host" if where == "device" else "device"
        missing = set(reads) - fresh[where]
        total += sum(sizes[name] for name in missing)
        fresh[where] |= missing | set(writes)
        fresh[other] -= set(writes)
    return total


@bytes_moved.alternative
def last_touches(steps, sizes):
    """For each array on its own: walk through the steps with two flags."""
    total = 0
    for name, size in sizes.items():
        host, there = True, False
        for where, reads, writes in steps:
            here = host if where == "host" else there
            if name in reads and not here:
                total, host, there = total + size, True, True
            if name in writes:
                host, there = where == "host", where == "device"
    return total


# --- 13.4 ------------------------------------------------------------------------------------------------

seconds = lesson.exercise(
    "seconds",
    "a price beforehand",
    tested="1 to 6 calls and 0 to 3 crossings on machines of several kinds",
    hints=(
        "Each call pays its own launch. Each crossing pays for its bytes over the bus.",
        "One sum over calls of launch + bytes/S + operations/R, one over crossings of bytes/bus.",
        "sum(machine['launch'] + b / machine['S'] + n / machine['R'] for n, b in calls) + "
        "sum(crossings) / machine['bus']",
    ),
)


@seconds.cases
def works(rng):
    def machine(launch, supply, rate, bus):
        return {"launch": launch, "S": supply, "R": rate, "bus": bus}

    yield given([(4.0, 2.0)], [], machine(1.0, 2.0, 4.0, 1.0))
    yield given([(4.0, 2.0)], [6.0], machine(1.0, 2.0, 8.0, 3.0))
    yield given([(8.0, 8.0), (0.0, 4.0)], [1.0, 2.0], machine(1.0, 4.0, 2.0, 0.5))
    for count, crossings in ((5, 3), (6, 0)):
        calls = [(float(n), float(b)) for n, b in rng.uniform(1, 1e6, (count, 2))]
        moved = [float(b) for b in rng.uniform(1, 1e6, crossings)]
        yield given(
            calls, moved, machine(*(float(v) for v in rng.uniform(0.5, 1.5, 4) * (0.1, 1e6, 1e7, 1e5)))
        )


def priced(calls, crossings, machine, launches=None, supply=None, rate=None, bus=None):
    """The right sum with one of its parts exchanged."""
    launches = len(calls) if launches is None else launches
    memory = sum(b for _, b in calls) / (supply or machine["S"])
    arithmetic = sum(n for n, _ in calls) / (rate or machine["R"])
    return launches * machine["launch"] + memory + arithmetic + sum(crossings) / (bus or machine["bus"])


@seconds.mistake("The launch is paid once; every call pays its own.")
def one_launch(calls, crossings, machine):
    return priced(calls, crossings, machine, launches=1)


@seconds.mistake("The launches are missing: every call costs `launch`, however little it does.")
def no_launches(calls, crossings, machine):
    return priced(calls, crossings, machine, launches=0)


@seconds.mistake("The crossings pay a launch as well; in this model only calls do.")
def launches_for_crossings(calls, crossings, machine):
    return priced(calls, crossings, machine, launches=len(calls) + len(crossings))


@seconds.mistake("The crossings are missing: each takes bytes/bus.")
def no_crossings(calls, crossings, machine):
    return priced(calls, [], machine)


@seconds.mistake("Crossings go over the bus, at `bus` bytes a second; S is the device's own memory.")
def crossings_in_memory(calls, crossings, machine):
    return priced(calls, crossings, machine, bus=machine["S"])


@seconds.mistake("R and S are exchanged, or operations and bytes: a call is (operations, bytes).")
def exchanged(calls, crossings, machine):
    return priced([(b, n) for n, b in calls], crossings, machine)


@seconds.mistake(
    "Of memory and arithmetic only the slower one counts here, as in lesson 12; this model adds them."
)
def slower_one(calls, crossings, machine):
    work = sum(machine["launch"] + max(b / machine["S"], n / machine["R"]) for n, b in calls)
    return work + sum(crossings) / machine["bus"]


@seconds.mistake("The bytes are multiplied by S; S is bytes a second, so bytes/S are seconds.")
def multiplied(calls, crossings, machine):
    return priced(calls, crossings, machine, supply=1 / machine["S"])


@seconds.mistake("The arithmetic is missing: operations/R for every call.")
def no_arithmetic(calls, crossings, machine):
    return priced([(0, b) for _, b in calls], crossings, machine)


@seconds.mistake("Everything crosses twice; `crossings` lists each transfer, there and back, on its own.")
def crossings_twice(calls, crossings, machine):
    return priced(calls, [2 * b for b in crossings], machine)


@seconds.alternative
def added_up(calls, crossings, machine):
    total = 0.0
    for operations, moved in calls:
        total += machine["launch"]
        total += moved / machine["S"]
        total += operations / machine["R"]
    for moved in crossings:
        total += moved / machine["bus"]
    return total


@seconds.alternative
def with_numpy(calls, crossings, machine):
    operations, moved = np.array(calls).T
    per_call = machine["launch"] + moved / machine["S"] + operations / machine["R"]
    return per_call.sum() + np.sum(np.divide(crossings, machine["bus"]))
