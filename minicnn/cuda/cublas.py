"""cuBLAS by way of ctypes: one function, and a handle of our own, with its own stream and workspace."""

import ctypes
from ctypes import POINTER, byref, c_float, c_int, c_longlong, c_size_t, c_void_p
from ctypes.util import find_library

import numpy as np

from ..errors import DeviceError

# Of library_types.h and cublas_api.h.
REAL_32, REAL_16 = 0, 2
COMPUTE_32, COMPUTE_32_FAST_TF32 = 68, 77
NORMAL, TRANSPOSED = 0, 1
DEFAULT_ALGORITHM = -1
TENSOR_CORES_WITH_TF32 = 80  # the compute capability from which there are some
STATUS = {1: "not initialised", 3: "out of memory", 7: "an invalid value", 8: "not supported by this GPU",
          13: "execution failed", 14: "an internal error", 15: "not supported"}  # fmt: skip
GEMM = [
    c_void_p, c_int, c_int, c_int, c_int, c_int, POINTER(c_float),
    c_void_p, c_int, c_int, c_longlong, c_void_p, c_int, c_int, c_longlong, POINTER(c_float),
    c_void_p, c_int, c_int, c_longlong, c_int, c_int, c_int,
]  # fmt: skip
REMEDY = "install it with CuPy: pip install 'cupy-cuda12x[ctk]', or cupy-cuda13x[ctk] for a newer driver"


def library():
    """cuBLAS as CuPy finds it, in its wheels or in the system's CUDA."""
    try:
        from cuda.pathfinder import load_nvidia_dynamic_lib

        path = load_nvidia_dynamic_lib("cublas").abs_path
    except Exception:  # no such package, or no such library
        path = None
    path = path or find_library("cublas")
    try:
        return ctypes.CDLL(path) if path else _missing()
    except OSError as error:
        raise DeviceError(f"cuBLAS cannot be loaded ({error}); {REMEDY}") from error


def _missing():
    raise DeviceError(f"cuBLAS was not found; {REMEDY}")


class Cublas:
    """`prepared(product, …)` is a function that starts it, on the stream that `use` was given last."""

    def __init__(self, found, precision, capability):
        tf32 = precision != "fp32" and capability >= TENSOR_CORES_WITH_TF32
        self.compute = COMPUTE_32_FAST_TF32 if tf32 else COMPUTE_32
        self.gemm = found.cublasGemmStridedBatchedEx
        self.gemm.argtypes = GEMM
        self.set_stream, self.set_workspace = found.cublasSetStream_v2, found.cublasSetWorkspace_v2
        self.set_stream.argtypes = [c_void_p, c_void_p]
        self.set_workspace.argtypes = [c_void_p, c_void_p, c_size_t]
        found.cublasCreate_v2.argtypes = [POINTER(c_void_p)]
        self.handle, self.stream = c_void_p(), None
        _done(found.cublasCreate_v2(byref(self.handle)), "create a handle")

    def use(self, stream, workspace, size):
        """Set the stream, by its address, and then the workspace, which setting a stream takes away."""
        if stream != self.stream:
            _done(self.set_stream(self.handle, stream), "set its stream")
            _done(self.set_workspace(self.handle, workspace, size), "set its workspace")
            self.stream = stream

    def prepared(self, p, address):
        halves = p.a.dtype == np.uint16
        kind, compute = (REAL_16, COMPUTE_32) if halves else (REAL_32, self.compute)
        flags = [TRANSPOSED if name in p.transposed else NORMAL for name in "ab"]
        arguments = (
            self.handle, *flags, p.m, p.n, p.k, byref(c_float(p.alpha)),
            address(p.a), kind, p.lda, p.stride_a,
            address(p.b), kind, p.ldb, p.stride_b, byref(c_float(p.beta)),
            address(p.c), REAL_32, p.ldc, p.stride_c, p.batch, compute, DEFAULT_ALGORITHM,
        )  # fmt: skip
        return lambda: _done(self.gemm(*arguments), f"multiply ({p.m}, {p.k}) by ({p.k}, {p.n})")


def _done(status, what):
    if status:
        raise DeviceError(f"cuBLAS could not {what}: {STATUS.get(status, f'status {status}')}")
