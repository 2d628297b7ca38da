"""Borders around an image: zeros, a mirror without its edge, or the edge repeated."""

from .. import checks
from ..backend import array_module
from ..errors import OptionError

EDGES = ("zero", "reflect", "replicate")


def pad(x, amounts, edges="zero"):
    """`x` with a border of (top, bottom, left, right) pixels.

    x (N, H, W, C) → y (N, top+H+bottom, left+W+right, C)
    forward: y[p] = x[source(p)], or 0 outside the image where edges is "zero"; with H = 4 and two rows
    above and below, the source rows are 2 1 | 0 1 2 3 | 2 1 (reflect) and 0 0 | 0 1 2 3 | 3 3 (replicate).
    A single row is its own mirror image.
    """
    top, bottom, left, right = check_amounts(amounts, edges, checks.images(x, "pad").shape, "pad")
    n, h, w, c = x.shape
    xp = array_module(x)
    new = xp.zeros if edges == "zero" else xp.empty
    y = new((n, top + h + bottom, left + w + right, c), x.dtype)
    y[:, top : top + h, left : left + w] = x
    if edges != "zero":  # rows first, then columns over the whole height: the corners follow from both
        _extend(y[:, :, left : left + w], top, bottom, edges)
        _extend(y.swapaxes(1, 2), left, right, edges)
    return y


def pad_backward(dy, amounts, edges="zero"):
    """The gradient for what `pad` was given.

    dy (N, top+H+bottom, left+W+right, C) → dx (N, H, W, C)
    backward: dx[q] = Σ dy[p] over all p with source(p) = q: each border is folded back to where it came from.
    """
    _, h, w, _ = checks.images(dy, "pad_backward").shape
    top, bottom, left, right = check_amounts(amounts, edges, dy.shape, "pad_backward", padded=True)
    if edges == "zero":
        return dy[:, top : h - bottom, left : w - right].copy()
    columns = _fold(dy.swapaxes(1, 2), left, right, edges).swapaxes(1, 2)
    return _fold(columns, top, bottom, edges)


def _extend(y, before, after, edges):
    """Fills the border along axis 1 of `y` from the image between."""
    end = y.shape[1] - after
    if edges == "replicate" or end - before == 1:
        y[:, :before] = y[:, before : before + 1]
        y[:, end:] = y[:, end - 1 : end]
    else:
        y[:, :before] = y[:, before + 1 : 2 * before + 1][:, ::-1]
        y[:, end:] = y[:, end - 1 - after : end - 1][:, ::-1]


def _fold(dy, before, after, edges):
    """The transpose of `_extend`: the image of `dy`, its border along axis 1 added to it."""
    end = dy.shape[1] - after
    dx = dy[:, before:end].copy()
    if edges == "replicate" or end - before == 1:
        dx[:, 0] += dy[:, :before].sum(axis=1)
        dx[:, -1] += dy[:, end:].sum(axis=1)
    else:
        size = end - before
        dx[:, 1 : before + 1] += dy[:, :before][:, ::-1]
        dx[:, size - 1 - after : size - 1] += dy[:, end:][:, ::-1]
    return dx


def check_amounts(amounts, edges, shape, who, padded=False):
    """The four amounts, if they can be put around an image of `shape`, (N, H, W, C), or are part of it."""
    checks.one_of(edges, EDGES, f"{who}: edges")
    if not isinstance(amounts, (tuple, list)) or len(amounts) != 4:
        raise OptionError(f"{who}: expected four amounts (top, bottom, left, right), got {amounts!r}")
    pairs = checks.pair(amounts[:2], f"{who}: padding"), checks.pair(amounts[2:], f"{who}: padding")
    for size, both in zip(shape[1:3], pairs, strict=True):
        inside = size - sum(both) if padded else size
        if inside < 1:
            raise OptionError(f"{who}: padding must leave something of {size} pixels, got {tuple(amounts)}")
        if edges == "reflect" and max(both) >= inside > 1:
            raise OptionError(
                f"{who}: reflect padding must be smaller than the image, got {max(both)} beside {inside} "
                "pixels; use edges='replicate' or a larger image"
            )
    return (*pairs[0], *pairs[1])
