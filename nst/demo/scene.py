"""A scene as flat polygons in space, drawn from far to near, and leaves; and what a camera sees of it."""

import numpy as np
from PIL import Image, ImageDraw

from .camera import unit
from .trees import Leaves

# A polygon's attributes and how many numbers each has; `along` is where its coordinate u points.
FIELDS = {"origin": 3, "along": 3, "colour": 3, "glow": 3, "surface": 1, "gloss": 1}
NEAR, FAR = 0.5, 1e5  # metres


class Scene:
    """Polygons in the order they are painted, each of one material, and the leaves of trees."""

    def __init__(self):
        self.corners, self.rows, self.trees = [], [], []

    def add(self, corners, colour, surface=0, glow=0.0, along=None, gloss=0.0):
        """Lay a polygon (n, 3) over what is there; colours are linear, `surface` an index of surfaces.ALL."""
        corners = np.asarray(corners, np.float32)
        along = corners[1] - corners[0] if along is None else along
        colour, glow = np.broadcast_to(colour, 3), np.broadcast_to(glow, 3)
        self.corners.append(corners)
        self.rows.append(np.concatenate([corners[0], along, colour, glow, (surface, gloss)]))

    def finished(self):
        return Finished(self)


class Finished:
    """The scene as arrays: all points, and the polygons' attributes with a row each."""

    def __init__(self, scene):
        rows, at = np.array(scene.rows, np.float32), 0
        for name, width in FIELDS.items():
            setattr(self, name, rows[:, at : at + width].squeeze())
            at += width
        self.surface = self.surface.astype(np.intp)
        self.points = np.concatenate(scene.corners)
        self.ends = np.cumsum([len(corners) for corners in scene.corners])
        self.starts = np.concatenate([[0], self.ends[:-1]])
        self.normal = self._normals()
        self.level = (self.normal * self.origin).sum(-1)
        self.u = unit(self.along)
        v = np.cross(self.u, self.normal)
        self.v = np.where(v[:, 1:2] < 0, -v, v)
        self.leaves = Leaves(*map(np.concatenate, zip(*scene.trees, strict=True))) if scene.trees else None

    def _normals(self):
        """Newell's normals, which no straight or inward corner misleads."""
        after = np.arange(1, len(self.points) + 1)
        after[self.ends - 1] = self.starts
        local = self.points - np.repeat(self.origin, self.ends - self.starts, axis=0)
        return unit(np.add.reduceat(np.cross(local, local[after]), self.starts))

    def seen(self, camera):
        """Which polygon each of a camera's pixels shows, as `labels`; those behind it are left out."""
        x, y, z = camera.project(self.points)
        return self.labels(camera.shape, x, y, shown=np.minimum.reduceat(z, self.starts) > NEAR)

    def labels(self, shape, x, y, shown, order=None):
        """Which polygon each pixel shows, counted from 1, int32 (h, w), 0 where there is none; x, y are the
        places of all points, `shown` (polygons,) says which to draw, `order` in which order."""
        h, w = shape
        image = Image.new("I", (w, h))
        pen = ImageDraw.Draw(image)
        outlines = np.stack([x, y], -1)
        low, high = np.minimum.reduceat(outlines, self.starts), np.maximum.reduceat(outlines, self.starts)
        inside = shown & (high > 0).all(-1) & (low < (w, h)).all(-1)
        for i in range(len(self.starts)) if order is None else order:
            if inside[i]:
                outline = outlines[self.starts[i] : self.ends[i]]
                pen.polygon(outline.ravel().tolist(), fill=int(i) + 1)
        return np.array(image, np.int32)

    def distance(self, which, eye, rays):
        """How many `rays` (n, 3) it is from `eye` to the plane of polygon `which` (n,)."""
        normal = self.normal[which]
        facing = np.einsum("ij,ij->i", normal, rays)
        facing = np.where(np.abs(facing) < 1e-6, np.float32(1e-6), facing)
        return np.clip((self.level[which] - normal @ eye) / facing, NEAR, FAR)
