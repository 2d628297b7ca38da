"""Every exercise of every lesson: stubs fail, right answers pass, known mistakes are rejected and recognised.

Nothing is listed here: what `lessons/` declares is what is tested.
"""

import ast
import functools
import inspect

import pytest

from lessons.road import EXERCISES, EXPECTED, HERE, PARTS, SOLUTIONS, lessons
from lessons.tutor.examine import examine
from lessons.tutor.exercise import load_file
from lessons.tutor.outcome import alike, run

LESSONS = {one.name: one for one in lessons()}
ASKED = {exercise.number: exercise for one in lessons() for exercise in one.exercises}
LEAST_MISTAKES, LEAST_RECOGNISED = 4, 0.8


def each(kind):
    """(exercise, entry) for every entry of its list of that kind."""
    return [
        pytest.param(exercise, entry, id=f"{number}-{getattr(entry, 'function', entry).__name__}")
        for number, exercise in ASKED.items()
        for entry in getattr(exercise, kind)
    ]


@functools.cache
def looked_at(number, function):
    """The verdict on a wrong answer; several tests ask for it."""
    return examine(ASKED[number], function)


def diagnosis(exercise, function):
    """The explanation of a function's mistake; fails where the function passes."""
    verdict = looked_at(exercise.number, function)
    assert verdict.status in ("wrong", "error"), f"{function.__name__} passes"
    return verdict.explanation


def test_every_file_belongs_to_a_lesson_that_has_all_of_them():
    for folder in (HERE, *PARTS):
        assert {path.stem for path in folder.glob("[0-9]*.py")} == set(LESSONS), folder.name
    assert {path.stem for path in EXPECTED.glob("*.json")} == set(LESSONS)


@pytest.mark.parametrize("name", LESSONS)
def test_a_lesson_has_two_to_five_exercises_each_once_in_every_file(name):
    one = LESSONS[name]
    names = [exercise.name for exercise in one.exercises]
    assert 2 <= len(names) <= 5
    for folder in (EXERCISES, SOLUTIONS):
        tree = ast.parse((folder / f"{name}.py").read_text(encoding="utf-8"))
        defined = [node.name for node in tree.body if isinstance(node, (ast.FunctionDef, ast.ClassDef))]
        assert [n for n in defined if n in names] == names, f"{folder.name}: another order, or one is missing"
    stubs = {
        n.name
        for n in ast.parse((EXERCISES / f"{name}.py").read_text(encoding="utf-8")).body
        if hasattr(n, "name")
    }
    assert stubs == set(names)


@pytest.mark.parametrize("exercise", ASKED.values(), ids=ASKED)
def test_a_stub_explains_itself_and_fails(exercise):
    one = next(one for one in lessons() if exercise in one.exercises)
    stub = getattr(load_file(EXERCISES / f"{one.name}.py", f"stub_{one.name}"), exercise.name)
    assert inspect.signature(stub) == inspect.signature(exercise.solution)
    assert len(stub.__doc__.split()) >= 20
    assert examine(exercise, stub).status == "unwritten"


@pytest.mark.parametrize("exercise", ASKED.values(), ids=ASKED)
def test_a_solution_passes_and_is_never_diagnosed(exercise):
    verdict = examine(exercise, exercise.solution)
    assert verdict.status == "right", verdict.details
    assert verdict.cases >= 5
    assert verdict.explanation == verdict.observation == ""


@pytest.mark.parametrize(("exercise", "alternative"), each("alternatives"))
def test_another_right_way_passes(exercise, alternative):
    verdict = examine(exercise, alternative)
    assert verdict.status == "right", verdict.details


@pytest.mark.parametrize(("exercise", "mistake"), each("mistakes"))
def test_a_known_mistake_is_rejected(exercise, mistake):
    diagnosis(exercise, mistake.function)


@pytest.mark.parametrize("exercise", ASKED.values(), ids=ASKED)
def test_an_exercise_knows_enough_mistakes_and_tells_them_apart(exercise):
    assert len(exercise.mistakes) >= LEAST_MISTAKES
    told = {m.function.__name__: diagnosis(exercise, m.function) for m in exercise.mistakes}
    wrong = {m.function.__name__ for m in exercise.mistakes if told[m.function.__name__] != m.explanation}
    assert len(wrong) <= (1 - LEAST_RECOGNISED) * len(told), f"told for something else: {sorted(wrong)}"


@pytest.mark.parametrize("exercise", ASKED.values(), ids=ASKED)
def test_hints_come_in_stages(exercise):
    assert len(exercise.hints) >= 2
    assert all(len(hint.split()) >= 5 for hint in exercise.hints)


def test_enough_mistakes_are_recognised_by_their_own_explanation():
    told = [
        diagnosis(exercise, mistake.function) == mistake.explanation
        for exercise in ASKED.values()
        for mistake in exercise.mistakes
    ]
    assert sum(told) >= LEAST_RECOGNISED * len(told)


def test_hard_exercises_are_tried_in_other_ways():
    """At least two other right ways for at least one exercise of every lesson."""
    for one in lessons():
        assert max(len(exercise.alternatives) for exercise in one.exercises) >= 2, one.name


@pytest.mark.parametrize("exercise", ASKED.values(), ids=ASKED)
def test_no_alternative_agrees_with_a_mistake_everywhere(exercise):
    """Or a right answer could be told that it is wrong, were the comparison a shade stricter."""
    cases = exercise.all_cases()
    for mistake in exercise.mistakes:
        theirs = [run(exercise, mistake.function, case) for case in cases]
        ours = [run(exercise, exercise.solution, case) for case in cases]
        if exercise.judge is None and not any(outcome.changed for outcome in theirs):
            assert not all(alike(t, o, 1e-6) for t, o in zip(theirs, ours, strict=True)), (
                mistake.function.__name__
            )
