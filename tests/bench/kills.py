"""Twenty runs, each killed at one to three random moments: `python -m tests.bench.kills [RUNS] [SEED]`.

Prints a line for each, and fails at the first whose files are not those of a run that was left alone.
"""

import random
import sys
import tempfile
from pathlib import Path

from tests.nst.kills import OPTIMIZERS, command, finished, prepare, results, through_kills

ITERATIONS = 300  # of some milliseconds each, with a checkpoint after every third


def main(runs=20, seed=2015):
    rng, kills, begun, whole = random.Random(seed), 0, 0, {}
    with tempfile.TemporaryDirectory() as place:
        place = Path(place)
        prepare(place)
        for optimizer in OPTIMIZERS:
            code, said, seconds = finished(command(place / optimizer, optimizer, ITERATIONS))
            assert code == 0, said
            whole[optimizer] = results(place / optimizer), seconds
        for number in range(1, runs + 1):
            optimizer = OPTIMIZERS[number % len(OPTIMIZERS)]
            expected, seconds = whole[optimizer]
            folder = place / f"run-{number}"
            told = through_kills(folder, optimizer, rng.randint(1, 3), rng, seconds, ITERATIONS)
            assert results(folder) == expected, told
            assert not list(folder.rglob("*.part")), told
            kills += len(told)
            begun += sum(done is not None for _, done in told)
            moments = (
                ", ".join(f"{after:.2f} s at {_place(done)}" for after, done in told)
                or "done before the kill"
            )
            print(f"{number:3} {optimizer:8} {moments}")
    print(f"{runs} runs, {kills} kills, {begun} of them of a run that had begun: every file as if left alone")


def _place(done):
    return "no run yet" if done is None else f"iteration {done}"


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
