"""What every command that paints shares: what it begins with, the bar, and how a run ends."""

import sys
from dataclasses import replace

from minicnn.errors import OptionError

from .. import devices, runs
from .. import inputs as run_inputs
from ..cli import say
from ..options import given
from ..progress import Bar, clock_time, told
from ..session import Session, check_places, keeps_alpha
from ..settings import Output


def output_of(arguments):
    """Where everything goes; that it can be written there is tried before any work is done."""
    output = Output(**given(arguments, Output))
    if output.output is None and output.run is None:
        raise OptionError("--output: expected the name of the picture to write, such as -o picture.png")
    check_places(output)
    return output


def paint_and_write(inputs, settings, output):
    """A new run, from its inputs to the last file. Returns the exit code."""
    keep = keeps_alpha(output)
    transfer, transparency = run_inputs.transfer_of(inputs, settings, keep)
    if not output.quiet:
        for line in told_before(transfer):
            say(line)
    text = run_inputs.text(transfer.settings.record(), inputs)
    folder = runs.begin(transfer, inputs, replace(output, keep_alpha=keep)) if output.run else None
    return carry_out(Session(transfer, output, text, transparency, folder))


def carry_out(session):
    """Run, keep everything even if the run was stopped, and tell how it went. Returns the exit code."""
    quiet = session.output.quiet
    bar = bar_for(quiet)
    try:
        interrupted = session.run(bar)
    finally:
        if bar:
            bar.close()
        session.close()
    failed = bool(session.result) and session.result.failed
    if failed or not quiet:
        for line in summary(session, interrupted):
            say(line)
    return 1 if failed else 130 if interrupted else 0


def told_before(transfer):
    """What is worth knowing of a run before it begins: where it computes, and through which network."""
    return [line for line in (devices.fallback(transfer.device), transfer.notice) if line]


def summary(session, interrupted):
    """What became of a run, a line for each thing worth telling."""
    transfer, last, picture = session.transfer, session.last, session.paths[0]
    for result, scale in zip(transfer.results, transfer.scales, strict=False):
        for reason in result.restarts:
            yield f"started again with fresh curvature: {reason}"
        if result.failed:
            yield f"{result.reason}; {picture} holds the last good picture"
            return
        if result.iterations < scale.iterations:
            yield f"{result.iterations} of {scale.iterations} iterations at this scale: {result.reason}"
    if interrupted:
        none = "no further iteration" if transfer.seconds else "no iteration"
        done = f"{last.iteration} of {last.iterations} iterations" if last else none
        held = "the picture so far" if last else "what it began with"
        yield f"stopped after {done}; {picture} holds {held}"
        if session.folder:
            yield f"to go on: nst resume {session.folder}"
        return
    height, width = transfer.scales[-1].size
    how = f", {last.iteration} iterations in {clock_time(last.seconds)}, {told(last)}" if last else ""
    yield f"{picture}: {width}×{height}{how}"
    if session.frames:
        yield f"a video of every iteration: {session.frames.command()}"


def bar_for(quiet):
    """A bar, if someone is there to look at it."""
    return None if quiet or not sys.stderr.isatty() else Bar()
