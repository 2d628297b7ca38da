"""Which format a file has, told by its content; names and endings are never looked at."""

from ..errors import WeightFileError
from . import ziparchive
from .pth import STREAM

HDF5 = b"\x89HDF\r\n\x1a\n"
NOT_OURS = {  # what people hand over by mistake: (how it begins, what to do)
    b"\x1f\x8b": "it is packed with gzip: unpack it first",
    b"BZh": "it is packed with bzip2: unpack it first",
    b"version https://git-lfs": "it is only a pointer of Git LFS: fetch the file itself with `git lfs pull`",
    b"<": "it is a web page, not a weight file: the download went wrong",
    b"\x80": "it is a pickle that PyTorch did not write; nothing of it will be executed",
}


def recognise(source):
    """npz, pth, h5, mat, safetensors, tfjs or caffemodel."""
    head = source.head(520)
    if not head:
        raise WeightFileError("it is empty")
    if head.startswith(b"PK\3\4"):
        return _in_zip(source)
    if head.startswith(STREAM):
        return "pth"
    if head[126:128] in (b"IM", b"MI") or head.startswith(b"MATLAB 7.3"):
        return "mat"
    if head.startswith(HDF5):
        return "h5"
    if head[8:9] == b"{" and head[:1] != b"{":
        return "safetensors"
    if head.lstrip()[:1] == b"{":
        return "tfjs"
    for beginning, advice in NOT_OURS.items():
        if head.lstrip().startswith(beginning):
            raise WeightFileError(advice)
    if head[0] in (0x0A, 0x12, 0xA2):  # NetParameter's fields name, layers and layer
        return "caffemodel"
    raise WeightFileError(
        "its format is not known; expected .npz, .h5, .mat, .pth, .caffemodel, .safetensors or a model.json"
    )


def _in_zip(source):
    names = list(ziparchive.entries(source))
    if any(name.endswith("data.pkl") for name in names):
        return "pth"
    if any(name.endswith(".weights.h5") for name in names):
        raise WeightFileError("it is a .keras archive: unpack model.weights.h5 from it and use that")
    if names and all(name.endswith(".npy") for name in names):
        return "npz"
    raise WeightFileError("a zip archive that holds neither arrays (.npz) nor a state dict (.pth)")
