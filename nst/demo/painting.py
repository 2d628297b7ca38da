"""The demo's painting: wind over the fields, in thick strokes that follow it."""

import numpy as np

from minicnn.distill.pictures import noise, strokes
from minicnn.distill.pictures.painted import read

from .develop import FINER, printed
from .wind import BOXES, Plan, rgb

GROUND = rgb("4a2b20")[0]  # what shows between the strokes
PLANNED = 512  # pixels across are enough for the plan
# Coats from first to last: half-width, length and spacing of strokes in pixels of 512, how much of each place
# they cover, and how freely they are mixed.
RELIEF = 0.2
COATS = ((4.0, 40, 4.6, 1.0, 0.09), (3.0, 30, 4.2, 0.8, 0.10), (2.1, 20, 4.6, 0.55, 0.15))


def painting(size=512, seed=5):
    """uint8 RGB (¾ size, size, 3)."""
    rng = np.random.default_rng(seed)
    shape = h, w = round(size * 0.75) * FINER, size * FINER
    plan = Plan(rng, (round(0.75 * PLANNED), PLANNED))
    rows, columns = np.arange(h) * plan.shape[0] // h, np.arange(w) * PLANNED // w
    field, box, level = (part[rows[:, None], columns] for part in (plan.field, plan.box, plan.level))
    canvas = GROUND + 0.03 * noise.coloured(rng, shape, 0.6)
    for radius, length, spacing, share, mixed in COATS:
        unit = w / 512
        brush = strokes.Brush(
            radius * unit, length * unit, 0.05, 0.03, dryness=0.12, taper=0.45, relief=RELIEF
        )
        starts = strokes.scatter(rng, shape, spacing * unit)
        starts = starts[rng.random(len(starts)) < share]
        tint = colours(read(box, starts), read(level, starts) + rng.normal(0, mixed, len(starts)))
        canvas = strokes.paint(rng, canvas, field, brush, starts, tint)
    return printed(canvas)


def colours(box, level):
    """A pure colour (n, 3) for each stroke: the one nearest to its level in its box."""
    out = np.empty((len(box), 3), np.float32)
    for k, paints in enumerate(BOXES):
        mine = box == k
        out[mine] = paints[np.clip(np.rint(level[mine] * (len(paints) - 1)), 0, len(paints) - 1).astype(int)]
    return out
