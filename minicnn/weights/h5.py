"""Keras' .h5, with or without a `model_weights` group, and its newer .weights.h5; read by h5py.

HDF5 can do much that no weight file needs: links to other files, data stored outside, virtual data sets,
filters loaded as plug-ins. All of it is refused before any number is read. The library is C, and large;
`worker` runs this module in a process of its own.
"""

from io import BytesIO
from math import prod

from ..errors import WeightFileError
from .tensors import HWIO, Contents, Tensor, check_shape, shown

ROOTS = ("model_weights", "layers", "_layer_checkpoint_dependencies")  # what lies elsewhere is no weight
IGNORED = ("optimizer", "optimizer_weights", "top_level_model_weights", "metrics")
OBJECTS, DEPTH = 4096, 8
GZIP, SHUFFLE, FLETCHER, LZF = 1, 2, 3, 32000
DEFLATE_AT_MOST = 1032


def read(source):
    """The data sets of an .h5 file, by their paths."""
    import h5py

    file = h5py.File(source.path if source.whole is None else BytesIO(source.whole), "r")
    group = file
    for root in ROOTS:
        if root in list(file) and _is_hard(h5py, file, root):
            group = file[root]
            break
    contents = Contents("h5", HWIO)
    for name, data in _data_sets(h5py, group):
        contents.tensors[name] = _tensor(name, data)
    return contents


def _data_sets(h5py, group):
    """(path, data set) of everything below, without recursion and without following a link out."""
    todo, seen = [("", group, 0)], 0
    while todo:
        path, group, depth = todo.pop()
        for name in group:
            seen += 1
            if seen > OBJECTS or depth > DEPTH:
                raise WeightFileError("its groups are nested or numbered beyond what a weight file needs")
            if depth == 0 and name in IGNORED:
                continue
            if not _is_hard(h5py, group, name):
                raise WeightFileError(
                    f"{shown(path + name)} is a link to elsewhere; no weight file needs one"
                )
            item = group[name]
            if isinstance(item, h5py.Group):
                todo.append((f"{path}{name}/", item, depth + 1))
            elif isinstance(item, h5py.Dataset):
                yield path + name, item


def _is_hard(h5py, group, name):
    """Whether `name` lies in this file; asked of the link itself, since h5py's own `in` would follow it."""
    return group.id.links.get_info(name.encode()).type == h5py.h5l.TYPE_HARD


def _tensor(name, data):
    plan, space = data.id.get_create_plist(), data.id.get_space()
    filters = [plan.get_filter(index)[0] for index in range(plan.get_nfilters())]
    if data.is_virtual or plan.get_external_count() or set(filters) - {GZIP, SHUFFLE, FLETCHER, LZF}:
        raise WeightFileError(f"{shown(name)} is stored outside the file or packed in an unknown way")
    if data.dtype.kind != "f" or not space.is_simple():
        raise WeightFileError(f"{shown(name)}: expected floating-point numbers, found {shown(data.dtype)}")
    size = prod(check_shape(data.shape)) * data.dtype.itemsize
    packed = data.id.get_storage_size()
    if size > packed * (DEFLATE_AT_MOST if filters else 1):
        raise WeightFileError(f"{shown(name)} claims {size} bytes out of {packed}, which cannot be")
    chunk = prod(data.chunks or (1,)) * data.dtype.itemsize
    if chunk > size + (1 << 20):
        raise WeightFileError(f"{shown(name)} comes in pieces larger than itself")
    return Tensor(data.shape, lambda: data)  # read slice by slice, as an array would be
