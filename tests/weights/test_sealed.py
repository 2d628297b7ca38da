"""Files with read-outs and a record, sealed with a checksum; and the one that comes along."""

import io
import json
import zipfile

import numpy as np
import pytest

from minicnn import zoo
from minicnn.errors import OptionError, WeightFileError
from minicnn.preprocessing import TORCHVISION
from minicnn.weights import find, npz, read
from minicnn.weights.record import digest

WIDTH = (3, 4, 5, 6, 7)


@pytest.fixture
def net():
    return zoo.build("vgg19", width=WIDTH, until="relu2_1", preprocessing=TORCHVISION)


@pytest.fixture
def readouts(rng):
    return {"relu1_1": rng.standard_normal((3, 8)), "relu2_1": rng.standard_normal((4, 9))}


@pytest.fixture
def sealed(tmp_path, net, readouts):
    halves = {name: value.astype(np.float16) for name, value in net.parameters().items()}
    npz.write(tmp_path / "taught.npz", halves, net.preprocessing, readouts, {"licence": "CC BY 4.0"})
    return tmp_path / "taught.npz"


def changed(path, **arrays):
    """The same file with other arrays in it (None: without), and the old record."""
    with np.load(path) as stored:
        every = {name: stored[name] for name in stored.files} | arrays
    np.savez(path, **{name: array for name, array in every.items() if array is not None})
    return path


def test_record_and_read_outs_come_back(sealed, readouts, net):
    file = read(sealed)
    assert file.record["licence"] == "CC BY 4.0"
    assert file.expects == TORCHVISION
    for tap, R in readouts.items():
        assert file.readouts[tap].dtype == np.float32
        np.testing.assert_allclose(file.readouts[tap], R, rtol=1e-6)
    again = zoo.build("vgg19", sealed, width=WIDTH, until="relu1_2")
    assert list(again.readouts) == ["relu1_1"]  # as far as it goes
    np.testing.assert_allclose(
        again["conv1_2"].params["kernel"], net["conv1_2"].params["kernel"], rtol=1e-3, atol=1e-6
    )


def test_a_network_loads_what_was_sealed(sealed, net):
    other = zoo.build("vgg19", width=WIDTH, until="relu2_1", seed=5).load(sealed)
    np.testing.assert_allclose(
        other["conv2_1"].params["kernel"], net["conv2_1"].params["kernel"], rtol=1e-3, atol=1e-6
    )


def test_the_checksum_is_that_of_names_types_shapes_and_bytes(rng):
    x = rng.standard_normal((3, 4)).astype(np.float32)
    same = digest({"b": x, "a": x[0]})
    assert same == digest({"a": x[0].copy(), "b": np.asfortranarray(x)})
    for other in (
        {"a": x[0], "c": x},
        {"a": x[0], "b": x.astype(np.float64)},
        {"a": x[0], "b": x.reshape(4, 3)},
        {"a": x[0], "b": -x},
        {"a": x[0]},
    ):
        assert digest(other) != same
    assert digest({"a": x.astype(">f4")}) == digest({"a": x})


@pytest.mark.parametrize("name", ["conv1_2/kernel", "readout/relu2_1", "preprocessing/mean", None])
def test_what_was_changed_is_refused(sealed, name):
    with np.load(sealed) as stored:
        arrays = {"conv2_2/bias": np.zeros(4)} if name is None else {name: stored[name] + 1}
    with pytest.raises(WeightFileError, match="its arrays are not those of its record"):
        read(changed(sealed, **arrays))


def test_without_a_record_nothing_passes_for_a_read_out(sealed):
    with pytest.raises(WeightFileError, match="readout/relu"):
        read(changed(sealed, **{npz.SEALED: None}))


def test_read_outs_that_fit_no_layer_are_refused(tmp_path, net, rng):
    for tap, shape in (("relu1_1", (5, 8)), ("relu4_1", (3, 8)), ("relu1_1", (3,))):
        npz.write(tmp_path / "odd.npz", net.parameters(), None, {tap: rng.standard_normal(shape)}, {})
        with pytest.raises(WeightFileError, match=f"read-out at {tap}"):
            read(tmp_path / "odd.npz")


@pytest.mark.parametrize("record", [b"[1]", b"{", b"\xff\xfe", b"{}", b'{"sha256 of the arrays": 7}'])
def test_records_that_are_none_are_refused(sealed, record):
    with pytest.raises(WeightFileError, match=r"taught\.npz: it"):
        read(changed(sealed, **{npz.SEALED: np.frombuffer(record, np.uint8)}))


def test_a_sealed_file_of_absurd_size_is_refused_unread(sealed):
    header = io.BytesIO()
    np.lib.format.write_array_header_1_0(
        header, {"descr": "<f4", "fortran_order": False, "shape": (30_000_000,)}
    )
    with zipfile.ZipFile(sealed, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("conv2_2/bias.npy", header.getvalue() + bytes(120_000_000))
    with pytest.raises(WeightFileError, match="bytes under a checksum"):
        read(sealed)


# --- the pocket network -----------------------------------------------------------------------------------


def test_the_pocket_network_comes_along(monkeypatch, tmp_path):
    monkeypatch.setenv("MINICNN_CACHE", str(tmp_path))
    monkeypatch.setenv("MINICNN_WEIGHTS", str(tmp_path / "vgg19.npz"))  # which names a file of another one
    file = read(find("pocket"))
    assert file.path.stat().st_size < 6e6
    assert "Simonyan" in file.record["origin"]
    assert file.record["licence"] == "CC BY 4.0"
    assert file.record["training"]["settings"]["width"] == list(zoo.architecture("pocket").width)
    json.dumps(file.record)
    assert find("pocket", path=file.path) == file.path
    with pytest.raises(WeightFileError, match="where the path says"):
        find("pocket", path=tmp_path / "none.npz")


def test_the_pocket_network_is_built_in_one_word(rng):
    net = zoo.pocket()
    assert net.names[-1] == "relu5_1"
    assert all(layer.frozen for layer in net)
    teacher = {name: k for name, k in zip(net.readouts, (64, 128, 256, 512, 512, 512), strict=True)}
    seen = net.forward(net.preprocess(rng.integers(0, 256, (32, 48, 3), dtype=np.uint8)), list(teacher))
    for tap, k in teacher.items():
        assert (seen[tap] @ net.readouts[tap]).shape[3] == k
    assert list(zoo.pocket(until="relu2_1").readouts) == ["relu1_1", "relu2_1"]


def test_the_pocket_network_has_no_classifier():
    with pytest.raises(OptionError, match="no classifier"):
        zoo.build("pocket", classifier=True)


def test_its_file_is_not_taken_for_vgg19():
    with pytest.raises(WeightFileError, match=r"expected a kernel of shape \(3, 3, 3, 64\)"):
        zoo.build("vgg19", find("pocket"), until="relu5_1")


def test_vgg19_as_far_as_conv5_1_is_not_taken_for_the_pocket_network(tmp_path):
    width = (2, 3, 4, 5, 6)
    zoo.build("vgg19", width=width, until="relu5_1").save(tmp_path / "part.npz")
    assert zoo.build("vgg19", tmp_path / "part.npz", width=width, until="relu5_1").names[-1] == "relu5_1"
    with pytest.raises(WeightFileError, match="conv1_1: expected a kernel"):
        zoo.build("pocket", tmp_path / "part.npz")
