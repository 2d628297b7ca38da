"""The measure of whether sizes mean the same: alike pictures are told from others."""

import numpy as np
import pytest
from PIL import Image

from nst import image

from . import sizes


def test_a_change_is_alike_at_every_size_and_unlike_another(rng):
    photo = np.full((96, 128, 3), 100, np.uint8)
    change = rng.integers(0, 100, (12, 16, 3), dtype=np.uint8)
    large, small = (
        photo[:h, :w] + np.asarray(Image.fromarray(change).resize((w, h), Image.Resampling.BICUBIC))
        for h, w in ((96, 128), (48, 64))
    )
    first, second, other = (
        sizes.change(picture, photo).ravel() for picture in (large, small, large[::-1, ::-1])
    )
    assert np.corrcoef(first, second)[0, 1] > 0.95
    assert abs(np.corrcoef(first, other)[0, 1]) < 0.5


def test_it_runs_and_keeps_a_sheet(tiny_files, tmp_path, capsys):
    out = tmp_path / "out"
    out.mkdir()
    sizes.main(
        [*tiny_files, "--sizes", "24", "32", "--iterations", "1", "--network", "pocket", "--out", str(out)]
    )
    rows = capsys.readouterr().out.splitlines()
    assert [row.split("|")[1].strip() for row in rows[2:]] == ["24", "32"]
    assert image.read(out / "24.png").shape == (18, 24, 3)
    assert image.read(out / "sizes.png").shape[1] > 2 * 32


@pytest.fixture
def tiny_files(rng, tmp_path):
    for name, shape in (("photo", (36, 48, 3)), ("painting", (40, 30, 3))):
        Image.fromarray(rng.integers(0, 256, shape, dtype=np.uint8)).save(tmp_path / f"{name}.png")
    return [str(tmp_path / "photo.png"), str(tmp_path / "painting.png")]
