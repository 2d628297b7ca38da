"""Building: what is run again and what is kept, what is refused, what an interruption leaves."""

import json
import os
import textwrap

import pytest

pytest.importorskip("markdown_it")
pytest.importorskip("mdit_py_plugins")
pytest.importorskip("latex2mathml")
pytest.importorskip("pygments")

from lessons import cli
from lessons.errors import LessonError
from lessons.site import build, runs
from lessons.site.folder import Folder
from lessons.site.notebooks import notebook

from .conftest import STUB, stub


@pytest.fixture
def ran(small, tmp_path):
    """(the small lesson, its Run, the folder of runs)."""
    kept = tmp_path / "kept"
    return small, runs.run(small, kept), kept


def files(folder):
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}


# --- runs ------------------------------------------------------------------------------------------------


def test_a_run_is_kept_until_the_lesson_changes(ran, monkeypatch):
    lesson, first, kept = ran
    assert first.fresh
    assert [bool(output.picture) for output in first.outputs] == [False, True, False, False]
    monkeypatch.setattr(runs, "_make", None)
    assert runs.run(lesson, kept) == first._replace(fresh=False)
    monkeypatch.undo()
    changed = stub(lesson.path.parent, STUB.replace("before the picture", "something else"))
    again = runs.run(changed, kept)
    assert again.fresh
    assert again.outputs[0].text == "something else\n"
    assert [path.name for path in kept.iterdir()] == [again.folder.name]


def test_a_run_is_made_again_when_a_package_changes_or_a_picture_is_gone(ran, monkeypatch):
    lesson, first, kept = ran
    before = runs.key(lesson)
    monkeypatch.setattr(runs, "LIBRARIES", ("numpy",))
    assert runs.key(lesson) != before
    monkeypatch.undo()
    first.folder.joinpath("01-small.png").unlink()
    assert runs.run(lesson, kept).fresh


def test_a_damaged_run_is_made_again(ran):
    lesson, first, kept = ran
    first.folder.joinpath("run.json").write_text('{"seconds": 1', encoding="utf-8")
    assert runs.run(lesson, kept).fresh


def test_a_lesson_that_stops_is_told_with_its_line_and_leaves_nothing(tmp_path):
    text = STUB.replace("y, mask = ops.relu(F)", "y, mask = ops.relu(F)\n    1 / 0")
    lesson, kept = stub(tmp_path, text), tmp_path / "kept"
    line = textwrap.dedent(text).lstrip("\n").split("\n").index("1 / 0") + 1
    with pytest.raises(
        LessonError, match=rf"lesson 1: stops at line {line}: ZeroDivisionError: division by zero"
    ):
        runs.run(lesson, kept)
    assert not any(kept.iterdir())


def test_an_interrupted_run_leaves_nothing(small, tmp_path, monkeypatch):
    def interrupted(lesson, folder):
        folder.joinpath("01-half.png").write_bytes(b"half")
        raise KeyboardInterrupt

    monkeypatch.setattr(runs, "_make", interrupted)
    with pytest.raises(KeyboardInterrupt):
        runs.run(small, tmp_path / "kept")
    assert not any((tmp_path / "kept").iterdir())


# --- the folder ------------------------------------------------------------------------------------------


def test_a_folder_of_other_files_is_refused_and_stays_as_it_is(tmp_path):
    tmp_path.joinpath("mine.txt").write_text("mine", encoding="utf-8")
    with pytest.raises(LessonError, match="there are other files in this folder; name a new one"):
        Folder(tmp_path)
    assert files(tmp_path) == {"mine.txt"}


def test_a_file_and_a_place_below_a_file_are_refused(tmp_path):
    file = tmp_path / "file"
    file.write_text("x", encoding="utf-8")
    with pytest.raises(LessonError, match="expected a folder, this is a file"):
        Folder(file)
    with pytest.raises(LessonError, match="cannot be written"):
        Folder(file / "below")


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="nothing is forbidden to root")
def test_a_folder_that_cannot_be_written_is_refused(tmp_path):
    tmp_path.chmod(0o500)
    with pytest.raises(LessonError, match="cannot be written"):
        Folder(tmp_path / "new")


def test_what_an_earlier_build_wrote_goes_and_what_others_wrote_stays(tmp_path):
    first = Folder(tmp_path / "out")
    first.write("old/page.html", "old")
    first.write("same.html", "same")
    first.tidy("site")
    (first.path / "mine.txt").write_text("mine", encoding="utf-8")
    notebooks = Folder(first.path)
    notebooks.write("a.ipynb", "{}")
    notebooks.tidy("notebooks")
    second = Folder(first.path)
    second.write("same.html", "same")
    second.write("new.html", "new")
    assert second.changed == 1
    second.tidy("site")
    assert files(first.path) == {"same.html", "new.html", "mine.txt", "a.ipynb", ".kept/files.json"}
    assert not (first.path / "old").exists()


def test_a_list_of_files_that_leads_out_deletes_nothing_outside(tmp_path):
    outside = tmp_path / "outside.html"
    outside.write_text("x", encoding="utf-8")
    first = Folder(tmp_path / "out")
    first.kept.joinpath("files.json").write_text(json.dumps({"site": ["../outside.html"]}), encoding="utf-8")
    Folder(first.path).tidy("site")
    assert outside.exists()


def test_an_interruption_leaves_the_page_as_it_was(tmp_path, monkeypatch):
    folder = Folder(tmp_path / "out")
    folder.write("page.html", "before")

    def interrupted(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "replace", interrupted)
    with pytest.raises(KeyboardInterrupt):
        folder.write("page.html", "after")
    assert (folder.path / "page.html").read_text(encoding="utf-8") == "before"
    assert files(folder.path) == {"page.html"}


# --- the commands ----------------------------------------------------------------------------------------


def test_a_second_build_writes_nothing(site, monkeypatch):
    folder, lessons = site
    really = runs.run

    def run(lesson, kept):
        return really(lesson, kept) if lesson is lessons[0] else runs.Run(kept, [], 0, False)

    before = {path: path.stat().st_mtime_ns for path in folder.rglob("*.html")}
    monkeypatch.setattr(runs, "run", run)
    monkeypatch.setattr(runs, "_make", None)
    again = build.build(folder, lessons)
    assert again.changed == 0
    assert {path: path.stat().st_mtime_ns for path in folder.rglob("*.html")} == before


def test_notebooks_from_the_command_line(small, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(build, "lessons", lambda: [small])
    out = tmp_path / "books"
    assert cli.main(["notebooks", str(out)]) == 0
    told = capsys.readouterr()
    assert told.out.startswith(f"{out}: 1 notebook")
    assert "A small lesson" in told.err
    assert " s\n" in told.err
    assert files(out) >= {"01_pixels.ipynb"}
    assert cli.main(["notebooks", str(out)]) == 0
    assert "as before" in capsys.readouterr().err


def test_what_is_missing_is_told_in_one_line(tmp_path, monkeypatch, capsys):
    found = build.util.find_spec
    monkeypatch.setattr(build.util, "find_spec", lambda name: None if name == "latex2mathml" else found(name))
    assert cli.main(["build", str(tmp_path / "out")]) == 2
    said = capsys.readouterr().err
    assert said.startswith("lessons: building the site needs latex2mathml: python -m pip install ")
    assert said.count("\n") == 1
    assert not (tmp_path / "out").exists()


# --- notebooks -------------------------------------------------------------------------------------------


def test_a_notebook_has_every_cell_and_what_came_of_it(ran):
    lesson, run, _ = ran
    book = json.loads(notebook(lesson, run))
    kinds = [cell["cell_type"] for cell in book["cells"]]
    assert kinds == ["markdown", "code", "markdown", "code", "markdown"]
    assert "".join(book["cells"][0]["source"]).startswith("# 1. A small lesson\n\n**Goal.**")
    first, second = book["cells"][1], book["cells"][3]
    assert [output["output_type"] for output in first["outputs"]] == [
        "stream",
        "display_data",
        "stream",
        "stream",
    ]
    assert first["outputs"][1]["data"]["image/png"].startswith("iVBORw0KGgo")
    assert second["execution_count"] == 2
    assert "".join(second["outputs"][0]["text"]) == "30.0 check\n"


def test_a_notebook_is_valid(ran):
    nbformat = pytest.importorskip("nbformat")
    lesson, run, _ = ran
    book = nbformat.reads(notebook(lesson, run), as_version=4)
    nbformat.validate(book)
    assert book.metadata.kernelspec.name == "python3"
