"""SIGKILL and Ctrl-C at random moments: a run goes on, or starts again, and ends as one left alone."""

import random
import signal
import sys
import time

import pytest

from nst.runs.losses import rows
from tests.clock import HANGING

from .kills import OPTIMIZERS, command, examine, finished, prepare, results, started, through_kills

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="signals")


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    folder = tmp_path_factory.mktemp("kills")
    prepare(folder)
    return folder


@pytest.fixture(scope="module")
def whole(place):
    """whole(optimizer): what a run that is left alone comes to, and in how many seconds."""
    found = {}

    def of(optimizer):
        if optimizer not in found:
            code, said, seconds = finished(command(place / f"whole-{optimizer}", optimizer))
            assert code == 0, said
            found[optimizer] = results(place / f"whole-{optimizer}"), seconds
        return found[optimizer]

    return of


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_a_killed_run_ends_as_one_that_was_left_alone(place, whole, optimizer):
    expected, seconds = whole(optimizer)
    told = through_kills(place / optimizer, optimizer, 1, random.Random(seconds), seconds)  # unlike each time
    assert results(place / optimizer) == expected, told
    assert not list((place / optimizer).rglob("*.part")), told


def test_ctrl_c_in_the_midst_of_a_run_loses_nothing(place, whole):
    run = place / "stopped"
    process = started([*command(run, "lbfgs"), "--checkpoint-every", "1000"])  # none but the one at the end
    until = time.monotonic() + HANGING
    while not (run / "losses.csv").exists() or len(rows(run / "losses.csv")) < 10:
        assert time.monotonic() < until
        assert process.poll() is None, process.stderr.read()
        time.sleep(0.01)
    process.send_signal(signal.SIGINT)
    said = process.communicate(timeout=HANGING)[1]
    assert process.returncode == 130, said
    done = examine(run)
    assert done >= 9
    assert len(rows(run / "losses.csv")) == done + 1
    assert finished(["resume", str(run), "-q"])[0] == 0
    assert results(run) == whole("lbfgs")[0]
