"""Pictures to learn from, drawn from a seed: `draw` one, or a `collection` of many.

A picture in the making is float32 (h, w, 3), RGB with 0 black and 1 white; a field is float32 (h, w).
Points are complex numbers x + iy in pixels, y downwards, so that a turn is a product.
"""

from .drawing import NAMES, draw
from .workers import collection

__all__ = ["NAMES", "collection", "draw"]
