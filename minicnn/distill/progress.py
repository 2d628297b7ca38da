"""How far a training is: a bar for people, lines for a log."""

import sys
import time


class Bar:
    """On stderr: a bar that is redrawn where that is a terminal, and a line for every measurement."""

    def __init__(self, settings, file=None):
        self.settings, self.file = settings, file or sys.stderr
        self.live = self.file.isatty()
        self._bar = self._started = None

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self._bar is not None:
            self._bar.close()

    def pictures(self, done, count):
        if self.live and (done % 10 == 0 or done == count):
            print(f"\rpictures {done}/{count}", end="\n" if done == count else "", file=self.file, flush=True)

    def step(self, done, sums):
        """After every step; the errors shown are means since the last measurement."""
        if self._started is None:
            self._started = time.perf_counter(), done - 1
        if not self.live:
            return
        if self._bar is None:
            from tqdm import tqdm

            self._bar = tqdm(
                total=self.settings.steps, initial=done - 1, file=self.file, leave=False, dynamic_ncols=True
            )
        self._bar.set_postfix_str(
            _shown({tap: total / n for tap, (n, total, _) in sums.items()}), refresh=False
        )
        self._bar.update(done - self._bar.n)

    def measured(self, row):
        began, first = self._started
        spent, done = time.perf_counter() - began, row["step"]
        rate = (done - first) / spent
        left = (self.settings.steps - done) / rate / 60
        values, grams = ({tap: pair[i] for tap, pair in row["held out"].items()} for i in (0, 1))
        self.say(
            f"step {done}/{self.settings.steps}, {rate:.2f} a second, {left:.0f} min left; held out: "
            f"{_shown(values)}; Gram: {_shown(grams)}"
        )

    def say(self, text):
        if self._bar is not None:
            self._bar.write(text, file=self.file)
        else:
            print(text, file=self.file, flush=True)


def _shown(errors):
    return ", ".join(f"{tap.removeprefix('relu')} {error:.3f}" for tap, error in sorted(errors.items()))
