"""The work, done by this library."""

import time

import numpy as np

from .. import evaluation, parallel
from ..fused import steps
from ..layers import AvgPool2D, Conv2D, ReLU
from ..network import Network
from ..ops import gram, gram_backward
from ..workspace import Workspace
from . import work


class Ours:
    def __init__(self, size):
        network = build()
        canvas, photo, painting = work.pictures(size)
        self.network, self.canvas, self.workspace = network, canvas, Workspace()
        self.content = network.forward(photo, [work.CONTENT])[work.CONTENT]
        self.grams = {tap: gram(matrix(F)) for tap, F in network.forward(painting, work.STYLE).items()}

    def evaluate(self):
        """The loss, and its gradient for the canvas, (1, H, W, 3)."""
        loss = 0.0

        def content(F):
            nonlocal loss
            F -= self.content
            loss += work.ALPHA * 0.5 * float(np.vdot(F, F))
            F *= np.float32(work.ALPHA)
            return F

        def style(tap):
            def seed(activation):
                nonlocal loss
                F = matrix(activation)
                m, n = F.shape
                D = gram(F) - self.grams[tap]
                loss += work.BETA * float(np.vdot(D, D)) / (4 * n * n * m * m)
                gram_backward(D * np.float32(work.BETA / (2 * n * n * m * m)), F, out=F)
                return activation

            return seed

        seeds = {work.CONTENT: content} | {tap: style(tap) for tap in work.STYLE}
        gradient = evaluation.gradient(self.network, self.canvas, seeds, self.workspace)
        return loss, gradient

    def layers(self):
        """(name, GFLOP by direct convolution, forward s, backward s) of each stage, from one run of each."""
        taps = [work.CONTENT, *work.STYLE]
        x, rows = self.canvas, []
        for stage in steps(self.network.layers, taps):
            kernel = stage.convolution.params["kernel"]
            gflop = 2e-9 * x.shape[1] * x.shape[2] * kernel.size
            start = time.perf_counter()
            y = stage.forward(x)
            middle = time.perf_counter()
            stage.backward(y)
            rows.append((stage.convolution.name, gflop, middle - start, time.perf_counter() - middle))
            x = y
        return rows

    def describe(self):
        blas = parallel.blas_libraries()
        names = ", ".join(f"{b['internal_api']} {b['version']} ({b.get('architecture', '?')})" for b in blas)
        return f"NumPy {np.__version__}, BLAS {names}, {parallel.thread_count()} threads"


def build():
    layers = []
    for name, kernel in work.kernels():
        if name.endswith("_1") and layers:
            layers.append(AvgPool2D(2, name=f"pool{int(name[4]) - 1}"))
        convolution = Conv2D(*kernel.shape[2:], name=name)
        convolution.params["kernel"] = kernel
        layers += [convolution, ReLU(name=name.replace("conv", "relu"))]
    return Network(layers).freeze()


def matrix(activation):
    return activation.reshape(-1, activation.shape[-1])
