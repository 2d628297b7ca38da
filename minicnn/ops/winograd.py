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

from functools import lru_cache
from threading import get_ident
from typing import NamedTuple

import numpy as np

from ..parallel import run, scratch, thread_count

TILE = 4  # outputs of a tile along each axis, from TILE + 2 inputs
MOST_TILES, OVERHEAD = 192, 32  # of a block; see _block_size
FEW = 64  # channels; with fewer a block of that many tiles would be little work, and threads wait for Python
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
    """(3, 3, C, K) → (6, 6, C, K): G g Gᵀ for each pair of channels."""
    return _both_ways(G, kernel)


def _both_ways(matrix, x):
    """matrix x matrixᵀ over the first two axes of x."""
    matrix = matrix.astype(x.dtype)
    rows = np.tensordot(matrix, x, axes=(1, 0))
    both = np.matmul(matrix, rows.reshape(*rows.shape[:2], -1))
    return both.reshape(len(matrix), len(matrix), *x.shape[2:])


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
    """dy (N, H − 2, W − 2, K), xp (N, H, W, C), padded → dkernel (3, 3, C, K)."""
    return correlate_kernel(window_of(xp, 0), window_of(dy, 0), dy.shape, kernel_shape[2], dy.dtype)


def correlate_kernel(load_x, load_dy, shape, c, dtype):
    """Transposed once more, now with d held: dg = Gᵀ [(Bᵀ d B) ⊙ (A dy Aᵀ)] G, summed over the tiles.

    load_x and load_dy as `correlate` has `load`, the latter without a border; `shape` is that of dy.
    """
    k = shape[3]
    a, bt = _matrix(A, dtype), _matrix(B.T, dtype)
    every = blocks(shape, c, share_channels=False)
    sums = np.zeros((min(thread_count(), len(every)), 6, 6, c, k), dtype)

    def one_share(share):
        """Some of the blocks, always the same ones: the sum does not depend on who was quicker."""
        for number, block in enumerate(every[share :: len(sums)]):
            shapes = (*Spread.shapes(block, c, TILE + 2), *Spread.shapes(block, k, TILE), (6, c, k))
            buffers = scratch(dtype, *shapes)
            d, e, product = Spread(*buffers[:3]), Spread(*buffers[3:6]), buffers[6]
            d.load(load_x, block)
            e.load(load_dy, block)
            d.down(bt)
            e.down(a)
            for p in range(6):
                d.across(bt, p)
                e.across(a, p)
                np.matmul(d.v.swapaxes(1, 2), e.v, out=product if number else sums[share, p])
                if number:
                    sums[share, p] += product

    run(one_share, [(share,) for share in range(len(sums))])
    return _both_ways(G.T, sums.sum(axis=0))


def correlate(load, store, u, shape, dtype, turned=False, scale=1.0):
    """Every block of an output of `shape`, (N, H, W, K), from a transformed kernel u.

    load(block, strip) fills the block's input, (height + 2, width + 2, C), padding included. store(block, y)
    takes its output, (height, width, channels), of which a part may lie beyond the image. `turned` means
    the kernel rotated by 180° with its channels exchanged; `scale` multiplies the output.
    """
    a, b = (A_TURNED, B_TURNED) if turned else (A, B)
    at, bt = _matrix(a.T * scale**0.5, dtype), _matrix(b.T, dtype)
    u = u.swapaxes(2, 3) if turned else u
    benches = {}  # a thread's buffers and views for a size of block are laid out once

    def one_block(*block):
        block = Block(*block)
        key = (get_ident(), block.images, block.height, block.width)
        if key not in benches:
            shapes = (*Spread.shapes(block, u.shape[2], TILE + 2), *Gather.shapes(block))
            buffers = scratch(dtype, *shapes)
            benches[key] = Spread(*buffers[:3]), Gather(*buffers[3:])
        d, y = benches[key]
        d.load(load, block)
        d.down(bt)
        for p in range(6):  # a sixth of the positions at a time stays in the cache
            d.across(bt, p)
            np.matmul(d.v, u[p, :, :, block.channels], out=y.m)
            y.across(at, p)
        y.down(at)
        y.store(store, block)

    run(one_block, blocks(shape, u.shape[2]))


class Spread:
    """A block's pictures and their way to the tile domain: (matrix d matrixᵀ) for all its tiles d."""

    @staticmethod
    def shapes(block, c, window):
        """Of pictures, of what is transformed in one direction, and of v, for tiles of `window` pixels."""
        height, width = block.height + window - TILE, block.width + window - TILE
        down, across = block.images * block.height // TILE, block.width // TILE
        return (block.images, height, width, c), (down, 6, width * c), (6, down, across, c)

    def __init__(self, pictures, half, v):
        _, down, across, c = v.shape
        images, height, _, _ = pictures.shape
        row, rows = half.shape[2], down // images
        window = height - TILE * (rows - 1)
        self._pictures = pictures
        self._half = half
        self.v = v.reshape(6, down * across, c)
        self._rows = _strided(pictures, (images, rows, window, row), (height * row, TILE * row, row, 1))
        self._columns = half.reshape(images, rows, 6, row)
        self._tiles = _strided(half, (6, down, across, window, c), (row, 6 * row, TILE * c, c, 1))
        self._v = v.transpose(1, 2, 0, 3)

    def load(self, load, block):
        for image, strip in enumerate(self._pictures, start=block.image):
            load(block._replace(image=image), strip)

    def down(self, matrix):
        """Down the columns, whole rows at a time."""
        np.matmul(matrix, self._rows, out=self._columns)

    def across(self, matrix, p):
        """Along the rows, tile by tile: v becomes row p of the 6×6 positions, (6, tiles, C)."""
        np.matmul(matrix, self._tiles[p], out=self._v)


class Gather:
    """The way back: the block's picture of all y = matrix m matrixᵀ, from m, (6, tiles, K), row by row."""

    @staticmethod
    def shapes(block):
        """Of m, of what is transformed in one direction, and of the pictures."""
        down, across = block.images * block.height // TILE, block.width // TILE
        k = block.channels.stop - block.channels.start
        return (6, down * across, k), (6, TILE, down, across, k), (block.images, block.height, block.width, k)

    def __init__(self, m, half, pictures):
        _, _, down, across, k = half.shape
        self.m, self._pictures = m, pictures
        self._m, self._half = m.reshape(6, -1), half.reshape(6, TILE, -1)
        self._tiles = half.transpose(2, 1, 3, 0, 4)
        self._places = pictures.reshape(down, TILE, across, TILE, k).transpose(0, 3, 2, 1, 4)

    def across(self, matrix, p):
        np.matmul(matrix, self._m, out=self._half[p])

    def down(self, matrix):
        """Each tile's pixels go where they belong in the pictures."""
        np.matmul(matrix, self._tiles, out=self._places)

    def store(self, store, block):
        for image, picture in enumerate(self._pictures, start=block.image):
            store(block._replace(image=image), picture)


def _strided(x, shape, strides):
    """A view of a contiguous array, its strides counted in entries (as_strided's are slow to make)."""
    return np.ndarray(shape, x.dtype, x, strides=[step * x.itemsize for step in strides])


def _matrix(matrix, dtype):
    return np.ascontiguousarray(matrix, dtype)


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
    """Part of one image's output: where it begins, its size in whole tiles, and which of its channels.

    Or the whole of several small images in a row. A loader or a store is given one of them at a time.
    """

    image: int
    top: int
    left: int
    height: int
    width: int
    channels: slice
    images: int = 1

    def halved(self):
        """The same part of a picture of half the size."""
        return self._replace(
            top=self.top // 2, left=self.left // 2, height=self.height // 2, width=self.width // 2
        )


def blocks(shape, c, share_channels=True):
    """The output (N, H, W, K) from c channels, cut into blocks, about equally large, for the threads."""
    n, h, w, k = shape
    most = MOST_TILES * max(1, FEW // max(c, k))
    images, rows, columns, channels = _block_size(
        n, -(-h // TILE), -(-w // TILE), k, most, share_channels, thread_count()
    )
    return [
        Block(
            image,
            top,
            left,
            min(rows * TILE, -(-(h - top) // TILE) * TILE),
            min(columns * TILE, -(-(w - left) // TILE) * TILE),
            slice(first, first + channels),
            min(images, n - image),
        )
        for image in range(0, n, images)
        for top in range(0, h, rows * TILE)
        for left in range(0, w, columns * TILE)
        for first in range(0, k, channels)
    ]


@lru_cache(maxsize=256)
def _block_size(n, down, across, k, most, share_channels, threads):
    """Images, tile rows, tile columns and channels of the blocks that should take the least time.

    The threads take turns, so the time goes with the number of rounds. A block costs what its tiles cost,
    and about as much as OVERHEAD tiles more: BLAS copies the kernel once for each. Above `most` tiles a block
    falls out of the cache; of images much smaller than that, a block takes several. Threads may share a
    block's output channels; each then repeats its input's transform, about a fifth of the work.
    """
    best = None
    shares = [1, *(s for s in (2, 4, 8, 16) if share_channels and k % (8 * s) == 0 and k // s >= 64)]
    for images, rows, columns in _sizes(n, down, across):
        tiles = images * rows * columns
        if tiles > most:
            continue
        places = -(-n // images) * -(-down // rows) * -(-across // columns)
        for share in shares:
            rounds = -(-places * share // threads)
            repeated = 0.2 * tiles * (share - 1) / share
            cost = rounds * ((tiles + OVERHEAD) / share + repeated)
            # Of two that cost the same: the squarer, which reads less of its neighbours.
            best = min(best or (np.inf,), (cost, rows + columns, images, rows, columns, k // share))
    return best[2:]


def _sizes(n, down, across):
    """(images, tile rows, tile columns) that a block may have: parts of one image, or several whole ones."""
    for rows in _parts(down):
        for columns in _parts(across):
            yield 1, rows, columns
    for images in _parts(n) - {1}:
        yield images, down, across


def _parts(size):
    """The sizes of equal parts, rounded up."""
    return {-(-size // parts) for parts in range(1, size + 1)}
