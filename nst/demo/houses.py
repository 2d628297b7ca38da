"""Old town houses: a front with storeys of windows, a steep tiled roof, timber, chimneys, dormers."""

from dataclasses import dataclass

import numpy as np

from . import surfaces as surface
from .lots import Lot
from .openings import LAMPLIGHT, TRIM, arch, door, pane, shop, window

PLASTERS = np.array(
    [
        [0.66, 0.43, 0.17],  # ochre
        [0.64, 0.33, 0.25],  # rose
        [0.76, 0.66, 0.47],  # cream
        [0.44, 0.48, 0.36],  # sage
        [0.42, 0.50, 0.56],  # pale blue
        [0.58, 0.24, 0.13],  # oxide red
        [0.80, 0.76, 0.68],  # white
    ]
)
ROOFS = np.array([[0.40, 0.15, 0.075], [0.31, 0.12, 0.07], [0.36, 0.18, 0.10], [0.20, 0.17, 0.17]])
SHUTTERS = np.array(
    [[0.07, 0.16, 0.10], [0.08, 0.14, 0.22], [0.24, 0.08, 0.05], [0.20, 0.15, 0.09], [0.10, 0.20, 0.19]]
)
TIMBER, BRICK = np.array([0.13, 0.075, 0.045]), np.array([0.34, 0.16, 0.10])
STONE, CHEEK = np.array([0.40, 0.35, 0.28]), np.array([0.34, 0.30, 0.25])
DOORS = np.array([[0.10, 0.05, 0.03], [0.02, 0.018, 0.016]])


@dataclass
class House:
    """`gable` turns the roof's end to the front, otherwise its slope; `lit` is the share of lit windows."""

    lot: Lot
    width: float
    storeys: int
    gable: bool
    timber: bool
    wall: np.ndarray
    roof: np.ndarray
    depth: float = 11.0
    lit: float = 0.0
    shutters: np.ndarray | None = None

    def build(self, scene, rng):
        """Add it, from what is furthest back to what stands out in front."""
        self.scene, self.rng = scene, rng
        self.storey = rng.uniform(2.7, 3.1)
        self.eaves = self.storey * self.storeys + 0.5
        self.rise = self.width * rng.uniform(0.52, 0.66) if self.gable else rng.uniform(3.6, 4.6)
        self.ridge = self.eaves + self.rise
        self.flanks()
        if self.gable:
            self.chimney(0.30 * self.width, self.eaves + 0.6 * self.rise, 0.55 * self.depth, self.ridge + 0.7)
            self.slopes()
            self.front()
            self.verges()
        else:
            self.front()
            self.pitch()
            at = self.width * rng.uniform(0.2, 0.8)
            self.chimney(at, self.ridge - 1.0, 0.5 * self.depth - 0.4, self.ridge + 1.1)
        if self.timber:
            self.frame()
        self.windows()
        if self.gable:
            self.attic()
        self.ground_floor()

    def lamp(self, share, brightness):
        """The glow of a window that is lit by chance."""
        return LAMPLIGHT * brightness if self.rng.random() < share else 0.0

    # --- walls and roof ----------------------------------------------------------------------------------

    def flanks(self):
        for s in (0, self.width):
            side = self.lot.flank(s, 0, self.depth, 0, self.eaves)
            if not self.gable:
                side.insert(3, self.lot.at(s, self.ridge, self.depth / 2))
            self.scene.add(side, self.wall * 0.9, surface.PLASTER)

    def front(self):
        corners = self.lot.panel(0, 0, self.width, self.eaves)
        if self.gable:
            corners.insert(3, self.lot.at(self.width / 2, self.ridge))
        self.scene.add(corners, self.wall, surface.PLASTER, along=self.lot.along)

    def slopes(self):
        """Both sides of a roof whose gable faces the front, with their overhang."""
        top, low = self.ridge + 0.12, self.eaves - 0.45
        for foot in (-0.45, self.width + 0.45):
            near, far = (foot, low, -0.35), (foot, low, self.depth)
            ridge = (self.width / 2, top, self.depth), (self.width / 2, top, -0.35)
            self.scene.add(self.lot.points(near, far, *ridge), self.roof, surface.TILES)

    def verges(self):
        """The boards along a gable's edges."""
        high = self.lot.at(self.width / 2, self.ridge + 0.12, -0.35)
        for foot in (-0.45, self.width + 0.45):
            low, thick = self.lot.at(foot, self.eaves - 0.45, -0.35), np.array([0, 0.24, 0])
            board = [low - thick, high - 1.3 * thick, high, low]
            self.scene.add(board, self.roof * 0.45 + 0.03, surface.PLANKS)

    def pitch(self):
        """A slope towards the front with its gutter and its dormers."""
        lot, low = self.lot, self.eaves - 0.35
        ridge = (self.width, self.ridge, self.depth / 2), (0, self.ridge, self.depth / 2)
        slope = lot.points((0, low, -0.5), (self.width, low, -0.5), *ridge)
        self.scene.add(slope, self.roof, surface.TILES)
        gutter = lot.panel(0, low - 0.16, self.width, low + 0.02, -0.5)
        self.scene.add(gutter, self.roof * 0.3 + 0.03, surface.PLANKS)
        count = int(self.width // 3.2)
        for i in range(count):
            self.dormer(self.width * (i + 0.5) / count)

    def dormer(self, middle):
        """A small house on the slope, with its window and its own gable."""
        left, right, q = middle - 0.8, middle + 0.8, 0.16 * self.depth
        slope = self.rise / (self.depth / 2)
        foot = self.eaves + slope * q - 0.1
        top, peak = foot + 1.25, foot + 2.0
        back, behind = q + 1.35 / slope, q + 2.1 / slope  # where eaves and ridge meet the slope
        for s in (left, right):
            self.scene.add(self.lot.points((s, foot, q), (s, top, back), (s, top, q)), CHEEK, surface.PLANKS)
        gable = self.lot.panel(left, foot, right, top, q)
        gable.insert(3, self.lot.at(middle, peak, q))
        self.scene.add(gable, TRIM * 0.8, surface.PLASTER)
        for s in (left - 0.15, right + 0.15):
            low, ridge = ((s, top - 0.12, q - 0.2), (s, top - 0.12, back)), (middle, peak + 0.06)
            corners = self.lot.points(low[0], (*ridge, q - 0.2), (*ridge, behind), low[1])
            self.scene.add(corners, self.roof * 0.95, surface.TILES)
        pane(self.scene, self.lot, middle, foot + 0.62, 0.85, 1.0, q - 0.02, self.lamp(0.3, 0.8))

    def chimney(self, s, low, q, high):
        brick = BRICK * self.rng.uniform(0.8, 1.2)
        left, right = s - 0.38, s + 0.38
        self.scene.add(self.lot.flank(right, q, q + 0.8, low, high), brick, surface.PLASTER)
        self.scene.add(self.lot.panel(left, low, right, high, q), brick, surface.PLASTER)
        self.scene.add(self.lot.panel(left - 0.1, high - 0.1, right + 0.1, high + 0.12, q - 0.1), brick * 0.7)

    # --- what is on them ---------------------------------------------------------------------------------

    def beam(self, a, b, thick):
        tone = TIMBER * self.rng.uniform(0.85, 1.25)
        self.scene.add(self.lot.beam(a, b, thick, -0.02), tone, surface.PLANKS)

    def frame(self):
        """Half-timber above the ground floor: rails, posts, braces; on the gable too."""
        width, storey = self.width, self.storey
        posts = np.linspace(0.1, width - 0.1, max(3, round(width / 1.55)) + 1)
        for level in range(1, self.storeys):
            low, high = level * storey, min((level + 1) * storey, self.eaves)
            for s in posts:
                self.beam((s, low), (s, high), 0.2)
            for outer, inner in ((0, 1), (-1, -2)):  # braces at the corners, like an opened hand
                self.beam((posts[outer], high - 0.2), (posts[inner], low + 0.1), 0.16)
            self.beam((0, low + 0.9), (width, low + 0.9), 0.14)
            self.beam((0, low), (width, low), 0.26)
        self.beam((0, self.eaves), (width, self.eaves), 0.26)
        if self.gable:
            for share in (0.36, 0.68):
                inset, y = share * width / 2, self.eaves + share * self.rise
                self.beam((inset, y), (width - inset, y), 0.18)
            for s in posts[1:-1]:
                self.beam((s, self.eaves), (s, self.ridge - self.rise * abs(2 * s / width - 1) - 0.1), 0.17)

    def windows(self):
        """Rows of windows on the upper storeys."""
        count = max(2, round(self.width / 2.3))
        for level in range(1, self.storeys):
            for i in range(count):
                glow = self.lamp(self.lit, self.rng.uniform(0.5, 1.1))
                middle, low = self.width * (i + 0.5) / count, level * self.storey + 0.95
                window(self.scene, self.lot, middle, low, self.wall, glow, not self.timber, self.shutters)

    def attic(self):
        """Small windows in the gable."""
        for share, count in ((0.14, 2 if self.width > 6.5 else 1), (0.46, 1)):
            for i in range(count):
                middle, low = self.width / 2 + (i - (count - 1) / 2) * 1.9, self.eaves + share * self.rise
                pane(self.scene, self.lot, middle, low + 0.55, 0.8, 1.0, -0.03, self.lamp(self.lit, 0.8))

    def ground_floor(self):
        """Doors, an arch or two, a shop's window, on a plinth of stone."""
        self.scene.add(self.lot.panel(0, 0, self.width, 0.7, -0.04), STONE, surface.ASHLAR)
        count = max(2, round(self.width / 2.6))
        for i in range(count):
            middle, kind = self.width * (i + 0.5) / count, self.rng.random()
            if kind < 0.45:
                arch(self.scene, self.lot, middle, 1.25, 2.35, STONE * 1.25, DOORS[int(kind >= 0.25)])
            elif kind < 0.75:
                shop(self.scene, self.lot, middle, STONE, self.lamp(0.6, self.rng.uniform(0.6, 1.0)))
            else:
                door(self.scene, self.lot, middle)
