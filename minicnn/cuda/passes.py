"""Forward through a network's stages, and back from seeds at its taps, in buffers that exist once."""

import numpy as np

from ..backend import to_host
from ..errors import ShapeError
from . import layout, plan
from .engine import blocks_for
from .memory import pass_buffers
from .numbers import scale_for, stored

# Border pixels that may be folded onto one: its gradient can be so many times what the product left.
FOLDS = 4
CALIBRATE = 64  # evaluations between two choices of fp16's scales


class Passes:
    """`forward(canvas)` fills the taps; `backward(seeds)` walks back, and leaves the canvas's gradient.

    In fp16 the operands of every product carry a power of two, chosen from the largest number that was met
    when `calibrate` was last set; numbers that do not fit raise the flag `overflow`.
    """

    def __init__(self, network, size, taps, engine, seeded=True):
        self.engine, self.size = engine, tuple(size)
        self.stages = plan.stages(network, size, taps)
        self.scaled = engine.precision == "fp16"
        self.scales = {}  # {("forward" or "backward", stage): of what its product reads}
        self.kernel_scales = []
        self.buffers = {
            name: engine.zeros(*needed)
            for name, needed in pass_buffers(self.stages, engine.precision, seeded).items()
        }
        for number, stage in enumerate(self.stages):
            self._load(number, stage, seeded)

    def _load(self, number, stage, seeded):
        """The parameters, as the kernels and products read them."""
        kernel, name = to_host(stage.layer.params["kernel"]), stage.layer.name
        bias = stage.layer.params.get("bias")
        if bias is not None:
            self._put(f"bias {name}", layout.filled(to_host(bias), stage.k))
        if number == 0:
            self.kernel_scales.append(1.0)
            self._put(f"kernel {name}", layout.first_kernel(kernel))
            return
        scale = scale_for(np.abs(kernel).max()) if self.scaled else 1.0
        self.kernel_scales.append(scale)
        ways = {"kernel": layout.forward_kernel} | ({"turned": layout.backward_kernel} if seeded else {})
        for what, arranged in ways.items():
            self._put(f"{what} {name}", stored(arranged(kernel), self.engine.precision, scale))

    def _put(self, name, array):
        self.engine.write(self.buffers[name], np.ascontiguousarray(array))

    # --- forward ----------------------------------------------------------------------------------------

    def forward(self, canvas, calibrate=False):
        """canvas, flat (h, w, 3) float32 → the taps."""
        launch, b = self.engine.launch, self.buffers
        for number, stage in enumerate(self.stages):
            name, h, w, k = stage.layer.name, stage.h, stage.w, stage.k
            if number == 0:
                arguments = canvas, b[f"kernel {name}"], b["sums"], h, w, k, stage.edges
                launch("first_forward", *arguments, threads=h * w * k // 8)
            else:
                self._multiply(stage.reads, k, f"kernel {name}", "forward", number)
            above = self.stages[number + 1] if number + 1 < len(self.stages) else None
            if above and calibrate:
                most = self._largest(b["sums"], h, w + 2, 2, k) + self._largest(b[f"bias {name}"], 1, 1, 0, k)
                self.scales["forward", number + 1] = scale_for(most)
            step = 2 if stage.pooling else 1
            launch(
                "activate", b["sums"], b[f"bias {name}"], h, w, k, stage.relu, stage.pooling,
                b.get(f"mask {name}"), b.get(f"positive {name}"),
                *(self._tap(stage, position) for position in plan.POSITIONS),
                self._stack() if above else None, above.edges if above else 0,
                self.scales.get(("forward", number + 1), 1.0), b["overflow"],
                threads=-(-h // step) * -(-w // step) * k // 8,
            )  # fmt: skip

    def features(self, tap):
        """What stands at a tap, (M, C): a view, until the next pass."""
        stage, position = self.at(tap)
        places = stage.places(position)
        return self.buffers[f"tap {tap}"].reshape(places, stage.k)[:, : stage.channels]

    @property
    def nbytes(self):
        return sum(buffer.nbytes for buffer in self.buffers.values())

    def at(self, tap):
        """(stage, position) of a tap."""
        return next(
            (stage, position) for stage in self.stages for position, name in stage.taps.items() if name == tap
        )

    # --- backward ---------------------------------------------------------------------------------------

    def backward(self, seeds, calibrate=False):
        """seeds(tap) gives the loss's gradient for a tap, compact and flat. → that for the canvas, flat.

        Each seed is asked for when the way back comes past its tap. It may be what `features` gave, written
        over.
        """
        launch, b, above = self.engine.launch, self.buffers, None
        for number in reversed(range(len(self.stages))):
            stage = self.stages[number]
            name, h, w, k = stage.layer.name, stage.h, stage.w, stage.k
            found = {position: seeds(tap) for position, tap in stage.taps.items()}
            positive = b.get(f"positive {name}", b.get(f"mask {name}"))
            if calibrate and number > 0:
                self.scales["backward", number] = scale_for(self._steepest(stage, above, found))
            flat = number == 0
            launch(
                "spread", b["sums"] if above else None, above.edges if above else 0, h, w, k, stage.pooling,
                b.get(f"mask {name}"), found.get("pool"), positive, found.get("relu"),
                found.get("conv"), None if flat else self._stack(),
                b["stack"][: h * w * k * 4].view(np.float32) if flat else None,
                stage.edges, self.scales.get(("backward", number), 1.0), b["overflow"],
                threads=h * w * k // 8,
            )  # fmt: skip
            if flat:
                arguments = b["stack"][: h * w * k * 4].view(np.float32), b[f"kernel {name}"], b["gradient"]
                launch("first_backward", *arguments, h, w, k, stage.edges, threads=h * w * 8)
            else:
                self._multiply(stage.reads_back, stage.c, f"turned {name}", "backward", number)
            above = stage
        return b["gradient"]

    # --- what both share --------------------------------------------------------------------------------

    def _multiply(self, stack, k, kernel, way, number):
        alpha = 1 / (self.kernel_scales[number] * self.scales.get((way, number), 1.0))
        operand = self._stack()[: stack.size]
        result = self.buffers["sums"][: stack.result(k)]
        self.engine.multiply(layout.convolution(stack, k, operand, self.buffers[kernel], result, alpha))

    def _stack(self):
        return self.buffers["stack"].view(self.engine.number)

    def _tap(self, stage, position):
        return self.buffers[f"tap {stage.taps[position]}"] if position in stage.taps else None

    def _steepest(self, stage, above, found):
        """No entry of the stage's dz is larger."""
        most = sum(
            self._largest(seed, stage.places(position), 1, 0, stage.k) for position, seed in found.items()
        )
        if above is None:
            return most
        lead = above.reads_back
        return most + (FOLDS if above.edges else 1) * self._largest(
            self.buffers["sums"], lead.rows, lead.width, 2, above.c
        )

    def _largest(self, lead, rows, width, beyond, c):
        blocks, found = blocks_for(rows * width * c), self.buffers["largest"]
        self.engine.launch("largest", lead, rows, width, beyond, c, found, blocks=blocks)
        return float(np.max(self.engine.download(found)[:blocks]))


def checked_canvas(canvas, size):
    """A canvas (h, w, 3) of float32, flat and without gaps."""
    if canvas.shape != (*size, 3) or canvas.dtype != np.float32:
        raise ShapeError(
            f"canvas: expected {(*size, 3)} in float32, got {canvas.shape} in {canvas.dtype}; "
            "an evaluation is made for one size"
        )
    return canvas.ravel()
