"""Every lesson runs as a script, tells its key numbers, makes its pictures, and reads as it should."""

import ast
import copy
import re
import sys
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from PIL import Image

from lessons import record, road
from lessons.road import lessons
from minicnn.errors import MiniCNNError
from minicnn.parallel import thread_count

LESSONS = {one.name: one for one in lessons()}
HEADER = (
    "# ---\n# jupyter:\n#   jupytext:\n#     text_representation:\n#       extension: .py\n"
    "#       format_name: percent\n"
)
LONGEST, NINE, ALL = 60, 360, 600  # seconds: one lesson, the first nine, the whole road
ALLOWED = {*sys.stdlib_module_names, "numpy", "scipy", "PIL", "minicnn", "nst", "lessons"}


def cells(lesson):
    """[(whether it is Markdown, text)]; comment signs taken off Markdown."""
    found = []
    for part in re.split(r"^# %%", lesson.path.read_text(encoding="utf-8"), flags=re.MULTILINE)[1:]:
        head, _, body = part.partition("\n")
        markdown = "[markdown]" in head
        found.append((markdown, re.sub(r"^# ?", "", body, flags=re.MULTILINE) if markdown else body))
    return found


def prose(lesson):
    text = "\n".join(body for markdown, body in cells(lesson) if markdown)
    text = re.sub(r"\$\$.*?\$\$", " ", text, flags=re.DOTALL)
    return re.sub(r"\$[^$]*\$|`[^`]*`", " x ", text)


@pytest.fixture(scope="module")
def run(request, tmp_path_factory):
    """run(name) is (lesson, what a run of it told, its folder of pictures).

    Each lesson runs once, on one thread, and as many at a time as there are cores: those first that the tests
    chosen ask for, the long ones, which stand at the end of the road, before the short ones.
    """
    pool, futures = ThreadPoolExecutor(thread_count()), {}

    def begin(name):
        if name not in futures:
            folder = tmp_path_factory.mktemp(name)
            ran = pool.submit(record.run, LESSONS[name], folder, threads=1)
            futures[name] = ran, folder
        return futures[name]

    def ended(name):
        ran, folder = begin(name)
        return LESSONS[name], ran.result(), folder

    chosen = (getattr(item, "callspec", None) for item in request.session.items)
    asked = {spec.params["told"] for spec in chosen if spec and "told" in spec.params}
    for name in sorted(asked, reverse=True):
        begin(name)
    yield ended
    pool.shutdown(cancel_futures=True)


@pytest.fixture(scope="module", params=LESSONS)
def told(request, run):
    return run(request.param)


def test_it_runs_in_time_and_says_nothing_on_stderr(told):
    """Seconds of computing are counted, on one thread. On two cores of its own a lesson takes no longer by
    the clock, as it waits for nothing, while a busy machine draws the clock's seconds out."""
    _, result, _ = told
    assert result.code == 0, result.errors[-3000:]
    assert result.errors == ""
    assert 0 < result.seconds < LONGEST


def test_the_road_is_not_too_long(run):
    seconds = [run(name)[1].seconds for name in LESSONS]
    assert sum(seconds[:9]) < NINE
    assert sum(seconds) < ALL


def test_its_numbers_are_those_it_was_written_with(told):
    lesson, result, _ = told
    assert len(result.numbers) >= 3
    assert record.apart(lesson, result) == []


def test_its_pictures_are_there_and_show_something(told):
    lesson, result, folder = told
    assert result.pictures
    for name, caption in result.pictures:
        with Image.open(folder / name) as image:
            pixels = np.asarray(image)
        assert name.startswith(f"{lesson.number:02d}-")
        assert 300 <= pixels.shape[1] <= 1200
        assert pixels.std() > 5
        assert len(caption.split()) >= 5
    assert len({name for name, _ in result.pictures}) == len(result.pictures)


@pytest.mark.parametrize("name", LESSONS)
def test_it_is_a_notebook_of_a_thousand_words_or_two(name):
    lesson = LESSONS[name]
    text = lesson.path.read_text(encoding="utf-8")
    assert text.startswith(HEADER)
    found = cells(lesson)
    assert found[0][0]
    assert found[0][1].startswith(f"\n# {lesson.number}. {lesson.title}\n".lstrip("\n"))
    assert sum(not markdown for markdown, _ in found) >= 3
    assert 1000 <= len(re.findall(r"\w+", prose(lesson))) <= 2000


@pytest.mark.parametrize("name", LESSONS)
def test_its_formulas_close_and_its_last_words_are_a_summary_and_exercises(name):
    lesson = LESSONS[name]
    text = "\n".join(body for markdown, body in cells(lesson) if markdown)
    assert text.replace("$$", "").count("$") % 2 == 0
    assert text.count("$$") % 2 == 0
    assert text.count("{") == text.count("}")
    headings = re.findall(r"^## (.+)$", text, flags=re.MULTILINE)
    assert headings[-2:] == ["Summary", "Exercises"]
    last = text[text.rindex("## Exercises") :]
    assert f"python -m lessons check {lesson.number}" in last
    for exercise in lesson.exercises:
        assert exercise.number in last
        assert f"`{exercise.name}`" in last


@pytest.mark.parametrize("name", LESSONS)
def test_no_lesson_imports_another_or_an_answer(name):
    imports = re.findall(
        r"^\s*(?:from|import) (lessons[\w.]*)", LESSONS[name].path.read_text(encoding="utf-8"), re.MULTILINE
    )
    assert imports, "the first import from lessons is what lets it run as a script"
    helpers = ("blackboard", "drawing", "elsewhere", "scene")
    assert set(imports) <= {f"lessons.{helper}" for helper in helpers}
    tree = ast.parse(LESSONS[name].path.read_text(encoding="utf-8"))
    modules = {a.name for node in ast.walk(tree) if isinstance(node, ast.Import) for a in node.names}
    modules |= {node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    assert {module.split(".")[0] for module in modules} <= ALLOWED


def test_a_number_that_changed_is_found(run):
    one, ran, _ = run(next(iter(LESSONS)))
    result = ran._replace(numbers=copy.deepcopy(ran.numbers))
    name = next(n for n, number in result.numbers.items() if "within" in number)
    result.numbers[name]["value"] = (np.asarray(result.numbers[name]["value"]) * 1.001 + 0.001).tolist()
    assert [line.split(":")[0] for line in record.apart(one, result)] == [name]
    del result.numbers[name]
    assert record.apart(one, result) == [f"{name}: told no more"]


def test_an_unknown_lesson_is_refused_by_name():
    with pytest.raises(MiniCNNError, match="lesson 99: expected one of"):
        road.lesson(99)
