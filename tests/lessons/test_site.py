"""The lessons as a site: its pages, their links, pictures, formulas and colours."""

import os
import re
from html.parser import HTMLParser
from urllib.parse import unquote, urlsplit

import pytest
from PIL import Image

pytest.importorskip("markdown_it")
pytest.importorskip("mdit_py_plugins")
pytest.importorskip("latex2mathml")
pytest.importorskip("pygments")

from lessons.errors import LessonError
from lessons.site import docstrings, names
from lessons.site.cells import cells
from lessons.site.code import highlight
from lessons.site.links import Links
from lessons.site.maths import mathml
from lessons.site.page import NAME, STYLE
from lessons.site.prose import Prose

VOID = {"meta", "link", "img", "br", "hr"}
BLOCKS = {"p", "div", "pre", "ul", "ol", "dl", "table", "figure", "section", "h1", "h2", "h3", "h4", "nav"}


class Page(HTMLParser):
    """What a page says and leads to; every fault of its HTML is in `faults`."""

    def __init__(self, html):
        super().__init__(convert_charrefs=True)
        self.open, self.ids, self.tags, self.faults, self.shown = [], [], [], [], {}
        self.feed(html)
        self.close()
        self.faults += [f"<{tag}> stays open" for tag in self.open]

    def handle_starttag(self, tag, attributes):
        attributes = dict(attributes)
        self.tags.append((tag, attributes))
        if "id" in attributes:
            self.ids.append(attributes["id"])
        if tag in BLOCKS and "p" in self.open:
            self.faults.append(f"<{tag}> in a paragraph, {self.getpos()}")
        if tag == "a" and "a" in self.open:
            self.faults.append(f"a link in a link, {self.getpos()}")
        if None in attributes.values():
            self.faults.append(f"<{tag}> has an attribute without a value, {self.getpos()}")
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attributes):
        self.handle_starttag(tag, attributes)
        self.handle_endtag(tag)

    def handle_endtag(self, tag):
        if not self.open or self.open.pop() != tag:
            self.faults.append(f"</{tag}> closes something else, {self.getpos()}")

    def handle_data(self, data):
        for tag in {*self.open}:
            self.shown[tag] = self.shown.get(tag, "") + data

    def all(self, tag):
        return [attributes for name, attributes in self.tags if name == tag]


@pytest.fixture(scope="module")
def pages(site):
    """{path: Page} of the whole site."""
    return {path: Page(path.read_text(encoding="utf-8")) for path in site[0].rglob("*.html")}


def text_of(site, name):
    return site[0].joinpath(name).read_text(encoding="utf-8")


# --- the whole site --------------------------------------------------------------------------------------


def test_every_page_is_well_formed_and_says_what_it_is(pages):
    for path, page in pages.items():
        assert page.faults == [], path
        assert len(page.ids) == len(set(page.ids)), path
        assert page.all("html") == [{"lang": "en"}], path
        assert len(page.all("h1")) == 1, path
        assert page.shown["title"].strip(), path
        assert {"charset": "utf-8"} in page.all("meta"), path
        assert any(m.get("name") == "viewport" for m in page.all("meta")), path
        assert not page.all("script"), path
    titles = [page.shown["title"] for page in pages.values()]
    assert len(titles) == len(set(titles))


def test_the_checker_of_pages_finds_faults():
    assert Page("<p>a <div>b</div></p>").faults
    assert Page("<p><b>a</p></b>").faults
    assert Page("<p>a").faults
    assert Page("<a href='#a'><a href='#b'>c</a></a>").faults
    assert not Page("<p>a <b>c</b><br></p>").faults


def test_every_link_and_every_picture_is_there(site, pages):
    ids = {path.relative_to(site[0]).as_posix(): {*page.ids} for path, page in pages.items()}
    there = {path.relative_to(site[0]).as_posix() for path in site[0].rglob("*") if path.is_file()}
    checked = 0
    for path, page in pages.items():
        here = path.relative_to(site[0])
        told = [a["href"] for tag in ("a", "link") for a in page.all(tag)]
        for address in told + [image["src"] for image in page.all("img")]:
            parts = urlsplit(address)
            assert (parts.scheme, parts.netloc) == ("", ""), f"{here}: {address} needs a network"
            target = os.path.normpath(here.parent / unquote(parts.path)) if parts.path else here.as_posix()
            assert target in there, f"{here}: {address}"
            assert not parts.fragment or unquote(parts.fragment) in ids[target], f"{here}: {address}"
            checked += 1
    assert checked > 5000


def test_pictures_have_their_size_and_words_for_who_cannot_see_them(site, pages):
    images = [(path, image) for path, page in pages.items() for image in page.all("img")]
    assert images
    for path, image in images:
        with Image.open(path.parent / image["src"]) as picture:
            assert picture.size == (int(image["width"]), int(image["height"]))
        assert len(image["alt"].split()) >= 5


def test_lessons_stand_in_a_row(site, pages):
    folder, lessons = site
    for number, lesson in enumerate(lessons):
        page = pages[folder / f"{lesson.name}.html"]
        near = {a["rel"]: a["href"] for a in page.all("a") if "rel" in a}
        wanted = {"prev": number - 1, "next": number + 1}
        wanted = {rel: f"{lessons[at].name}.html" for rel, at in wanted.items() if 0 <= at < len(lessons)}
        assert near == wanted
    road = [a["href"] for a in pages[folder / "index.html"].all("a") if re.match(r"\d\d_", a["href"])]
    assert road == [f"{lesson.name}.html" for lesson in lessons]


def test_every_formula_of_every_lesson_is_mathml(site):
    for lesson in site[1]:
        prose = "\n\n".join(c.text for c in cells(lesson.path.read_text(encoding="utf-8")) if c.markdown)
        prose = re.sub(r"`[^`]*`", "", prose)
        wanted = len(re.findall(r"\$\$.+?\$\$|\$[^$]+\$", prose, flags=re.DOTALL))
        page = re.sub(r'(alttext|title)="[^"]*"', "", text_of(site, f"{lesson.name}.html"))
        article = re.sub(r"<pre.*?</pre>|<nav.*?</nav>", "", page, flags=re.DOTALL)
        assert article.count("<math") == wanted > 0
        assert "$" not in re.sub(r"<code>.*?</code>", "", article)
        assert not re.search(r"\\[a-z]+", re.sub(r"<code>.*?</code>", "", article))


def test_a_link_in_code_leads_to_the_line_that_defines_its_name(site):
    checked = 0
    for lesson in site[1]:
        found = re.findall(
            r'href="source/([\w.]+)\.html#L(\d+)" title="([\w.]+)', text_of(site, f"{lesson.name}.html")
        )
        for module, line, title in found:
            path = names.TOP / f"{module.replace('.', '/')}.py"
            path = path if path.is_file() else path.with_suffix("") / "__init__.py"
            source = path.read_text(encoding="utf-8").splitlines()[int(line) - 1]
            name = title.rpartition(".")[2]
            assert re.search(rf"\b{name}\b", source), f"{lesson.name}: {title} is not in line {line}"
            checked += 1
    assert checked > 100


# --- a lesson's page -------------------------------------------------------------------------------------


def test_what_a_lesson_printed_and_showed_stands_below_its_cells_in_order(site):
    html = text_of(site, "01_pixels.html")
    first, second = re.findall(r'<div class="cell">(.*?)</div>', html, flags=re.DOTALL)
    wanted = ["F = ", "before the picture</samp>", "<figure>", "<figcaption>A ramp from black to white",
              "the gram matrix: \n[[20. 26.]\n [26. 35.]]</samp>"]  # fmt: skip
    places = [first.index(words) for words in wanted]
    assert places == sorted(places)
    assert "<samp>30.0 check</samp>" in second
    assert "lesson-pictures" not in html


def test_names_in_code_are_links_until_they_mean_something_else(site):
    html = text_of(site, "01_pixels.html")
    first, second = re.findall(r'<div class="cell">(.*?)</div>', html, flags=re.DOTALL)
    assert re.search(r'href="source/minicnn.ops.gram.html#L\d+"[^>]*>gram</a>\(F\)', first)
    assert re.search(r'href="source/lessons.blackboard.html#L\d+"[^>]*>tell</a>\(', first)
    assert "größer als 0, ∂ and &lt;b&gt;" in first
    assert re.search(r'href="source/minicnn.ops.activation.html#L\d+"[^>]*>relu</a>\(F\)', second)  # ops.relu
    assert "print(relu(F)" in second
    assert len(re.findall(">check</a>", second)) == 1  # outside of the function, where it is another


def test_words_in_prose_are_links_to_sources_lessons_and_exercises(site):
    html = text_of(site, "01_pixels.html")
    prose = re.sub(r"<pre.*?</pre>", "", html, flags=re.DOTALL)
    assert re.search(r'source/minicnn.ops.activation.html#L\d+"[^>]*><code>ops.relu</code>', prose)
    assert re.search(r'source/minicnn.zoo.html"[^>]*><code>minicnn.zoo</code>', prose)
    assert re.search(r'source/minicnn.ops.gram.html"[^>]*><code>minicnn/ops/gram.py</code>', prose)
    assert " <code>nothing_of_ours</code>" in prose
    assert re.search(r'<a href="08_style.html" title="Style">lesson 8</a>', prose)
    assert re.search(r'<a href="#exercise-1.1"[^>]*><code>crop</code>', prose)
    assert "“Quoted”,\nisn’t it?" in prose
    assert '<h4 id="exercise-1.1">' in html
    assert "NotImplementedError" in html[html.index('id="exercise-1.1"') :]


# --- the reference and the sources -----------------------------------------------------------------------


def test_the_reference_has_every_public_function_with_its_docstring(site, pages):
    page = pages[site[0] / "reference" / "minicnn.ops.html"]
    assert "minicnn.ops.gram.gram_backward" in page.ids
    assert "minicnn.network.Network.forward" in pages[site[0] / "reference" / "minicnn.html"].ids
    html = text_of(site, "reference/minicnn.ops.html")
    section = html[html.index('id="minicnn.ops.gram.gram"') :]
    section = section[: section.index("</section>")]
    assert "All inner products of the feature maps." in section
    assert "F (M, C), one row per pixel → G (C, C), symmetric\nforward:" in section
    assert "module-minicnn.ops.gram" in page.ids
    assert not any(part.startswith("_") for name in page.ids for part in name.split("."))


def test_a_source_page_has_every_line_as_it_is(site):
    html = text_of(site, "source/minicnn.ops.gram.html")
    code = html[html.index("<pre") : html.index("</pre>")]
    lines = re.sub(r'<a href="#L\d+">\d+</a>', "", code)
    shown = Page(lines + "</pre>").shown["code"]
    assert shown.rstrip("\n") == names.TOP.joinpath("minicnn/ops/gram.py").read_text(encoding="utf-8").rstrip(
        "\n"
    )
    assert 'id="L13"' in code


# --- its parts -------------------------------------------------------------------------------------------


def test_cells_know_their_lines():
    text = "# ---\n# x\n# ---\n\n# %% [markdown]\n# # A\n#\n# b\n\n# %%\n\nx = 1\ny = 2\n# %%\n"
    found = cells(text)
    assert [(c.markdown, c.text, c.line) for c in found] == [
        (True, "# A\n\nb", 6),
        (False, "x = 1\ny = 2", 12),
    ]


@pytest.fixture(scope="module")
def index():
    return names.read()


def test_imports_are_followed_to_where_a_name_is_defined(index):
    assert index.find("minicnn.ops", "gram").module == "minicnn.ops.gram"
    assert index.find("minicnn", "ops").name == "minicnn.ops"
    assert index.find("nst", "paint").module == "nst.painting"
    assert index.dotted("minicnn.ops.relu").module == "minicnn.ops.activation"
    assert index.find("minicnn.ops.gram", "np") is None
    assert index.find("no.such", "thing") is None


OPS, ZOO = ("minicnn.ops", "minicnn.ops"), ("zoo", "minicnn.zoo")


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("from minicnn.ops import gram as g\ng(1)", [OPS, ("gram", "gram"), ("g", "gram")]),
        (
            "from minicnn import zoo\né = 'é'; zoo.build()",
            [("minicnn", "minicnn"), ZOO, ZOO, ("build", "build")],
        ),
        ("import minicnn.zoo\nminicnn.zoo", [("minicnn.zoo", "minicnn.zoo"), ("minicnn", "minicnn"), ZOO]),
        ("from minicnn.ops import relu\ndef f(relu):\n    relu\n", [OPS, ("relu", "relu")]),
        ("import numpy as np\nnp.zeros(3)", []),
    ],
)
def test_links_of_a_piece_of_code(index, text, wanted):
    assert [(text[a:b], target.name) for a, b, target in Links(index).find(text)] == wanted


def test_links_cut_tokens_and_keep_the_text():
    html = "\n".join(highlight("x = a.b  # ü <", [(4, 5, "A", "t"), (6, 7, "B", 't "q"')]))
    assert html == 'x = <a href="A" title="t">a</a>.<a href="B" title="t &quot;q&quot;">b</a>  ' \
        '<span class="c"># ü &lt;</span>'  # fmt: skip


def test_formulas_are_spaced_as_tex_spaces_them():
    assert re.search('<munder><mo [^>]*movablelimits="true">max', mathml(r"\max_{i} x", True))
    assert re.search(r"<mo[^>]*>\+=</mo>", mathml(r"a \mathrel{+}= b"))
    assert re.search(
        r'<mi>a</mi><mo lspace="0.1667em" rspace="0.1667em">cos</mo><mi>φ</mi>', mathml(r"a \cos φ")
    )
    assert re.search(r'<mo lspace="0" rspace="0">,</mo>', mathml("x_{i,j}"))
    assert not re.search(r'lspace="0" rspace="0">,', mathml("(i, j)"))
    assert 'form="prefix" lspace="0" rspace="0">−<' in mathml("x = -1")
    assert 'form="prefix"' not in mathml("(x) - 1")
    assert 'alttext="x &lt; 1"' in mathml("x < 1")


@pytest.mark.parametrize("latex", [r"\nosuch x", "x_{", r"\frac{a}", r"\begin{pmatrix} 1", r"\left( x"])
def test_a_formula_that_cannot_be_converted_is_refused_in_words(latex):
    with pytest.raises(LessonError, match=r"formula .*: cannot be made into MathML"):
        mathml(latex)


def test_prose_keeps_html_out_and_formulas_with_what_belongs_to_them():
    html = Prose().html("a <script>alert(1)</script> ($x$), b\n\n`--two-words here`")
    assert "<script>" not in html
    assert re.search(r'<span class="close">\(<math.*?</math>\),</span> b', html)
    assert '<code><span class="close">--two-words</span> here</code>' in html


def test_headings_have_addresses_of_their_own():
    prose = Prose()
    html = prose.html("# A\n\n## The $x$ of `b`\n\n## Same\n\n## Same")
    assert [name for _, name, _ in prose.headings] == ["a", "the-x-of-b", "same", "same-2"]
    assert '<h2 id="same-2">Same</h2>' in html


def test_docstrings_keep_the_lines_that_were_meant():
    shown = docstrings.render(
        "First line that is long enough to be broken only because there was no room for any more words\n"
        "on it.\n\nx (N) → y\nforward: y = x\n\n- one\n  more\n- two\n\n    code  here\n\n"
        "name    columns\nb       c <d>"
    )
    assert "any more words on it." in shown
    assert "<p>x (N) → y\nforward: y = x</p>" in shown
    assert "<ul><li>one more</li><li>two</li></ul>" in shown
    assert '<pre class="plain">    code  here</pre>' in shown
    assert '<pre class="plain">name    columns\nb       c &lt;d&gt;</pre>' in shown
    assert docstrings.first_sentence("All of\nit. The rest.") == "All of it."


# --- colours ---------------------------------------------------------------------------------------------


def colours(dark):
    """{name: "#rrggbb"} of the style sheet."""
    css = STYLE.read_text(encoding="utf-8")
    light, night = re.findall(r":root \{\s*(?:color-scheme: light dark;)?(.*?)\}", css, flags=re.DOTALL)[:2]
    found = dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6})", light))
    return {**found, **dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6})", night))} if dark else found


def contrast(one, other):
    """The ratio that WCAG 2 asks to be 4.5 or more for text."""

    def light(colour):
        parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
        r, g, b = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts)
        return 0.2126 * r + 0.7152 * g + 0.0722 * b

    high, low = sorted((light(one), light(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_every_colour_of_text_can_be_read_on_what_is_below_it(dark):
    found = colours(dark)
    assert contrast("#ffffff", "#000000") == pytest.approx(21)
    on_boxes = [name for name in found if name.startswith("token-")] + ["ink", "soft"]
    assert len(on_boxes) == 10
    pairs = [(name, "paper") for name in ("ink", "soft", "link", "accent")]
    pairs += [(name, below) for name in on_boxes for below in ("box", "mark")]
    assert [(*pair, contrast(*(found[n] for n in pair))) for pair in pairs
            if contrast(*(found[n] for n in pair)) < 4.5] == []  # fmt: skip


def test_the_index_is_the_road(site):
    html = text_of(site, "index.html")
    assert f"<title>{NAME}</title>" in html
    assert "pictures/01-small.png" in html
    assert "You see relu and the table" in html
    assert "isn’t it? Bread &amp; butter.</p>" in html
