"""A module's source as a page, each line with an address, names leading to where they are defined."""

from html import escape

from . import addresses
from .code import highlight
from .links import Links
from .page import page


def source_page(module, index):
    """HTML of a Module."""
    found = Links(index, module).find(module.text, module.tree)
    links = [
        (start, end, _address(target, module), addresses.told(target))
        for start, end, target in found
        if target is not module
    ]
    lines = highlight(module.text.rstrip("\n"), links)
    shown = "".join(
        f'<span id="L{number}"><a href="#L{number}">{number}</a>{line}\n</span>'
        for number, line in enumerate(lines, 1)
    )
    file = f"{module.name.replace('.', '/')}{'/__init__' if module.is_package else ''}.py"
    back = ""
    if addresses.is_public(module):
        address = addresses.of_reference(module, index, "../")
        back = f'<p class="aside"><a href="{escape(address)}">{module.name} in the reference</a></p>\n'
    body = f'<h1 class="file">{file}</h1>\n{back}<pre class="code source"><code>{shown}</code></pre>'
    return page(file, body, up="../", kind="wide")


def _address(target, module):
    """From a source page to another, or within it."""
    address = addresses.of_source(target).removeprefix("source/")
    return address.removeprefix(f"{module.name}.html") or address
