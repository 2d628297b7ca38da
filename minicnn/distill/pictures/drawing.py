"""One picture from a seed: a kind drawn by chance, rendered larger than wanted, and developed."""

import numpy as np

from ...errors import OptionError, UnknownNameError
from .develop import develop
from .landscape import landscape
from .leaves import leaves
from .painted import painting
from .patterns import pattern
from .spectra import clouds, marble, mist, patches


def painted(rng, size):
    """A painting of any other picture."""
    return painting(rng, choose(rng, SCENES)(rng, size))


def choose(rng, kinds):
    """One of `kinds` ({kind: weight}) by chance."""
    weights = np.array(list(kinds.values()), float)
    return list(kinds)[rng.choice(len(kinds), p=weights / weights.sum())]


SCENES = {  # how often each is drawn, by weight
    landscape: 4,
    leaves: 3,
    pattern: 2,
    clouds: 1,
    marble: 1,
    patches: 1,
    mist: 0.5,
}
KINDS = SCENES | {painted: 6}
NAMES = {kind.__name__: kind for kind in KINDS}
SMALLEST = 16


def draw(seed, size=256, kind=None):
    """A picture, uint8 RGB (size, size, 3), that the seed (a number or several) decides; `kind` by name."""
    check_size(size)
    if kind is not None and kind not in NAMES:
        raise UnknownNameError(f"no pictures of kind {kind!r}: choose one of {', '.join(NAMES)}")
    rng = np.random.default_rng(seed)
    make = choose(rng, KINDS) if kind is None else NAMES[kind]
    big = int(np.ceil(size * rng.choice([1, 1.5, 2])))
    return develop(rng, make(rng, big), size)


def check_size(size):
    if size < SMALLEST:
        raise OptionError(f"a picture to learn from is at least {SMALLEST} pixels wide, not {size}")
