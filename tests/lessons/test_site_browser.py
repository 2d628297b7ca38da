"""The site in a real browser: nothing to complain of, nothing wider than a phone, formulas laid out."""

import pytest

from .browser import Browser, find

pytestmark = pytest.mark.skipif(find() is None, reason="no Chromium in PATH")

PHONE, DESK = 360, 1200
WIDER = """[...document.querySelectorAll('body *')].filter(e => {
    if (e.getBoundingClientRect().right <= innerWidth + 0.5) return false;
    for (let p = e; p; p = p.parentElement)
        if (/auto|hidden/.test(getComputedStyle(p).overflowX)) return false;
    return true;
}).map(e => e.tagName + ' ' + e.textContent.slice(0, 60))"""
FLAT = """[...document.querySelectorAll('math')].filter(e => {
    const box = e.getBoundingClientRect();
    return !(box.height > 5 && box.width > 3);
}).map(e => e.getAttribute('alttext'))"""
BROKEN = """Promise.all([...document.images].map(async image => {
    image.loading = 'eager';
    await image.decode().catch(() => 0);
    return image.naturalWidth > 0 && image.getBoundingClientRect().width > 0 ? null : image.src;
})).then(found => found.filter(Boolean))"""


@pytest.fixture(scope="module")
def browser():
    try:
        one = Browser(find())
    except (RuntimeError, OSError) as error:
        pytest.skip(f"{find()} does not start: {error}")
    yield one
    one.close()


def names(site):
    """The pages that are looked at: all that are for reading, and some of the many others."""
    found = [
        "index.html",
        "arrays.html",
        "symbols.html",
        "coming_from.html",
        *(f"{one.name}.html" for one in site[1]),
    ]
    found += ["reference/index.html", "reference/minicnn.html", "reference/nst.losses.html"]
    return [*found, "source/minicnn.network.html", "source/nst.settings.html"]


def test_no_page_is_wider_than_a_phone_and_the_console_stays_empty(site, browser):
    for name in names(site):
        assert browser.look((site[0] / name).as_uri(), PHONE) == [], name
        assert browser.ask(WIDER) == [], name
        assert browser.ask("document.documentElement.scrollWidth <= innerWidth"), name
        assert browser.ask("innerWidth") == PHONE


def test_formulas_are_laid_out_and_pictures_are_seen(site, browser):
    formulas = 0
    for name in names(site):
        assert browser.look((site[0] / name).as_uri(), DESK) == [], name
        assert browser.ask(FLAT) == [], name
        assert browser.ask(BROKEN) == [], name
        assert browser.ask("document.documentElement.scrollWidth <= innerWidth"), name
        formulas += browser.ask("document.querySelectorAll('math').length")
    assert formulas > 500


def test_a_fraction_stands_on_two_lines_and_a_sum_has_its_limits_below(site, browser):
    browser.look((site[0] / "01_pixels.html").as_uri(), DESK)
    above, below = browser.ask(
        "[...document.querySelector('mfrac').children].map(e => e.getBoundingClientRect().bottom)"
    )
    assert above < below
    high, low = browser.ask(
        "[...document.querySelector('munder').children].map(e => e.getBoundingClientRect().top)"
    )
    assert high < low


def test_pages_follow_the_readers_colours(site, browser):
    seen = {}
    for dark in (False, True):
        browser.look((site[0] / "01_pixels.html").as_uri(), DESK, dark=dark)
        seen[dark] = browser.ask(
            "['backgroundColor', 'color'].map(name => getComputedStyle(document.body)[name]"
            ".match(/\\d+/g).map(Number).reduce((a, b) => a + b))"
        )
    assert seen[False][0] > 600 > 300 > seen[False][1]
    assert seen[True][0] < 300 < 600 < seen[True][1]


def test_the_measure_is_a_books_and_long_lines_scroll_in_their_box(site, browser):
    browser.look((site[0] / "08_style.html").as_uri(), DESK)
    widest = browser.ask("Math.max(...[...document.querySelectorAll('article > p')].map(e => e.clientWidth))")
    size = browser.ask("parseFloat(getComputedStyle(document.body).fontSize)")
    assert 25 < widest / size < 38  # about twice as many letters
    browser.look((site[0] / "08_style.html").as_uri(), PHONE)
    assert browser.ask("[...document.querySelectorAll('pre.code')].some(e => e.scrollWidth > e.clientWidth)")
    assert browser.ask("[...document.querySelectorAll('.formula')].some(e => e.scrollWidth > e.clientWidth)")


def test_what_has_the_focus_is_seen(site, browser):
    browser.look((site[0] / "01_pixels.html").as_uri(), DESK)
    for key in ("keyDown", "keyUp"):
        browser.tell("Input.dispatchKeyEvent", type=key, key="Tab", code="Tab", windowsVirtualKeyCode=9)
    assert browser.ask("document.activeElement.className") == "skip"
    assert browser.ask("document.activeElement.getBoundingClientRect().left") >= 0
    assert browser.ask("getComputedStyle(document.activeElement).outlineStyle") == "solid"


def test_the_browser_finds_what_it_is_to_find(tmp_path, browser):
    page = tmp_path / "bad.html"
    page.write_text(
        "<!DOCTYPE html><meta name=viewport content='width=device-width'><title>x</title>"
        "<div style='width: 900px'>wide</div><img src=none.png alt=''><math></math><script>throw 1</script>",
        encoding="utf-8",
    )
    complaints = browser.look(page.as_uri(), PHONE)
    assert len(complaints) >= 2
    assert browser.ask(WIDER)
    assert browser.ask(BROKEN)
    assert browser.ask(FLAT) == [None]
