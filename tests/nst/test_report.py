"""The page of a run: well-formed, complete, and in need of nothing outside itself."""

import re
from html.parser import HTMLParser
from itertools import pairwise

import numpy as np
import pytest

from nst.report import Point, page

VOID = {"meta", "img", "path"}
POINTS = [
    Point(k + 1, 1 + (k >= 3), 2.0 / (k + 1), {"content relu4_2": 0.5, "style <b>": 0.1 / (k + 1)}, 0.5 * k)
    for k in range(7)
]


class Reader(HTMLParser):
    """Fails on a tag that is closed wrongly, and keeps what it met."""

    def __init__(self, html):
        super().__init__()
        self.open, self.tags, self.text = [], [], []
        self.feed(html)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag, attributes):
        self.tags.append((tag, dict(attributes)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        if tag not in VOID:
            assert self.open.pop() == tag

    def handle_data(self, data):
        self.text.append(data)

    def all(self, tag):
        return [attributes for name, attributes in self.tags if name == tag]


@pytest.fixture
def html(rng):
    picture = rng.integers(0, 256, (6, 9, 3), dtype=np.uint8)
    return page(
        'A & B <i> "c"', [(picture, '<script>alert("x")</script> &')], POINTS, {"size": 64, "crop": None}
    )


def test_it_is_well_formed_and_escaped(html):
    read = Reader(html)
    assert not read.all("script")
    assert read.all("img")[0]["alt"] == '<script>alert("x")</script> &'
    assert (read.all("img")[0]["width"], read.all("img")[0]["height"]) == ("9", "6")
    assert 'A & B <i> "c"' in read.text
    assert "style <b>" in read.text


def test_nothing_outside_is_asked_for(html):
    assert re.findall(r'(?:src|href)="(?!data:)', html) == []
    assert "http" not in html
    assert "url(" not in html


def test_each_curve_has_a_point_for_each_iteration_and_falls_as_the_term_does(html):
    curves = [
        [tuple(map(float, pair.split(","))) for pair in one["points"].split()]
        for one in Reader(html).all("polyline")
    ]
    assert [len(curve) for curve in curves] == [7, 7, 7]
    loss, content, style = curves
    for curve in (loss, style):
        assert all(later[0] > earlier[0] and later[1] > earlier[1] for earlier, later in pairwise(curve))
    assert len({y for _, y in content}) == 1


def test_a_boundary_between_scales_is_marked_and_settings_that_are_open_are_left_out(html):
    read = Reader(html)
    assert sum("stroke-dasharray" in one for one in read.all("path")) == 1
    assert "--size" in read.text
    assert "--crop" not in read.text


@pytest.mark.parametrize("value", [0.0, float("nan")])
def test_values_that_no_logarithm_takes_do_no_harm(value):
    Reader(page("t", [], [Point(1, 1, value, {"a": value}, 0.1), Point(2, 1, 1.0, {"a": value}, 0.2)], {}))
    Reader(page("t", [], [Point(1, 1, value, {"a": value}, 0.1)], {}))
    Reader(page("t", [], [], {}))
