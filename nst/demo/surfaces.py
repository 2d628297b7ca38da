"""What materials look like close to: a factor for the colour at each point u, v (metres) of a polygon.

Each function takes u, v, the polygon's number and the pixel's size in metres, all (n,), and returns (n,) or
(n, 3). What is finer than a pixel fades out.
"""

import numpy as np

from .fields import chance, read, step, tile


def plain(u, v, number, size):
    return 1 + 0.05 * read(tile("1.0"), u / 7 + 0.37 * number, v / 7)


def plaster(u, v, number, size):
    """Old limewash: blotches, streaks where rain runs, damp at the foot."""
    shift = 0.3717 * number
    blotch = read(tile("1.5"), u / 14 + shift, v / 14)
    streak = read(tile("1.0", 1), u / 3 + shift, v / 30)
    grain = read(tile("0.5"), u / 2.6, v / 2.6 + shift)
    damp = np.exp(-np.maximum(v, 0) / 0.5) * (0.5 + 0.3 * blotch)
    return np.clip(1 + 0.07 * blotch + 0.05 * streak + 0.05 * grain - 0.3 * damp, 0.3, 1.5)


def tiles(u, v, number, size):
    """Courses of clay tiles, each of its own tone, its lower edge in shade; moss in patches."""
    tall, wide = 0.30, 0.24
    row = np.floor(v / tall)
    across = u / wide + 0.5 * (row % 2)
    within = v / tall - row
    fine = np.clip(1.6 - size / 0.16, 0, 1)
    own = chance(np.floor(across), row, number) - 0.5
    edge = step(0.75, 1.0, within) - step(0.0, 0.25, within) * 0.8
    gap = np.abs((across % 1) - 0.5)
    patch = read(tile("1.5", 2), u / 11 + 0.21 * number, v / 11)
    tone = 1 + fine * (0.45 * own + 0.22 * edge - 0.25 * step(0.42, 0.5, gap)) + 0.13 * patch
    moss = step(0.7, 1.9, patch)[..., None] * np.array([-0.30, -0.08, -0.22], np.float32)
    return tone[..., None] * (1 + moss)


def ashlar(u, v, number, size):
    """Courses of dressed stone with dark joints; weed and wet near the water, where v is 0."""
    tall, wide = 0.45, 1.05
    row = np.floor(v / tall)
    across = u / wide + 0.5 * (row % 2) + 0.3 * chance(row, number)
    fine = np.clip(1.6 - size / 0.2, 0, 1)
    own = chance(np.floor(across), row, number) - 0.5
    joint = np.minimum(np.abs((v / tall + 0.5) % 1 - 0.5) * tall, np.abs((across + 0.5) % 1 - 0.5) * wide)
    rough = read(tile("1.0"), u / 4, v / 4)
    tone = 1 + fine * (0.5 * own - 0.5 * np.exp(-joint / 0.05)) + 0.10 * rough
    wet = np.exp(-np.maximum(v - 0.4 + 0.12 * rough, 0) / 0.28)[..., None] * np.array(
        [0.62, 0.45, 0.68], np.float32
    )
    return tone[..., None] * (1 - wet)


def planks(u, v, number, size):
    """Boards along u, grey with age."""
    row = np.floor(v / 0.18)
    grain = read(tile("1.0", 3), u / 9 + 0.7 * chance(row, number), v / 0.9)
    joint = np.exp(-np.abs((v / 0.18 + 0.5) % 1 - 0.5) * 0.18 / 0.015) * np.clip(1.5 - size / 0.1, 0, 1)
    return 1 + 0.25 * (chance(row, number) - 0.5) + 0.15 * grain - 0.4 * joint


def paving(u, v, number, size):
    rough = read(tile("1.5"), u / 9, v / 9)
    stones = chance(np.floor(u / 0.4 + 0.5 * (np.floor(v / 0.4) % 2)), np.floor(v / 0.4)) - 0.5
    return 1 + 0.10 * rough + 0.25 * stones * np.clip(1.6 - size / 0.16, 0, 1)


def slats(u, v, number, size):
    fine = np.clip(1.5 - size / 0.07, 0, 1)
    return 1 - 0.35 * fine * step(0.45, 0.9, (v / 0.09) % 1) + 0.06 * read(tile("1.0"), u, v)


def glass(u, v, number, size):
    """Behind old panes a room, darker above, or a curtain."""
    curtain = step(0.25, 0.3, np.abs(u - 0.45 + 0.02 * np.sin(9 * v))) * step(0.2, 0.8, chance(number))
    return 0.5 + 0.9 * curtain + 0.12 * read(tile("1.0"), u / 2 + 0.1 * number, v / 2)


def woods(u, v, number, size):
    """Distant trees: rounded crowns lit from one side, as light and dark."""
    crowns = read(tile("smooth"), u / 90 + 0.13 * number, v / 45)
    beside = read(tile("smooth"), (u - 3) / 90 + 0.13 * number, (v + 1) / 45)
    leaves = read(tile("1.0"), u / 60, v / 40)
    return np.clip(1 + 1.6 * (crowns - beside) + 0.12 * crowns + 0.20 * leaves, 0.35, 2)


def meadow(u, v, number, size):
    return 1 + 0.16 * read(tile("1.0"), u / 16, v / 5) + 0.15 * read(tile("1.5"), u / 40 + 0.2, v / 40)


ALL = (plain, plaster, tiles, ashlar, planks, paving, slats, glass, woods, meadow)
PLAIN, PLASTER, TILES, ASHLAR, PLANKS, PAVING, SLATS, GLASS, WOODS, MEADOW = range(len(ALL))
