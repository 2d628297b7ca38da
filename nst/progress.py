"""How far a run is: what its callback is told, and a bar for people."""

import sys
import time
from typing import NamedTuple


class Progress(NamedTuple):
    """What a callback is told after every iteration; counts and seconds are those of the whole run."""

    iteration: int
    iterations: int
    scale: int  # counted from 1
    scales: int
    size: tuple  # (height, width)
    canvas: object  # in the network's input space, without its margin
    value: float
    terms: dict  # each part's value, without its weight
    seconds: float
    seconds_left: float


class Clock:
    """Time spent and time left, counting an iteration's work by its pixels; `spent` before it was started."""

    def __init__(self, scales, spent=0.0):
        self.started = time.perf_counter() - spent
        self.pixels = [scale.size[0] * scale.size[1] for scale in scales]
        self.work = [p * scale.iterations for p, scale in zip(self.pixels, scales, strict=True)]

    @property
    def spent(self):
        return time.perf_counter() - self.started

    def after(self, scale, iterations):
        """(seconds spent, seconds left) after so many iterations at the scale of that index."""
        spent = self.spent
        done = sum(self.work[:scale]) + iterations * self.pixels[scale]
        return spent, spent * (sum(self.work) - done) / done


class Bar:
    """A callback that draws a bar on stderr with scale, iteration, terms and time left."""

    def __init__(self, file=None):
        self.file = sys.stderr if file is None else file
        self.bar = None

    def __call__(self, progress):
        from tqdm import tqdm

        if self.bar is None:
            self.bar = tqdm(
                total=progress.iterations,
                file=self.file,
                bar_format="{desc} {bar:12} {n_fmt}/{total_fmt}{postfix}",
                leave=False,
                dynamic_ncols=True,
            )
        height, width = progress.size
        self.bar.set_description_str(
            f"scale {progress.scale}/{progress.scales} {width}×{height}", refresh=False
        )
        self.bar.set_postfix_str(f"{told(progress)}, {clock_time(progress.seconds_left)} left", refresh=False)
        self.bar.update(progress.iteration - self.bar.n)

    def close(self):
        if self.bar is not None:
            self.bar.close()


def told(progress):
    """Loss and terms in a few characters; the terms of several layers as their mean."""
    means = {}
    for name, value in progress.terms.items():
        means.setdefault(name.split()[0], []).append(value)
    terms = " ".join(f"{kind} {sum(values) / len(values):.3g}" for kind, values in means.items())
    return f"loss {progress.value:.4g} ({terms})"


def clock_time(seconds):
    """3 → "3 s", 75 → "1:15", 3700 → "1:01:40"."""
    seconds = round(seconds)
    if seconds < 60:
        return f"{seconds} s"
    minutes, seconds = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{seconds:02}" if hours else f"{minutes}:{seconds:02}"
