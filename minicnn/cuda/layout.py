"""How a 3×3 convolution becomes three matrix products with no window ever copied.

A stack Z (rows, width, 3, C) holds each padded pixel with the two below it. The 3×3 window that begins at
pixel p = u·width + v is then one run of numbers: pixels p, p + 1 and p + 2 of the stack, 9C numbers that
begin at 3C·p. As a matrix with one row per pixel, rows 9C long would begin every 3C numbers, and overlap,
which BLAS forbids. But every third row of it is fine: rows p ≡ phase (mod 3) begin every 9C numbers. So one
strided batch of three products, (pixels/3, 9C)·(9C, K), does the layer:

    phase f reads its rows from 3C·f on, and writes pixels f, f + 3, … of K numbers each, from K·f on.

Kernels come in the order of the run: (kw, kh, C, K). The pixels of a row's last two columns have windows that
run on into the next row; what is computed there is never looked at. Phases are rounded up to equal lengths,
so that the last pixels need some room beyond the end of Z and of the result.

Backward, dx is the convolution of dy with the kernel turned by 180° and its channels exchanged. With zeros
around the canvas that takes dy padded by one; for other edges the border's own gradient is wanted, dy padded
by two.
"""

from typing import Any, NamedTuple

import numpy as np

GROUP = 8  # channels that a thread takes; all counts are rounded up to multiples of it
SLICE, MOST_SLICES = 1024, 128  # places in a slice of a Gram matrix's sum, at least; slices at most


class Stack(NamedTuple):
    """(rows, width, 3, channels), and the room behind it."""

    rows: int
    width: int
    channels: int

    @property
    def phase(self):
        """Pixels of each of the three products."""
        return -(-self.rows * self.width // 3)

    @property
    def size(self):
        """The last window begins at pixel 3·phase − 1 and takes three."""
        return (3 * self.phase + 2) * 3 * self.channels

    def result(self, k):
        """Entries of what a product with k output channels writes."""
        return 3 * self.phase * k


def forward_stack(h, w, c):
    return Stack(h, w + 2, c)


def backward_stack(h, w, k, edges):
    """`edges` as kernels.cu numbers them: 0 for zeros."""
    e = 1 if edges else 0
    return Stack(h + 2 * e, w + 2 + 2 * e, k)


class Product(NamedTuple):
    """C = alpha · op(A) op(B) + beta · C for each of a batch, column-major as cuBLAS has it.

    op(A) is (m, k), op(B) (k, n), C (m, n); a matrix's column j begins ld·j numbers after its first, and the
    batch's next matrix `stride` numbers after that. `transposed` names those of A and B that are.
    """

    m: int
    n: int
    k: int
    a: Any
    lda: int
    b: Any
    ldb: int
    c: Any
    ldc: int
    stride_a: int = 0
    stride_b: int = 0
    stride_c: int = 0
    batch: int = 1
    alpha: float = 1.0
    beta: float = 0.0
    transposed: str = ""


def convolution(stack, k, operand, kernel, result, alpha=1.0):
    """Kernel (9C, k) over the stack `operand` → lead (rows, width, k); BLAS sees both transposed."""
    c = stack.channels
    return Product(
        m=k, n=stack.phase, k=9 * c,
        a=kernel, lda=k,
        b=operand, ldb=9 * c, stride_b=3 * c,
        c=result, ldc=3 * k, stride_c=k,
        batch=3, alpha=alpha,
    )  # fmt: skip


class Slices(NamedTuple):
    """A sum over places, cut into `count` slices of `rows` and one of the `rest`."""

    count: int
    rows: int
    rest: int

    @classmethod
    def of(cls, places):
        count = min(MOST_SLICES, max(1, places // SLICE))
        return cls(count, places // count, places % count)

    @property
    def parts(self):
        return self.count + (self.rest > 0)


def gram_parts(F, parts, places, c):
    """The products that make FᵀF of each slice of F (places, c): parts (Slices.parts, c, c).

    One long sum in float32 would lose digits, and keep most of a GPU waiting.
    """
    slices = Slices.of(places)
    done = slices.count * slices.rows * c
    common = {"m": c, "n": c, "lda": c, "ldb": c, "ldc": c, "transposed": "b"}
    yield Product(
        k=slices.rows, a=F, stride_a=slices.rows * c, b=F, stride_b=slices.rows * c, c=parts, stride_c=c * c,
        batch=slices.count, **common,
    )  # fmt: skip
    if slices.rest:
        yield Product(k=slices.rest, a=F[done:], b=F[done:], c=parts[slices.count * c * c :], **common)


def features_times(F, S, seed, places, c, more):
    """seed (places, c) = F·S, or that much more of it."""
    return Product(m=c, n=places, k=c, a=S, lda=c, b=F, ldb=c, c=seed, ldc=c, beta=float(more))


def forward_kernel(kernel):
    """(kh, kw, C, K) → (kw, kh, C, K), the order of a stack's window; channels rounded up with zeros."""
    return _filled(kernel, GROUP, GROUP).transpose(1, 0, 2, 3)


def backward_kernel(kernel):
    """The same turned by 180°, its channels exchanged: (kw, kh, K, C)."""
    return _filled(kernel, GROUP, GROUP)[::-1, ::-1].transpose(1, 0, 3, 2)


def first_kernel(kernel):
    """(kh, kw, 3, K), the kernel of the first layer, which has no products."""
    return _filled(kernel, 1, GROUP)


def filled(array, *sizes):
    """`array` with zeros behind it along its last axes, to these sizes."""
    sizes = (*array.shape[: array.ndim - len(sizes)], *sizes)
    result = np.zeros(sizes, array.dtype)
    result[tuple(slice(size) for size in array.shape)] = array
    return result


def rounded_up(channels, to=GROUP):
    return -(-channels // to) * to


def _filled(kernel, *groups):
    return filled(kernel, *(rounded_up(size, to) for size, to in zip(kernel.shape[2:], groups, strict=True)))
