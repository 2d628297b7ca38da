"""Every option, once: the command line, Python's `paint`, the run's record and presets read this table."""

# ruff: noqa: RUF009 - `option` makes a dataclass field, and its default is never changed in place

from dataclasses import asdict, dataclass, fields, replace

from minicnn.errors import OptionError, UnknownNameError
from minicnn.zoo import ARCHITECTURES

from .options import (
    Choice,
    Interval,
    Layers,
    Number,
    OneOf,
    Sizes,
    Switch,
    Text,
    Whole,
    check_all,
    flag,
    option,
)

STARTS = ("photo", "noise", "gaussian", "mix", "painting")
OPTIMIZERS = ("auto", "scipy", "lbfgs", "adam", "descent")
PICTURE, BALANCE, START = "picture and effort", "balance", "where the run starts"
NETWORK, OPTIMISER, OUTPUT = "network", "optimiser", "output"


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
class Settings:
    """What a picture depends on. A value of None stands for a default that depends on the others."""

    size: int = option(Whole(16, 65536), 512, PICTURE, "longest side of the picture, in pixels")
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
        Choice("relative", "gatys2015"),
        "relative",
        BALANCE,
        "relative: every term is an error relative to its target; gatys2015: the paper's formulas",
    )
    content_weight: float | None = option(
        Number(),
        None,
        BALANCE,
        "α, in front of the content loss",
        "what suits the network: 0.05 for vgg19, 0.001 with --loss gatys2015",
    )
    style_weight: float = option(
        Number(), 1.0, BALANCE, "β, in front of the style loss; --strength multiplies it"
    )
    tv_weight: float = option(
        Number(),
        0.0,
        BALANCE,
        "in front of the total variation, which smooths: the mean over values of 0..1 in the relative form, "
        "the sum over the network's input in the paper's",
    )
    tv: str = option(Choice("squared", "power", "absolute"), "squared", BALANCE, "which total variation")
    tv_exponent: float | None = option(Number(1), None, BALANCE, "β of --tv power: (dx² + dy²)^(β/2)", "2.5")
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
    style_scale: float = option(
        Number(0, 100, above=True),
        1.0,
        BALANCE,
        "size of the painting against the picture: 0.5 halves its strokes",
    )

    start: str = option(
        Text("photo|noise|gaussian|mix|painting|FILE", "photo, noise, gaussian, mix, painting or a file"),
        "photo",
        START,
        "the first canvas: the photo, uniform or Gaussian noise, noise and photo mixed, the painting, a file",
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
    pooling: str = option(Choice("avg", "max"), "avg", NETWORK, "how the network pools")
    edges: str = option(
        Choice("zero", "replicate", "reflect"), "reflect", NETWORK, "what the network sees beyond the border"
    )
    margin: int = option(
        Whole(0, 256),
        4,
        NETWORK,
        "paint so many pixels beyond the picture's edge and cut them off: networks see badly at borders",
    )
    device: str = option(
        Text("auto|cpu|cuda[:N]", "auto, cpu, cuda or cuda:1"), "auto", NETWORK, "where to compute"
    )

    optimizer: str = option(
        Choice(*OPTIMIZERS),
        "auto",
        OPTIMISER,
        "scipy and lbfgs are L-BFGS, SciPy's and our own; auto is scipy on a CPU",
    )
    history: int | None = option(Whole(1, 1000), None, OPTIMISER, "steps that L-BFGS remembers", "10")
    learning_rate: float | None = option(
        Number(0, above=True),
        None,
        OPTIMISER,
        "of adam, in grey levels of 0..255; η of descent, in the network's units",
        "2; for descent what changes the first canvas by one grey level",
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
        _refuse_contradictions(self)

    def replace(self, **changes):
        return replace(self, **changes)

    def record(self):
        """All settings as JSON can hold them."""
        return {name: list(v) if isinstance(v, tuple) else v for name, v in asdict(self).items()}

    @classmethod
    def names(cls):
        return [one.name for one in fields(cls)]


def make(**values):
    """Settings from keyword arguments; a name that does not exist is refused with one that is like it."""
    for name in values:
        if name not in Settings.names():
            from difflib import get_close_matches

            near = get_close_matches(name, Settings.names(), 1)
            raise UnknownNameError(
                f"no option is called {name!r}" + (f"; did you mean {near[0]!r}?" if near else "")
            )
    return Settings(**values)


# Options that only some value of another one gives a meaning to.
BELONG_TO = {
    "mix": ("start", ("mix",)),
    "tv_exponent": ("tv", ("power",)),
    "history": ("optimizer", ("auto", "scipy", "lbfgs")),
    "learning_rate": ("optimizer", ("adam", "descent")),
    "average": ("optimizer", ("adam",)),
}


def _refuse_contradictions(s):
    for name, (other, values) in BELONG_TO.items():
        if getattr(s, name) is not None and getattr(s, other) not in values:
            raise OptionError(
                f"{flag(name)} has no meaning with {flag(other)} {getattr(s, other)}; "
                f"it belongs to {' or '.join(values)}"
            )
    if s.scales and s.scales[0] >= 16 and s.scales[-1] >= s.size:
        raise OptionError(
            f"--scales: expected sizes below --size {s.size}, which comes last, got {s.scales[-1]}"
        )
    if s.optimizer == "scipy" and s.device.startswith("cuda"):
        raise OptionError("--optimizer scipy computes on the CPU; with --device cuda use lbfgs or adam")
    if s.content_weight == 0 and s.style_weight == 0:
        raise OptionError("--content-weight and --style-weight are both 0: nothing is left to paint")
