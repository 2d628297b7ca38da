"""Networks as other programs alter them: their poolings, edges, mean colours, filters of equal strength."""

import copy
from dataclasses import replace

from minicnn import ops, zoo
from minicnn.layers import AvgPool2D, Conv2D
from minicnn.network import Network
from minicnn.rescale import rescale

from .sizes import resize, size_within

LARGEST = 256  # longest side of the pictures over which filters are normalised


class OverlappingAvgPool(AvgPool2D):
    """The mean of each 3×3 window, two pixels apart, with zeros around the image that count: deeppy's."""

    padding = (1, 1)
    AMOUNTS = (1, 1, 1, 1)

    def __init__(self, name):
        super().__init__(3, 2, name)

    def forward(self, x):
        self._keep(x)
        return ops.avg_pool(ops.pad(x, self.AMOUNTS), self.window, self.stride)

    def backward(self, dy):
        self._recall(dy)
        n, h, w, c = self._shape
        padded = ops.avg_pool_backward(dy, (n, h + 2, w + 2, c), self.window, self.stride)
        return ops.pad_backward(padded, self.AMOUNTS)

    def output_shape(self, shape):
        n, h, w, c = shape
        return super().output_shape((n, h + 2, w + 2, c))


def build(settings, **options):
    """The network of resolved settings by `zoo.build`, whose further options are passed on."""
    first_alone, overlapping = settings.edges == "replicate-first", settings.pooling == "avg3"
    network = zoo.build(
        settings.network,
        pooling="avg" if overlapping else settings.pooling,
        edges="zero" if first_alone else settings.edges,
        **options,
    )
    if first_alone:
        network.layers[0].edges = "replicate"
    if overlapping:
        network.layers = [
            OverlappingAvgPool(layer.name) if type(layer) is AvgPool2D else layer for layer in network.layers
        ]
        network.freeze()  # the new ones too, or nothing runs in stages
    if settings.means is not None and sees_levels(network):
        network.preprocessing = with_means(network.preprocessing, settings.means)
    return network


def identity(settings):
    """What two settings must share for one loaded network to serve both."""
    return settings.network, settings.weights, settings.pooling, settings.edges, settings.means


def sees_levels(network):
    """Whether it was trained on values of 0..255 less a mean, as Caffe's networks were."""
    preprocessing = network.preprocessing
    return preprocessing.scale == 1 and preprocessing.std == (1.0, 1.0, 1.0)


def with_means(preprocessing, rgb):
    return replace(preprocessing, mean=rgb if preprocessing.order == "RGB" else rgb[::-1])


def normalised(network, pictures):
    """A network of the same answers up to scale, every filter of which answers 1 on the mean of the pictures.

    The given one is left as it is. Its last filters are normalised like the rest. Read-outs do not apply to
    the new features, and are gone.
    """
    layers = [copy.copy(layer) for layer in network.layers]
    channels = [layer for layer in layers if layer.params][-1].params["kernel"].shape[-1]
    beyond = Conv2D(channels, 1, kernel=1, padding=0, name="beyond")  # takes up what the last one loses
    longer = Network([*layers, beyond], network.preprocessing).astype("float32").freeze()
    rescale(longer, [resize(p, size_within(p.shape, min(LARGEST, max(p.shape[:2])))) for p in pictures])
    dtype = next(iter(network.parameters().values())).dtype
    return Network(longer.layers[:-1], network.preprocessing).astype(dtype.name).freeze()
