"""`nst resume DIR`: go on with a run that was broken off, or add to one that is over."""

from minicnn.errors import OptionError

from .. import devices, runs
from ..cli import say
from ..options import Whole
from ..session import resumed
from .running import carry_out


def configure(parser):
    parser.add_argument("folder", metavar="DIR", help="the folder that --run named")
    parser.add_argument(
        "--iterations", metavar="N", help="so many more than the run was begun with, at its last scale"
    )
    parser.add_argument(
        "--weights", metavar="FILE", help="where the run's weights are now (default where they were)"
    )
    parser.add_argument("-q", "--quiet", action="store_true", help="no bar and no summary")


def run(arguments):
    more = _more(arguments.iterations)
    found = runs.reopen(arguments.folder, arguments.weights, more)
    if found.ended and found.folder.result.exists():
        found.folder.let_go()
        failed = found.ended["failed"]
        if failed or not arguments.quiet:
            say(f"{found.folder}: the run is over ({found.ended['reason']}); see {found.folder.result}")
        return 1 if failed else 0
    if not arguments.quiet:
        for line in told(found):
            say(line)
    return carry_out(resumed(found, arguments.quiet))


def told(found):
    """Where the run goes on, and how exactly."""
    if line := devices.fallback(found.transfer.device):
        yield line
    if found.state is None:
        yield f"{found.folder}: broken off before its first checkpoint; starting again"
        return
    done, whole = found.state["iteration"], sum(scale.iterations for scale in found.transfer.scales)
    if not found.transfer.place[1].exact:
        yield (
            f"{found.folder}: going on from the canvas of iteration {done} of {whole}, with fresh curvature: "
            "SciPy keeps its own to itself (--optimizer lbfgs resumes exactly)"
        )
    elif found.changes:
        yield (
            f"{found.folder}: going on from iteration {done} of {whole}, perhaps not to the same bytes, "
            f"as now it is {'; '.join(found.changes)}"
        )
    else:
        yield f"{found.folder}: going on exactly from iteration {done} of {whole}"


def _more(text):
    """The number of --iterations."""
    if text is None:
        return 0
    kind = Whole(1)
    try:
        return kind.check(kind.parse(text))
    except ValueError:
        raise OptionError(f"--iterations: expected {kind}, got {text}") from None
