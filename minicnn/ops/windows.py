"""Where the windows of a convolution or a pooling lie.

A window at output pixel (y, x) begins at input pixel (y·sh, x·sw). Seen the other way round, one
position (i, j) inside the window, taken over all windows at once, is a strided slice of the input:
that turns the loops over pixels into a short loop over positions.
"""

from ..errors import ShapeError
from .options import is_whole, shown


def four_sizes(shape, what, who):
    """`shape` as a tuple, if it is four sizes of at least 1."""
    if not are_sizes(shape) or len(shape) != 4:
        raise ShapeError(
            f"{who}: expected {what} of four sizes, whole numbers of at least 1, got {_came(shape)}"
        )
    return tuple(map(int, shape))


def sizes(shape, who, least):
    """`shape` as a tuple, if it is sizes of at least 1 along `least` axes or more."""
    if not are_sizes(shape) or len(shape) < least:
        raise ShapeError(
            f"{who}: expected an input shape of {least} sizes or more, whole numbers of at least 1, "
            f"got {_came(shape)}"
        )
    return tuple(map(int, shape))


def are_sizes(shape):
    """Whether `shape` is a tuple or list of whole numbers of at least 1."""
    return isinstance(shape, (tuple, list)) and all(is_whole(size) and size >= 1 for size in shape)


def _came(shape):
    return shown(shape) + ("; pass its .shape" if getattr(shape, "ndim", 0) else "")


def output_size(size, window, stride, who):
    """How many windows (H, W) fit; an odd remainder at the bottom and the right is left out (floor)."""
    if size[0] < window[0] or size[1] < window[1]:
        raise ShapeError(
            f"{who}: expected an image of at least {window[0]}×{window[1]} pixels (padding included), "
            f"got {size[0]}×{size[1]}; take a larger image, more padding or a smaller window"
        )
    return (size[0] - window[0]) // stride[0] + 1, (size[1] - window[1]) // stride[1] + 1


def positions(window, stride, output):
    """Each (i, j) of the window in reading order, with the rows and columns they meet over all windows."""
    for i in range(window[0]):
        rows = slice(i, i + stride[0] * (output[0] - 1) + 1, stride[0])
        for j in range(window[1]):
            yield i, j, rows, slice(j, j + stride[1] * (output[1] - 1) + 1, stride[1])


def put_back(image, value, window, stride, output):
    """Adds value(i, j), (N, oh, ow, C), to what position (i, j) meets, for each; `image` begins as zeros."""
    overlap = stride[0] < window[0] or stride[1] < window[1]
    for i, j, rows, columns in positions(window, stride, output):
        if overlap:
            image[:, rows, columns] += value(i, j)
        else:  # every pixel is met once at most: no need to read what is there
            image[:, rows, columns] = value(i, j)
    return image
