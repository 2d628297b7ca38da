"""The real VGG19 against answers computed elsewhere, in float64: features, Gram matrices, losses, gradients.

The network gives features and takes seeds; the losses are written out here as the paper states them. No
code of ours stands on both sides.
"""

import numpy as np
import pytest

from minicnn import zoo
from minicnn.weights import read

CASES = ("45x61-avg", "64x96-avg", "64x96-max")
STYLE = tuple(f"relu{block}_1" for block in range(1, 6))
CONTENT = "relu4_2"
RELUS = [name.replace("conv", "relu") for name in zoo.parameter_shapes("vgg19")]
# (features, Gram matrices and losses, gradients). The answers' features are kept in float32. In float32 a
# unit of relu2_1 in the first case, 5e-5 from its kink, falls on the other side and moves gradients by 1e-3.
TOLERANCE = {"float32": (1e-5, 1e-5, 3e-3), "float64": (1e-6, 1e-10, 1e-10)}


@pytest.fixture(scope="module")
def weights(shared):
    return read(shared / "vgg19" / "vgg19-conv.npz")


@pytest.fixture(
    scope="module",
    params=[(case, dtype) for case in CASES for dtype in TOLERANCE],
    ids=lambda both: "-".join(both),
)
def run(request, shared, weights):
    """(answers, tolerances, network, features of the canvas, of the photo, of the painting)."""
    case, dtype = request.param
    answers = np.load(shared / "golden" / f"vgg19-{case}.npz")
    net = zoo.build("vgg19", weights=weights, pooling=str(answers["pool"])).astype(dtype)

    def features(picture, taps):
        x = net.preprocessing.from_values(answers[picture][None].astype(dtype))
        return {name: y[0] for name, y in net.forward(x, taps).items()}

    photo = features("content_rgb", [CONTENT])
    painting = features("style_rgb", list(STYLE))
    canvas = features("canvas_rgb", RELUS)  # last: the backward passes are its own
    return answers, TOLERANCE[dtype], net, canvas, photo, painting


def error(found, expected):
    """Norm of the difference over the norm of what was expected."""
    return np.linalg.norm(found - expected) / np.linalg.norm(expected)


def gram(F):
    F = F.reshape(-1, F.shape[-1])
    return F.T @ F


def content(F, P):
    """½Σ(F−P)² and F−P."""
    return 0.5 * np.sum((F - P) ** 2, dtype=np.float64), F - P


def style(F, painting):
    """Σ(G−A)²/(4N²M²) and F(G−A)/(N²M²), with N channels and M places of the canvas."""
    flat = F.reshape(-1, F.shape[-1])
    M, N = flat.shape
    difference = gram(F) - gram(painting)
    value = np.sum(difference**2, dtype=np.float64) / (4 * N**2 * M**2)
    return value, (flat @ difference / (N**2 * M**2)).reshape(F.shape)


def test_the_input_is_blue_green_red_less_the_mean(run):
    *_, net, _, _, _ = run
    assert net.preprocessing.order == "BGR"
    assert net.preprocessing.mean == (103.939, 116.779, 123.68)


def test_every_feature(run):
    answers, (tolerance, *_), _, canvas, _, _ = run
    for name in RELUS:
        key = name.replace("relu", "relu/conv")
        assert canvas[name].mean(dtype=np.float64) == pytest.approx(
            float(answers[f"{key}/mean"]), rel=tolerance
        )
        norm = np.linalg.norm(canvas[name].astype(np.float64))
        assert norm == pytest.approx(float(answers[f"{key}/norm"]), rel=tolerance)
        if key in answers:
            assert error(canvas[name], answers[key]) < tolerance, name


def test_every_gram_matrix(run):
    answers, (_, tolerance, _), _, canvas, _, painting = run
    for name in STYLE:
        key = name.replace("relu", "conv")
        assert error(gram(canvas[name]), answers[f"canvas_gram/{key}"]) < tolerance, name
        assert error(gram(painting[name]), answers[f"style_gram/{key}"]) < tolerance, name


def seeds(term, canvas, photo, painting):
    """(value, {tap: gradient}) of one of the answers' terms."""
    if term == "content":
        value, seed = content(canvas[CONTENT], photo[CONTENT])
        return value, {CONTENT: seed}
    if term.startswith("style_"):
        name = term.replace("style_conv", "relu")
        value, seed = style(canvas[name], painting[name])
        return value, {name: seed}
    each = {name: style(canvas[name], painting[name]) for name in STYLE}
    value = sum(part for part, _ in each.values()) / 5
    gradient = {name: seed / 5 for name, (_, seed) in each.items()}
    if term == "total":
        more, seed = content(canvas[CONTENT], photo[CONTENT])
        value, gradient[CONTENT] = value + 1e-3 * more, 1e-3 * seed
    return value, gradient


@pytest.mark.parametrize(
    "term", ["content", "style", "total", *(f"style_conv{block}_1" for block in range(1, 6))]
)
def test_every_loss_and_its_gradient(term, run):
    answers, (_, near, nearly), net, canvas, photo, painting = run
    value, gradient = seeds(term, canvas, photo, painting)
    assert value == pytest.approx(float(answers[f"loss/{term}"]), rel=near)
    given = {name: np.ascontiguousarray(seed[None]) for name, seed in gradient.items()}
    assert error(net.backward(given)[0], answers[f"grad_bgr/{term}"]) < nearly
