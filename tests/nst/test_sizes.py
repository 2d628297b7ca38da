import numpy as np
import pytest

from minicnn.errors import OptionError
from nst.sizes import crop, enlarge_canvas, resize, size_within, with_margin, without_margin


def test_the_longest_side_is_what_was_asked_for():
    assert size_within((400, 300, 3), 200) == (200, 150)
    assert size_within((300, 401), 512) == (383, 512)
    assert size_within((1, 5000), 16) == (1, 16)


def test_a_fine_chequerboard_averages_out_and_does_not_fold_over():
    board = np.indices((300, 300)).sum(axis=0) % 2 * 255
    board = np.repeat(board[..., None], 3, axis=2).astype(np.uint8)
    small = resize(board, (97, 61))
    assert small.shape == (97, 61, 3)
    assert np.abs(small[3:-3, 3:-3].astype(int) - 127).max() <= 4


def test_same_size_is_the_same_picture(rng):
    picture = rng.integers(0, 255, (9, 7, 3), dtype=np.uint8)
    np.testing.assert_array_equal(resize(picture, (9, 7)), picture)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_a_canvas_is_carried_up_without_rounding_or_clipping(dtype):
    rows, columns = np.mgrid[0:20, 0:30]
    ramp = np.stack([columns * 10.37, rows * -7.1, rows + columns * 0.001], axis=2).astype(dtype)
    large = enlarge_canvas(ramp, (40, 60))
    assert large.shape == (40, 60, 3)
    assert large.dtype == dtype
    rows, columns = np.mgrid[0:40, 0:60]
    exact = np.stack(
        [(columns / 2 - 0.25) * 10.37, (rows / 2 - 0.25) * -7.1, (rows + columns * 0.001) / 2], axis=2
    )
    np.testing.assert_allclose(large[8:-8, 8:-8, :2], exact[8:-8, 8:-8, :2], atol=1e-3)


def test_carrying_up_leaves_no_mesh():
    """A chequerboard of single pixels, on flat grey: nothing of it may be left."""
    board = 100 + 50 * (-1.0) ** np.indices((32, 40)).sum(axis=0)
    large = enlarge_canvas(np.repeat(board[..., None], 3, axis=2), (64, 80))
    np.testing.assert_allclose(large[4:-4, 4:-4], 100, atol=1e-4)


def test_margins_mirror_and_come_off_again(rng):
    x = rng.standard_normal((5, 7, 3))
    wide = with_margin(x, 2)
    assert wide.shape == (9, 11, 3)
    np.testing.assert_array_equal(without_margin(wide, 2), x)
    np.testing.assert_array_equal(wide[1, 2:-2], x[1])
    np.testing.assert_array_equal(without_margin(with_margin(x, 0), 0), x)
    assert with_margin(x[:1, :1], 4).shape == (9, 9, 3)


def test_crops(rng):
    picture = rng.integers(0, 255, (90, 160, 3), dtype=np.uint8)
    np.testing.assert_array_equal(crop(picture, "10,20,50,60"), picture[20:60, 10:50])
    np.testing.assert_array_equal(crop(picture, "1:1"), picture[:, 35:125])
    np.testing.assert_array_equal(crop(picture, "16:9"), picture)
    assert crop(picture, "4:1").shape == (40, 160, 3)
    for wrong in ("", "1,2,3", "a:b", "0:3", "-2:1", "50,20,10,60", "0,0,161,90", "nan:1", "1:2:3", "inf:1"):
        with pytest.raises(OptionError, match="--crop: expected"):
            crop(picture, wrong)
