"""The picture that the first lessons look at: a house by a lake at evening, drawn by formulas."""

import numpy as np


def scene(height=180, width=240):
    """uint8 RGB (height, width, 3)."""
    y, x = np.mgrid[0:height, 0:width]
    y, x = y / height, x / width * 4 / 3
    sky = _mix((58, 92, 160), (250, 190, 120), (y / 0.62) ** 1.4)
    picture = _over(sky, (255, 236, 170), (x - 0.98) ** 2 + (y - 0.40) ** 2 < 0.075**2)
    far = 0.50 - 0.10 * np.abs(np.sin(3.1 * x + 0.4)) - 0.03 * np.sin(11 * x)
    picture = _over(picture, (120, 118, 158), y > far)
    near = 0.60 - 0.05 * np.sin(2.3 * x + 2.2) - 0.012 * np.sin(17 * x)
    picture = _over(picture, (74, 104, 84), y > near)
    lake = _mix((210, 160, 120), (52, 76, 118), (y - 0.70) / 0.30)
    ripple = 14 * np.sin(90 * (y - 0.68) ** 0.7 * (y > 0.68) + 5 * np.sin(4 * x)) if True else 0
    picture = np.where((y > 0.70)[..., None], lake + ripple[..., None], picture)
    return np.clip(np.rint(picture), 0, 255).astype(np.uint8)


def _mix(above, below, level):
    level = np.clip(level, 0, 1)[..., None]
    return np.array(above) * (1 - level) + np.array(below) * level


def _over(picture, colour, where):
    return np.where(where[..., None], np.array(colour, float), picture)
