"""Every preset against its program's objective, stated in PyTorch; and what presets promise around it."""

import json

import numpy as np
import pytest
from PIL import Image

from minicnn.errors import OptionError, UnknownNameError, WeightFileError
from minicnn.weights.known import FILES
from nst import adapted, image, networks
from nst.cli import main
from nst.compose import compose
from nst.objective import Objective
from nst.options import flag, shown
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


# --- what options beside a preset do ---------------------------------------------------------------------


@pytest.mark.parametrize("name", PRESETS)
def test_a_preset_sets_what_it_says_and_its_record_makes_it_again(name):
    settings = make(preset=name)
    for key, value in PRESETS[name].settings.items():
        assert getattr(settings, key) == value, key
    assert make(**json.loads(json.dumps(settings.record()))) == settings


@pytest.mark.parametrize(
    ("name", "options", "expected"),
    [
        (
            "neural-style",
            {"size": 300, "content_weight": 7},
            {"size": 300, "content_weight": 7, "tv_weight": 1e-3},
        ),
        ("neural-style", {"optimizer": "adam"}, {"learning_rate": 10.0, "average": 0.0, "history": None}),
        ("neural-style-pt", {"optimizer": "adam"}, {"learning_rate": 1.0, "betas": (0.9, 0.999)}),
        ("neural-style", {"optimizer": "adam", "learning_rate": 3}, {"learning_rate": 3.0}),
        ("neural-style", {"start": "photo"}, {"start": "photo", "noise": None}),
        ("neural-style-pt", {"optimizer": "scipy", "history": 10}, {"iterations": 1000, "history": 10}),
        ("neuralart-tensorflow", {"start": "noise"}, {"mix": None, "noise": None}),
        ("keras-2016", {"tv": "squared"}, {"tv_exponent": None, "tv_weight": 1.0}),
        ("keras-2016", {"optimizer": "lbfgs"}, {"rounds": None, "iterations": 200}),
        ("keras", {"optimizer": "adam"}, {"decay": None, "learning_rate": None}),
        ("style-transfer-pytorch", {"optimizer": "lbfgs"}, {"span": None, "clamp": False, "average": None}),
        (
            "style-transfer-pytorch",
            {"scales": 1},
            {"first_share": 1.0, "scale_step": 2.0, "iterations": 3000},
        ),
        ("deeppy", {"size": 400}, {"size": 400, "painting_size": "native"}),
        ("lasagne", {"normalise": False, "crop": "4:3"}, {"normalise": False, "crop": "4:3"}),
        ("lasagne", {"network": "pocket"}, {"network": "pocket", "means": None}),
        ("pytorch-tutorial", {"device": "cuda:1"}, {"size": 512}),
        ("pytorch-tutorial", {"device": "cuda", "size": 300}, {"size": 300}),
        ("neural-style", {"quality": "draft"}, {"iterations": None, "quality": "draft"}),
        ("neural-style", {"loss": "mean", "quality": "draft", "iterations": 5}, {"iterations": 5}),
    ],
)
def test_what_is_said_beside_a_preset_counts(name, options, expected):
    settings = make(preset=name, **options)
    assert {key: getattr(settings, key) for key in expected} == expected


@pytest.mark.parametrize(
    ("name", "options", "message"),
    [
        (
            "neural-style",
            {"loss": "relative"},
            "--loss relative contradicts --preset neural-style, whose loss is mean",
        ),
        (
            "neural-style",
            {"optimizer": "lbfgs"},
            "--optimizer lbfgs searches .* --tv uncounted .* torch-lbfgs",
        ),
        ("deeppy", {"optimizer": "scipy"}, "--optimizer scipy searches .* --loss deeppy"),
        ("deeppy", {"optimizer": "scipy", "tv_weight": 0}, "--loss deeppy"),
        ("neural-style", {"mix": 0.5}, "--mix has no meaning with --start faint"),
        ("neural-style", {"average": 0.9}, "--average has no meaning with --optimizer torch-lbfgs"),
        ("gatys2015", {"metric": "teacher"}, "--normalise"),
        ("neural-stile", {}, "--preset: expected one of gatys2015, neural-style"),
    ],
)
def test_contradictions_are_refused(name, options, message):
    with pytest.raises(OptionError, match=message):
        make(preset=name, **options)


def test_without_its_uncounted_variation_neural_style_may_search():
    assert make(preset="neural-style", optimizer="lbfgs", tv_weight=0).optimizer == "lbfgs"


def test_a_layer_that_another_network_lacks_is_named(pictures):
    photo, painting = pictures
    with pytest.raises(UnknownNameError, match="--content-layers: pocket has no layer 'relu5_2'"):
        Transfer(photo, [painting], make(preset="keras", network="pocket"))


# --- weights -------------------------------------------------------------------------------------------


def test_the_weights_that_a_preset_needs_are_named_where_they_are_missing(monkeypatch, tmp_path):
    monkeypatch.delenv("MINICNN_WEIGHTS", raising=False)
    monkeypatch.setenv("MINICNN_CACHE", str(tmp_path))
    (tmp_path / FILES["vgg19"].filename).touch()  # of the wrong family for these
    for name in ("style-transfer-pytorch", "pytorch-tutorial"):
        with pytest.raises(
            WeightFileError, match=r"no weights for vgg19-torchvision .* fetch vgg19-torchvision"
        ):
            networks.load(networks.resolved(make(preset=name)))
    with pytest.raises(WeightFileError, match="fetch vgg16"):
        networks.load(networks.resolved(make(preset="keras-2016")))


def test_weights_of_another_family_are_taken_at_one_s_word_and_told(rng, pictures):
    run = transfer_by("style-transfer-pytorch", pictures)
    assert run.notice is None
    photo, painting = pictures
    network = adapted.build(run.settings, width=WIDTH, seed=11)
    told = Transfer(photo, [painting], run.settings, network).notice
    assert told.startswith(
        "--preset style-transfer-pytorch is that program with the weights vgg19-torchvision;"
    )
    assert "BGR" in told
    torchvision = adapted.build(run.settings, width=WIDTH, preprocessing="torchvision")
    for name in ("neural-style", "lasagne"):
        settings = make(preset=name, size=40)
        assert "vgg19" in Transfer(photo, [painting], settings, torchvision).notice
        assert Transfer(photo, [painting], settings.replace(network="pocket"), torchvision).notice is None


# --- whole runs ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", PRESETS)
def test_a_run_by_a_preset_paints(tiny, pictures, name):
    photo, painting = pictures
    settings = make(preset=name, **{**SMALL[name][0], "iterations": 8})
    run = Transfer(photo, [painting], settings)
    seen = []
    picture = run.run(lambda progress: seen.append(progress.value))
    assert picture.shape == (*SMALL[name][1], 3)
    assert not run.results[-1].failed
    assert min(seen) < seen[0] or len(seen) == 1
    again = Transfer(photo, [painting], settings).run()
    np.testing.assert_array_equal(picture, again)


def test_the_program_s_number_of_rounds_is_made_and_told(tiny, pictures):
    photo, painting = pictures
    run = Transfer(photo, [painting], make(preset="keras-2016", size=31, iterations=20))
    run.run()
    assert run.results[-1].reason == "10 rounds of at most 2 evaluations are done"


@pytest.mark.parametrize("name", ["style-transfer-pytorch", "pytorch-tutorial", "neural-style", "keras"])
def test_a_run_by_a_preset_goes_on_to_the_same_bytes(tiny, pictures, name):
    photo, painting = pictures
    settings = make(preset=name, **{**SMALL[name][0], "iterations": 9})
    whole = Transfer(photo, [painting], settings).run()
    first = Transfer(photo, [painting], settings)
    first.run(lambda progress: progress.iteration == 4)
    second = Transfer(photo, [painting], settings).restore(first.state())
    np.testing.assert_array_equal(second.run(), whole)


# --- the command -----------------------------------------------------------------------------------------


def test_the_table_has_a_row_for_each(capsys):
    assert main(["presets"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].split()[:2] == ["preset", "year"]
    assert [line.split()[0] for line in lines[2 : 2 + len(PRESETS)]] == list(PRESETS)
    column = lines[0].index("network")
    assert all(line[column : column + 3] == "vgg" and line[column - 1] == " " for line in lines[2:-2])


@pytest.mark.parametrize("name", PRESETS)
def test_all_of_one_is_told(capsys, name):
    assert main(["presets", name]) == 0
    told = capsys.readouterr().out
    preset = PRESETS[name]
    for text in (
        preset.title,
        preset.source,
        preset.content,
        preset.style,
        preset.variation,
        *preset.departures,
    ):
        assert text in told
    for key, value in preset.settings.items():
        assert flag(key) in told, key
        assert isinstance(value, bool) or shown(value) in told, key
    assert f"minicnn.weights fetch {preset.weights}\n" in told
    assert preset.weights in FILES


def test_a_picture_s_record_names_its_preset_and_all_that_it_set(tiny, pictures, tmp_path):
    for file, picture in zip(("photo.png", "painting.png"), pictures, strict=True):
        Image.fromarray(picture).save(tmp_path / file)
    files = [str(tmp_path / name) for name in ("photo.png", "painting.png", "out.png")]
    assert main(["paint", *files[:2], "-o", files[2], "--preset", "deeppy", "--iterations", "1", "-q"]) == 0
    record = image.read_settings(files[2])
    assert record["preset"] == "deeppy"
    expected = {**PRESETS["deeppy"].settings, "iterations": 1}
    assert {key: record[key] for key in expected} == json.loads(json.dumps(expected))


def test_a_preset_that_does_not_exist_is_refused(capsys):
    assert main(["presets", "neural-stile"]) == 2
    assert "did you mean neural-style?" in capsys.readouterr().err


@pytest.mark.parametrize("name", PRESETS)
def test_its_gradient_is_checked_or_refused_by_name(tiny, capsys, name):
    refused = {"neural-style": "tv", "deeppy": "content relu4_2, style relu1_1"}
    code = main(["gradcheck", "--preset", name])
    said = capsys.readouterr()
    if name in refused:
        assert code == 2
        assert f"gradcheck: the gradient of {refused[name]}" in said.err
        assert "belongs to no loss" in said.err
    else:
        assert code == 0, said
        assert "right" in said.out
