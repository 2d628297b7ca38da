"""`nst gradcheck`: the whole objective on a small canvas, through a real network, in float64."""

import numpy as np

from minicnn.errors import OptionError, WeightFileError
from minicnn.gradcheck import check_loss

from .. import adapted, networks
from ..cli import say
from ..compose import compose
from ..options import add_options, given
from ..settings import Settings, make

NO_PART_IN_IT = {"quality", "iterations", "scales", "crop", "max_pixels", "start", "mix"}
NO_PART_IN_IT |= {
    "optimizer",
    "history",
    "learning_rate",
    "average",
    "restart",
    "margin",
    "normalise",
    "device",
}
NO_PART_IN_IT |= {"painting_weights", "masks", "painting_masks", "colours"}
UNUSED = {"size": 32, "margin": 0, "optimizer": "descent"}  # an optimiser that any gradient will do for
TOLERANCE = 1e-5


def configure(parser):
    add_options(parser, Settings, [name for name in Settings.names() if name not in NO_PART_IN_IT])


def run(arguments):
    asked = given(arguments, Settings)
    if asked.get("size") == "native":
        raise OptionError("gradcheck: --size: expected a number of pixels, got native; there is no photo")
    smooth = {} if "preset" in asked else {"tv_weight": 0.1}
    settings = networks.resolved(make(**{**UNUSED, **smooth, **asked}))
    network = _network(settings).astype(np.float64)
    print(report := check(network, networks.fitted(settings, network)))
    return 0 if report.ok else 1


def check(network, settings):
    """The Report on the objective of made-up pictures, at a canvas of noise, where no gradient vanishes."""
    rng = np.random.default_rng(settings.seed)
    size = (settings.size * 3 // 4, settings.size)
    photo, painting = (rng.integers(0, 256, (*shape, 3), dtype=np.uint8) for shape in (size, size[::-1]))
    objective = compose(network, size, photo, [painting], settings)
    _refuse_what_has_no_loss(objective)
    canvas = network.preprocessing.from_values(rng.uniform(0, 255, (*size, 3)))
    name = f"{settings.loss} objective through {settings.network}"
    return check_loss(objective, canvas, name=name, tolerance=TOLERANCE, coordinates=10, directions=3)


def _refuse_what_has_no_loss(objective):
    without = [part.name for part in objective.parts if getattr(part.loss, "of_no_loss", False)]
    if without:
        raise OptionError(
            f"gradcheck: the gradient of {', '.join(without)} belongs to no loss (it was divided by its own "
            "size, or its value is left out), so that no difference of losses can check it; choose another "
            "--loss or --tv"
        )


def _network(settings):
    try:
        return networks.load(settings)
    except WeightFileError as error:
        if settings.weights:
            raise
        say(f"{error}; checking with random weights")
        return adapted.build(settings, seed=settings.seed)
