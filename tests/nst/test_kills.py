"""SIGKILL at random moments: a run goes on, or starts again, and ends as if nothing had happened."""

import random
import sys

import pytest

from .kills import OPTIMIZERS, command, finished, prepare, results, through_kills


@pytest.mark.skipif(sys.platform == "win32", reason="signals")
@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_a_killed_run_ends_as_one_that_was_left_alone(tmp_path, optimizer):
    prepare(tmp_path)
    code, said, seconds = finished(command(tmp_path / "whole", optimizer))
    assert code == 0, said
    rng = random.Random(f"{optimizer} {seconds}")  # other moments each time
    told = through_kills(tmp_path / "killed", optimizer, 1, rng, seconds)
    assert results(tmp_path / "killed") == results(tmp_path / "whole"), told
    assert not list((tmp_path / "killed").rglob("*.part")), told
