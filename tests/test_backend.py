"""Choosing a device: what there is, what is refused, and what to do about each thing that may be missing."""

import subprocess
import sys
from types import SimpleNamespace

import numpy as np
import pytest

from minicnn import backend
from minicnn.errors import DeviceError, OptionError


def failing(error):
    def fail(*_, **__):
        raise error

    return fail


@pytest.fixture
def served(monkeypatch):
    """Sets the version of CUDA that the driver serves."""
    return lambda version: monkeypatch.setattr(backend, "driver", lambda: version)


def test_the_cpu_is_always_there():
    device = backend.device("cpu")
    x = np.ones(3)
    assert (device.name, device.xp, device.reason, device.on_host) == ("cpu", np, None, True)
    assert device.put(x) is x
    assert backend.to_host(x) is x
    assert device.free() is None
    device.synchronise()


@pytest.mark.parametrize("name", ["gpu", "cuda:", "cuda:x", "cuda:-1", "cuda:.5", "cuda1", "", None, 0])
def test_names_that_are_none(name):
    with pytest.raises(OptionError, match=r"expected auto, cpu, cuda or cuda:1, got"):
        backend.device(name)


@pytest.mark.parametrize(("name", "title"), [("auto", "cuda:0"), ("cuda", "cuda:0"), ("cuda:1", "cuda:1")])
def test_a_gpu_that_works_is_taken(name, title, strict):
    device = backend.device(name)
    assert (device.name, device.title, device.xp, device.reason) == (title, "a strict stand-in", strict, None)
    assert not device.on_host
    x = np.arange(6.0).reshape(2, 3)
    there = device.put(x)
    assert backend.array_module(there) is strict
    np.testing.assert_array_equal(backend.to_host(there), x)
    assert device.free() == 2**34
    device.synchronise()


def test_it_is_tried_once(strict):
    backend.device("cuda")
    before = len(strict.ups), len(strict.downs)
    backend.device("cuda")
    assert (len(strict.ups), len(strict.downs)) == before


def test_a_gpu_is_made_this_threads_own(strict, monkeypatch):
    used = []
    monkeypatch.setattr(strict.cuda, "Device", lambda n: SimpleNamespace(use=lambda: used.append(n)))
    backend.device("cuda:1")
    backend.device("cuda")
    assert used == [1, 0]


@pytest.mark.parametrize(
    ("version", "message"),
    [
        (None, "no NVIDIA driver was found, and CuPy is not installed: a GPU needs both"),
        ((11, 4), "CuPy is not installed; the driver serves CUDA 11.4, and 12 is needed: install"),
        ((12, 4), r"CuPy is not installed; .* 'cupy-cuda12x\[ctk\]' \(the extra cuda12\)"),
        ((13, 0), r"CuPy is not installed; .* 'cupy-cuda13x\[ctk\]' \(the extra cuda13\)"),
        ((14, 1), r"CuPy is not installed; .* 'cupy-cuda13x\[ctk\]' \(the extra cuda13\)"),
    ],
)
def test_without_cupy(version, message, served, monkeypatch):
    monkeypatch.setitem(sys.modules, "cupy", None)  # as if it were not there
    served(version)
    with pytest.raises(DeviceError, match=f"^{message}"):
        backend.device("cuda")
    assert backend.device("auto").name == "cpu"


def test_a_cupy_that_is_broken(served, monkeypatch):
    served((12, 4))
    monkeypatch.setattr(sys, "meta_path", [SimpleNamespace(find_spec=failing(OSError("libz is\n gone")))])
    monkeypatch.delitem(sys.modules, "cupy", raising=False)
    with pytest.raises(DeviceError, match=r"CuPy cannot be imported \(libz is gone\); install it with"):
        backend.device("cuda")


NO_DRIVER = RuntimeError("cudaErrorInsufficientDriver: CUDA driver version is insufficient")


@pytest.mark.parametrize(
    ("version", "error", "message"),
    [
        (None, NO_DRIVER, r"no GPU was found \(cudaErrorInsufficientDriver.*\); install NVIDIA's driver"),
        ((11, 8), NO_DRIVER, r"the driver serves CUDA 11.8 and this CuPy wants 12: update the driver"),
        ((12, 4), RuntimeError("no device"), r"no GPU was found \(no device\); does nvidia-smi"),
    ],
)
def test_no_gpu_is_found(version, error, message, served, strict, monkeypatch):
    served(version)
    monkeypatch.setattr(strict.cuda.runtime, "getDeviceCount", failing(error))
    with pytest.raises(DeviceError, match=message):
        backend.device("cuda")


@pytest.mark.parametrize(
    ("count", "name", "message"),
    [
        (0, "cuda", "no GPU is visible; does CUDA_VISIBLE_DEVICES hide it"),
        (1, "cuda:1", "there is no cuda:1; there is cuda:0"),
        (2, "cuda:7", "there is no cuda:7; there are cuda:0, cuda:1"),
    ],
)
def test_fewer_than_were_asked_for(count, name, message, strict, monkeypatch):
    monkeypatch.setattr(strict.cuda.runtime, "getDeviceCount", lambda: count)
    with pytest.raises(DeviceError, match=message):
        backend.device(name)


@pytest.mark.parametrize(
    ("broken", "message"),
    [
        ("RawKernel", r"cuda:0 cannot compile a kernel \(no libnvrtc\); NVRTC comes with: pip install"),
        ("add", r"cuda:0 cannot add two numbers \(no libnvrtc\); if headers are missing, they come with"),
        ("matmul", r"cuda:0 cannot multiply two matrices \(no libnvrtc\); cuBLAS comes with: pip install"),
    ],
)
def test_a_gpu_that_cannot_do_what_it_will_be_asked_for(broken, message, served, strict, monkeypatch):
    served((12, 4))
    place = (strict, broken) if broken == "RawKernel" else (strict.ndarray, f"__{broken}__")
    monkeypatch.setattr(*place, failing(RuntimeError("no libnvrtc")))
    with pytest.raises(DeviceError, match=message):
        backend.device("cuda")
    found = backend.device("auto")
    assert (found.name, found.reason.split(" (")[0]) == ("cpu", message.split(" \\(")[0])


def test_a_gpu_that_computes_wrongly(served, strict, monkeypatch):
    served((12, 4))
    monkeypatch.setattr(strict.ndarray, "__matmul__", lambda a, b: a)
    with pytest.raises(DeviceError, match="cuda:0 does not multiply two matrices right"):
        backend.device("cuda")


def test_the_driver_is_asked_without_cupy():
    """A version where there is a driver, and none where there is none; never an error."""
    found = backend.driver()
    assert found is None or found >= (8, 0)


def test_to_ask_whether_an_array_is_cupys_loads_nothing():
    code = "import sys, numpy; from minicnn.backend import array_module, device; device('cpu')\n"
    code += "print(array_module(numpy.ones(3)).__name__, array_module([1]).__name__, 'cupy' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert done.stdout.split() == ["numpy", "numpy", "False"], done.stderr
