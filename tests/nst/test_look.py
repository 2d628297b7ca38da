"""`nst look`: which units, which places, what is shown of them, and how it is refused."""

import numpy as np
import pytest
from PIL import Image

from minicnn.errors import OptionError
from minicnn.fields import Field
from minicnn.layers import Conv2D, MaxPool2D, ReLU
from minicnn.network import Network
from minicnn.preprocessing import CAFFE, TORCHVISION
from nst import image
from nst import look as looking
from nst.cli import main
from nst.settings import Look

from .test_cli import refused


def of(**options):
    return Look(**{"layer": "relu2_1", **options})


@pytest.fixture
def spots():
    """A black picture with three red spots, of which the second is brightest."""
    picture = np.zeros((40, 60, 3), np.uint8)
    for (row, column), red in {(8, 10): 150, (20, 41): 250, (33, 22): 200}.items():
        picture[row : row + 2, column : column + 2, 0] = red
    return picture


@pytest.fixture
def red():
    """Unit 0 answers to red, unit 1 to blue, and unit 2 to nothing; four pixels are pooled into one."""
    conv = Conv2D(3, 3, name="conv1")
    conv.params = {"kernel": np.zeros((3, 3, 3, 3), np.float32), "bias": np.zeros(3, np.float32)}
    conv.params["kernel"][1, 1, 0, 0] = conv.params["kernel"][1, 1, 2, 1] = 1
    conv.params["bias"][2] = -1
    layers = [conv, ReLU("relu1"), MaxPool2D(name="pool1"), ReLU("relu2")]
    net = Network(layers, TORCHVISION).freeze()
    net.layers[0].params["kernel"].flags.writeable = False
    return net


def test_places_come_in_order_with_the_patches_that_they_see(red, spots):
    black = np.zeros_like(spots)
    found = looking.sights(red, "relu2", [black, spots], Look(layer="relu2", unit=0, places=3))
    assert list(found) == [0]
    sights = found[0]
    assert [sight.patch[..., 0].max() for sight in sights] == [250, 200, 150]
    assert [sight.answer for sight in sights] == sorted((s.answer for s in sights), reverse=True)
    for sight in sights:
        assert sight.patch.shape == sight.projection.shape == (4, 4, 3)
        brightest = np.unravel_index(sight.projection[..., 0].argmax(), (4, 4))
        assert sight.patch[(*brightest, 0)] == sight.patch.max()
        assert (sight.projection != 0).sum() == 1  # one pixel of one colour: the switch


def test_the_strongest_units_come_first_and_silent_ones_not_at_all(red, spots):
    spots[30, 50] = (0, 0, 200)
    found = looking.sights(red, "relu2", [spots], Look(layer="relu2"))
    assert list(found) == [0, 1]  # red at its brightest is further from the mean than blue at 200
    with pytest.raises(OptionError, match="unit 2 of relu2 answers nowhere"):
        looking.sights(red, "relu2", [spots], Look(layer="relu2", unit=2))
    with pytest.raises(OptionError, match="0 to 2, got 3"):
        looking.sights(red, "relu2", [spots], Look(layer="relu2", unit=3))
    with pytest.raises(OptionError, match="no unit of relu2"):
        looking.sights(red, "relu2", [np.zeros_like(spots)], Look(layer="relu2"))


def test_peaks_keep_their_distance():
    answers = np.array([[0, 1, 2, 9, 8, 0], [0, 0, 0, 7, 0, 0], [5, 0, 0, 0, 0, 6.0]])
    before = answers.copy()
    assert looking.peaks(answers, 3, (0, 0)) == [(0, 3), (0, 4), (1, 3)]
    assert looking.peaks(answers, 9, (1, 1)) == [(0, 3), (2, 5), (2, 0), (0, 1)]
    assert np.array_equal(answers, before)
    assert looking.apart(Field((24, 24), (4, 4))) == (3, 3)


def test_at_an_edge_patch_and_projection_move_inside_together(rng):
    picture = rng.integers(0, 256, (20, 30, 3), dtype=np.uint8)
    field = Field((10, 10), (2, 2), (-4, -4))
    for place, patch in [
        ((slice(0, 6), slice(26, 30)), picture[:10, 20:]),
        ((slice(5, 15), slice(7, 17)), picture[5:15, 7:17]),
        ((slice(14, 20), slice(0, 6)), picture[10:, :10]),
    ]:
        projection = picture[place].astype(np.float32)
        whole, seen = looking.framed(projection, place, field, picture)
        assert np.array_equal(seen, patch)
        assert whole.shape == (10, 10, 3)
        assert np.array_equal(whole[whole != 0], projection[projection != 0])
        assert np.array_equal(whole[whole != 0], seen[whole != 0])  # pixel over pixel
    whole, seen = looking.framed(
        picture.astype(float), (slice(0, 20), slice(0, 30)), Field((99, 99)), picture
    )
    assert seen.shape == whole.shape == picture.shape


@pytest.mark.parametrize("preprocessing", [CAFFE, TORCHVISION])
def test_red_is_shown_red_and_nothing_grey(preprocessing):
    values = np.zeros((8, 8, 3), np.float32)
    values[2, 3, 0], values[5, 5, 2] = 40, -20
    projection = preprocessing.from_values(values) - preprocessing.from_values(np.zeros_like(values))
    shown = looking.shown(projection, preprocessing)
    assert (shown[0, 0] == 128).all()
    assert shown[2, 3].tolist() == [255, 128, 128]
    assert shown[5, 5, 2] < 64
    assert (looking.shown(np.zeros_like(values), preprocessing) == 128).all()


# --- the command -----------------------------------------------------------------------------------------


@pytest.fixture
def files(pictures, tmp_path):
    paths = [tmp_path / "one.png", tmp_path / "two.png"]
    for path, picture in zip(paths, pictures, strict=True):
        Image.fromarray(picture).save(path)
    return [str(path) for path in paths]


def test_a_sheet_of_units_and_one_unit_alone(tiny, files, tmp_path, capsys):
    out, several = tmp_path / "out.png", ["--size", "64", "--strongest", "3", "--places", "2"]
    assert main(["look", *files, "--layer", "relu2_1", *several, "-o", str(out)]) == 0
    assert "relu2_1 of vgg19" in capsys.readouterr().err
    record = image.read_settings(out)
    assert (record["layer"], record["pooling"], record["size"]) == ("relu2_1", "max", 64)
    sheet = image.read(out)
    assert (
        main(["look", files[0], "--layer", "relu2_1", "--unit", "0", "--size", "64", "-q", "-o", str(out)])
        == 0
    )
    assert image.read_settings(out)["unit"] == 0
    assert image.read(out).shape != sheet.shape
    assert capsys.readouterr() == ("", "")


def test_every_pooling_and_network_edge_and_python_too(tiny, pictures):
    for options in ({"pooling": "avg"}, {"edges": "zero"}, {"edges": "replicate", "size": "native"}):
        sheet = looking.look(pictures[0], "relu3_1", strongest=2, places=4, **{"size": 48, **options})
        assert np.asarray(sheet).std() > 5
    with pytest.raises(OptionError, match="give one of the two"):
        looking.look(pictures[0], "relu3_1", strongest=2, unit=4)


def test_the_pocket_network_comes_along(pictures):
    sheet = looking.look(list(pictures), "relu4_1", unit=None, network="pocket", size=64, strongest=1)
    assert np.asarray(sheet).std() > 5


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        ([], "--layer"),
        (["--layer", "relu9_1"], "--layer: vgg19 has no layer 'relu9_1'; it has conv1_1"),
        (["--layer", "relu1_1", "--unit", "99"], "--unit: expected a unit of relu1_1, 0 to 5, got 99"),
        (["--layer", "relu1_1", "--unit", "-1"], "--unit: expected a whole number from 0"),
        (["--layer", "relu1_1", "--unit", "1", "--strongest", "2"], "give one of the two"),
        (["--layer", "relu1_1", "--places", "0"], "--places: expected a whole number from 1"),
        (["--layer", "relu2_1", "--pooling", "avg3"], "OverlappingAvgPool"),
        (["--layer", "relu1_1", "--size", "8"], "--size"),
    ],
)
def test_it_is_refused_in_one_line(tiny, files, tmp_path, capsys, arguments, reason):
    said = refused(["look", files[0], *arguments, "-o", str(tmp_path / "out.png")], capsys)
    assert reason in said
    assert not (tmp_path / "out.png").exists()
