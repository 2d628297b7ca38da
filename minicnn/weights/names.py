"""From the names that other programs give to layers, to ours."""

import re

from .. import zoo
from ..errors import WeightFileError
from .tensors import shown

OURS = {name for network in zoo.ARCHITECTURES for name in zoo.parameter_shapes(network)} | {*zoo.DENSE}
DENSE = {
    **{"fc1": "fc6", "fc2": "fc7", "predictions": "fc8"},  # Keras
    **{"classifier.0": "fc6", "classifier.3": "fc7", "classifier.6": "fc8"},  # torchvision's VGG
    **{"classifier.1": "fc6", "classifier.4": "fc7"},  # its AlexNet; and jcjohnson's VGG19
    **{"pre_logits.fc1": "fc6", "pre_logits.fc2": "fc7", "head.fc": "fc8"},  # timm
}
PARTS = {
    **dict.fromkeys(("kernel", "weight", "W"), "kernel"),
    **dict.fromkeys(("bias", "b"), "bias"),
}
NORMALISATION = {"running_mean", "running_var", "num_batches_tracked", "gamma", "beta", "moving_mean"}
SPLIT = re.compile(r"(?:.*/)?(?P<layer>[^/]+)(?:[./](?P<part>\w+)|_(?P<old>W|b)(?:_\d+)?)")
LONGEST = 200


def ours(names):
    """{(our layer, "kernel" or "bias"): name in the file}; every name must belong to a network of the zoo."""
    parts = {name: _split(name) for name in names}
    layers = _layers({layer for layer, _ in parts.values()})
    found = {}
    for name, (layer, part) in parts.items():
        key = layers[layer], part
        if key in found:
            raise WeightFileError(f"{shown(name)} and {shown(found[key])} are both the {part} of {key[0]}")
        found[key] = name
    return found


def _split(name):
    """(layer, part) of features.0.weight, block1_conv1/kernel, block1_conv1_W_1:0, conv2d/vars/0, ..."""
    plain = name.removesuffix(":0").removeprefix("module.")
    plain = plain.replace("/vars/0", "/kernel").replace("/vars/1", "/bias")
    match = SPLIT.fullmatch(plain) if len(name) <= LONGEST else None
    part = match and (match["part"] or match["old"])
    if part in NORMALISATION:
        raise WeightFileError(
            f"{shown(name)} belongs to a batch normalisation; expected VGG16, VGG19 or AlexNet without one"
        )
    if part not in PARTS:
        raise WeightFileError(f"expected the kernel or the bias of a layer, found {shown(name)}")
    return match["layer"], PARTS[part]


def _layers(names):
    """{name of a layer in the file: our name}."""
    found = {}
    for name in names:
        block = re.fullmatch(r"block(\d)_conv(\d)", name)
        literal = f"conv{block[1]}_{block[2]}" if block else DENSE.get(name, name)
        if literal in OURS:
            found[name] = literal
    found |= _numbered(names)
    found |= _counted(names, "conv2d") | _counted(names, "dense")
    unknown = sorted(names - set(found))
    if unknown:
        raise WeightFileError(
            f"expected the layers of VGG16, VGG19 or AlexNet, found {shown(unknown[0])}"
            + (f" and {len(unknown) - 1} more that are in none of them" if unknown[1:] else "")
        )
    return found


def _numbered(names):
    """torchvision's `features.N`: N counts ReLUs and poolings too, so it takes all to tell which is which."""
    numbers = {int(m[1]): name for name in names if (m := re.fullmatch(r"features\.(\d{1,3})", name))}
    if not numbers:
        return {}
    found = set(numbers)
    plan = max(_positions(), key=lambda plan: len(found & set(plan)) - len(set(plan) - found) / 99)
    return {numbers[number]: plan[number] for number in found & set(plan)}


def _positions():
    """{N: our name} for each network of the zoo."""
    for network in zoo.ARCHITECTURES:
        layers = [layer.name for layer in zoo.build(network, width=(1,) * 5)]
        yield {number: name for number, name in enumerate(layers) if name.startswith("conv")}


def _counted(names, kind):
    """Keras' automatic names, conv2d, conv2d_1, ...: the order of the numbers is that of the layers."""
    numbers = {int(m[1] or 0): name for name in names if (m := re.fullmatch(kind + r"(?:_(\d{1,6}))?", name))}
    ordered = [numbers[number] for number in sorted(numbers)]
    for network in zoo.ARCHITECTURES:
        wanted = zoo.DENSE if kind == "dense" else list(zoo.parameter_shapes(network))
        if len(wanted) == len(ordered):
            return dict(zip(ordered, wanted, strict=True))
    return {}
