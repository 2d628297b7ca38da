"""NVRTC by way of ctypes: kernels compiled for an architecture by name, without driver, GPU or headers."""

import ctypes
import sys
from ctypes.util import find_library
from pathlib import Path

FAILED = 6  # NVRTC_ERROR_COMPILATION


def library():
    """NVRTC as NVIDIA's wheels bring it (nvidia-cuda-nvrtc, -cu12), or as the system has it; None without."""
    for folder in map(Path, sys.path):
        for found in sorted(folder.glob("nvidia/*/lib/libnvrtc.so.*")):
            if "alt" not in found.name:
                return _loaded(found)
    name = find_library("nvrtc")
    return _loaded(name) if name else None


def _loaded(name):
    try:
        return ctypes.CDLL(str(name))
    except OSError:
        return None


def compiled(nvrtc, text, options):
    """(machine code, the compiler's words); None for the code where it found a fault."""
    program, size = ctypes.c_void_p(), ctypes.c_size_t()
    _done(nvrtc.nvrtcCreateProgram(ctypes.byref(program), text.encode(), b"kernels.cu", 0, None, None))
    words = (ctypes.c_char_p * len(options))(*(option.encode() for option in options))
    status = nvrtc.nvrtcCompileProgram(program, len(options), words)
    _done(nvrtc.nvrtcGetProgramLogSize(program, ctypes.byref(size)))
    log = ctypes.create_string_buffer(size.value)
    _done(nvrtc.nvrtcGetProgramLog(program, log))
    code = None
    if status == 0:
        _done(nvrtc.nvrtcGetCUBINSize(program, ctypes.byref(size)))
        code = ctypes.create_string_buffer(size.value)
        _done(nvrtc.nvrtcGetCUBIN(program, code))
    elif status != FAILED:
        raise RuntimeError(f"NVRTC answered {status}: {log.value.decode()}")
    nvrtc.nvrtcDestroyProgram(ctypes.byref(program))
    return code and code.raw, log.value.decode()


def _done(status):
    if status:
        raise RuntimeError(f"NVRTC answered {status}")
