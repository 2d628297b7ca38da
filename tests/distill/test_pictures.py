"""The pictures to learn from: fixed by their seeds, varied, and with the statistics of real ones."""

import hashlib
import subprocess
import sys
from functools import cache
from itertools import pairwise

import numpy as np
import pytest

from minicnn.distill.pictures import NAMES, collection, draw, drawing, workers
from minicnn.errors import MiniCNNError, OptionError, UnknownNameError

kinds = pytest.mark.parametrize("kind", NAMES)


@cache
def some(kind, count=4, size=96):
    return np.stack([draw((7, i), size, kind) for i in range(count)])


# Mean red, green, blue and the deviation of draw(2015, 64, kind). Published weights were learnt from these
# pictures: who changes one, changes what the weights can be trained again from.
SEEN = {
    "landscape": (85.9, 107.7, 77.9, 54.9),
    "leaves": (67.6, 20.6, 38.2, 43.8),
    "street": (144.4, 152.6, 143.1, 57.4),
    "sea": (124.9, 165.7, 177.2, 47.7),
    "solids": (102.9, 114.3, 92.4, 62.4),
    "creature": (127.8, 121.1, 131.5, 62.5),
    "pattern": (68.4, 88.3, 89.1, 57.3),
    "letters": (142.0, 136.2, 117.0, 38.0),
    "scribbles": (140.8, 135.9, 172.3, 44.2),
    "contours": (101.1, 88.3, 63.9, 40.5),
    "clouds": (113.0, 111.1, 111.7, 56.5),
    "marble": (86.7, 16.2, 10.4, 41.2),
    "patches": (110.3, 179.4, 121.3, 75.0),
    "mist": (144.5, 123.6, 140.7, 26.0),
    "painted": (103.4, 100.3, 69.3, 65.1),
    "washed": (121.8, 116.9, 102.2, 57.6),
    "hatched": (67.3, 62.7, 56.8, 47.8),
    "collage": (179.4, 163.5, 112.6, 53.2),
}


@kinds
def test_a_kind_is_what_it_was(kind):
    picture = draw(2015, 64, kind).astype(float)
    np.testing.assert_allclose((*picture.mean((0, 1)), picture.std()), SEEN[kind], atol=0.5)


@kinds
def test_a_kind_gives_rgb_of_the_size_asked_for(kind):
    for size in (17, 33, 64):
        picture = draw(5, size, kind)
        assert picture.shape == (size, size, 3)
        assert picture.dtype == np.uint8


@kinds
def test_a_kind_has_contrast_and_many_colours(kind):
    for picture in some(kind):
        assert picture.mean(-1).std() > 4
        assert len(np.unique(picture.reshape(-1, 3) // 8, axis=0)) > 8
    assert (
        max(np.ptp(picture.astype(int), axis=-1).mean() for picture in some(kind)) > 8
    )  # not all of them grey


@kinds
def test_two_seeds_give_two_pictures(kind):
    one, two, *_ = some(kind).astype(int)
    assert np.abs(one - two).mean() > 5


def test_another_process_draws_the_same():
    program = (
        "import hashlib; from minicnn.distill.pictures import NAMES, draw\n"
        "pictures = b''.join(draw((3, i), 48, kind).tobytes() for i, kind in enumerate(NAMES))\n"
        "print(hashlib.sha256(pictures).hexdigest())"
    )
    there = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    here = b"".join(draw((3, i), 48, kind).tobytes() for i, kind in enumerate(NAMES))
    assert there.stdout.strip() == hashlib.sha256(here).hexdigest()


def test_drawing_leaves_numpys_own_generator_alone():
    np.random.seed(4)
    state = np.random.get_state()[1].copy()
    draw(1, 32)
    np.testing.assert_array_equal(np.random.get_state()[1], state)


def test_every_kind_is_drawn_by_chance(monkeypatch):
    drawn = set()

    def recorder(name):
        return lambda rng, size: drawn.add(name) or np.zeros((size, size, 3), np.float32)

    kinds = {recorder(kind.__name__): weight for kind, weight in drawing.KINDS.items()}
    monkeypatch.setattr(drawing, "KINDS", kinds)
    for seed in range(800):
        draw(seed, 16)
    assert drawn == set(NAMES)


def test_a_collection_does_not_depend_on_its_workers():
    expected = np.stack([draw((9, i), 24) for i in range(5)])
    for count in (1, 3, 8):
        np.testing.assert_array_equal(collection(5, 9, 24, workers=count), expected)


def test_a_collection_tells_how_far_it_is():
    told = []
    collection(4, 2, 16, workers=2, progress=lambda done, count: told.append((done, count)))
    assert sorted(told) == [(1, 4), (2, 4), (3, 4), (4, 4)]


def test_an_error_in_progress_reaches_the_caller():
    def stop(done, count):
        raise KeyError("stop")

    with pytest.raises(KeyError, match="stop"):
        collection(4, 2, 16, workers=2, progress=stop)


def test_a_worker_that_fails_is_reported(monkeypatch):
    monkeypatch.setattr(workers, "PROGRAM", "raise SystemExit('out of paint')")
    with pytest.raises(MiniCNNError, match=r"picture 0 of seed 6 failed: out of paint"):
        collection(1, 6, 16)


def test_what_cannot_be_drawn_is_refused():
    with pytest.raises(OptionError, match="at least 16 pixels wide, not 15"):
        draw(0, 15)
    with pytest.raises(OptionError, match="at least 16 pixels wide, not 8"):
        collection(2, 0, 8)
    with pytest.raises(OptionError, match="0 pictures"):
        collection(0, 0, 32)
    with pytest.raises(UnknownNameError, match="kind 'cats': choose one of landscape, leaves"):
        draw(0, 32, "cats")


def spectrum_slope(grey):
    """a of power ∝ 1/f^a, fitted between 4 cycles a picture and 0.4 cycles a pixel."""
    n = len(grey)
    window = np.hanning(n)[:, None] * np.hanning(n)
    power = np.abs(np.fft.fft2((grey - grey.mean()) * window)) ** 2
    f = np.hypot(np.fft.fftfreq(n)[:, None], np.fft.fftfreq(n))
    edges = np.geomspace(4 / n, 0.4, 12)
    mean = [power[(f >= low) & (f < high)].mean() for low, high in pairwise(edges)]
    return -np.polyfit(np.log(np.sqrt(edges[1:] * edges[:-1])), np.log(mean), 1)[0]


@cache
def mixture():
    return np.stack([draw((11, i), 128) for i in range(80)]) / 255


def test_power_falls_with_frequency_as_in_nature():
    """Photographs and paintings lie between 1/f^1.5 and 1/f^3."""
    slopes = [spectrum_slope(picture.mean(-1)) for picture in mixture()]
    assert 1.7 < np.median(slopes) < 2.8
    assert np.ptp(slopes) > 1  # and there are soft and rough ones


def test_edges_are_sparse_as_in_nature():
    """Differences of neighbours have far heavier tails than a normal distribution's kurtosis of 3."""
    kurtosis = []
    for picture in mixture():
        d = np.diff(picture.mean(-1), axis=1)
        d -= d.mean()
        kurtosis.append((d**4).mean() / (d**2).mean() ** 2)
    assert 5 < np.median(kurtosis) < 30


def test_colour_varies_less_than_lightness_and_most_from_blue_to_yellow():
    rgb = mixture()
    lightness = rgb.mean(-1)
    yellow = rgb[..., :2].mean(-1) - rgb[..., 2]
    red = rgb[..., 0] - rgb[..., 1]
    spread = [np.median(axis.std((1, 2))) for axis in (lightness, yellow, red)]
    assert 0.12 < spread[0] < 0.25
    assert 0.4 < spread[1] / spread[0] < 1.5
    assert 0.2 < spread[2] / spread[0] < spread[1] / spread[0]


def test_exposure_is_that_of_pictures():
    means = mixture().mean((1, 2, 3))
    assert 0.35 < means.mean() < 0.55
    assert 0.05 < means.std() < 0.2
