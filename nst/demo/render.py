"""From a scene to the light that reaches the camera: sun, shadows, sky, haze, and the water's mirror."""

import numpy as np

from . import foliage, surfaces, water
from .camera import unit
from .fields import step
from .shadows import Shadows

SUNLIGHT = np.array([3.1, 1.95, 0.95], np.float32)
HAZE = 1500.0  # metres until two thirds of a thing's own light are lost
LEAF = -1  # in place of a polygon's number
BAND = 1 << 17  # pixels that are worked on at once


class Renderer:
    def __init__(self, scene, sky, light, skyline=0.0):
        self.scene, self.sky = scene.finished(), sky
        self.light = unit(np.array(light, np.float32))
        self.shadows = Shadows(self.scene, self.light, skyline)

    def view(self, camera):
        """Light (h, w, 3), each pixel's distance in rays, its polygon, counted from 1, or 0 for sky and
        LEAF for leaves, (h, w); without the water."""
        labels = self.scene.seen(camera)
        h, w = camera.shape
        picture, depth = np.empty((h, w, 3), np.float32), np.empty((h, w), np.float32)
        for rows in bands(camera.shape):
            rays = camera.rays(*pixels_of(rows, w))
            light, far = self.trace(camera, rays, labels[rows].ravel())
            picture[rows], depth[rows] = light.reshape(-1, w, 3), far.reshape(-1, w)
        if self.scene.leaves:
            self.leaves(camera, picture, depth, labels)
        return picture, depth, labels

    def trace(self, camera, rays, labels):
        """Light and distance along rays (n, 3) that meet the polygons `labels` (n,), or the sky."""
        seen, unseen = np.flatnonzero(labels), np.flatnonzero(labels == 0)
        light, far = np.empty_like(rays), np.full(len(rays), 1e5, np.float32)
        light[unseen] = self.sky.at(unit(rays[unseen]))
        which, rays = labels[seen] - 1, rays[seen]
        t = self.scene.distance(which, camera.eye, rays)
        points = camera.eye + t[:, None] * rays
        light[seen] = self.haze(self.shade(which, points, rays, t / camera.focal), rays, t)
        far[seen] = t
        return light, far

    def shade(self, which, points, rays, size):
        """Light that points (n, 3) of polygons `which` send back along `rays`; `size`: a pixel's, in m."""
        scene, view = self.scene, unit(rays)
        normal = scene.normal[which]
        normal = np.where((normal * view).sum(-1, keepdims=True) > 0, -normal, normal)
        offset = points - scene.origin[which]
        u, v = (offset * scene.u[which]).sum(-1), (offset * scene.v[which]).sum(-1)
        tone = texture(scene.surface[which], u, v, which, size)
        sun = np.clip(normal @ self.light, 0, 1) * self.shadows.lit(points + normal * np.float32(0.06))
        open_sky = 0.55 + 0.45 * step(1.5, 5.0, points[:, 1])  # less of it is seen from a street
        light = sun[:, None] * SUNLIGHT + self.sky.ambient(normal) * open_sky[:, None]
        out = scene.colour[which] * tone * light + scene.glow[which] * tone
        shiny = np.flatnonzero(scene.gloss[which])
        out[shiny] += self.mirrored(normal[shiny], view[shiny])
        return out

    def mirrored(self, normal, view):
        """Sky in window panes (n, 3)."""
        facing = -(normal * view).sum(-1, keepdims=True)
        bounced = view + 2 * facing * normal
        fresnel = 0.15 + 0.95 * (1 - np.clip(facing, 0, 1)) ** 5
        return fresnel * self.sky.clear(
            np.abs(bounced) * np.sign(bounced * np.float32([1, 0, 1]) + np.float32([0, 1, 0]))
        )

    def haze(self, light, rays, t):
        """Air between: what is far takes on the colour of the sky behind it, low down most."""
        low = unit(rays * np.float32([1, 0, 1]) + np.float32([0, 0.03, 0]))
        clear = np.exp(-((t / HAZE) ** 1.3))[:, None]
        return clear * light + (1 - clear) * 0.62 * self.sky.clear(low)

    def leaves(self, camera, picture, depth, labels):
        """Draw the trees' leaves over `picture` where nothing nearer is."""
        leaves, w = self.scene.leaves, camera.shape[1]
        pixels, which = foliage.splat(camera, leaves.points, leaves.radius)
        t = ((leaves.points[which] - camera.eye) @ camera.turn)[:, 2]
        front = t < depth.ravel()[pixels]
        pixels, which, t = pixels[front], which[front], t[front]
        rays = camera.rays((pixels % w).astype(np.float32), (pixels // w).astype(np.float32))
        picture.reshape(-1, 3)[pixels] = self.haze(self.leaf_light()[which], rays, t)
        depth.ravel()[pixels], labels.ravel()[pixels] = t, LEAF

    def leaf_light(self):
        """Light (n, 3) that leaves send back: lit from the front, or shone through from behind."""
        leaves = self.scene.leaves
        sun = leaves.normals @ self.light
        lit = self.shadows.lit(leaves.points + np.float32(0.35) * self.light)
        sun = (np.clip(0.25 + 0.75 * sun, 0, 1) + 0.35 * np.clip(-sun, 0, 1)) * lit
        shade = np.exp(-1.9 * leaves.inside)[:, None]
        light = sun[:, None] * SUNLIGHT * (0.35 + 0.65 * shade) + self.sky.ambient(leaves.normals) * shade
        return leaves.colours * light

    def flood(self, camera, mirror, light, depth):
        """Lay the river into `light` (h, w, 3) and `depth`, wherever it is nearer than anything else."""
        reflection, beyond, _ = self.view(mirror)
        h, w = camera.shape
        below = int(camera.centre[1]) + 1
        for rows in bands((h - below, w), below):
            rays = camera.rays(*pixels_of(rows, w))
            t = -camera.eye[1] / rays[:, 1]
            at = np.flatnonzero(t < depth[rows].ravel())
            rays, t = rays[at], t[at]
            points = camera.eye + t[:, None] * rays
            shown = water.surface(
                camera, mirror, reflection, beyond, points, rays, t / camera.focal, self.sky
            )
            light[rows].reshape(-1, 3)[at] = self.haze(shown, rays, t)
            depth[rows].ravel()[at] = t


def bands(shape, top=0):
    """Slices of rows, of about BAND pixels each."""
    h, w = shape
    rows = max(1, BAND // w)
    return [slice(top + y, top + min(y + rows, h)) for y in range(0, h, rows)]


def pixels_of(rows, w):
    """x and y (n,) of all pixels of some rows."""
    y, x = np.mgrid[rows, :w].reshape(2, -1).astype(np.float32)
    return x, y


def texture(kind, u, v, number, size):
    """Each point's factor for its colour (n, 3), by its surface's kind."""
    tone = np.ones((len(u), 3), np.float32)
    for k in np.unique(kind):
        at = np.flatnonzero(kind == k)
        found = surfaces.ALL[k](u[at], v[at], number[at], size[at])
        tone[at] = found if found.ndim == 2 else found[:, None]
    return tone
