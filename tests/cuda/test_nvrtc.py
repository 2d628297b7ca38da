"""The kernels compile for every GPU that they are for. NVRTC needs none: a wheel of its own will do."""

import pytest

from minicnn.cuda import source

from . import nvrtc

ARCHITECTURES = (75, 80, 86, 89, 90, 100, 120)


@pytest.fixture(scope="module")
def library():
    found = nvrtc.library()
    if found is None:
        pytest.skip("no NVRTC: pip install nvidia-cuda-nvrtc-cu12")
    return found


@pytest.mark.parametrize(
    ("architecture", "precision"),
    [*((number, "tf32") for number in ARCHITECTURES), (75, "fp16"), (90, "fp16"), (90, "fp32")],
)
def test_it_compiles(library, architecture, precision):
    options = [f"-arch=sm_{architecture}", source.options(precision)]
    code, words = nvrtc.compiled(library, source.text(), options)
    assert code is not None, words
    assert "warning" not in words
    for kernel in source.signatures(source.text(), precision):
        assert kernel.encode() in code


def test_what_does_not_compile_is_noticed(library):
    code, words = nvrtc.compiled(
        library, source.text().replace("Group sum", "Groups sum"), ["-arch=sm_90", "-DPRECISION=Tf32"]
    )
    assert code is None
    assert "Groups" in words
