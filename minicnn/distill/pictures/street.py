"""Streets: rows of façades with windows, balconies, shop fronts and roofs, head-on or running away."""

import numpy as np

from . import palette, shapes, textures
from .crowd import crowd
from .cutouts import Cutouts
from .landscape import foliage, sky, tree


def street(rng, size):
    """A row of buildings against the sky, with a pavement; sometimes seen at an angle."""
    picture, _ = sky(rng, size, size * 0.9)
    cutouts = Cutouts((size, size))
    foot = size * rng.uniform(0.75, 1.05)
    left = -0.1 * size
    while left < size:
        wide = size * rng.uniform(0.15, 0.5)
        facade(rng, cutouts, left, left + wide, foot, foot - size * rng.uniform(0.35, 0.9))
        left += wide
    pavement = palette.colour(rng.uniform(0.3, 0.7), 0.04, 0.1)
    texture = textures.ALL[rng.choice([0, 4, 6])]
    cutouts.add(shapes.box(-2, foot, size + 2, size + 2), pavement, 0.1, texture=texture, strength=0.05)
    trees = rng.integers(0, 5) if rng.random() < 0.4 else 0
    for x in rng.uniform(0, size, trees):
        tree(rng, cutouts, x + 1j * foot, size * rng.uniform(0.2, 0.5), foliage(rng))
    if rng.random() < 0.6:
        recede(rng, cutouts)
    if rng.random() < 0.5:
        crowd(rng, cutouts, foot, size, rng.integers(1, 12))
    return cutouts.render(rng, picture, shadow=rng.uniform(0, 0.5), reach=size * 0.008)


def recede(rng, cutouts):
    """Turn the street's plane: things to one side are further off and smaller."""
    size = cutouts.shape[0]
    eye = size * (0.5 + 1j * rng.uniform(0.5, 0.9))
    slope = rng.uniform(0.2, 0.9) * rng.choice([-1, 1])

    def project(points):
        z = (points - eye) / size
        return eye + size * z / (1 + slope * z.real)

    cutouts.warp(project)


def facade(rng, cutouts, left, right, foot, top):
    """One house front: its wall, its storeys of windows, a ground floor, cornice and roof."""
    hue = rng.choice([0.02, 0.08, 0.1, 0.13, 0.58])
    wall = palette.colour(rng.uniform(0.3, 0.95), rng.uniform(0, 0.3), hue)
    trim = palette.colour(rng.uniform(0.3, 1), 0.05, 0.1)
    masonry = textures.ALL[rng.choice([0, 1, 6, 6])]
    cutouts.add(
        shapes.box(left, top, right, foot),
        wall,
        0.05,
        texture=masonry,
        strength=rng.uniform(0.01, 0.06),
        stretch=0.5,
    )
    roof(rng, cutouts, left, right, top)
    storeys, columns = rng.integers(2, 7), rng.integers(2, 6)
    tall, wide = (foot - top) / storeys, (right - left) / columns
    style = (
        rng.uniform(0.35, 0.65),
        rng.uniform(0.45, 0.75),
        rng.integers(0, 4),
        rng.random() < 0.3,
        rng.random() < 0.3,
    )
    glass = palette.colour(rng.choice([0.12, 0.2, 0.6]), 0.1, rng.choice([0.1, 0.6]))
    for storey in range(storeys):
        for column in range(columns):
            middle = left + (column + 0.5) * wide + 1j * (top + (storey + 0.52) * tall)
            lit = palette.colour(0.8, 0.25, 0.12) if rng.random() < 0.1 else glass
            window(cutouts, middle, wide * style[0], tall * style[1], lit, trim, *style[2:])
    y = foot - tall
    cutouts.add(shapes.box(left, y - 0.05 * tall, right, y + 0.03 * tall), trim, 0.1)
    if rng.random() < 0.5:  # a shop: one wide pane under an awning
        cutouts.add(
            shapes.box(left + 0.1 * wide, y + 0.3 * tall, right - 0.1 * wide, foot - 0.1 * tall), glass, 0.1
        )
        awning = palette.palette(rng, 1)[0]
        cloth = np.array([left, right, right + 0.1 * wide, left - 0.1 * wide]) + 1j * np.repeat(
            [y, y + 0.4 * tall], 2
        )
        cutouts.add(cloth, awning, 0.1, texture=textures.stripes, strength=0.15, stretch=1j)


def window(cutouts, middle, wide, tall, glass, trim, bars, arched, shutters):
    """A frame, a pane with its bars, a sill; arched and with shutters where the house has them."""
    half = np.array([-1 - 1j, 1 - 1j, 1 + 1j, -1 + 1j])
    if arched:
        turn = np.exp(1j * np.linspace(-np.pi, 0, 12))
        half = np.concatenate([turn.real + 1j * (0.5 * turn.imag - 0.5), [1 + 1j, -1 + 1j]])
    outline = (half.real * wide + 1j * half.imag * tall) / 2
    cutouts.add(middle + 1.15 * outline, trim, 0.05)
    cutouts.add(middle + outline, glass, 0.12, turn=np.exp(0.8j))
    for i in range(bars):
        x = wide * ((i + 1) / (bars + 1) - 0.5)
        cutouts.add(shapes.ribbon(middle + x + 0.5j * tall * np.array([-1, 1]), 0.07 * wide), trim)
    if bars:
        cutouts.add(shapes.ribbon(middle + 0.5 * wide * np.array([-1, 1]) - 0.1j * tall, 0.07 * wide), trim)
    sill = middle + 0.56j * tall
    cutouts.add(shapes.ribbon(sill + 0.65 * wide * np.array([-1, 1]), 0.1 * wide), trim * 0.8)
    if shutters:
        for side in (-1, 1):
            at = middle + side * 0.72 * wide
            leaf = {"texture": textures.stripes, "strength": 0.1, "stretch": 0.3}
            cutouts.add(at + outline * 0.4 + 0.6j * outline.imag, trim[[1, 0, 2]] * 0.6, **leaf)


def roof(rng, cutouts, left, right, top):
    """A gable, a stepped gable, a slope with dormers, or a flat top with a cornice."""
    colour = palette.colour(rng.uniform(0.15, 0.5), rng.uniform(0.05, 0.3), rng.choice([0.02, 0.06, 0.6]))
    tiles = {"texture": textures.scales, "strength": 0.06, "stretch": 0.4}
    wide = right - left
    choice = rng.integers(4)
    if choice == 0:
        cutouts.add(
            [left - 2 + 1j * top, (left + right) / 2 + 1j * (top - wide * 0.5), right + 2 + 1j * top],
            colour,
            0.05,
            **tiles,
        )
    elif choice == 1:
        for i in range(4):
            cutouts.add(
                shapes.box(
                    left + i * wide / 9, top - (i + 1) * wide / 9, right - i * wide / 9, top - i * wide / 9
                ),
                colour + 0.3,
            )
    elif choice == 2:
        high = 0.35 * wide
        slope = [
            left + 1j * top,
            left + 0.1 * wide + 1j * (top - high),
            right - 0.1 * wide + 1j * (top - high),
            right + 1j * top,
        ]
        cutouts.add(slope, colour, 0.05, **tiles)
        for x in (0.3, 0.65):
            middle = left + x * wide + 1j * (top - 0.4 * high)
            window(cutouts, middle, 0.12 * wide, 0.4 * high, colour * 0.4, colour + 0.4, 1, False, False)
    cutouts.add(
        shapes.box(left - 0.02 * wide, top - 0.03 * wide, right + 0.02 * wide, top + 0.03 * wide),
        colour + 0.3,
        0.1,
    )
