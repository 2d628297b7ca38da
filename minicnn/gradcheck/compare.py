"""One argument: what backward says along every probe, beside what the differences say."""

from dataclasses import dataclass

import numpy as np

from .differences import STEPS, settle, slope
from .probes import Probe, coordinate, probes
from .report import Apart, Finding

FLOOR = 1e-3  # an entry below this fraction of the largest is judged as if it were that large
KINK_SLACK = 1e-4  # how exactly the slopes on both sides of a kink are known


@dataclass
class Verdict:
    """One probe, for the dy where backward does worst."""

    probe: Probe
    u: int  # which dy that is
    error: float
    backward: float
    differences: float
    apart: Apart | None  # why there is no derivative to compare with, if so


class Comparison:
    """The gradients of one argument, (U, *shape) for U upstream gradients, against differences."""

    def __init__(self, subject, k, y, upstream, gradients, tolerance):
        self.subject, self.k, self.x = subject, k, subject.inputs[k]
        self.y, self.upstream, self.tolerance = y, upstream, tolerance
        self.gradients = gradients.reshape(len(upstream), -1)

    def run(self, rng, coordinates, directions, apart):
        """The Finding, once all probes are compared; a fraction `apart` of them may have no derivative."""
        tried = list(probes(self.x, rng, coordinates, directions))
        first = [slope(self._along(probe.v), self.y, self.upstream, STEPS[0]) for probe in tried]
        self._measure_sizes(tried, first)
        verdicts = [self._judge(probe, one) for probe, one in zip(tried, first, strict=True)]
        worst = self._worst(verdicts)
        finding = Finding(
            self.subject.names[self.k],
            self.x.shape,
            worst.error,
            worst.probe.place,
            worst.probe.index,
            worst.backward / self.size,
            worst.differences / self.size,
            compared=len(verdicts),
            apart=[verdict.apart for verdict in verdicts if verdict.apart],
            wrong=worst.error > self.tolerance,
        )
        if not self.largest.any():
            finding.faults.append("it has no influence here, so that nothing was tested; try other inputs")
        blind = sum(one.blind for one in finding.apart)
        if blind > apart * len(verdicts):
            finding.faults.append(
                f"{blind} of {len(verdicts)} places have no derivative that differences can tell, "
                "so that too little was tested; try other inputs"
            )
        return finding

    def _along(self, v):
        """t → y with this argument moved by t·v, the others where they are."""
        inputs, k = self.subject.inputs, self.k
        return lambda t: np.asarray(self.subject.evaluate([*inputs[:k], self.x + t * v, *inputs[k + 1 :]]))

    def _measure_sizes(self, tried, slopes):
        """What is large for one entry and for many at once: by that, small differences are weighed."""
        values = np.abs([one.value for one in slopes])
        values[~np.isfinite(values)] = 0
        alone = np.array([probe.index is not None for probe in tried])
        self.size = float(np.abs(tried[0].v).max())
        self.single, self.joint = values[alone].max(0), values[~alone].max(0, initial=0)
        self.largest = np.maximum(self.single, self.size * np.abs(self.gradients).max(1))

    def _judge(self, probe, first=None, u=None):
        """The verdict on one probe; `first` is its slope at the first step, if known, u the dy to look at."""
        y, v = self._along(probe.v), probe.v.reshape(-1)
        first = first or slope(y, self.y, self.upstream, STEPS[0])
        typical = self.joint if probe.index is None else self.single
        enough = self.tolerance / 4 * np.maximum(np.abs(first.value), FLOOR * typical)
        found, why = settle(y, self.y, self.upstream, enough, first)
        says = self.gradients @ v
        floor = FLOOR * np.maximum(self.largest, np.linalg.norm(self.gradients * v, axis=1))
        scale = np.maximum.reduce([np.abs(says), np.abs(np.nan_to_num(found.value)), floor])
        if why == "rounding":
            found.low, found.high = found.value - found.noise, found.value + found.noise
        off = _off(says, found, why, scale)
        error = off / np.where(scale > 0, scale, 1)
        if u is None:
            u = int(np.argmax(np.minimum(error, self.tolerance * 1.01)))  # the first that is wrong, if one is
        slopes = float(found.low[u] / self.size), float(found.high[u] / self.size)
        apart = Apart(probe.place, why, *slopes) if why else None
        return Verdict(probe, u, float(error[u]), float(says[u]), float(found.value[u]), apart)

    def _worst(self, verdicts):
        """The verdict on the entry that is most wrong; of a direction that is wrong, the entry to blame."""
        worst = max(verdicts, key=lambda verdict: verdict.error)
        if worst.error <= self.tolerance or worst.probe.index is not None:
            return worst
        alone = max((v for v in verdicts if v.probe.index is not None), key=lambda verdict: verdict.error)
        if alone.error > self.tolerance:
            return alone
        blamed = self._judge(coordinate(self.x.shape, self._locate(worst), self.size))
        return blamed if blamed.error > self.tolerance else worst

    def _locate(self, verdict):
        """Halves the direction again and again, and follows the half that is off by more."""
        v = verdict.probe.v
        support = np.flatnonzero(v)
        while len(support) > 1:
            tried = []
            for half in np.array_split(support, 2):
                part = np.zeros_like(v)
                part.flat[half] = v.flat[half]
                found = self._judge(Probe("", part), u=verdict.u)
                tried.append((abs(found.backward - found.differences), half))
            support = max(tried, key=lambda one: one[0])[1]
        return np.unravel_index(support[0], v.shape)


def _off(says, found, why, scale):
    """How far backward is from the differences, beyond what these can tell."""
    if why is None:
        return np.abs(says - found.value)
    outside = np.maximum(found.low - says, says - found.high)
    return np.where(outside > (KINK_SLACK * scale if why == "kink" else 0), outside, 0)
