"""Every option, once: the command line, Python's `paint`, the run's record and presets read this table."""

# ruff: noqa: RUF009 - `option` makes a dataclass field, and its default is never changed in place

from dataclasses import asdict, dataclass, fields, replace

from minicnn.errors import OptionError, UnknownNameError
from minicnn.workspace import PRECISIONS
from minicnn.zoo import ARCHITECTURES

from .colour import MOVES, PAINTING
from .contradictions import refuse_contradictions
from .finer import Finer
from .losses.forms import FORMS
from .options import (
    Choice,
    Each,
    Files,
    Interval,
    Layers,
    Number,
    OneOf,
    Size,
    Sizes,
    Switch,
    Text,
    Whole,
    check_all,
    option,
)
from .presets import PRESETS, completed

STARTS = ("photo", "noise", "gaussian", "faint", "mix", "painting")
OPTIMIZERS = ("auto", "scipy", "lbfgs", "torch-lbfgs", "adam", "descent")
VARIATIONS = ("squared", "power", "inner-power", "absolute", "means", "nine-point", "uncounted", "laplacian")
PRESET, PICTURE, BALANCE, START = "another program", "picture and effort", "balance", "where the run starts"
NETWORK, OPTIMISER, OUTPUT = "network", "optimiser", "output"
PAINTINGS = "several paintings, regions and colours"
UNITS, AIM = "units", "aim"
# What a prior sets; options given beside it come first.
PRIORS = {
    "tv": {"tv_weight": 5.0, "tv": "power", "tv_exponent": 2.0},
    "alpha": {"alpha_weight": 10.0},
}
PRIORS["both"] = {**PRIORS["tv"], **PRIORS["alpha"]}


@dataclass(frozen=True)
class Output:
    """What becomes of a picture; none of it changes the picture."""

    output: str | None = option(
        Text("FILE", "the name of a file"),
        None,
        OUTPUT,
        "PNG, JPEG, WebP or TIFF, by its ending",
        "none; needed, unless there is --run",
        "-o",
    )
    bits: int = option(OneOf(8, 16), 8, OUTPUT, "of each colour; 16 for PNG and TIFF")
    keep_alpha: bool | None = option(
        Switch(),
        None,
        OUTPUT,
        "let the picture be transparent where the photo is",
        "where the photo is transparent and the file can be; otherwise white shows behind it",
    )
    run: str | None = option(
        Text("DIR", "the name of a folder"),
        None,
        OUTPUT,
        "keep all there is to know of the run in this folder; nst resume DIR goes on after a break",
    )
    checkpoint_every: str | None = option(
        Interval(),
        None,
        OUTPUT,
        "how often the folder of --run takes in what it takes to go on: iterations, or a time",
        "15s, or longer where writing would take more than a fiftieth of the time",
    )
    save_every: int | None = option(
        Whole(1), None, OUTPUT, "also write the canvas after every so many iterations", "never"
    )
    every_frame: str | None = option(
        Text("DIR", "the name of a folder"),
        None,
        OUTPUT,
        "write the canvas after every iteration into this folder, numbered and all of one size, for a video",
    )
    animation: str | None = option(
        Text("FILE", "the name of a file"), None, OUTPUT, "how the picture came to be: GIF or WebP"
    )
    quiet: bool = option(Switch(), False, OUTPUT, "no bar and no summary", short="-q")

    def __post_init__(self):
        check_all(self)
        if self.checkpoint_every is not None and self.run is None:
            raise OptionError("--checkpoint-every has no meaning without --run")

    def record(self):
        """All of it as JSON can hold it."""
        return asdict(self)


@dataclass(frozen=True)
class Aim:
    """What `nst reconstruct` makes a picture from; a prior stands for a few of the other settings."""

    layer: str | None = option(
        Text("LAYER", "the name of a layer"), None, AIM, "from this layer's features", "none"
    )
    style_up_to: str | None = option(
        Text("LAYER", "the name of a layer"),
        None,
        AIM,
        "from the Gram matrices of the style layers up to this one",
        "none",
    )
    prior: str | None = option(
        Choice(*PRIORS),
        None,
        AIM,
        "what the layer leaves open, decide as pictures have it: smooth (tv), no colour far from the mean "
        "(alpha), or both",
        "none: what is left open stays as it began",
    )

    def __post_init__(self):
        check_all(self)
        if (self.layer is None) == (self.style_up_to is None):
            raise OptionError("reconstruct: expected either --layer or --style-up-to, and not both")


@dataclass(frozen=True)
class Look:
    """Which units `nst look` shows."""

    layer: str | None = option(
        Text("LAYER", "the name of a layer such as relu3_1"),
        None,
        UNITS,
        "whose units to show",
        "none; needed",
    )
    unit: int | None = option(Whole(0), None, UNITS, "this one alone, counted from 0")
    strongest: int | None = option(
        Whole(1, 100), None, UNITS, "so many units, those that answer most to the pictures", "9"
    )
    places: int = option(Whole(1, 100), 9, UNITS, "at how many places each is shown")

    def __post_init__(self):
        check_all(self)
        if self.layer is None:
            raise OptionError("--layer: expected the layer whose units to show, such as --layer relu3_1")
        if self.unit is not None and self.strongest is not None:
            raise OptionError("--unit shows one unit and --strongest several: give one of the two")
        if self.unit is None and self.strongest is None:
            object.__setattr__(self, "strongest", 9)


@dataclass(frozen=True)
class Settings(Finer):
    """What a picture depends on. A value of None stands for a default that depends on the others."""

    preset: str | None = option(
        Choice(*PRESETS),
        None,
        PRESET,
        "paint as that program does, but for the options given beside it; nst presets tells what each does",
        "none",
    )
    size: int | str = option(
        Size(16, 65536), 512, PICTURE, "longest side of the picture, in pixels; native is as the photo is"
    )
    size_is: str = option(
        Choice("longest", "shorter", "rows"),
        "longest",
        PICTURE,
        "which side --size and --scales mean: the longest, the shorter, or the number of rows",
    )
    painting_size: str = option(
        Choice("alike", "unenlarged", "width", "squashed", "cropped", "native"),
        "alike",
        PICTURE,
        "the painting's: measured as the picture is (alike), but never made larger (unenlarged); as wide; "
        "squashed to the picture's sides, or cropped to them; native is as it comes",
    )
    quality: str = option(Choice("draft", "good", "best"), "good", PICTURE, "how much effort to make")
    iterations: int | None = option(
        Whole(0), None, PICTURE, "steps of the optimiser, all scales together", "as --quality says"
    )
    scales: tuple | None = option(
        Sizes(),
        None,
        PICTURE,
        "coarse to fine: at how many scales, or at these sizes before the last; 1 is the full size alone",
        "from 128 pixels up, doubling",
    )
    crop: str | None = option(
        Text("BOX", "left,top,right,bottom or a ratio such as 16:9"),
        None,
        PICTURE,
        "part of the photo to use: left,top,right,bottom in pixels, or a ratio such as 16:9",
        "all of it",
    )
    max_pixels: int = option(
        Whole(1, 10**12), 89478485, PICTURE, "refuse pictures with more pixels than this when reading"
    )

    strength: float = option(
        Number(0, above=True), 1.0, BALANCE, "how much the painting counts against the photo: 2 doubles it"
    )
    loss: str = option(
        Choice(*FORMS),
        "relative",
        BALANCE,
        "relative: every term is an error relative to its target; gatys2015: the paper's formulas; mean: "
        "means, as neural-style; wasserstein: distances of distributions; the rest as those programs",
    )
    content_weight: float | None = option(
        Number(),
        None,
        BALANCE,
        "α, in front of the content loss",
        "what suits network and form: 0.05 for vgg19, 0.001 with --loss gatys2015",
    )
    style_weight: float = option(
        Number(), 1.0, BALANCE, "β, in front of the style loss; --strength multiplies it"
    )
    tv_weight: float = option(
        Number(),
        0.0,
        BALANCE,
        "in front of the total variation, which smooths: the mean over values of 0..1 with --loss "
        "relative and wasserstein, the sum over the network's input with the others",
    )
    tv: str = option(
        Choice(*VARIATIONS),
        "squared",
        BALANCE,
        "which total variation; inner-power leaves out the last row and column, means are over "
        "the differences, uncounted (½ squared) and laplacian are gradients that the loss knows nothing of",
    )
    tv_exponent: float | None = option(
        Number(1), None, BALANCE, "β of --tv power and inner-power: (dx² + dy²)^(β/2)", "2.5"
    )
    alpha_weight: float = option(
        Number(),
        0.0,
        BALANCE,
        "in front of the α-norm, which keeps colours near the mean one: the mean over pixels of their "
        "distance from it to the power α, in units as for --tv-weight",
    )
    alpha_exponent: float | None = option(Number(1), None, BALANCE, "α of --alpha-weight", "6")
    content_layers: dict | None = option(
        Layers(), None, BALANCE, "layers whose features the photo gives, with weights", "relu4_2"
    )
    style_layers: dict | None = option(
        Layers(),
        None,
        BALANCE,
        "layers whose Gram matrices the painting gives, with weights",
        "relu1_1,relu2_1,relu3_1,relu4_1,relu5_1",
    )
    layer_weights: str = option(
        Choice("shared", "each"),
        "shared",
        BALANCE,
        "shared: the weights of content layers, and of style layers, are shares of 1; each: as they are",
    )
    style_scale: float | tuple = option(
        Each(Number(0, 100, above=True)),
        1.0,
        BALANCE,
        "size of the painting against the picture: 0.5 halves its strokes; 1,0.5 is one for each painting",
    )

    painting_weights: float | tuple | None = option(
        Each(Number(0, above=True)),
        None,
        PAINTINGS,
        "how much each painting counts against the others, such as 2,1",
        "all alike",
    )
    masks: tuple | None = option(
        Files(),
        None,
        PAINTINGS,
        "pictures that are white where in the photo a painting applies, in the paintings' order; all stands "
        "for a white one, and the last painting needs none: it takes the rest",
        "every painting everywhere",
    )
    painting_masks: tuple | None = option(
        Files(),
        None,
        PAINTINGS,
        "pictures that are white where a painting counts, one for each, or all",
        "all of each",
    )
    colours: str = option(
        Choice(PAINTING, *MOVES),
        PAINTING,
        PAINTINGS,
        "whose colours: the painting's; the photo's, with light and dark alone painted; or the photo's given "
        "to the painting before, mean and covariance by the least change (match), by symmetric roots or by "
        "Cholesky's, or whole histograms",
    )

    start: str = option(
        Text("|".join((*STARTS, "FILE")), f"{', '.join(STARTS)} or a file"),
        "photo",
        START,
        "the first canvas: the photo, uniform or Gaussian noise, hardly any noise on the mean colour "
        "(faint), noise and photo mixed, the painting, a file",
    )
    mix: float | None = option(Number(0, 1), None, START, "share of noise with --start mix", "0.9")
    seed: int = option(Whole(0, 2**63 - 1), 0, START, "of the noise; the same seed gives the same picture")

    network: str | None = option(
        Choice(*ARCHITECTURES),
        None,
        NETWORK,
        "whose features are compared",
        "what --weights holds; else vgg19 where it is found, and where not pocket, which comes along",
    )
    weights: str | None = option(
        Text("FILE", "a weight file"), None, NETWORK, "weight file", "MINICNN_WEIGHTS, then the cache"
    )
    metric: str | None = option(
        Choice("own", "teacher"),
        None,
        NETWORK,
        "whose features the losses measure: the network's own, or its teacher's, which it learnt to predict",
        "teacher where every layer has a read-out to them",
    )
    normalise: bool = option(
        Switch(),
        False,
        NETWORK,
        "scale VGG's filters to a mean activation of 1 over the run's own pictures, as Gatys' normalised VGG",
    )
    pooling: str = option(
        Choice("avg", "max", "avg3"),
        "avg",
        NETWORK,
        "how the network pools, over 2×2 pixels; avg3: over 3×3, two apart",
    )
    edges: str = option(
        Choice("zero", "replicate", "reflect", "replicate-first"),
        "reflect",
        NETWORK,
        "what the network sees beyond the border; replicate-first: the picture's edge, and zeros further in",
    )
    margin: int = option(
        Whole(0, 256),
        4,
        NETWORK,
        "paint so many pixels beyond the picture's edge and cut them off: networks see badly at borders",
    )
    device: str = option(
        Text("auto|cpu|cuda[:N]", "auto, cpu, cuda or cuda:1"),
        "auto",
        NETWORK,
        "where to compute; auto is a GPU where one works, and the CPU elsewhere",
    )

    precision: str = option(
        Choice(*PRECISIONS),
        "tf32",
        NETWORK,
        "of a GPU's matrix products: TF32, with 10 binary digits; fp32, with 23; fp16, the fastest on most; "
        "plain: without kernels of our own",
    )

    optimizer: str = option(
        Choice(*OPTIMIZERS),
        "auto",
        OPTIMISER,
        "scipy and lbfgs are L-BFGS, SciPy's and our own, torch-lbfgs goes without a line search; auto "
        "is scipy on a CPU, lbfgs on a GPU",
    )
    history: int | None = option(Whole(1, 1000), None, OPTIMISER, "steps that L-BFGS remembers", "10")
    learning_rate: float | None = option(
        Number(0, above=True),
        None,
        OPTIMISER,
        "of adam, in grey levels of 0..255; η of descent, in the network's units",
        "4; for descent what changes the first canvas by one grey level",
    )
    average: float | None = option(
        Number(0, 0.9999),
        None,
        OPTIMISER,
        "how slowly adam's mean over its iterates forgets; 0 is none",
        "0.99",
    )
    restart: bool = option(
        Switch(),
        True,
        OPTIMISER,
        "let L-BFGS start once more with fresh curvature when it finds no lower loss",
    )

    def __post_init__(self):
        check_all(self)
        refuse_contradictions(self)

    def replace(self, **changes):
        return replace(self, **changes)

    def record(self):
        """All settings as JSON can hold them."""
        return {name: _plain(value) for name, value in asdict(self).items()}

    @classmethod
    def names(cls):
        return [one.name for one in fields(cls)]


def _plain(value):
    """A value as JSON can hold it; a picture that was given as such is only said to have been one."""
    if isinstance(value, tuple):
        return [_plain(one) for one in value]
    return "a picture" if hasattr(value, "__array_interface__") else value


def make(**values):
    """Settings from keyword arguments, on top of those of the preset if one is named.

    A name that does not exist is refused with one that is like it.
    """
    for name in values:
        if name not in Settings.names():
            from difflib import get_close_matches

            near = get_close_matches(name, Settings.names(), 1)
            raise UnknownNameError(
                f"no option is called {name!r}" + (f"; did you mean {near[0]!r}?" if near else "")
            )
    return Settings(**(values if values.get("preset") is None else completed(values)))
