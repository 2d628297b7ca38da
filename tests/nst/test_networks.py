"""Which network a run looks through, what its losses measure, and what people are told of it."""

import numpy as np
import pytest

import nst
from minicnn import zoo
from minicnn.errors import OptionError, UnknownNameError, WeightFileError
from minicnn.weights.cache import PACKAGED
from minicnn.weights.known import FILES
from nst import image, networks
from nst.cli import main
from nst.commands.gradcheck import check
from nst.compose import compose
from nst.losses import Content, GramStyle
from nst.reconstruct import reconstruct, texture
from nst.settings import make
from nst.transfer import Transfer

LAYERS = ["relu4_2", *(f"relu{block}_1" for block in range(1, 6))]


@pytest.fixture
def bare(monkeypatch, tmp_path):
    """A machine with an empty cache, which is returned, and no weights named in the environment."""
    monkeypatch.delenv("MINICNN_WEIGHTS", raising=False)
    monkeypatch.setenv("MINICNN_CACHE", str(tmp_path / "cache"))
    (tmp_path / "cache").mkdir()
    return tmp_path / "cache"


def taught(layers=LAYERS, teacher=20):
    """A small network with a read-out to `teacher` features at each of the layers."""
    network, rng = zoo.build("vgg19", width=(6, 8, 10, 12, 12), seed=3), np.random.default_rng(5)
    network.readouts = {
        name: rng.standard_normal((network[name.replace("relu", "conv")].params["bias"].size, teacher))
        for name in layers
    }
    return network


# --- which network ---------------------------------------------------------------------------------------


def test_vgg19_where_it_is_and_the_pocket_network_where_not(bare):
    assert networks.chosen(make()) == "pocket"
    assert "python -m minicnn.weights fetch vgg19" in networks.notice(make())
    (bare / FILES["vgg19"].filename).touch()  # which nobody opens to find out what it is
    assert networks.chosen(make()) == "vgg19"
    assert networks.notice(make()) is None


def test_who_chooses_gets_it_without_a_word(bare):
    assert networks.chosen(make(network="alexnet")) == "alexnet"
    assert networks.notice(make(network="pocket")) is None


@pytest.mark.parametrize(
    ("name", "until"),
    [("vgg19", "relu1_2"), ("vgg16", "relu4_1"), ("alexnet", "relu1"), ("pocket", "relu2_1")],
)
def test_a_file_tells_its_network_by_its_layers(bare, tmp_path, monkeypatch, name, until):
    zoo.build(name, until=until).save(tmp_path / "mine.npz")
    assert networks.chosen(make(weights=str(tmp_path / "mine.npz"))) == name
    assert networks.notice(make(weights=str(tmp_path / "mine.npz"))) is None
    monkeypatch.setenv("MINICNN_WEIGHTS", str(tmp_path / "mine.npz"))
    assert networks.chosen(make()) == name
    assert networks.notice(make()) is None


def test_a_file_of_no_known_network_is_refused_when_it_is_loaded(bare, tmp_path):
    zoo.build("vgg19", width=(3, 4, 5, 6, 7)).save(tmp_path / "thin.npz")
    settings = networks.resolved(make(weights=str(tmp_path / "thin.npz")))
    with pytest.raises(WeightFileError, match="at another width"):
        networks.load(settings)


def test_a_network_reaches_as_far_as_the_layers_in_use(bare, tmp_path):
    zoo.build("vgg19", until="relu2_1").save(tmp_path / "part.npz")
    options = {"weights": str(tmp_path / "part.npz"), "content_layers": ["relu1_2"]}
    settings = networks.resolved(make(style_layers=["relu1_1"], **options))
    assert networks.load(settings).names[-1] == "relu1_2"
    assert networks.load(settings, ["relu2_1"]).names[-1] == "relu2_1"
    with pytest.raises(UnknownNameError, match=r"--style-layers: vgg19 has no layer 'relu9_9'; it has conv1"):
        networks.load(networks.resolved(make(style_layers=["relu9_9"], **options)))


def test_missing_weights_are_told_with_a_remedy(bare, monkeypatch):
    with pytest.raises(WeightFileError, match=r"python -m minicnn\.weights fetch vgg16"):
        networks.load(networks.resolved(make(network="vgg16")))
    monkeypatch.setitem(PACKAGED, "pocket", bare / "gone.npz")
    with pytest.raises(WeightFileError, match=r"install this package again, .*minicnn\.weights fetch vgg19"):
        networks.load(networks.resolved(make()))


# --- what the losses measure -----------------------------------------------------------------------------


def test_the_teacher_s_features_are_measured_where_every_layer_has_a_read_out():
    settings = networks.resolved(make(network="vgg19"))
    assert networks.fitted(settings, taught()).metric == "teacher"
    assert networks.fitted(settings.replace(metric="own"), taught()).metric == "own"
    for network in (zoo.build("vgg19", width=(1,) * 5), taught(LAYERS[:-1])):
        assert networks.fitted(settings, network).metric == "own"


def test_a_metric_that_the_network_cannot_give_is_refused():
    settings = networks.resolved(make(network="vgg19", metric="teacher"))
    with pytest.raises(OptionError, match=r"--metric teacher: .* vgg19 has none; leave --metric out"):
        networks.fitted(settings, zoo.build("vgg19", width=(1,) * 5))
    with pytest.raises(OptionError, match="has none at relu5_1, only at relu4_2, relu1_1"):
        networks.fitted(settings, taught(LAYERS[:-1]))


@pytest.mark.parametrize("form", ["relative", "gatys2015"])
def test_each_layer_is_measured_through_its_own_read_out(pictures, form):
    photo, painting = pictures
    network = taught()
    settings = networks.resolved(make(network="vgg19", loss=form, margin=0))
    objectives = {
        metric: compose(network, photo.shape[:2], photo, [painting], settings.replace(metric=metric))
        for metric in ("own", "teacher")
    }
    canvas = network.preprocess(photo[:, ::-1].copy())
    features = {
        key: {n: F.reshape(-1, F.shape[-1]) for n, F in network.forward(x, LAYERS).items()}
        for key, x in {"canvas": canvas, "photo": network.preprocess(photo)}.items()
    }
    for metric, objective in objectives.items():
        objective(canvas[0])
        R = network.readouts["relu4_2"] if metric == "teacher" else None
        expected = Content(features["photo"]["relu4_2"], form, readout=R)(features["canvas"]["relu4_2"])[0]
        assert objective.terms["content relu4_2"] == pytest.approx(expected, rel=1e-4)
        for part in objective.parts[1:]:
            R = network.readouts[part.tap] if metric == "teacher" else None
            expected = GramStyle.toward(part.loss.target, form, readout=R)(features["canvas"][part.tap])[0]
            assert objective.terms[part.name] == pytest.approx(expected, rel=1e-3)


def test_the_whole_objective_is_right_in_the_teacher_s_metric():
    network = taught().astype(np.float64)
    settings = networks.resolved(make(network="vgg19", size=32, margin=0))
    report = check(network, networks.fitted(settings, network))
    assert report.ok, report


# --- what people are told --------------------------------------------------------------------------------


def test_the_picture_s_record_names_network_and_metric(tiny, pictures, tmp_path, monkeypatch):
    photo, painting = (tmp_path / name for name in ("photo.png", "painting.png"))
    for path, picture in zip((photo, painting), pictures, strict=True):
        image.write(path, picture)
    command = ["paint", str(photo), str(painting), "-o", str(tmp_path / "out.png"), "--size", "48"]
    command += ["--iterations", "1", "--scales", "1", "-q"]
    for network, metric in ((tiny, "own"), (lambda settings, layers=(): taught(), "teacher")):
        monkeypatch.setattr(networks, "load", network)
        assert main(command) == 0
        record = image.read_settings(tmp_path / "out.png")
        assert (record["network"], record["metric"]) == ("vgg19", metric)
    assert main([*command, "--metric", "own"]) == 0
    assert image.read_settings(tmp_path / "out.png")["metric"] == "own"


def test_one_line_says_that_the_pocket_network_does_vgg19_s_part(
    tiny, bare, pictures, tmp_path, monkeypatch, capsys
):
    monkeypatch.setattr(networks, "notice", lambda settings: networks.NOTICE)
    photo, painting = (str(tmp_path / name) for name in ("photo.png", "painting.png"))
    for path, picture in zip((photo, painting), pictures, strict=True):
        image.write(path, picture)
    options = ["--size", "48", "--iterations", "1", "--scales", "1"]
    for command in (
        ["paint", photo, painting, "-o", str(tmp_path / "out.png"), *options],
        ["texture", painting, "-o", str(tmp_path / "out.png"), *options],
        ["figures", "2", photo, painting, "--out", str(tmp_path), *options[:4]],
    ):
        assert main(command) == 0
        said = capsys.readouterr().err
        assert said.startswith(f"nst: {networks.NOTICE}\n")
        assert said.count(networks.NOTICE) == 1
        assert main([*command, "-q"]) == 0
        assert capsys.readouterr() == ("", "")
    assert main(["estimate", photo, *options]) == 0
    assert capsys.readouterr().err == f"nst: {networks.NOTICE}\n"


def test_python_warns_where_the_caller_stands(tiny, pictures, monkeypatch):
    monkeypatch.setattr(networks, "notice", lambda settings: networks.NOTICE)
    photo, painting = pictures
    options = {"size": 48, "iterations": 0, "scales": 1}
    for call in (
        lambda: nst.paint(photo, painting, **options),
        lambda: texture(painting, **options),
        lambda: reconstruct(photo, "relu2_1", **options),
    ):
        with pytest.warns(UserWarning, match="fetch vgg19") as caught:
            call()
        assert [warning.filename for warning in caught] == [__file__]


def test_a_run_knows_what_it_was_given(tiny, pictures):
    photo, painting = pictures
    run = Transfer(photo, [painting], make(size=48, iterations=0), taught())
    assert (run.settings.network, run.settings.metric, run.notice) == ("vgg19", "teacher", None)
