"""A lesson's page, the road with all of them, and the pages of text beside it."""

import ast
import re
from html import escape, unescape

from PIL import Image

from ..road import EXERCISES
from . import addresses
from .cells import cells
from .code import block
from .docstrings import render
from .links import Links
from .page import NAME, contents, figure, page, text_of
from .prose import Prose

LEAD = (
    "A picture is an array of numbers. On this road a convolutional network is built from nothing, every "
    "derivative in it is found by hand and checked, and in the end it paints a photograph in the manner of "
    "a painting. Each lesson runs as a script and opens as a notebook; the numbers and pictures on these "
    "pages are those of a run."
)


def lesson_page(lesson, run, road, index):
    """HTML of a lesson as `run` left it; `road` is all lessons in order."""
    own, links, whole = cells(lesson.path.read_text(encoding="utf-8")), Links(index), Links(index)
    for cell in own:
        if not cell.markdown:
            whole.find(cell.text)  # prose may name what is imported further down
    prose = Prose(lambda words: _source(whole.meaning(words)), _lessons(road, lesson))
    title, body = f"{lesson.number}. {lesson.title}", []
    for cell in own:
        if cell.markdown:
            text = re.sub(r"\A# .+\n+", "", cell.text)
            before, heading, exercises = text.partition("## Exercises")
            body.append(prose.html(before))
            if heading:
                prose.link = _stubs(lesson)
                body.append(prose.html(heading + exercises))
        else:
            body.append(code_cell(cell, run, links))
    at = road.index(lesson)
    near = [(addresses.of_lesson(one), f"{one.number}. {one.title}") for one in road]
    head = (
        f'<p class="step">Lesson {lesson.number} of {road[-1].number}</p>\n<h1>{escape(lesson.title)}</h1>\n'
        f"{contents(prose.headings)}\n"
    )
    notebook = f"notebooks/{lesson.name}.ipynb"
    foot = f'<p class="aside"><a href="{notebook}" download="">This lesson as a notebook</a></p>'
    return page(
        title,
        "<article>\n" + head + "\n".join(body) + stubs(lesson) + foot + "\n</article>",
        before=near[at - 1] if at else None,
        after=near[at + 1] if at + 1 < len(road) else None,
        kind="lesson",
        description=goal(lesson),
    )


def code_cell(cell, run, links):
    """Code with its links, and what came of it."""
    found = [(start, end, *_source(target)) for start, end, target in links.find(cell.text)]
    parts = [block(cell.text, found)]
    for output in run.of(cell):
        if output.picture:
            with Image.open(run.folder / output.picture) as image:
                parts.append(figure(f"pictures/{output.picture}", output.caption, image.size))
        elif output.text.strip():
            parts.append(f'<pre class="output"><samp>{escape(output.text.strip(chr(10)))}</samp></pre>')
    return '<div class="cell">\n' + "\n".join(parts) + "\n</div>"


def stubs(lesson):
    """The exercises as they are handed out."""
    text = EXERCISES.joinpath(lesson.path.name).read_text(encoding="utf-8")
    tree = ast.parse(text)
    nodes = {node.name: node for node in tree.body if isinstance(node, (ast.FunctionDef, ast.ClassDef))}
    parts = ['<h3 id="given">What you are given</h3>', render(ast.get_docstring(tree) or "")]
    for exercise in lesson.exercises:
        code = ast.get_source_segment(text, nodes[exercise.name])
        parts.append(f'<h4 id="exercise-{exercise.number}">{exercise.number} {escape(exercise.title)}</h4>')
        parts.append(block(code, label=f"Exercise {exercise.number}"))
    return '<section class="stubs">\n' + "\n".join(parts) + "\n</section>\n"


def road_page(road, runs):
    """The index: every lesson with its goal and a picture."""
    items = []
    for number, lesson in enumerate(road):
        shown = _richest_picture(runs[lesson], eager=number < 2)
        items.append(
            f'<li><a href="{addresses.of_lesson(lesson)}">{shown}'
            f'<h2><span class="number">{lesson.number}</span> {escape(lesson.title)}</h2></a>\n'
            f"<p>{escape(goal(lesson))}</p></li>"
        )
    body = f'<h1>{NAME}</h1>\n<p class="lead">{escape(LEAD)}</p>\n<ol class="road">\n' + "\n".join(items)
    return page(NAME, body + "\n</ol>", here="index.html", kind="index", description=LEAD)


def _richest_picture(run, eager):
    """The picture with most to see on it, which is the one that takes most bytes; "" where there is none."""
    pictures = [output for output in run.outputs if output.picture]
    if not pictures:
        return ""
    chosen = max(pictures, key=lambda output: (run.folder / output.picture).stat().st_size)
    with Image.open(run.folder / chosen.picture) as image:
        shown = figure(f"pictures/{chosen.picture}", chosen.caption, image.size, eager=eager)
    return re.sub(r"<figcaption>.*</figcaption>", "", shown)


def text_page(path, road, index):
    """A file of Markdown beside the lessons as a page."""
    text = path.read_text(encoding="utf-8")
    links = Links(index)
    prose = Prose(lambda words: _source(links.meaning(words)), _lessons(road), _to_page)
    body = prose.html(text)
    title = text_of(next(shown for level, _, shown in prose.headings if level == 1))
    name = f"{path.stem}.html"
    body = re.sub(r"(</h1>)", lambda m: f"{m[1]}\n{contents(prose.headings)}", body, count=1)
    return page(title, f"<article>\n{body}</article>", here=name, kind="tables")


def goal(lesson):
    """What the lesson says about itself first, as plain text."""
    first = next(cell.text for cell in cells(lesson.path.read_text(encoding="utf-8")) if cell.markdown)
    paragraph = re.split(r"\n\s*\n", re.sub(r"\A# .+\n+", "", first))[0]
    return unescape(
        text_of(Prose().parser.renderInline(re.sub(r"^\*\*Goal\.\*\*\s*", "", paragraph)))
    ).strip()


def _source(target, up=""):
    return target and (addresses.of_source(target, up), addresses.told(target))


def _lessons(road, here=None):
    """number → (address, title) of another lesson."""
    known = {one.number: (addresses.of_lesson(one), one.title) for one in road if one is not here}
    return known.get


def _stubs(lesson):
    """name → the exercise of that name, further down on the page."""
    known = {one.name: (f"#exercise-{one.number}", one.title) for one in lesson.exercises}
    return lambda words: known.get(words.removesuffix("()"))


def _to_page(address):
    """A link to another file of Markdown leads to its page."""
    return re.sub(r"^([\w-]+)\.md(?=#|$)", r"\1.html", address)
