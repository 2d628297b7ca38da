"""Landscapes: sky, hills, water with reflections, fields, houses, trees, and their shadows."""

import numpy as np

from . import flow, noise, palette, shapes, textures
from .crowd import carriage, figure
from .cutouts import Cutouts


def landscape(rng, size):
    """A view from far to near; every part of it may be missing."""
    horizon = size * rng.uniform(0.3, 0.7)
    picture, haze = sky(rng, size, horizon)
    cutouts = Cutouts((size, size))
    greens = palette.colour(
        rng.uniform(0.15, 0.5, 6),
        rng.uniform(0.05, 0.25),
        rng.choice([0.12, 0.22, 0.3]) + rng.normal(0, 0.04, 6),
    )
    hills(rng, cutouts, horizon, greens, haze)
    water = rng.random() < 0.4
    ground(rng, cutouts, horizon, greens, bare=water)
    near = size if not water else horizon + 0.3 * (size - horizon)
    # Far things are small and high up, and come first: each stands on the ground by its foot.
    for depth in np.sort(rng.random(rng.integers(0, 30)) ** 1.5):
        foot = horizon + depth * (near - horizon) * 0.8
        scale = size * (0.03 + 0.3 * depth * rng.uniform(0.6, 1.2))
        at = rng.uniform(-0.05, 1.05) * size + 1j * foot
        THINGS[rng.integers(len(THINGS))](rng, cutouts, at, scale, greens)
    picture = cutouts.render(rng, picture, shadow=rng.choice([0, 0.3, 0.5]), reach=size * 0.012)
    if water:
        picture = reflect(rng, picture, near, haze)
    return picture + 0.01 * noise.coloured(rng, (size, size), 0.6)


def foliage(rng):
    """Six greens, or six autumn colours, (6, 3)."""
    hue = rng.choice([0.12, 0.22, 0.3]) + rng.normal(0, 0.04, 6)
    return palette.colour(rng.uniform(0.15, 0.5, 6), rng.uniform(0.05, 0.25), hue)


def sky(rng, size, horizon):
    """The sky, (size, size, 3), by day or night, clouded or clear, and its colour at the horizon."""
    shape = (size, size)
    zenith = palette.colour(rng.uniform(0.1, 0.7), rng.uniform(0.05, 0.35), 0.62 + rng.normal(0, 0.04))
    low = rng.choice([0.08, 0.1, 0.6]) + rng.normal(0, 0.03)
    haze = palette.colour(rng.uniform(0.5, 0.95), rng.uniform(0, 0.3), low)
    z = flow.grid(shape)
    height = np.clip(1 - z.imag / horizon, 0, 1) ** rng.uniform(0.5, 1.5)
    picture = haze + height[..., None] * (zenith - haze)
    if rng.random() < 0.5:
        centre = size * rng.random() + 1j * horizon * rng.random()
        distance = np.abs(z - np.complex64(centre)) / size
        disc = palette.colour(0.95, 0.15, 0.1)
        glow = 0.7 * np.exp(-distance / np.float32(rng.uniform(0.03, 0.15)))
        glow = np.maximum(glow, shapes.disc(shape, centre, size * rng.uniform(0.01, 0.05), 2))
        picture = shapes.over(picture, disc, glow)
    if rng.random() < 0.75:
        cover = noise.fractal(rng, shape, rng.uniform(1.1, 1.7), stretch=rng.uniform(1, 4))
        edge = rng.uniform(0.5, 4)
        mask = np.clip(edge * (cover - rng.uniform(-0.5, 1.5)), 0, 1) * rng.uniform(0.4, 1)
        shade = 0.75 + 0.25 * np.tanh(noise.fractal(rng, shape, 1.5))
        cloud = palette.colour(rng.uniform(0.6, 1), rng.uniform(0, 0.12), rng.choice([0.08, 0.62]))
        picture = shapes.over(picture, cloud * shade[..., None], mask)
    return picture, haze


def ridge(rng, size, level, height, slope=1.0):
    """An outline from a fractal skyline at `level` down to the picture's lower edge."""
    x = np.linspace(-2, size + 2, 128)
    line = noise.fractal(rng, (128, 2), slope)[:, 0]
    y = level - height * (line - line.min())
    return np.concatenate([x + 1j * y, [size + 2 + 1j * size, -2 + 1j * size]])


def hills(rng, cutouts, horizon, greens, haze):
    """Up to four ridges, one before another, the further the more of the haze's colour."""
    size = cutouts.shape[0]
    count = rng.integers(0, 5)
    rough = rng.uniform(0.9, 2.2)
    for i in range(count):
        far = 0.8 * (1 - i / count)
        colour = greens[rng.integers(len(greens))] * (1 - far) + haze * 0.8 * far
        outline = ridge(
            rng, size, horizon + 0.02 * size, size * 0.12 * rng.random() * (1 - 0.5 * i / count), rough
        )
        cutouts.add(outline, colour, 0.04, texture=textures.leafy, strength=0.05 * (1 - far), stretch=0.5)


def ground(rng, cutouts, horizon, greens, bare):
    """The plain, with fields of several colours in perspective and perhaps a road."""
    size = cutouts.shape[0]
    texture = textures.ALL[rng.integers(3)]
    cutouts.add(shapes.box(-2, horizon, size + 2, size + 2), greens[0], 0.1, texture=texture, strength=0.05)
    for _ in range(0 if bare else rng.integers(0, 12)):
        depth = np.sort(rng.random(2)) ** 2 * (size - horizon)
        side = rng.uniform(-1, 2, 2) * size
        vanish = size / 2 + 1j * horizon
        reach = depth / (size - horizon)
        corners = [vanish + (s - vanish.real + 1j * (size - horizon)) * r for r in reach for s in side]
        colour = palette.colour(
            rng.uniform(0.3, 0.8), rng.uniform(0.05, 0.3), rng.choice([0.1, 0.14, 0.22, 0.3])
        )
        cutouts.add(
            np.array(corners)[[0, 1, 3, 2]],
            colour,
            0.05,
            texture=textures.stripes,
            strength=0.06 * rng.random(),
            stretch=np.exp(1j * np.angle(corners[2] - corners[0])),
        )


def tree(rng, cutouts, foot, height, greens):
    """A trunk, branches, and a crown of many tufts: dark below, light above."""
    trunk = palette.colour(rng.uniform(0.1, 0.35), 0.08, 0.08)
    top = foot - 1j * height * 0.5
    line = np.linspace(foot, top + rng.normal(0, 0.05) * height, 6)
    cutouts.add(shapes.ribbon(line, height * np.linspace(0.09, 0.03, 6)), trunk, 0.05, turn=1)
    for _ in range(4):
        end = top + height * (rng.normal(0, 0.2) - 1j * rng.uniform(0.1, 0.4))
        cutouts.add(shapes.ribbon(np.linspace(line[3], end, 4), 0.03 * height), trunk)
    if rng.random() < 0.15:
        return  # winter
    colour = greens[rng.integers(len(greens))]
    crown = foot - 0.68j * height
    tufts = rng.normal(0, 0.15, (25, 2)) * height
    for dx, dy in tufts[np.argsort(-tufts[:, 1])]:
        lit = colour * (1 - 1.5 * dy / height) + 0.05 * rng.random()
        texture = {"texture": textures.leafy, "strength": 0.12, "stretch": height / cutouts.shape[0] + 0.2}
        cutouts.add(
            shapes.blob(rng, crown + dx + 1j * dy, 0.13 * height, 0.25, corners=20), lit, 0.05, -1j, **texture
        )


def fir(rng, cutouts, foot, height, greens):
    """Tiers of boughs, or a poplar's single tall flame."""
    colour = greens[rng.integers(len(greens))] * 0.8
    if rng.random() < 0.3:
        flame = shapes.blob(rng, 0, 1, 0.1)
        outline = foot - 0.5j * height + height * (0.12 * flame.real + 0.5j * flame.imag)
        cutouts.add(outline, colour, 0.12, 1, texture=textures.streaks, strength=0.1, stretch=1j)
        return
    cutouts.add(shapes.ribbon(np.array([foot, foot - 0.3j * height]), 0.05 * height), colour * 0.5)
    tiers = rng.integers(3, 7)
    for i in range(tiers):
        low = foot - 1j * height * (0.15 + 0.8 * i / tiers)
        wide = 0.28 * height * (1 - 0.8 * i / tiers)
        outline = np.array([low - wide, low - 0.1 * wide, low + wide, low - 1j * height * 0.3])
        cutouts.add(
            outline, colour + 0.03 * i / tiers, 0.08, 1, texture=textures.leafy, strength=0.06, stretch=0.5
        )


def upright(rng, cutouts, foot, height, greens):
    """A mast or a post; somebody standing there; a cart."""
    choice = rng.integers(3)
    if choice == 0:
        post = shapes.ribbon(np.array([foot, foot - 1j * height]), 0.03 * height)
        cutouts.add(post, palette.palette(rng, 1)[0] * 0.5)
    elif choice == 1:
        figure(rng, cutouts, foot, 0.5 * height)
    else:
        carriage(rng, cutouts, foot, 0.4 * height)


def house(rng, cutouts, foot, height, greens):
    """A gabled house seen from a corner: two walls in light and shade, a roof, windows, door, chimney."""
    wall = palette.colour(rng.uniform(0.4, 0.95), rng.uniform(0, 0.25), rng.choice([0.03, 0.09, 0.13, 0.6]))
    roof = palette.colour(rng.uniform(0.15, 0.5), rng.uniform(0.05, 0.3), rng.choice([0.02, 0.05, 0.6]))
    tall, front, side = (
        height * rng.uniform(0.35, 0.7),
        height * rng.uniform(0.35, 0.6),
        height * rng.uniform(0.4, 1),
    )
    gable, rise = height * rng.uniform(0.2, 0.5), -1j * side * rng.uniform(0, 0.12)
    if rng.random() < 0.5:
        (
            front,
            side,
        ) = -front, -side
    # The front faces us; the side wall runs away to the right (to the left where widths are negative).
    a, b, c = foot, foot + front, foot + front + side + rise
    up = -1j * tall
    peak = (a + b) / 2 + up - 1j * gable
    ridge_end = peak + side + rise
    masonry = {"texture": textures.ALL[rng.choice([0, 6])], "strength": 0.04, "stretch": 0.4}
    cutouts.add([b, c, c + 0.9 * up, b + up], wall * 0.65, 0.04, **masonry)
    cutouts.add([a, b, b + up, peak, a + up], wall, 0.04, **masonry)
    tiles = {"texture": textures.scales, "strength": 0.06, "stretch": 0.4}
    cutouts.add([b + 0.95 * up, c + 0.85 * up, ridge_end, peak], roof, 0.06, **tiles)
    for base, along, shade in ((a, front + 0j, 1.0), (b, side + rise, 0.65)):
        openings(rng, cutouts, base, along, up, shade)
    if rng.random() < 0.6:
        at = peak + (side + rise) * rng.uniform(0.3, 0.8) - 1j * gable * 0.05
        w = abs(front) * 0.15
        cutouts.add([at, at + w, at + w - 2j * w, at - 2j * w], roof * 0.8 + 0.1, 0.05, 1)


def openings(rng, cutouts, base, along, up, shade):
    """Windows in rows on the wall from `base`, `along` and `up`, with frames and bars, and a door perhaps."""
    rows, columns = rng.integers(1, 4), rng.integers(1, 5)
    glass = palette.colour(rng.choice([0.1, 0.2, 0.9]), 0.15, rng.choice([0.12, 0.6]))
    frame = palette.colour(rng.uniform(0.3, 1), 0.05, 0.1) * shade
    for row in range(rows):
        for column in range(columns):
            corner = base + along * (column + 0.28) / columns + up * (row + 0.3) / rows
            wide, tall = along * 0.45 / columns, up * 0.5 / rows
            door = row == 0 and column == 0 and rng.random() < 0.5
            if door:
                corner, tall = corner - up * 0.3 / rows, tall * 1.4
            pane = np.array([corner, corner + wide, corner + wide + tall, corner + tall])
            cutouts.add(pane, frame)
            middle = pane.mean()
            cutouts.add(middle + 0.8 * (pane - middle), frame * 0.5 if door else glass * shade, 0.1)
            if not door:
                cutouts.add(
                    shapes.ribbon(np.array([middle - tall / 2, middle + tall / 2]), abs(wide) * 0.1), frame
                )


def reflect(rng, picture, shore, haze):
    """Water below `shore`: the picture upside down, rippled, the nearer the more its own colour."""
    size = len(picture)
    y, x = np.mgrid[:size, :size].astype(np.float32)
    depth = np.clip((y - shore) / max(size - shore, 1), 0, 1)
    ripple = noise.fractal(rng, (size, size), rng.uniform(0.7, 1.2), stretch=rng.uniform(4, 12))
    amount = size * rng.uniform(0.005, 0.04) * (0.3 + depth)
    row = np.clip(2 * shore - y + amount * ripple, 0, size - 1).astype(np.intp)
    column = np.clip(x + 0.4 * amount * ripple, 0, size - 1).astype(np.intp)
    mirror = picture[row, column]
    own = palette.colour(rng.uniform(0.1, 0.4), 0.15, rng.uniform(0.4, 0.65))
    clear = (0.25 + 0.5 * depth)[..., None]
    water = mirror * (1 - clear) + own * clear + 0.05 * ripple[..., None] * haze
    return np.where((y > shore)[..., None], water, picture)


THINGS = (tree, tree, fir, house, house, upright)
