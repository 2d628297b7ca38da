"""A run with everything that is to be kept of it: the picture, what came before it, and the run's folder."""

from dataclasses import replace
from pathlib import Path

from . import image
from . import inputs as run_inputs
from .animation import Animation, Frames, check_animation, check_frames, make_folder
from .errors import MemoryTooSmallError, OutputError
from .files import check_folder_of
from .image import alpha
from .optimizers import ASKED
from .runs import Keeper, check_new, page


class Session:
    """`run()` paints and writes whatever `output` asks for, even if it was interrupted on the way.

    text: what the picture says of itself; transparency: the photo's alpha, or None; folder: the run's, held.
    """

    def __init__(self, transfer, output, text, transparency=None, folder=None):
        self.transfer, self.output, self.text, self.folder = transfer, output, text, folder
        self.transparency, self.last = transparency, None
        self.paths = [Path(path) for path in (output.output, folder and folder.result) if path]
        self.frames = output.every_frame and Frames(output.every_frame, transfer)
        self.animation = output.animation and Animation(output.animation, transfer, folder and folder.frames)
        self.keeper = folder and Keeper(folder, transfer, output.checkpoint_every)

    def run(self, callback=None):
        """Whether Ctrl-C ended the run; what `callback` returns true for ends it too."""
        interrupted = False
        # The keeper comes after what a run that goes on from its checkpoint will not write again.
        followers = [one for one in (self._snapshot, self.frames, self.animation, self.keeper) if one]

        def follow(progress):
            for follower in followers:
                follower(progress)
            self.last = progress
            return callback and callback(progress)

        try:
            self.transfer.run(follow)
        except KeyboardInterrupt:
            interrupted = True
        except MemoryTooSmallError:
            if self.last:  # what was painted until then is not lost
                self._write("memory ran out")
            raise
        ended = None if interrupted or self.result.reason == ASKED else self.result
        if self.keeper and not ended:  # at once, lest a second Ctrl-C come
            self.keeper.break_off()
        self._write(ended.reason if ended else "broken off")
        if self.keeper and ended:  # when all is written: a run that is over writes nothing any more
            self.keeper.end(ended.reason, ended.failed)
        return interrupted

    def close(self):
        """Leave the folder to others."""
        if self.keeper:
            self.keeper.close()
            self.folder.let_go()

    @property
    def result(self):
        """The last scale's, or None."""
        return self.transfer.results[-1] if self.transfer.results else None

    def _write(self, reason):
        picture = self.transfer.picture(self.output.bits)
        picture = alpha.restored(picture, self.transparency, self.transfer.settings)
        for path in self.paths:
            image.write(path, picture, self.text)
        if self.animation:
            self.animation.write()
        if self.folder:
            page.write(self.folder, self.transfer, self.transfer.picture(), reason)

    def _snapshot(self, progress):
        every = self.output.save_every
        if not every or progress.iteration % every:
            return
        if self.folder:
            make_folder(self.folder.snapshots)
            path = self.folder.snapshots / f"iteration-{progress.iteration:05}.png"
        else:
            path = Path(self.output.output)
            path = path.with_name(f"{path.stem}-{progress.iteration:05}{path.suffix}")
        image.write(path, self.transfer.shown(progress.canvas))


def resumed(found, quiet=False):
    """The Session of a run that was reopened."""
    text = run_inputs.text(found.record["settings"], found.inputs)
    output = replace(found.output, quiet=quiet)
    return Session(found.transfer, output, text, found.alpha, found.folder)


def check_places(output):
    """Nothing, if all that `output` asks for can be written where it says; tried before any work."""
    if output.output:
        image.check_suffix(output.output, output.bits, output.keep_alpha)
        check_folder_of(output.output)
    if output.run:
        check_new(output.run)
    if output.every_frame:
        check_frames(output.every_frame)
        if not Path(output.every_frame).is_dir():
            check_folder_of(output.every_frame)
    if output.animation:
        check_animation(output.animation)
        check_folder_of(output.animation)
        if output.output and Path(output.animation).resolve() == Path(output.output).resolve():
            raise OutputError(f"{output.animation}: --animation and --output name the same file")


def keeps_alpha(output):
    """Whether a transparent photo makes a transparent picture."""
    if output.keep_alpha is not None:
        return output.keep_alpha
    return output.output is None or image.holds_alpha(output.output)
