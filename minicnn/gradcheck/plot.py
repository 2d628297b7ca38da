"""A picture of the error of a difference against its step: the V of truncation and rounding.

Plain central differences, (y(h) − y(−h))/2h, without the care that `differences.py` takes: here one
wants to see what goes wrong. A large step misses the curve, by h²; a small one loses digits, by ε/h.
"""

from pathlib import Path

import numpy as np

from ..errors import MiniCNNError, OptionError
from .cases import cases
from .differences import STEPS
from .subject import is_moving

USUAL = ("softmax", "local_response_norm", "relu", "gram", "conv2d")
COLOURS = ("#c4501b", "#0b6e99", "#5b8c2a", "#7d4ea3", "#a67c00", "#c2336b", "#1f9e89", "#4a4a4a")
INK, FAINT = "#222222", "#8c8c8c"
GRID = np.logspace(-12, 0, 73)
DIRECTIONS = 24
CAPTION = """A small step loses digits to rounding, a large one misses the curve; the best lies in between.
Where nothing is curved nothing is missed, and a cliff is a kink that has come within reach."""


def draw(names, path):
    """Writes the picture to `path`, whose ending tells the format; the first eight of `names` fit into it."""
    try:
        from matplotlib.figure import Figure
    except ImportError:
        raise MiniCNNError("--plot needs matplotlib; install it with: pip install matplotlib") from None
    check_path(path)
    names = list(names)[: len(COLOURS)] or list(USUAL)
    figure = Figure(figsize=(9.6, 6.4), dpi=150, layout="constrained")
    axes = figure.add_subplot()
    _set_up(axes)
    for name, colour in zip(names, COLOURS, strict=False):
        axes.plot(GRID, errors(name), color=colour, linewidth=2, label=name, solid_capstyle="round")
    axes.legend(
        loc="upper center",
        bbox_to_anchor=(0.44, 0.98),
        ncols=1 + (len(names) > 5),
        frameon=False,
        labelcolor="linecolor",
        handlelength=1.2,
        fontsize=11,
    )
    try:
        figure.savefig(path)
    except ValueError as error:  # an ending that matplotlib does not know
        raise MiniCNNError(f"--plot {path}: {error}") from None
    except OSError as error:
        raise MiniCNNError(f"--plot {path}: it cannot be written ({error.strerror or error})") from None


def check_path(path):
    """Nothing, if a picture can be written to `path`: matplotlib would put it elsewhere where one cannot."""
    if not path:
        raise OptionError("--plot: expected the name of a picture, v.png say, got nothing")
    if Path(path).is_dir():
        raise OptionError(f"--plot: expected the name of a picture, got the folder {path}; try {path}/v.png")
    if not Path(path).parent.is_dir():
        raise OptionError(
            f"--plot: expected a folder that exists, got {path}; make {Path(path).parent} first"
        )
    if not Path(path).suffix:
        raise OptionError(f"--plot: expected a name that ends in .png, .svg or .pdf, got {path}")


def errors(name):
    """Relative error at each step of GRID: the root mean square over random directions and all inputs."""
    _, build, _ = next(iter(cases(name)))
    subject, rng = build(), np.random.default_rng(0)
    y = np.asarray(subject.start(subject.inputs))
    dy = subject.upstreams(y, rng)[0]
    gradients = subject.gradients(dy.copy())
    off, size = np.zeros(len(GRID)), 0.0
    for _ in range(DIRECTIONS):
        ways = [rng.standard_normal(np.shape(x)) if is_moving(x) else None for x in subject.inputs]
        slope = sum(np.sum(g * v) for g, v in zip(gradients, ways, strict=True) if v is not None)

        def along(t, ways=ways):
            moved = [x if v is None else x + t * v for x, v in zip(subject.inputs, ways, strict=True)]
            return np.asarray(subject.evaluate(moved))

        off += [(np.sum(dy * (along(h) - along(-h))) / (2 * h) - slope) ** 2 for h in GRID]
        size += slope**2
    return np.sqrt(np.maximum(off / size, 1e-34))


def _set_up(axes):
    """Title, scales and the two slopes that the curves follow."""
    axes.set(xscale="log", yscale="log", xlim=(GRID[0], GRID[-1]), ylim=(1e-16, 20))
    axes.set_xlabel("step h", color=INK, fontsize=12, labelpad=8)
    axes.set_ylabel("relative error of (y(h) − y(−h)) / 2h", color=INK, fontsize=12, labelpad=8)
    title = {"transform": axes.transAxes, "va": "bottom", "color": INK}
    axes.text(0, 1.12, "Is a small step a good step?", fontsize=17, fontweight="bold", **title)
    axes.text(0, 1.02, CAPTION, fontsize=10.5, linespacing=1.4, **title)
    axes.grid(True, color="#e8e8e8", linewidth=0.8)
    axes.tick_params(colors=INK, labelsize=10, length=0, pad=6)
    axes.spines[:].set_visible(False)
    eps = np.finfo(float).eps
    for slope in (eps / GRID, GRID**2):
        axes.plot(GRID, slope, color=FAINT, linewidth=1, linestyle=(0, (2, 3)), zorder=1)
    axes.axvline(STEPS[0], color=FAINT, linewidth=1, zorder=1)
    axes.axhline(1e-6, color=FAINT, linewidth=1, zorder=1)
    note = {"color": "#6b6b6b", "fontsize": 10, "rotation_mode": "anchor"}
    axes.text(2e-10, 12 * eps / 2e-10, "rounding: ε / h", rotation=-21.7, **note)  # as steep as the lines
    axes.text(3e-8, 5 * 3e-8**2, "truncation: h²", rotation=38.5, **note)
    axes.text(1.1e-6, 1.5e-6, "passes below 1e-6", **note)
    axes.text(STEPS[0] / 1.3, 2.5e-16, f"the checker's first step, {STEPS[0]:g}", ha="right", **note)
