"""What all tests share: a seeded generator, and where the real weights and independent answers lie."""

import os
from pathlib import Path

import numpy as np
import pytest


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
