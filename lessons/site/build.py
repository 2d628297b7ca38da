"""Runs what has to be run and writes the site or the notebooks, a line on stderr for each lesson."""

import hashlib
import sys
from importlib import util
from pathlib import Path

from ..errors import LessonError
from ..road import HERE, lessons
from . import names, runs
from .folder import KEPT, Folder
from .notebooks import notebook

PAGES = Path(__file__).parent  # what makes the pages

NEEDED = {
    "markdown_it": "markdown-it-py",
    "mdit_py_plugins": "mdit-py-plugins",
    "latex2mathml": "latex2mathml",
    "pygments": "Pygments",
}
TEXTS = ("arrays.md", "symbols.md", "coming_from.md")


def build(out, road=None):
    """The whole site in the folder `out`; returns the Folder."""
    check_needed()
    from .lesson import lesson_page, road_page, text_page
    from .page import ICON, STYLE

    road, folder, told = list(lessons() if road is None else road), Folder(out), {}
    index = names.read()
    folder.write("site.css", STYLE.read_bytes())
    folder.write("icon.svg", ICON)
    _write_packages(folder, index)
    for name in TEXTS:
        folder.write(name.replace(".md", ".html"), text_page(HERE / name, road, index))
    for lesson, run in _runs(road, folder):
        told[lesson] = run
        for output in run.outputs:
            if output.picture:
                folder.write(f"pictures/{output.picture}", (run.folder / output.picture).read_bytes())
        folder.write(f"notebooks/{lesson.name}.ipynb", notebook(lesson, run))
        folder.write(f"{lesson.name}.html", lesson_page(lesson, run, road, index))
    folder.write("index.html", road_page(road, told))
    folder.tidy("site")
    return folder


def _write_packages(folder, index):
    """Sources and reference; left alone if nothing that they come from has changed."""
    from . import reference
    from .source import source_page

    total = hashlib.sha256()
    for path in [module.path for module in index.modules.values()] + sorted(PAGES.glob("*.py")):
        total.update(path.read_bytes())
    if folder.keeps("packages", total.hexdigest(), ("source/", "reference/")):
        return
    for module in index.modules.values():
        folder.write(f"source/{module.name}.html", source_page(module, index))
    found = reference.packages(index)
    near = [None, *((f"{package}.html", package) for package in found), None]
    for place, (package, modules) in enumerate(found.items()):
        html = reference.package_page(package, modules, index, near[place], near[place + 2])
        folder.write(f"reference/{package}.html", html)
    folder.write("reference/index.html", reference.all_modules_page(index))
    folder.write(f"{KEPT}/packages", total.hexdigest())


def notebooks(out, road=None):
    """The lessons as executed notebooks in the folder `out`; returns the Folder."""
    folder = Folder(out)
    for lesson, run in _runs(list(lessons() if road is None else road), folder):
        folder.write(f"{lesson.name}.ipynb", notebook(lesson, run))
    folder.tidy("notebooks")
    return folder


def check_needed():
    """What the pages are made with is installed, or there is one line about it."""
    missing = [name for module, name in NEEDED.items() if util.find_spec(module) is None]
    if missing:
        raise LessonError(
            f"building the site needs {', '.join(missing)}: "
            f"python -m pip install {' '.join(NEEDED.values())}, or this package with its extra [site]"
        )


def _runs(road, folder):
    """(lesson, Run) one after another, telling how each goes."""
    for lesson in road:
        print(f"{lesson.number:>3}  {lesson.title:<44}", end="", file=sys.stderr, flush=True)
        try:
            run = runs.run(lesson, folder.kept / "runs")
        except BaseException:
            print(file=sys.stderr)  # what follows begins a line of its own
            raise
        print(f"  {run.seconds:.0f} s" if run.fresh else "  as before", file=sys.stderr, flush=True)
        yield lesson, run
