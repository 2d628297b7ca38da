"""The folder of a run: all there is to know of it, and what it takes to go on after a break.

settings.json     every setting and the seed, versions, checksums of the inputs and the weights, the scales
inputs/           the pictures as they were: the run goes on whatever becomes of the originals. Weights are
                  only named, with their checksum: they are large, and the same for every run
losses.csv        a row for each iteration, whole whenever the process ends
checkpoint.npz    the optimiser's state and where in the run it was taken
snapshots/        the canvas after every so many iterations (--save-every)
result.png        the picture
report.html       all of this to look at
lock              held by the process at work; the system lets go of it when that dies

Files but losses.csv are written beside and moved into place: there are never halves of any.
"""

from .begin import begin, check_new
from .folder import Folder
from .keeper import Keeper
from .reopen import reopen

__all__ = ["Folder", "Keeper", "begin", "check_new", "reopen"]
