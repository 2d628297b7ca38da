"""The picture that the lessons look at: a house by a lake in the evening, drawn by formulas.

Coordinates run from 0 at the top and at the left to 1 at the bottom; the picture is 4/3 wide.
"""

import numpy as np

FINER = 3  # drawn this much larger and averaged, so that edges are smooth


def scene(height=240, width=320):
    """uint8 RGB (height, width, 3)."""
    y, x = np.mgrid[0 : height * FINER, 0 : width * FINER] + 0.5
    y, x = y / (height * FINER), x / (width * FINER) * 4 / 3
    picture = _mix((48, 78, 148), (250, 186, 118), (y / 0.6) ** 1.5)
    picture = _over(picture, (255, 238, 176), (x - 1.02) ** 2 + (y - 0.40) ** 2 < 0.07**2)
    picture = _over(picture, (122, 116, 156), y > 0.46 - 0.09 * np.sin(3.4 * x + 0.6) - 0.02 * np.sin(13 * x))
    picture = _over(picture, (70, 100, 84), y > 0.58 - 0.05 * np.sin(2.6 * x + 2.4) - 0.008 * np.sin(29 * x))
    picture = _lake(picture, y, x)
    shore = 0.675 + 0.12 * np.sqrt(np.clip(1 - (x / 0.86) ** 2, 0, 1)) + 0.004 * np.sin(40 * x)
    meadow = 1 + 0.12 * np.sin(190 * x + 60 * y) * np.sin(130 * y - 50 * x)
    grass = (y > 0.64) & (y < shore) & (x < 0.86)
    picture = np.where(grass[..., None], np.array((104, 134, 72)) * meadow[..., None], picture)
    picture = _house(picture, y, x)
    picture = _tree(picture, y, x)
    rows = picture.reshape(height, FINER, width, FINER, 3).mean(axis=(1, 3))
    return np.clip(np.rint(rows), 0, 255).astype(np.uint8)


def _lake(picture, y, x):
    """Water with waves that come nearer, and the sun's road on it."""
    depth = np.clip((y - 0.68) / 0.32, 0, 1)
    wave = np.sin(60 * depth**0.6 + 2 * np.sin(7 * x + 9 * depth))
    water = _mix((214, 160, 124), (44, 66, 112), depth) + (12 * wave)[..., None]
    road = np.abs(x - 1.02) < 0.05 + 0.1 * depth + 0.03 * wave
    water = _over(water, (255, 222, 160), road & (wave > 0.2))
    return np.where((y > 0.68)[..., None], water, picture)


def _house(picture, y, x):
    """Walls, a roof, a chimney, a door and two lit windows."""
    picture = _over(picture, (150, 84, 70), _box(y, x, 0.30, 0.42, 0.50, 0.545))
    picture = _over(picture, (120, 52, 48), (y < 0.50) & (y > 0.36 + 0.75 * np.abs(x - 0.44)))
    picture = _over(picture, (226, 212, 190), _box(y, x, 0.50, 0.70, 0.28, 0.60))
    picture = _over(picture, (92, 62, 46), _box(y, x, 0.57, 0.70, 0.41, 0.47))
    for left in (0.31, 0.51):
        picture = _over(picture, (255, 214, 110), _box(y, x, 0.55, 0.62, left, left + 0.06))
        middle = left + 0.03
        cross = (np.abs(x - middle) < 0.004) | (np.abs(y - 0.585) < 0.004)
        picture = _over(picture, (92, 62, 46), cross & _box(y, x, 0.55, 0.62, left, left + 0.06))
    return picture


def _tree(picture, y, x):
    """A trunk and three crowns of leaves."""
    picture = _over(
        picture, (74, 52, 42), (np.abs(x - 0.12) < 0.012 + 0.02 * (y - 0.4)) & (y > 0.4) & (y < 0.74)
    )
    leaves = np.sin(70 * x + 9 * np.sin(40 * y)) * np.sin(64 * y + 7 * np.sin(45 * x))
    for cy, cx, radius in ((0.36, 0.12, 0.10), (0.46, 0.05, 0.075), (0.45, 0.20, 0.08)):
        crown = np.hypot(y - cy, x - cx) < radius + 0.006 * leaves
        picture = _over(picture, (38, 72, 52), crown)
        picture = _over(picture, (86, 118, 62), crown & (leaves > 0.35))
    return picture


def _box(y, x, top, bottom, left, right):
    return (y > top) & (y < bottom) & (x > left) & (x < right)


def _mix(above, below, level):
    """From one colour at level 0 to another at 1."""
    level = np.clip(level, 0, 1)[..., None]
    return np.array(above) * (1 - level) + np.array(below) * level


def _over(picture, colour, where):
    return np.where(where[..., None], np.array(colour, float), picture)
