"""3×3 convolution at stride 1 with a quarter of the multiplications: Winograd's F(4×4, 3×3).

One dimension first. Four outputs of a correlation, y_k = Σ_i g_i d_(k+i), take 12 multiplications. The
product of two polynomials a (4 coefficients) and g (3 coefficients) has 6 coefficients, and six values fix
it: evaluate a and g at six points, multiply value by value, interpolate. With V_n the matrix of the powers
p⁰ … pⁿ⁻¹ of the points (infinity's row picks the highest power),

    a · g = V₆⁻¹ [(V₄ a) ⊙ (V₃ g)].

This is linear in a. Transposed, with g held, it is the correlation that we want, in 6 multiplications:

    y = Aᵀ [(G g) ⊙ (Bᵀ d)],        A = V₄ (6×4),  G = V₃ (6×3),  B = V₆⁻¹ (6×6).

In two dimensions, rows and columns take turns: Y = Aᵀ [(G g Gᵀ) ⊙ (Bᵀ d B)] A makes 4×4 outputs from a tile
of 6×6 inputs, with 36 multiplications instead of 144. Over channels and tiles, each of the 36 positions is a
matrix product, (tiles × C)·(C × K): there the time goes, and there BLAS is at its best.

The points 0, ±⅔, ±3⁄2, ∞ round least of those tried, and are closed under inversion, which saves memory: the
backward pass turns the kernel round, that is, it reverses g, and a polynomial with its coefficients reversed
takes at p the value p² g(1/p). So the turned kernel's transform is the forward one's, its points permuted and
scaled. The transforms of dy carry permutation and scale, and the transformed kernel is kept once.
"""

from threading import get_ident
from typing import NamedTuple

import numpy as np

from ..parallel import run, scratch, thread_count

TILE = 4  # outputs of a tile along each axis, from TILE + 2 inputs
TILES_PER_BLOCK = 128  # fewer, and BLAS reads each kernel too often; more, and a block falls out of the cache
POINTS = (0, 2 / 3, -2 / 3, 3 / 2, -3 / 2, np.inf)


def powers(count):
    """V_n: a row 1, p, p², … for each point, and for infinity the row that picks the highest power."""
    return np.array(
        [[0.0] * (count - 1) + [1.0] if np.isinf(p) else [p**n for n in range(count)] for p in POINTS]
    )


A, G, B = powers(TILE), powers(3), np.linalg.inv(powers(TILE + 2))

# Column q of the turned B belongs to the point p = 1/q, scaled by p²; 0 and infinity change places.
_INVERSE = [5, 3, 4, 1, 2, 0]
A_TURNED = A[_INVERSE]
B_TURNED = B[:, _INVERSE] * [1, *(POINTS[i] ** 2 for i in _INVERSE[1:5]), 1]


def transform_kernel(kernel):
    """(3, 3, C, K) → (36, C, K): G g Gᵀ for each pair of channels."""
    rows = np.tensordot(G.astype(kernel.dtype), kernel, axes=(1, 0))
    both = np.matmul(G.astype(kernel.dtype), rows.reshape(6, 3, -1))
    return both.reshape(36, *kernel.shape[2:])


def forward(xp, kernel, stride=(1, 1), groups=1):
    """xp (N, H, W, C), padded; kernel (3, 3, C, K) → y (N, H − 2, W − 2, K)."""
    n, h, w, _ = xp.shape
    y = np.empty((n, h - 2, w - 2, kernel.shape[3]), xp.dtype)
    correlate(window_of(xp, 0), into(y), transform_kernel(kernel), y.shape, xp.dtype)
    return y


def dx(dy, kernel, padded_shape, stride=(1, 1), groups=1):
    """The full correlation of dy with the turned kernel: dy (N, H − 2, W − 2, K) → dxp of `padded_shape`."""
    dxp = np.empty(padded_shape, dy.dtype)
    correlate(window_of(dy, -2), into(dxp), transform_kernel(kernel), dxp.shape, dy.dtype, turned=True)
    return dxp


def dkernel(dy, xp, kernel_shape, stride=(1, 1), groups=1):
    """Transposed once more, now with d held: dg = Gᵀ [(Bᵀ d B) ⊙ (A dy Aᵀ)] G, summed over the tiles."""
    c, k = kernel_shape[2:]
    dtype = dy.dtype
    a, bt = A.astype(dtype), np.ascontiguousarray(B.T, dtype)
    load_x, load_dy = window_of(xp, 0), window_of(dy, 0)
    every = blocks(dy.shape, c, share_channels=False)
    sums = np.zeros((min(thread_count(), len(every)), 36, c, k), dtype)

    def one_share(share):
        """Some of the blocks, always the same ones: the sum does not depend on who was quicker."""
        product = scratch("product", (36, c, k), dtype)
        for block in every[share :: len(sums)]:
            strip, v, spread_x = _input_bench(block, c, dtype)
            y, z, spread_dy = _gradient_bench(block, k, dtype)
            load_x(block, strip)
            load_dy(block, y)
            spread_x(bt)
            spread_dy(a)
            np.matmul(v.transpose(0, 2, 1), z, out=product)
            sums[share] += product

    run(one_share, [(share,) for share in range(len(sums))])
    gt = np.ascontiguousarray(G.T, dtype)
    rows = np.tensordot(gt, sums.sum(axis=0).reshape(6, 6, c, k), axes=(1, 0))
    return np.matmul(gt, rows.reshape(3, 6, -1)).reshape(kernel_shape)


def correlate(load, store, u, shape, dtype, turned=False, scale=1.0):
    """Every block of an output of `shape`, (N, H, W, K), from a transformed kernel u.

    load(block, strip) fills the block's input, (height + 2, width + 2, C), padding included. store(block, y)
    takes its output, (height, width, channels), of which a part may lie beyond the image. `turned` means
    the kernel rotated by 180° with its channels exchanged; `scale` multiplies the output.
    """
    at, bt = (A_TURNED, B_TURNED) if turned else (A, B)
    at, bt = np.ascontiguousarray(at.T * scale**0.5, dtype), np.ascontiguousarray(bt.T, dtype)
    u = u.transpose(0, 2, 1) if turned else u
    c = u.shape[1]

    benches = {}  # a thread's buffers and views for a size of block are laid out once

    def one_block(*block):
        block = Block(*block)
        key = (get_ident(), block.height, block.width)
        if key not in benches:
            benches[key] = (*_input_bench(block, c, dtype), *_output_bench(block, dtype))
        strip, v, spread, m, y, gather = benches[key]
        load(block, strip)
        spread(bt)
        np.matmul(v, u[:, :, block.channels], out=m)
        gather(at)
        store(block, y)

    run(one_block, blocks(shape, c))


def window_of(x, offset):
    """A loader: the block's strip begins `offset` pixels from its output in x, and is zero outside x."""
    _, h, w, _ = x.shape

    def load(block, strip):
        top, left = block.top + offset, block.left + offset
        inside, rows, columns = overlap(strip, top, left, h, w)
        inside[...] = x[block.image, rows, columns]

    return load


def overlap(strip, top, left, h, w):
    """The part of a strip that lies on an image of h × w, and its rows and columns; zeroes the rest."""
    bottom, right = top + strip.shape[0], left + strip.shape[1]
    t, b, l, r = max(top, 0), min(bottom, h), max(left, 0), min(right, w)  # noqa: E741
    strip[: t - top] = 0
    strip[b - top :] = 0
    strip[:, : l - left] = 0
    strip[:, r - left :] = 0
    return strip[t - top : b - top, l - left : r - left], slice(t, b), slice(l, r)


def into(y, add=False):
    """A store: the block's output is written into y, or added to it; what lies beyond y is dropped."""

    def store(block, part):
        rows = slice(block.top, block.top + block.height)
        place = y[block.image, rows, block.left : block.left + block.width, block.channels]
        part = part[: place.shape[0], : place.shape[1]]
        if add:
            place += part
        else:
            place[...] = part

    return store


class Block(NamedTuple):
    """Part of one image's output: where it begins, its size in whole tiles, and which of its channels."""

    image: int
    top: int
    left: int
    height: int
    width: int
    channels: slice

    def halved(self):
        """The same part of a picture of half the size."""
        return self._replace(
            top=self.top // 2, left=self.left // 2, height=self.height // 2, width=self.width // 2
        )


def blocks(shape, c, share_channels=True):
    """The output (N, H, W, K) of C input channels, cut into blocks whose buffers stay in a core's cache.

    Where an image has too few blocks to keep every thread busy, threads share its output channels as well.
    """
    n, h, w, k = shape
    down, across = -(-h // TILE), -(-w // TILE)
    rows = _evenly(down, min(down, round(TILES_PER_BLOCK**0.5)))
    columns = _evenly(across, max(1, TILES_PER_BLOCK // rows))
    places = n * -(-down // rows) * -(-across // columns)
    parts = 1
    while share_channels and places * parts < thread_count() and k % (parts * 16) == 0 and k >= parts * 128:
        parts *= 2
    step = k // parts
    return [
        Block(
            image,
            row * TILE,
            column * TILE,
            min(rows, down - row) * TILE,
            min(columns, across - column) * TILE,
            slice(first, first + step),
        )
        for image in range(n)
        for row in range(0, down, rows)
        for column in range(0, across, columns)
        for first in range(0, k, step)
    ]


def _evenly(count, size):
    """About `size`, so that `count` falls into parts of nearly one size."""
    return -(-count // -(-count // size))


def _input_bench(block, c, dtype):
    """The strip, v (36, tiles, C), and the transform from one to the other; all in this thread's buffers."""
    strip = scratch("strip", (block.height + 2, block.width + 2, c), dtype)
    v = scratch("v", (36, block.height // TILE * (block.width // TILE), c), dtype)
    return strip, v, _spreader(strip, v, TILE + 2, block)


def _gradient_bench(block, k, dtype):
    """dy of the block, z (36, tiles, K), and the transform from one to the other."""
    y = scratch("y", (block.height, block.width, k), dtype)
    z = scratch("m", (36, block.height // TILE * (block.width // TILE), k), dtype)
    return y, z, _spreader(y, z, TILE, block)


def _spreader(picture, v, window, block):
    """spread(matrix): v = matrix d matrixᵀ for the window × window tiles d of the picture, TILE apart."""
    down, across, c = block.height // TILE, block.width // TILE, picture.shape[2]
    row = picture.shape[1] * c
    half = scratch("half", (down, 6, row), picture.dtype)
    rows = _strided(picture, (down, window, row), (TILE * row, row, 1))
    tiles = _strided(half, (down, 6, across, window, c), (6 * row, row, TILE * c, c, 1))
    v_tiles = v.reshape(6, 6, down, across, c).transpose(2, 0, 3, 1, 4)

    def spread(matrix):
        np.matmul(matrix, rows, out=half)  # down the columns, whole rows at a time
        np.matmul(matrix, tiles, out=v_tiles)  # along the rows, tile by tile

    return spread


def _output_bench(block, dtype):
    """m (36, tiles, K), the block's picture y, and gather(matrix): y = matrix m matrixᵀ, tile by tile."""
    down, across = block.height // TILE, block.width // TILE
    k = block.channels.stop - block.channels.start
    m = scratch("m", (36, down * across, k), dtype)
    y = scratch("y", (block.height, block.width, k), dtype)
    half = scratch("half", (TILE, 6, down, across, k), dtype)
    m_rows, half_rows = m.reshape(6, -1), half.reshape(TILE, -1)
    half_tiles = half.transpose(2, 0, 3, 1, 4)
    y_tiles = y.reshape(down, TILE, across, TILE, k)

    def gather(matrix):
        np.matmul(matrix, m_rows, out=half_rows)
        np.matmul(matrix, half_tiles, out=y_tiles)

    return m, y, gather


def _strided(x, shape, strides):
    """A view of a contiguous array, its strides counted in entries (as_strided's are slow to make)."""
    return np.ndarray(shape, x.dtype, x, strides=[step * x.itemsize for step in strides])
