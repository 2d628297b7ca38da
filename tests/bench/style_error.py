"""How well a network paints, as the real VGG19 sees it: `python -m tests.bench.style_error`.

VGG19 paints a photo after four paintings at its own content weight. The others then paint them at the weight
that gives VGG19's own content error, as a mean over the pairs: whoever leaves the photo further behind comes
closer to the painting for nothing. VGG19 judges every picture as it would be written, in 8 bits: style error
at relu1_1 … relu5_1 and content error at relu4_2, in the relative form, with average pooling and the edges
that nst has by default, or those of --edges. Every run starts from the photo, at one scale.
"""

import argparse
import math
import os
import sys
import time
from pathlib import Path
from statistics import mean
from typing import NamedTuple

from minicnn import zoo
from minicnn.errors import MiniCNNError
from minicnn.weights import find
from nst import image, networks
from nst.compose import compose
from nst.settings import make
from nst.sizes import resize, size_within
from nst.transfer import Transfer

DATA = Path(os.environ.get("MINICNN_TEST_DATA", Path(__file__).parents[3] / "shared"))
PHOTO, PAINTINGS = "tuebingen", ("starry_night", "the_scream", "composition_vii", "shipwreck")
CLOSE = 0.02  # content errors nearer to each other than this share count as equal


class Painter(NamedTuple):
    """A network that paints, resolved settings for it (but for the content weight), and a name for both."""

    name: str
    network: object
    settings: object


class Result(NamedTuple):
    """What VGG19 finds in a picture; seconds are those of painting it."""

    content: float
    style: dict  # {layer: error}
    seconds: float = 0.0


class Judge:
    """VGG19 with a photo and paintings: how far a picture is from both."""

    def __init__(self, vgg19, photo, paintings):
        size = size_within(photo.shape, vgg19.settings.size)
        self.photo, self.paintings, self.network = resize(photo, size), paintings, vgg19.network
        settings = vgg19.settings.replace(margin=0)
        self.objectives = {
            name: compose(vgg19.network, size, photo, [painting], settings)
            for name, painting in paintings.items()
        }

    def __call__(self, name, picture, seconds=0.0):
        objective = self.objectives[name]
        objective(self.network.preprocess(picture)[0])
        terms = {tuple(part.split()): value for part, value in objective.terms.items()}
        style = {layer: value for (kind, layer), value in terms.items() if kind == "style"}
        return Result(terms["content", "relu4_2"], style, seconds)

    def of_photo(self):
        return {name: self(name, self.photo) for name in self.paintings}


def painter(settings, name=None):
    """A Painter with its weights loaded."""
    settings = networks.resolved(settings)
    network = networks.load(settings)
    settings = networks.fitted(settings, network)
    return Painter(name or f"{settings.network}, {features(settings.metric)}", network, settings)


def features(metric):
    return {"own": "its own channels", "teacher": "through its read-outs"}[metric]


def others(options, effort):
    """The Painters to be compared with VGG19."""
    first = painter(make(network=options.network, weights=options.weights, metric=options.metric, **effort))
    found, settings = [first], first.settings.replace(metric="own")
    if options.metric is None and first.settings.metric == "teacher":
        found.append(Painter(f"{settings.network}, {features('own')}", first.network, settings))
    if options.random:
        rules = {"pooling": settings.pooling, "edges": settings.edges, "until": first.network.names[-1]}
        found.append(Painter(f"{settings.network}, random", zoo.build(settings.network, **rules), settings))
    return found


def paint(painter, weight, judge, out=None):
    """{painting: Result} at a content weight; with `out`, a folder, the pictures are kept there."""
    settings, results = painter.settings.replace(content_weight=weight), {}
    for name, painting in judge.paintings.items():
        started = time.perf_counter()
        picture = Transfer(judge.photo, [painting], settings, painter.network).run()
        results[name] = judge(name, picture, time.perf_counter() - started)
        if out:
            file = f"{name}-{painter.name.replace(', ', '-').replace(' ', '-')}.png"
            image.write(out / file, picture, settings.record())
        style = mean(results[name].style.values())
        say(f"{painter.name}, {weight:.4g}, {name}: style {style:.4f}, content {results[name].content:.4f}")
    return results


def balanced(results_at, target, first, tries):
    """(weight, results_at(weight)) whose mean content error is the target's, or the nearest that was found.

    The error falls as the weight grows, on logarithmic scales nearly along a line.
    """
    tried = {}  # {log weight: (log of the error over the target, results)}
    x = math.log(first)
    for _ in range(tries):
        results = results_at(math.exp(x))
        y = math.log(mean(result.content for result in results.values()) / target)
        tried[x] = y, results
        if abs(y) < CLOSE:
            break
        x = _next(sorted((x, y) for x, (y, _) in tried.items()))
    best = min(tried, key=lambda x: abs(tried[x][0]))
    return math.exp(best), tried[best][1]


def _next(points):
    """Where the line between the points on either side of y = 0 crosses it; else a step towards it."""
    above, below = [p for p in points if p[1] > 0], [p for p in points if p[1] <= 0]
    if above and below:
        (x, y), (u, v) = above[-1], below[0]
        return x + (u - x) * y / (y - v)
    x, y = above[-1] if above else below[0]
    return x + max(-3.0, min(3.0, 3 * y))


def table(rows):
    """Markdown of [(name, content weight or None, {painting: Result})]: by layer, then by painting."""
    results = next(iter(rows))[2]
    layers = list(next(iter(results.values())).style)
    yield (
        "| painted by | content weight | content error | style error | " + " | ".join(layers) + " | seconds |"
    )
    yield "|---" * (5 + len(layers)) + "|"
    for name, weight, results in rows:
        of_layers = [mean(result.style[layer] for result in results.values()) for layer in layers]
        content = mean(result.content for result in results.values())
        seconds = mean(result.seconds for result in results.values())
        cells = [name, f"{weight:.3g}" if weight else "", f"{content:.3f}", f"**{mean(of_layers):.4f}**"]
        cells += [f"{error:.2g}" for error in of_layers] + [f"{seconds:.1f}" if seconds else ""]
        yield "| " + " | ".join(cells) + " |"
    yield ""
    yield "| style error | " + " | ".join(results) + " |"
    yield "|---" * (1 + len(results)) + "|"
    for name, _, results in rows:
        errors = (mean(result.style.values()) for result in results.values())
        yield "| " + " | ".join([name, *(f"{error:.4f}" for error in errors)]) + " |"


def say(text):
    print(text, file=sys.stderr, flush=True)


def parse(arguments):
    parser = argparse.ArgumentParser(prog="python -m tests.bench.style_error", description=__doc__)
    parser.add_argument("--network", default="pocket", help="of the zoo (default: pocket)")
    parser.add_argument("--weights", metavar="FILE", help="its weights")
    parser.add_argument("--metric", help="own or teacher (default: both, where the weights hold read-outs)")
    parser.add_argument("--random", action="store_true", help="the same network with random weights, too")
    parser.add_argument("--pairs", nargs="+", metavar="PAINTING", default=PAINTINGS, choices=PAINTINGS)
    parser.add_argument("--size", type=int, default=256)
    parser.add_argument("--iterations", type=int, default=200)
    parser.add_argument("--edges", help="of painters and judge (default: nst's)")
    parser.add_argument("--margin", type=int, help="of painters (default: nst's)")
    parser.add_argument("--tries", type=int, default=6, help="content weights to try for each")
    parser.add_argument("--content-weight", type=float, help="paint at this one, and look for no other")
    parser.add_argument(
        "--content-error", type=float, help="the one to match; then VGG19 itself does not paint"
    )
    parser.add_argument("--out", metavar="DIR", help="keep the pictures there")
    parser.add_argument("--quick", action="store_true", help="one pair at 128 px, 20 iterations, 2 tries")
    options = parser.parse_args(arguments)
    if options.quick:
        options.pairs, options.size, options.iterations, options.tries = PAINTINGS[:1], 128, 20, 2
    return options


def main(arguments=None):
    options = parse(arguments)
    out = Path(options.out) if options.out else None
    if out:
        out.mkdir(parents=True, exist_ok=True)
    effort = {"size": options.size, "iterations": options.iterations, "scales": 1}
    effort |= {name: vars(options)[name] for name in ("edges", "margin") if vars(options)[name] is not None}
    real = DATA / "vgg19" / "vgg19-conv.npz"
    real = real if real.is_file() else find("vgg19")
    vgg19 = painter(make(network="vgg19", weights=real, **effort), "VGG19")
    photo, *paintings = (image.read(DATA / "images" / f"{name}.jpg") for name in (PHOTO, *options.pairs))
    judge = Judge(vgg19, photo, dict(zip(options.pairs, paintings, strict=True)))
    rows, target = [("the photo as it is", None, judge.of_photo())], options.content_error
    if target is None:
        weight = vgg19.settings.content_weight
        rows.append((vgg19.name, weight, paint(vgg19, weight, judge, out)))
        target = mean(result.content for result in rows[-1][2].values())
    for one in others(options, effort):

        def results_at(weight, one=one):
            return paint(one, weight, judge, out)

        weight = options.content_weight
        if weight is None:
            weight, results = balanced(results_at, target, one.settings.content_weight, options.tries)
        else:
            results = results_at(weight)
        rows.append((one.name, weight, results))
    print(f"{PHOTO} at {options.size} px, {options.iterations} iterations, edges {vgg19.settings.edges}\n")
    print("\n".join(table(rows)))


if __name__ == "__main__":
    try:
        main()
    except MiniCNNError as error:
        sys.exit(f"style_error: {error}")
