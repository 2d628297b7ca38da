"""Docstrings as HTML: paragraphs run on, lines that were meant as lines stay so, and so do columns.

A line was meant to end where the next line's first word would have fitted in. Lines that are set in, or that
hold columns, keep every space.
"""

import itertools
import re
from html import escape

FULL = 92  # characters; a line with room for another word below this was ended on purpose


def render(docstring, link=lambda words: None, indent=0):
    """HTML of a cleaned docstring whose lines were set in by `indent`."""
    shown = []
    for paragraph in filter(None, re.split(r"\n[ \t]*\n", docstring.strip("\n"))):
        lines = paragraph.split("\n")
        if lines[0].startswith("- "):
            items = re.split(r"\n(?=- )", paragraph)
            words = (_inline(" ".join(item[2:].split()), link) for item in items)
            shown.append("<ul>" + "".join(f"<li>{item}</li>" for item in words) + "</ul>")
        elif any(line.startswith(" ") or re.search(r"\S {2,}\S", line) for line in lines):
            shown.append(f'<pre class="plain">{_inline(paragraph, link)}</pre>')
        else:
            shown.append(f"<p>{_inline(_flowing(lines, indent), link)}</p>")
    return "\n".join(shown)


def first_sentence(docstring):
    """The first sentence of the first paragraph, on one line."""
    paragraph = " ".join(docstring.split("\n\n")[0].split())
    return re.split(r"(?<=[.:!?]) (?=[A-Z`\"(])", paragraph)[0].rstrip(":")


def _flowing(lines, indent):
    """Lines joined by a space where they broke for want of room, else by a new line."""
    text = lines[0]
    for before, line in itertools.pairwise(lines):
        room = indent + len(before) + 1 + len(line.split(" ")[0]) < FULL
        text += ("\n" if room else " ") + line
    return text


def _inline(text, link):
    """`code` in its own letters, linked where it means something; new lines inside a paragraph kept."""
    shown = []
    for place, part in enumerate(re.split(r"`([^`\n]+)`", text)):
        if place % 2:
            code, found = f"<code>{escape(part, quote=False)}</code>", link(part)
            code = f'<a href="{escape(found[0])}" title="{escape(found[1])}">{code}</a>' if found else code
            shown.append(code)
        else:
            shown.append(escape(part, quote=False))
    return "".join(shown)
