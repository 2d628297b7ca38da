"""The packages from their docstrings: a page for each, and one with all modules."""

import ast
from html import escape

from . import addresses
from .code import highlight
from .docstrings import first_sentence, render
from .links import Links
from .page import page, text_of

UP = "../"


def packages(index):
    """{package: [Module]} of what the reference tells about, the package's own first."""
    found = {}
    for module in sorted(index.modules.values(), key=lambda m: (m.package, not m.is_package, m.name)):
        if addresses.is_public(module):
            found.setdefault(module.package, []).append(module)
    return found


def all_modules_page(index):
    """The reference's first page: every module with its first sentence."""
    parts = ["<h1>Reference</h1>"]
    for package, modules in packages(index).items():
        parts.append(f'<h2><a href="{package}.html">{package}</a></h2>')
        parts.append(render(first_sentence(modules[0].docstring)))
        parts.append('<dl class="modules">')
        for module in modules[1:]:
            address = addresses.of_reference(module, index)[len("reference/") :]
            name = module.name.removeprefix(f"{package}.")
            said = render(first_sentence(module.docstring))
            parts.append(f'<dt><a href="{escape(address)}"><code>{name}</code></a></dt><dd>{said}</dd>')
        parts.append("</dl>")
    return page("Reference", "\n".join(parts), up=UP, here="reference/index.html", kind="reference")


def package_page(package, modules, index, before, after):
    """A package: each of its modules with its functions and classes."""
    parts = [f"<h1>{package} {_to_source(modules[0])}</h1>"]
    if len(modules) > 1:
        names = (module.name.removeprefix(f"{package}.") for module in modules[1:])
        listed = "\n".join(f'<li><a href="#module-{package}.{name}">{name}</a></li>' for name in names)
        parts.append(f'<nav class="contents" aria-label="On this page">\n<ul>\n{listed}\n</ul>\n</nav>')
    parts += [_module(module, package, index) for module in modules]
    return page(package, "\n".join(parts), up=UP, before=before, after=after, kind="reference")


def _module(module, package, index):
    links = Links(index, module)

    def link(words):
        target = links.meaning(words)
        return target and (addresses.of_reference(target, index, UP), addresses.told(target))

    parts = [f'<section id="module-{module.name}">']
    if module.name != package:
        parts.append(f"<h2>{module.name} {_to_source(module)}</h2>")
    parts.append(render(module.docstring, link))
    parts += _exports(module, index)
    for definition in module.definitions.values():
        if addresses.is_public(definition) and "." not in definition.name:
            parts.append(_definition(definition, module, link))
    return "\n".join(parts) + "\n</section>"


def _exports(module, index):
    """What a package hands on from its modules."""
    links = []
    for name in module.exported if module.is_package else ():
        target = index.find(module.name, name)
        if target is not None and getattr(target, "module", None) != module.name:
            address = addresses.of_reference(target, index, UP)
            title = escape(addresses.told(target))
            links.append(f'<a href="{escape(address)}" title="{title}"><code>{name}</code></a>')
    return [f'<p class="exports">Brings along {", ".join(links)}.</p>'] if links else []


def _definition(definition, module, link, level=3):
    """A function or a class with its fields and methods."""
    name = f"{definition.module}.{definition.name}"
    parts = [
        f'<section class="definition" id="{name}">',
        f'<h{level}><code class="signature">{_signature(definition)}</code>',
        f"{_to_source(definition)}</h{level}>",
        render(definition.docstring, link, definition.node.col_offset + 4) if definition.docstring else "",
    ]
    if definition.is_class:
        parts.append(_fields(definition, module))
        for inner in module.definitions.values():
            within, _, own = inner.name.rpartition(".")
            if within == definition.name and not own.startswith("_") and inner.is_function:
                parts.append(_definition(inner, module, link, level + 1))
    return "\n".join(filter(None, parts)) + "\n</section>"


def _signature(definition):
    """`name(arguments)`, as one would call it."""
    node, name = definition.node, definition.name
    prefix, is_property = "", False
    if definition.is_class:
        prefix = "class "
        made = [n for n in node.body if isinstance(n, ast.FunctionDef) and n.name == "__init__"]
        arguments = made[0].args if made else None
    else:
        arguments = node.args
        is_property = any(ast.unparse(d).endswith("property") for d in node.decorator_list)
    told = "" if arguments is None or is_property else f"({_arguments(arguments, '.' in name or prefix)})"
    returns = "" if definition.is_class or node.returns is None else f" -> {ast.unparse(node.returns)}"
    return "".join(highlight(f"{prefix}{name.rpartition('.')[2]}{told}{returns}"))


def _arguments(arguments, bound):
    """As they are written, without `self`."""
    whole = ast.unparse(arguments)
    if bound and (whole in ("self", "cls") or whole.startswith(("self, ", "cls, "))):
        whole = whole.partition(", ")[2]
    return whole


def _fields(definition, module):
    """What a class declares in its body: fields with their types and the comments beside them."""
    lines = module.text.splitlines()
    fields = [n for n in definition.node.body if isinstance(n, ast.AnnAssign)]
    if not fields:
        return ""
    shown = "\n".join(line.strip() for n in fields for line in lines[n.lineno - 1 : n.end_lineno])
    return '<pre class="code"><code>' + "\n".join(highlight(shown)) + "</code></pre>"


def _to_source(target):
    name = escape(text_of(target.name))
    address = escape(addresses.of_source(target, UP))
    return f'<a class="to-source" href="{address}" aria-label="Source of {name}">source</a>'
