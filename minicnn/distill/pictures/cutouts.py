"""Outlines laid over one another like cut paper, each with its gradient, texture and roundness."""

import numpy as np

from . import flow, shapes, textures


class Cutouts:
    """A list of outlines from back to front; `render` makes the picture of all of them at once."""

    def __init__(self, shape):
        self.shape = shape
        self.outlines = []
        self.rows = []

    def add(self, outline, colour, change=0.0, turn=1j, texture=None, strength=0.0, stretch=1.0, round=0.0):
        """`colour` varies by ±`change` in direction `turn`; `texture` is a function of `textures`, magnified
        by |stretch| and turned by its angle; `round` shades the outline as if it were a ball."""
        outline = np.asarray(outline, np.complex128)
        colour, change = np.broadcast_to(colour, 3), np.broadcast_to(change, 3)
        kind = len(textures.ALL) if texture is None else textures.ALL.index(texture)
        self.outlines.append(outline)
        self.rows.append((turn, stretch, kind, strength, round, *colour, *change))

    def warp(self, mapping):
        """Every outline moved by `mapping`, from complex points to complex points."""
        self.outlines = [mapping(outline) for outline in self.outlines]

    def labels(self):
        """Which outline shows at each pixel, counted from 1, int32 (h, w); 0 where none does."""
        from PIL import Image, ImageDraw

        image = Image.new("I", self.shape[::-1])
        pen = ImageDraw.Draw(image)
        for number, outline in enumerate(self.outlines, 1):
            pen.polygon(shapes.flat(outline), fill=number)
        return np.asarray(image, np.int32)

    def render(self, rng, background, light=-0.75 * np.pi, shadow=0.0, reach=6.0):
        """All cutouts over `background` (h, w, 3), each with a shadow `shadow` deep, `reach` pixels long."""
        if not self.rows:
            return background
        labels = self.labels()
        seen = np.flatnonzero(labels.ravel())
        which = labels.ravel()[seen] - 1
        table = np.array(self.rows)
        turn, stretch = table[:, :2].astype(np.complex64).T
        kind, strength, round = table[:, 2:5].real.astype(np.float32).T
        colour, change = table[:, 5:8].real.astype(np.float32), table[:, 8:11].real.astype(np.float32)
        centre, radius = np.array([_extent(outline) for outline in self.outlines], np.complex64).T

        offset = flow.grid(self.shape).ravel()[seen] - centre[which]
        local = offset / radius.real[which]
        tone = strength[which] * _texture(rng, kind.astype(np.intp), which, offset / stretch[which])
        tone += round[which] * _ball(local, np.complex64(np.exp(1j * light)))
        blend = (local * turn[which].conj()).real
        out = background.reshape(-1, 3).astype(np.float32)
        out[seen] = colour[which] + blend[:, None] * change[which] + tone[:, None]
        out = out.reshape(*self.shape, 3)
        return out if not shadow else out * (1 - shadow * _shadow(labels, light, reach))[..., None]


def _extent(outline):
    """The middle of an outline and its radius round it."""
    left, right = outline.real.min(), outline.real.max()
    top, bottom = outline.imag.min(), outline.imag.max()
    centre = (left + right + 1j * (top + bottom)) / 2
    return centre, max(np.abs(outline - centre).max(), 0.5)


def _texture(rng, kind, which, place):
    """The texture of each pixel's outline at `place` (n,), every outline with a shift of its own."""
    used = np.unique(kind)
    bank = np.stack([_bank(rng, k) for k in used])
    shift = rng.integers(0, textures.TILE, (2, len(kind)))
    y = (np.rint(place.imag).astype(np.intp) + shift[0, which]) % textures.TILE
    x = (np.rint(place.real).astype(np.intp) + shift[1, which]) % textures.TILE
    return bank[np.searchsorted(used, kind)[which], y, x]


def _bank(rng, kind):
    plain = np.zeros((textures.TILE, textures.TILE))
    return (plain if kind == len(textures.ALL) else textures.ALL[kind](rng)).astype(np.float32)


def _ball(local, light):
    """Shade of a ball of radius 1 at `local`: bright towards the light, dark away from it."""
    square = np.minimum(np.abs(local) ** 2, 1)
    return 0.7 * (local * light.conj()).real + 0.6 * np.sqrt(1 - square) - 0.4


def _shadow(labels, light, reach):
    """Where a cutout further up the pile lies `reach` pixels towards the light, blurred, (h, w) in 0 … 1."""
    from scipy.ndimage import gaussian_filter, shift

    dy, dx = -reach * np.sin(light), -reach * np.cos(light)
    above = shift(labels, (dy, dx), order=0, mode="nearest") > labels
    return gaussian_filter(above.astype(np.float32), 0.4 * reach)
