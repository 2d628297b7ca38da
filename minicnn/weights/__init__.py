"""Weights from whatever file they come in, without the program that wrote it and without trusting the file.

    read(path) -> WeightFile        .npz, .h5, .mat, .pth, .caffemodel, .safetensors, tfjs, told by content
    find(name) -> path or None      where a network's weights already lie
    fetch(name) -> path             from where they are published, checked before they are opened

A reader only lists what a file holds (`tensors.Contents`); `names` and `layout` turn that into our layers,
and only those that are wanted are loaded. `python -m minicnn.weights` does the same from the command line.
"""

from .cache import find
from .fetching import fetch
from .reading import WeightFile, load, read

__all__ = ["WeightFile", "fetch", "find", "load", "read"]
