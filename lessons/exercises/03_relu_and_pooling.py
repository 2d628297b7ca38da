"""Lesson 3: write these four functions; `python -m lessons check 3` looks at them.

An image is a single one, x (H, W, C), in float64; its channels have nothing to do with each other here.
NumPy is all you need.
"""


def relu(x):
    """What is let through, and where.

    x of any shape, float64 → y and mask, two arrays of the shape of x, the mask one of booleans:

        y = max(x, 0), entry by entry        mask = True where x > 0, False elsewhere

    The mask says where the slope of y is 1. At x = 0 it is False: there we take the slope as 0.

    relu(np.array([-1.0, 2, 0])) gives [0, 2, 0] and [False, True, False].
    """
    raise NotImplementedError


def max_pool(x):
    """The largest entry of each 2 × 2 window, in each channel.

    x (H, W, C), H and W at least 2 → y (H // 2, W // 2, C):

        y[r, s, c] = the maximum over i, j in 0, 1 of x[2r + i, 2s + j, c]

    Windows lie side by side. The last row of an odd height and the last column of an odd width fill no
    window and are left out.
    """
    raise NotImplementedError


def winners(x):
    """Which entries of x max pooling passes on.

    x (H, W, C), H and W at least 2 → won (H, W, C), booleans:

        won[r, s, c] = True where x[r, s, c] is the maximum of its 2 × 2 window

    Every window has exactly one winner in each channel: of equal entries the first in reading order, that
    is, the upper row before the lower one, and in a row the left before the right. What fills no window has
    not won.
    """
    raise NotImplementedError


def avg_pool(x, window=2, stride=2):
    """The average of each window, in each channel.

    x (H, W, C) → y (oh, ow, C):

        y[r, s, c] = 1/window² · Σ over i, j from 0 to window − 1 of x[r·stride + i, s·stride + j, c]

    `window` is the height and the width of all windows, at most H and W; `stride` is how far they are
    apart, down and across. They may overlap (stride < window) or leave gaps (stride > window).

    As in lesson 2, oh = ⌊(H − window)/stride⌋ + 1, and ow likewise from W: windows lie wholly inside the
    image.
    """
    raise NotImplementedError
