"""How a picture came to be: every iteration as a file, for a video, or some of them as one animation."""

import shlex
from pathlib import Path

import numpy as np
from PIL import Image

from . import image
from .errors import OutputError
from .files import refusal, written_whole
from .sizes import size_within

RATE = 25  # pictures a second in a video
FRAMES, LONGEST = 48, 480  # of an animation: how many pictures at most, and their longest side in pixels
SHOWN, HELD = 80, 2500  # milliseconds: each, and the last one
EASE = 1.5  # how much more closely the first iterations are looked at, where most changes
PALETTE = 256


class Frames:
    """A callback that writes every canvas as FOLDER/frame-000001.png and so on, all at the picture's size."""

    def __init__(self, folder, transfer):
        self.folder, self.transfer = Path(folder), transfer
        self.size = transfer.scales[-1].size
        make_folder(self.folder)
        if transfer.canvas is None:
            self._write(0, transfer.picture())

    def __call__(self, progress):
        self._write(progress.iteration, self.transfer.shown(progress.canvas, size=self.size))

    def _write(self, number, picture):
        image.write(self.folder / f"frame-{number:06}.png", picture)

    def command(self):
        """What makes a video of them; its sides must be even."""
        pattern = shlex.quote(str(self.folder).replace("%", "%%") + "/frame-%06d.png")
        even = "" if not any(side % 2 for side in self.size) else ' -vf "crop=trunc(iw/2)*2:trunc(ih/2)*2"'
        return f"ffmpeg -framerate {RATE} -i {pattern}{even} -c:v libx264 -crf 16 -pix_fmt yuv420p video.mp4"


def check_frames(folder):
    """Nothing, if the frames of a new run could be written to a folder."""
    folder = Path(folder)
    if folder.is_dir() and any(folder.glob("frame-*.png")):
        raise OutputError(
            f"{folder}: --every-frame: there are frames of another run in it; choose a new folder"
        )
    if folder.exists() and not folder.is_dir():
        raise OutputError(f"{folder}: --every-frame: expected a folder, this is a file")


class Animation:
    """A callback that keeps some of the canvases, and `write`s them as one moving picture.

    They are kept in memory, small as they are, and in a folder too where a run is to go on after a break.
    """

    def __init__(self, path, transfer, folder=None):
        self.path, self.transfer, self.folder = Path(path), transfer, folder
        self.size = size_within(transfer.scales[-1].size, min(LONGEST, max(transfer.scales[-1].size)))
        self.wanted = set(sampled(sum(scale.iterations for scale in transfer.scales)))
        if folder is not None:
            make_folder(folder)
        self.kept = {} if folder is None else {int(p.stem): image.read(p) for p in folder.glob("*.png")}
        if transfer.canvas is None:
            self._keep(0, transfer.picture())

    def __call__(self, progress):
        if progress.iteration in self.wanted:
            self._keep(progress.iteration, self.transfer.shown(progress.canvas))

    def write(self):
        """The frames in order, and the picture as it is now."""
        kinds = {".gif": gif, ".webp": webp}
        frames = [picture for _, picture in sorted(self.kept.items())]
        frames.append(self._small(self.transfer.picture()))
        with written_whole(self.path) as file:
            kinds[self.path.suffix.lower()](file, frames)

    def _keep(self, number, picture):
        self.kept[number] = self._small(picture)
        if self.folder is not None:
            image.write(self.folder / f"{number:06}.png", self.kept[number])

    def _small(self, picture):
        return np.asarray(Image.fromarray(picture).resize(self.size[::-1], Image.Resampling.LANCZOS))


def check_animation(path):
    """Nothing, if an animation may be called that."""
    if Path(path).suffix.lower() not in (".gif", ".webp"):
        raise OutputError(f"{path}: --animation: expected a name that ends in .gif or .webp")


def sampled(iterations):
    """Which iterations are shown before the last: all, or so many, closer together at the beginning."""
    count = min(iterations, FRAMES - 1)
    return sorted({max(k, round(iterations * (k / count) ** EASE)) for k in range(1, count)})


def gif(file, frames):
    """Frames with one palette for all, so that colours do not flicker; its errors go to their neighbours."""
    images = [Image.fromarray(frame) for frame in frames]
    every = Image.fromarray(np.concatenate(frames[:: max(1, len(frames) // 8)] + frames[-1:]))
    palette = every.quantize(PALETTE, Image.Quantize.FASTOCTREE)  # nearer than median cut, and quicker
    indexed = [one.quantize(palette=palette, dither=Image.Dither.FLOYDSTEINBERG) for one in images]
    _save(file, "GIF", indexed, disposal=1)


def webp(file, frames):
    """Frames with all their colours."""
    _save(file, "WEBP", [Image.fromarray(frame) for frame in frames], quality=82, method=4)


def _save(file, kind, images, **options):
    durations = [SHOWN] * (len(images) - 1) + [HELD]
    options |= {"save_all": True, "append_images": images[1:], "duration": durations, "loop": 0}
    images[0].save(file, kind, **options)


def make_folder(path):
    """The folder, made if its own folder is there."""
    try:
        Path(path).mkdir(exist_ok=True)
    except OSError as error:
        raise OutputError(refusal(path, error)) from error
