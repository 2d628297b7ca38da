"""What units of a layer answer to, as the figure 2 of Zeiler & Fergus (2013) shows it.

A unit here is a channel of the layer, at whatever place it answers. Of each unit shown, the places of the
given pictures at which it answers most are carried back to the pixels by a deconvnet, one place at a time and
all else set to 0, and put beside the patches of the pictures that these places see.
"""

import warnings
from typing import NamedTuple

import numpy as np
from PIL import Image

from minicnn.deconvnet import Deconvnet
from minicnn.errors import OptionError
from minicnn.fields import receptive_field

from . import image, networks
from .painting import several
from .settings import Look, make
from .sheet import Cell, contact_sheet
from .sizes import measured, resize, size_with

TILE, ALONE = 96, 192  # sides of a patch on the sheet, where many units are shown and where one is
STRONG = 0.99  # the share of a projection's values that full strength does not cut off
GAP = 3  # pixels between patches
WITH_SWITCHES = {"pooling": "max"}  # as in the paper, and as VGG19 was trained


class Sight(NamedTuple):
    """What a unit answered to at one place: projection, (h, w, 3) in the network's input, and patch."""

    unit: int
    answer: float
    projection: np.ndarray
    patch: np.ndarray


def look(pictures, layer, *, unit=None, strongest=None, places=None, **options):
    """The sheet for a picture, or for several, as a Pillow image; options as those of `nst look`."""
    given = {"unit": unit, "strongest": strongest, "places": places}
    what = Look(layer=layer, **{name: value for name, value in given.items() if value is not None})
    settings = make(**{**WITH_SWITCHES, **options})
    if notice := networks.notice(settings):
        warnings.warn(notice, stacklevel=2)
    pictures = [image.read(picture, settings.max_pixels) for picture in several(pictures)]
    return Image.fromarray(sheet(pictures, what, *prepared(what, settings)))


def prepared(what, settings):
    """The settings with everything decided, and their network as far as the layer."""
    layers = {what.layer: 1.0}
    settings = networks.resolved(settings.replace(content_layers=layers, style_layers=layers))
    names = networks.names_of(settings)
    if what.layer not in names:
        raise OptionError(
            f"--layer: {settings.network} has no layer {what.layer!r}; it has {', '.join(names)}"
        )
    return settings, networks.load(settings)


def sheet(pictures, what, settings, network):
    """uint8 (H, W, 3): of each unit its projections, and beside them the patches."""
    found = sights(network, what.layer, [_at_size(picture, settings) for picture in pictures], what)
    side = ALONE if len(found) == 1 else TILE
    cells = []
    for unit, seen in found.items():
        answers = " to ".join(_short(sight.answer) for sight in (seen[0], *seen[1:][-1:]))
        projections = [shown(sight.projection, network.preprocessing) for sight in seen]
        cells.append(Cell(_mosaic(projections, side, what.places), f"unit {unit}"))
        patches = [sight.patch for sight in seen]
        cells.append(Cell(_mosaic(patches, side, what.places), f"answers {answers}"))
    pairs = 2 * int(np.ceil(len(found) ** 0.5))
    rows = [cells[first : first + pairs] for first in range(0, len(cells), pairs)]
    return contact_sheet(rows, title=f"{what.layer} of {settings.network}" if pairs > 2 else "")


def sights(network, layer, pictures, what):
    """{unit: its Sights, strongest first}, the strongest unit first."""
    walked = [Deconvnet(network, layer) for _ in pictures]
    for deconvnet, picture in zip(walked, pictures, strict=True):
        deconvnet.forward(network.preprocess(picture))
    field = receptive_field(walked[0].layers)
    most = np.max([deconvnet.answers.max(axis=(0, 1, 2)) for deconvnet in walked], axis=0)  # (C,)
    return {
        unit: [
            Sight(unit, answer, *framed(*walked[number].project(*place, unit), field, pictures[number]))
            for answer, number, place in strongest(
                [deconvnet.answers[0, :, :, unit] for deconvnet in walked], what.places, apart(field)
            )
        ]
        for unit in chosen(most, what)
    }


def strongest(maps, count, distance):
    """[(answer, number of its map, place)] of the `count` largest peaks in several maps."""
    every = [
        (float(answers[place]), number, place)
        for number, answers in enumerate(maps)
        for place in peaks(answers, count, distance)
    ]
    return sorted(every, key=lambda peak: -peak[0])[:count]


def chosen(most, what):
    """The units to show, from the strongest answer of each, (C,)."""
    if what.unit is None:
        order = np.argsort(-most, kind="stable")[: what.strongest]
        units = [int(unit) for unit in order if most[unit] > 0]
        if not units:
            raise OptionError(f"--layer: no unit of {what.layer} answers to this picture; take another one")
        return units
    if what.unit >= len(most):
        raise OptionError(f"--unit: expected a unit of {what.layer}, 0 to {len(most) - 1}, got {what.unit}")
    if not most[what.unit] > 0:
        raise OptionError(
            f"--unit: unit {what.unit} of {what.layer} answers nowhere in what it was shown; "
            "leave --unit out to see the strongest, or take another picture"
        )
    return [what.unit]


def peaks(answers, count, distance):
    """Places (row, column) of the largest answers above 0, each more than `distance` from those before."""
    left, found = answers.copy(), []
    while len(found) < count:
        place = np.unravel_index(left.argmax(), left.shape)
        if not left[place] > 0:
            break
        found.append(tuple(map(int, place)))
        rows, columns = (slice(max(0, i - d), i + d + 1) for i, d in zip(place, distance, strict=True))
        left[rows, columns] = 0
    return found


def apart(field):
    """How many places lie between two whose fields share no more than half."""
    return tuple(size // (2 * jump) for size, jump in zip(field.size, field.jump, strict=True))


def framed(projection, place, field, picture):
    """A projection and the patch under it, of the field's size; at the picture's edge moved inside."""
    frame = []
    for side, size, most in zip(place, field.size, picture.shape[:2], strict=True):
        start = max(0, min(side.start, most - size))
        frame.append(slice(start, min(start + size, most)))
    patch = picture[tuple(frame)]
    whole = np.zeros(patch.shape, projection.dtype)
    whole[tuple(slice(s.start - f.start, s.stop - f.start) for s, f in zip(place, frame, strict=True))] = (
        projection
    )
    return whole, patch


def shown(projection, preprocessing):
    """A projection as uint8 RGB: grey where it is 0, its strongest values at full strength."""
    values = preprocessing.to_values(projection) - preprocessing.to_values(np.zeros_like(projection))
    full = np.quantile(np.abs(values), STRONG) or np.abs(values).max() or 1.0
    return np.rint(127.5 + 127.5 * np.clip(values / full, -1, 1)).astype(np.uint8)


def _mosaic(pictures, side, count):
    """Pictures in a square, those below `side` pixels enlarged to about that, pixel by pixel."""
    high, wide = (max(picture.shape[axis] for picture in pictures) for axis in (0, 1))
    times = max(1, round(side / max(high, wide)))
    across = int(np.ceil(count**0.5))
    down, h, w = -(-count // across), high * times, wide * times
    sheet = np.full((down * (h + GAP) - GAP, across * (w + GAP) - GAP, 3), 255, np.uint8)
    for number, picture in enumerate(pictures):
        top, left = (number // across) * (h + GAP), (number % across) * (w + GAP)
        picture = picture.repeat(times, axis=0).repeat(times, axis=1)
        sheet[top : top + len(picture), left : left + picture.shape[1]] = picture
    return sheet


def _short(answer):
    return f"{answer:.0f}" if answer >= 100 else f"{answer:.3g}"


def _at_size(picture, settings):
    side = measured(picture.shape, settings.size_is) if settings.size == "native" else settings.size
    return resize(picture, size_with(picture.shape, side, settings.size_is))
