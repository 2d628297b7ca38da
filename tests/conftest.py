"""What all tests share: a seeded generator, and where the real weights and independent answers lie."""

import os
import signal
import sys
from pathlib import Path

import numpy as np
import pytest

from minicnn import backend
from minicnn.errors import DeviceError
from minicnn.parallel import thread_count

from .strict import Library

# A shell lets what it runs in the background ignore Ctrl-C, and every process that a test starts with it:
# the test would wait for ever for one to be stopped.
if signal.getsignal(signal.SIGINT) == signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_xdist_auto_num_workers(config):
    """A process for each core, four at most, as each may hold VGG19; none but this one for a single file."""
    alone = len(config.args) == 1 and ".py" in config.args[0]
    return 0 if alone or thread_count() == 1 else min(4, thread_count())


@pytest.fixture
def rng():
    return np.random.default_rng(2015)


@pytest.fixture(scope="session")
def shared():
    """The folder of real weights, pictures and float64 answers; what needs it skips where it is missing."""
    beside = Path(__file__).resolve().parents[2] / "shared"
    folder = Path(os.environ.get("MINICNN_TEST_DATA", beside))
    if not (folder / "vgg19" / "vgg19-conv.npz").is_file():
        pytest.skip(f"no test data: neither MINICNN_TEST_DATA nor {beside} holds vgg19/vgg19-conv.npz")
    return folder


@pytest.fixture
def strict(monkeypatch):
    """A CuPy that counts every copy and refuses hidden ones, so that a GPU seems to be there."""
    library = Library()
    monkeypatch.setitem(sys.modules, "cupy", library)
    return library


@pytest.fixture(params=["cpu", "strict", pytest.param("cuda", marks=pytest.mark.cuda)])
def device(request):
    """Every device there is, and the strict stand-in for one."""
    if request.param == "strict":
        request.getfixturevalue("strict")
    try:
        return backend.device("cpu" if request.param == "cpu" else "cuda")
    except DeviceError as error:
        pytest.skip(str(error))


@pytest.fixture
def xp(device):
    """Its array library."""
    return device.xp
