"""What a network was trained to see: pictures turned into its input, and back.

    x = (scale · v[order] − mean) / std        v: a picture's RGB values, 0..255

Every network carries its own, so that nobody passes RGB to a network that wants BGR. `sure` says how well
it is known and `why` on what grounds, because a weight file does not always tell.
"""

from dataclasses import dataclass, field

import numpy as np

from .backend import array_module
from .checks import finite, floating, one_of
from .errors import DTypeError, OptionError, ShapeError
from .ops.options import number, shown

CERTAIN, LIKELY, ASSUMED = "certain", "likely", "assumed"


@dataclass(frozen=True)
class Preprocessing:
    """Channel order, scale, mean and standard deviation, the last two in the network's channel order."""

    order: str = "RGB"
    scale: float = 1.0
    mean: tuple = (0.0, 0.0, 0.0)
    std: tuple = (1.0, 1.0, 1.0)
    sure: str = field(default=CERTAIN, compare=False)
    why: str = field(default="", compare=False)

    def __post_init__(self):
        one_of(self.order, ("RGB", "BGR"), "preprocessing: order")
        one_of(self.sure, (CERTAIN, LIKELY, ASSUMED), "preprocessing: sure")
        for name in ("mean", "std"):
            object.__setattr__(self, name, _three(getattr(self, name), name))
        number(self.scale, "preprocessing: scale", "a number above 0", lambda scale: scale > 0)
        if not min(self.std) > 0:
            raise OptionError(f"preprocessing: expected every std above 0, got {self.std}")

    def __str__(self):
        means = ", ".join(f"{value:g}" for value in self.mean)
        text = f"{self.order}, values 0..255 × {self.scale:.4g}, mean ({means})"
        if self.std != (1.0, 1.0, 1.0):
            text += f", std ({', '.join(f'{value:g}' for value in self.std)})"
        return text

    def apply(self, picture):
        """uint8 RGB (H, W, 3) → x (1, H, W, 3), float32."""
        picture = np.asarray(picture)
        if picture.dtype != np.uint8:
            raise DTypeError(f"preprocess: expected a picture of uint8 values, got {picture.dtype}")
        if picture.ndim != 3 or picture.shape[2] != 3 or picture.size == 0:
            raise ShapeError(f"preprocess: expected an RGB picture (H, W, 3), got shape {picture.shape}")
        return self.from_values(picture.astype(np.float32))[None]

    def invert(self, x):
        """x (1, H, W, 3) or (H, W, 3) → uint8 RGB (H, W, 3), rounded and clipped to 0..255."""
        finite(floating(x, "deprocess"), "deprocess")  # NaN would become some colour or other
        if x.ndim == 4 and x.shape[0] == 1:
            x = x[0]
        if x.ndim != 3 or x.shape[2] != 3:
            raise ShapeError(f"deprocess: expected (1, H, W, 3) or (H, W, 3), got shape {x.shape}")
        xp = array_module(x)
        return xp.clip(xp.rint(self.to_values(x)), 0, 255).astype(np.uint8)

    def from_values(self, values):
        """RGB values (..., 3) on the scale 0..255, neither rounded nor clipped → x of the same dtype."""
        scale, shift = self._line(values)
        return self._swap(values) * scale + shift

    def to_values(self, x):
        """The exact inverse of `from_values`."""
        scale, shift = self._line(x)
        return self._swap((x - shift) / scale)

    def _line(self, x):
        """The factor and the summand of each channel, as arrays beside `x`."""
        xp, std = array_module(x), np.array(self.std)
        return (
            xp.asarray(self.scale / std, dtype=x.dtype),
            xp.asarray(-np.array(self.mean) / std, dtype=x.dtype),
        )

    def _swap(self, x):
        return x[..., ::-1] if self.order == "BGR" else x


def _three(values, name):
    """A number for each channel, as floats."""
    listed = isinstance(values, (tuple, list)) or getattr(values, "ndim", 0) == 1
    if not listed or len(values) != 3:
        raise OptionError(
            f"preprocessing: expected three finite numbers as {name}, one a channel, got {shown(values)}"
        )
    return tuple(float(number(value, f"preprocessing: {name}")) for value in values)


# The two conventions that nearly every published file follows.
CAFFE = Preprocessing("BGR", 1.0, (103.939, 116.779, 123.68))
TORCHVISION = Preprocessing("RGB", 1 / 255, (0.485, 0.456, 0.406), (0.229, 0.224, 0.225))
CONVENTIONS = {"caffe": CAFFE, "torchvision": TORCHVISION}


def convention(given):
    """A Preprocessing as it is, that of a convention by its name, and None for None."""
    if given is None or isinstance(given, Preprocessing):
        return given
    return CONVENTIONS[one_of(given, tuple(CONVENTIONS), "preprocessing")]
