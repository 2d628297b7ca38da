import numpy as np
import pytest
from PIL import Image

from nst import image
from nst.image import alpha
from nst.settings import make

RED, BLUE = [200, 20, 40], [10, 60, 220]


@pytest.fixture
def cut_out():
    """A red disc on the left and a blue one on the right, soft at the edge, over nothing (which is black)."""
    rows, columns = np.mgrid[0:40, 0:80]
    distance = np.minimum(np.hypot(rows - 20, columns - 20), np.hypot(rows - 20, columns - 60))
    a = (255 * np.clip(13 - distance, 0, 1)).astype(np.uint8)
    rgb = np.where((columns < 40)[..., None], RED, BLUE) * (a > 0)[..., None]
    return rgb.astype(np.uint8), a


def test_what_is_transparent_takes_the_colours_of_what_is_near(cut_out):
    rgb, a = cut_out
    got = alpha.filled(rgb, a).astype(int)
    np.testing.assert_array_equal(got[a == 255], rgb[a == 255])
    assert np.abs(got[a > 0] - rgb[a > 0]).max() <= 25  # soft edges: no white and no black comes in
    for side, near, far in ((got[:, :8], RED, BLUE), (got[:, -8:], BLUE, RED)):
        assert np.abs(side - near).mean() < np.abs(side - far).mean() / 2


def test_nothing_at_all_is_still_a_picture():
    rgb = np.full((5, 7, 3), 9, np.uint8)
    assert alpha.filled(rgb, np.zeros((5, 7), np.uint8)).shape == (5, 7, 3)


def test_alpha_is_read_apart_and_left_out_where_all_is_opaque(cut_out, tmp_path):
    rgb, a = cut_out
    Image.fromarray(np.dstack([rgb, a])).save(tmp_path / "a.png")
    got, got_alpha = image.read_with_alpha(tmp_path / "a.png")
    np.testing.assert_array_equal(got, rgb)
    np.testing.assert_array_equal(got_alpha, a)
    np.testing.assert_array_equal(image.read_with_alpha(np.dstack([rgb, a]))[1], a)
    Image.fromarray(np.dstack([rgb, np.full_like(a, 255)])).save(tmp_path / "b.png")
    assert image.read_with_alpha(tmp_path / "b.png")[1] is None
    assert image.read_with_alpha(rgb)[1] is None


def test_alpha_is_cut_and_resized_as_the_photo_is(cut_out):
    _, a = cut_out
    half = alpha.fitted(a, make(crop="0,0,40,40"), (20, 20))
    assert half.shape == (20, 20)
    assert half[10, 10] == 255
    assert half[0, 0] == half[0, -1] == 0
    assert abs(float(half.mean()) - a[:, :40].mean()) < 2
    for bits, top in ((np.uint8, 255), (np.uint16, 65535)):
        picture = alpha.attached(np.full((20, 20, 3), top, bits), half)
        assert picture.dtype == bits
        assert picture[10, 10].tolist() == [top] * 4
