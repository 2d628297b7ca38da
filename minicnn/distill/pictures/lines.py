"""Drawing and writing: hatching after a scene, contour lines, scribbles, and rows of invented letters."""

import numpy as np

from . import flow, noise, palette, shapes, strokes
from .cutouts import Cutouts
from .painted import read


def paper_and_ink(rng, size):
    """Paper with its tooth, (size, size, 3), and an ink that stands out from it; sometimes chalk on slate."""
    paper = palette.colour(rng.uniform(0.75, 1), rng.uniform(0, 0.12), rng.choice([0.1, 0.13, 0.6]))
    ink = palette.colour(rng.uniform(0, 0.3), rng.uniform(0, 0.25), rng.random())
    if rng.random() < 0.25:
        paper, ink = ink, paper
    shape = (size, size)
    tooth = rng.uniform(0.005, 0.03) * noise.fractal(rng, shape, 0.4) + 0.02 * noise.fractal(rng, shape, 1.5)
    return (paper + tooth[..., None]).astype(np.float32), ink


def hatching(rng, scene):
    """`scene` (h, w, 3) in pen strokes, dense where it is dark, in up to four directions or round forms."""
    size = len(scene)
    picture, ink = paper_and_ink(rng, size)
    darkness = 1 - noise.ramp(scene.mean(-1))
    spacing = size * rng.uniform(0.006, 0.016)
    width = max(0.5, spacing * rng.uniform(0.08, 0.22))
    around = flow.edges(scene.mean(-1), size * 0.02)
    first = rng.uniform(0, np.pi)
    for layer in range(rng.integers(1, 5)):
        field = flow.waves(rng, (size, size), size * 0.4, 0.1, first + layer * rng.uniform(0.5, 1))
        if rng.random() < 0.3:
            field = around
        starts = strokes.scatter(rng, (size, size), spacing)
        dark = read(darkness, starts) ** 1.5 - 0.15 * layer
        starts = starts[rng.random(len(starts)) < 1.5 * dark]
        length = spacing * rng.uniform(1.5, 4)
        brush = strokes.Brush(width, length, jitter=0.05, bristle=0.03, relief=0, dryness=0.1)
        colours = np.broadcast_to(ink, (len(starts), 3))
        if rng.random() < 0.2:  # coloured pencils
            colours = read(scene, starts)
        picture = strokes.paint(rng, picture, field, brush, starts, colours)
    return picture


def contours(rng, size):
    """The level lines of a hilly field, as on a map or in wood: every line as thick as the next."""
    shape = (size, size)
    field = noise.smooth(rng, shape, size * rng.uniform(0.1, 0.4)) + 0.1 * noise.fractal(rng, shape, 1.8)
    levels = field * rng.uniform(1, 5)
    dy, dx = np.gradient(levels)
    distance = np.abs((levels + 0.5) % 1 - 0.5) / np.maximum(np.hypot(dx, dy), 1e-6)
    picture, ink = paper_and_ink(rng, size)
    if rng.random() < 0.5:
        picture = palette.along(palette.palette(rng, 6), noise.ramp(np.floor(levels + 0.5)))
    width = max(0.7, size * rng.uniform(0.001, 0.006))
    return shapes.over(picture, ink, np.clip(width + 0.5 - distance, 0, 1).astype(np.float32))


def scribbles(rng, size):
    """Long curved lines of a few colours and widths: wire, hair, twigs, ribbons."""
    picture, _ = paper_and_ink(rng, size)
    if rng.random() < 0.5:
        picture = 0.5 + 0.15 * noise.coloured(rng, (size, size), 1.5)
    colours = palette.palette(rng, rng.integers(1, 6))
    cutouts = Cutouts((size, size))
    bend, width = rng.uniform(0.3, 3), size * rng.uniform(0.003, 0.03)
    for _ in range(rng.integers(10, 120)):
        heading = np.exp(1j * (rng.uniform(0, 2 * np.pi) + bend * np.cumsum(rng.normal(0, 0.15, 40))))
        line = size * (rng.random() + 1j * rng.random()) + np.cumsum(heading) * size * rng.uniform(0.01, 0.03)
        thick = width * rng.uniform(0.5, 1.5) * np.linspace(1, rng.choice([0.2, 1]), 40)
        outline = shapes.ribbon(line, thick)
        cutouts.add(outline, colours[rng.integers(len(colours))], rng.normal(0, 0.1))
    return cutouts.render(rng, picture, shadow=rng.choice([0, 0.4]), reach=width)


def letters(rng, size):
    """Rows of letters of an invented alphabet, straight or tilted, on paper, a sign or a picture."""
    picture, ink = paper_and_ink(rng, size)
    alphabet = [letter(rng) for _ in range(rng.integers(5, 25))]
    tall = size * np.exp(rng.uniform(np.log(0.03), np.log(0.3)))
    tilt = np.exp(1j * rng.choice([0, rng.normal(0, 0.15), rng.normal(0, 0.6)]))
    slant, weight = rng.normal(0, 0.2), rng.uniform(0.08, 0.25)
    cutouts = Cutouts((size, size))
    for row in np.arange(-0.5 * size, 1.5 * size, tall * rng.uniform(1.3, 2.2)):
        x = -0.5 * size + rng.uniform(0, 0.3) * size
        while x < 1.5 * size:
            x += tall * rng.choice([0.75, 0.75, 0.75, 0.8, 1.3])
            centre = size * (0.5 + 0.5j)
            at = (x + 1j * row - centre) * tilt + centre
            if not (-tall < at.real < size + tall and -tall < at.imag < size + tall):
                continue
            for line in alphabet[rng.integers(len(alphabet))]:
                sheared = line - slant * line.imag
                cutouts.add(shapes.ribbon(at + tall * tilt * sheared, tall * weight), ink)
    return cutouts.render(rng, picture, shadow=rng.choice([0, 0, 0.5]), reach=0.1 * tall)


def letter(rng):
    """Two to four strokes, straight or curved, between the points of a 3 × 3 grid; (n,) complex lines."""
    grid = np.array([x + 1j * y for y in (-0.5, 0, 0.5) for x in (-0.28, 0, 0.28)])
    lines = []
    for _ in range(rng.integers(2, 5)):
        a, b = grid[rng.choice(9, 2, replace=False)]
        t = np.linspace(0, 1, 10)
        bow = rng.choice([0, 0, 0.5, -0.5]) * 1j * (b - a)
        lines.append(a + (b - a) * t + bow * 4 * t * (1 - t))
    return lines
