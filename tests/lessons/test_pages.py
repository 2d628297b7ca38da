"""The pages beside the lessons: arrays in NumPy, and the table of symbols."""

import ast
import doctest
import re

import pytest

from lessons.road import HERE, lessons

FIRST = [one for one in lessons() if one.number <= 9]


def rows():
    """(symbol, meaning, shape, lessons) of the table of symbols."""
    text = (HERE / "symbols.md").read_text(encoding="utf-8")
    lines = (line for line in text.splitlines() if line.startswith("| $"))
    return [tuple(cell.strip() for cell in line.strip("| ").split(" | ")) for line in lines]


def markdown(one):
    parts = one.path.read_text(encoding="utf-8").split("# %%")
    return "\n".join(part for part in parts if part.startswith(" [markdown]"))


def test_what_the_page_on_arrays_says_is_so():
    assert doctest.testfile(str(HERE / "arrays.md"), module_relative=False).failed == 0


@pytest.mark.parametrize("one", FIRST, ids=lambda one: one.name)
def test_what_a_lesson_uses_of_numpy_is_explained(one):
    known = (HERE / "arrays.md").read_text(encoding="utf-8") + markdown(one)
    tree = ast.parse(one.path.read_text(encoding="utf-8"))
    used = {
        node.attr
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "np"
    }
    assert {name for name in used if not re.search(rf"\b{name}\b", known)} <= {"random", "lib", "linalg"}


def test_every_row_of_symbols_has_a_meaning_and_a_lesson_that_uses_it():
    texts = {one.number: one.path.read_text(encoding="utf-8") for one in lessons()}
    found = rows()
    assert len(found) > 60
    for row in found:
        assert len(row) in (3, 4), row
        symbol, numbers = row[0], [int(n) for n in re.findall(r"\d+", row[-1])]
        assert numbers, row
        assert set(numbers) <= set(texts), row
        for number in numbers:
            core = re.sub(r"\W", "", re.sub(r"\\(tilde|bar|lVert|rVert|lfloor|rfloor|sum|max)\b", "", symbol))
            assert not core or core[:1] in texts[number], row


@pytest.mark.parametrize("one", FIRST, ids=lambda one: one.name)
def test_single_letters_in_formulas_are_in_the_table(one):
    """Greek letters and capital ones; small ones are too often indices that a sentence explains."""
    displayed = re.findall(r"\$\$(.*?)\$\$", markdown(one), re.DOTALL)
    inside = re.findall(r"\$([^$]+)\$", re.sub(r"\$\$.*?\$\$", "", markdown(one), flags=re.DOTALL))
    formulas = " ".join([*displayed, *inside])
    formulas = re.sub(r"\\text\{[^}]*\}", " ", formulas)
    greek = set(re.findall(r"\\(alpha|beta|eta|varphi|varepsilon)\b", formulas))
    capital = set(re.findall(r"(?<![\\A-Za-z])([A-Z])(?![A-Za-z])", formulas))
    symbols = " ".join(row[0] for row in rows())
    assert {name for name in greek if f"\\{name}" not in symbols} == set()
    assert {name for name in capital if not re.search(rf"(?<![A-Za-z]){name}", symbols)} == set()
