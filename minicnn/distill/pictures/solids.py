"""Solids on a table: boxes, balls, cylinders, cones and vases in perspective, lit from one side."""

from itertools import pairwise

import numpy as np

from . import noise, palette, shapes, textures
from .cutouts import Cutouts
from .patterns import room


def solids(rng, size):
    """A still life or a heap of blocks before a wall, on a floor or in the air."""
    shape = (size, size)
    picture = room(rng, size) if rng.random() < 0.6 else 0.5 + 0.15 * noise.coloured(rng, shape, 1.6)
    light = rng.uniform(-np.pi, 0)
    colours = palette.palette(rng, 8)
    cutouts = Cutouts(shape)
    count = int(rng.integers(2, 25))
    largest = 0.35 / count**0.3
    for y in np.sort(rng.uniform(0.15, 0.95, count)):
        at = size * (rng.random() + 1j * y)
        radius = size * largest * rng.uniform(0.3, 1) * (0.5 + 0.6 * y)
        make = ALL[rng.integers(len(ALL))]
        material = {}
        if rng.random() < 0.5:
            turn = rng.uniform(0.3, 1.5) * np.exp(2j * np.pi * rng.random())
            texture = textures.ALL[rng.integers(len(textures.ALL))]
            material = {"texture": texture, "strength": rng.uniform(0.02, 0.12), "stretch": turn}
        make(rng, cutouts, at, radius, colours[rng.integers(8)], light, material)
    return cutouts.render(rng, picture, light, rng.uniform(0.1, 0.6), reach=size * rng.uniform(0.01, 0.05))


def ball(rng, cutouts, at, radius, colour, light, material):
    """A ball with a highlight."""
    cutouts.add(shapes.ellipse(at, radius, corners=48), colour, round=rng.uniform(0.2, 0.7), **material)
    if rng.random() < 0.6:
        gleam = at + 0.45 * radius * np.exp(1j * light)
        cutouts.add(shapes.ellipse(gleam, radius * rng.uniform(0.05, 0.2), 0.7, light), colour + 0.5)


def brick(rng, cutouts, at, radius, colour, light, material):
    """A box turned at random and seen in perspective, each face by its angle to the light."""
    turn = np.linalg.qr(rng.standard_normal((3, 3)))[0]
    turn[:, 0] *= np.sign(np.linalg.det(turn))
    sides = rng.uniform(0.3, 1, 3)
    sides /= np.linalg.norm(sides)
    towards = np.array([np.cos(light), np.sin(light), 1]) / 2**0.5
    eye = rng.uniform(2, 6)
    for axis in range(3):
        for sign in (-1, 1):
            normal = sign * turn[:, axis]
            corners = np.ones((4, 3)) * sign
            corners[:, (axis + 1) % 3] = (-1, 1, 1, -1)
            corners[:, (axis + 2) % 3] = (-1, -1, 1, 1)
            points = (corners * sides) @ turn.T
            if (points.mean(0) @ normal) >= normal[2] * eye:
                continue  # it faces away from the eye at (0, 0, eye)
            flat = points[:, :2] * (eye / (eye - points[:, 2]))[:, None]
            shade = 0.55 + 0.5 * max(normal @ towards, -0.4)
            cutouts.add(at + radius * (flat[:, 0] + 1j * flat[:, 1]), colour * shade, 0.05, 1, **material)


def vase(rng, cutouts, at, radius, colour, light, material):
    """A turned body in upright strips: straight as a can, pointed as a cone or bellied as a bottle."""
    t = np.linspace(-1, 1, 24)
    belly = rng.choice([0, 0.25]) * np.sin(2.5 * t + rng.uniform(0, 6))
    taper = rng.choice([-0.1, 0, 0.45]) * t
    profile = np.maximum(0.5 + belly + taper, 0.04) * rng.uniform(0.5, 1)
    flatten = rng.uniform(0.1, 0.35)
    edges = np.cos(np.linspace(np.pi, 0, 15))
    for low, high in pairwise(edges):
        middle = (low + high) / 2
        lit = 0.6 + 0.45 * (middle * np.cos(light) + np.sqrt(1 - middle**2) * 0.6)
        sag = [1j * flatten * np.sqrt(1 - x**2) for x in (low, high)]
        left, right = (profile * (x + s) + 1j * t for x, s in zip((low, high), sag, strict=True))
        cutouts.add(at + radius * np.concatenate([left, right[::-1]]), colour * lit, **material)
    rim = profile[0] * np.exp(2j * np.pi * np.arange(24) / 24)
    cutouts.add(at + radius * (rim.real + 1j * flatten * rim.imag - 1j), colour * rng.uniform(0.3, 1.2))


def fruit(rng, cutouts, at, radius, colour, light, material):
    """A rounded thing that is no ball, with a stalk or a leaf."""
    outline = shapes.blob(rng, at, radius, 0.1, waves=3)
    cutouts.add(outline, colour, 0.1, np.exp(2j * np.pi * rng.random()), round=0.5, **material)
    stalk = at - 0.8j * radius + np.linspace(0, radius * (0.3 * rng.normal() - 0.5j), 4)
    cutouts.add(shapes.ribbon(stalk, 0.08 * radius), 0.2)
    if rng.random() < 0.5:
        green = palette.colour(0.4, 0.2, 0.28)
        cutouts.add(shapes.leaf(stalk[-1], 0.4 * radius, 0.3, rng.uniform(0, 6)), green, 0.1, 1)


ALL = (ball, ball, brick, brick, vase, fruit)
