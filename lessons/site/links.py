"""Which names in a piece of code mean a definition of ours: by its imports, in its scopes."""

import ast

from .names import imported, origin


class Links:
    """Finds links in pieces of code that follow each other, such as a lesson's cells.

    `scope` is what names mean so far: {name: Definition, Module, or None where it is something else}.
    """

    def __init__(self, index, module=None):
        self.index, self.module = index, module
        self.scope = dict(module.definitions) if module else {}
        if module:
            self.scope |= {name: index.imported(source) for name, source in module.imports.items()}

    def find(self, text, tree=None):
        """[(start, end, target)] in the order of the text; places are counted in characters."""
        tree = ast.parse(text) if tree is None else tree
        walk = _Walk(self.index, self.module, self.scope, text)
        walk.visit(tree)
        return sorted(walk.found, key=lambda link: link[:2])

    def meaning(self, words):
        """What `zoo.pocket` or `minicnn.zoo` means here, or a file; None if nothing of ours."""
        words = words.removesuffix("()")
        if "/" in words:
            return self.index.file(words)
        first, *rest = words.split(".")
        target = self.scope.get(first)
        for name in rest:
            target = self.index.attribute(target, name)
        return target or (self.index.dotted(words) if rest else None)


class _Walk(ast.NodeVisitor):
    def __init__(self, index, module, scope, text):
        self.index, self.module, self.scope, self.found = index, module, scope, []
        self.lines, self.starts, at = text.splitlines(keepends=True), [], 0
        for line in self.lines:
            self.starts.append(at)
            at += len(line)
        self.bytes = [None if line.isascii() else line.encode() for line in self.lines]

    def _place(self, line, column):
        """Of bytes in a line, as `ast` counts, to characters in the text."""
        data = self.bytes[line - 1]
        column = column if data is None else len(data[:column].decode())
        return self.starts[line - 1] + column

    def _link(self, target, line, end, length):
        """A link over the `length` characters before `end` in a line."""
        if target is not None:
            stop = self._place(line, end)
            self.found.append((stop - length, stop, target))

    def visit_Name(self, node):
        if node.id == "self":
            return  # only what follows it is worth a link
        if isinstance(node.ctx, ast.Load):
            self._link(self.scope.get(node.id), node.end_lineno, node.end_col_offset, len(node.id))
        elif not self.module:
            self.scope[node.id] = None

    def visit_Attribute(self, node):
        self.visit(node.value)
        self._link(self._meaning(node), node.end_lineno, node.end_col_offset, len(node.attr))

    def _meaning(self, node):
        if isinstance(node, ast.Name):
            return self.scope.get(node.id)
        if isinstance(node, ast.Attribute):
            return self.index.attribute(self._meaning(node.value), node.attr)
        return None

    def visit_Import(self, node):
        for alias in node.names:
            self._bind(alias, imported(ast.Import([alias])))
            length = len(alias.name)
            self._link(self.index.modules.get(alias.name), alias.lineno, alias.col_offset + length, length)

    def visit_ImportFrom(self, node):
        written = "." * node.level + (node.module or "")
        target = self.index.modules.get(origin(node, self.module))
        self._link(target, node.lineno, node.col_offset + len("from ") + len(written), len(written))
        for alias in node.names:
            one = ast.ImportFrom(node.module, [alias], node.level)
            target = self._bind(alias, imported(one, self.module))
            self._link(target, alias.lineno, alias.col_offset + len(alias.name), len(alias.name))

    def _bind(self, alias, sources):
        for name, source in sources.items():
            self.scope[name] = self.index.imported(source)
        return self.scope[name]

    def visit_FunctionDef(self, node):
        self._function(node)

    def visit_AsyncFunctionDef(self, node):
        self._function(node)

    def visit_Lambda(self, node):
        self._function(node)

    def _function(self, node):
        """Its arguments and what it assigns to hide what is outside."""
        if not isinstance(node, ast.Lambda):
            for decorator in node.decorator_list:
                self.visit(decorator)
            if not self.module:
                self.scope[node.name] = None
        outside = self.scope
        self.scope = {**outside, **dict.fromkeys(_own_names(node))}
        for child in ast.iter_child_nodes(node):
            if child not in getattr(node, "decorator_list", ()):
                self.visit(child)
        self.scope = outside

    def visit_ClassDef(self, node):
        outside, this = self.scope, None
        if self.module:
            this = self.module.definitions.get(node.name)
        else:
            self.scope[node.name] = None
        for part in (*node.decorator_list, *node.bases, *node.keywords):
            self.visit(part)
        for part in node.body:
            self.scope = {**outside, "self": this}
            self.visit(part)
        self.scope = outside


def _own_names(function):
    """Its arguments but `self`, and names that are assigned to in it; not those of functions inside."""
    names, waiting = set(), [*ast.iter_child_nodes(function)]
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.arg) and node.arg != "self":
            names.add(node.arg)
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            names.add(node.id)
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            names.add(node.name)
        elif not isinstance(node, ast.Lambda):
            waiting += ast.iter_child_nodes(node)
    return names
