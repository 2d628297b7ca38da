"""Every preset against its program's objective, stated in PyTorch; and what presets promise around it."""

import numpy as np
import pytest
from PIL import Image

from nst import adapted
from nst.compose import compose
from nst.objective import Objective
from nst.presets import PRESETS
from nst.settings import make
from nst.transfer import Transfer

WIDTH = (2, 3, 4, 4, 4)
PHOTO, PAINTING = (34, 41), (47, 38)  # odd sizes, and proportions of their own
SMALL = {  # an option that makes the canvas small, and the sizes that picture and painting then have
    "gatys2015": ({"size": 40}, (33, 40), (40, 32)),
    "neural-style": ({"size": 40}, (33, 40), (40, 32)),
    "neural-style-pt": ({"size": 40}, (33, 40), (40, 32)),
    "style-transfer-pytorch": ({"size": 50}, (41, 50), (47, 38)),
    "deeppy": ({}, (34, 41), (47, 38)),
    "keras-2016": ({"size": 31}, (31, 37), (31, 37)),
    "keras": ({"size": 33}, (33, 40), (33, 40)),
    "neuralart-tensorflow": ({"size": 40}, (33, 40), (40, 32)),
    "lasagne": ({"size": 33}, (33, 33), (33, 33)),
    "pytorch-tutorial": ({"size": 33}, (33, 40), (41, 33)),
    "anishathalye": ({}, (34, 41), (51, 41)),
    "gatys-notebook": ({"size": 33}, (33, 40), (41, 33)),
}


@pytest.fixture
def pictures(rng):
    return [rng.integers(0, 256, (*shape, 3), dtype=np.uint8) for shape in (PHOTO, PAINTING)]


def transfer_by(name, pictures, **options):
    """The preset's Transfer through a narrow random network in float64, of the family that it expects."""
    settings = make(preset=name, **{**SMALL[name][0], **options})
    family = "torchvision" if PRESETS[name].weights.endswith("torchvision") else None
    network = adapted.build(settings, width=WIDTH, seed=11, preprocessing=family).astype(np.float64)
    photo, painting = pictures
    return Transfer(photo, [painting], settings, network)


def resized(picture, size):
    return np.asarray(Image.fromarray(picture).resize(size[::-1], Image.Resampling.LANCZOS))


def middle_square(picture):
    side = min(picture.shape[:2])
    top, left = ((length - side) // 2 for length in picture.shape[:2])
    return picture[top : top + side, left : left + side]


@pytest.mark.parametrize("name", PRESETS)
def test_loss_and_gradient_are_the_program_s(rng, pictures, name):
    torch = pytest.importorskip("torch")
    from .peers import PROGRAMS

    run = transfer_by(name, pictures)
    _, size, painting_size = SMALL[name]
    assert run.scales[-1].size == size
    photo, painting = map(middle_square, pictures) if name == "lasagne" else pictures
    seen = [resized(photo, size), resized(painting, painting_size)]
    values = rng.uniform(0, 255, (*size, 3))

    parts = compose(run.network, size, run.photo, run.paintings, run.settings).parts
    kinds = dict.fromkeys(part.name.split()[0] for part in parts)
    take_in = run.network.preprocessing

    def ours(*of):
        """The loss of some kinds of parts, and its gradient for RGB values of 0..255."""
        chosen = [part for part in parts if part.name.split()[0] in of]
        value, gradient = Objective(run.network, chosen)(take_in.from_values(values))
        return value, take_in._swap(gradient * take_in.scale / np.array(take_in.std))

    torch.set_default_dtype(torch.float64)
    try:
        program = PROGRAMS[name](
            kernels_of(run.network, torch), *(torch.tensor(x.astype(float)) for x in seen)
        )
        answers = program.answers(torch.tensor(values))
    finally:
        torch.set_default_dtype(torch.float32)
    answers = {kind: (value, gradient.numpy()) for kind, (value, gradient) in answers.items()}
    assert list(answers) == list(kinds)
    answers["all"] = tuple(sum(column) for column in zip(*answers.values(), strict=True))
    for kind, (expected, gradient) in answers.items():
        value, found = ours(*(kinds if kind == "all" else [kind]))
        tolerance = 1e-4 if name == "style-transfer-pytorch" and kind in ("style", "all") else 1e-6
        assert value == pytest.approx(expected, rel=tolerance), kind
        assert np.linalg.norm(found - gradient) <= tolerance * np.linalg.norm(gradient), kind


def kernels_of(network, torch):
    """{"conv1_1": (weight (out, in, h, w), bias)} as PyTorch holds them."""
    return {
        layer.name: (
            torch.tensor(layer.params["kernel"].transpose(3, 2, 0, 1).copy()),
            torch.tensor(layer.params["bias"].copy()),
        )
        for layer in network
        if layer.params
    }
