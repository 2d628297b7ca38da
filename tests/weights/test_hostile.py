"""Files that lie: about sizes, places, names and kinds. Each is refused, soon, and in little memory."""

import io
import itertools
import json
import os
import signal
import struct
import tracemalloc
import zipfile

import numpy as np
import pytest

from minicnn.errors import WeightFileError
from minicnn.weights import read
from tests.clock import within

from . import pickles, writers

LAYERS = writers.random_layers()


def refused(path, match=None):
    """The complaint about a file, which must come within 2 s and 200 MB, on one line that names the file."""
    tracemalloc.start()
    try:
        with within(2), pytest.raises(WeightFileError, match=match) as caught:
            read(path)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 200e6
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def changed(path, old, new, count=1):
    """The file with some bytes replaced."""
    data = path.read_bytes()
    assert data.count(old) >= 1
    path.write_bytes(data.replace(old, new, count))
    return path


# --- any file ---------------------------------------------------------------------------------------------


def test_what_is_no_file(tmp_path):
    refused(tmp_path / "missing.npz", "cannot be read")
    refused(tmp_path, "found a folder or a device")
    if os.path.exists("/dev/zero"):
        refused("/dev/zero", "found a folder or a device")
    if hasattr(os, "mkfifo"):
        os.mkfifo(tmp_path / "pipe")
        refused(tmp_path / "pipe", "found a folder or a device")


@pytest.mark.parametrize(
    ("data", "complaint"),
    [
        (b"", "it is empty"),
        (b"PK", "format is not known"),
        (b"\xff" * 600, "format is not known"),
        (b"<!DOCTYPE html><html>", "a web page"),
        (b"\n  <html>", "a web page"),
        (b"version https://git-lfs.github.com/spec/v1\noid sha256:0\n", "git lfs pull"),
        (b"\x1f\x8b\x08\x00", "unpack it first"),
        (b"BZh91AY", "unpack it first"),
        (b"\x80\x04\x95", "nothing of it will be executed"),
        (b"{}", "without a weightsManifest"),
        (b"{" * 500_000, "damaged|manifest"),
        (b'{"a":' * 300_000, "damaged"),
        (b"PK\3\4" + bytes(100), "no directory at its end"),
    ],
    ids=range(13),
)
def test_other_kinds_of_file(data, complaint, tmp_path):
    (tmp_path / "file").write_bytes(data)
    refused(tmp_path / "file", complaint)


def test_a_file_larger_than_any_network_is_not_even_read(tmp_path):
    with (tmp_path / "huge").open("wb") as file:
        file.truncate(3 << 30)
    refused(tmp_path / "huge", "expected at most 2048 MB, found 3072 MB")


def test_junk_behind_a_small_header_takes_no_memory(tmp_path):
    path = tmp_path / "net.safetensors"
    writers.safetensors(path, LAYERS)
    with path.open("r+b") as file:
        file.truncate(1 << 30)
    refused(path, "its tensors end at byte")
    writers.caffemodel(path, LAYERS)
    with path.open("r+b") as file:
        file.truncate(1 << 30)
    refused(path, "past the end of its message")


# --- zip archives (.npz, .pth) ----------------------------------------------------------------------------


def zipped(path, entries, method=zipfile.ZIP_STORED):
    with zipfile.ZipFile(path, "w", method) as file:
        for name, data in entries:
            file.writestr(name, data)
    return path


def npy(array):
    file = io.BytesIO()
    np.lib.format.write_array(file, array, allow_pickle=True)
    return file.getvalue()


SMALL = ("conv1_1/bias.npy", npy(np.zeros(4, np.float32)))


@pytest.mark.parametrize(
    "name", ["../evil.npy", "/etc/evil.npy", "a/../../evil.npy", "..\\evil.npy", "a\0.npy"]
)
def test_zip_names_that_leave_the_folder(name, tmp_path):
    path = zipped(tmp_path / "net.npz", [("a" * len(name), SMALL[1])])
    refused(changed(path, b"a" * len(name), name.encode(), 2), "leaves its folder")


def test_zip_entries_twice_and_over_each_other(tmp_path):
    with pytest.warns(UserWarning, match="Duplicate"):
        path = zipped(tmp_path / "twice.npz", [SMALL, SMALL])
    refused(path, "twice")
    path = zipped(tmp_path / "over.npz", [("one.npy", SMALL[1]), ("two.npy", SMALL[1])])
    data = bytearray(path.read_bytes())
    second = data.rindex(b"PK\1\2")
    data[second + 42 : second + 46] = bytes(4)  # the second entry points at the first
    data[second + 46 : second + 53] = b"one.npy"
    first = data.index(b"PK\1\2")
    data[first + 46 : first + 53] = b"one.npy"
    path.write_bytes(data)
    refused(path, "twice")
    data[first + 42 : first + 46] = struct.pack("<I", data.index(b"PK\3\4", 4))
    data[first + 46 : first + 53] = b"two.npy"
    data[second + 20 : second + 28] = struct.pack("<II", 200, 200)  # and reaches into the second's data
    path.write_bytes(data)
    refused(path, "overlaps")


@pytest.mark.parametrize(
    ("packed", "size"), [(180, 180), (10**6, 10**6), (1, 1), (144, 10**9), (0xFFFFFFFF, 0xFFFFFFFF)]
)
def test_zip_entries_that_lie_about_their_size(packed, size, tmp_path):
    path = zipped(tmp_path / "net.npz", [SMALL])
    data = bytearray(path.read_bytes())
    at = data.index(b"PK\1\2") + 20
    data[at : at + 8] = struct.pack("<II", packed, size)
    path.write_bytes(data)
    refused(path)


def test_zip_bombs(tmp_path):
    zeros = bytes(50 << 20)
    path = zipped(tmp_path / "net.npz", [(SMALL[0], zeros)], zipfile.ZIP_DEFLATED)
    refused(path)
    # an honest header of absurd shape, and a true one of a gigabyte
    for shape in [(10**6, 10**6), (1 << 28,)]:
        header = io.BytesIO()
        np.lib.format.write_array_header_1_0(header, {"descr": "<f4", "fortran_order": False, "shape": shape})
        path = zipped(tmp_path / "net.npz", [(SMALL[0], header.getvalue() + zeros)], zipfile.ZIP_DEFLATED)
        refused(path, "at most 200,000,000 entries|not its size")


def test_zip_directories_of_absurd_length(tmp_path):
    path = zipped(tmp_path / "net.npz", [(f"{n}.npy", b"") for n in range(5000)])
    refused(path, "at most 4096 entries")


@pytest.mark.parametrize(
    ("at", "value"), [(8, b"\1\0"), (10, b"\x0c\0"), (10, b"\x63\0"), (16, b"junk"), (42, b"\7\0\0\0")]
)
def test_zip_directories_that_disagree_with_the_entries(at, value, tmp_path):
    path = zipped(tmp_path / "net.npz", [SMALL])
    data = bytearray(path.read_bytes())
    record = data.index(b"PK\1\2")
    data[record + at : record + at + len(value)] = value
    path.write_bytes(data)
    refused(path)


def test_damage_in_the_numbers_is_found(tmp_path):
    for write in (np.savez, np.savez_compressed):
        writers.npz(tmp_path / "net.npz", LAYERS, save=write)
        data = bytearray((tmp_path / "net.npz").read_bytes())
        data[len(data) // 2] ^= 4
        (tmp_path / "net.npz").write_bytes(data)
        refused(tmp_path / "net.npz", "damaged")


def test_a_keras_archive_is_told_what_to_do(tmp_path):
    path = zipped(tmp_path / "net.keras", [("config.json", "{}"), ("model.weights.h5", "")])
    refused(path, "unpack model.weights.h5")


# --- NumPy ------------------------------------------------------------------------------------------------


def test_arrays_of_objects(tmp_path):
    np.savez(tmp_path / "net.npz", **{"conv1_1/kernel": np.array([os.system], object)})
    refused(tmp_path / "net.npz", "would have to be unpickled")
    np.savez(tmp_path / "net.npz", **{"conv1_1/kernel": np.zeros(2, [("a", object), ("b", "f4")])})
    refused(tmp_path / "net.npz", "would have to be unpickled")


@pytest.mark.parametrize("dtype", ["i4", "U8", "c8", "?", "V2", "M8[s]", [("a", "f4")]])
def test_arrays_of_other_kinds(dtype, tmp_path):
    np.savez(tmp_path / "net.npz", **{"conv1_1/kernel": np.zeros(3, dtype)})
    refused(tmp_path / "net.npz", "expected floating-point numbers")


@pytest.mark.parametrize(
    "header",
    [
        "{'descr': '<f4', 'fortran_order': False, 'shape': (5,)}",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (-4,)}",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (True,)}",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (4.0,)}",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (" + "1," * 40 + ")}",
        "{'descr': __import__('os').system('true'), 'fortran_order': False, 'shape': (4,)}",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (4,)" + "(" * 9000,
        "-" * 9000 + "1",
        "[" * 9000,
        "",
    ],
    ids=range(10),
)
def test_headers_that_cannot_be(header, tmp_path):
    text = header.encode().ljust(118)[:9999] + b"\n"
    data = b"\x93NUMPY\1\0" + struct.pack("<H", len(text)) + text + bytes(16)
    refused(zipped(tmp_path / "net.npz", [("conv1_1/bias.npy", data)]))


# --- safetensors ------------------------------------------------------------------------------------------


def safetensors(path, header, data=bytes(16), length=None):
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    path.write_bytes(struct.pack("<Q", len(text) if length is None else length) + text + data)
    return path


def entry(start=0, end=16, shape=(4,), kind="F32"):
    return {"dtype": kind, "shape": shape, "data_offsets": [start, end]}


@pytest.mark.parametrize("length", [10 << 30, 1 << 63, (1 << 64) - 1, 5 << 20, 4 << 20])
def test_safetensors_with_a_header_of_gigabytes(length, tmp_path):
    refused(safetensors(tmp_path / "net", {"a": entry()}, length=length))


@pytest.mark.parametrize(
    "header",
    [
        {"a": entry(), "b": entry()},
        {"a": entry(0, 8, (2,)), "b": entry(4, 16, (3,))},
        {"a": entry(0, 4, (1,)), "b": entry(8, 16, (2,))},
        {"a": entry(0, 12, (3,))},
        {"a": entry(4, 16, (3,))},
        {"a": entry(0, 20, (5,))},
        {"a": entry(16, 0)},
        {"a": entry(-16, 0)},
        {"a": entry(0.0, 16)},
        {"a": entry(False, 16)},
        {"a": entry(shape=(5,))},
        {"a": entry(shape=(-2, -2))},
        {"a": entry(shape=(1 << 62, 4))},
        {"a": entry(shape=(2.0, 2))},
        {"a": entry(shape="1234")},
        {"a": entry(kind="I32")},
        {"a": entry(kind="PICKLE")},
        {"a": entry(kind=7)},
        {"a": {"dtype": "F32"}},
        {"a": 7},
        [entry()],
        b'{"a": 1, "a": 2}',
        b'{"a": ' + b"[" * 100_000,
        b'{"a": ' + b"9" * 100_000 + b"}",
        b"{\xff\xfe}",
        b"{}",
    ],
    ids=range(26),
)
def test_safetensors_that_lie(header, tmp_path):
    refused(safetensors(tmp_path / "net", header))


# --- HDF5 -------------------------------------------------------------------------------------------------


@pytest.fixture
def h5(tmp_path):
    """A valid file that is open for one more entry; closed by the test."""
    h5py = pytest.importorskip("h5py")
    writers.h5_published(tmp_path / "net.h5", LAYERS)
    with h5py.File(tmp_path / "net.h5", "r+") as file:
        yield file


def spoiled(file, match):
    path = file.filename
    file.close()
    with within(3), pytest.raises(WeightFileError, match=match):  # a process was started, too
        read(path)


def test_h5_links(h5, tmp_path):
    import h5py

    with h5py.File(tmp_path / "other.h5", "w") as other:
        other.create_dataset("secret", data=np.zeros(3, np.float32))
    h5["block9_conv1"] = h5py.ExternalLink(str(tmp_path / "other.h5"), "secret")
    spoiled(h5, "'block9_conv1' is a link to elsewhere")


def test_h5_soft_links_and_roots_that_are_links(h5, tmp_path):
    import h5py

    with h5py.File(tmp_path / "other.h5", "w") as other:
        other.create_group("model_weights")
    h5["model_weights"] = h5py.ExternalLink(str(tmp_path / "other.h5"), "model_weights")
    h5["block1_conv1/again"] = h5py.SoftLink("/block1_conv1/block1_conv1_W_1:0")
    spoiled(h5, "is a link to elsewhere")


def test_h5_numbers_outside_the_file(h5, tmp_path):
    (tmp_path / "secret.raw").write_bytes(bytes(400))
    h5.create_dataset("x/kernel:0", (100,), "f4", external=[(str(tmp_path / "secret.raw"), 0, 400)])
    spoiled(h5, "stored outside the file")


def test_h5_virtual_numbers(h5, tmp_path):
    import h5py

    layout = h5py.VirtualLayout((4,), "f4")
    layout[:] = h5py.VirtualSource(h5["block1_conv1/block1_conv1_b_1:0"])
    h5.create_virtual_dataset("x/kernel:0", layout)
    spoiled(h5, "stored outside the file")


@pytest.mark.parametrize("shape", [(10**6, 10**6), (10**8,)])
def test_h5_numbers_that_are_not_there(shape, h5):
    h5.create_dataset("x/kernel:0", shape, "f4", chunks=(1000,) * len(shape), compression="gzip")
    spoiled(h5, "which cannot be|at most")


def test_h5_bombs(h5):
    h5.create_dataset(
        "x/kernel:0", data=np.zeros((1 << 26) + 1, np.float32), chunks=(1 << 20,), compression="gzip"
    )
    h5.create_dataset("x/bias:0", data=np.zeros(1, np.float32))
    spoiled(h5, "found 'x'")


def test_h5_in_circles(h5):
    h5["block1_conv1/round"] = h5["block1_conv1"]
    spoiled(h5, "nested or numbered beyond")


def test_h5_damage_in_packed_numbers_is_told_at_once(tmp_path):
    h5py = pytest.importorskip("h5py")
    writers.h5_model(tmp_path / "net.h5", LAYERS)
    with h5py.File(tmp_path / "net.h5") as file:
        chunk = file["model_weights/fc1/fc1/kernel:0"].id.get_chunk_info(0)
    data = bytearray((tmp_path / "net.h5").read_bytes())
    data[chunk.byte_offset : chunk.byte_offset + 40] = bytes(40)
    (tmp_path / "net.h5").write_bytes(data)
    with pytest.raises(WeightFileError, match=r"it is damaged \(OSError: .*filter"):
        read(tmp_path / "net.h5")


@pytest.mark.parametrize("data", [np.arange(4), np.array([b"text"]), np.zeros(2, [("a", "f4")])])
def test_h5_other_kinds(data, h5):
    h5.create_dataset("x/kernel:0", data=data)
    spoiled(h5, "expected floating-point numbers")


# --- Caffe ------------------------------------------------------------------------------------------------


def caffe(path, *pieces):
    path.write_bytes(b"".join(pieces))
    return path


def layer(*blobs, name=b"conv1_1"):
    return writers.message(
        100, writers.message(1, name) + b"".join(writers.message(7, blob) for blob in blobs)
    )


FOUR = writers.blob(np.zeros(4, np.float32), old=False)


@pytest.mark.parametrize(
    "pieces",
    [
        (b"\x0a\xff\xff\xff\xff\x0f",),
        (b"\x0a" + b"\xff" * 12,),
        (b"\x0a\x01",),
        (b"\x0a\x00", b"\x00\x00"),
        (b"\x0a\x00", b"\x0b"),
        (b"\x0a\x00" * 200_000,),
        (layer(FOUR, FOUR, FOUR),),
        (layer(FOUR), layer(FOUR)),
        (layer(FOUR, name=b"x" * 10_000),),
        (layer(FOUR, name=b"\xff\xfe"),),
        (layer(writers.message(5, bytes(16))[:-4]),),
        (layer(writers.message(7, writers.message(1, b"\x05")) + writers.message(5, bytes(16))),),
        (
            layer(
                writers.message(7, writers.message(1, b"\xff" * 9 + b"\x01")) + writers.message(5, bytes(16))
            ),
        ),
        (layer(writers.message(7, writers.message(1, b"\x01" * 9)) + writers.message(5, bytes(4))),),
        (layer(b"\x2d\0\0\0\0" * 2000),),
        (
            layer(
                writers.message(7, writers.message(1, b"\x01" * 30_000_000)) + writers.message(5, bytes(16))
            ),
        ),
        (layer(writers.message(5, bytes(16)) + writers.message(8, bytes(16))),),
        (layer(writers.message(7, b"")),),
        (writers.message(1, b"no layers at all"),),
    ],
    ids=range(19),
)
def test_caffemodels_that_lie(pieces, tmp_path):
    refused(caffe(tmp_path / "net.caffemodel", *pieces))


def test_caffemodels_with_numbers_in_pieces_and_doubles(tmp_path):
    values = np.arange(4, dtype=np.float32)
    single = b"".join(b"\x2d" + struct.pack("<f", value) for value in values)
    split = writers.message(5, values[:1].tobytes()) + writers.message(5, values[1:].tobytes())
    double = writers.message(8, values.astype("<f8").tobytes())
    shape = writers.message(7, b"\x08\x04")
    kernel = writers.blob(np.zeros((4, 3, 3, 3), np.float32), old=False)
    for data in (single, split, double):
        path = caffe(tmp_path / "net.caffemodel", b"\x0a\x00", layer(kernel, shape + data))
        np.testing.assert_array_equal(read(path).layers["conv1_1"]["bias"], values)


# --- TensorFlow.js ----------------------------------------------------------------------------------------


@pytest.fixture
def model(tmp_path):
    """(the manifest's dictionary, a function that writes it back and gives its path)."""
    path = tmp_path / "inside" / "model.json"
    path.parent.mkdir()
    writers.tfjs(path, LAYERS, quantised="uint8")
    content = json.loads(path.read_text())

    def rewrite():
        path.write_text(json.dumps(content))
        return path

    return content["weightsManifest"][0], rewrite


@pytest.mark.parametrize(
    "path", ["../outside.bin", "/etc/passwd", "a/../../outside.bin", "..\\outside.bin", "C:x"]
)
def test_tfjs_shards_outside_the_folder(path, model, tmp_path):
    group, rewrite = model
    (tmp_path / "outside.bin").write_bytes(bytes(100))
    group["paths"].append(path)
    refused(rewrite(), "leaves its folder")


@pytest.mark.parametrize(
    "change",
    [
        lambda group: group["paths"].pop(),
        lambda group: group["paths"].append("missing.bin"),
        lambda group: group["paths"].append(group["paths"][0]),
        lambda group: group["weights"].pop(),
        lambda group: group["weights"].append(group["weights"][0]),
        lambda group: group.pop("paths"),
        lambda group: group.update(paths=[7]),
        lambda group: group.update(paths=["."]),
        lambda group: group.update(weights={}),
        lambda group: group["weights"].append(7),
        lambda group: group["weights"][0].update(shape="33"),
        lambda group: group["weights"][0].update(shape=[-1, 108]),
        lambda group: group["weights"][0].update(shape=[10**12]),
        lambda group: group["weights"][0].update(shape=[True] * 4),
        lambda group: group["weights"][0].update(name=None),
        lambda group: group["weights"][0].update(quantization=[]),
        lambda group: group["weights"][0].update(quantization={"dtype": "string"}),
        lambda group: group["weights"][0].update(quantization={"dtype": ["uint8"]}),
        lambda group: group["weights"][0]["quantization"].update(scale="1"),
        lambda group: group["weights"][0]["quantization"].update(scale=float("nan")),
        lambda group: group["weights"][0]["quantization"].update(scale=1e39),
        lambda group: group["weights"][0]["quantization"].update(min=True),
        lambda group: group["weights"][0].pop("quantization") and group["weights"][0].update(dtype="int32"),
    ],
    ids=range(23),
)
def test_tfjs_manifests_that_lie(change, model):
    group, rewrite = model
    change(group)
    refused(rewrite())


def test_tfjs_shards_of_the_wrong_size(model):
    _, rewrite = model
    path = rewrite()
    shard = sorted(path.parent.glob("*.bin"))[0]
    whole = shard.read_bytes()
    for data in (whole[:-1], whole + b"\0"):
        shard.write_bytes(data)
        refused(path, "past the end of its shards|its shards hold")


# --- MatConvNet -------------------------------------------------------------------------------------------


def test_mat_files_of_matlab_7_3(tmp_path):
    head = b"MATLAB 7.3 MAT-file, Platform: GLNXA64".ljust(116) + bytes(8) + b"\0\2IM"
    (tmp_path / "net.mat").write_bytes(head.ljust(512, b"\0") + b"\x89HDF\r\n\x1a\n" + bytes(100))
    with pytest.raises(WeightFileError, match=r"MATLAB 7.3 file; in MATLAB, .* '-v7'"):
        read(tmp_path / "net.mat")


@pytest.mark.parametrize(
    "content",
    [
        {"x": 1.0},
        {"layers": "text"},
        {"layers": np.zeros((2, 3))},
        {"layers": np.array([[{"name": "conv1_1", "weights": "text"}]], object)},
        {
            "layers": np.array(
                [[{"name": "conv1_1", "filters": np.zeros((3, 3, 3, 4)), "biases": np.zeros((2, 2, 2))}]],
                object,
            )
        },
        {"layers": np.array([[{"name": "conv1_1", "filters": np.arange(4), "biases": np.zeros(4)}]], object)},
        {
            "layers": np.array(
                [[{"name": "", "filters": np.zeros((3, 3, 3, 4)), "biases": np.zeros(4)}]], object
            )
        },
    ],
    ids=range(7),
)
def test_mat_files_of_something_else(content, tmp_path):
    pytest.importorskip("scipy.io").savemat(tmp_path / "net.mat", content)
    with pytest.raises(WeightFileError):
        read(tmp_path / "net.mat")


def test_a_reader_that_dies_is_only_a_damaged_file(tmp_path, monkeypatch):
    from minicnn.weights import worker

    pytest.importorskip("h5py")
    writers.h5_published(tmp_path / "net.h5", LAYERS)
    start = worker.Worker.open

    def killed(self, source):
        self.process.kill()
        return start(self, source)

    monkeypatch.setattr(worker.Worker, "open", killed)
    with pytest.raises(WeightFileError, match="the process that read it died"):
        read(tmp_path / "net.h5")


@pytest.fixture
def impatient(tmp_path, monkeypatch):
    """The module of readers that have a hundredth of a second for an answer, and a file to read."""
    from minicnn.weights import worker

    pytest.importorskip("h5py")
    writers.h5_published(tmp_path / "net.h5", LAYERS)
    monkeypatch.setattr(worker, "PATIENCE", 0.01)
    monkeypatch.setattr(worker, "PACE", 1e12)
    return worker


@pytest.mark.skipif(not hasattr(signal, "SIGSTOP"), reason="signals")
def test_a_reader_that_hangs_is_ended(impatient, tmp_path, monkeypatch):
    start = impatient.Worker.open

    def stopped(self, source):
        self.process.send_signal(signal.SIGSTOP)
        return start(self, source)

    monkeypatch.setattr(impatient.Worker, "open", stopped)
    with pytest.raises(WeightFileError, match="the process that read it took too long"):
        read(tmp_path / "net.h5")


def test_a_reader_that_works_without_end_is_ended(impatient, tmp_path, monkeypatch):
    seconds = itertools.count()
    monkeypatch.setattr(impatient, "spent", lambda pid: next(seconds))
    monkeypatch.setattr(impatient, "BUSY", 1e9)
    monkeypatch.setattr(impatient, "PATIENCE", 0.0)
    with pytest.raises(WeightFileError, match="the process that read it took too long"):
        read(tmp_path / "net.h5")


def test_a_busy_machine_makes_no_file_a_bad_one(impatient, tmp_path, monkeypatch):
    monkeypatch.setattr(impatient, "spent", lambda pid: 0.0)  # the reader has hardly been at work
    monkeypatch.setattr(impatient, "BUSY", 1e9)
    assert set(read(tmp_path / "net.h5").layers) == set(LAYERS)


@pytest.mark.parametrize("way", ["h5-published", "mat-new"])
def test_a_missing_package_is_named_with_its_remedy(way, tmp_path, monkeypatch):
    if package := writers.needs(way):
        pytest.importorskip(package)
    name, write = writers.WAYS[way]
    write(tmp_path / name, LAYERS)
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    refused(tmp_path / name, f"needs {package}: python -m pip install {package}")


def test_pth_archives_without_their_storages(tmp_path):
    entries, data = pickles.state(writers.torch_state(LAYERS))
    for change in ({}, {**data, "0": data["0"][:-4]}, {**data, "0": data["0"] + b"\0\0\0\0"}):
        pickles.archive(tmp_path / "net.pth", pickles.pickled(entries), change)
        refused(tmp_path / "net.pth", "storage '0' is missing or of the wrong size")
    zipped(tmp_path / "net.pth", [("a/data.pkl", b""), ("b/data.pkl", b"")])
    refused(tmp_path / "net.pth", "expected one data.pkl")
