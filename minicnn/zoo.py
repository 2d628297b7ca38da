"""VGG16, VGG19 and AlexNet, as data: blocks of convolutions, and how wide each one is.

    zoo.build("vgg19", weights="vgg19.npz")                  # for pictures: convolutions and poolings
    zoo.build("vgg19", weights="vgg19.pth", classifier=True) # with fc6, fc7, fc8 and the softmax "prob"
    zoo.build("vgg19", width=(16, 32, 64, 128, 128))         # the same topology, narrower, random

Simonyan & Zisserman 2014 (VGG); Krizhevsky 2014, "one weird trick" (AlexNet, as torchvision publishes it).
Dropout, which stands between the dense layers in training, does nothing in use and is left out.
"""

from typing import NamedTuple

import numpy as np

from .checks import one_of
from .errors import OptionError, UnknownNameError
from .layers import AdaptiveAvgPool2D, AvgPool2D, Conv2D, Dense, Flatten, MaxPool2D, ReLU, Softmax
from .network import Network
from .preprocessing import CAFFE, TORCHVISION, Preprocessing, convention


class Block(NamedTuple):
    """So many equal convolutions with their ReLUs, then a pooling (0: none)."""

    convolutions: int = 1
    kernel: int = 3
    stride: int = 1
    padding: int = 1
    pool: int = 2
    pool_stride: int = 2


class Architecture(NamedTuple):
    """Blocks from the input on; `width`: the channels of each block, then of the dense layers."""

    blocks: tuple
    width: tuple
    side: int  # what the last pooling leaves, H = W, of a picture of 224×224
    adaptive: bool  # whether pictures of other sizes are averaged down to that
    preprocessing: Preprocessing


def _vgg(*depths):
    blocks = tuple(Block(depth) for depth in depths)
    return Architecture(blocks, (64, 128, 256, 512, 512, 4096, 4096, 1000), 7, False, CAFFE)


ARCHITECTURES = {
    "vgg16": _vgg(2, 2, 3, 3, 3),
    "vgg19": _vgg(2, 2, 4, 4, 4),
    "alexnet": Architecture(
        blocks=(
            Block(kernel=11, stride=4, padding=2, pool=3),
            Block(kernel=5, padding=2, pool=3),
            Block(pool=0),
            Block(pool=0),
            Block(pool=3),
        ),
        width=(64, 192, 384, 256, 256, 4096, 4096, 1000),
        side=6,
        adaptive=True,
        preprocessing=TORCHVISION,
    ),
}
DENSE = ("fc6", "fc7", "fc8")


def build(
    name,
    weights=None,
    pooling=None,
    classifier=False,
    edges="zero",
    seed=0,
    trainable=False,
    width=None,
    preprocessing=None,
):
    """A network of the zoo, frozen unless `trainable`.

    weights        None draws them at random (He et al. 2015, from `seed`); a path or a WeightFile loads them.
    pooling        "avg" or "max"; by default "avg", as Gatys recommends, but "max" under a classifier,
                   which was trained with it.
    classifier     whether to go on to fc6, fc7, fc8 and the softmax, named "prob".
    edges          what the convolutions see beyond the border: "zero", "reflect" or "replicate".
    width          channels of each block, and of the dense layers where there are any.
    preprocessing  overrides what the weight file says or seems to say of its input: a Preprocessing, "caffe"
                   or "torchvision".
    """
    plan = architecture(name)
    one_of(edges, ("zero", "reflect", "replicate"), "zoo: edges")
    pooling = one_of(pooling or ("max" if classifier else "avg"), ("avg", "max"), "zoo: pooling")
    shapes = parameter_shapes(name, classifier, width)
    preprocessing, params, expects = convention(preprocessing), None, plan.preprocessing
    if weights is not None:
        from .weights import load

        params, expects = load(weights, shapes, trainable)
    rng = np.random.default_rng(seed)
    layers = _features(plan, shapes, pooling, edges, params, rng)
    if classifier:
        layers += _classifier(plan, shapes, params, rng)
    return Network(layers, preprocessing=preprocessing or expects).freeze(not trainable)


def architecture(name):
    """The plan called `name`."""
    if name not in ARCHITECTURES:
        raise UnknownNameError(f"zoo: expected one of {', '.join(ARCHITECTURES)}, got {name!r}")
    return ARCHITECTURES[name]


def parameter_shapes(name, classifier=False, width=None):
    """{layer: {"kernel": shape, "bias": shape}} in order, known before any array exists."""
    plan = architecture(name)
    blocks = len(plan.blocks)
    width = tuple(plan.width if width is None else width)
    wanted = blocks + len(DENSE) if classifier else blocks
    if len(width) < wanted or min(width) < 1:
        raise OptionError(f"zoo: expected {wanted} widths of at least 1 for {name}, got {width}")
    shapes, channels = {}, 3
    for row, conv, k in _convolutions(plan, width):
        shapes[conv] = {"kernel": (row.kernel, row.kernel, channels, k), "bias": (k,)}
        channels = k
    channels *= plan.side**2
    for dense, k in zip(DENSE, width[blocks:] if classifier else (), strict=False):
        shapes[dense] = {"kernel": (channels, k), "bias": (k,)}
        channels = k
    return shapes


def _convolutions(plan, width=None):
    """(block, name, channels out) of every convolution; a lone one in its block is conv3, not conv3_1."""
    several = any(block.convolutions > 1 for block in plan.blocks)
    for number, (block, k) in enumerate(zip(plan.blocks, width or plan.width, strict=False), start=1):
        for index in range(1, block.convolutions + 1):
            yield block, f"conv{number}_{index}" if several else f"conv{number}", k


def _features(plan, shapes, pooling, edges, params, rng):
    pool = {"avg": AvgPool2D, "max": MaxPool2D}[pooling]
    layers, names = [], iter(_convolutions(plan))
    for number, block in enumerate(plan.blocks, start=1):
        for _ in range(block.convolutions):
            _, name, _ = next(names)
            *_, c, k = shapes[name]["kernel"]
            options = {"kernel": block.kernel, "stride": block.stride, "padding": block.padding}
            conv = Conv2D(c, k if params is None else 1, **options, edges=edges, name=name, rng=rng)
            layers += [_filled(conv, params), ReLU(name=name.replace("conv", "relu"))]
        if block.pool:
            layers.append(pool(block.pool, block.pool_stride, name=f"pool{number}"))
    return layers


def _classifier(plan, shapes, params, rng):
    layers = [AdaptiveAvgPool2D(plan.side, name="adaptive")] if plan.adaptive else []
    layers.append(Flatten(name="flatten"))
    for name in DENSE:
        size = shapes[name]["kernel"] if params is None else (1, 1)
        layers.append(_filled(Dense(*size, name=name, rng=rng), params))
        if name != DENSE[-1]:
            layers.append(ReLU(name=name.replace("fc", "relu")))
    return [*layers, Softmax(name="prob")]


def _filled(layer, params):
    """The layer with the parameters of its name; where these exist, it was drawn as small as can be."""
    if params is not None:
        layer.params = dict(params[layer.name])
    return layer
