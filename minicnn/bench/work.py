"""The work that both sides are given, from one seed; in NumPy, so that neither carries the other's memory."""

import numpy as np

BLOCKS = ((64, 64), (128, 128), (256, 256, 256, 256), (512, 512, 512, 512), (512,))
STYLE = ("relu1_1", "relu2_1", "relu3_1", "relu4_1", "relu5_1")
CONTENT = "relu4_2"
HISTORY = 10  # steps that L-BFGS remembers
ITERATIONS = 20  # of L-BFGS for one timing on a GPU
BURST = 0.3  # seconds of evaluations for one timing on a GPU
ALPHA, BETA = 1e-3, 1.0 / len(STYLE)  # of the content loss, and of each style loss


def kernels():
    """(name, kernel) of each convolution, He-random: (3, 3, C, K), float32."""
    rng, c = np.random.default_rng(0), 3
    for block, widths in enumerate(BLOCKS, start=1):
        for number, k in enumerate(widths, start=1):
            kernel = rng.standard_normal((3, 3, c, k), dtype=np.float32)
            kernel *= np.float32(np.sqrt(2 / (9 * c)))
            yield f"conv{block}_{number}", kernel
            c = k


def pictures(size):
    """Canvas, photo and painting, (1, size, size, 3), as a network sees them."""
    rng = np.random.default_rng(1)
    for _ in range(3):
        yield rng.random((1, size, size, 3), dtype=np.float32) * np.float32(255) - np.float32(120)
