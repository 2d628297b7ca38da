"""What may import what: rooms downward alone, and the library with NumPy and threadpoolctl alone."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

from tests.clock import HANGING

TOP = Path(__file__).resolve().parents[1]
ROOMS = ("minicnn", "nst", "lessons")  # each may use those before it
HEAVY = ("scipy", "PIL", "h5py", "safetensors", "pooch", "tqdm", "matplotlib", "torch", "cupy", "requests")

FENCE = """
import sys

class Fence:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in {blocked!r}:
            raise ModuleNotFoundError(f"{{name}} lies behind the fence", name=name)

sys.meta_path.insert(0, Fence())
"""


def files(room):
    return sorted(path for path in (TOP / room).rglob("*.py") if "__pycache__" not in path.parts)


def module(path):
    parts = path.relative_to(TOP).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def imported(path):
    """(name, whether it is loaded with the module) of all that a file imports, relative names spelt out."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    package = path.relative_to(TOP).parent.parts
    inside = {
        id(node)
        for function in ast.walk(tree)
        if isinstance(function, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda))
        for node in ast.walk(function)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield alias.name, id(node) not in inside
        elif isinstance(node, ast.ImportFrom):
            above = package[: len(package) - node.level + 1] if node.level else ()
            yield ".".join([*above, *([node.module] if node.module else [])]), id(node) not in inside


def python(code, *arguments):
    return subprocess.run(
        [sys.executable, "-c", code, *arguments], cwd=TOP, capture_output=True, text=True, timeout=HANGING
    )


def test_there_is_something_to_look_at():
    assert len(files("minicnn")) > 40
    assert len(files("nst")) > 10
    names = dict(imported(TOP / "minicnn" / "network.py"))
    assert {"numpy", "minicnn.checks", "minicnn.fused"} <= set(names)
    assert dict(imported(TOP / "minicnn" / "classify.py"))["PIL"] is False


@pytest.mark.parametrize("room", ROOMS)
def test_imports_run_downward(room):
    allowed = ROOMS[: ROOMS.index(room) + 1]
    forbidden = {"tests", *ROOMS} - set(allowed)
    wrong = [
        f"{path.relative_to(TOP)} imports {name}"
        for path in files(room)
        for name, _ in imported(path)
        if name.split(".")[0] in forbidden
    ]
    assert wrong == []


def test_frameworks_and_cupy_are_for_one_file_each():
    """The benchmark races PyTorch, the tests ask it; CuPy may be known to the backend alone."""
    places = {"torch": "minicnn/bench/pytorch.py", "cupy": "minicnn/backend.py"}
    places |= dict.fromkeys(("tensorflow", "jax", "torchvision", "numba", "keras"))
    wrong = [
        f"{path.relative_to(TOP)} imports {name}"
        for room in ROOMS
        for path in files(room)
        for name, _ in imported(path)
        if name.split(".")[0] in places and path.relative_to(TOP).as_posix() != places[name.split(".")[0]]
    ]
    assert wrong == []


def test_the_library_loads_nothing_else_with_its_modules():
    known = {*sys.stdlib_module_names, "numpy", "threadpoolctl", "minicnn"}
    late = {"minicnn/bench/pytorch.py", "minicnn/weights/h5.py", "minicnn/weights/mat.py"}  # loaded on demand
    wrong = [
        f"{path.relative_to(TOP)} imports {name}"
        for path in files("minicnn")
        for name, at_once in imported(path)
        if at_once and name.split(".")[0] not in known and path.relative_to(TOP).as_posix() not in late
    ]
    assert wrong == []


def test_every_module_imports_with_numpy_and_threadpoolctl_alone():
    late = {"minicnn.bench.pytorch", "minicnn.weights.h5", "minicnn.weights.mat"}
    modules = [name for name in map(module, files("minicnn")) if name not in late]
    modules = [name for name in modules if not name.endswith("__main__")]
    code = FENCE.format(blocked=HEAVY) + (
        "import importlib\nfor name in sys.argv[1:]:\n    importlib.import_module(name)\n"
        "import numpy as np\nfrom minicnn import zoo\n"
        "net = zoo.build('vgg16', width=(4, 4, 4, 4, 4))\n"
        "print(net.forward(np.ones((1, 32, 32, 3), np.float32)).shape)\n"
        f"print(sorted(set(m.split('.')[0] for m in sys.modules) & set({HEAVY!r})))"
    )
    done = python(code, *modules)
    assert done.returncode == 0, done.stderr
    assert done.stdout.split("\n")[:2] == ["(1, 1, 1, 4)", "[]"]


def test_the_fence_holds():
    """Or the test above would show nothing."""
    done = python(FENCE.format(blocked=["json"]) + "import json")
    assert done.returncode == 1
    assert "behind the fence" in done.stderr


def test_the_checker_runs_with_numpy_and_threadpoolctl_alone():
    code = FENCE.format(blocked=HEAVY) + (
        "import runpy\nsys.argv = ['gradcheck', 'relu', 'gram']\n"
        "runpy.run_module('minicnn.gradcheck', run_name='__main__')"
    )
    done = python(code)
    assert done.returncode == 0, done.stderr
    assert "gram" in done.stdout
