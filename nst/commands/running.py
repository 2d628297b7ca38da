"""What every command that paints shares: where the picture goes, the bar, and how a run ends."""

import sys
from pathlib import Path

from minicnn.errors import OptionError

from .. import image
from ..cli import say
from ..files import check_folder_of
from ..options import given
from ..progress import Bar, clock_time, told
from ..settings import Output


def output_of(arguments):
    """Where the picture goes; that it can be written there is tried before any work is done."""
    output = Output(**given(arguments, Output))
    if output.output is None:
        raise OptionError("--output: expected the name of the picture to write, such as -o picture.png")
    image.check_suffix(output.output)
    check_folder_of(output.output)
    return output


def paint_and_write(transfer, output, made_from):
    """Run, write the picture even if the run was stopped, and tell how it went. Returns the exit code."""
    if transfer.notice and not output.quiet:
        say(transfer.notice)
    follow = Follower(transfer, output)
    code = 0
    try:
        transfer.run(follow)
    except KeyboardInterrupt:
        code = 130
    finally:
        follow.close()
    image.write(output.output, transfer.picture(), {**transfer.settings.record(), **made_from})
    failed = bool(transfer.results) and transfer.results[-1].failed
    if failed or not output.quiet:
        for line in summary(transfer, follow.last, output.output, code):
            say(line)
    return 1 if failed else code


def summary(transfer, last, output, code):
    """What became of a run, a line for each thing worth telling."""
    for result, scale in zip(transfer.results, transfer.scales, strict=False):
        for reason in result.restarts:
            yield f"started again with fresh curvature: {reason}"
        if result.failed:
            yield f"{result.reason}; {output} holds the last good picture"
            return
        if result.iterations < scale.iterations:
            yield f"{result.iterations} of {scale.iterations} iterations at this scale: {result.reason}"
    if code == 130:
        done = f"{last.iteration} of {last.iterations} iterations" if last else "no iteration"
        yield f"stopped after {done}; {output} holds the picture so far"
        return
    height, width = transfer.scales[-1].size
    how = f", {last.iteration} iterations in {clock_time(last.seconds)}, {told(last)}" if last else ""
    yield f"{output}: {width}×{height}{how}"


class Follower:
    """The run's callback: draws the bar, writes pictures on the way, remembers the last it was told."""

    def __init__(self, transfer, output):
        self.transfer, self.output, self.last = transfer, output, None
        self.bar = bar_for(output.quiet)

    def __call__(self, progress):
        self.last = progress
        if self.bar:
            self.bar(progress)
        every = self.output.save_every
        if every and progress.iteration % every == 0:
            path = Path(self.output.output)
            path = path.with_name(f"{path.stem}-{progress.iteration:05}{path.suffix}")
            image.write(path, self.transfer.network.deprocess(progress.canvas))

    def close(self):
        if self.bar:
            self.bar.close()


def bar_for(quiet):
    """A bar, if someone is there to look at it."""
    return None if quiet or not sys.stderr.isatty() else Bar()
