"""What must be set before NumPy is loaded: of test processes beside each other, each gets one thread in BLAS.

More would wait for each other spinning, and PyTorch's as well. Threads of the library's own are as always.
"""

import os

if "PYTEST_XDIST_WORKER" in os.environ:
    os.environ.setdefault("OMP_NUM_THREADS", "1")
