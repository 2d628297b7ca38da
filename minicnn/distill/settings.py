"""Every option of a training run once: its default and what it means."""

from dataclasses import asdict, dataclass

from ..errors import OptionError
from ..ops.options import is_whole, number

ROUNDS = 4  # in which counterfeits are painted, by the student as it is then
AT_LEAST_ONE = (
    *("steps", "batch", "side", "repeats", "shelf", "late_side"),
    *("pictures", "size", "counterfeit_steps"),
)
TAPS = ("relu1_1", "relu2_1", "relu3_1", "relu4_1", "relu4_2", "relu5_1")


@dataclass(frozen=True)
class Settings:
    """What, beside teacher and pictures, decides the bytes that come out."""

    width: tuple = (16, 32, 96, 208, 320)  # the student's channels, block by block
    inherit: bool = True  # begin as the teacher with channels left out, rather than at random
    steps: int = 7000
    batch: int = 8  # crops of a step
    side: int = 96  # of a crop, in pixels
    repeats: int = 3  # how often a batch is learnt from
    shelf: int = 16  # how many batches are kept for that
    late_side: int = 160  # of the last steps' crops; fewer of them, so that a step takes as long
    late_share: float = 0.6  # of the steps
    gram_share: float = 1.0  # of the steps, at the end, that learn from Gram matrices too
    gram_weight: float = 1.0  # of their relative error, beside that of the values
    counterfeits: int = 128  # to paint in all, a quarter of them whenever a quarter of the steps begins
    counterfeit_share: float = 0.4  # of the crops, that are taken from them
    counterfeit_steps: int = 40  # that each of them is painted in
    rate: float = 4e-4
    warm_up: float = 0.05  # of the steps, in which the rate rises
    seed: int = 0
    pictures: int = 1500
    size: int = 256  # of a picture, in pixels
    weights: tuple = (0.5, 1.0, 1.0, 1.5, 1.0, 2.5)  # of the taps' errors
    taps: tuple = TAPS
    topology: str = "vgg19"  # the teacher's, in the zoo

    def __post_init__(self):
        for name in AT_LEAST_ONE:
            if not is_whole(getattr(self, name)) or getattr(self, name) < 1:
                raise OptionError(
                    f"distill: {name}: expected a whole number of at least 1, got {getattr(self, name)!r}"
                )
        if not is_whole(self.counterfeits) or self.counterfeits < 0 or self.counterfeits % ROUNDS:
            raise OptionError(
                f"distill: counterfeits: expected 0 or a multiple of {ROUNDS}, got {self.counterfeits!r}"
            )
        for name in ("late_share", "gram_share", "warm_up", "counterfeit_share"):
            number(getattr(self, name), f"distill: {name}", "a share of 0 to 1", lambda v: 0 <= v <= 1)
        number(self.rate, "distill: rate", "a number above 0", lambda v: v > 0)
        number(self.gram_weight, "distill: gram_weight", "a number of at least 0", lambda v: v >= 0)
        if not is_whole(self.seed) or self.seed < 0:
            raise OptionError(f"distill: seed: expected a whole number of at least 0, got {self.seed!r}")
        for side in (self.side, self.late_side):
            if not 16 <= side <= self.size:
                raise OptionError(
                    f"distill: expected crops of 16 px up to the pictures' {self.size}, got {side}"
                )

    def crops(self, step):
        """(how many, how large) for a step."""
        if step < self.steps * (1 - self.late_share):
            return self.batch, self.side
        return max(1, round(self.batch * (self.side / self.late_side) ** 2)), self.late_side

    def paints(self, step):
        """How many counterfeits to paint before a step."""
        begins = any(step == self.steps * part // ROUNDS for part in range(ROUNDS))
        return self.counterfeits // ROUNDS if begins else 0

    def learns_grams(self, step):
        return step >= self.steps * (1 - self.gram_share) and self.gram_weight > 0

    def as_dict(self):
        return {name: list(v) if isinstance(v, tuple) else v for name, v in asdict(self).items()}

    @classmethod
    def from_dict(cls, given):
        return cls(**{name: tuple(v) if isinstance(v, list) else v for name, v in given.items()})
