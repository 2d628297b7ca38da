"""What the fast path asks of a device: memory, kernels, products. `Gpu` is one; the tests have a host."""

from contextlib import contextmanager

from . import source

THREADS = 256  # in a block, of every kernel
WORKSPACE = 32 << 20  # bytes, of cuBLAS
BLOCKS = 256  # at most, of a kernel whose threads take several entries each and leave a partial sum a block


def blocks_for(count):
    """The same number for the same count always, so that sums come out the same."""
    return min(BLOCKS, -(-count // THREADS))


class Engine:
    """Arrays are flat. A subclass says where they lie, and how a kernel and a product are run."""

    xp = None  # the array library

    def __init__(self, precision):
        self.precision = precision
        self.number = source.number(precision)
        self.signatures = source.signatures(self.text(), precision)
        self._record = None

    def text(self):
        return source.text()

    def zeros(self, count, dtype):
        """A new array of zeros."""
        return self.xp.zeros(count, dtype)

    def upload(self, array):
        """A NumPy array, flat, on the device."""
        return self.xp.asarray(array).ravel()

    def write(self, to, array):
        """The entries of a NumPy array into an array of the device that has as many."""
        to[:] = self.upload(array)

    def copy(self, to, array):
        """The same of an array that is there already, flat and without gaps."""
        to[:] = array

    def download(self, array):
        """The way back: waits for all that was launched before."""
        raise NotImplementedError

    def free_bytes(self):
        """How much memory could still be had; None where nobody knows."""
        return None

    # --- work -------------------------------------------------------------------------------------------

    def launch(self, kernel, *arguments, threads=None, blocks=None, rows=1):
        """Run a kernel with one thread each for so many things, or with so many blocks; `rows` of those."""
        blocks = -(-threads // THREADS) if blocks is None else blocks
        values = source.marshalled(kernel, self.signatures[kernel], arguments, self.address)
        self._do(self.prepared_kernel(kernel, blocks, rows, values))

    def multiply(self, product):
        """One `layout.Product`."""
        self._do(self.prepared_product(product))

    @contextmanager
    def recording(self):
        """What is done meanwhile is written down: `replay(tasks)` does it again, on the same arrays."""
        self._record = tasks = []
        try:
            yield tasks
        finally:
            self._record = None

    @staticmethod
    def replay(tasks):
        for task in tasks:
            task()

    def _do(self, task):
        if self._record is not None:
            self._record.append(task)
        task()

    def address(self, array):
        """Where an array's first entry lies."""
        raise NotImplementedError

    def prepared_kernel(self, kernel, blocks, rows, values):
        """A function that starts `blocks` × `rows` blocks of THREADS threads; values are NumPy scalars."""
        raise NotImplementedError

    def prepared_product(self, product):
        """A function that starts a `layout.Product`."""
        raise NotImplementedError
