"""The checker as a reader meets it: answers of every kind, in a folder of their own, by the command line."""

import os
import sys
from contextlib import redirect_stdout
from io import StringIO

import pytest

from lessons.cli import main
from lessons.road import EXERCISES, SOLUTIONS, lessons
from lessons.tutor.child import judge

NAME = "02_convolution.py"
RIGHT = {
    "output_size": "return (size + 2 * padding - window) // stride + 1",
    "multiplications": "kh, kw, c, k = kernel_shape\n    return output_size(height, kh, stride, padding)"
    " * output_size(width, kw, stride, padding) * kh * kw * c * k",
}
SIGNATURES = {
    "output_size": "def output_size(size, window, stride=1, padding=0):",
    "conv2d": "def conv2d(x, kernel, bias, stride=1, padding=0):",
    "im2col": "def im2col(x, kh, kw, stride=1):",
    "multiplications": "def multiplications(height, width, kernel_shape, stride=1, padding=0):",
}
IM2COL = "np.array([x[r:r+kh, s:s+kw].reshape(-1) for r in range(0, x.shape[0]-kh+1, stride)"
IM2COL += " for s in range(0, x.shape[1]-kw+1, stride)])"


@pytest.fixture
def desk(tmp_path, capsys):
    """desk.write(name=body, ...) makes the reader's file; desk(...) is a command's (exit code, text)."""

    class Desk:
        path = tmp_path / "mine"

        def __call__(self, *arguments):
            command, *rest = arguments
            code = main([command, *rest, "--dir", str(self.path)])
            told = capsys.readouterr()
            return code, " ".join((told.out + told.err).split())

        def text(self, text):
            (self.path / NAME).write_text(text, encoding="utf-8")

        def write(self, **bodies):
            functions = (f"{SIGNATURES[name]}\n    {body}\n" for name, body in bodies.items())
            self.text("import numpy as np\n\n\n" + "\n\n".join(functions))

        def check(self, body, name="im2col", number="2.3"):
            self.write(**{name: body})
            code, told = self("check", number)
            assert code == 1
            return told

    main(["start", str(tmp_path / "mine")])
    capsys.readouterr()
    return Desk()


@pytest.fixture
def near(desk, monkeypatch):
    """The same desk, its answers examined in this process: for tests of what is said, not of the limits."""

    def verdicts(exercises, file):
        with redirect_stdout(StringIO()):
            return [judge(exercise, file.resolve(), lambda text: None) for exercise in exercises]

    monkeypatch.setattr(sys, "path", list(sys.path))
    monkeypatch.setattr("lessons.cli.verdicts", verdicts)
    return desk


def test_start_copies_every_exercise_and_overwrites_nothing(desk, capsys):
    assert {path.name for path in desk.path.glob("*.py")} == {one.path.name for one in lessons()}
    desk.text("mine = 1\n")
    (desk.path / "01_pixels.py").unlink()
    assert main(["start", str(desk.path)]) == 0
    assert "1 exercise files copied" in capsys.readouterr().out
    assert (desk.path / NAME).read_text(encoding="utf-8") == "mine = 1\n"
    assert (desk.path / "01_pixels.py").read_bytes() == (EXERCISES / "01_pixels.py").read_bytes()


def test_nothing_written_yet(near):
    code, told = near("check", "2")
    assert code == 1
    assert told.count("not written yet") == 4
    assert "0 of 4 solved" in told


def test_several_exercises_of_a_lesson_stand_on_one_page(near):
    told = near("check", "2.3", "2.1", "2.3")[1]
    assert told.count("Lesson 2.") == 1
    assert told.count("not written yet") == 2
    assert "0 of 2 solved" in told


def test_all_right(desk):
    desk.text((SOLUTIONS / NAME).read_text(encoding="utf-8"))
    code, told = desk("check", "2")
    assert code == 0
    assert "4 of 4 solved" in told
    assert "tested on axes of 1 to 40 pixels" in told
    assert desk("list")[1].count("4 of 4 solved") == 1


def test_progress_is_forgotten_where_an_answer_breaks(near):
    near.write(output_size=RIGHT["output_size"])
    assert near("check", "2.1")[0] == 0
    assert "1 of 4 solved" in near("list")[1]
    near.write(output_size="return size")
    assert near("check", "2.1")[0] == 1
    assert "1 of 4 solved" not in near("list")[1]


def test_a_known_mistake_is_named_with_both_values(near):
    told = near.check("return (size + padding - window) // stride + 1", "output_size", "2.1")
    assert "This is a known mistake. The border is added at both ends" in told
    assert "expected = " in told
    assert "got = " in told


def test_a_mistake_is_known_however_it_is_written(near):
    body = "import math\n    return math.floor((size + padding - window) / stride) + 1"
    assert "The border is added at both ends" in near.check(body, "output_size", "2.1")


def test_the_smallest_case_is_shown_whole(near):
    told = near.check(f"return {IM2COL} * 1.001")
    assert "x = (shape (3, 3, 1)) [[0 1 2] [3 4 5] [6 7 8]]" in told
    assert "first difference at [0, 1]: expected 1, got 1.001" in told


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        ("pass", "nothing came back (None): is there a return"),
        (f"return {IM2COL}.tolist()", "expected an array of shape (4, 4), got a list of 4"),
        (f"return {IM2COL}[None]", "expected an array of shape (4, 4), got one of shape (1, 4, 4)"),
        (f"return {IM2COL}.astype(np.float32)", "expected dtype float64, as the input has, got float32"),
        (f"return {IM2COL} + 0j", "expected an array of real numbers, got one of dtype complex128"),
        (f"return {IM2COL}.astype(object)", "expected an array of real numbers, got one of dtype object"),
        (f"return {IM2COL}.astype(int)", "your array can hold whole numbers only"),
        ("return 'X'", "expected an array of shape (4, 4), got 'X' (str)"),
        ("yield 1", "expected an array of shape (4, 4), got <generator"),
        (f"y = {IM2COL}\n    x[0] = 0\n    return y", "the function wrote to its input x: work on a copy"),
        (f"return 2 * {IM2COL}", "Every entry is 2 times what it should be."),
        (f"return -{IM2COL}", "Every entry is the negative of what it should be."),
        (f"return 0 * {IM2COL}", "Every entry is 0"),
        (f"return {IM2COL} / 0", "There is a NaN or an infinity in it"),
        (f"return {IM2COL}[::-1]", "stand in reverse order along an axis"),
        (f"return {IM2COL} + 1", "Every entry is off by the same amount"),
    ],
)
def test_odd_answers_are_told_what_is_odd(near, body, sentence):
    assert sentence in near.check(body)


def test_memory_of_earlier_calls_is_found(near):
    lines = ("calls.append(0)", f"return {IM2COL} + (len(calls) == 36)")  # the 36th is the first again
    near.text(f"import numpy as np\ncalls = []\n{SIGNATURES['im2col']}\n    " + "\n    ".join(lines))
    told = near("check", "2.3")[1]
    assert "1 of 36 cases differ" in told
    assert "The same call was right before: the answer depends on earlier calls." in told


@pytest.mark.parametrize(
    ("body", "parts"),
    [
        (
            "a, b = x.shape",
            ("stopped by an error", "line 5, in im2col: a, b = x.shape", "ValueError: too many"),
        ),
        (
            "return helper(x)\ndef helper(x):\n    return x[9]",
            ("line 7, in helper: return x[9]", "IndexError"),
        ),
        ("return im2col(x, kh, kw)", ("RecursionError",)),
        ("import sys\n    sys.exit(0)", ("SystemExit: 0",)),
        ("raise NotImplementedError if stride > 1 else KeyError", ("KeyError",)),
    ],
)
def test_exceptions_are_shown_with_their_line(near, body, parts):
    told = near.check(body)
    for part in parts:
        assert part in told
    assert "Traceback" not in told


@pytest.mark.parametrize(
    ("body", "parts"),
    [
        ("input()", ("EOFError",)),
        ("return np.ones((300000, 300000))", ("line 5", "Memory", "Unable to allocate")),
        ("kept = []\n    while True:\n        kept.append(np.empty(10**8))", ("line 7", "Memory")),
        ("open('/dev/full', 'w').write('x' * 10**6)", ("line 5", "OSError")),
    ],
)
def test_what_reaches_beyond_the_process_is_refused_there(desk, body, parts):
    told = desk.check(body)
    for part in parts:
        assert part in told


def test_another_signature_is_told(near):
    near.text("def im2col(x, kh):\n    return x\n")
    assert "TypeError: im2col() takes 2 positional arguments but 3 were given" in near("check", "2.3")[1]


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        (
            "def im2col(x:\n    return x\n",
            ("your file does not load", "line 1: def im2col(x:", "SyntaxError"),
        ),
        ("def im2col(x):\nreturn x\n", ("line 2: return x", "IndentationError")),
        ("import torch_of_nobody\n", ("line 1", "There is no torch_of_nobody here, and NumPy is enough.")),
        ("x = 1 / 0\n", ("line 1", "ZeroDivisionError")),
        ("import sys\nsys.exit(3)\n", ("line 2", "SystemExit")),
        ("def another():\n    pass\n", ("no such function in your file", "expected def im2col(...)")),
        ("im2col = 3\n", ("no such function in your file",)),
    ],
)
def test_files_that_do_not_load(near, text, parts):
    near.text(text)
    code, told = near("check", "2.3")
    assert code == 1
    for part in parts:
        assert part in told


def test_a_file_that_does_not_load_is_told_of_once(near):
    near.text("x = (\n")
    told = near("check", "2")[1]
    assert told.count("does not load") == 1
    assert "2.1, 2.2, 2.3, 2.4: your file does not load" in told
    assert "0 of 4 solved" in told


def test_a_file_that_is_no_text(near):
    (near.path / NAME).write_bytes(b"\xff\xfe\x00\x80")
    assert "your file does not load" in near("check", "2.3")[1]


def test_endless_loops_are_stopped_and_the_rest_is_checked(desk):
    before = os.times()
    desk.write(
        output_size=RIGHT["output_size"],
        conv2d="n = 0\n    while True:\n        n += 1",
        im2col="import itertools\n    return sum(itertools.count())",
        multiplications="while stride > 0:\n        print('and again')",
    )
    code, told = desk("check", "2")
    assert code == 1
    assert told.count("stopped: no end after") == 3
    assert "2.1 output_size: right" in told
    assert "in conv2d:" in told
    assert "never ended. Such a loop ends by break or return" in told
    assert "while trying im2col(x=an array of shape (3, 3, 1), kh=2, kw=2)" in told
    assert "in im2col: return sum(itertools.count())" in told
    assert "A single call did not come back" in told
    assert "Nothing in the loop changes stride" in told
    after = os.times()
    assert after.children_user + after.children_system - before.children_user - before.children_system < 20


def test_an_endless_module_is_stopped(desk):
    desk.text("while True:\n    pass\n")
    told = desk("check", "2.3")[1]
    assert "while trying loading 02_convolution.py" in told
    assert "`while True` in line 1 never ended" in told


@pytest.mark.parametrize("code", [0, 7])
def test_a_process_that_ends_itself_is_told(desk, code):
    told = desk.check(f"import os\n    os._exit({code})")
    assert "its process died" in told
    assert f"exit code {code}" in told


def test_what_an_answer_prints_is_shown_and_cut(desk):
    told = desk.check("for n in range(1000):\n        print('x', n)\n    return x")
    assert "your code printed: | x 0 | x 1" in told
    assert "x 99" not in told
    assert len(told) < 3000


def test_hints_come_one_by_one_and_are_remembered(near):
    asked = ("check", "2.1", "--hint")
    assert "Hint 1 of 3 for 2.1" in near(*asked)[1]
    assert "Hint 2 of 3" in near(*asked)[1]
    assert "Hint 2" not in near("check", "2.1")[1]
    told = near(*asked)[1]
    assert told.count("Hint") == 3
    assert "That was the last one" in near(*asked)[1]
    near.write(output_size=RIGHT["output_size"])
    assert "Hint" not in near(*asked)[1]


def test_a_solution_is_shown_after_a_try(near):
    code, told = near("solution", "2.1")
    assert code == 2
    assert "write output_size your own way first" in told
    near("check", "2.1")
    assert near("solution", "2.1")[0] == 2, "an exercise that is as it was is no try"
    near.check("return 1", "output_size", "2.1")
    code, told = near("solution", "2.1")
    assert code == 0
    assert "return (size + 2 * padding - window) // stride + 1" in told


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("check", "77"), "lesson 77: expected one of 1, 2"),
        (("check", "2.9"), "exercise 2.9: expected 2.1 to 2.4"),
        (("check", "two"), "lesson two: expected one of"),
        (("check", "2.1.1"), "exercise 2.1.1: expected 2.1 to 2.4"),
        (("solution", "2"), "exercise 2: expected 2.1 to 2.4"),
        (("paint",), "invalid choice"),
        (("check", "--hints-please"), "unrecognized arguments"),
    ],
)
def test_bad_use_is_refused_in_one_line(desk, arguments, sentence, capsys):
    code, told = desk(*arguments)
    assert code == 2
    assert told.startswith("lessons: ")
    assert sentence in told


def test_folders_that_are_none(tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert main(["check", "1"]) == 2
    assert "my-answers: expected a folder made by python -m lessons start" in capsys.readouterr().err
    (tmp_path / "file").write_text("")
    assert main(["start", "file"]) == 2
    assert "this is a file" in capsys.readouterr().err
    assert main(["start"]) == 0
    assert main(["check", "1.1"]) == 1
    monkeypatch.chdir(tmp_path / "my-answers")
    assert main(["check", "1.1"]) == 1
    assert capsys.readouterr().out.count("1.1  crop: not written yet") == 2
    (tmp_path / "my-answers" / "01_pixels.py").unlink()
    capsys.readouterr()
    assert main(["check", "1"]) == 2
    assert "copies what is missing" in capsys.readouterr().err
    (tmp_path / "my-answers" / ".progress.json").write_text("[")
    assert main(["list"]) in (0, 2)
    assert main(["check", "1"]) == 2
    assert "delete it and run start again" in capsys.readouterr().err


def test_the_road_without_a_folder(tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert main([]) == 0
    told = capsys.readouterr().out
    assert "1  A picture is an array" in told
    assert "python -m lessons start DIR" in told


def test_a_lesson_runs_from_anywhere(tmp_path, capfd, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert main(["run", "4", "--pictures", "here"]) == 0
    assert "central, h = 0.1: 12.01" in capfd.readouterr().out
    assert (tmp_path / "here" / "04-kink.png").is_file()
