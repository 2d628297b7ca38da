"""A network small enough for whole runs in a test, in place of the one that settings name."""

import numpy as np
import pytest

from nst import adapted, devices, networks


@pytest.fixture
def pictures():
    """A photo (36×48) and a painting (40×30), smooth enough to be worth comparing."""
    rows, columns = np.mgrid[0:36, 0:48]
    photo = np.stack([rows * 6, columns * 5, (rows + columns) * 2], axis=2).clip(0, 255).astype(np.uint8)
    rows, columns = np.mgrid[0:40, 0:30]
    waves = 127 + 100 * np.sin(rows / 2.0 + columns / 3.0)
    painting = np.stack([waves, 255 - waves, 0.5 * waves], axis=2).astype(np.uint8)
    return photo, painting


@pytest.fixture
def tiny(monkeypatch):
    """VGG19 in name and order, twelve channels wide; every run in this process then uses it."""

    def build(settings, layers=()):
        network = adapted.build(settings, width=(6, 8, 10, 12, 12), seed=3)
        networks.check_layers(network, settings)
        return network

    monkeypatch.setattr(networks, "chosen", lambda settings: settings.network or "vgg19")
    monkeypatch.setattr(networks, "notice", lambda settings: None)
    monkeypatch.setattr(devices, "fallback", lambda device: None)  # on a machine without a GPU, one line more
    monkeypatch.setattr(networks, "load", build)
    return build
