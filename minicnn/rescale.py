"""Gatys' normalised VGG: filters of equal strength, and yet the same network.

With m_k the mean of filter k's activation, after its ReLU, over all pictures and places:

    kernel[..., k] and bias[k]   are divided by m_k      the filter's mean activation becomes 1
    kernel[..., k, :] of the     is multiplied by m_k    what the next layer computes stays what it was
    next layer with parameters

ReLU and both poolings let a positive factor of one channel through, so the first changes nothing that the
second does not undo. The last layer keeps its scale; a filter that never answers keeps its own.
"""

from itertools import pairwise

import numpy as np

from .errors import OptionError
from .layers import LocalResponseNorm, ReLU


def rescale(net, images):
    """Rescale `net` in place over uint8 RGB pictures (H, W, 3), of any sizes; the network."""
    layers = [layer for layer in net if layer.params]
    if any(isinstance(layer, LocalResponseNorm) for layer in net):
        raise OptionError(
            "rescale: local response normalisation does not let a factor through; expected none"
        )
    if len(layers) < 2:
        raise OptionError(f"rescale: expected at least two layers with parameters, got {len(layers)}")
    means = _mean_activations(net, layers[:-1], images)
    for layer, following in pairwise(layers):
        factor = np.where(means[layer.name] > 0, means[layer.name], 1)
        layer.params = {part: _as(value, value / factor) for part, value in layer.params.items()}
        kernel = following.params["kernel"]
        following.params = {**following.params, "kernel": _as(kernel, kernel * _spread(factor, following))}
    return net


def _mean_activations(net, layers, images):
    """{name of a layer: the mean of each filter after its ReLU}, over all pictures and places alike."""
    taps = {layer.name: _answer(net, layer) for layer in layers}
    sums, places = dict.fromkeys(taps, 0.0), dict.fromkeys(taps, 0)
    for image in images:
        found = net.forward(net.preprocess(image), list(taps.values()))
        for name, tap in taps.items():
            flat = found[tap].reshape(-1, found[tap].shape[-1])
            sums[name] = sums[name] + flat.sum(axis=0, dtype=np.float64)
            places[name] += len(flat)
    if not all(places.values()):
        raise OptionError("rescale: expected at least one picture, got none")
    return {name: sums[name] / places[name] for name in taps}


def _answer(net, layer):
    """The name of the ReLU that follows a layer."""
    after = net.layers[net.names.index(layer.name) + 1]
    if not isinstance(after, ReLU):
        raise OptionError(f"rescale: expected a ReLU after {layer.name}, found {after.name}")
    return after.name


def _spread(factor, layer):
    """The factors as the kernel of `layer` meets them along its inputs, ready to be multiplied."""
    kernel = layer.params["kernel"]
    if kernel.ndim == 2:  # (H·W·C, out): the channels repeat for every place
        return np.tile(factor, len(kernel) // len(factor))[:, None]
    groups = len(factor) // kernel.shape[2]
    return np.repeat(factor.reshape(groups, -1).T, kernel.shape[3] // groups, axis=1)


def _as(old, new):
    return new.astype(old.dtype)
