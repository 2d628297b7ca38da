"""The network that a run looks through, and what its options default to when they are left open."""

from typing import NamedTuple

from minicnn import zoo
from minicnn.errors import DeviceError, OptionError, UnknownNameError, WeightFileError
from minicnn.weights.cache import find


class Defaults(NamedTuple):
    """Layers, and the content weight that balances them, by the form of the loss."""

    content_layers: dict
    style_layers: dict
    content_weight: dict


_VGG = Defaults(
    content_layers={"relu4_2": 1.0},
    style_layers={f"relu{block}_1": 1.0 for block in range(1, 6)},
    content_weight={"relative": 0.05, "gatys2015": 1e-3},
)
DEFAULTS = {
    "vgg19": _VGG,
    "vgg16": _VGG,
    "alexnet": Defaults(
        content_layers={"relu4": 1.0},
        style_layers={f"relu{layer}": 1.0 for layer in range(1, 6)},
        content_weight={"relative": 0.05, "gatys2015": 1e-3},
    ),
}
ITERATIONS = {"draft": 90, "good": 300, "best": 900}


def resolved(settings):
    """The settings with everything decided that was left to the network, the form or the quality."""
    own = DEFAULTS[settings.network]
    weight = settings.content_weight
    return settings.replace(
        content_layers=settings.content_layers or own.content_layers,
        style_layers=settings.style_layers or own.style_layers,
        content_weight=own.content_weight[settings.loss] if weight is None else weight,
        iterations=ITERATIONS[settings.quality] if settings.iterations is None else settings.iterations,
    )


def load(settings):
    """The network of resolved settings, frozen, with its weights."""
    check_device(settings.device)
    network = zoo.build(
        settings.network,
        weights=_weights(settings),
        pooling=settings.pooling,
        edges=settings.edges,
    )
    check_layers(network, settings)
    return network


def check_layers(network, settings):
    """Nothing, if the network has every layer that the settings name."""
    for option in ("content_layers", "style_layers"):
        for name in getattr(settings, option):
            if name not in network.names:
                raise UnknownNameError(
                    f"--{option.replace('_', '-')}: {settings.network} has no layer {name!r}; "
                    f"it has {', '.join(network.names)}"
                )


def check_device(device):
    """Nothing, if the device is there."""
    if device in ("auto", "cpu"):
        return
    if device.startswith("cuda"):
        raise DeviceError(f"--device {device}: this version computes on the CPU alone; leave --device out")
    raise OptionError(f"--device: expected auto, cpu or cuda, got {device}")


def _weights(settings):
    path = find(settings.network, settings.weights)
    if path is None:
        raise WeightFileError(
            f"no weights for {settings.network} were found: give a file with --weights, name one in "
            f"MINICNN_WEIGHTS, or fetch them with: python -m minicnn.weights fetch {settings.network}"
        )
    return path
