"""The network that a run looks through, and what its options default to when they are left open."""

from itertools import islice
from typing import NamedTuple

from minicnn import zoo
from minicnn.errors import OptionError, UnknownNameError, WeightFileError
from minicnn.weights import find, read
from minicnn.weights.cache import folder

from . import adapted
from .presets import PRESETS

BEST, AT_HAND = "vgg19", "pocket"  # the one that paints best, and the one that comes along
NOTICE = (
    f"looking through the {AT_HAND} network, as VGG19's weights are not here; to get them: "
    f"python -m minicnn.weights fetch {BEST}"
)


class Defaults(NamedTuple):
    """Layers, and the content weight that balances them, by the form of the loss."""

    content_layers: dict
    style_layers: dict
    content_weight: dict


# What balances the forms, beside a style weight of 1: the paper's and the programs' own ratios, but for ours.
_BALANCE = {
    "relative": 0.05,
    "gatys2015": 1e-3,
    "mean": 0.01,
    "neuralart": 2e-4,
    "keras": 0.025,
    "deeppy": 0.02,
    "wasserstein": 0.015,
}
_VGG = Defaults(
    content_layers={"relu4_2": 1.0},
    style_layers={f"relu{block}_1": 1.0 for block in range(1, 6)},
    content_weight=_BALANCE,
)
DEFAULTS = {
    "vgg19": _VGG,
    "vgg16": _VGG,
    "alexnet": Defaults(
        content_layers={"relu4": 1.0},
        style_layers={f"relu{layer}": 1.0 for layer in range(1, 6)},
        content_weight=_BALANCE,
    ),
    "pocket": _VGG._replace(content_weight={**_BALANCE, "relative": 0.03}),
}
ITERATIONS = {"draft": 90, "good": 300, "best": 900}


def chosen(settings):
    """The network's name: as asked for, or as a file named by hand tells, or the best that is here."""
    if settings.network is not None:
        return settings.network
    path = find(BEST, settings.weights)
    if path is None:
        return AT_HAND
    return BEST if path.parent == folder() else _network_of(path)


def notice(settings):
    """A line for whoever did not choose a network and does without VGG19; otherwise None."""
    return NOTICE if settings.network is None and find(BEST, settings.weights) is None else None


def mismatch(settings, network):
    """A line for whoever looks through a preset's network with weights that its program did not have."""
    preset = PRESETS.get(settings.preset)
    if preset is None or settings.network != preset.settings["network"]:
        return None
    if adapted.sees_levels(network) == (not preset.weights.endswith("torchvision")):
        return None
    return (
        f"--preset {settings.preset} is that program with the weights {preset.weights}; these expect "
        f"{network.preprocessing}, and paint another picture"
    )


def resolved(settings):
    """The settings with everything decided that was left to the network, the form or the quality."""
    name, weight = chosen(settings), settings.content_weight
    own = DEFAULTS[name]
    return settings.replace(
        network=name,
        content_layers=settings.content_layers or own.content_layers,
        style_layers=settings.style_layers or own.style_layers,
        content_weight=own.content_weight[settings.loss] if weight is None else weight,
        iterations=ITERATIONS[settings.quality] if settings.iterations is None else settings.iterations,
    )


def load(settings, layers=()):
    """The network of resolved settings, frozen, with its weights, as far as their layers and `layers` go."""
    narrow = _narrow(settings)
    check_layers(narrow, settings)
    until = max({*layers_of(settings), *layers}, key=narrow.names.index)
    return adapted.build(settings, weights=weights_file(settings), until=until)


def names_of(settings):
    """The layers of the network of resolved settings, known before any weights are read."""
    return _narrow(settings).names


def fitted(settings, network):
    """Resolved settings with the metric decided too; what the network lacks for them is refused."""
    check_layers(network, settings)
    readouts = readouts_of(network)
    lacking = [name for name in layers_of(settings) if name not in readouts]
    if settings.metric == "teacher" and lacking:
        has = f"has none at {lacking[0]}, only at {', '.join(readouts)}" if readouts else "has none"
        raise OptionError(
            f"--metric teacher: it needs a read-out to the teacher's features at every layer, and "
            f"{settings.network} {has}; leave --metric out, or say own"
        )
    return settings.replace(metric=settings.metric or ("own" if lacking else "teacher"))


def layers_of(settings):
    """Every layer that the losses look at."""
    return [*settings.content_layers, *settings.style_layers]


def readouts_of(network):
    """{layer: R (C, N)}: what makes the teacher's features of a network's own; {} if nobody taught it."""
    return getattr(network, "readouts", None) or {}


def check_layers(network, settings):
    """Nothing, if the network has every layer that the settings name."""
    for option in ("content_layers", "style_layers"):
        for name in getattr(settings, option):
            if name not in network.names:
                raise UnknownNameError(
                    f"--{option.replace('_', '-')}: {settings.network} has no layer {name!r}; "
                    f"it has {', '.join(network.names)}"
                )


def _narrow(settings):
    """The network of resolved settings with one channel everywhere, which costs nothing."""
    return zoo.build(settings.network, width=(1,) * len(zoo.architecture(settings.network).blocks))


def _network_of(path):
    """The network whose first layers, or all, a weight file holds."""
    shapes = read(path, only=()).shapes
    found = {name: parts for name, parts in shapes.items() if name not in zoo.DENSE}
    for name in DEFAULTS:
        if found and found == dict(islice(zoo.parameter_shapes(name).items(), len(found))):
            return name
    return BEST  # which its loader will refuse, with what it expected and found


def weights_file(settings):
    """The path of the weights that resolved settings come to."""
    preset, name = PRESETS.get(settings.preset), settings.network
    if preset is not None and name == preset.settings["network"]:
        name = preset.weights
    path = find(name, settings.weights)
    if path is None and settings.network == AT_HAND:
        raise WeightFileError(
            f"{AT_HAND}'s weights should have come along and are missing: install this package again, or get "
            f"VGG19's with: python -m minicnn.weights fetch {BEST}"
        )
    if path is None:
        raise WeightFileError(
            f"no weights for {name} were found: give a file with --weights, name one in "
            f"MINICNN_WEIGHTS, or fetch them with: python -m minicnn.weights fetch {name}"
        )
    return path
