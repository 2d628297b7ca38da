"""People, carriages and cars: what stands about in a street or a field."""

import numpy as np

from . import palette, shapes, textures


def figure(rng, cutouts, foot, height):
    """Somebody standing or walking: legs, coat or skirt, arms, head, perhaps a hat."""
    coat, legs = palette.palette(rng, 2)
    skin = palette.colour(rng.uniform(0.3, 0.8), 0.18, 0.07)
    stride, lean = rng.uniform(0, 0.14), rng.normal(0, 0.03)
    hip, neck = foot - 0.48j * height, foot + height * (lean - 0.82j)
    for side in (-1, 1):
        leg = np.array([hip + 0.04 * side * height, foot + side * stride * height])
        cutouts.add(shapes.ribbon(leg, 0.09 * height), legs, 0.05, 1)
        elbow = neck + height * (side * rng.uniform(0.1, 0.2) + 0.2j)
        hand = elbow + height * (side * rng.normal(0, 0.08) + 0.17j * rng.choice([1, 1, -1]))
        arm = np.array([neck + height * (0.08 * side + 0.05j), elbow, hand])
        cutouts.add(shapes.ribbon(arm, 0.06 * height), coat * 0.85, 0.05)
        cutouts.add(shapes.ellipse(hand, 0.03 * height), skin)
    hem = rng.choice([0.05, 0.35])
    wide = 0.1 + 0.25 * hem
    outline = np.array([neck - 0.1 * height, neck + 0.1 * height, hip + wide * height, hip - wide * height])
    outline[2:] += 1j * hem * height
    cutouts.add(outline, coat, 0.12, 1, texture=textures.ALL[rng.integers(len(textures.ALL))], strength=0.04)
    head = neck - 0.08j * height
    cutouts.add(shapes.ellipse(head, 0.075 * height, 0.8, np.pi / 2), skin, round=0.3)
    hair = shapes.ellipse(head - 0.03j * height, 0.08 * height, 0.75)
    cutouts.add(hair.real + 1j * np.minimum(hair.imag, head.imag - 0.015 * height), rng.uniform(0.05, 0.5))
    if rng.random() < 0.3:
        cutouts.add(
            shapes.box(
                head.real - 0.12 * height,
                head.imag - 0.08 * height,
                head.real + 0.12 * height,
                head.imag - 0.05 * height,
            ),
            coat * 0.6,
        )


def carriage(rng, cutouts, foot, height):
    """A body on wheels with windows and lamps: a car, a bus, a cart."""
    long = height * rng.uniform(1, 2.2)
    body = palette.palette(rng, 1)[0]
    wheel = height * rng.uniform(0.14, 0.2)
    deck, waist, top = (foot.imag - part * height for part in (0.15, 0.5, rng.uniform(0.8, 1)))
    x = foot.real + long * np.array([-0.5, 0.5, 0.5, 0.32, 0.22, -0.3, -0.42, -0.5])
    y = np.array([deck, deck, waist, waist, top, top, waist, waist])
    cutouts.add(x + 1j * y, body, 0.15, -1j)
    glass = palette.colour(rng.choice([0.15, 0.7]), 0.1, 0.6)
    for left, right in ((-0.3, -0.06), (-0.02, 0.22)):
        pane = shapes.box(foot.real + left * long, top + 0.06 * height, foot.real + right * long, waist)
        cutouts.add(pane, glass, 0.15, np.exp(0.8j))
    for side in (-0.3, 0.3):
        hub = foot + side * long - 1j * wheel
        cutouts.add(shapes.ellipse(hub, wheel), 0.08, round=0.1)
        cutouts.add(shapes.ellipse(hub, 0.55 * wheel), rng.uniform(0.4, 0.8), round=0.3)
        cutouts.add(shapes.ellipse(hub, 0.12 * wheel), 0.2)
    lamp = foot.real + 0.47 * long + 1j * (waist + deck) / 2
    cutouts.add(shapes.ellipse(lamp, 0.06 * height), palette.colour(0.9, 0.15, 0.12), round=0.2)


def crowd(rng, cutouts, low, high, count):
    """`count` of them on the ground between two heights of the picture, the lower the nearer and larger."""
    size = cutouts.shape[0]
    height = size * rng.uniform(0.08, 0.3)
    for near in np.sort(rng.random(count)):
        foot = size * rng.uniform(-0.05, 1.05) + 1j * (low + near * (high - low))
        make = figure if rng.random() < 0.7 else carriage
        make(rng, cutouts, foot, height * (0.5 + near))
