"""Lesson 2: write these four functions; `python -m lessons check 2` looks at them.

An image here is a single one, x (H, W, C); a kernel is (kh, kw, C, K), one filter for each of K outputs.
NumPy is all you need. The first that you should write is the first.
"""


def output_size(size, window, stride=1, padding=0):
    """How many places a window of `window` pixels has along an axis of `size` pixels.

    `padding` pixels are added at both ends, the window moves on by `stride`, and it must lie inside the
    padded axis. All are whole numbers, and so is the answer (an int). The window always fits at least once.

    output_size(5, 3) = 3, output_size(5, 3, stride=2) = 2, output_size(5, 3, padding=1) = 5
    """
    raise NotImplementedError


def conv2d(x, kernel, bias, stride=1, padding=0):
    """Every filter laid over every window of one image, with loops or in any other way.

    x (H, W, C), kernel (kh, kw, C, K), bias (K,), all float64 → y (oh, ow, K), with oh and ow from
    `output_size`:

        y[r, s, k] = bias[k] + Σ over i, j, c of xp[r·stride + i, s·stride + j, c] · kernel[i, j, c, k]

    xp is x with a border of `padding` zeros on all four sides. The kernel is not turned round.
    """
    raise NotImplementedError


def im2col(x, kh, kw, stride=1):
    """All windows of an image as the rows of a matrix ("image to columns", though here they are rows).

    x (H, W, C) → X (oh·ow, kh·kw·C). Row r·ow + s is the window at output place (r, s), that is
    x[r·stride : r·stride + kh, s·stride : s·stride + kw, :], its entries in the order (i, j, c): c runs
    fastest, as in `window.reshape(-1)`. There is no padding here.
    """
    raise NotImplementedError


def multiplications(height, width, kernel_shape, stride=1, padding=0):
    """How many multiplications a convolution takes, as an int.

    An image of `height` × `width` pixels meets a kernel of `kernel_shape` (kh, kw, C, K); every output
    entry costs as many as its window has entries. Products with the border's zeros count like all others.

    multiplications(4, 4, (3, 3, 1, 1)) = 36
    """
    raise NotImplementedError
