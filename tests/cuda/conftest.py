"""A host in a GPU's place, with the kernels compiled once for each precision."""

import pytest

from minicnn.cuda import source

from . import host


@pytest.fixture(scope="session")
def libraries(tmp_path_factory):
    """library(precision), compiled when it is first asked for."""
    if host.compiler is None:
        pytest.skip("no g++: the kernels cannot be run on the host")
    folder, made = tmp_path_factory.mktemp("kernels"), {}

    def library(precision):
        if precision not in made:
            made[precision] = host.compile_host(source.text(), precision, folder)
        return made[precision]

    return library


@pytest.fixture
def make_host(libraries):
    """make_host(precision, backwards) → a Host of its own."""
    return lambda precision="fp32", backwards=False: host.Host(
        precision, libraries(precision), backwards=backwards
    )
