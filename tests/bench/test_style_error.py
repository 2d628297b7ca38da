"""The benchmark of painting networks, at sizes that take no time."""

import math

import numpy as np
import pytest
from PIL import Image

from minicnn import zoo
from nst import networks
from nst.settings import make

from .style_error import CLOSE, Judge, Painter, Result, balanced, features, main, paint, table

SETTINGS = {"network": "vgg19", "size": 48, "iterations": 3, "scales": 1, "metric": "own"}


@pytest.fixture
def judge(rng):
    photo, painting = (rng.integers(0, 256, (60, 80, 3), dtype=np.uint8) for _ in range(2))
    return Judge(small(seed=1), photo, {"one": painting, "another": painting[:, ::-1].copy()})


def small(seed):
    network = zoo.build("vgg19", width=(6, 8, 10, 12, 12), edges="reflect", seed=seed)
    return Painter("small", network, networks.resolved(make(**SETTINGS)))


@pytest.mark.parametrize("slope", [-0.2, -0.5, -1.5])
@pytest.mark.parametrize("first", [1e-4, 0.05, 3.0])
def test_the_weight_that_gives_an_error_is_found_in_a_few_tries(slope, first):
    asked = []

    def results_at(weight):
        asked.append(weight)
        bend = 1 + 0.1 * math.tanh(math.log(weight / 0.01))
        return {"one": Result(0.3 * bend * (weight / 0.01) ** slope, {})}

    weight, results = balanced(results_at, 0.3, first, tries=12)
    assert abs(math.log(results["one"].content / 0.3)) < CLOSE
    assert weight == pytest.approx(0.01, rel=0.3)
    assert len(asked) < 12


def test_without_a_weight_that_fits_the_nearest_is_kept():
    errors = iter([0.9, 0.5, 0.7])
    weight, results = balanced(lambda weight: {"one": Result(next(errors), {})}, 0.3, 0.01, tries=3)
    assert results["one"].content == 0.5
    assert weight > 0.01


def test_a_picture_is_judged_by_what_it_is_compared_with(judge):
    photo = judge.of_photo()
    assert photo["one"].content == 0
    assert list(photo["one"].style) == [f"relu{block}_1" for block in range(1, 6)]
    repainted = judge("one", judge.photo[::-1].copy())
    assert repainted.content > 0.005
    F, A = (
        x.reshape(-1, 8).astype(np.float64)
        for picture in (judge.photo, resized(judge.paintings["one"], judge.photo.shape))
        for x in judge.network.forward(judge.network.preprocess(picture), ["relu2_1"]).values()
    )
    G, A = F.T @ F / len(F), A.T @ A / len(A)
    assert photo["one"].style["relu2_1"] == pytest.approx(np.sum((G - A) ** 2) / np.sum(A**2), rel=1e-4)


def resized(picture, shape):
    return np.asarray(Image.fromarray(picture).resize(shape[1::-1], Image.Resampling.LANCZOS))


def test_painting_comes_closer_to_every_painting_and_keeps_the_pictures(judge, tmp_path):
    before = judge.of_photo()
    after = paint(small(seed=1), 0.001, judge, tmp_path)
    for name, result in after.items():
        assert sum(result.style.values()) < sum(before[name].style.values())
        assert result.seconds > 0
        assert (tmp_path / f"{name}-small.png").is_file()


def test_the_table_gives_means_by_layer_and_by_painting(judge):
    result = {
        "one": Result(0.5, {"a": 0.1, "b": 0.3}, 2.0),
        "another": Result(0.7, {"a": 0.3, "b": 0.5}, 4.0),
    }
    lines = list(table([("small", 0.0125, result)]))
    assert lines[0] == "| painted by | content weight | content error | style error | a | b | seconds |"
    assert lines[2] == "| small | 0.0125 | 0.600 | **0.3000** | 0.2 | 0.4 | 3.0 |"
    assert lines[-1] == "| small | 0.2000 | 0.4000 |"


def test_the_command_compares_with_the_real_vgg19(shared, capsys, tmp_path):
    options = ["--network", "vgg19", "--weights", str(shared / "vgg19" / "vgg19-conv.npz"), "--random"]
    options += ["--size", "48", "--iterations", "2", "--tries", "1", "--pairs", "the_scream"]
    main([*options, "--out", str(tmp_path / "pictures")])
    said = capsys.readouterr().out
    real = next(line for line in said.splitlines() if line.startswith("| VGG19 |"))
    again = next(line for line in said.splitlines() if line.startswith(f"| vgg19, {features('own')} |"))
    assert real.split("|")[2:-2] == again.split("|")[2:-2]  # the same network, the same picture
    assert "| vgg19, random |" in said
    assert len(list((tmp_path / "pictures").iterdir())) == 3
