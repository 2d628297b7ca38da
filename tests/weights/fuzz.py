"""Small valid files, damaged at random: each must end in arrays or in a WeightFileError, soon and small.

    python -m tests.weights.fuzz [--count 2000] [--seed 0] [WAY ...]

One process a way, so that a crash or a flood of memory shows; what C libraries parse is read by a worker of
the library's own, kept for all mutants. Mutant N of a seed is always the same: --first N --count 1.
"""

import argparse
import contextlib
import io
import json
import tempfile
import traceback
import zipfile
from pathlib import Path

import numpy as np

from minicnn.errors import WeightFileError
from minicnn.weights import read, reading, worker
from tests.clock import spent

from . import writers

WIDTH = (1,) * 8  # headers and numbers in balance
SECONDS = 2.0
EXTREMES = (
    0,
    1,
    0x7F,
    0x80,
    0xFF,
    0x7FFF,
    0xFFFF,
    0x7FFFFFFF,
    0x80000000,
    0xFFFFFFFF,
    1 << 62,
    (1 << 64) - 1,
)


def damage(data, rng):
    """`data` with one to four mutations."""
    data = bytearray(data)
    for _ in range(rng.integers(1, 5)):
        if len(data) > 1:
            MUTATIONS[rng.integers(len(MUTATIONS))](data, rng)
    return bytes(data)


def place(data, rng):
    """A position; every other time near the beginning or the end, where formats keep their books."""
    near = int(rng.integers(min(400, len(data))))
    return [int(rng.integers(len(data))), near, len(data) - 1 - near, int(rng.integers(len(data)))][
        rng.integers(4)
    ]


def flip(data, rng):
    data[place(data, rng)] ^= 1 << int(rng.integers(8))


def number(data, rng):
    at, size = place(data, rng), int(rng.choice([1, 2, 4, 8]))
    value = EXTREMES[rng.integers(len(EXTREMES))] & ((1 << 8 * size) - 1)
    data[at : at + size] = value.to_bytes(size, str(rng.choice(["little", "big"])))


def truncate(data, rng):
    del data[place(data, rng) :]


def remove(data, rng):
    at = place(data, rng)
    del data[at : at + int(rng.integers(1, 64))]


def splice(data, rng):
    start, at = place(data, rng), place(data, rng)
    piece = data[start : start + int(rng.integers(1, 256))]
    data[at : at + (len(piece) if rng.random() < 0.5 else 0)] = piece


def repeat(data, rng):
    at = place(data, rng)
    data[at:at] = data[at : at + int(rng.integers(1, 32))] * int(rng.integers(2, 50))


MUTATIONS = (flip, flip, number, number, truncate, remove, splice, repeat)


def mutant(files, rng):
    """One of the files damaged: as a whole, or inside a zip archive that stays sound."""
    name = sorted(files)[rng.integers(len(files))]
    data = files[name]
    if data.startswith(b"PK\3\4") and rng.random() < 0.6:
        return {**files, name: damage_inside(data, rng)}
    return {**files, name: damage(data, rng)}


def damage_inside(data, rng):
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(out, "w") as new:
        names = old.namelist()
        favourite = [name for name in names if name.endswith("data.pkl")] * len(names)
        spoiled = (names + favourite)[rng.integers(len(names) + len(favourite))]
        for entry in old.infolist():
            content = old.read(entry)
            new.writestr(entry.filename, damage(content, rng) if entry.filename == spoiled else content)
    return out.getvalue()


class Kept(worker.Worker):
    """The worker of the library, one process for many files; a new one where it died."""

    processes, deaths = {}, 0

    def __init__(self, name):
        self.name = name
        kept = self.processes.get(name)
        if kept is None or kept.poll() is not None:
            Kept.deaths += kept is not None
            super().__init__(name)
            self.processes[name] = self.process
            super().__enter__()
        self.process = self.processes[name]

    def __enter__(self):
        return self

    def __exit__(self, *_):
        pass


def run(way, count, seed=0, first=0):
    """What became of `count` mutants of one way of writing."""
    report = {"way": way, "arrays": 0, "refused": 0, "slowest": 0.0, "failures": []}
    reading.worker.Worker, Kept.deaths = Kept, 0
    with tempfile.TemporaryDirectory() as folder:
        folder = Path(folder)
        name, write = writers.WAYS[way]
        write(folder / name, writers.random_layers(width=WIDTH))
        files = {path.name: path.read_bytes() for path in folder.iterdir()}
        read(folder / name)
        before = memory()
        for index in range(first, first + count):
            for file, data in mutant(files, np.random.default_rng([seed, index])).items():
                (folder / file).write_bytes(data)
            attempt(folder / name, index, report)
    report["grown"] = memory() - before
    for process in Kept.processes.values():
        Kept.deaths += process.poll() is not None
        process.kill()
        process.communicate()
    report["deaths"] = Kept.deaths
    Kept.processes.clear()
    return report


def attempt(path, index, report):
    began = seconds()
    try:
        found = read(path)
        assert all(
            a.dtype == np.float32 and np.isfinite(a).all() for p in found.layers.values() for a in p.values()
        )
        report["arrays"] += 1
    except WeightFileError as error:
        report["refused"] += 1
        if "\n" in str(error):
            report["failures"].append([index, f"more than one line: {error}"])
    except BaseException:
        report["failures"].append([index, traceback.format_exc()[-600:]])
    took = seconds() - began
    report["slowest"] = max(report["slowest"], took)
    if took > SECONDS:
        report["failures"].append([index, f"took {took:.1f} s"])


def seconds():
    """Processor time of this process and its workers, the living ones where the system tells."""
    return spent() + sum(worker.spent(process.pid) or 0 for process in Kept.processes.values())


def memory():
    """The most that this process has used since it began, in MB; 0 where the system does not tell.

    Not from `resource`: there, a process begins with what its parent had used.
    """
    with contextlib.suppress(OSError), open("/proc/self/status") as file:
        return next(int(line.split()[1]) >> 10 for line in file if line.startswith("VmHWM"))
    return 0


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("ways", nargs="*", default=list(writers.WAYS), help="default: all")
    parser.add_argument("--count", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--first", type=int, default=0)
    options = parser.parse_args()
    for way in options.ways:
        print(json.dumps(run(way, options.count, options.seed, options.first)), flush=True)


if __name__ == "__main__":
    main()
