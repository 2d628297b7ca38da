"""One small network written in every format, by the real tool where Python has it, else byte by byte.

Every writer takes (path, layers), layers as in a WeightFile. The ways of turning kernels are written down
here once more, independently of the readers: `chw` knows PyTorch's and Caffe's order from first principles.
"""

import json
import struct

import numpy as np

from minicnn import zoo

from . import pickles

WIDTH = (4, 6, 8, 8, 8, 12, 12, 10)
TORCH_NUMBERS = (0, 2, 5, 7, 10, 12, 14, 16, 19, 21, 23, 25, 28, 30, 32, 34)  # of VGG19's convolutions


def random_layers(network="vgg19", width=WIDTH, classifier=True, seed=3):
    rng = np.random.default_rng(seed)
    return {
        name: {part: rng.standard_normal(shape).astype(np.float32) for part, shape in parts.items()}
        for name, parts in zoo.parameter_shapes(network, classifier, width).items()
    }


def chw(name, kernel, side=7):
    """A kernel as PyTorch and Caffe keep it: (out, in, kh, kw), or (out, in) with (C, H, W) flattened."""
    if kernel.ndim == 4:
        return kernel.transpose(3, 2, 0, 1)
    if name == "fc6":
        i, o = kernel.shape
        return kernel.reshape(side, side, i // side**2, o).transpose(3, 2, 0, 1).reshape(o, i)
    return kernel.T


def keras_name(name):
    if name.startswith("conv"):
        return f"block{name[4]}_conv{name[6]}"
    return {"fc6": "fc1", "fc7": "fc2", "fc8": "predictions"}[name]


def torch_name(name):
    if name.startswith("fc"):
        return {"fc6": "classifier.0", "fc7": "classifier.3", "fc8": "classifier.6"}[name]
    return f"features.{TORCH_NUMBERS[list(zoo.parameter_shapes('vgg19')).index(name)]}"


def torch_state(layers, rename=torch_name):
    arrays = {}
    for name, parts in layers.items():
        arrays[f"{rename(name)}.weight"] = chw(name, parts["kernel"])
        arrays[f"{rename(name)}.bias"] = parts["bias"]
    return arrays


# --- NumPy ------------------------------------------------------------------------------------------------


def npz(path, layers, rename=str, save=np.savez):
    save(path, **{f"{rename(n)}/{p}": array for n, parts in layers.items() for p, array in parts.items()})


def npz_packed(path, layers):
    npz(path, layers, keras_name, np.savez_compressed)


# --- Keras ------------------------------------------------------------------------------------------------


def h5_published(path, layers, root=None):
    """As the published files: one group a layer, block1_conv1_W_1:0, the names also as attributes."""
    import h5py

    with h5py.File(path, "w") as file:
        group = file if root is None else file.create_group(root)
        group.attrs["layer_names"] = np.array([b"input_1", *(keras_name(n).encode() for n in layers)])
        group.create_group("input_1").attrs["weight_names"] = np.array([], "S1")
        for name, parts in layers.items():
            name = keras_name(name)
            names = [f"{name}_W_1:0", f"{name}_b_1:0"]
            layer = group.create_group(name)
            layer.attrs["weight_names"] = np.array([n.encode() for n in names])
            for key, part in zip(names, ("kernel", "bias"), strict=True):
                layer.create_dataset(key, data=parts[part])


def h5_model(path, layers):
    """As model.save of Keras 2: model_weights/block1_conv1/block1_conv1/kernel:0, packed."""
    import h5py

    with h5py.File(path, "w") as file:
        file.create_group("optimizer_weights").create_dataset("iteration:0", data=7)
        group = file.create_group("model_weights")
        group.create_group("top_level_model_weights")
        for name, parts in layers.items():
            name = keras_name(name)
            for part in ("kernel", "bias"):
                data, options = parts[part], {"compression": "gzip", "shuffle": True}
                group.create_dataset(f"{name}/{name}/{part}:0", data=data, **options)


def h5_new(path, layers):
    """As save_weights of Keras 3: layers/conv2d_1/vars/0, counted by kind."""
    import h5py

    counts = {}
    with h5py.File(path, "w") as file:
        file.create_group("layers/input_layer/vars")
        file.create_group("optimizer/vars").create_dataset("0", data=np.int64(3))
        for name, parts in layers.items():
            kind = "conv2d" if name.startswith("conv") else "dense"
            number = counts[kind] = counts.get(kind, -1) + 1
            group = file.create_group(f"layers/{kind}_{number}/vars" if number else f"layers/{kind}/vars")
            group.create_dataset("0", data=parts["kernel"])
            group.create_dataset("1", data=parts["bias"])


# --- MatConvNet -------------------------------------------------------------------------------------------


def mat(path, layers, new=True, compress=False, mean=(123.68, 116.779, 103.939), picture=1):
    from scipy import io

    cells, side = np.empty((1, 2 * len(layers)), object), 7
    for index, (name, parts) in enumerate(layers.items()):
        kernel, bias = parts["kernel"], parts["bias"]
        if kernel.ndim == 2:
            h = side if name == "fc6" else 1
            kernel = kernel.reshape(h, h, -1, kernel.shape[1])
        weights = np.empty((1, 2), object)
        weights[0, 0], weights[0, 1] = kernel, bias[None] if new else bias[:, None]
        both = {"weights": weights} if new else {"filters": kernel, "biases": bias[None]}
        cells[0, 2 * index] = {"type": "conv", "name": name, "stride": 1.0, "pad": 1.0, **both}
        cells[0, 2 * index + 1] = {"type": "relu", "name": f"relu{index}"}
    settings = {"averageImage": np.broadcast_to(np.array(mean), (picture, picture, 3)), "border": 0.0}
    meta = {"meta": {"normalization": settings}} if new else {"normalization": settings}
    io.savemat(path, {"layers": cells, **meta}, do_compression=compress)


# --- PyTorch ----------------------------------------------------------------------------------------------


def pth(path, layers, rename=torch_name):
    entries, data = pickles.state(torch_state(layers, rename))
    pickles.archive(path, pickles.pickled(entries), data)


def pth_stream(path, layers, rename=torch_name):
    entries, data = pickles.state(torch_state(layers, rename), part=True)
    pickles.stream(path, pickles.pickled(entries), data)


# --- Caffe ------------------------------------------------------------------------------------------------


def varint(value):
    out = bytearray()
    while value > 127:
        out.append(value & 127 | 128)
        value >>= 7
    return bytes([*out, value])


def message(number, data):
    return varint(number << 3 | 2) + varint(len(data)) + data


def blob(array, old):
    if old:
        shape = (1,) * (4 - array.ndim) + array.shape
        head = b"".join(varint(n << 3) + varint(size) for n, size in enumerate(shape, start=1))
    else:
        head = message(7, message(1, b"".join(map(varint, array.shape))))
    return head + message(5, np.ascontiguousarray(array, "<f4").tobytes())


def caffemodel(path, layers, old=False):
    """V2 layer messages, or V1 with four axes to every blob."""
    pieces = [message(1, b"a small VGG")]
    for name, parts in layers.items():
        blobs = [blob(chw(name, parts["kernel"]), old), blob(parts["bias"], old)]
        if old:
            kind = varint(5 << 3) + varint(4)
            pieces.append(
                message(2, message(4, name.encode()) + kind + b"".join(message(6, b) for b in blobs))
            )
        else:
            head = message(1, name.encode()) + message(2, b"Convolution")
            pieces.append(message(100, head + b"".join(message(7, b) for b in blobs)))
        pieces.append(message(100, message(1, f"relu{name}".encode())))
    path.write_bytes(b"".join(pieces))


# --- the others -------------------------------------------------------------------------------------------


def safetensors(path, layers, kind="F32", rename=torch_name):
    header, data, at = {"__metadata__": {"format": "pt"}}, [], 0
    for name, array in torch_state(layers, rename).items():
        raw = np.ascontiguousarray(array, "<f4").tobytes()
        header[name] = {"dtype": kind, "shape": list(array.shape), "data_offsets": [at, at + len(raw)]}
        data.append(raw)
        at += len(raw)
    text = json.dumps(header).encode()
    path.write_bytes(struct.pack("<Q", len(text)) + text + b"".join(data))


def tfjs(path, layers, quantised=None, shard=20_000):
    """model.json and shards of `shard` bytes, so that tensors lie across their ends."""
    weights, data = [], []
    for name, parts in layers.items():
        for part, array in parts.items():
            entry = {"name": f"{keras_name(name)}/{part}", "shape": list(array.shape), "dtype": "float32"}
            if quantised == "float16":
                entry["quantization"] = {"dtype": "float16", "original_dtype": "float32"}
                array = array.astype("<f2")
            elif quantised:
                top = {"uint8": 255, "uint16": 65535}[quantised]
                least = float(array.min())
                scale = (float(array.max()) - least) / top or 1.0
                entry["quantization"] = {"dtype": quantised, "scale": scale, "min": least}
                array = np.rint((array - least) / scale).astype(quantised)
            weights.append(entry)
            data.append(array.tobytes())
    data = b"".join(data)
    names = [f"group1-shard{index + 1}.bin" for index in range(-(-len(data) // shard))]
    for index, name in enumerate(names):
        (path.parent / name).write_bytes(data[index * shard : (index + 1) * shard])
    manifest = [{"paths": names, "weights": weights}]
    path.write_text(json.dumps({"format": "layers-model", "modelTopology": {}, "weightsManifest": manifest}))


def _with(writer, **options):
    return lambda path, layers: writer(path, layers, **options)


# name of the way: (file name, writer)
WAYS = {
    "npz": ("weights.npz", npz),
    "npz-keras": ("weights.npz", npz_packed),
    "h5-published": ("weights.h5", h5_published),
    "h5-model": ("weights.h5", h5_model),
    "h5-new": ("model.weights.h5", h5_new),
    "mat-old": ("weights.mat", _with(mat, new=False, picture=3)),
    "mat-new": ("weights.mat", mat),
    "mat-v7": ("weights.mat", _with(mat, compress=True)),
    "pth": ("weights.pth", pth),
    "pth-gatys": ("weights.pth", _with(pth, rename=str)),
    "pth-stream": ("weights.pth", pth_stream),
    "caffemodel-v1": ("weights.caffemodel", _with(caffemodel, old=True)),
    "caffemodel-v2": ("weights.caffemodel", caffemodel),
    "safetensors": ("weights.safetensors", safetensors),
    "tfjs": ("model.json", tfjs),
    "tfjs-uint16": ("model.json", _with(tfjs, quantised="uint16")),
}
NEEDS = {"h5": "h5py", "mat": "scipy"}


def needs(way):
    """The package that the way needs, or None."""
    return NEEDS.get(way.split("-")[0])
