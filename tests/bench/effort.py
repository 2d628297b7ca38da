"""How far a loss has come after so many iterations: `python -m tests.bench.effort [--size 128]`.

SciPy's L-BFGS and Adam at several rates, from the photo through VGG19 at one scale, for a few paintings. A
canvas is judged as it would be shown, so that for Adam it is the mean over its iterates; losses are told
as multiples of the lowest that any of the ways came to with that painting, and averaged over the paintings.
"""

import argparse
import sys
from statistics import geometric_mean

from nst import image, networks
from nst.settings import make
from nst.transfer import Transfer

from .style_error import DATA, PAINTINGS, PHOTO

RATES = (0.5, 1, 2, 4, 8)
MARKS = (30, 50, 90, 150, 300, 450, 900)  # iterations


def losses(run, marks):
    """{iterations: loss of the canvas to be shown} of a run."""
    found = {}

    def note(progress):
        if progress.iteration in marks:
            found[progress.iteration] = run.objective(run.place[1].canvas)[0]

    run.run(note)
    return found


def ways(rates, iterations):
    """{name: options} of what is compared."""
    effort = {"iterations": iterations, "scales": 1}
    return {
        "scipy": {**effort, "optimizer": "scipy"},
        **{f"adam {r:g}": {**effort, "optimizer": "adam", "learning_rate": r} for r in rates},
    }


def main(arguments=None):
    parser = argparse.ArgumentParser(prog="python -m tests.bench.effort", description=__doc__)
    parser.add_argument("--size", type=int, default=128)
    parser.add_argument("--iterations", type=int, default=300)
    parser.add_argument("--rates", type=float, nargs="*", default=RATES)
    parser.add_argument("--pairs", nargs="+", default=PAINTINGS[:2])
    options = parser.parse_args(arguments)
    marks = [mark for mark in MARKS if mark <= options.iterations]
    photo = image.read(DATA / "images" / f"{PHOTO}.jpg")
    network, table = None, {}
    for name in options.pairs:
        painting = image.read(DATA / "images" / f"{name}.jpg")
        for way, chosen in ways(options.rates, options.iterations).items():
            weights = DATA / "vgg19" / "vgg19-conv.npz"
            settings = networks.resolved(make(network="vgg19", weights=weights, size=options.size, **chosen))
            network = network or networks.load(settings)
            table[way, name] = losses(Transfer(photo, [painting], settings, network), marks)
            print(name, way, table[way, name], file=sys.stderr, flush=True)
    lowest = {
        name: min(min(row.values()) for (_, of), row in table.items() if of == name) for name in options.pairs
    }
    print("| iterations | " + " | ".join(map(str, marks)) + " |\n|" + "---|" * (1 + len(marks)))
    for way in ways(options.rates, options.iterations):
        ratios = [
            [table[way, name].get(mark, float("inf")) / lowest[name] for name in options.pairs]
            for mark in marks
        ]
        print(f"| {way} | " + " | ".join(f"{geometric_mean(of):.2f}" for of in ratios) + " |")


if __name__ == "__main__":
    main()
