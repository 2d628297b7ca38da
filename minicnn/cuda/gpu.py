"""A GPU through CuPy: kernels.cu compiled by NVRTC, and cuBLAS."""

from ..backend import device
from ..errors import DeviceError
from . import source
from .cublas import Cublas, library
from .engine import THREADS, WORKSPACE, Engine

_made = {}  # {(number of the GPU, precision): its Gpu}


class Gpu(Engine):
    """`Gpu.of(precision)` is the one of the GPU in use, made once."""

    def __init__(self, precision, where):
        super().__init__(precision)
        self.where, self.xp = where, where.xp
        self.module = self._compiled()
        self.functions = {name: self.module.get_function(name) for name in self.signatures}
        capability = int(self.xp.cuda.Device().compute_capability)
        self.cublas = Cublas(library(), precision, capability)
        self.workspace = self.zeros(WORKSPACE, "u1")

    @classmethod
    def of(cls, precision, where=None):
        """`where` is a `backend.Device`; by default the first GPU."""
        where = where or device("cuda")
        key = where.name, precision
        if key not in _made:
            _made[key] = cls(precision, where)
        return _made[key]

    def _compiled(self):
        return self.xp.RawModule(code=self.text(), options=(source.options(self.precision),), backend="nvrtc")

    def zeros(self, count, dtype):
        try:
            return self.xp.zeros(count, dtype)
        except self.xp.cuda.memory.OutOfMemoryError as error:
            raise DeviceError(
                f"the GPU has no memory left ({error}); choose a smaller canvas, or close what else uses it"
            ) from error

    # CuPy's assignments compile a kernel of its own first; these are plain copies.

    def write(self, to, array):
        to.set(array.reshape(to.shape))

    def copy(self, to, array):
        to.data.copy_from_device_async(array.data, to.nbytes)

    def download(self, array):
        return array.get()

    def free_bytes(self):
        return self.where.free()

    def address(self, array):
        return array.data.ptr

    def prepared_kernel(self, kernel, blocks, rows, values):
        function, grid, arguments = self.functions[kernel], (blocks, rows), tuple(values)
        return lambda: function(grid, (THREADS,), arguments)

    def prepared_product(self, product):
        task = self.cublas.prepared(product, self.address)

        def on_this_stream():
            self.cublas.use(self.xp.cuda.get_current_stream().ptr, self.workspace.data.ptr, WORKSPACE)
            task()

        return on_this_stream
