"""The published files: what is in them, where they lie, and how to tell that they are whole."""

import hashlib
from dataclasses import dataclass

from ..errors import WeightFileError
from ..preprocessing import CAFFE, TORCHVISION, Preprocessing

KERAS = "https://storage.googleapis.com/tensorflow/keras-applications"
KERAS_MIRROR = "https://github.com/fchollet/deep-learning-models/releases/download/v0.1"
PYTORCH = "https://download.pytorch.org/models"


@dataclass(frozen=True)
class Known:
    """One public file. `checksum`: "md5:..." or "sha256:...", of which we may know the first digits alone."""

    name: str
    network: str
    about: str
    urls: tuple
    checksum: str
    input: Preprocessing
    classifier: bool = True
    size: int | None = None

    @property
    def filename(self):
        return self.urls[0].rpartition("/")[2]

    def fits(self, path):
        """Whether the file at `path` has the checksum of this one."""
        kind, _, digits = self.checksum.partition(":")
        return checksum(path, kind).startswith(digits)


def _keras(name, network, about, checksum, **more):
    top = "" if more.get("classifier", True) else "_notop"
    file = f"{network}_weights_tf_dim_ordering_tf_kernels{top}.h5"
    urls = (f"{KERAS}/{network}/{file}", f"{KERAS_MIRROR}/{file}")
    return Known(name, network, about, urls, f"md5:{checksum}", CAFFE, **more)


def _torch(name, network, about, url, checksum, expects=TORCHVISION, **more):
    return Known(name, network, about, (url,), f"sha256:{checksum}", expects, **more)


# The first entry of a network is the one that its plain name stands for.
FILES = {
    known.name: known
    for known in (
        _keras("vgg19", "vgg19", "Keras, convolutions", "253f8cb515780f3b799900260a226db6", classifier=False),
        _keras("vgg19-classifier", "vgg19", "Keras, all layers", "cbe5617147190e668d6c5d5026f83318"),
        _torch(
            "vgg19-torchvision",
            "vgg19",
            "torchvision",
            f"{PYTORCH}/vgg19-dcbb9e9d.pth",
            "dcbb9e9dad569fff7a846263a77324fc34978fea2bfb039c012d710e1776ae44",
            size=574_673_361,
        ),
        _torch(
            "vgg19-caffe",
            "vgg19",
            "Caffe's weights as .pth",
            "https://web.eecs.umich.edu/~justincj/models/vgg19-d01eb7cb.pth",
            "d01eb7cb",
            CAFFE,
        ),
        Known(
            "vgg19-matconvnet",
            "vgg19",
            "MatConvNet",
            ("https://www.vlfeat.org/matconvnet/models/imagenet-vgg-verydeep-19.mat",),
            "sha256:abdb57167f82a2a1fbab1e1c16ad9373411883f262a1a37ee5db2e6fb0044695",
            Preprocessing("RGB", 1.0, CAFFE.mean[::-1]),
        ),
        _keras("vgg16", "vgg16", "Keras, convolutions", "6d6bbae143d832006294945121d1f1fc", classifier=False),
        _torch(
            "vgg16-torchvision",
            "vgg16",
            "torchvision",
            f"{PYTORCH}/vgg16-397923af.pth",
            "397923af",
        ),
        _torch("alexnet", "alexnet", "torchvision", f"{PYTORCH}/alexnet-owt-7be5be79.pth", "7be5be79"),
    )
}


def checksum(path, kind):
    """The "md5" or "sha256" of a file, in hexadecimal digits."""
    digest = hashlib.new(kind)
    try:
        with open(path, "rb") as file:
            while block := file.read(1 << 20):
                digest.update(block)
    except OSError as error:
        raise WeightFileError(f"{path}: it cannot be read ({error.strerror or error})") from error
    return digest.hexdigest()


def by_checksum(kind, digest):
    """The published file with this checksum, or None."""
    for known in FILES.values():
        its_kind, _, digits = known.checksum.partition(":")
        if its_kind == kind and digest.startswith(digits):
            return known
    return None


def identify(path, sha256):
    """The published file that the one at `path` is, or None."""
    return by_checksum("sha256", sha256) or by_checksum("md5", checksum(path, "md5"))
