"""What every page has around it: head, the way to the other parts, before and after."""

import re
from html import escape
from pathlib import Path

NAME = "From one pixel to a painting"
STYLE = Path(__file__).with_name("site.css")
ICON = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><rect width="32" height="32" rx="5" '
    'fill="#1d3b57"/><path d="M4 23c6-9 10 2 15-5s4-9 9-9" fill="none" stroke="#e9c46a" stroke-width="4" '
    'stroke-linecap="round"/><rect x="5" y="6" width="6" height="6" fill="#e76f51"/></svg>\n'
)
PARTS = (
    ("index.html", "The road"),
    ("arrays.html", "Arrays"),
    ("symbols.html", "Symbols"),
    ("coming_from.html", "Coming from another program"),
    ("reference/index.html", "Reference"),
)


def page(title, body, *, up="", here="", before=None, after=None, kind="", description=""):
    """A whole page. `up` leads to the site's top, `here` is one of PARTS; neighbours are (address, title)."""
    told = f'<meta name="description" content="{escape(description)}">\n' if description else ""
    near = [("prev", before), ("next", after)]
    heads = "".join(f'<link rel="{rel}" href="{escape(to[0])}">\n' for rel, to in near if to)
    return f"""<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>{escape(title if title == NAME else f"{title} · {NAME}")}</title>
{told}<link rel="stylesheet" href="{up}site.css">
<link rel="icon" href="{up}icon.svg" type="image/svg+xml">
{heads}</head>
<body{f' class="{kind}"' if kind else ""}>
<a class="skip" href="#main">To the text</a>
<header class="top">
<nav aria-label="Parts">
{_parts(up, here)}
</nav>
</header>
<main id="main">
{body}
</main>
{_neighbours(before, after)}</body>
</html>
"""


def contents(headings):
    """A page's second headings as a list of links."""
    items = [f'<li><a href="#{name}">{shown}</a></li>' for level, name, shown in headings if level == 2]
    inside = "\n".join(items)
    return f'<nav class="contents" aria-label="On this page">\n<ul>\n{inside}\n</ul>\n</nav>' if items else ""


def figure(address, caption, size, up="", eager=False):
    """A picture with its caption, which also says in words what is on it."""
    told, (width, height) = escape(caption), size
    late = "" if eager else ' loading="lazy"'
    return (
        f'<figure><img src="{up}{escape(address)}" width="{width}" height="{height}" alt="{told}"{late}>'
        f"<figcaption>{told}</figcaption></figure>"
    )


def text_of(html):
    """HTML without its tags."""
    return re.sub(r"<[^>]+>", "", html)


def _parts(up, here):
    current = {here: ' aria-current="page"'}
    return "\n".join(
        f'<a href="{up}{address}"{current.get(address, "")}>{name}</a>' for address, name in PARTS
    )


def _neighbours(before, after):
    if not before and not after:
        return ""
    links = [
        f'<a class="{css}" rel="{rel}" href="{escape(to[0])}"><small>{word}</small> {escape(to[1])}</a>'
        for css, rel, word, to in (("before", "prev", "Before", before), ("after", "next", "Next", after))
        if to
    ]
    return '<nav class="neighbours" aria-label="Before and after">\n' + "\n".join(links) + "\n</nav>\n"
