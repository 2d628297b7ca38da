"""A run on one page: pictures, the way of the loss, settings; a file that needs nothing but itself.

No script, no network: pictures are inside as data, curves are SVG, and colours follow the reader's system.
"""

import base64
import io
import math
from html import escape
from itertools import pairwise
from typing import NamedTuple

from PIL import Image

from .options import flag, shown
from .progress import clock_time


class Point(NamedTuple):
    """What an iteration came to: as `Progress` tells it, without its canvas."""

    iteration: int  # counted over all scales
    scale: int  # counted from 1
    value: float
    terms: dict  # each part's value, without its weight
    seconds: float


STYLE = """
:root { color-scheme: light dark; --ink: #222; --soft: #666; --line: #ddd; --paper: #fdfcf9;
  --c0: #1b6ca8; --c1: #c8502d; --c2: #2d8a4e; --c3: #8a4fa8; --c4: #a8801b; --c5: #2a8c8c; --c6: #b23a6b; }
@media (prefers-color-scheme: dark) { :root { --ink: #e8e6e1; --soft: #a3a09a; --line: #3a3935;
  --paper: #191816; --c0: #6db3e8; --c1: #f0906f; --c2: #74c48f; --c3: #c39be0; --c4: #dcb65c; --c5: #6cc9c9;
  --c6: #ec86ae; } }
body { margin: 0 auto; padding: 1rem; max-width: 60rem; background: var(--paper); color: var(--ink);
  font: 1rem/1.5 Georgia, "Times New Roman", serif; }
h1 { font-size: 1.6rem; line-height: 1.2; } h2 { font-size: 1.2rem; margin-top: 2rem; }
figure { margin: 1.2rem 0; } .row { display: flex; flex-wrap: wrap; gap: 0 1rem; }
.row figure { flex: 1 1 16rem; } .row img { width: 100%; }
img, svg { max-width: 100%; height: auto; display: block; }
img { border-radius: 2px; } figcaption, .soft { color: var(--soft); font-size: 0.9rem; }
.wide { overflow-x: auto; } table { border-collapse: collapse; font-size: 0.9rem; }
td, th { padding: 0.2rem 0.8rem 0.2rem 0; border-bottom: 1px solid var(--line); text-align: left;
  vertical-align: top; overflow-wrap: anywhere; } th { font-weight: normal; color: var(--soft); }
code { font: 0.9em ui-monospace, monospace; overflow-wrap: anywhere; }
svg text { fill: var(--soft); font: 12px Georgia, serif; } svg .grid { stroke: var(--line); fill: none; }
svg polyline { fill: none; stroke-width: 1.8; stroke-linejoin: round; }
.key { display: flex; flex-wrap: wrap; gap: 0.2rem 1.2rem; list-style: none; padding: 0; font-size: 0.9rem; }
.key span { display: inline-block; width: 1.2em; height: 0.2em; vertical-align: middle; margin-right: 0.4em; }
"""
HUES = 7


def page(title, pictures, points, settings, lines=()):
    """HTML of [(uint8 picture, caption), ...], [Point, ...], {setting: value}, and lines for the top."""
    body = [f"<h1>{escape(title)}</h1>", *(f"<p>{escape(line)}</p>" for line in lines)]
    like, rest = _alike(pictures)
    body += ['<div class="row">', *(_figure(*one) for one in like), "</div>"]
    body += [_figure(*one) for one in rest]
    if points:
        body += [
            "<h2>How the loss fell</h2>",
            *_curves(points),
            f'<p class="soft">{escape(_timing(points))}</p>',
        ]
    body += ["<h2>Settings</h2>", _table(settings)]
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{escape(title)}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n"
        + "\n".join(body)
        + "\n</body>\n</html>\n"
    )


def _alike(pictures):
    """Those of a picture's usual shape, to stand side by side, and those that are wide."""
    wide = [picture.shape[1] > 3 * picture.shape[0] for picture, _ in pictures]
    return tuple([one for one, w in zip(pictures, wide, strict=True) if w == side] for side in (False, True))


def _figure(picture, caption):
    file, height, width = io.BytesIO(), *picture.shape[:2]
    Image.fromarray(picture).save(file, "PNG")
    data = base64.b64encode(file.getvalue()).decode()
    told = escape(caption, quote=True)
    return (
        f'<figure><img src="data:image/png;base64,{data}" width="{width}" height="{height}" alt="{told}">'
        f"<figcaption>{told}</figcaption></figure>"
    )


# --- curves ----------------------------------------------------------------------------------------------

WIDTH, HEIGHT = 760, 360
LEFT, RIGHT, TOP, BOTTOM = 56, 12, 12, 36


def _curves(points):
    """The loss and each of its terms against the iterations, on a logarithmic axis, and their key."""
    names = list(dict.fromkeys(name for point in points for name in point.terms))
    rows = {"loss": [(p.iteration, p.value) for p in points]}
    rows |= {name: [(p.iteration, p.terms[name]) for p in points if name in p.terms] for name in names}
    positive = [value for row in rows.values() for _, value in row if value > 0 and math.isfinite(value)]
    if not positive:
        return ["<p>No term was ever above 0.</p>"]
    low, high = math.log10(min(positive)), math.log10(max(positive))
    low, high = (low - 0.05, high + 0.05) if high - low > 0.1 else (low - 0.5, high + 0.5)
    last = max(point.iteration for point in points)

    def place(iteration, value):
        x = LEFT + (WIDTH - LEFT - RIGHT) * iteration / max(last, 1)
        y = TOP + (HEIGHT - TOP - BOTTOM) * (high - math.log10(max(value, 10**low))) / (high - low)
        return f"{x:.1f}", f"{y:.1f}"

    svg = [
        f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="The loss and its terms by iteration">'
    ]
    for value in _ticks(low, high):
        _, y = place(0, value)
        svg.append(f'<path class="grid" d="M{LEFT} {y}H{WIDTH - RIGHT}"/>')
        svg.append(f'<text x="{LEFT - 6}" y="{y}" text-anchor="end" dy="0.35em">{value:g}</text>')
    for iteration in _steps(last):
        x, _ = place(iteration, 1)
        svg.append(f'<text x="{x}" y="{HEIGHT - 12}" text-anchor="middle">{iteration}</text>')
    for before, after in pairwise(points):
        if before.scale != after.scale:
            x, _ = place(before.iteration + 0.5, 1)
            svg.append(f'<path class="grid" stroke-dasharray="3 3" d="M{x} {TOP}V{HEIGHT - BOTTOM}"/>')
    for number, (name, row) in enumerate(rows.items()):
        line = " ".join(",".join(place(*pair)) for pair in row if math.isfinite(pair[1]))
        told = f"<title>{escape(name)}</title>"
        svg.append(f'<polyline points="{line}" stroke="var(--c{number % HUES})">{told}</polyline>')
    svg.append("</svg>")
    key = "".join(
        f'<li><span style="background: var(--c{number % HUES})"></span>{escape(name)}</li>'
        for number, name in enumerate(rows)
    )
    return ["".join(svg), f'<ul class="key">{key}</ul>']


def _ticks(low, high):
    """1, 2 and 5 times powers of ten between the ends; powers alone where there are many."""
    factors = (1, 2, 5) if high - low < 2.5 else (1,)
    tens = range(math.floor(low), math.ceil(high) + 1)
    values = [factor * 10.0**ten for ten in tens for factor in factors]
    return [value for value in values if low <= math.log10(value) <= high]


def _steps(last):
    """Some five whole numbers from 0 to `last`."""
    step = 10 ** math.floor(math.log10(max(last, 1)))
    step = next((step * f for f in (0.1, 0.2, 0.5, 1, 2) if last / (step * f) <= 6), step)
    return range(0, last + 1, max(1, round(step)))


def _timing(points):
    last = points[-1]
    scales = f" at {last.scale} scales" if last.scale > 1 else ""
    each = 1000 * last.seconds / max(1, last.iteration)
    marks = "; dashed lines part the scales" if last.scale > 1 else ""
    return f"{last.iteration} iterations{scales} in {clock_time(last.seconds)}, {each:.0f} ms each{marks}."


# --- settings --------------------------------------------------------------------------------------------


def _table(settings):
    rows = (
        f"<tr><th><code>{escape(flag(name))}</code></th><td>{escape(str(shown(value)))}</td></tr>"
        for name, value in settings.items()
        if value is not None
    )
    return f'<div class="wide"><table>{"".join(rows)}</table></div>'
