import numpy as np
import pytest

from minicnn.errors import DTypeError, NonFiniteError, OptionError, ShapeError
from minicnn.preprocessing import CAFFE, TORCHVISION, Preprocessing


def test_caffe_takes_the_mean_off_blue_green_red():
    red = np.zeros((1, 1, 3), np.uint8)
    red[..., 0] = 255
    expected = np.array([0 - 103.939, 0 - 116.779, 255 - 123.68], np.float32)
    np.testing.assert_allclose(CAFFE.apply(red)[0, 0, 0], expected, rtol=1e-6)


def test_torchvision_scales_to_one_and_divides_by_the_deviation():
    picture = np.array([[[255, 128, 0]]], np.uint8)
    expected = (np.array([1, 128 / 255, 0]) - (0.485, 0.456, 0.406)) / (0.229, 0.224, 0.225)
    np.testing.assert_allclose(TORCHVISION.apply(picture)[0, 0, 0], expected, rtol=1e-5)


@pytest.mark.parametrize("convention", [CAFFE, TORCHVISION], ids=["caffe", "torchvision"])
def test_every_value_survives_the_way_there_and_back(convention):
    picture = np.stack([np.arange(256), np.arange(256)[::-1], np.roll(np.arange(256), 9)], -1)
    picture = picture.astype(np.uint8)[None]
    x = convention.apply(picture)
    assert x.shape == (1, 1, 256, 3)
    assert x.dtype == np.float32
    np.testing.assert_array_equal(convention.invert(x), picture)
    np.testing.assert_array_equal(convention.invert(x[0]), picture)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_values_beyond_the_range_are_kept_until_the_picture_is_made(dtype):
    values = np.array([[[-40.0, 300.0, 17.25]]], dtype)
    x = CAFFE.from_values(values)
    assert x.dtype == dtype
    np.testing.assert_allclose(CAFFE.to_values(x), values, atol=1e-4)
    np.testing.assert_array_equal(CAFFE.invert(x), [[[0, 255, 17]]])


def test_inputs_are_not_written_to():
    picture = np.full((2, 2, 3), 7, np.uint8)
    picture.flags.writeable = False
    x = CAFFE.apply(picture)
    x.flags.writeable = False
    CAFFE.invert(x)


def test_how_sure_does_not_tell_two_conventions_apart():
    assert Preprocessing(sure="assumed", why="no record") == Preprocessing()


@pytest.mark.parametrize(
    ("kind", "picture"),
    [
        (DTypeError, np.zeros((4, 4, 3))),
        (ShapeError, np.zeros((4, 4), np.uint8)),
        (ShapeError, np.zeros((4, 4, 4), np.uint8)),
        (ShapeError, np.zeros((0, 4, 3), np.uint8)),
    ],
)
def test_what_is_no_picture_is_refused(kind, picture):
    with pytest.raises(kind, match="expected"):
        CAFFE.apply(picture)


@pytest.mark.parametrize(
    ("kind", "x"),
    [
        (NonFiniteError, np.full((1, 2, 2, 3), np.nan, np.float32)),
        (DTypeError, [[[0.0, 0.0, 0.0]]]),
        (DTypeError, np.zeros((2, 2, 3), np.uint8)),
        (ShapeError, np.zeros((2, 2, 2, 3))),
    ],
)
def test_what_no_picture_can_be_made_of_is_refused(kind, x):
    with pytest.raises(kind, match=r"deprocess: .*expected"):
        CAFFE.invert(x)


@pytest.mark.parametrize(
    "wrong",
    [
        {"order": "GBR"},
        {"scale": 0},
        {"std": (1, 0, 1)},
        {"mean": (1, 2)},
        {"mean": (1, 2, float("nan"))},
        {"mean": 3},
        {"std": None},
        {"std": "abc"},
        {"mean": (1, 2, "3")},
        {"scale": "1"},
        {"order": None},
    ],
)
def test_impossible_settings_are_refused(wrong):
    with pytest.raises(OptionError, match="preprocessing"):
        Preprocessing(**wrong)
