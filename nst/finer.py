"""What other programs do that nobody needs to choose: presets set it, and the record of a run keeps it.

Python's `paint` takes these by name as it takes the rest; the command line does not show them.
"""

import math
from dataclasses import dataclass

from .options import Number, Numbers, Switch, Whole, option

GROUP = "what presets alone set"


def finer(kind, default, text):
    return option(kind, default, GROUP, text, "none", hidden=True)


@dataclass(frozen=True)
class Finer:
    """Fields that Settings inherits."""

    means: tuple | None = finer(
        Numbers(3), None, "mean colour, RGB, in place of the weight file's own of 0..255 values"
    )
    noise: float | None = finer(
        Number(0, above=True),
        None,
        "strength of the first canvas's noise around the mean colour, in the network's input: its largest "
        "value with --start noise and mix, its deviation with gaussian and faint",
    )
    scale_step: float = finer(Number(1, above=True), 2.0, "how much larger each scale is than the last")
    first_share: float = finer(
        Number(0, above=True), 1.0, "how many times as many iterations the first scale gets as any other"
    )
    span: float | None = finer(
        Number(0, above=True), None, "the optimiser moves values of 0..span, not the network's input"
    )
    clamp: bool = finer(Switch(), False, "keep the canvas between black and white after every step")
    betas: tuple | None = finer(Numbers(2, 0, math.nextafter(1, 0)), None, "adam's β₁ and β₂; 0.9 and 0.99")
    decay: float | None = finer(
        Number(0, 1, above=True), None, "what descent's η is multiplied by over every hundred iterations"
    )
    rounds: int | None = finer(
        Whole(1), None, "SciPy's L-BFGS begins anew so often; --iterations then counts evaluations"
    )
