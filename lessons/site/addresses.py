"""Where things are on the site: lessons, sources, the reference."""

from .docstrings import first_sentence
from .names import HELPERS, Module


def of_lesson(lesson, up=""):
    return f"{up}{lesson.name}.html"


def of_source(target, up=""):
    """The line of a module's source page at which a Module or Definition begins."""
    if isinstance(target, Module):
        return f"{up}source/{target.name}.html"
    return f"{up}source/{target.module}.html#L{target.line}"


def of_reference(target, index, up=""):
    """Its place in the reference; that of its source where the reference leaves it out."""
    module = target if isinstance(target, Module) else index.modules[target.module]
    if not is_public(module) or not is_public(target):
        return of_source(target, up)
    name = f"module-{module.name}" if target is module else f"{module.name}.{target.name}"
    return f"{up}reference/{module.package}.html#{name}"


def is_public(target):
    """Whether the reference tells about it."""
    name = target.name if isinstance(target, Module) else f"{target.module}.{target.name}"
    constant = not isinstance(target, Module) and not (target.is_class or target.is_function)
    return not constant and name not in HELPERS and not any(p.startswith("_") for p in name.split("."))


def told(target):
    """A few words about it: its full name, and what its docstring says first."""
    name = target.name if isinstance(target, Module) else f"{target.module}.{target.name}"
    return ": ".join(filter(None, [name, first_sentence(target.docstring)]))
