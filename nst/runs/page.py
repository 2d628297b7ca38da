"""report.html of a run folder: its pictures, the way of its loss, its settings, on one page."""

import csv

import numpy as np

from .. import image
from ..files import written_whole
from ..progress import clock_time
from ..report import Point, page
from ..sheet import Cell, contact_sheet
from ..sizes import resize, size_within
from .losses import AFTER, BEFORE

INPUT = 512  # longest side of the pictures that the run began with, in pixels
STRIP = 5  # snapshots in a row


def write(folder, transfer, picture, reason):
    """The page of a run that ended, or was broken off, for a `reason`; `picture` is uint8 RGB."""
    record, points = folder.read(), list(_points(folder.losses))
    pictures = [(picture, f"The picture: {picture.shape[1]}×{picture.shape[0]}.")]
    if strip := _strip(folder, picture.shape[:2]):
        pictures.append(strip)
    pictures += _inputs(transfer, record["inputs"])
    title, lines = f"A run of {record['begun'][:10]}", _lines(record, points, reason)
    html = page(title, pictures, points, record["settings"], lines)
    with written_whole(folder.report) as file:
        file.write(html.encode())


def _points(path):
    """The rows of losses.csv."""
    with path.open(newline="") as file:
        for row in csv.DictReader(file):
            terms = {n: float(v) for n, v in row.items() if n not in (*BEFORE, *AFTER) and v != "None"}
            yield Point(
                int(row["iteration"]), int(row["scale"]), float(row["loss"]), terms, float(row["seconds"])
            )


def _strip(folder, size):
    """Some of the snapshots side by side, those of coarser scales enlarged; None without any."""
    paths = sorted(folder.snapshots.glob("iteration-*.png")) if folder.snapshots.is_dir() else []
    if not paths:
        return None
    chosen = [paths[round(at)] for at in np.linspace(0, len(paths) - 1, min(STRIP, len(paths)))]
    cells = [Cell(resize(image.read(path), size), f"after {int(path.stem.split('-')[1])}") for path in chosen]
    return contact_sheet([cells], side=256), "On its way."


def _inputs(transfer, inputs):
    """The pictures that the run began with, no larger than needed to know them again."""
    names = {role: [one["name"] for one in inputs if one["role"] == role] for role in ("photo", "painting")}
    seen = [] if transfer.photo is None else [(transfer.photo, f"The photo, {names['photo'][0]}.")]
    for one, name in zip(transfer.paintings, names["painting"], strict=True):
        seen.append((one, f"A painting, {name}."))
    for one, caption in seen:
        longest = min(INPUT, max(one.shape[:2]))
        yield resize(one, size_within(one.shape, longest)), caption


def _lines(record, points, reason):
    """When, with what, and how it ended."""
    program, weights = record["program"], record["weights"]
    if points:
        yield f"{points[-1].iteration} iterations in {clock_time(points[-1].seconds)}: {reason}."
    yield (
        f"Begun {record['begun']} with nst {program['nst']}, Python {program['python']}, NumPy "
        f"{program['numpy']} ({', '.join(program['blas'])}; threads: {program['threads']}), SciPy "
        f"{program['scipy']}, on {program['platform']}."
    )
    if weights:
        yield f"Weights: {weights['name']}, SHA-256 {weights['sha256']}."
