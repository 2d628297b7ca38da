"""VGG16, VGG19, AlexNet and the pocket network, as data: blocks of convolutions, and how wide each one is.

    zoo.build("vgg19", weights="vgg19.npz")                  # for pictures: convolutions and poolings
    zoo.build("vgg19", weights="vgg19.pth", classifier=True) # with fc6, fc7, fc8 and the softmax "prob"
    zoo.build("vgg19", width=(16, 32, 64, 128, 128))         # the same topology, narrower, random
    zoo.pocket()                                             # comes along: VGG19's pupil, 2 % of its size

Simonyan & Zisserman 2014 (VGG); Krizhevsky 2014, "one weird trick" (AlexNet, as torchvision publishes it).
Dropout, which stands between the dense layers in training, does nothing in use and is left out.
"""

from typing import NamedTuple

import numpy as np

from .checks import one_of
from .errors import OptionError, ShapeError, UnknownNameError
from .layers import AdaptiveAvgPool2D, AvgPool2D, Conv2D, Dense, Flatten, MaxPool2D, ReLU, Softmax
from .network import Network
from .ops.options import is_whole, shown
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
    # VGG19 as far as conv5_1, taught by it: `python -m minicnn.distill`. It has no classifier.
    "pocket": Architecture(
        blocks=(Block(2), Block(2), Block(4), Block(4), Block(1, pool=0)),
        width=(16, 32, 96, 208, 320),
        side=14,
        adaptive=False,
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
    until=None,
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
    until          the last layer that is wanted, "relu5_1" say: what comes after it is neither built nor
                   drawn nor loaded.
    """
    plan = architecture(name)
    one_of(edges, ("zero", "reflect", "replicate"), "zoo: edges")
    pooling = one_of(pooling or ("max" if classifier else "avg"), ("avg", "max"), "zoo: pooling")
    shapes = parameter_shapes(name, classifier, width, until)
    preprocessing, params, expects, readouts = convention(preprocessing), None, plan.preprocessing, {}
    if weights is not None:
        from .weights import load

        network = () if until is None else parameter_shapes(name)
        params, expects, readouts = load(weights, shapes, trainable, network)
    layers = []
    for layer in _layers(plan, shapes, classifier, pooling, edges, params, _generator(seed)):
        layers.append(layer)
        if layer.name == until:
            break
    network = Network(layers, preprocessing=preprocessing or expects).freeze(not trainable)
    network.readouts = {tap: R for tap, R in readouts.items() if tap in network.names}
    return network


def pocket(pooling="avg", edges="reflect", until=None):
    """The pocket network with the weights that come along."""
    from .weights import find

    return build("pocket", find("pocket"), pooling, edges=edges, until=until)


def architecture(name):
    """The plan called `name`."""
    if not isinstance(name, str) or name not in ARCHITECTURES:
        raise UnknownNameError(f"zoo: expected one of {', '.join(ARCHITECTURES)}, got {shown(name)}")
    return ARCHITECTURES[name]


def parameter_shapes(name, classifier=False, width=None, until=None):
    """{layer: {"kernel": shape, "bias": shape}} in order, known before any array exists."""
    plan = architecture(name)
    if classifier and len(plan.width) == len(plan.blocks):
        raise OptionError(f"zoo: {name} has no classifier; build it without, or build vgg19")
    width = _widths(name, plan, classifier, width)
    shapes, channels = {}, 3
    for row, conv, k in _convolutions(plan, width):
        shapes[conv] = {"kernel": (row.kernel, row.kernel, channels, k), "bias": (k,)}
        channels = k
    channels *= plan.side**2
    for dense, k in zip(DENSE, width[len(plan.blocks) :] if classifier else (), strict=False):
        shapes[dense] = {"kernel": (channels, k), "bias": (k,)}
        channels = k
    if until is None:
        return shapes
    names = _names(plan, classifier)
    if not isinstance(until, str) or until not in names:
        has = len(plan.width) > len(plan.blocks)
        hint = "; build it with classifier=True" if has and until in _names(plan, True) else ""
        raise UnknownNameError(f"zoo: until: expected one of {', '.join(names)}, got {shown(until)}{hint}")
    reached = names[: names.index(until) + 1]
    return {layer: parts for layer, parts in shapes.items() if layer in reached}


def _widths(name, plan, classifier, width):
    """The channels of each block, and of the dense layers where they are given or wanted."""
    if width is None:
        return plan.width
    blocks, every = len(plan.blocks), len(plan.width)
    listed = isinstance(width, (tuple, list)) or getattr(width, "ndim", 0) == 1
    numbers = (every,) if classifier else (blocks, every)
    if not listed or len(width) not in numbers or not all(is_whole(k) and k >= 1 for k in width):
        dense = f" (or, with the dense layers, {every})" if every > blocks else ""
        count = every if classifier else f"{blocks}{dense}"
        raise OptionError(
            f"zoo: expected {count} widths for {name}, whole numbers of at least 1, got {shown(width)}"
        )
    return tuple(map(int, width))


def _convolutions(plan, width=None):
    """(block, name, channels out) of every convolution; a lone one in its block is conv3, not conv3_1."""
    several = any(block.convolutions > 1 for block in plan.blocks)
    for number, (block, k) in enumerate(zip(plan.blocks, width or plan.width, strict=False), start=1):
        for index in range(1, block.convolutions + 1):
            yield block, f"conv{number}_{index}" if several else f"conv{number}", k


def _names(plan, classifier):
    """The names of all layers in order, known before any of them exists."""
    # One channel everywhere and one pixel at the end cost nothing to build.
    small = plan._replace(width=(1,) * len(plan.width), side=1)
    shapes = {name: {"kernel": (1, 1, 1, 1)} for _, name, _ in _convolutions(small)}
    shapes |= {name: {"kernel": (1, 1)} for name in DENSE}
    rng = np.random.default_rng(0)
    return [layer.name for layer in _layers(small, shapes, classifier, "avg", "zero", None, rng)]


def _generator(seed):
    try:
        return np.random.default_rng(seed)
    except (TypeError, ValueError) as error:
        raise OptionError(f"zoo: seed: expected a whole number of at least 0, got {shown(seed)}") from error


def _layers(plan, shapes, classifier, pooling, edges, params, rng):
    """One layer after the other, each built when it is asked for."""
    yield from _features(plan, shapes, pooling, edges, params, rng)
    if classifier:
        yield from _classifier(plan, shapes, params, rng)


def _features(plan, shapes, pooling, edges, params, rng):
    pool = {"avg": AvgPool2D, "max": MaxPool2D}[pooling]
    names = iter(_convolutions(plan))
    for number, block in enumerate(plan.blocks, start=1):
        for _ in range(block.convolutions):
            _, name, _ = next(names)
            *_, c, k = shapes[name]["kernel"]
            options = {"kernel": block.kernel, "stride": block.stride, "padding": block.padding}
            conv = Conv2D(c, k if params is None else 1, **options, edges=edges, name=name, rng=rng)
            yield _filled(conv, params)
            yield ReLU(name=name.replace("conv", "relu"))
        if block.pool:
            yield pool(block.pool, block.pool_stride, name=f"pool{number}")


def _classifier(plan, shapes, params, rng):
    if plan.adaptive:
        yield AdaptiveAvgPool2D(plan.side, name="adaptive")
    yield FixedFlatten(plan.side)
    for name in DENSE:
        size = shapes[name]["kernel"] if params is None else (1, 1)
        yield _filled(Dense(*size, name=name, rng=rng), params)
        if name != DENSE[-1]:
            yield ReLU(name=name.replace("fc", "relu"))
    yield Softmax(name="prob")


def _filled(layer, params):
    """The layer with the parameters of its name; where these exist, it was drawn as small as can be."""
    if params is not None:
        layer.params = dict(params[layer.name])
    return layer


class FixedFlatten(Flatten):
    """Flatten in front of fc6, which knows one size alone: a network asks it before it starts."""

    def __init__(self, side):
        super().__init__(name="flatten")
        self.side = side

    def output_shape(self, shape):
        if tuple(shape[1:3]) != (self.side, self.side):
            raise ShapeError(
                f"{self.name}: expected {self.side}×{self.side} pixels for fc6, got {shape[1]}×{shape[2]}; "
                "pass pictures of 224×224 (up to 255 will do), or use net.classify(picture)"
            )
        return super().output_shape(shape)
