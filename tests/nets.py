"""Small networks in the manner of VGG, with parameters that are not zero anywhere."""

import numpy as np

from minicnn.layers import AvgPool2D, Conv2D, MaxPool2D, ReLU
from minicnn.network import Network

POOLING = {"avg": AvgPool2D, "max": MaxPool2D}


def vgg_like(blocks=((5, 12), (17,)), pooling="avg", edges="zero", dtype=np.float64, channels=3, seed=7):
    """conv1_1, relu1_1, … with a pooling after every block; `blocks` are the widths of the convolutions."""
    rng, layers = np.random.default_rng(seed), []
    for number, widths in enumerate(blocks, start=1):
        for index, width in enumerate(widths, start=1):
            conv = Conv2D(channels, width, edges=edges, name=f"conv{number}_{index}", rng=rng)
            conv.params["bias"] = rng.normal(0, 0.3, width).astype(np.float32)
            layers += [conv, ReLU(name=f"relu{number}_{index}")]
            channels = width
        layers.append(POOLING[pooling](2, name=f"pool{number}"))
    return Network(layers).astype(dtype)


def relative(came, expected):
    """The distance in norm, beside the norm of what was expected."""
    return np.linalg.norm(came - expected) / np.linalg.norm(expected)
