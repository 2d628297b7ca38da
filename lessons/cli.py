"""The command line of the lessons.

Exit codes: 0 done, or all solved; 1 not all solved; 2 refused, with one line on stderr; 130 Ctrl-C.
"""

import argparse
import inspect
import os
import subprocess
import sys

from minicnn.errors import MiniCNNError

from . import record
from .blackboard import PICTURES
from .errors import LessonError
from .road import exercise, lesson, lessons
from .site import build
from .tutor import folder as folders
from .tutor import report
from .tutor.supervise import verdicts


class Parser(argparse.ArgumentParser):
    """Refuses in one line."""

    def error(self, message):
        raise LessonError(f"{message}; {self.prog} --help explains")


def main(arguments=None):
    """Run one command; returns the exit code."""
    try:
        chosen = parser().parse_args(arguments)
        return COMMANDS[chosen.command](chosen)
    except MiniCNNError as error:
        print(f"lessons: {' '.join(str(error).split())}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1


def parser():
    whole = Parser(
        prog="python -m lessons",
        description="From one pixel to a painting, with a checker that knows your mistake.",
        epilog="Begin with: python -m lessons start my-answers",
    )
    whole.set_defaults(command="list", dir=None)
    commands = whole.add_subparsers(metavar="COMMAND", dest="command_name")

    def command(name, line):
        of_command = commands.add_parser(name, help=line, description=line[0].upper() + line[1:] + ".")
        of_command.set_defaults(command=name)
        return of_command

    def with_folder(of_command):
        of_command.add_argument("--dir", help="your folder (default: this one, or ./my-answers)")
        return of_command

    with_folder(command("list", "the lessons, and how far you are"))
    start = command("start", "a folder of your own with the exercises; nothing is overwritten")
    start.add_argument("dir", nargs="?", default=folders.USUAL, metavar="DIR", help="default: my-answers")
    check = with_folder(command("check", "whether your answers are right, and what is wrong if not"))
    check.add_argument("which", nargs="*", metavar="NN[.K]", help="a lesson or an exercise (default: all)")
    check.add_argument(
        "--hint", action="store_true", help="a hint for the first one unsolved; again for the next"
    )
    solution = with_folder(command("solution", "our answer, once you have tried"))
    solution.add_argument("which", metavar="NN.K")
    run = command("run", "run a lesson: its text, numbers and pictures")
    run.add_argument("which", metavar="NN")
    run.add_argument("--pictures", metavar="DIR", help="where its pictures go (default: ./lesson-pictures)")
    run.add_argument("--record", action="store_true", help="keep its key numbers as those the tests expect")
    site = command("build", "all lessons as a site to read, with what they print and show when they run")
    site.add_argument("out", metavar="OUT", help="a new or empty folder, or one that was built before")
    notebooks = command("notebooks", "all lessons as notebooks that have been run")
    notebooks.add_argument("out", metavar="OUT", help="a new or empty folder, or one that was built before")
    return whole


def list_lessons(chosen):
    try:
        folder = folders.find(chosen.dir)
    except LessonError:
        if chosen.dir is not None:
            raise
        folder = None
    for one in lessons():
        line = f"{one.number:>3}  {one.title:<44}"
        if folder:
            solved = [folder.note(e.number)["solved"] for e in one.exercises]
            line += f"  {sum(solved)} of {len(solved)} solved"
        print(line.rstrip())
    print()
    if folder:
        print("python -m lessons check NN looks at your answers; python lessons/NN_name.py runs a lesson.")
    else:
        print("python -m lessons start DIR makes a folder of your own with the exercises.")
    return 0


def start(chosen):
    new = folders.start(chosen.dir)
    print(f"{chosen.dir}: {len(new)} exercise files copied" if new else f"{chosen.dir}: nothing was missing")
    where = "" if chosen.dir == folders.USUAL else f" --dir {chosen.dir}"
    print(
        f"Read lessons/01_pixels.py, write the functions in {chosen.dir}, then:\n"
        f"python -m lessons check 1{where}"
    )
    return 0


def check(chosen):
    folder = folders.find(chosen.dir)
    wanted = _wanted(chosen.which)
    unsolved = []
    for one, exercises in wanted:
        file = folder.file(one)
        print(f"Lesson {one.number}. {one.title}   ({file})\n")
        found = verdicts(exercises, file)
        for asked, verdict in zip(exercises, found, strict=True):
            note = folder.note(asked.number)
            note["tries"] += verdict.status not in ("unwritten", "missing", "broken")
            note["solved"] = verdict.status == "right"
            if not note["solved"]:
                unsolved.append(asked)
        print("\n".join(report.page(exercises, found)), end="\n\n", flush=True)
        folder.save()
    total = sum(len(exercises) for _, exercises in wanted)
    print(f"{total - len(unsolved)} of {total} solved.")
    if unsolved and chosen.hint:
        print("\n".join(_hint(folder, unsolved[0])))
    elif unsolved:
        print("--hint gives a hint, and the next one when asked again.")
    return 1 if unsolved else 0


def _wanted(which):
    """[(lesson, [exercise])] in order."""
    if not which:
        return [(one, one.exercises) for one in lessons()]
    wanted = {}
    for number in which:
        exercises = [exercise(number)] if "." in number else lesson(number).exercises
        chosen = wanted.setdefault(lesson(number.partition(".")[0]), [])
        chosen += [e for e in exercises if e not in chosen]
    return list(wanted.items())


def _hint(folder, asked):
    note, count = folder.note(asked.number), len(asked.hints)
    note["hints"] = min(note["hints"] + 1, count + 1)
    folder.save()
    told = [
        f"Hint {k + 1} of {count} for {asked.number}: {hint}"
        for k, hint in enumerate(asked.hints[: note["hints"]])
    ]
    if note["hints"] > count:
        told.append(f"That was the last one; python -m lessons solution {asked.number} shows our answer.")
    return [line for text in told for line in report.wrapped(" ".join(text.split()))]


def solution(chosen):
    asked = exercise(chosen.which)
    if not folders.find(chosen.dir).note(asked.number)["tries"]:
        raise LessonError(
            f"{asked.number}: write {asked.name} your own way first and check it; then ours is yours to read"
        )
    print(inspect.getsource(asked.solution), end="")
    return 0


def run(chosen):
    if chosen.record:
        return _record(lesson(chosen.which), chosen.pictures or PICTURES)
    environment = dict(os.environ)
    if chosen.pictures:
        environment["LESSON_PICTURES"] = chosen.pictures
    return subprocess.run([sys.executable, str(lesson(chosen.which).path)], env=environment).returncode


def _record(one, pictures):
    told = record.run(one, pictures)
    print(told.text + told.errors, end="")
    if told.code == 0:
        record.keep(one, told)
        print(f"{len(told.numbers)} numbers kept in {record.EXPECTED / one.name}.json")
    return told.code


def build_site(chosen):
    made = build.build(chosen.out)
    print(f"{made.path / 'index.html'}: {len(made.written)} files, {made.changed} of them written anew")
    return 0


def build_notebooks(chosen):
    made = build.notebooks(chosen.out)
    count = len([name for name in made.written if name.endswith(".ipynb")])
    print(
        f"{made.path}: {count} notebook{'s' * (count != 1)}, to be run wherever these lessons can be imported"
    )
    return 0


COMMANDS = {
    "list": list_lessons,
    "start": start,
    "check": check,
    "solution": solution,
    "run": run,
    "build": build_site,
    "notebooks": build_notebooks,
}
