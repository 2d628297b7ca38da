"""Masks carried down through the network: what part of each place of a layer lies in which region.

A guide g (M,) has an entry for each place of a layer, from 0 to 1. Convolutions leave it as it is, and what
makes the picture smaller averages it over the windows it takes: that is the part of what a place stands for.
"""

import numpy as np
from PIL import Image

from minicnn import ops
from minicnn.errors import OptionError

from .masks import Masks
from .sizes import painting_for, with_margin

LEAST = 1.0  # places that a region needs at every layer, all its parts together


class Regions:
    """Where each painting applies on the canvas, and which part of it counts; made from `fitted_masks`."""

    def __init__(self, masks):
        self.masks = masks

    def on_canvas(self, network, size, settings):
        """For each painting {style layer: g}, or [] where every painting applies everywhere.

        Where masks overlap their paintings share the place.
        """
        guides = np.array([_resized(mask, size) for mask in self.masks.photo])
        if not guides.size:
            return []
        guides /= np.maximum(1, guides.sum(axis=0))
        return [
            _carried_down(with_margin(guide[..., None], settings.margin), network, settings.style_layers)
            for guide in guides
        ]

    def in_paintings(self, network, size, settings):
        """For each painting {style layer: g}, or None where all of it counts; [] where all of all do."""
        return [
            mask
            and _carried_down(
                painting_for(mask.values, size, settings, number)[..., None] / 255,
                network,
                settings.style_layers,
            )
            for number, mask in enumerate(self.masks.paintings)
        ]

    def check(self, network, size, settings):
        """Nothing, if no region is lost at any layer in a picture of `size`."""
        found = zip(self.masks.photo, self.on_canvas(network, size, settings), strict=True)
        among = zip(self.masks.paintings, self.in_paintings(network, size, settings), strict=True)
        for mask, guides in [*found, *among]:
            for layer, guide in (guides or {}).items():
                if guide.sum() < LEAST:
                    name = mask.name if mask else "a painting's share of the photo"
                    raise OptionError(
                        f"{name}: the region is lost at {layer}, of whose {guide.size} places it covers "
                        f"{guide.sum():.2g}; paint it larger, raise --size or do without {layer}"
                    )


EVERYWHERE = Regions(Masks())


def _resized(mask, size):
    """A mask at the picture's size, 0..1; a mask of None is 1 all over."""
    if mask is None:
        return np.ones(size)
    image = Image.fromarray(mask.values).resize(size[::-1], Image.Resampling.BILINEAR)
    return np.asarray(image, dtype=np.float64) / 255


def _carried_down(guide, network, layers):
    """{layer: g (M,)} of a guide (H, W, 1) for the picture that the network looks at."""
    x, shape, found = guide[None], (1, *guide.shape[:2], 3), {}
    for layer in network.layers:
        after = layer.output_shape(shape)
        if after[1:3] != shape[1:3]:
            x = _averaged(x, layer)
        shape = after
        if layer.name in layers:
            found[layer.name] = x.reshape(-1).astype(np.float32)
            if len(found) == len(layers):
                break
    return found


def _averaged(x, layer):
    """The mean over a layer's windows, whatever it does with features; what it pads with does not count."""
    down, across = getattr(layer, "padding", (0, 0))
    inside, x = (ops.pad(a, (down, down, across, across)) for a in (np.ones_like(x), x))
    return ops.avg_pool(x, layer.window, layer.stride) / ops.avg_pool(inside, layer.window, layer.stride)
