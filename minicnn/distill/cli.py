"""`python -m minicnn.distill`: a small network, taught to see as a large one sees.

    python -m minicnn.distill vgg19.npz -o pocket.npz
    python -m minicnn.distill vgg19.npz -o pocket.npz --resume pocket.checkpoint.npz

Exit codes: 0 done, 2 refused (bad input, bad option), 130 stopped by Ctrl-C, with a checkpoint written.
"""

import argparse
import csv
import signal
import sys
from pathlib import Path

from .. import zoo
from ..errors import MiniCNNError, OptionError
from ..weights import read
from . import checkpoint, pool
from .progress import Bar
from .settings import Settings
from .training import Training

DONE, REFUSED, STOPPED = 0, 2, 130


def main(arguments=None):
    """Run one training; the exit code."""
    options = _parser().parse_args(arguments)
    try:
        return _run(options)
    except MiniCNNError as error:
        print(f"minicnn.distill: {error}", file=sys.stderr)
        return REFUSED
    except KeyboardInterrupt:  # before there was anything to keep
        return STOPPED


def _parser():
    parser = argparse.ArgumentParser(prog="python -m minicnn.distill", description=__doc__.partition("\n")[0])
    parser.add_argument("teacher", metavar="TEACHER_WEIGHTS", help="the teacher's weight file, of any format")
    parser.add_argument("-o", "--out", metavar="OUT.npz", required=True, help="the file to write")
    parser.add_argument("--network", default="vgg19", help="which of the zoo the teacher is (default: vgg19)")
    parser.add_argument(
        "--images", metavar="DIR", help="learn from the pictures in a folder, not from our own"
    )
    parser.add_argument(
        "--pool", metavar="FILE.npy", help="keep the drawn pictures there, or take them from it"
    )
    parser.add_argument("--resume", metavar="CHECKPOINT", help="go on where it was written")
    parser.add_argument(
        "--every",
        type=int,
        default=250,
        help="steps from one measurement and checkpoint to the next (default: 250)",
    )
    parser.add_argument("--export-only", action="store_true", help="write OUT.npz from --resume and end")
    parser.add_argument(
        "--inherit",
        action=argparse.BooleanOptionalAction,
        help="begin as the teacher with channels left out, not at random (default: yes)",
        default=argparse.SUPPRESS,
    )
    defaults = Settings()
    for name, kind, text in (
        ("width", _numbers, "the student's channels, block by block"),
        ("steps", int, "how many"),
        ("batch", int, "crops of a step"),
        ("side", int, "of a crop, in pixels"),
        ("repeats", int, "how often a batch is learnt from"),
        ("shelf", int, "how many batches are kept for that"),
        ("late-side", int, "of the last steps' crops; fewer of them"),
        ("late-share", float, "of the steps, that have those"),
        ("gram-share", float, "of the steps, at the end, that learn from Gram matrices too"),
        ("gram-weight", float, "of their error, beside that of the activations"),
        ("counterfeits", int, "pictures for the student to paint and to learn from, in all"),
        ("counterfeit-share", float, "of the crops, that are taken from them"),
        ("counterfeit-steps", int, "that each is painted in"),
        ("rate", float, "of Adam, at its highest"),
        ("seed", int, "decides pictures, crops and the first weights"),
        ("pictures", int, "how many to draw, or to take from --images"),
        ("size", int, "of a picture, in pixels"),
    ):
        default = getattr(defaults, name.replace("-", "_"))
        shown = ",".join(map(str, default)) if isinstance(default, tuple) else default
        text = f"{text} (default: {shown})"
        parser.add_argument(f"--{name}", type=kind, metavar="N", help=text, default=argparse.SUPPRESS)
    return parser


def _numbers(text):
    return tuple(int(part) for part in text.split(","))


def _run(options):
    out = Path(options.out)
    if not out.parent.is_dir() or out.is_dir():
        raise OptionError(f"-o {out}: expected a file in a folder that exists")
    if options.every < 1:
        raise OptionError(f"--every: expected a whole number of at least 1, got {options.every}")
    if options.export_only and not options.resume:
        raise OptionError("--export-only: expected --resume with the checkpoint to export")
    settings = _settings(options)
    file = read(options.teacher)
    teacher = zoo.build(settings.topology, file, edges="reflect", until=settings.taps[-1])
    told = {"network": settings.topology, "file": file.path.name, "SHA-256": file.sha256}
    with Bar(settings) as bar:
        training = Training(teacher, settings, _pictures(options, settings, bar), pool.held_out(settings))
        if options.resume:
            sums = checkpoint.restore(options.resume, training)
        else:
            training.begin()
            sums = {}
        if not options.export_only:
            code = _train(training, sums, bar, options, told)
            if code != DONE:
                return code
        if not training.history:
            raise OptionError("--export-only: nothing was measured yet; let it run for a while longer")
        checkpoint.export(out, training, told)
    print(f"{out}: {training.done} steps; {out.stat().st_size / 1e6:.2f} MB")
    return DONE


def _settings(options):
    given = {name: getattr(options, name) for name in Settings.__dataclass_fields__ if hasattr(options, name)}
    if not options.resume:
        return Settings(**given, topology=options.network)
    settings = checkpoint.settings_of(options.resume)
    for name, value in given.items():
        if value != getattr(settings, name):
            raise OptionError(
                f"--{name.replace('_', '-')}: {options.resume} was written with {getattr(settings, name)}, "
                f"got {value}; a run goes on with its own settings"
            )
    return settings


def _pictures(options, settings, bar):
    if options.images:
        return pool.folder(options.images, settings, bar.pictures)
    if options.pool:
        return pool.stored(options.pool, settings, bar.pictures)
    return pool.drawn(settings, bar.pictures)


def _train(training, sums, bar, options, told):
    """Steps to the end, or to Ctrl-C; every so often a measurement, a checkpoint, and the network so far."""
    out = Path(options.out)
    beside = out.with_name(f"{out.stem}.checkpoint.npz")
    with Stop() as stop:
        while training.done < training.settings.steps and not stop.asked:
            for tap, errors in training.step().items():
                so_far = sums.setdefault(tap, [0, 0, 0])
                sums[tap] = [so_far[0] + 1, so_far[1] + errors[0], so_far[2] + errors[1]]
            bar.step(training.done, sums)
            if training.done % options.every == 0 or training.done == training.settings.steps:
                means = {tap: [total / n for total in totals] for tap, (n, *totals) in sums.items()}
                training.history.append(
                    {"step": training.done, "errors": means, "held out": training.measure()}
                )
                sums.clear()
                bar.measured(training.history[-1])
                _write_history(out.with_suffix(".csv"), training.history)
                checkpoint.save(beside, training, sums)
                checkpoint.export(out, training, told)
    if training.done < training.settings.steps:
        checkpoint.save(beside, training, sums)
        bar.say(f"stopped after {training.done} steps; to go on: --resume {beside}")
        return STOPPED
    return DONE


class Stop:
    """Ctrl-C is heard between two steps, when all that is kept fits together; a second one at once."""

    asked = False

    def __enter__(self):
        self._before = signal.signal(signal.SIGINT, self._ask)
        return self

    def __exit__(self, *_):
        signal.signal(signal.SIGINT, self._before)

    def _ask(self, *_):
        if self.asked:
            raise KeyboardInterrupt
        self.asked = True


def _write_history(path, history):
    """A table: step; values and Gram matrices of each tap, of the crops learnt from and of those held out."""
    columns = [f"{tap} {what}" for tap in history[0]["errors"] for what in ("values", "gram")]
    with open(path, "w", newline="") as file:
        table = csv.writer(file)
        table.writerow(["step", *columns, *(f"held out: {column}" for column in columns)])
        for row in history:
            numbers = [v for part in ("errors", "held out") for pair in row[part].values() for v in pair]
            table.writerow([row["step"], *(f"{value:.6g}" for value in numbers)])
