"""Whether a painting is the same at every size: `python -m tests.bench.sizes PHOTO PAINTING [--out DIR]`.

The same options at several sizes. Each picture is then looked at in one small size, 64 pixels: the change
that painting made to the photo there, as a correlation with the change in the picture before; and through
the network at 128 pixels, its content and its style error.
"""

import argparse
from itertools import pairwise
from pathlib import Path
from statistics import mean

import numpy as np

from nst import image, networks
from nst.compose import compose
from nst.settings import make
from nst.sheet import Cell, contact_sheet
from nst.sizes import resize, size_within
from nst.transfer import Transfer

SMALL, JUDGED = 64, 128  # longest sides


def change(picture, photo):
    """What painting did to the photo, at the small size."""
    size = size_within(photo.shape, SMALL)
    return resize(picture, size).astype(float) - resize(photo, size)


def judge(network, photo, painting, settings):
    """picture → (content error, mean style error) at the size at which all are judged."""
    size = size_within(photo.shape, JUDGED)
    objective = compose(network, size, photo, [painting], settings.replace(size=JUDGED, margin=0))

    def errors(picture):
        objective(network.preprocess(resize(picture, size))[0])
        of = {
            kind: [v for k, v in objective.terms.items() if k.startswith(kind)]
            for kind in ("content", "style")
        }
        return mean(of["content"]), mean(of["style"])

    return errors


def main(arguments=None):
    parser = argparse.ArgumentParser(prog="python -m tests.bench.sizes", description=__doc__)
    parser.add_argument("photo")
    parser.add_argument("painting")
    parser.add_argument("--sizes", type=int, nargs="+", default=(256, 512, 1024))
    parser.add_argument("--iterations", type=int, default=300)
    parser.add_argument("--strength", type=float, default=1.0)
    parser.add_argument("--network")
    parser.add_argument("--out", type=Path, help="keep the pictures there, and a sheet of them side by side")
    options = parser.parse_args(arguments)
    photo, painting = image.read(options.photo), image.read(options.painting)
    if options.out:
        options.out.mkdir(parents=True, exist_ok=True)
    common = {"network": options.network, "iterations": options.iterations, "strength": options.strength}
    settings = networks.resolved(make(**common))
    network = networks.load(settings)
    errors, painted = judge(network, photo, painting, networks.fitted(settings, network)), {}
    print("| size | content error | style error | change alike |\n|---|---|---|---|")
    for size in options.sizes:
        painted[size] = Transfer(photo, [painting], settings.replace(size=size), network).run()
        if options.out:
            image.write(options.out / f"{size}.png", painted[size])
    alike = [
        np.corrcoef(change(painted[a], photo).ravel(), change(painted[b], photo).ravel())[0, 1]
        for a, b in pairwise(options.sizes)
    ]
    for size, like in zip(options.sizes, ["", *(f"{one:.2f}" for one in alike)], strict=True):
        content, style = errors(painted[size])
        print(f"| {size} | {content:.3f} | {style:.3f} | {like} |")
    if options.out:
        shown = size_within(photo.shape, 384)
        cells = [Cell(resize(picture, shown), f"{size} px") for size, picture in painted.items()]
        image.write(options.out / "sizes.png", contact_sheet([cells]))


if __name__ == "__main__":
    main()
