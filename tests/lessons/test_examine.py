"""Answers judged in this process: every kind of result, and what is said about it."""

import numpy as np
import pytest

from lessons import elsewhere
from lessons.road import lessons
from lessons.tutor import given
from lessons.tutor.examine import examine
from lessons.tutor.exercise import SEEDS, Exercise, directly

ASKED = {exercise.number: exercise for one in lessons() for exercise in one.exercises}


class Agreeable(np.ndarray):
    """Agrees with everything."""

    def __ne__(self, other):
        return np.zeros(self.shape, bool)

    def __rsub__(self, other):
        return np.zeros(self.shape)

    def astype(self, dtype):
        return self


def make(solution, cases=None, **options):
    """An exercise whose cases are the same for every seed."""
    cases = cases or [given(np.arange(6.0).reshape(2, 3))]
    settings = {"tolerance": 1e-9, "use": directly, "judge": None, "may_change": (), "returns": (), **options}
    made = Exercise("9.9", "f", "title", "small arrays", ("hint",), solution, **settings)
    made.cases(lambda rng: iter(cases))
    return made


def told(exercise, function):
    verdict = examine(exercise, function)
    return verdict.status, " ".join(verdict.details), verdict.explanation or verdict.observation


def test_of_several_results_the_wrong_one_is_named():
    exercise = make(lambda x: (x, 2 * x, x.sum()), returns=("dx", "dw", "db"))
    status, details, seen = told(exercise, lambda x: (x, 4 * x, x.sum()))
    assert status == "wrong"
    assert "expected dw =" in details
    assert "first difference at dw[0, 1]: expected 2, got 4" in details
    assert "right: dx, db" in details
    assert seen == "In dw: Every entry is 2 times what it should be."
    _, details, _ = told(exercise, lambda x: (2 * x, 4 * x, x.sum()))
    assert "also different: dw" in details
    assert "expected 3 results, got 2" in told(exercise, lambda x: (x, x))[1]
    assert "expected 3 results, a tuple, got 1.0 (float)" in told(exercise, lambda x: 1.0)[1]
    assert told(exercise, lambda x: [x, 2 * x, x.sum()])[0] == "right"


def test_dicts_are_compared_by_key():
    exercise = make(lambda x: {"a": x, "b": x.sum()})
    assert told(exercise, lambda x: {"b": x.sum(), "a": x})[0] == "right"
    assert "['b']" in told(exercise, lambda x: {"a": x, "b": 0})[1]
    assert "expected a dict with the keys 'a', 'b', got the keys 'a'" in told(exercise, lambda x: {"a": x})[1]


@pytest.mark.parametrize(
    ("solution", "answer", "status"),
    [
        (lambda x: 3, lambda x: np.int64(3), "right"),
        (lambda x: 3, lambda x: np.array(3), "right"),
        (lambda x: 3, lambda x: 3.0, "wrong"),
        (lambda x: 3, lambda x: "3", "wrong"),
        (lambda x: 2_000_000_000, lambda x: 2_000_000_001, "wrong"),
        (lambda x: 3.0, lambda x: 3, "right"),
        (lambda x: 3.0, lambda x: np.array([3.0]), "wrong"),
        (lambda x: True, lambda x: np.True_, "right"),
        (lambda x: True, lambda x: False, "wrong"),
        (lambda x: "yes", lambda x: "yes", "right"),
        (lambda x: "yes", lambda x: "no", "wrong"),
        (lambda x: x > 1, lambda x: (x > 1).astype(float), "wrong"),  # no index: z[mask] fails
        (lambda x: x > 1, lambda x: (x > 1).astype(int), "wrong"),  # an index to something else
        (lambda x: x.astype(np.uint8), lambda x: x, "wrong"),  # no picture
        (lambda x: x.astype(np.uint8), lambda x: x.astype(int), "wrong"),
        (lambda x: x.astype(np.uint8), lambda x: x.astype(np.uint8), "right"),
        (lambda x: x > 1, lambda x: x >= 1, "wrong"),
        (lambda x: x * np.nan, lambda x: x * np.nan, "right"),
        (lambda x: x * np.nan, lambda x: x, "wrong"),
        (lambda x: x * 0, lambda x: x * 1e-17, "right"),
        (lambda x: x * 0, lambda x: x * 1e-9, "wrong"),
        (lambda x: x, lambda x: x.astype(int), "right"),
        (lambda x: x, lambda x: x[::-1][::-1], "right"),
        (lambda x: x, lambda x: x * (1 + 1e-14), "right"),
        (lambda x: x, lambda x: x * (1 + 1e-8), "wrong"),
        (lambda x: x, lambda x: x.astype(np.float32), "wrong"),
        (lambda x: x, lambda x: np.ma.masked_array(x), "right"),
        (lambda x: x, lambda x: np.ma.masked_array(0 * x, mask=True), "wrong"),
        (lambda x: x, lambda x: (0 * x).view(Agreeable), "wrong"),
        (lambda x: x, lambda x: x.view(Agreeable), "right"),
        (lambda x: x, lambda x: np.asfortranarray(x), "right"),
        (lambda x: x, lambda x: np.asmatrix(x), "right"),
        (lambda x: x, lambda x: x.tolist(), "wrong"),
        (lambda x: x[:1], lambda x: x, "wrong"),  # shapes that broadcast are not the same
        (lambda x: x, lambda x: x[:1], "wrong"),
        (lambda x: x * 0, lambda x: 0.0, "wrong"),
        (lambda x: 1 / 0, lambda x: 1 / 0, "right"),
        (lambda x: 1 / 0, lambda x: x, "wrong"),
    ],
)
def test_what_counts_as_the_same(solution, answer, status):
    exercise = make(solution)
    assert told(exercise, answer)[0] == status
    assert told(exercise, solution)[0] == "right"


def test_answers_in_another_precision_are_told_so():
    cases = [given(np.random.default_rng(0).standard_normal((3, 4)))]
    exercise = make(lambda x: x.T @ x, cases)
    assert (
        "computed in float32" in told(exercise, lambda x: (np.float32(x).T @ np.float32(x)).astype(float))[2]
    )
    assert "expected dtype float64, as the input has" in told(exercise, lambda x: np.float32(x.T @ x))[1]


@pytest.mark.parametrize(
    "write",
    [
        lambda plan: plan.append(3),
        lambda plan: plan.__setitem__(0, 3),
        lambda plan: plan[1].__setitem__(0, 3.0),
    ],
)
def test_writing_to_any_part_of_an_input_is_found(write):
    def answer(plan):
        size = len(plan)
        write(plan)
        return size

    exercise = make(len, [given([1, np.ones(2), "pool"])])
    assert "wrote to its input" in told(exercise, answer)[1]


def test_what_is_remembered_by_shape_or_by_seed_does_not_pass():
    exercise, known = ASKED["8.1"], {}

    def remembered(activation):
        return known.setdefault(activation.shape, exercise.solution(activation))

    assert told(exercise, remembered)[0] == "wrong"


def test_inputs_may_be_written_to_where_the_exercise_says_so():
    def doubled(x):
        x *= 2
        return x

    assert "wrote to its input x" in told(make(lambda x: 2 * x), doubled)[1]
    assert told(make(lambda x: 2 * x, may_change=("x",)), doubled)[0] == "right"


def test_a_judge_takes_any_right_answer_and_survives_any_other():
    exercise = make(
        lambda x: x, judge=lambda got, expected, x: None if got.sum() == x.sum() else "another sum"
    )
    assert told(exercise, lambda x: x[::-1])[0] == "right"
    assert "another sum" in told(exercise, lambda x: x + 1)[1]
    assert "the result, None (NoneType), cannot be judged" in told(exercise, lambda x: None)[1]


def test_a_mistake_is_recognised_whatever_it_raises_elsewhere():
    exercise = make(lambda x: x.T, [given(np.ones((2, 3))), given(np.arange(4.0).reshape(2, 2))])

    @exercise.mistake("Not transposed.")
    def plain(x):
        if x.shape[0] != x.shape[1]:
            raise ValueError
        return x

    def theirs(x):
        assert x.shape[0] == x.shape[1]
        return x

    assert told(exercise, theirs)[2] == "Not transposed."
    assert told(exercise, lambda x: 1 / 0)[2] == ""


def test_integers_before_fractions_and_small_before_large():
    cases = [given(np.full((2, 2), 0.5)), given(np.ones((3, 3))), given(np.full((2, 3), 2.0))]
    _, details, _ = told(make(lambda x: x, cases), lambda x: -x)
    assert details.startswith("x =   (shape (2, 3))")


def test_large_arrays_are_shown_around_the_difference():
    def answer(x):
        y = x.copy()
        y[1, 20, 30, 2] += 1
        return y

    _, details, _ = told(make(lambda x: x, [given(np.zeros((2, 32, 40, 3)))]), answer)
    assert "shape (2, 32, 40, 3), shown is [1, 19:23, 29:33, 2]" in details
    assert "first difference at [1, 20, 30, 2]: expected 0, got 1" in details
    assert len(details) < 1000


@pytest.mark.parametrize("exercise", [e for e in ASKED.values() if e.judge is None], ids=lambda e: e.number)
def test_one_wrong_entry_in_one_case_never_passes(exercise, monkeypatch):
    """The solution, but for one entry of one result, off by a hundred times the tolerance."""
    monkeypatch.setattr("lessons.tutor.exercise.SEEDS", SEEDS[:2])  # every kind of case twice
    for at in range(len(exercise.all_cases()) // 2):
        calls = [0]

        def nearly(*arguments, calls=calls, at=at, **options):
            calls[0] += 1
            result = exercise.solution(*arguments, **options)
            return off(result, 100 * exercise.tolerance) if calls[0] == at + 1 else result

        verdict = examine(exercise, nearly)
        assert verdict.status == "wrong", f"case {at}: {verdict.status}"
        assert verdict.explanation == ""


def off(result, by):
    """A copy of a result with one number changed, or a number where None was right.

    Where the result is a function, it is its own result that is changed.
    """
    if result is None:
        return 0
    if callable(result):
        return lambda *arguments: off(result(*arguments), by)
    if isinstance(result, elsewhere.Array):
        return elsewhere.Array(off(result.inner, by), result.home)
    if isinstance(result, (tuple, list)):
        return type(result)([*result[:-1], off(result[-1], by)])
    if isinstance(result, dict):
        last = list(result)[-1]
        return {**result, last: off(result[last], by)}
    if isinstance(result, np.ndarray) and result.ndim:
        result = result.copy()
        where = tuple(size // 2 for size in result.shape)
        result[where] = off(
            result[where], by * max(1e-2, np.abs(result).max()) / max(1e-2, abs(result[where]))
        )
        return result
    if isinstance(result, (bool, np.bool_)):
        return not result
    if isinstance(result, (int, np.integer)):
        return result + 1
    return result + by * max(1e-2, abs(result))
