"""The demo's sketch: a village in pen and brown ink, drawn line by line after a scene in space."""

import numpy as np

from minicnn.distill.pictures import flow, noise, strokes
from minicnn.distill.pictures.painted import read

from .camera import Camera
from .fields import step
from .render import LEAF, Renderer
from .scene import NEAR
from .sky import Sky
from .village import village

FINER = 2
PAPER, INK = np.array([0.955, 0.925, 0.855], np.float32), np.array([0.17, 0.115, 0.085], np.float32)
LIGHT = (-0.50, 0.62, -0.62)
# Hatching, layer by layer: from which darkness on, its turn to the form, spacing and length in pixels of 512.
LAYERS = ((0.22, 0.35, 3.4, 30), (0.42, -0.55, 3.0, 24), (0.60, 1.25, 2.8, 18), (0.78, -1.2, 2.4, 14))


def sketch(size=512, seed=1):
    """uint8 RGB (¾ size, size, 3)."""
    rng = np.random.default_rng(seed)
    shape = round(size * 0.75) * FINER, size * FINER
    camera = Camera(shape, (0, 2.4, 0), 0.95, 0.60)
    renderer = Renderer(village(rng), Sky((-0.6, 0.5, 0.6)), LIGHT)
    light, depth, labels = renderer.view(camera)
    dark = darkness(light, labels)
    sheet = Sheet(shape)
    outlines(rng, sheet, camera, renderer.scene, labels)
    field = directions(rng, camera, renderer.scene, depth, labels, dark)
    hatching(rng, sheet, field, dark)
    foliage(rng, sheet, labels, dark)
    grass(rng, sheet, camera)
    return sheet.picture(rng)


class Sheet:
    """Ink on paper, gathered from points of a pen's path; `unit` is a 512th of its width."""

    def __init__(self, shape):
        self.shape, self.unit = shape, shape[1] / 512
        self.ink = np.zeros(shape[0] * shape[1])

    def draw(self, points, weight):
        """Ink at complex points (n,), shared among the four pixels around each."""
        h, w = self.shape
        x, y = points.real, points.imag
        inside = (x >= 0) & (x < w - 1) & (y >= 0) & (y < h - 1)
        x, y, weight = x[inside], y[inside], np.broadcast_to(weight, points.shape)[inside]
        left, top = x.astype(np.int64), y.astype(np.int64)
        fx, fy = x - left, y - top
        for dx, dy, share in (
            (0, 0, (1 - fx) * (1 - fy)),
            (1, 0, fx * (1 - fy)),
            (0, 1, (1 - fx) * fy),
            (1, 1, fx * fy),
        ):
            self.ink += np.bincount((top + dy) * w + left + dx, share * weight, h * w)

    def lines(self):
        """The ink on each pixel (h, w)."""
        from scipy.ndimage import gaussian_filter

        return gaussian_filter(self.ink.reshape(self.shape).astype(np.float32), 0.30 * self.unit)

    def picture(self, rng):
        h, w = self.shape
        pen = self.lines()
        tooth = noise.fractal(rng, (h, w), 0.5)
        fibre = noise.fractal(rng, (h, w), 1.4)
        cover = 1 - np.exp(-2.2 * pen * np.clip(1 + 0.22 * tooth, 0.3, 2))
        paper = PAPER * (1 + 0.012 * tooth + 0.014 * fibre)[..., None]
        value = paper + cover[..., None] * (INK - paper)
        value = value.reshape(h // FINER, FINER, w // FINER, FINER, 3).mean((1, 3))
        return np.rint(255 * np.clip(value, 0, 1)).astype(np.uint8)


def darkness(light, labels):
    """How dark a draughtsman would make each pixel, 0 … 1: clouds stay paper, leaves have their own scale."""
    from scipy.ndimage import gaussian_filter

    unit = light.shape[1] / 512
    tone = light @ np.float32([0.3, 0.6, 0.1])
    dark = 0.9 * np.clip(
        (light[..., 2] - light[..., 0]) / light.sum(-1) + 0.02, 0, 0.45
    )  # blue between clouds
    leaves = labels == LEAF
    broad = gaussian_filter(np.where(leaves, tone, tone[leaves].mean()), 1.6 * unit)
    for part, tones, most in ((labels > 0, tone, 0.92), (leaves, broad, 0.88)):
        low, high = np.quantile(tones[part][::37], (0.03, 0.90))
        dark[part] = most * (1 - np.clip((tones[part] - low) / (high - low), 0, 1) ** 0.6)
    return gaussian_filter(dark, 0.8 * unit)


def outlines(rng, sheet, camera, scene, labels):
    """The visible edges of all that is flat, each as a hand draws it: not quite straight, a little off."""
    h, w = labels.shape
    x, y, z = camera.project(scene.points)
    after = np.arange(1, len(x) + 1)
    after[scene.ends - 1] = scene.starts
    corners = scene.ends - scene.starts
    polygon = np.repeat(np.arange(len(corners)), corners)
    a = (x + 1j * y).astype(np.complex64)
    middle = (np.add.reduceat(a, scene.starts) / corners)[polygon]
    size = np.abs(a[after] - a)
    near = np.minimum.reduceat(z, scene.starts)[polygon]
    edges = np.flatnonzero((near > NEAR) & (size > 2.5 * sheet.unit) & (size < 2 * w))
    count = (size[edges] / 0.8).astype(int) + 2
    edge = np.repeat(edges, count)
    t = (np.arange(count.sum()) - np.repeat(np.cumsum(count) - count, count)) / np.repeat(count - 1, count)
    along = (a[after[edge]] - a[edge]) / size[edge]
    line = a[edge] + t * size[edge] * along
    within = line + 1.5 * flow.unit(middle[edge] - line)  # a little towards the polygon's middle it must show
    px, py = np.rint(within.real).astype(np.int32), np.rint(within.imag).astype(np.int32)
    inside = (px >= 0) & (px < w) & (py >= 0) & (py < h)
    inside[inside] = labels[py[inside], px[inside]] == polygon[edge[inside]] + 1
    line, along, t, edge = line[inside], along[inside], t[inside], edge[inside]
    for strength in (1.0, 0.45):  # the second time more lightly, to mend the first
        bend, slip = (
            rng.normal(0, 0.4 * sheet.unit, (2, len(size))),
            rng.normal(0, 0.4 * sheet.unit, len(size)),
        )
        wobble = (
            bend[0, edge] * np.sin(np.pi * t)
            + bend[1, edge] * np.sin(2 * np.pi * t)
            + 0.15 * sheet.unit * np.sin(0.05 * t * size[edge] + edge)
        )
        pressure = 0.35 + 0.25 * np.sin(np.pi * t + 0.3)
        far = np.minimum(1.3, 0.5 + 16 / near[edge])
        sheet.draw(line + along * (1j * wobble + slip[edge]), strength * 0.62 * pressure * far)


def directions(rng, camera, scene, depth, labels, dark):
    """Which way lines run on each surface: up a wall, down a roof, along the ground, round a crown."""
    h, w = labels.shape
    y, x = np.mgrid[:h, :w].astype(np.float32)
    field = flow.waves(rng, (h, w), 120 * w / 512, 0.08, base=-0.38)
    seen = labels > 0
    which = labels[seen] - 1
    points = camera.eye + depth[seen][:, None] * camera.rays(x[seen], y[seen])
    axis = scene.v[which]
    flat = np.abs(scene.normal[which, 1]) > 0.9  # the ground
    axis = np.where(flat[:, None], np.float32([1, 0, 0]), axis)
    x0, y0, _ = camera.project(points)
    x1, y1, _ = camera.project(points + 0.02 * axis)
    field[seen] = flow.unit((x1 - x0) + 1j * (y1 - y0))
    leaves = labels == LEAF
    field[leaves] = flow.edges(dark, 3.0 * w / 512)[leaves]
    return field


def hatching(rng, sheet, field, dark):
    """Layers of lines, each where the form is darker than the one before."""
    for least, turn, spacing, length in LAYERS:
        turned = field * np.complex64(np.exp(1j * turn))
        starts = strokes.scatter(rng, dark.shape, spacing * sheet.unit)
        chance = step(least - 0.10, least + 0.25, read(dark, starts))
        starts = starts[rng.random(len(starts)) < chance]
        lines = strokes.trace(turned, starts, length * sheet.unit * 0.8)
        t = np.linspace(-1, 1, lines.shape[1])
        pressure = (1 - t**2) ** 0.4 * rng.uniform(0.5, 1, (len(lines), 1))
        shown = (read(dark, lines.ravel()) > least - 0.08).reshape(lines.shape)
        sheet.draw(lines[shown], 0.30 * pressure[shown])


def foliage(rng, sheet, labels, dark):
    """Small hooks, thrown every way, for leaves."""
    starts = strokes.scatter(rng, labels.shape, 3.6 * sheet.unit)
    d = read(dark, starts)
    starts = starts[(read(labels, starts) == LEAF) & (rng.random(len(starts)) < 0.25 + 0.9 * d)]
    t = np.linspace(0, 1, 24)
    turn = rng.uniform(0, 2 * np.pi, (len(starts), 1))
    sweep = rng.uniform(2.5, 4.5, (len(starts), 1)) * rng.choice([-1, 1], (len(starts), 1))
    radius = rng.uniform(1.2, 2.4, (len(starts), 1)) * sheet.unit
    hooks = starts[:, None] + radius * np.exp(1j * (turn + sweep * t))
    pressure = np.sin(np.pi * t) ** 0.5 * (0.35 + 0.5 * read(dark, starts))[:, None]
    sheet.draw(hooks.ravel(), (0.5 * pressure).ravel())


def grass(rng, sheet, camera):
    """Tufts in the meadow, the nearer the taller."""
    places = rng.uniform((-1, 0.02), (1, 1), (260, 2)) * (1, 1)
    z = 3.4 / places[:, 1] ** 0.8
    x, y, _ = camera.project(np.stack([places[:, 0] * 0.6 * z, np.zeros(260), z], -1))
    t = np.linspace(0, 1, 16)
    for _ in range(5):
        lean, tall = (
            rng.normal(0, 0.35, (260, 1)),
            rng.uniform(0.5, 1, (260, 1)) * camera.focal * 0.20 / z[:, None],
        )
        blades = (x + 1j * y)[:, None] + tall * (lean * t**2 - 1j * t) + rng.normal(0, 0.25, (260, 1)) * tall
        sheet.draw(blades.ravel(), np.tile(0.5 * (1 - t), 260))
