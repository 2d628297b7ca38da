"""A device that is a host: kernels.cu compiled as C++, and a stand-in for cuBLAS that counts every index.

Kernels run one thread after another, from the first or from the last. Every array lies between guards, bytes
that are looked at after each kernel; it holds no zeros where a GPU's would hold anything, but NaN.
"""

import ctypes
import re
import shutil
import subprocess
from pathlib import Path

import numpy as np

from minicnn.cuda import source
from minicnn.cuda.engine import THREADS, Engine

SHIM = Path(__file__).with_name("shim.h")
WAITS = ("__syncthreads", "block_sum")  # what makes a kernel run its block's threads together
C_TYPES = {
    "f4": "float",
    "f8": "double",
    "i4": "int",
    "i8": "long long",
    "u1": "unsigned char",
    "u2": "Number",
}
MARK = 0xA5
compiler = shutil.which("g++")


class TroubleError(Exception):
    """A kernel or a product did what a GPU would not survive."""


def compile_host(text, precision, folder):
    """The kernels of a text as a library; one entry `run_<kernel>` each, which takes arguments' addresses."""
    stem = Path(folder) / f"kernels-{precision}"
    code = f'#include "{SHIM}"\n#include "{stem}.cu"\nstatic void** arguments;\n'
    for name, parameters in source.signatures(text, precision).items():
        listed = ", ".join(
            f"*({C_TYPES[p.kind.str[1:]]}{'*' if p.pointer else ''}*)arguments[{n}]"
            for n, p in enumerate(parameters)
        )
        code += (
            f"static void call_{name}() {{ {name}({listed}); }}\n"
            f'extern "C" int run_{name}(void** given, int blocks, int rows, int threads, int waits, int back)'
            f"\n{{ arguments = given; return run(call_{name}, blocks, rows, threads, waits, back); }}\n"
        )
    stem.with_suffix(".cu").write_text(text, encoding="utf-8")
    stem.with_suffix(".cpp").write_text(code, encoding="utf-8")
    library = stem.with_suffix(".so")
    command = [compiler, "-std=c++11", "-O1", "-w", "-shared", "-fPIC", source.options(precision)]
    subprocess.run([*command, "-o", library, stem.with_suffix(".cpp")], check=True, capture_output=True)
    return ctypes.CDLL(str(library))


def together(text):
    """The kernels whose threads wait for each other."""
    found, rest = set(), text
    for name in re.findall(r"__global__ void (\w+)\(", text):
        rest = rest[rest.index(f"void {name}(") :]
        body = rest[: rest.index("\n}\n")]
        if any(word in body for word in WAITS):
            found.add(name)
    return found


class Host(Engine):
    xp = np

    def __init__(self, precision, library, text=None, backwards=False):
        self._text = text or source.text()
        super().__init__(precision)
        self.library, self.backwards = library, backwards
        self.together = together(self._text)
        self.arrays = []  # (whole, start, size in bytes), guards and all
        self.launched, self.products, self.downloads = [], [], 0

    def text(self):
        return self._text

    def zeros(self, count, dtype):
        size = count * np.dtype(dtype).itemsize
        guard = 4096 + min(size, 1 << 16)  # bytes before and behind
        whole = np.full(size + 2 * guard + 64, MARK, np.uint8)
        start = guard + -(whole.ctypes.data + guard) % 64  # as aligned as a GPU's
        array = whole[start : start + size].view(dtype)
        array[...] = 0
        self.arrays.append((whole, start, size))
        return array

    def upload(self, array):
        flat = np.ravel(array)
        copy = self.zeros(flat.size, flat.dtype)
        copy[...] = flat
        return copy

    def download(self, array):
        self.downloads += 1
        return array.copy()

    def address(self, array):
        if not array.flags.c_contiguous:
            raise TroubleError("a kernel was handed an array with gaps")
        return array.ctypes.data

    def prepared_kernel(self, kernel, blocks, rows, values):
        addresses = (ctypes.c_void_p * len(values))(*(value.ctypes.data for value in map(np.asarray, values)))
        kept = [np.asarray(value).copy() for value in values]
        for n, value in enumerate(kept):
            addresses[n] = value.ctypes.data

        def task(kept=kept):
            self.launched.append(kernel)
            waits = kernel in self.together
            run = getattr(self.library, f"run_{kernel}")
            if run(addresses, blocks, rows, THREADS, waits, self.backwards):
                raise TroubleError(f"{kernel}: a barrier that not all threads of a block came to")
            self.check_guards(kernel)

        return task

    def check_guards(self, who):
        for whole, start, size in self.arrays:
            if (whole[:start] != MARK).any() or (whole[start + size :] != MARK).any():
                raise TroubleError(f"{who} wrote beside an array of {size} bytes")

    def prepared_product(self, product):
        def task():
            self.products.append(product)
            multiply(product)

        return task


def multiply(p):
    """C = alpha · op(A) op(B) + beta · C for each of a batch, as cuBLAS defines it, on flat arrays.

    Refuses what cuBLAS refuses, every index beyond an array's end, and batches that write on each other.
    """
    a = operand(p.a, p.lda, p.stride_a, *((p.k, p.m) if "a" in p.transposed else (p.m, p.k)), p.batch, "A")
    b = operand(p.b, p.ldb, p.stride_b, *((p.n, p.k) if "b" in p.transposed else (p.k, p.n)), p.batch, "B")
    c = window(p.c, p.ldc, p.stride_c, p.m, p.n, p.batch, "C")
    columns = {n * p.stride_c + j * p.ldc for n in range(p.batch) for j in range(p.n)}
    starts = np.sort(np.fromiter(columns, np.int64))
    if len(columns) < p.batch * p.n or (len(starts) > 1 and np.diff(starts).min() < p.m):
        raise TroubleError("C: matrices of the batch overlap")
    if p.c.dtype != np.float32:
        raise TroubleError(f"C: expected float32, got {p.c.dtype}")
    a = a.swapaxes(1, 2) if "a" in p.transposed else a
    b = b.swapaxes(1, 2) if "b" in p.transposed else b
    with np.errstate(invalid="ignore", over="ignore"):
        result = p.alpha * np.matmul(a, b)
        if p.beta:  # otherwise C is not read, whatever it holds
            result += p.beta * c
        c[...] = result


def operand(array, ld, stride, rows, columns, batch, who):
    """The matrices in double, from halves where their bits are given."""
    array = array.view(np.float16) if array.dtype == np.uint16 else array
    return window(array, ld, stride, rows, columns, batch, who).astype(np.float64)


def window(array, ld, stride, rows, columns, batch, who):
    """(batch, rows, columns), column-major, once no index lies beyond the end."""
    if array.ndim != 1 or not array.flags.c_contiguous:
        raise TroubleError(f"{who}: expected a flat array")
    if min(rows, columns, batch) < 1 or ld < rows or stride < 0:
        raise TroubleError(f"{who}: ld {ld} for {rows} rows, stride {stride}")
    if (batch - 1) * stride + (columns - 1) * ld + rows > array.size:
        raise TroubleError(f"{who}: a product would read or write beyond the end of {array.size} entries")
    size = array.itemsize
    return np.lib.stride_tricks.as_strided(
        array, (batch, rows, columns), (stride * size, size, ld * size), writeable=who == "C"
    )
