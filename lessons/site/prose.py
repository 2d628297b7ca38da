"""Markdown as HTML: mathematics as MathML, code with links, headings with addresses, lessons by number."""

import itertools
import re
from html import escape

from markdown_it import MarkdownIt
from mdit_py_plugins.dollarmath import dollarmath_plugin

from .code import block
from .maths import mathml

CLOSE = re.compile(r"[(\[“‘]*<math display=\"inline\".*?</math>[^\s<]*")  # a formula and what belongs to it
LESSON = re.compile(r"\b([Ll]essons?) (\d+)\b(?!\.)")


class Prose:
    """Renders the prose of one page. Headings are collected as [(level, id, HTML)] in `headings`.

    link      words in `code` → (address, title) or None
    lesson    number → (address, title) or None
    address   what a link of the text leads to → what it leads to from this page
    """

    def __init__(self, link=lambda words: None, lesson=lambda number: None, address=lambda to: to):
        self.link, self.lesson, self.address, self.headings = link, lesson, address, []
        self.parser = MarkdownIt("commonmark", {"html": False, "typographer": True})
        self.parser.enable(["table", "smartquotes"])
        self.parser.use(dollarmath_plugin, double_inline=True, allow_digits=False, allow_labels=False)
        rules = self.parser.renderer.rules
        rules["code_inline"] = lambda tokens, at, *_: self._code(tokens[at].content)
        rules["fence"] = rules["code_block"] = self._block
        rules["text"] = self._text
        rules["table_open"] = lambda *_: '<div class="table"><table>\n'
        rules["table_close"] = lambda *_: "</table></div>\n"
        rules["math_inline"] = lambda tokens, at, *_: mathml(tokens[at].content)
        rules["math_inline_double"] = lambda tokens, at, *_: _formula(tokens[at], "span")
        rules["math_block"] = lambda tokens, at, *_: _formula(tokens[at], "div")

    def html(self, text):
        """The Markdown as HTML."""
        tokens = self.parser.parse(text)
        self._headings(tokens)
        self._inside_links(tokens)
        html = self.parser.renderer.render(tokens, self.parser.options, {})
        return CLOSE.sub(lambda match: f'<span class="close">{match[0]}</span>', html)

    def _headings(self, tokens):
        for token, inside in itertools.pairwise(tokens):
            if token.type == "heading_open":
                shown = self.parser.renderer.render([inside], self.parser.options, {})
                plain = re.sub(r"[^\w]+", "-", inside.content.lower()).strip("-")
                taken = {name for _, name, _ in self.headings}
                name = next(n for n in (plain, *(f"{plain}-{k}" for k in range(2, 99))) if n not in taken)
                token.attrSet("id", name)
                self.headings.append((int(token.tag[1]), name, re.sub(r"</?a\b[^>]*>", "", shown)))

    def _inside_links(self, tokens):
        """Marks what stands inside a link of the text already, and turns that link's address."""
        for token in tokens:
            depth = 0
            for part in token.children or ():
                if part.type == "link_open":
                    depth += 1
                    part.attrSet("href", self.address(part.attrGet("href")))
                depth -= part.type == "link_close"
                part.meta["linked"] = depth > 0 or token.meta.get("linked", False)

    def _code(self, content, linked=False):
        words = (escape(word, quote=False) for word in content.split(" "))
        words = (f'<span class="close">{w}</span>' if "-" in w and len(w) < 30 else w for w in words)
        shown = f"<code>{' '.join(words)}</code>"
        found = None if linked else self.link(content)
        if not found:
            return shown
        return f'<a href="{escape(found[0])}" title="{escape(found[1])}">{shown}</a>'

    def _block(self, tokens, at, *_):
        return block(tokens[at].content, language=tokens[at].info.strip() or "") + "\n"

    def _text(self, tokens, at, *_):
        shown = escape(tokens[at].content, quote=False)
        return shown if tokens[at].meta.get("linked") else LESSON.sub(self._lesson, shown)

    def _lesson(self, match):
        found = self.lesson(int(match[2]))
        if not found:
            return match[0]
        return f'<a href="{escape(found[0])}" title="{escape(found[1])}">{match[1]} {match[2]}</a>'


def _formula(token, tag):
    """A formula on a line of its own, in a box that scrolls sideways by itself."""
    return f'<{tag} class="formula">{mathml(token.content, display=True)}</{tag}>\n'
