"""Every operation and layer of this library, with the shapes and options that it is checked with, as data.

`CASES` maps a name to a builder and its settings: odd shapes, strides that do not divide, batches of 1 and
3, images of one pixel, all edges, all algorithms.
"""

from difflib import get_close_matches
from functools import partial

import numpy as np

from .. import layers
from ..errors import UnknownNameError
from . import builders

_ALGORITHMS = ("im2col", "naive", "winograd")
_EDGES = ("zero", "reflect", "replicate")

CASES = {
    "conv2d": (
        builders.conv2d,
        [
            *(
                {"x": (3, *size, 2), "kernel": (3, 3, 2, 3), "padding": 1, "algorithm": a}
                for a, size in (("im2col", (5, 7)), ("naive", (3, 4)), ("winograd", (5, 7)))
            ),
            *({"x": (1, 6, 5, 2), "kernel": (3, 3, 2, 2), "algorithm": a} for a in _ALGORITHMS),
            *({"x": (1, 1, 1, 2), "kernel": (3, 3, 2, 1), "padding": 1, "algorithm": a} for a in _ALGORITHMS),
            *(
                {"x": (1, 9, 6, 2), "kernel": (3, 3, 2, 2), "padding": 2, "edges": e, "algorithm": a}
                for e in ("reflect", "replicate")
                for a in ("im2col", "winograd")
            ),
            *(
                {
                    "x": (3, 8, 6, 2),
                    "kernel": (3, 2, 2, 3),
                    "stride": (2, 3),
                    "padding": (1, 0),
                    "algorithm": a,
                }
                for a in ("im2col", "naive")
            ),
            *(
                {
                    "x": (1, 7, 4, 4),
                    "kernel": (3, 3, 2, 6),
                    "stride": 2,
                    "padding": 1,
                    "groups": 2,
                    "algorithm": a,
                }
                for a in ("im2col", "naive")
            ),
            *({"x": (1, 19, 23, 5), "kernel": (3, 3, 5, 7), "padding": 1, "edges": e} for e in _EDGES),
            {"x": (3, 6, 5, 3), "kernel": (1, 1, 3, 2), "bias": False},
            {"x": (1, 1, 9, 1), "kernel": (1, 4, 1, 2), "stride": (1, 3)},
            {"x": (3, 13, 11, 3), "kernel": (5, 4, 3, 2), "stride": 4, "padding": 2, "edges": "reflect"},
        ],
    ),
    "conv2d_transposed": (
        builders.conv2d_transposed,
        [
            {"x": (3, 3, 4, 2), "kernel": (3, 2, 3, 2), "stride": 2, "padding": 1, "output_padding": 1},
            {"x": (1, 4, 3, 4), "kernel": (3, 3, 1, 4), "groups": 2},
            {"x": (1, 1, 5, 2), "kernel": (1, 4, 2, 2), "stride": (1, 3)},
        ],
    ),
    "pad": (
        builders.pad,
        [
            *({"x": (3, 4, 5, 2), "amounts": (1, 2, 0, 3), "edges": edges} for edges in _EDGES),
            {"x": (1, 1, 2, 1), "amounts": (3, 0, 2, 2), "edges": "replicate"},
        ],
    ),
    "relu": (builders.relu, [{"x": (3, 5, 4, 2)}, {"x": (1, 7)}]),
    "max_pool": (
        builders.max_pool,
        [
            {"x": (3, 5, 7, 2)},
            {"x": (1, 8, 6, 2), "window": (3, 2), "stride": (2, 3)},
            {"x": (1, 7, 7, 2), "window": 3, "stride": 1},
            {"x": (1, 5, 5, 2), "window": 2, "stride": 3},
            {"x": (3, 6, 5, 2), "window": 3, "stride": 2, "ties": True},
        ],
    ),
    "avg_pool": (
        builders.avg_pool,
        [
            {"x": (3, 5, 7, 2)},
            {"x": (1, 8, 6, 2), "window": (3, 2), "stride": (2, 3)},
            {"x": (1, 5, 5, 1), "window": 3, "stride": 1},
            {"x": (3, 1, 4, 1), "window": (1, 3)},
        ],
    ),
    "adaptive_avg_pool": (
        builders.adaptive_avg_pool,
        [{"x": (3, 7, 5, 2), "size": (3, 2)}, {"x": (1, 2, 3, 1), "size": 4}],
    ),
    "unpool": (builders.unpool, [{"x": (3, 5, 7, 2)}, {"x": (1, 7, 6, 2), "window": 3, "stride": 2}]),
    "flatten": (builders.flatten, [{"x": (3, 2, 5, 2)}, {"x": (1, 1, 1, 3)}]),
    "dense": (builders.dense, [{"x": (3, 7), "outputs": 4}, {"x": (1, 5), "outputs": 1}]),
    "dropout": (builders.dropout, [{"x": (3, 5, 4), "rate": 0.4}, {"x": (1, 9), "rate": 0.0}]),
    "local_response_norm": (
        builders.local_response_norm,
        [
            {"x": (3, 2, 3, 7), "alpha": 0.9},
            {"x": (1, 2, 2, 2), "size": 3, "alpha": 0.5, "beta": 0.5, "k": 2.0},
            {"x": (1, 3, 2, 9)},
        ],
    ),
    "softmax": (builders.softmax, [{"x": (3, 5)}, {"x": (1, 2, 3, 4)}]),
    "softmax_cross_entropy": (builders.softmax_cross_entropy, [{"logits": (3, 7)}, {"logits": (1, 10)}]),
    "mean_square": (builders.mean_square, [{"y": (3, 4, 5)}, {"y": (1, 1)}]),
    "gram": (builders.gram, [{"F": (7, 4)}, {"F": (1, 3)}, {"F": (35, 9)}]),
    "layers": (
        builders.layer,
        [
            {"kind": layers.Conv2D, "x": (3, 5, 4, 2), "sizes": (2, 3), "stride": 2},
            {"kind": layers.Conv2D, "x": (1, 5, 4, 2), "sizes": (2, 3), "edges": "replicate"},
            {"kind": layers.Conv2D, "x": (1, 3, 4, 4), "sizes": (4, 2), "groups": 2, "bias": False},
            {"kind": layers.Dense, "x": (3, 5), "sizes": (5, 2)},
            {"kind": layers.ReLU, "x": (3, 4, 5), "draw": builders.clear},
            {"kind": layers.MaxPool2D, "x": (3, 5, 4, 2), "draw": builders.distinct},
            {"kind": layers.AvgPool2D, "x": (3, 5, 4, 2)},
            {"kind": layers.AdaptiveAvgPool2D, "x": (1, 5, 4, 2), "sizes": (2,)},
            {"kind": layers.Flatten, "x": (3, 2, 2, 2)},
            {"kind": layers.Dropout, "x": (3, 5)},
            {"kind": layers.LocalResponseNorm, "x": (1, 2, 2, 7), "alpha": 0.9},
            {"kind": layers.Softmax, "x": (3, 5)},
        ],
    ),
    "network": (
        builders.network,
        [
            {"x": (3, 9, 7, 2), "pool": pool, "frozen": frozen}
            for pool in (layers.AvgPool2D, layers.MaxPool2D)
            for frozen in (False, True)
        ],
    ),
}


def cases(name):
    """(label, a function that builds the subject, options of `examine`) for every case of one operation."""
    key, title = find(name)
    for number, setting in enumerate(CASES[key][1]):
        if title and _build(key, number).name != title:
            continue
        options = {"apart": 1.0 if setting.get("ties") else 0.1, "strict": key not in ("layers", "network")}
        yield _label(setting), partial(_build, key, number), options


def find(name):
    """(key of CASES, title) by a key, or by a title: what the table prints, "Conv2D" or "conv2d, im2col".

    Capitals only matter where they tell an operation from a layer. The title of a whole key is None.
    """
    if name in CASES:
        return name, None
    titles = {_build(key, n).name: key for key, (_, settings) in CASES.items() for n in range(len(settings))}
    if name in titles:
        return titles[name], name
    known = {title.lower(): (key, title) for title, key in titles.items()} | {
        key: (key, None) for key in CASES
    }
    if name.lower() in known:
        return known[name.lower()]
    close = get_close_matches(name.lower(), known, n=1)
    hint = f"did you mean {known[close[0]][1] or close[0]!r}? There" if close else "there"
    raise UnknownNameError(f"no operation is called {name!r}; {hint} are {', '.join(CASES)}")


def _build(key, number):
    """The subject of one case, the same at every call."""
    builder, settings = CASES[key]
    return builder(np.random.default_rng([2015, number]), **settings[number])


def _label(setting):
    """(3, 5, 7, 2), stride 2, edges reflect, ..."""
    words = []
    for key, value in setting.items():
        if callable(value):
            words += [value.__name__] if key in ("kind", "pool") else []
        elif key in ("x", "y", "F", "logits"):
            words.append("×".join(map(str, value)))
        elif isinstance(value, bool):
            words.append(key if value else f"no {key}")
        else:
            text = "×".join(map(str, value)) if isinstance(value, tuple) else str(value)
            words.append(f"{key} {text}")
    return ", ".join(words)
