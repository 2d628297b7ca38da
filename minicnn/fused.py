"""Convolution, ReLU and pooling of a frozen network in one pass over blocks that fit a core's cache.

A stage stands for up to three layers in a row, and is used like one. What lies between them exists for one
block at a time: it is rectified and pooled while it is still in the cache, and backward spreads and masks the
gradient while it loads it. What is kept between the two is one bit for each entry before the pooling, set
where its gradient passes: where ReLU's input was positive and, under max pooling, won its window.

The layers' own forward and backward compute the same, one after another; the tests hold the two together.
"""

import numpy as np

from .checks import same_dtype
from .errors import OrderError
from .layers import AvgPool2D, Conv2D, MaxPool2D, ReLU
from .ops.winograd import correlate, into, overlap
from .parallel import blas_single_threaded

CORNERS = [(i, j) for i in (0, 1) for j in (0, 1)]  # of a 2×2 window, in the order in which maxima win


def steps(layers, taps, workspace=None, stage=None):
    """The layers as a row of steps: those that can run together as a Stage, the others as they are.

    A step ends wherever a tap asks for what stands there. `stage` makes the stages: Stage, unless given.
    """
    rest, row = list(layers), []
    while rest:
        run = [rest.pop(0)]
        if _is_plain_convolution(run[0]):
            for fits in (_is_relu, _is_plain_pooling):
                if run[-1].name in taps or not rest or not fits(rest[0]):
                    break
                run.append(rest.pop(0))
        row.append((stage or Stage)(run, workspace) if _is_plain_convolution(run[0]) else run[0])
    return row


def _is_plain_convolution(layer):
    return (
        type(layer) is Conv2D
        and layer.window == (3, 3)
        and layer.stride == layer.padding == (1, 1)
        and layer.groups == 1
        and layer.algorithm in ("auto", "winograd")
    )


def _is_relu(layer):
    return type(layer) is ReLU


def _is_plain_pooling(layer):
    return type(layer) in (AvgPool2D, MaxPool2D) and layer.window == layer.stride == (2, 2)


class Stage:
    """A frozen 3×3 convolution with what follows it: nothing, ReLU, or ReLU and 2×2 pooling."""

    frozen = True

    def __init__(self, layers, workspace=None):
        self.convolution = layers[0]
        self.relu = len(layers) > 1
        self.pooling = type(layers[2]) if len(layers) > 2 else None
        self.share = 0.25 if self.pooling is AvgPool2D else 1.0  # of a pooled gradient, for each pixel
        self.name = layers[-1].name
        self._new = workspace.take if workspace else np.empty
        self._passes = None  # one bit for each of the convolution's outputs
        self._shape = None

    def forward(self, x):
        """x (N, H, W, C) → y (N, H, W, K), or half of H and W where it pools."""
        conv = self.convolution
        conv.check(x)
        n, h, w, _ = self._shape = x.shape
        k = conv.params["kernel"].shape[3]
        y = self._new((n, h // 2, w // 2, k) if self.pooling else (n, h, w, k), x.dtype)
        if self.relu and self._passes is None:
            self._passes = self._new((n, h, w, -(-k // 8)), np.uint8)
        correlate(self._padded(x), self._finish(y), conv.transformed(), (n, h, w, k), x.dtype)
        return y

    def backward(self, dy, add_to=None):
        """dy, of y's shape → dx, of x's; added to `add_to` where that is given, which is then returned."""
        if self._shape is None:
            raise OrderError(f"{self.name}: backward needs a forward pass first")
        conv = self.convolution
        same_dtype(dy, conv.params["kernel"], f"{self.name}: gradient dy and kernel")
        dx = self._new(self._shape, dy.dtype) if add_to is None else add_to

        def load(block, strip):
            self._spread(dy, block.image, *overlap(strip, block.top - 1, block.left - 1, *self._shape[1:3]))

        store = into(dx, add=add_to is not None)
        correlate(load, store, conv.transformed(), self._shape, dy.dtype, turned=True, scale=self.share)
        if conv.edges != "zero":
            with blas_single_threaded():  # small products: waking BLAS's threads would take longer
                self._fold_borders(dy, dx)
        return dx

    # --- forward ----------------------------------------------------------------------------------------

    def _padded(self, x):
        _, h, w, _ = x.shape
        edges = self.convolution.edges

        def load(block, strip):
            top, left = block.top - 1, block.left - 1
            inside, rows, columns = overlap(strip, top, left, h, w)
            inside[...] = x[block.image, rows, columns]
            if edges != "zero":
                for side, first, size in ((strip, top, h), (strip.swapaxes(0, 1), left, w)):
                    after = size - first  # where the border behind the image begins
                    nearest = 1 + self._copied(size)
                    if first < 0:
                        side[0] = side[nearest]
                    if after < len(side):
                        side[after] = side[after - nearest]

        return load

    def _finish(self, y):
        """A store: bias, ReLU and pooling for a block that has just been computed."""
        bias = self.convolution.params.get("bias")
        _, h, w, _ = self._shape
        write = into(y)

        def store(block, part):
            part = part[: h - block.top, : w - block.left]
            if bias is not None:
                # A whole line at a time: with few channels, NumPy's way through short rows takes longer.
                part += np.tile(bias[block.channels], part.shape[1]).reshape(part.shape[1:])
            if self.relu:
                passes = part > 0
                part *= passes
                if self.pooling:
                    part = _POOL[self.pooling](part, passes)
                self._keep(block, passes)
            write(block.halved() if self.pooling else block, part)

        return store

    def _keep(self, block, passes):
        rows = slice(block.top, block.top + passes.shape[0])
        columns = slice(block.left, block.left + passes.shape[1])
        bits = slice(block.channels.start // 8, -(-block.channels.stop // 8))
        self._passes[block.image, rows, columns, bits] = _packed(passes)

    # --- backward ---------------------------------------------------------------------------------------

    def _spread(self, dy, image, out, rows, columns):
        """The gradient for the convolution's output, in those rows and columns: unpooled, then masked.

        Of one image, or of all where `image` is a slice.
        """
        if not self.relu:
            out[...] = dy[image, rows, columns]
            return
        bits = self._passes[image, rows, columns]
        passes = _unpacked(bits, out.shape[-1])
        if not self.pooling:
            np.multiply(dy[image, rows, columns], passes, out=out)
            return
        if rows.stop > 2 * dy.shape[1] or columns.stop > 2 * dy.shape[2]:
            out[...] = 0  # an odd last row or column is in no window
        for i, j in CORNERS:
            r, pooled_rows = _corner(rows, i, dy.shape[1])
            c, pooled_columns = _corner(columns, j, dy.shape[2])
            here = (..., r, c, slice(None))
            np.multiply(dy[image, pooled_rows, pooled_columns], passes[here], out=out[here])

    def _fold_borders(self, dy, dx):
        """The gradient that fell on the border goes to the pixels whose copies stood there.

        Each side's border is a line: its outermost outputs, in a full one-dimensional correlation with
        the kernel's outermost taps. The corners are counted with the lines above and below.
        """
        kernel = self.convolution.params["kernel"] * dx.dtype.type(self.share)
        _, h, w, _ = self._shape
        r, c = self._copied(h), self._copied(w)
        for row, taps, target in ((0, kernel[0], r), (h - 1, kernel[2], h - 1 - r)):
            full = self._border(dy, slice(row, row + 1), slice(0, w), taps)
            full[:, 1 + c] += full[:, 0]
            full[:, w - c] += full[:, w + 1]
            dx[:, target] += full[:, 1:-1]
        for column, taps, target in ((0, kernel[:, 0], c), (w - 1, kernel[:, 2], w - 1 - c)):
            full = self._border(dy, slice(0, h), slice(column, column + 1), taps)
            dx[:, :, target] += full[:, 1:-1]

    def _copied(self, size):
        """Which row (or column) of so many, counted from the outermost, the border next to it copies."""
        return 1 if self.convolution.edges == "reflect" and size > 1 else 0

    def _border(self, dy, rows, columns, taps):
        """One line of dy, correlated with taps (3, C, K): the gradient for its border, corners included."""
        n, down, across = len(dy), rows.stop - rows.start, columns.stop - columns.start
        length = max(down, across)
        line = np.empty((n, down, across, taps.shape[2]), dy.dtype)
        self._spread(dy, slice(None), line, rows, columns)
        line = line.reshape(n * length, -1)
        full = np.zeros((n, length + 2, taps.shape[1]), dy.dtype)
        for m in range(3):
            full[:, m : m + length] += (line @ taps[m].T).reshape(n, length, -1)
        return full


def _packed(passes):
    """Booleans (h, w, K) → bits (h, w, ⌈K/8⌉); all in one row where it is the same: short ones take long."""
    if passes.shape[-1] % 8:
        return np.packbits(passes, axis=-1)
    return np.packbits(passes).reshape(*passes.shape[:-1], -1)


def _unpacked(bits, count):
    if count % 8:
        return np.unpackbits(bits, axis=-1, count=count)
    return np.unpackbits(bits.reshape(-1)).reshape(*bits.shape[:-1], count)


def _average(part, passes):
    a, b, c, d = _corners(part)
    mean = a + b
    mean += c
    mean += d
    mean *= 0.25
    return mean


def _largest(part, passes):
    """The maxima; `passes` stays set for the first of each window's largest alone."""
    a, b, c, d = _corners(part)
    top = np.maximum(np.maximum(a, b), np.maximum(c, d))
    free = np.ones(top.shape, bool)
    for value, wins in zip((a, b, c, d), _corners(passes), strict=True):
        wins &= value == top
        wins &= free
        free &= ~wins
    return top


_POOL = {AvgPool2D: _average, MaxPool2D: _largest}


def _corners(part):
    """The four entries of each whole 2×2 window, as four views."""
    h, w = part.shape[0] // 2 * 2, part.shape[1] // 2 * 2
    return [part[i:h:2, j:w:2] for i, j in CORNERS]


def _corner(span, parity, pooled):
    """Where the entries of one parity lie in a span of rows (or columns), and in the pooled gradient."""
    first = span.start + (parity - span.start) % 2
    count = len(range(first, min(span.stop, 2 * pooled), 2))
    offset = first - span.start
    return slice(offset, offset + 2 * count, 2), slice(first // 2, first // 2 + count)
