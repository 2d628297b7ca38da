"""A run folder taken up again."""

from typing import NamedTuple

from minicnn.errors import MiniCNNError

from .. import inputs as run_inputs
from ..errors import RunError
from ..inputs import Input
from ..plan import Scale
from ..settings import Output, make
from ..transfer import Transfer
from . import checkpoint, losses
from .folder import Folder
from .record import changes, found_again


class Reopened(NamedTuple):
    """A run where it was left."""

    folder: Folder
    record: dict  # settings.json
    transfer: Transfer
    inputs: list
    output: Output
    alpha: object  # of the photo, or None
    state: dict | None  # of the checkpoint
    changes: list  # of program and machine since it was begun

    @property
    def ended(self):
        """{"reason", "failed"} of a run that is over; None if it was broken off, or given more iterations."""
        whole = sum(scale.iterations for scale in self.transfer.scales)
        return self.state["ended"] if self.state and self.state["iterations"] == whole else None


def reopen(path, weights=None, iterations=0):
    """The run in a folder, which is locked; `weights`: where they are now, `iterations`: so many more.

    Refused where its pictures or weights are no longer what it began with.
    """
    folder = Folder(path)
    record = folder.read()
    folder.hold()
    try:
        return _reopened(folder, record, weights, iterations)
    except BaseException:
        folder.let_go()
        raise


def _reopened(folder, record, weights, more):
    inputs = [_checked(folder, one) for one in record["inputs"]]
    settings = _settings(folder, record, inputs, weights)
    output = _output(folder, record)
    state = checkpoint.load(folder.checkpoint)
    losses.rows(folder.losses)  # refused now, if at all
    transfer, transparency = run_inputs.transfer_of(inputs, settings, output.keep_alpha)
    transfer.scales = [Scale((h, w), iterations) for h, w, iterations in record["scales"]]
    if more:
        last = transfer.scales[-1]
        transfer.scales[-1] = last._replace(iterations=last.iterations + more)
        record["scales"][-1][-1] += more
        record["settings"]["iterations"] += more
        folder.write(record)
    if state is not None:
        _restore(transfer, state, folder)
    changed = changes(record["program"], transfer.device)
    return Reopened(folder, record, transfer, inputs, output, transparency, state, changed)


def _checked(folder, one):
    """A picture as it was, or a refusal that names it."""
    path = folder.inputs / one["file"]
    try:
        found = Input(one["role"], one["name"], str(path), path.read_bytes())
    except OSError as error:
        raise RunError(f"{path}: {one['role']} of the run, cannot be read ({error.strerror})") from error
    if found.sha256 != one["sha256"]:
        raise RunError(
            f"{path}: this is not the {one['role']} that the run began with (SHA-256 {one['sha256'][:16]}…); "
            "put that file back, or begin a new run"
        )
    return found


def _settings(folder, record, inputs, weights):
    """The run's settings, with the places where its files are now."""
    try:
        here = run_inputs.placed(inputs, record["settings"])
        settings = make(**{**record["settings"], **here, "weights": None})
    except MiniCNNError as error:
        raise _of_another(folder, record, error) from error
    return settings.replace(weights=found_again(record["weights"], settings, weights))


def _output(folder, record):
    """What the run was asked to write, and where."""
    try:
        return Output(**{**record["output"], "run": str(folder)})
    except (MiniCNNError, TypeError) as error:  # a value that is none, a name that is none
        raise _of_another(folder, record, error) from error


def _of_another(folder, record, error):
    """The refusal of a record that says what this version does not know."""
    return RunError(f"{folder.settings}: nst {record['program'].get('nst')} wrote it, and here {error}")


def _restore(transfer, state, folder):
    """Go on from a checkpoint, if it is this run's."""
    whole = sum(scale.iterations for scale in transfer.scales)
    try:
        transfer.restore(state)
        height, width = transfer.scales[state["scale"]].size
        border = 2 * transfer.settings.margin
        fits = transfer.canvas.shape == (height + border, width + border, 3) and state["iteration"] <= whole
    except (KeyError, TypeError, ValueError, AttributeError, IndexError):  # as many ways as there are parts
        fits = False
    if not fits:
        raise RunError(
            f"{folder.checkpoint}: expected the state of this run, found another's; delete it, and the run "
            "starts again"
        )
