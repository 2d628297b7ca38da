"""Code as HTML: each kind of token a class of its own, and names that mean something of ours as links."""

import itertools
from html import escape

from pygments.lexers import BashLexer, PythonLexer, TextLexer
from pygments.token import Token

LEXERS = {"python": PythonLexer, "sh": BashLexer, "": TextLexer}
# What the style sheet colours; every other kind of token looks like the kind it is one of.
SEEN = {
    Token.Comment: "c",
    Token.Keyword: "k",
    Token.Keyword.Constant: "m",
    Token.Operator.Word: "k",
    Token.Name.Function: "f",
    Token.Name.Class: "f",
    Token.Name.Decorator: "d",
    Token.Literal.String: "s",
    Token.Literal.String.Doc: "t",
    Token.Literal.String.Affix: "k",
    Token.Literal.String.Interpol: "i",
    Token.Literal.Number: "m",
}


def highlight(text, links=(), language="python"):
    """The text as HTML lines; `links` is [(start, end, address, title)] in order, apart from each other."""
    lexer = LEXERS.get(language, TextLexer)(stripnl=False, ensurenl=False)
    waiting, found, lines = list(reversed(links)), None, [[]]
    for start, kind, value in lexer.get_tokens_unprocessed(text):
        while waiting and waiting[-1][1] <= start:
            waiting.pop()
        found = waiting[-1] if waiting and waiting[-1][0] < start + len(value) else None
        for at, piece in _cut(start, value, found):
            linked = found if found and found[0] <= at < found[1] else None
            for number, line in enumerate(piece.split("\n")):
                if number:
                    lines.append([])
                if line:
                    lines[-1].append(_piece(kind, line, linked))
    return ["".join(line) for line in lines]


def block(text, links=(), language="python", label=""):
    """A box of code that scrolls sideways by itself."""
    lines = "\n".join(highlight(text.strip("\n"), links, language))
    title = f' aria-label="{escape(label)}"' if label else ""
    return f'<pre class="code"{title}><code>{lines}</code></pre>'


def _cut(start, value, link):
    """[(start, piece)] of a token: what is inside the link, apart from the rest."""
    if link is None:
        return [(start, value)]
    ends = sorted({0, len(value), *(min(max(at - start, 0), len(value)) for at in link[:2])})
    return [(start + a, value[a:b]) for a, b in itertools.pairwise(ends)]


def _piece(kind, text, link):
    shown = escape(text, quote=False)
    if css := _class(kind):
        shown = f'<span class="{css}">{shown}</span>' if text.strip() else shown
    if link:
        _, _, address, title = link
        shown = f'<a href="{escape(address)}" title="{escape(title)}">{shown}</a>'
    return shown


def _class(kind):
    while kind is not None and kind not in SEEN:
        kind = kind.parent
    return SEEN.get(kind)
