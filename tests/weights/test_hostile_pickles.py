"""Pickles that want more than to build tensors, or want to build too much. None may get anywhere."""

import os
import pickle
import pickletools
import struct
import tracemalloc

import numpy as np
import pytest

from minicnn.errors import WeightFileError
from minicnn.weights import read, unpickler
from tests.clock import within

from . import pickles, writers
from .pickles import Raw, called, named, op, pickled, storage, tensor

PROOF = "minicnn_was_here"


class Runs:
    """What any pickle may do to Python's own unpickler."""

    def __init__(self, function, *arguments):
        self.both = function, arguments

    def __reduce__(self):
        return self.both


def attempt(tmp_path, data_pkl, storages=None, layout=pickles.archive):
    path = tmp_path / "net.pth"
    layout(path, data_pkl, storages or {})
    with pytest.raises(WeightFileError) as caught:
        read(path)
    return str(caught.value)


@pytest.fixture(params=[pickles.archive, pickles.stream], ids=["zip", "stream"])
def layout(request):
    return request.param


@pytest.fixture
def proof(tmp_path, monkeypatch):
    """A variable that only executed code could have set."""
    monkeypatch.delenv(PROOF, raising=False)
    monkeypatch.chdir(tmp_path)
    yield
    assert PROOF not in os.environ
    assert not (tmp_path / PROOF).exists()


@pytest.mark.usefixtures("proof")
@pytest.mark.parametrize("protocol", range(6))
@pytest.mark.parametrize(
    "payload",
    [
        Runs(os.system, f"touch {PROOF}"),
        Runs(os.putenv, PROOF, "1"),
        Runs(eval, f"__import__('os').environ.__setitem__('{PROOF}', '1')"),
        Runs(getattr, os, "environ"),
        Runs(pickle.loads, pickle.dumps(Runs(os.system, f"touch {PROOF}"))),
        {"conv1_1.weight": Runs(os.system, f"touch {PROOF}")},
        Runs(map, os.system, [f"touch {PROOF}"]),
    ],
    ids=["system", "putenv", "eval", "getattr", "loads", "inside a state dict", "map"],
)
def test_reduce_calls_nothing(payload, protocol, layout, tmp_path):
    try:
        data = pickle.dumps(payload, protocol)
    except (TypeError, pickle.PicklingError):
        data = pickled(called("os", "system", f"touch {PROOF}"))  # modules do not pickle; GLOBAL does
    assert "pickle" in attempt(tmp_path, data, layout=layout)


@pytest.mark.usefixtures("proof")
@pytest.mark.parametrize(
    "code",
    [
        b"cos\nsystem\n" + op((f"touch {PROOF}",)) + b"R",
        b"cposix\nsystem\n" + op((f"touch {PROOF}",)) + b"R",
        b"cbuiltins\neval\n" + op(("1",)) + b"R",
        b"c__builtin__\nexec\n" + op(("1",)) + b"R",
        op("os") + op("system") + b"\x93" + op((f"touch {PROOF}",)) + b"R",
        b"(" + op(f"touch {PROOF}") + b"ios\nsystem\n",
        b"(cos\nsystem\n" + op(f"touch {PROOF}") + b"o",
        b"cos\nsystem\n" + op((f"touch {PROOF}",)) + b"\x81",
        b"cos\nsystem\n" + op(()) + op({}) + b"\x92",
        b"\x82\x01",
        b"\x83\x01\x00",
        b"\x84\x01\x00\x00\x00",
        b"ccollections\nOrderedDict.__class__\n",
        b"ctorch._utils\n_rebuild_tensor_v2.__globals__\n",
        b"ctorch.hub\nload\n",
        b"ctorch\nload\n",
        b"cnumpy.core.multiarray\nscalar\n",
        b"ccopyreg\n_reconstructor\n",
        b"cminicnn.weights.worker\nserve\n",
    ],
    ids=str,
)
def test_globals_outside_the_list_are_refused(code, layout, tmp_path):
    attempt(tmp_path, b"\x80\x02" + code + b".", layout=layout)


def test_every_operation_outside_the_list_is_refused():
    known = {operation.code.encode("latin-1") for operation in pickletools.opcodes}
    assert set(unpickler.OPERATIONS) <= known
    machine = unpickler.Machine({}, frozenset(), lambda identity: None)
    for code in known - set(unpickler.OPERATIONS) - {b"."}:
        with pytest.raises(WeightFileError, match="which no state dict needs"):
            machine.run(b"\x80\x02" + code + b"\0" * 16 + b".")
    for number in range(256):
        code = bytes([number])
        if code not in known:
            with pytest.raises(WeightFileError, match="which no state dict needs"):
                machine.run(b"\x80\x02" + code + b"\0" * 16 + b".")


@pytest.mark.usefixtures("proof")
@pytest.mark.parametrize(
    "code",
    [
        named("torch", "FloatStorage").code + op({"__setstate__": 1}) + b"b",
        named("collections", "OrderedDict").code + op({"__call__": named("torch", "FloatStorage")}) + b"b",
        op({}) + op(()) + b"b",
        op([]) + op({"append": 1}) + b"b",
        b"N" + op({}) + b"b",
    ],
    ids=["on a type", "on a function", "with a tuple", "on a list", "on None"],
)
def test_build_changes_nothing(code, layout, tmp_path):
    attempt(tmp_path, b"\x80\x02" + code + b".", layout=layout)


@pytest.mark.parametrize(
    "identity",
    [
        "a string",
        ("storage",),
        ("module", named("torch", "FloatStorage"), "0", "cpu", 4),
        ("storage", "FloatStorage", "0", "cpu", 4),
        ("storage", named("collections", "OrderedDict"), "0", "cpu", 4),
        ("storage", named("torch", "FloatStorage"), 0, "cpu", 4),
        ("storage", named("torch", "FloatStorage"), "0", "cpu", -4),
        ("storage", named("torch", "FloatStorage"), "0", "cpu", "4"),
        ("storage", named("torch", "FloatStorage"), "0", "cpu", 1 << 60),
        ("storage", named("torch", "FloatStorage"), "0", "cpu", 4, "view"),
        ("storage", named("torch", "FloatStorage"), "0", "cpu", 4, ("1", -8, 4)),
    ],
    ids=range(11),
)
def test_persistent_ids_that_are_no_storage(identity, layout, tmp_path):
    attempt(tmp_path, pickled({"conv1_1.weight": Raw(op(identity) + b"Q")}), layout=layout)
    attempt(tmp_path, b"\x80\x02Pstorage\n.", layout=layout)


STORED = storage("0", "f4", 8)


@pytest.mark.parametrize(
    "view",
    [
        tensor(STORED, 1, (8,), (1,)),
        tensor(STORED, -1, (4,), (1,)),
        tensor(STORED, 0, (4,), (-1,)),
        tensor(STORED, 0, (2, 2), (1,)),
        tensor(STORED, 0, [4], [1]),
        tensor(STORED, 0, (1 << 40,), (0,)),
        tensor(STORED, 0, (100_000, 100_000), (0, 0)),
        tensor(STORED, 0, (2,) * 9, (0,) * 9),
        tensor(STORED, 0, (0,), (1,)),
        tensor(STORED, 0, (True,), (1,)),
        tensor(STORED, 1 << 300, (1,), (1,)),
        tensor("storage", 0, (1,), (1,)),
        tensor(storage("1", "f4", 8), 0, (8,), (1,)),
        tensor(storage("0", "f4", 9), 0, (9,), (1,)),
        tensor(storage("../../0", "f4", 8), 0, (8,), (1,)),
        tensor(storage("0", "i8", 4), 0, (4,), (1,)),
        called("torch._utils", "_rebuild_tensor_v2"),
        called("torch._utils", "_rebuild_tensor_v2", *range(20)),
        called("torch._utils", "_rebuild_parameter", "data"),
        called("collections", "OrderedDict", 5),
        called("collections", "OrderedDict", ["ab"]),
        called("torch", "FloatStorage", 1 << 60),
    ],
    ids=range(22),
)
def test_tensors_that_cannot_be(view, layout, tmp_path):
    data = {"0": np.zeros(8, np.float32).tobytes()}
    attempt(tmp_path, pickled({"conv1_1.bias": view, "conv1_1.weight": view}), data, layout=layout)


def bombs():
    doubling = (
        op([])
        + b"q\0"
        + b"".join(b"](" + b"h" + bytes([n]) + b"h" + bytes([n]) + b"eq" + bytes([n + 1]) for n in range(250))
    )
    pairs = op([["a", 1]] * 9000) + b"q\0"
    copying = b"ccollections\nOrderedDict\nq\1" + b"h\1h\0\x85R0" * 20_000
    again = b"ccollections\nOrderedDict\nq\1" + b"h\1h\0\x85R" * 20_000
    shapes = b"(" + b"K\1" * 50_000 + b"tq\0"
    tensors = b"ctorch._utils\n_rebuild_tensor_v2\nq\1" + b"h\1(" + STORED.code + b"K\0h\0h\0tR" * 1
    yield "doubling", b"\x80\x02" + doubling + b"."
    yield "doubled state dict", b"\x80\x02" + doubling[:-2] + b"."
    yield "copied pairs, dropped", b"\x80\x02" + pairs + copying + b"."
    yield "copied pairs", b"\x80\x02" + pairs + again + b"."
    yield "long shapes", b"\x80\x02" + shapes + tensors * 500 + b"."
    yield "deep lists", b"\x80\x02" + b"]" * 125_000 + b"a" * 124_999 + b"."
    yield "deep tuples", b"\x80\x02N" + b"\x85" * 250_000 + b"."
    yield "deep keys", b"\x80\x02}N" + b"\x85" * 250_000 + b"Ns."
    yield "deep dictionaries", b"\x80\x02" + b"}U\1a" * 50_000 + b"N" + b"s" * 50_000 + b"."
    yield "a list in itself", b"\x80\x02]q\0h\0ah\0ah\0\x85h\0a."
    yield "marks", b"\x80\x02" + b"(" * 250_000 + b"."
    yield "long string", b"\x80\x02X\xff\xff\xff\x7f" + b"a" * 100 + b"."
    yield "long integer", b"\x80\x02\x8a\xff" + b"\xff" * 255 + b"."
    yield "memo far away", b"\x80\x02Nr\xff\xff\xff\x7f."
    yield "nothing stored", b"\x80\x02h\x07."
    yield "no end", b"\x80\x02" + b"N" * 500_000
    yield "empty stack", b"\x80\x02."
    yield "no mark", b"\x80\x02Nt."
    yield "below the mark", b"\x80\x02]((N\x85t."
    yield "half a pair", b"\x80\x02}(Nu."
    yield "megabytes", b"\x80\x02" + b"]" * 5_000_000 + b"."


BOMBS = dict(bombs())


@pytest.mark.parametrize("name", BOMBS)
def test_bombs_end_soon_and_small(name, layout, tmp_path):
    with within(2):
        attempt(tmp_path, BOMBS[name], layout=layout)
    if layout is pickles.archive:  # the machine is the same; tracing it once is slow enough
        tracemalloc.start()
        try:
            attempt(tmp_path, BOMBS[name])
            peak = tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()
        assert peak < 200e6


def test_pickles_inside_storages_are_only_numbers(tmp_path, proof):
    layers = writers.random_layers()
    entries, data = pickles.state(writers.torch_state(layers))
    payload = pickle.dumps(Runs(os.system, f"touch {PROOF}"))
    first = next(iter(data))
    data[first] = payload.ljust(len(data[first]), b"\0")[: len(data[first])]
    pickles.archive(tmp_path / "net.pth", pickled(entries), data)
    assert read(tmp_path / "net.pth").layers["conv1_1"]["kernel"].shape == (3, 3, 3, 4)


def test_the_older_layout_must_begin_as_pytorch_writes_it(tmp_path):
    path = tmp_path / "net.pth"
    good = {"protocol_version": 1001, "little_endian": True}
    for magic, protocol, system, keys in [
        (pickles.MAGIC, 1002, good, []),
        (pickles.MAGIC, 1001, [], []),
        (pickles.MAGIC, 1001, good, {}),
        (pickles.MAGIC, 1001, good, ["7"]),
        (pickles.MAGIC, 1001, good, [None]),
    ]:
        path.write_bytes(b"".join(map(pickled, (magic, protocol, system, {}, keys))) + bytes(64))
        with pytest.raises(WeightFileError):
            read(path)
    path.write_bytes(pickle.dumps(Runs(os.system, f"touch {PROOF}"), 2))
    with pytest.raises(WeightFileError, match="nothing of it will be executed"):
        read(path)


def test_storages_of_the_older_layout_must_be_as_large_as_they_say(tmp_path):
    entries, data = pickles.state(writers.torch_state(writers.random_layers()), part=True)
    for size in (-1, 0, 1 << 62):
        pickles.stream(tmp_path / "net.pth", pickled(entries), data)
        raw = (tmp_path / "net.pth").read_bytes()
        first = next(iter(data.values()))
        at = raw.index(first) - 8
        (tmp_path / "net.pth").write_bytes(raw[:at] + struct.pack("<q", size) + raw[at + 8 :])
        with pytest.raises(WeightFileError):
            read(tmp_path / "net.pth")


def test_old_files_of_python_2_and_of_a_gpu(tmp_path):
    """Byte strings, OrderedDict with its pairs, torch.cuda's storages, a part of a larger storage."""
    layers = writers.random_layers(classifier=False)
    arrays = writers.torch_state(layers, rename=str)
    everything = np.concatenate([array.ravel() for array in arrays.values()]).astype("<f4")
    pairs, at = [], 0
    for name, array in arrays.items():
        part = ("view", at, array.size)
        kind = named("torch.cuda", "FloatStorage")
        stored = Raw(op(("storage", kind, "7", "cuda:0", everything.size, part)) + b"Q")
        view = called("torch._utils", "_rebuild_tensor", stored, 0, array.shape, pickles.steps(array.shape))
        pairs.append([Raw(b"U" + bytes([len(name)]) + name.encode()), view])
        at += array.size
    state = called("collections", "OrderedDict", pairs)
    pickles.stream(tmp_path / "net.pth", pickled(state), {"7": everything.tobytes()})
    found = read(tmp_path / "net.pth").layers
    for name, parts in layers.items():
        for part, array in parts.items():
            np.testing.assert_array_equal(found[name][part], array)
