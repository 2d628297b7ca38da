"""Contact sheets: pictures in rows and columns, with labels."""

import math
from typing import NamedTuple

import numpy as np
from PIL import Image, ImageDraw, ImageFont

GAP, INK, PAPER = 12, (40, 40, 40), (255, 255, 255)


class Cell(NamedTuple):
    """A picture, uint8 (H, W, 3), and what is written under it; several lines are parted by newlines."""

    picture: np.ndarray
    label: str


def contact_sheet(rows, side=None, title=""):
    """Rows of cells as one picture, uint8; each picture fits into `side` × `side` pixels."""
    side = side or max(max(cell.picture.shape[:2]) for row in rows for cell in row)
    font = ImageFont.load_default(max(11, side // 18))
    line = font.getbbox("Äg")[3] + 4
    lines = max(cell.label.count("\n") + 1 for row in rows for cell in row)
    wide = max(cell.picture.shape[1] for row in rows for cell in row)
    high = max(cell.picture.shape[0] for row in rows for cell in row)
    scale = min(1.0, side / max(wide, high))
    wide, high = round(wide * scale), round(high * scale)
    top = GAP + (2 * line if title else 0)
    width = GAP + max(map(len, rows)) * (wide + GAP)
    height = top + len(rows) * (high + lines * line + GAP)
    sheet = Image.new("RGB", (width, height), PAPER)
    draw = ImageDraw.Draw(sheet)
    draw.text((GAP, GAP), title, INK, font)
    for j, row in enumerate(rows):
        for i, cell in enumerate(row):
            picture = Image.fromarray(cell.picture)
            picture.thumbnail((wide, high), Image.Resampling.LANCZOS)
            left, upper = GAP + i * (wide + GAP), top + j * (high + lines * line + GAP)
            beside, above = (wide - picture.width) // 2, (high - picture.height) // 2
            sheet.paste(picture, (left + beside, upper + above))
            room = wide - math.ceil(draw.multiline_textbbox((0, 0), cell.label, font)[2])
            under = left + max(0, min(beside, room)), upper + high + 2  # where the picture begins, if it fits
            draw.multiline_text(under, cell.label, INK, font)
    return np.asarray(sheet)
