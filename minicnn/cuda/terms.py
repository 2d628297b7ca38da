"""The terms of a loss, as the fast path takes them: weights are in the scales already."""

from typing import Any, NamedTuple


class Content(NamedTuple):
    """scale · Σ (F − P)² at a tap; P (M, C), any array library's."""

    name: str
    tap: str
    target: Any
    scale: float


class Gram(NamedTuple):
    """scale · Σ (FᵀF/M − A)² at a tap; A (C, C) is a mean over the painting's places."""

    name: str
    tap: str
    target: Any
    scale: float


class Variation(NamedTuple):
    """scale · Σ φ of the canvas's steps dx and dy, in multiples of `unit`, one number or one a channel.

    squared: φ = dx² + dy²; power: (dx² + dy²)^(exponent/2); absolute: |dx| + |dy|. `inner` leaves out the
    last row and column.
    """

    name: str
    scale: float
    kind: str = "squared"
    exponent: float = 2.5
    unit: Any = 1.0
    inner: bool = False
    tap: None = None


class Own(NamedTuple):
    """Anything else: function(F (M, C)) → (value, gradient for F), in the device's arrays, weight included.

    Without a tap the function is given the canvas (h, w, 3) instead. It must not write to what it is given.
    """

    name: str
    tap: str | None
    function: Any
