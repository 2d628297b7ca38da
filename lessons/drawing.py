"""Pictures of arrays: every function returns uint8 (H, W, 3), ready for `blackboard.show`.

grey, signed    a matrix as brightness, or in two colours around 0
numbers         a matrix as squared paper with its numbers
enlarged        pixels as squares
beside          pictures in rows, each with a line of text under it
curves          lines over two axes, plain or logarithmic

Pillow's own font knows ASCII and little else: − and × are written as - and x, 10^-3 with a raised exponent.
"""

import math
import re

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from nst.sheet import Cell, contact_sheet

INK, FAINT, LINE, PAPER = (34, 34, 34), (140, 140, 140), (225, 225, 225), (255, 255, 255)
COLOURS = ((196, 80, 27), (11, 110, 153), (91, 140, 42), (125, 78, 163), (166, 124, 0), (74, 74, 74))
NEGATIVE, POSITIVE = np.array([11, 90, 153.0]), np.array([190, 60, 20.0])


def grey(matrix, low=None, high=None):
    """(H, W) → black at `low`, white at `high`; the smallest and the largest entry unless given."""
    low = np.min(matrix) if low is None else low
    high = np.max(matrix) if high is None else high
    level = np.clip((np.asarray(matrix, float) - low) / ((high - low) or 1.0), 0, 1)
    return np.repeat(np.rint(255 * level).astype(np.uint8)[..., None], 3, axis=2)


def signed(matrix, most=None):
    """(H, W) → white at 0, red above, blue below, full at ±`most` (the largest size unless given)."""
    most = (np.abs(matrix).max() if most is None else most) or 1.0
    level = np.clip(np.asarray(matrix, float) / most, -1, 1)[..., None]
    colour = np.where(level > 0, POSITIVE, NEGATIVE)
    return np.rint(255 + (colour - 255) * np.abs(level)).astype(np.uint8)


def enlarged(picture, times):
    """Each pixel as a square of `times` × `times`."""
    return np.repeat(np.repeat(picture, times, axis=0), times, axis=1)


def numbers(matrix, side=44, marked=(), coloured=True, digits=2):
    """(H, W) → squared paper; entries whose index is in `marked` get a frame, colours show the sign."""
    matrix = np.atleast_2d(np.asarray(matrix, float))
    h, w = matrix.shape
    paper = enlarged(signed(matrix * 0.55 if coloured else matrix * 0, np.abs(matrix).max() or 1), side)
    sheet = Image.fromarray(np.pad(paper, ((0, 1), (0, 1), (0, 0)), mode="edge"))
    draw = ImageDraw.Draw(sheet)
    for i in range(h + 1):
        draw.line((0, i * side, w * side, i * side), (170, 170, 170))
    for j in range(w + 1):
        draw.line((j * side, 0, j * side, h * side), (170, 170, 170))
    for i in range(h):
        for j in range(w):
            text = f"{round(matrix[i, j], digits) + 0.0:g}"
            write(draw, ((j + 0.5) * side, (i + 0.5) * side), text, side * 0.42, anchor="mm")
    for i, j in marked:
        draw.rectangle((j * side, i * side, (j + 1) * side, (i + 1) * side), outline=INK, width=3)
    return np.asarray(sheet)


def beside(*rows, side=None, title=""):
    """Rows of (picture, label) as one sheet; `beside([(a, "before"), (b, "after")])`."""
    cells = [[Cell(picture, _known(label)) for picture, label in row] for row in rows]
    return contact_sheet(cells, side=side, title=_known(title))


def curves(lines, x_label, y_label, *, log=(False, False), size=(900, 560), title=""):
    """{name: (x, y)} → lines over two axes; `log` says which axis is logarithmic."""
    scale = 2  # drawn larger and reduced: smooth lines
    w, h = size[0] * scale, size[1] * scale
    sheet = Image.new("RGB", (w, h), PAPER)
    draw, text_size = ImageDraw.Draw(sheet), 15 * scale
    left, right, top, bottom = 90 * scale, w - 30 * scale, (70 if title else 44) * scale, h - 62 * scale
    across = _axis([x for x, _ in lines.values()], log[0], left, right)
    up = _axis([y for _, y in lines.values()], log[1], bottom, top)
    for value, text in across.ticks:
        draw.line((across(value), top, across(value), bottom), LINE, scale)
        write(draw, (across(value), bottom + 8 * scale), text, text_size, anchor="mt")
    for value, text in up.ticks:
        draw.line((left, up(value), right, up(value)), LINE, scale)
        write(draw, (left - 8 * scale, up(value)), text, text_size, anchor="rm")
    write(draw, ((left + right) / 2, h - 10 * scale), x_label, text_size, anchor="ms")
    write(draw, (left, top - 12 * scale), y_label, text_size, anchor="ls")
    write(draw, (left, 34 * scale), title, 20 * scale, anchor="ls")
    at = right
    for (name, (x, y)), colour in reversed(list(zip(lines.items(), _cycle(len(lines)), strict=True))):
        points = [(across(a), up(b)) for a, b in zip(x, y, strict=True) if across.shows(a) and up.shows(b)]
        draw.line(points, colour, 3 * scale, joint="curve")
        at -= write(draw, (at, top - 12 * scale), name, text_size, colour, anchor="rs") + 22 * scale
    return np.asarray(sheet.resize(size, Image.Resampling.LANCZOS))


def write(draw, at, text, size, colour=INK, anchor="la"):
    """Text at a point, `^` and a whole number as an exponent; returns its width."""
    parts = re.split(r"\^(-?\d+)", _known(text))
    fonts = ImageFont.load_default(size), ImageFont.load_default(size * 0.72)
    widths = [draw.textlength(part, fonts[i % 2]) for i, part in enumerate(parts)]
    x, y = at[0] - {"l": 0, "m": 0.5, "r": 1}[anchor[0]] * sum(widths), at[1]
    for i, (part, width) in enumerate(zip(parts, widths, strict=True)):
        draw.text((x, y - (0.35 * size if i % 2 else 0)), part, colour, fonts[i % 2], anchor="l" + anchor[1])
        x += width
    return sum(widths)


def _known(text):
    return text.translate(str.maketrans("−–×", "--x"))


def _cycle(count):
    return [COLOURS[i % len(COLOURS)] for i in range(count)]


class _axis:  # noqa: N801  a function that remembers its ticks
    """Maps values to pixels from `start` to `end`; logarithmic axes leave out what is not positive."""

    def __init__(self, values, log, start, end):
        values = np.concatenate([np.ravel(np.asarray(v, float)) for v in values])
        values = values[np.isfinite(values) & ((values > 0) | (not log))]
        self.log, self.start, self.end = log, start, end
        low, high = values.min(), values.max()
        if log:
            low, high = math.floor(math.log10(low) + 1e-9), math.ceil(math.log10(high) - 1e-9)
            high += low == high
            step = -(-(high - low) // 8)
            self.ticks = [(10.0**k, f"10^{k}") for k in range(low, high + 1, step)]
        else:
            step = _round_step((high - low) or 1.0)
            low, high = math.floor(low / step + 1e-9) * step, math.ceil(high / step - 1e-9) * step
            high += step * (low == high)
            count = round((high - low) / step)
            self.ticks = [(low + k * step, f"{low + k * step:.6g}") for k in range(count + 1)]
        self.low, self.high = low, high

    def shows(self, value):
        return math.isfinite(value) and (value > 0 or not self.log)

    def __call__(self, value):
        level = math.log10(value) if self.log else value
        return self.start + (level - self.low) / (self.high - self.low) * (self.end - self.start)


def _round_step(span):
    """A step of 1, 2 or 5 times a power of ten, so that about six fit into `span`."""
    power = 10.0 ** math.floor(math.log10(span / 6))
    return next(m * power for m in (1, 2, 5, 10) if m * power >= span / 6 - 1e-12)
