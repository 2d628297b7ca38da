"""Where the sun's light ends: the scene as the sun sees it."""

import numpy as np

from .camera import unit
from .fields import read, step, tile

SIDE = 2048  # texels
REACH = 130.0  # metres around the viewer within which things cast shadows
NOTHING = -1e6


class Shadows:
    """`lit(points)` is the share of sunlight that reaches each of them."""

    def __init__(self, scene, light, skyline=0.0):
        self.light, self.skyline = light, skyline
        across = unit(np.cross([0, 1, 0], light))
        self.axes = np.stack([across, np.cross(light, across)], -1).astype(np.float32)
        near = np.maximum.reduceat(np.abs(scene.points).max(-1), scene.starts) < REACH
        flat = scene.points @ self.axes
        within = flat[np.repeat(near, scene.ends - scene.starts)]
        self.low = within.min(0) - 1
        self.scale = np.float32(SIDE) / (within.max(0) + 1 - self.low)
        # From far to near, as the sun sees it, by each polygon's nearest corner.
        order = np.argsort(np.maximum.reduceat(scene.points @ light, scene.starts))
        labels = scene.labels((SIDE, SIDE), *((flat - self.low) * self.scale).T, near, order)
        seen = np.flatnonzero(labels)
        which = labels.ravel()[seen] - 1
        start = (
            np.stack([seen % SIDE, seen // SIDE], -1).astype(np.float32) / self.scale + self.low
        ) @ self.axes.T
        facing = scene.normal[which] @ light
        grazing = np.abs(facing) < 0.02
        self.height = np.full(SIDE * SIDE, NOTHING, np.float32)
        height = (scene.level[which] - (scene.normal[which] * start).sum(-1)) / np.where(grazing, 1, facing)
        self.height[seen] = np.where(grazing, np.float32(NOTHING), height)
        if scene.leaves:
            self._leaves(scene.leaves)

    def _leaves(self, leaves):
        x, y = np.rint(self._texels(leaves.points)).astype(np.int32).T
        height = leaves.points @ self.light
        inside = (x > 2) & (x < SIDE - 3) & (y > 2) & (y < SIDE - 3)
        place, height = (y * SIDE + x)[inside], height[inside]
        for dx in range(-2, 3):
            for dy in range(-2, 3):
                np.maximum.at(self.height, place + dy * SIDE + dx, height)

    def _texels(self, points):
        return (points @ self.axes - self.low) * self.scale

    def lit(self, points):
        place = self._texels(points)
        height = points @ self.light + np.float32(0.12)
        total = np.zeros(len(points), np.float32)
        for dx, dy in ((-1, -0.5), (0.5, -1), (1, 0.5), (-0.5, 1)):
            x, y = np.rint(place + np.float32([dx, dy])).astype(np.int32).T
            inside = (x >= 0) & (x < SIDE) & (y >= 0) & (y < SIDE)
            found = self.height[np.where(inside, y * SIDE + x, 0)]
            total += ~inside | (found <= height)
        return total / 4 * self._over_the_skyline(points) if self.skyline else total / 4

    def _over_the_skyline(self, points):
        """Trees and roofs to the left of the picture, so many metres high, keep the sun from what is low."""
        way = (points[:, 0] + 70) / -self.light[0]
        z = points[:, 2] + way * self.light[2]
        high = points[:, 1] + way * self.light[1]
        crowns = 2.2 * read(tile("1.5", 13), z / 260, z / 700) + 0.8 * read(tile("1.0", 14), z / 60, z / 90)
        return 0.06 + 0.94 * step(-0.9, 0.9, high - crowns - self.skyline)
