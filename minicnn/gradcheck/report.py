"""What a check found, and how it says so."""

from dataclasses import dataclass, field

from ..errors import GradientError, UnknownNameError


@dataclass
class Apart:
    """A place where differences tell no derivative, only the slopes on both sides."""

    place: str
    why: str  # "kink" or "rounding"
    low: float
    high: float

    @property
    def blind(self):
        """Whether the two are so far apart that an error of a thousandth could hide between them."""
        return not self.high - self.low <= 1e-3 * max(abs(self.low), abs(self.high))


@dataclass
class Finding:
    """About one argument: the worst disagreement, and what else was wrong with its gradient."""

    argument: str
    shape: tuple
    error: float = 0.0
    place: str = ""  # where the error is largest: an index, or a direction
    index: tuple | None = None
    backward: float = 0.0  # what backward says of that place
    differences: float = 0.0  # what the differences say
    compared: int = 0
    apart: list = field(default_factory=list)
    faults: list = field(default_factory=list)
    wrong: bool = False

    @property
    def ok(self):
        return not self.wrong and not self.faults

    def __str__(self):
        lines = []
        if self.compared:
            lines.append(
                f"{self.argument} {'is wrong' if self.wrong else 'agrees'}: "
                f"relative error {self.error:.1e} at {self.place}; "
                f"backward says {self.backward:.9g}, differences say {self.differences:.9g}"
            )
            lines.append(f"  {self.compared} places and directions of shape {self.shape} compared")
        if self.apart:
            first = self.apart[0]
            lines.append(
                f"  {len(self.apart)} of them set apart; the first at {first.place} ({first.why}: "
                f"slopes {first.low:.6g} and {first.high:.6g})"
            )
        return "\n".join(lines + [f"{self.argument}: {fault}" for fault in self.faults])


@dataclass
class Report:
    """About a whole function; `ok` if every argument's gradient is right and backward behaves."""

    name: str
    findings: list
    faults: list

    @property
    def ok(self):
        return not self.faults and all(finding.ok for finding in self.findings)

    @property
    def error(self):
        """The largest relative error of all arguments."""
        return max((finding.error for finding in self.findings), default=0.0)

    def __getitem__(self, argument):
        for finding in self.findings:
            if finding.argument == argument:
                return finding
        names = ", ".join(finding.argument for finding in self.findings) or "none"
        raise UnknownNameError(f"{self.name}: expected one of its arguments, {names}, got {argument!r}")

    def __str__(self):
        lines = [f"{self.name}: {'right' if self.ok else 'WRONG'}", *map(str, self.findings), *self.faults]
        return "\n  ".join("\n".join(lines).splitlines())

    def raise_if_wrong(self):
        """The report itself, or a GradientError that tells it."""
        if not self.ok:
            raise GradientError(str(self))
        return self
