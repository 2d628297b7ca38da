"""What a network expects of its input: by the file's checksum, by what it says, or by its first layer.

Two files may share every name and shape and yet want different pictures: torchvision's VGG19 wants RGB,
0..1, normalised; Caffe's weights under torchvision's names want BGR, 0..255. What tells them apart in
conv1_1 are the biases. Trained on values of ±128, the filters answer in tens, the biases hardly matter, and
nearly all stay positive (one of 64 below zero); trained on values around 1 they matter, and take both signs
(26 of 64 in torchvision's VGG16). Under weights that saw BGR or RGB, red is seen more sharply than blue.
"""

from dataclasses import replace

import numpy as np

from ..preprocessing import ASSUMED, CAFFE, CERTAIN, LIKELY, TORCHVISION
from . import known

BY_FORMAT = {
    "h5": "Keras' own files follow Caffe",
    "tfjs": "Keras' own files follow Caffe",
    "caffemodel": "Caffe reads BGR, 0..255",
}
TORCHVISIONS = ("features.", "module.features.", "conv1/", "conv1.")  # the last two: AlexNet
FEW, MANY = 0.1, 0.2  # shares of biases below zero
FILTERS = 32  # fewer tell nothing
RED_OVER_BLUE = 1.1  # of the energy of filters


def decide(override, contents, sha256, layers):
    """The Preprocessing of a file, with how sure that is and why."""
    if override is not None:
        return override
    published = known.by_checksum("sha256", sha256)
    if published is not None:
        return replace(published.input, sure=CERTAIN, why=f"the checksum is that of {published.filename}")
    if contents.input is not None:
        return contents.input
    if contents.format in BY_FORMAT or any("block1_conv1" in name for name in contents.tensors):
        why = BY_FORMAT.get(contents.format, "the layers are named as in Keras, whose own files follow Caffe")
        return replace(CAFFE, sure=LIKELY, why=why)
    return _statistics(layers.get("conv1_1")) or _custom(contents)


def _statistics(conv1_1):
    """What the first layer's values say; None if they say nothing clear."""
    if conv1_1 is None or conv1_1["bias"].size < FILTERS or conv1_1["kernel"].shape[2] != 3:
        return None
    if not conv1_1["bias"].any():
        return None
    negative = float((conv1_1["bias"] < 0).mean())
    share = f"{negative:.0%} of conv1_1's biases are below zero"
    if negative >= MANY:
        why = f"{share}, as in networks trained on normalised pictures"
        return replace(TORCHVISION, sure=LIKELY, why=why)
    if negative > FEW:
        return None
    first, _, last = np.square(conv1_1["kernel"], dtype=np.float64).sum(axis=(0, 1, 3))
    if first > last * RED_OVER_BLUE:
        why = f"{share}, as in Caffe's weights, but red seems to come first"
        return replace(CAFFE, order="RGB", mean=CAFFE.mean[::-1], sure=LIKELY, why=why)
    return replace(CAFFE, sure=LIKELY, why=f"{share}, as in Caffe's weights")


def _custom(contents):
    """What files with such names usually want."""
    if any(name.startswith(TORCHVISIONS) for name in contents.tensors):
        return replace(TORCHVISION, sure=ASSUMED, why="the layers are torchvision's, by their names")
    return replace(CAFFE, sure=ASSUMED, why="nothing in the file tells; most files of VGG want this")
