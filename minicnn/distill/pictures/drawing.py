"""One picture from a seed: a kind drawn by chance, rendered larger than wanted, and developed."""

import numpy as np

from ...errors import OptionError, UnknownNameError
from .creatures import creature
from .develop import develop
from .landscape import landscape
from .leaves import leaves
from .lines import contours, hatching, letters, scribbles
from .noise import fractal
from .painted import painting
from .patterns import pattern
from .sea import sea
from .shapes import over
from .solids import solids
from .spectra import clouds, marble, mist, patches
from .street import street
from .watercolour import watercolour


def choose(rng, kinds):
    """One of `kinds` ({kind: weight}) by chance."""
    weights = np.array(list(kinds.values()), float)
    return list(kinds)[rng.choice(len(kinds), p=weights / weights.sum())]


def painted(rng, size):
    return painting(rng, choose(rng, SCENES)(rng, size))


def hatched(rng, size):
    return hatching(rng, choose(rng, SCENES)(rng, size))


def washed(rng, size):
    return watercolour(rng, choose(rng, SCENES)(rng, size))


def collage(rng, size):
    """Two pictures: one shows through torn holes in the other, or both mix as in a reflection."""
    first, second = (choose(rng, SCENES)(rng, size) for _ in range(2))
    hole = np.clip(rng.choice([1.5, 30]) * fractal(rng, (size, size), rng.uniform(1.3, 2)) + 0.5, 0, 1)
    return over(first, second, hole * rng.choice([0.4, 1, 1]))


SCENES = {  # how often each is drawn, by weight
    landscape: 5,
    leaves: 4,
    street: 3,
    sea: 2.5,
    solids: 3,
    creature: 3,
    pattern: 3,
    letters: 1.5,
    scribbles: 1,
    contours: 0.7,
    clouds: 1,
    marble: 1,
    patches: 1,
    mist: 0.5,
}
KINDS = SCENES | {painted: 10, washed: 2.5, hatched: 2, collage: 2}
NAMES = {kind.__name__: kind for kind in KINDS}
SMALLEST = 16


def draw(seed, size=256, kind=None):
    """A picture, uint8 RGB (size, size, 3), that the seed (a number or several) decides; `kind` by name."""
    check_size(size)
    if kind is not None and kind not in NAMES:
        raise UnknownNameError(f"no pictures of kind {kind!r}: choose one of {', '.join(NAMES)}")
    rng = np.random.default_rng(seed)
    make = choose(rng, KINDS) if kind is None else NAMES[kind]
    big = int(np.ceil(size * rng.choice([1.4, 1.8, 2.3])))
    return develop(rng, make(rng, big), size)


def check_size(size):
    if size < SMALLEST:
        raise OptionError(f"a picture to learn from is at least {SMALLEST} pixels wide, not {size}")
