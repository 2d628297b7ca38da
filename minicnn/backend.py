"""Which array library an array lives in, and which device computes. The only place that may import CuPy.

The array decides: an operation asks `array_module` of what it is given, and computes there. Nothing is moved
on the way: `Device.put` and `to_host` go there and back, and `readback` brings the few numbers.
"""

import ctypes
import re
import sys
from functools import lru_cache

import numpy as np

from .errors import DeviceError, OptionError

NEWEST = 13  # the newest CUDA that there is an extra for; 12 is the oldest
KERNEL = 'extern "C" __global__ void twice(float* x) { x[threadIdx.x] *= 2; }'


def array_module(x):
    """The module (NumPy or CuPy) whose functions work on `x`.

    CuPy is looked up, never imported: an array of its own can only exist once it is loaded.
    """
    if isinstance(x, np.ndarray):
        return np
    cupy = sys.modules.get("cupy")
    return cupy if cupy is not None and isinstance(x, cupy.ndarray) else np


def to_host(x):
    """`x` as a NumPy array: itself if it is one; else a copy, for which the device is waited for."""
    return x if array_module(x) is np else x.get()


class Device:
    """The CPU. `reason` tells why it was taken although a GPU would have been, if that is so."""

    name, title, xp = "cpu", "the CPU", np
    on_host = True

    def __init__(self, reason=None):
        self.reason = reason

    def put(self, array):
        """A NumPy array as one that lives here."""
        return self.xp.asarray(array)

    def synchronise(self):
        """Wait until all that was asked for is done."""

    def free(self):
        """Bytes that are free; None where nobody keeps count."""
        return None

    def held(self):
        """Bytes that are held for arrays, those included that nobody needs any more; None as `free`."""
        return None

    def trim(self):
        """Give back what is held and not needed."""

    def __repr__(self):
        return f"<Device {self.name}>"


class GPU(Device):
    """A GPU through CuPy, by its number; made by `device`, which also makes it this thread's own."""

    on_host = False

    def __init__(self, cupy, number, title):
        super().__init__()
        self.xp, self.name, self.title = cupy, f"cuda:{number}", title

    def synchronise(self):
        self.xp.cuda.get_current_stream().synchronize()

    def free(self):
        """Bytes that the driver has left, and those that CuPy's pool keeps for later."""
        return self.xp.cuda.runtime.memGetInfo()[0] + self.xp.get_default_memory_pool().free_bytes()

    def held(self):
        return self.xp.get_default_memory_pool().total_bytes()

    def trim(self):
        self.xp.get_default_memory_pool().free_all_blocks()


def device(name="auto"):
    """The Device called "cpu", "cuda" or "cuda:1"; "auto" is a GPU where one works, and otherwise the CPU.

    A GPU that is asked for by name and cannot be had is an error that tells what to do about it.
    """
    if name == "cpu":
        return Device()
    match = re.fullmatch(r"cuda(?::(\d{1,4}))?|auto", name) if isinstance(name, str) else None
    if match is None:
        raise OptionError(f"device: expected auto, cpu, cuda or cuda:1, got {name!r}")
    number = int(match[1] or 0)
    try:
        cupy = _cupy()
        _check_count(cupy, number)
        cupy.cuda.Device(number).use()
        return GPU(cupy, number, _tried(cupy, number))
    except DeviceError as error:
        if name == "auto":
            return Device(reason=str(error))
        raise


@lru_cache(maxsize=1)
def driver():
    """The version of CUDA that the NVIDIA driver serves, as (12, 4); None where there is no driver."""
    version = ctypes.c_int(0)
    try:
        library = ctypes.CDLL("nvcuda.dll" if sys.platform == "win32" else "libcuda.so.1")
        library.cuDriverGetVersion(ctypes.byref(version))
    except (OSError, AttributeError):
        return None
    return (version.value // 1000, version.value % 1000 // 10) if version.value else None


# --- the probe: one step after another, each with what to do where it fails --------------------------------


def _cupy():
    """CuPy; `import cupy` succeeds without a driver."""
    try:
        import cupy
    except Exception as error:  # a broken installation raises whatever it meets
        absent = isinstance(error, ModuleNotFoundError) and error.name == "cupy"
        found = "CuPy is not installed" if absent else f"CuPy cannot be imported ({_line(error)})"
        if driver() is None:
            raise DeviceError(f"no NVIDIA driver was found, and {found}: a GPU needs both") from error
        raise DeviceError(f"{found}; {_install()}") from error
    return cupy


def _check_count(cupy, number):
    """Nothing, if there is a GPU of that number."""
    try:
        count = cupy.cuda.runtime.getDeviceCount()
    except Exception as error:
        raise DeviceError(f"no GPU was found ({_line(error)}); {_driver_remedy(cupy)}") from error
    if count == 0:
        raise DeviceError("no GPU is visible; does CUDA_VISIBLE_DEVICES hide it, or nvidia-smi not show it?")
    if number >= count:
        names = ", ".join(f"cuda:{n}" for n in range(count))
        raise DeviceError(f"there is no cuda:{number}; there {'is' if count == 1 else 'are'} {names}")


@lru_cache(maxsize=16)
def _tried(cupy, number):
    """The GPU's title, once it has done a little of all that it will be asked for."""
    for does, step, remedy in STEPS:
        try:
            right = step(cupy)
        except Exception as error:
            raise DeviceError(f"cuda:{number} cannot {does} ({_line(error)}); {remedy()}") from error
        if not right:
            raise DeviceError(f"cuda:{number} does not {does} right: do other programs work on it?")
    title = cupy.cuda.runtime.getDeviceProperties(number)["name"]
    return title.decode() if isinstance(title, bytes) else str(title)


def _compile(cupy):
    """NVRTC, and a kernel of our own."""
    cupy.RawKernel(KERNEL, "twice").compile()
    return True


def _compute(cupy):
    """Memory, and CuPy's own kernels, which include CUDA's headers."""
    x = cupy.asarray(np.array([1.0, 2.0], np.float32))
    return to_host(x + x).tolist() == [2.0, 4.0]


def _multiply(cupy):
    """cuBLAS."""
    a = cupy.asarray(np.array([[1.0, 2.0], [3.0, 4.0]], np.float32))
    return to_host(a @ a).tolist() == [[7.0, 10.0], [15.0, 22.0]]


def _install(why="install it with"):
    """How to install what fits the driver."""
    found = driver() or (NEWEST, 0)
    if found < (12, 0):
        return f"the driver serves CUDA {found[0]}.{found[1]}, and 12 is needed: install a newer one"
    major = min(found[0], NEWEST)
    return f"{why}: pip install 'cupy-cuda{major}x[ctk]' (the extra cuda{major})"


def _driver_remedy(cupy):
    """What keeps a CuPy that is there from finding a GPU."""
    found, wanted = driver(), cupy.cuda.runtime.runtimeGetVersion() // 1000
    if found is None:
        return "install NVIDIA's driver"
    if found[0] < wanted:
        return (
            f"the driver serves CUDA {found[0]}.{found[1]} and this CuPy wants {wanted}: update the driver, "
            f"or {_install('take another CuPy')}"
        )
    return "does nvidia-smi show it?"


STEPS = (
    ("compile a kernel", _compile, lambda: _install("NVRTC comes with")),
    ("add two numbers", _compute, lambda: _install("if headers are missing, they come with")),
    ("multiply two matrices", _multiply, lambda: _install("cuBLAS comes with")),
)


def _line(error):
    """An error in one line that is not too long."""
    text = " ".join(str(error).split()) or type(error).__name__
    return text if len(text) <= 160 else f"{text[:157]}..."
