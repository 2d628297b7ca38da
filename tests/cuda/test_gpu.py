"""The code that talks to CuPy and cuBLAS, before libraries that pretend: what they are handed, C reads.

The array library is NumPy with the few things that CuPy has beyond it; its RawModule runs on the host.
"""

import ctypes
import subprocess
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from minicnn import cuda
from minicnn.cuda import Evaluation, cublas, gpu, source
from minicnn.errors import DeviceError

from ..nets import relative
from . import host, problems

FAKE = Path(__file__).with_name("fake_cublas.cpp")
SIZE = (9, 7)


class Pointer:
    def __init__(self, ptr):
        self.ptr = ptr

    def copy_from_device_async(self, other, size):
        ctypes.memmove(self.ptr, other.ptr, size)


class Array(np.ndarray):
    """An array that says where it lies as CuPy's do."""

    @property
    def data(self):
        return Pointer(self.ctypes.data)

    def get(self):
        return np.array(self)

    def set(self, array):
        assert type(array) is np.ndarray
        assert (array.dtype, array.shape) == (self.dtype, self.shape)
        self[...] = array


class Pretended:
    """As much of CuPy as a Gpu asks for."""

    ndarray = Array

    def __init__(self, libraries, capability="90"):
        self.libraries, self.modules, self.stream, self.full = libraries, [], 7, False
        device = SimpleNamespace(compute_capability=capability)
        self.cuda = SimpleNamespace(
            Device=lambda: device,
            get_current_stream=lambda: SimpleNamespace(ptr=self.stream),
            memory=SimpleNamespace(OutOfMemoryError=MemoryError),
        )

    def RawModule(self, code, options, backend):  # noqa: N802 - CuPy's name
        assert code == source.text()
        assert backend == "nvrtc"
        self.modules.append(options)
        precision = next(name for name in source.PRECISIONS if source.options(name) in options)
        library, waiting = self.libraries(precision), host.together(code)

        def get_function(name):
            run = getattr(library, f"run_{name}")

            def launch(grid, block, arguments):
                assert all(isinstance(value, np.generic) for value in arguments)
                kept = [np.array(value) for value in arguments]
                addresses = (ctypes.c_void_p * len(kept))(*(value.ctypes.data for value in kept))
                assert run(addresses, *grid, *block, name in waiting, False) == 0

            return launch

        return SimpleNamespace(get_function=get_function)

    def zeros(self, count, dtype):
        if self.full:
            raise MemoryError("Out of memory allocating 1 bytes")
        return np.zeros(count, dtype).view(Array)

    def asarray(self, array):
        return np.array(array).view(Array)


@pytest.fixture(scope="module")
def library(tmp_path_factory):
    if host.compiler is None:
        pytest.skip("no g++: nothing can pretend to be cuBLAS")
    path = tmp_path_factory.mktemp("cublas") / "cublas.so"
    subprocess.run([host.compiler, "-O1", "-shared", "-fPIC", "-o", path, FAKE], check=True)
    return ctypes.CDLL(str(path))


@pytest.fixture
def make_gpu(library, libraries, monkeypatch):
    """make_gpu(precision, capability) → a Gpu that pretends."""
    monkeypatch.setattr(gpu, "library", lambda: library)
    monkeypatch.setattr(gpu, "_made", {})

    def made(precision, capability="90"):
        where = SimpleNamespace(name="cuda:0", xp=Pretended(libraries, capability), free=lambda: None)
        return gpu.Gpu.of(precision, where)

    return made


def number(library, name, kind=ctypes.c_int64):
    return kind.in_dll(library, name).value


@pytest.mark.parametrize("precision", source.PRECISIONS)
def test_an_evaluation_by_way_of_both(make_gpu, make_host, library, precision):
    engine, net64 = make_gpu(precision), problems.network(dtype=np.float64)
    wanted, x = problems.terms(net64, SIZE), problems.canvas(SIZE)
    by_host = Evaluation(problems.network(), SIZE, wanted, precision, make_host(precision))(x)
    evaluation = Evaluation(problems.network(), SIZE, wanted, precision, engine)
    for _ in range(3):
        found = evaluation(engine.xp.asarray(x))
        assert found.values == pytest.approx(by_host.values, rel=1e-6)
        assert relative(found.gradient, by_host.gradient) < 1e-5
    assert isinstance(found.gradient, Array)
    assert number(library, "cublas_stream") == 7
    assert number(library, "cublas_workspace") == engine.workspace.data.ptr
    assert number(library, "cublas_workspace_size") == engine.workspace.nbytes == 32 << 20


def test_one_gpu_is_made_once(make_gpu):
    first = make_gpu("tf32")
    assert make_gpu("tf32") is first
    assert make_gpu("fp16") is not first
    assert first.xp.modules == [("-DPRECISION=Tf32",)]


@pytest.mark.parametrize(
    ("precision", "capability", "compute"),
    [
        ("tf32", "90", 77),
        ("tf32", "120", 77),
        ("tf32", "75", 68),  # no tensor cores for TF32 there
        ("fp32", "90", 68),
        ("fp16", "90", 77),  # products of float32, which hold no more digits than TF32
    ],
)
def test_how_products_are_computed(make_gpu, library, precision, capability, compute):
    engine = make_gpu(precision, capability)
    a = engine.zeros(64, np.float32)
    product = cuda.layout.features_times(a, a, a, 8, 8, more=False)
    engine.multiply(product)
    assert number(library, "cublas_compute", ctypes.c_int) == compute
    if precision == "fp16":
        halves = engine.zeros(64, np.uint16)
        engine.multiply(product._replace(a=halves, b=halves))
        assert number(library, "cublas_compute", ctypes.c_int) == 68


def test_another_stream_is_told_to_cublas_once(make_gpu, library):
    engine = make_gpu("fp32")
    a = engine.zeros(64, np.float32)
    product = cuda.layout.features_times(a, a, a, 8, 8, more=False)
    engine.multiply(product)
    engine.xp.stream = 99
    engine.multiply(product)
    assert number(library, "cublas_stream") == 99
    assert number(library, "cublas_workspace") == engine.workspace.data.ptr


def test_what_cublas_refuses_is_an_error_in_words(make_gpu):
    engine = make_gpu("fp32")
    a = engine.zeros(64, np.float32)
    product = cuda.layout.features_times(a, a, a, 8, 8, more=False)
    with pytest.raises(
        DeviceError, match=r"cuBLAS could not multiply \(8, 8\) by \(8, 8\): an invalid value"
    ):
        engine.multiply(product._replace(ldb=7))


def test_memory_that_runs_out_is_an_error_in_words(make_gpu):
    engine = make_gpu("fp32")
    engine.xp.full = True
    with pytest.raises(DeviceError, match=r"the GPU has no memory left .* choose a smaller canvas"):
        engine.zeros(1, np.float32)


def test_no_cublas_is_told_with_the_remedy(monkeypatch):
    monkeypatch.setattr(cublas, "find_library", lambda name: None)
    monkeypatch.setitem(__import__("sys").modules, "cuda.pathfinder", None)
    with pytest.raises(DeviceError, match=r"cuBLAS was not found; install it with CuPy: pip install"):
        cublas.library()
    monkeypatch.setattr(cublas, "find_library", lambda name: "/nowhere/libcublas.so")
    with pytest.raises(DeviceError, match="cuBLAS cannot be loaded"):
        cublas.library()


def test_what_other_modules_call(make_gpu, monkeypatch, rng):
    """`evaluation`, `gram`, `inner_products` and `combine`, from arrays to arrays."""
    monkeypatch.setattr(cuda, "_gpu", lambda precision, array: make_gpu(precision))
    xp = make_gpu("fp32").xp
    monkeypatch.setattr(cuda, "array_module", lambda x: xp)
    net, net64 = problems.network(), problems.network(dtype=np.float64)
    fast = cuda.evaluation(net, (1, *SIZE, 3), ["relu2_1"], "fp32")
    x = problems.canvas(SIZE)[None]
    xp.ascontiguousarray = xp.asarray
    found = fast.gradient(xp.asarray(x), {"relu2_1": lambda F: F * 2})
    F = net64.forward(x.astype(float), ["relu2_1"])["relu2_1"]
    assert relative(found, net64.backward({"relu2_1": 2 * F})) < 1e-5
    assert cuda.evaluation(net, (2, *SIZE, 3), ["relu2_1"]) is None
    wanted = problems.terms(net64, SIZE)
    values, _ = problems.expected(net64, x[0], wanted)
    assert cuda.losses(net, SIZE, wanted, "fp32")(xp.asarray(x[0])).values == pytest.approx(values, rel=1e-5)
    basis, g = (xp.asarray(rng.normal(size=shape).astype("f4")) for shape in ((4, 50), (50,)))
    assert np.allclose(cuda.gram(basis), basis.astype(float).T @ basis, atol=1e-5)
    both = np.concatenate([basis, g[None]]).astype(float)
    assert np.allclose(cuda.inner_products(basis, [g]), both @ g[:, None])
    expected = np.arange(4) @ basis + 2 * g
    assert np.allclose(cuda.combine(np.arange(4.0), basis, g, 2.0), expected, atol=1e-5)
