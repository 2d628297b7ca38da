"""What is defined where in the packages, read from their sources without importing them.

`read()` makes an Index; `index.find("minicnn.ops", "gram")` follows imports to where a name is defined.
"""

import ast
import functools
from pathlib import Path
from typing import NamedTuple

from ..road import HERE

TOP = HERE.parent
PACKAGES = ("minicnn", "nst")
HELPERS = ("lessons.blackboard", "lessons.drawing", "lessons.scene")


class Definition(NamedTuple):
    """A function, a class, a method or a constant."""

    module: str  # "minicnn.ops.gram"
    name: str  # "gram", "Network.forward"
    node: object
    line: int

    @property
    def is_class(self):
        return isinstance(self.node, ast.ClassDef)

    @property
    def is_function(self):
        return isinstance(self.node, (ast.FunctionDef, ast.AsyncFunctionDef))

    @property
    def docstring(self):
        return (ast.get_docstring(self.node) or "") if self.is_class or self.is_function else ""


class Module:
    """A module's tree, its definitions, and where its imported names come from."""

    def __init__(self, name, path):
        self.name, self.path = name, Path(path)
        self.is_package = self.path.name == "__init__.py"
        self.text = self.path.read_text(encoding="utf-8")
        self.tree = ast.parse(self.text, str(path))
        self.docstring = ast.get_docstring(self.tree) or ""
        self.definitions, self.imports = {}, {}
        for node in ast.walk(self.tree):
            if isinstance(node, (ast.Import, ast.ImportFrom)):
                self.imports.update(imported(node, self))
        self._define(self.tree.body, "")

    def _define(self, body, within):
        for node in body:
            if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
                name = within + node.name
                self.definitions.setdefault(name, Definition(self.name, name, node, node.lineno))
                if isinstance(node, ast.ClassDef):
                    self._define(node.body, f"{name}.")
            elif isinstance(node, (ast.Assign, ast.AnnAssign)):
                targets = node.targets if isinstance(node, ast.Assign) else [node.target]
                for target in [t for one in targets for t in ast.walk(one) if isinstance(t, ast.Name)]:
                    name = within + target.id
                    self.definitions.setdefault(name, Definition(self.name, name, node, node.lineno))
            elif isinstance(node, (ast.If, ast.Try)):
                self._define(node.body, within)

    @property
    def package(self):
        """The package it is in; itself, if it is one."""
        return self.name if self.is_package else self.name.rpartition(".")[0]

    @property
    def exported(self):
        """The names in __all__, if it has that."""
        node = self.definitions["__all__"].node if "__all__" in self.definitions else None
        return [e.value for e in node.value.elts] if isinstance(node, ast.Assign) else []


def imported(node, module=None):
    """{name: (module, name in it or None)} of an import; relative ones as seen from `module`."""
    if isinstance(node, ast.Import):
        return {a.asname or a.name.split(".")[0]: (a.name if a.asname else a.name.split(".")[0], None)
                for a in node.names}  # fmt: skip
    return {a.asname or a.name: (origin(node, module), a.name) for a in node.names}


def origin(node, module=None):
    """The full name of the module that `from … import` names."""
    if not node.level:
        return node.module
    start = module.package.split(".") if module else []
    start = start[: len(start) - node.level + 1]
    return ".".join([*start, *filter(None, [node.module])])


class Index:
    """All modules by name."""

    def __init__(self, modules):
        self.modules = {module.name: module for module in modules}

    def find(self, module, name):
        """The Definition or Module that `name` means in a module; None if it is not one of ours."""
        return self._find(module, name, 0)

    def _find(self, module, name, depth):
        here = self.modules.get(module)
        if here is None or depth > 20:  # an import in a circle
            return None
        if name in here.definitions:
            return here.definitions[name]
        itself = (module, name)  # what a package imports from itself is looked for below
        if here.imports.get(name, itself) != itself:
            return self.imported(here.imports[name], depth + 1)
        if name in here.exported:  # by __getattr__, from a module that is imported there
            modules = [self.imported(source, depth + 1) for source in here.imports.values()]
            found = [self._find(m.name, name, depth + 1) for m in modules if isinstance(m, Module)]
            return next(filter(None, found), None)
        return self.modules.get(f"{module}.{name}")

    def imported(self, source, depth=0):
        """What (module, name) brings in; without a name, the module."""
        module, name = source
        return self._find(module, name, depth) if name else self.modules.get(module)

    def attribute(self, owner, name):
        """What `owner.name` means, of a module or a class."""
        if isinstance(owner, Module):
            return self.find(owner.name, name)
        if isinstance(owner, Definition) and owner.is_class:
            return self.modules[owner.module].definitions.get(f"{owner.name}.{name}")
        return None

    def dotted(self, name):
        """What a full name such as minicnn.ops.gram means; None if it is not one of ours."""
        first, *rest = name.split(".")
        return functools.reduce(self.attribute, rest, self.modules.get(first))

    def file(self, path):
        """The module in a file named from the top, such as minicnn/ops/gram.py, or package's folder."""
        name = path.rstrip("/").removesuffix(".py").removesuffix("/__init__").replace("/", ".")
        return self.modules.get(name)


def read():
    """The Index of minicnn, nst and what the lessons import beside them."""
    found = []
    for package in PACKAGES:
        for path in sorted((TOP / package).rglob("*.py")):
            parts = path.relative_to(TOP).with_suffix("").parts
            found.append(Module(".".join(parts[:-1] if parts[-1] == "__init__" else parts), path))
    return Index([*found, *(Module(name, TOP / f"{name.replace('.', '/')}.py") for name in HELPERS)])
