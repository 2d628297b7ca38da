import io

import pytest

from nst.plan import Scale
from nst.progress import Bar, Clock, Progress, clock_time, told


def progress(iteration=3, terms=None):
    terms = terms or {"content relu4_2": 0.5, "style relu1_1": 0.1, "style relu2_1": 0.3}
    return Progress(iteration, 10, 1, 2, (36, 48), None, 0.25, terms, 2.0, 75.0)


@pytest.mark.parametrize(("seconds", "text"), [(3.4, "3 s"), (75, "1:15"), (3700, "1:01:40"), (59.6, "1:00")])
def test_times(seconds, text):
    assert clock_time(seconds) == text


def test_terms_of_several_layers_are_told_as_their_mean():
    assert told(progress()) == "loss 0.25 (content 0.5 style 0.2)"


def test_the_bar_tells_scale_iteration_terms_and_time_left():
    file = io.StringIO()
    bar = Bar(file)
    for iteration in (1, 2, 3):
        bar(progress(iteration))
    bar.bar.refresh()
    text = file.getvalue().split("\r")[-1]
    bar.close()
    for part in ("scale 1/2", "48×36", "3/10", "loss 0.25", "1:15 left"):
        assert part in text


def test_a_bar_that_was_never_used_closes():
    Bar(io.StringIO()).close()


def test_time_left_counts_pixels_and_not_iterations(monkeypatch):
    now = [100.0]
    monkeypatch.setattr("nst.progress.time.perf_counter", lambda: now[0])
    clock = Clock([Scale((10, 10), 10), Scale((20, 20), 10)])  # 1000 and 4000 pixel-iterations
    now[0] = 102.0
    assert clock.after(0, 10) == (2.0, 8.0)
    now[0] = 106.0
    assert clock.after(1, 5) == (6.0, 4.0)
    now[0] = 110.0
    assert clock.after(1, 10) == (10.0, 0.0)
