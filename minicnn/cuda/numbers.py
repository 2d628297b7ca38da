"""Numbers as the products read them: TF32, and halves with a power of two in front."""

import numpy as np

# The largest number is scaled to 2¹¹ at most: 32 times below a half's largest, 2²⁵ above its finest normal.
ROOM = 11


def to_tf32(x):
    """float32 with 10 bits behind the point, to the nearest, ties to even; as kernels.cu does it."""
    bits = np.ascontiguousarray(x, np.float32).view(np.uint32)
    rounded = (bits + 0xFFF + ((bits >> 13) & 1)) & np.uint32(0xFFFFE000)
    finite = (bits & 0x7F800000) != 0x7F800000
    return np.where(finite, rounded, bits).astype(np.uint32).view(np.float32)


def stored(x, precision, scale=1.0):
    """An operand as a precision keeps it: float32, rounded to TF32, or the bits of scaled halves."""
    if precision == "fp16":
        return (x * np.float32(scale)).astype(np.float16).view(np.uint16)
    return to_tf32(x) if precision == "tf32" else np.ascontiguousarray(x, np.float32)


def scale_for(largest):
    """The power of two that brings `largest` to 2¹⁰..2¹¹; 1 where there is nothing to be scaled."""
    if not (largest > 0 and np.isfinite(largest)):
        return 1.0
    _, exponent = np.frexp(largest)  # largest ≤ 2^exponent
    return float(np.ldexp(1.0, int(np.clip(ROOM - exponent, -100, 100))))
