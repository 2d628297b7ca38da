"""Options that do not go together, refused by name."""

from minicnn.errors import OptionError

from .options import flag

# Options that only some values of another one give a meaning to.
BELONG_TO = {
    "mix": ("start", ("mix",)),
    "noise": ("start", ("noise", "gaussian", "mix", "faint")),
    "tv_exponent": ("tv", ("power", "inner-power")),
    "history": ("optimizer", ("auto", "scipy", "lbfgs", "torch-lbfgs")),
    "rounds": ("optimizer", ("scipy",)),
    "learning_rate": ("optimizer", ("adam", "descent")),
    "decay": ("optimizer", ("descent",)),
    "average": ("optimizer", ("adam",)),
    "betas": ("optimizer", ("adam",)),
    "clamp": ("optimizer", ("adam", "torch-lbfgs")),
}
SEARCHING = ("auto", "scipy", "lbfgs")  # optimisers that search along a line for a lower loss
UNCOUNTED = ("uncounted", "laplacian")  # total variations of which the loss sees nothing


def refuse_contradictions(s):
    """Nothing, if the settings `s` go together."""
    for name, (other, values) in BELONG_TO.items():
        if getattr(s, name) not in (None, False) and getattr(s, other) not in values:
            raise OptionError(
                f"{flag(name)} has no meaning with {flag(other)} {getattr(s, other)}; "
                f"it belongs to {' or '.join(values)}"
            )
    if s.scales and s.scales[0] >= 16 and s.size != "native" and s.scales[-1] >= s.size:
        raise OptionError(
            f"--scales: expected sizes below --size {s.size}, which comes last, got {s.scales[-1]}"
        )
    if s.alpha_exponent is not None and not s.alpha_weight:
        raise OptionError("--alpha-exponent has no meaning with --alpha-weight 0")
    if s.optimizer == "scipy" and s.device.startswith("cuda"):
        raise OptionError("--optimizer scipy computes on the CPU; with --device cuda use lbfgs or adam")
    if s.content_weight == 0 and s.style_weight == 0:
        raise OptionError("--content-weight and --style-weight are both 0: nothing is left to paint")
    if s.normalise and s.metric == "teacher":
        raise OptionError("--normalise changes the network's own features, and --metric teacher uses others")
    _refuse_to_search(s)


def _refuse_to_search(s):
    """A line search compares losses; where a gradient is that of none, it would end at once."""
    without = [f"--loss {s.loss}"] if s.loss == "deeppy" else []
    without += [f"--tv {s.tv}"] if s.tv_weight and s.tv in UNCOUNTED else []
    if without and s.optimizer in SEARCHING:
        raise OptionError(
            f"--optimizer {s.optimizer} searches for a lower loss, and the gradient of {without[0]} belongs "
            "to none; use torch-lbfgs, adam or descent"
        )
