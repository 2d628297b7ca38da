"""The figures of Gatys, Ecker & Bethge (2015), the slides' rows, and inversions, from given pictures.

A figure is rows of Panels: what to make, and what to write under it. `draw` makes them one after another with
one network, keeps each as a file and puts them onto a contact sheet.
"""

from pathlib import Path
from typing import NamedTuple

from . import image, networks
from .adapted import identity
from .reconstruct import layers_up_to, style_layers
from .settings import PRIORS, make
from .sheet import Cell, contact_sheet
from .sizes import resize, size_within
from .transfer import Transfer

NOISE = {"start": "noise", "scales": 1}
RATIOS = (1e-5, 1e-4, 1e-3, 1e-2)  # α/β of the paper's figure 3
SLIDES = (0.15, 0.05, 0.02, 0.007)


class Panel(NamedTuple):
    """One picture to be made; without options, the picture itself is shown."""

    label: str
    photo: object = None
    painting: object = None
    options: dict | None = None


def figure_1(photo, painting, options):
    """Content reconstructions of the photo from block to block, and style reconstructions of the painting."""
    layers = style_layers(options)
    content = {**NOISE, "content_weight": 1.0}
    upper = [
        Panel(f"content of {layer}", photo, None, {**content, "content_layers": {layer: 1}})
        for layer in layers
    ]
    lower = [
        Panel(
            f"style up to {layer}",
            None,
            painting,
            {**NOISE, "style_layers": layers_up_to(layer, options)},
        )
        for layer in layers
    ]
    return [[Panel("the photo", photo), *upper], [Panel("the painting", painting=painting), *lower]]


def figure_2(photo, paintings):
    """One photo in several paintings; `paintings` is {name: picture}."""
    originals = [Panel(name, painting=painting) for name, painting in paintings.items()]
    painted = [Panel(f"as {name}", photo, painting, {}) for name, painting in paintings.items()]
    return [[Panel("the photo", photo), *originals], [Panel("", photo), *painted]]


def figure_3(photo, painting, options):
    """Rows: style layers, one more each; columns: α/β. The paper's form, from noise."""
    rows = []
    for layer in style_layers(options):
        layers = layers_up_to(layer, options)
        rows.append(
            [
                Panel(
                    f"up to {layer}, α/β {ratio:g}",
                    photo,
                    painting,
                    {**NOISE, "loss": "gatys2015", "content_weight": ratio, "style_layers": layers},
                )
                for ratio in RATIOS
            ]
        )
    return rows


def slides(photo, painting, options):
    """Rows: α/β in the relative form; starts; style layers at α/β 0.002."""
    starts = {"photo": {}, "noise": {}, "mix": {}, "painting": {}}
    by_ratio = [Panel(f"α/β {r:g}", photo, painting, {"content_weight": r}) for r in SLIDES]
    by_start = [
        Panel(f"from {name}", photo, painting, {"start": name, **more}) for name, more in starts.items()
    ]
    by_layers = [
        Panel(
            f"up to {layer}",
            photo,
            painting,
            {"content_weight": 0.002, "style_layers": layers_up_to(layer, options)},
        )
        for layer in style_layers(options)
    ]
    return [by_ratio, by_start, by_layers]


def inversions(photo, options):
    """Rows: no prior, total variation, α-norm, both; columns: layers, as Mahendran & Vedaldi (2014)."""
    rows = []
    for prior, how in {
        None: "no prior",
        "tv": "smooth",
        "alpha": "no colour far off",
        "both": "both",
    }.items():
        row = [
            Panel(
                f"{layer}, {how}",
                photo,
                None,
                {**NOISE, "content_weight": 1.0, "content_layers": {layer: 1}, **PRIORS.get(prior, {})},
            )
            for layer in style_layers(options)
        ]
        rows.append([Panel("the photo", photo), *row])
    return rows


def draw(rows, folder, name, options, callback=None):
    """Make every panel, write them and the sheet NAME.png into `folder`; returns the sheet's path.

    `callback(panel, number, panels)` is called before each and returns the callback for its run.
    """
    loaded, cells, number = {}, [], 0
    made = [panel for row in rows for panel in row if panel.options is not None]
    layers = {name for panel in made for name in networks.layers_of(_resolved(panel, options))}
    for j, row in enumerate(rows, start=1):
        cells.append([])
        for i, panel in enumerate(row, start=1):
            if panel.options is None:
                picture = panel.photo if panel.photo is not None else panel.painting
                size = make(**options).size
                picture = picture if size == "native" else resize(picture, size_within(picture.shape, size))
            else:
                number += 1
                follow = callback and callback(panel, number, len(made))
                run = _run_of(panel, options, loaded, layers)
                picture = run.run(follow)
                record = {"panel": panel.label, **run.settings.record()}
                image.write(Path(folder) / f"{name}-{j}-{i}.png", picture, record)
            cells[-1].append(Cell(picture, panel.label))
    path = Path(folder) / f"{name}.png"
    image.write(path, contact_sheet(cells))
    return path


def _resolved(panel, options):
    return networks.resolved(make(**{**panel.options, **options}))


def _run_of(panel, options, loaded, layers):
    """The panel's Transfer; networks, as far as the `layers` of all panels reach, are kept in `loaded`."""
    settings = _resolved(panel, options)
    key = identity(settings)
    if key not in loaded:
        loaded[key] = networks.load(settings, layers)
    paintings = [] if panel.painting is None else [panel.painting]
    return Transfer(panel.photo, paintings, settings, loaded[key])
