"""Other programs, number for number: what each computes and how, as settings of ours.

A preset is data: the settings under which a run is that program's, the formulas as its author wrote them,
where they are published, and in words whatever stays different. Weights are the program's own numbers, which
is why some stand before layers that share 1 and others before each layer.
"""

from typing import NamedTuple

from minicnn.errors import OptionError

CONTENT = {"relu4_2": 1.0}
STYLE = {f"relu{block}_1": 1.0 for block in range(1, 6)}
PLAIN = {"margin": 0, "scales": (1,), "edges": "zero"}  # one size, and zeros beyond the picture's edge
TORCH = {"optimizer": "torch-lbfgs", "history": 100}
ADAM = {"optimizer": "adam", "betas": (0.9, 0.999), "average": 0.0}

NORMALISED = (
    "the program's VGG19 was normalised over ImageNet's pictures, this one is over the run's own; with "
    "weights that come normalised, say --no-normalise"
)
OUT_OF_256 = "the program turns colours into 0..256 before it takes off the mean, not into 0..255"
IN_TWENTIES = "PyTorch's L-BFGS stops between rounds of 20: the program makes {} iterations where it says {}"
AVERAGE_COLOUR = "the mean colour is (123.68, 116.779, 103.939), not that of the weight file's mean picture"
OF_ALL = (
    "pictures are resized by Lanczos' filter, and sides rounded; programs have filters of their own",
    "noise comes from another generator: the same seed is another noise",
)


class Preset(NamedTuple):
    """`variants`: {(option, value): settings that count besides once the option has that value}."""

    title: str
    year: int
    source: str
    content: str
    style: str
    variation: str
    settings: dict
    departures: tuple = ()
    weights: str = "vgg19"
    variants: dict | None = None


PRESETS = {
    "gatys2015": Preset(
        "Gatys, Ecker & Bethge, the paper",
        2015,
        "A Neural Algorithm of Artistic Style, arXiv:1508.06576",
        "1e-3 · ½ Σ (F − P)²",
        "1/5 · Σ (G − A)² / (4N²M²)",
        "none",
        {
            "loss": "gatys2015",
            "content_weight": 1e-3,
            "style_weight": 1.0,
            "content_layers": CONTENT,
            "style_layers": STYLE,
            "network": "vgg19",
            "normalise": True,
            "pooling": "avg",
            "start": "noise",
            **PLAIN,
        },
        (
            NORMALISED,
            "the paper names no size, no optimiser and no number of iterations: those are our defaults",
            "the paper's white noise may be of another kind than ours, uniform over 0..255",
            "the paper shows α/β = 1e-4 as well: --content-weight 1e-4",
        ),
    ),
    "neural-style": Preset(
        "neural-style, Justin Johnson, in Torch",
        2015,
        "github.com/jcjohnson/neural-style",
        "5 · mean (F − P)²",
        "100 · mean (G − A)², G over NM",
        "1e-3 · gradient of ½ Σ (dx² + dy²), which the loss leaves out",
        {
            "loss": "mean",
            "content_weight": 5.0,
            "style_weight": 100.0,
            "tv_weight": 1e-3,
            "tv": "uncounted",
            "content_layers": CONTENT,
            "style_layers": STYLE,
            "layer_weights": "each",
            "network": "vgg19",
            "pooling": "max",
            "size": 512,
            "start": "faint",
            "noise": 1e-3,
            "iterations": 1000,
            **TORCH,
            **PLAIN,
        },
        (OUT_OF_256,),
        variants={("optimizer", "adam"): {**ADAM, "learning_rate": 10.0}},
    ),
    "neural-style-pt": Preset(
        "neural-style-pt, ProGamerGov, in PyTorch",
        2017,
        "github.com/ProGamerGov/neural-style-pt",
        "5 · mean (F − P)²",
        "100 · mean (G − A)², G over NM",
        "1e-3 · (Σ |dx| + Σ |dy|)",
        {
            "loss": "mean",
            "content_weight": 5.0,
            "style_weight": 100.0,
            "tv_weight": 1e-3,
            "tv": "absolute",
            "content_layers": CONTENT,
            "style_layers": STYLE,
            "layer_weights": "each",
            "network": "vgg19",
            "pooling": "max",
            "size": 512,
            "start": "faint",
            "noise": 1e-3,
            "iterations": 1000,
            **TORCH,
            **PLAIN,
        },
        (OUT_OF_256,),
        variants={("optimizer", "adam"): {**ADAM, "learning_rate": 1.0}},
    ),
    "style-transfer-pytorch": Preset(
        "style-transfer-pytorch, Katherine Crowson",
        2021,
        "github.com/crowsonkb/style-transfer-pytorch",
        "0.015 · mean (F − P)²",
        "256:64:16:4:1 of 341 · (mean (μ − μ̂)² + mean diag (Σ + Σ̂ − 2 (Σ̂^½ Σ Σ̂^½)^½)), ε = 1e-4",
        "2 · nine-point mean of squared differences, values 0..1",
        {
            "loss": "wasserstein",
            "content_weight": 0.015,
            "style_weight": 1.0,
            "tv_weight": 2.0,
            "tv": "nine-point",
            "content_layers": CONTENT,
            "style_layers": dict(zip(STYLE, (256.0, 64.0, 16.0, 4.0, 1.0), strict=True)),
            "network": "vgg19",
            "pooling": "max",
            "edges": "replicate-first",
            "margin": 0,
            "size": 512,
            "painting_size": "unenlarged",
            "scale_step": 2**0.5,
            "first_share": 2.0,
            "iterations": 3000,
            "start": "photo",
            "optimizer": "adam",
            "learning_rate": 5.1,
            "betas": (0.9, 0.99),
            "average": 0.99,
            "span": 1.0,
            "clamp": True,
        },
        (
            "square roots of matrices are exact; the program's are twelve steps towards them",
            "at each scale Adam starts anew; the program carries its moments up",
            "the mean over iterates begins with the first step, the program's with the canvas before it",
            "between scales the canvas is smoothed, then enlarged; it is clipped at the first step after",
            "at another --size the 3000 iterations stay, twice as many at the first scale as at others; the "
            "program makes 1000 and then 500 a scale",
        ),
        weights="vgg19-torchvision",
    ),
    "deeppy": Preset(
        "neural_artistic_style, Anders Boesen Lindbo Larsen, on deeppy",
        2015,
        "github.com/andersbll/neural_artistic_style",
        "0.02 · ½ Σ (F − P)², gradient over its L1 norm",
        "0.2 · ¼ Σ (G − A·M/M_s)², gradient over its L1 norm",
        "5e-8 · Laplacian / 8 as a gradient, which the loss leaves out",
        {
            "loss": "deeppy",
            "content_weight": 0.02,
            "style_weight": 1.0,
            "tv_weight": 5e-8,
            "tv": "laplacian",
            "content_layers": CONTENT,
            "style_layers": STYLE,
            "network": "vgg19",
            "pooling": "avg3",
            "size": "native",
            "painting_size": "native",
            "start": "photo",
            "iterations": 500,
            **ADAM,
            "learning_rate": 2.0,
            **PLAIN,
        },
        (AVERAGE_COLOUR,),
    ),
    "keras-2016": Preset(
        "Keras's example, François Chollet, the one in the literature",
        2016,
        "github.com/keras-team/keras, examples/neural_style_transfer.py, 2016",
        "0.025 · Σ (F − P)²",
        "1/5 · Σ (G − A)² / (4·3²·(WH)²)",
        "1 · Σ (dx² + dy²)^1.25 but for the last row and column",
        {
            "loss": "keras",
            "content_weight": 0.025,
            "style_weight": 1.0,
            "tv_weight": 1.0,
            "tv": "inner-power",
            "tv_exponent": 2.5,
            "content_layers": CONTENT,
            "style_layers": STYLE,
            "network": "vgg16",
            "pooling": "max",
            "size": 400,
            "size_is": "rows",
            "painting_size": "squashed",
            "start": "noise",
            "noise": 127.5,
            "optimizer": "scipy",
            "rounds": 10,
            "iterations": 200,
            **PLAIN,
        },
        ("noise is within ±127.5 around the mean colour, the program's within −128 and 127",),
        weights="vgg16",
    ),
    "keras": Preset(
        "Keras's example of today, François Chollet",
        2020,
        "keras.io/examples/generative/neural_style_transfer",
        "2.5e-8 · Σ (F − P)²",
        "1e-6/5 · Σ (G − A)² / (4·3²·(WH)²)",
        "1e-6 · Σ (dx² + dy²)^1.25 but for the last row and column",
        {
            "loss": "keras",
            "content_weight": 2.5e-8,
            "style_weight": 1e-6,
            "tv_weight": 1e-6,
            "tv": "inner-power",
            "tv_exponent": 2.5,
            "content_layers": {"relu5_2": 1.0},
            "style_layers": STYLE,
            "network": "vgg19",
            "pooling": "max",
            "size": 400,
            "size_is": "rows",
            "painting_size": "squashed",
            "start": "photo",
            "optimizer": "descent",
            "learning_rate": 100.0,
            "decay": 0.96,
            "iterations": 4000,
            **PLAIN,
        },
        (
            "the step of 100 is made for 400 rows, as the program's is: a pixel's gradient grows as the "
            "canvas shrinks, and below some 100 rows descent diverges",
        ),
    ),
    "neuralart-tensorflow": Preset(
        "neuralart_tensorflow, Mark Chang",
        2015,
        "github.com/ckmarkoh/neuralart_tensorflow",
        "Σ (F − P)² / (2 √(NM))",
        "500 · Σ (G − A)² / (4N²M²), layers 1, 1.5, 2, 2.5, 3",
        "none",
        {
            "loss": "neuralart",
            "content_weight": 1.0,
            "style_weight": 500.0,
            "content_layers": CONTENT,
            "style_layers": dict(zip(STYLE, (1.0, 1.5, 2.0, 2.5, 3.0), strict=True)),
            "layer_weights": "each",
            "network": "vgg19",
            "means": (123.0, 117.0, 104.0),
            "pooling": "avg",
            "size": 800,
            "start": "mix",
            "mix": 0.7,
            "noise": 20.0,
            "iterations": 2500,
            **ADAM,
            "learning_rate": 2.0,
            **PLAIN,
        },
        (
            "the program cuts the upper left 800×600 pixels out of a picture; here its longest side is 800",
            "the program's poolings keep an odd last row and column, ours leave them out",
            "the program hands BGR to weights whose file is for RGB; here each file gets its own order",
        ),
    ),
    "lasagne": Preset(
        "Lasagne's recipe, Eben Olson",
        2015,
        "github.com/Lasagne/Recipes, examples/styletransfer",
        "0.001 · ½ Σ (F − P)²",
        "2e5 · Σ (G − A)² / (4N²M²)",
        "1e-8 · Σ (dx² + dy²)^1.25 but for the last row and column",
        {
            "loss": "gatys2015",
            "content_weight": 1e-3,
            "style_weight": 2e5,
            "tv_weight": 1e-8,
            "tv": "inner-power",
            "tv_exponent": 2.5,
            "content_layers": CONTENT,
            "style_layers": STYLE,
            "layer_weights": "each",
            "network": "vgg19",
            "normalise": True,
            "means": (123.0, 117.0, 104.0),
            "pooling": "avg",
            "size": 600,
            "crop": "1:1",
            "painting_size": "cropped",
            "start": "noise",
            "noise": 128.0,
            "optimizer": "scipy",
            "rounds": 8,
            "iterations": 320,
            **PLAIN,
        },
        (NORMALISED,),
    ),
    "pytorch-tutorial": Preset(
        "PyTorch's tutorial, Alexis Jacq",
        2017,
        "docs.pytorch.org/tutorials/advanced/neural_style_tutorial.html",
        "1 · mean (F − P)² at conv2_2",
        "1e6 · mean (G − A)², G over NM, at the first five convolutions",
        "none",
        {
            "loss": "mean",
            "content_weight": 1.0,
            "style_weight": 1e6,
            "content_layers": {"conv2_2": 1.0},
            "style_layers": dict.fromkeys(("conv1_1", "conv1_2", "conv2_1", "conv2_2", "conv3_1"), 1.0),
            "layer_weights": "each",
            "network": "vgg19",
            "pooling": "max",
            "size": 128,
            "size_is": "shorter",
            "start": "photo",
            "iterations": 300,
            "span": 1.0,
            "clamp": True,
            **TORCH,
            **PLAIN,
        },
        (
            IN_TWENTIES.format(320, 300),
            "the program wants two pictures of one size; here the painting may have any",
        ),
        weights="vgg19-torchvision",
        variants={("device", "cuda"): {"size": 512}},
    ),
    "anishathalye": Preset(
        "neural-style, Anish Athalye, in TensorFlow",
        2015,
        "github.com/anishathalye/neural-style",
        "5 · mean (F − P)²",
        "500/5 · mean (G − A)², G over NM",
        "100 · (mean dx² + mean dy²)",
        {
            "loss": "mean",
            "content_weight": 5.0,
            "style_weight": 500.0,
            "tv_weight": 100.0,
            "tv": "means",
            "content_layers": CONTENT,
            "style_layers": STYLE,
            "network": "vgg19",
            "pooling": "max",
            "size": "native",
            "painting_size": "width",
            "start": "faint",
            "noise": 0.256,
            "iterations": 1000,
            **ADAM,
            "learning_rate": 10.0,
            **PLAIN,
        },
        (AVERAGE_COLOUR,),
    ),
    "gatys-notebook": Preset(
        "PytorchNeuralStyleTransfer, Leon Gatys' own notebook",
        2017,
        "github.com/leongatys/PytorchNeuralStyleTransfer",
        "1 · mean (F − P)²",
        "1e3/N² · mean (G − A)², G over M",
        "none",
        {
            "loss": "mean",
            "content_weight": 1.0,
            "style_weight": 1e3,
            "content_layers": CONTENT,
            "style_layers": STYLE,
            "layer_weights": "each",
            "network": "vgg19",
            "normalise": True,
            "pooling": "max",
            "size": 512,
            "size_is": "shorter",
            "start": "photo",
            "iterations": 500,
            **TORCH,
            **PLAIN,
        },
        (
            NORMALISED,
            IN_TWENTIES.format(520, 500),
            "the notebook then paints once more, from this picture at 800 pixels: --start FILE --size 800",
        ),
    ),
}

# What an option makes moot of a preset's, once it is given another value than the preset's own.
MOOT = {
    "quality": ("iterations", "first_share"),
    "optimizer": ("history", "learning_rate", "betas", "average", "decay", "rounds", "span", "clamp"),
    "tv": ("tv_exponent",),
    "start": ("mix", "noise"),
    "scales": ("scale_step", "first_share"),
    "network": ("means",),
}


def completed(given):
    """The settings of the preset that `given` names, with `given` on top of them."""
    preset = PRESETS.get(given["preset"])
    if preset is None:
        return given  # which the settings refuse by name
    own = dict(preset.settings)
    if "loss" in given and given["loss"] != own["loss"]:
        raise OptionError(
            f"--loss {given['loss']} contradicts --preset {given['preset']}, whose loss is {own['loss']}; "
            "leave one of them out"
        )
    for name, moot in MOOT.items():
        if name in given and given[name] != own.get(name):
            for other in moot:
                own.pop(other, None)
    for (name, value), more in (preset.variants or {}).items():
        if str(given.get(name)).partition(":")[0] == value:
            own |= more
    return {**own, **given}
