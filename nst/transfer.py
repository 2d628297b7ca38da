"""The run: pictures and settings in, a picture out, from the coarsest scale to the finest."""

from dataclasses import fields

import numpy as np

from minicnn.backend import to_host
from minicnn.errors import OptionError

from . import devices, networks
from .adapted import normalised
from .blend import check_counts
from .colour import PHOTO, dressed, with_chroma_of
from .compose import compose
from .errors import MemoryTooSmallError
from .estimate import check_memory
from .masks import fitted_masks, read_masks
from .optimizers import ASKED, Result
from .optimizing import make_optimizer, optimizer_kind
from .plan import plan
from .progress import Clock, Progress
from .regions import Regions
from .sizes import crop, enlarge_canvas, resize, with_margin, without_margin
from .starts import check_start, first_canvas


class Transfer:
    """One picture to be painted: `run()` paints it, `picture()` shows it, even after a run broken off.

    photo and paintings are uint8 RGB (H, W, 3). Without a photo only style counts (a texture), without
    paintings only content (a reconstruction). `state()` between two iterations is what a run goes on from
    after `restore(state)`, to the same bytes if its optimiser is `exact`.
    """

    def __init__(self, photo, paintings, settings, network=None):
        self.device = devices.chosen(settings)
        self.notice = networks.notice(settings)  # a line for people about the network, or None
        kind = optimizer_kind(settings, self.device)
        self.settings = networks.resolved(settings.replace(optimizer=kind))
        check_start(self.settings)
        if photo is None and not paintings:
            raise OptionError("expected a photo, a painting or both, got neither")
        check_counts(self.settings, len(paintings))
        masks = fitted_masks(read_masks(self.settings), photo, paintings, self.settings)
        self.regions = Regions(masks)
        self.original = photo if photo is None or not settings.crop else crop(photo, settings.crop)
        self.photo, self.paintings = dressed(self.original, paintings, masks, settings.colours)
        self.network = networks.load(self.settings) if network is None else network
        if self.settings.normalise:
            pictures = [*([] if photo is None else [self.photo]), *self.paintings]
            self.network = normalised(self.network, pictures)
        self.notice = self.notice or networks.mismatch(self.settings, self.network)
        self.settings = networks.fitted(self.settings, self.network)
        shape = self.paintings[0].shape if photo is None else self.photo.shape
        self.scales = plan(self.settings, shape, self.network)
        self.regions.check(self.network, self.scales[-1].size, self.settings)
        if not self.device.on_host:
            self.network = self.network.to(self.device)
        self.canvas = self.objective = None
        self.place = None  # (index of the scale at work, its optimiser)
        self.results = []  # of the optimisers, scale by scale
        self.seconds = 0.0  # of earlier sessions
        self.clock = None

    def run(self, callback=None):
        """Paint, and return the picture. A callback that returns true ends the run.

        A run that would not fit into memory is refused before it starts.
        """
        check_memory(self)
        self.clock = Clock(self.scales, self.seconds)
        for index in range(self.place[0] if self.place else 0, len(self.scales)):
            try:
                optimizer = self._begin(index)
                result = optimizer.run(
                    self.objective,
                    self.canvas,
                    self.scales[index].iterations,
                    self._follower(index, callback),
                )
            except MemoryError as error:
                raise self._out_of_memory(index) from error
            self.canvas = result.canvas
            self.results.append(result)
            if result.failed or result.reason == ASKED:
                break
        return self.picture()

    def _out_of_memory(self, index):
        """What ended the run; the canvas as it was is brought to the host first."""
        self.objective = None
        self.canvas = None if self.canvas is None else to_host(self.canvas)
        height, width = self.scales[index].size
        return MemoryTooSmallError(
            f"the memory of {self.device.title} ran out at {width}×{height}; choose a smaller --size, or see "
            "what fits with: nst estimate"
        )

    def _begin(self, index):
        """The optimiser of a scale, with its canvas and its objective; a restored one as it was."""
        size = self.scales[index].size
        self.canvas = self.device.put(self._carried_up(size))
        self.objective = None  # its memory is the next one's
        self.objective = self._objective(size)
        if self.place is None or self.place[0] != index:
            self.place = index, make_optimizer(self.settings, self.network)
        return self.place[1]

    def state(self):
        """What the rest of the run depends on, beside settings and pictures; None in the midst of a step.

        The optimiser's arrays go on changing: save or copy them first.
        """
        if self.place is None or not self.place[1].whole or self.place[1].state()["x"] is None:
            return None
        index, optimizer = self.place
        return {
            "scale": index,
            "iteration": self._before(index) + optimizer.iteration,
            "iterations": self._before(len(self.scales)),
            "seconds": self.seconds if self.clock is None else self.clock.spent,
            "results": [_told(result) for result in self.results[:index]],
            "optimizer": {name: to_host(value) for name, value in optimizer.state().items()},
        }

    def restore(self, state):
        """Go on where `state` was taken. Returns the transfer."""
        optimizer = make_optimizer(self.settings, self.network)
        kept = {name: self._brought(value, name, optimizer) for name, value in state["optimizer"].items()}
        optimizer.restore(kept)
        self.place, self.canvas = (state["scale"], optimizer), optimizer.canvas
        self.results = [Result(canvas=None, **told) for told in state["results"]]
        self.seconds = state["seconds"]
        return self

    def _brought(self, value, name, optimizer):
        """Part of an optimiser's state, where it belongs."""
        stays = name in optimizer.ON_HOST or not isinstance(value, np.ndarray)
        return value if stays else self.device.put(value)

    def picture(self, bits=8):
        """The canvas as RGB at the size that was asked for, without its margin; before a run, the first."""
        canvas = self._carried_up(self.scales[-1].size)
        return self.shown(without_margin(canvas, self.settings.margin), bits)

    def shown(self, canvas, bits=8, size=None):
        """A canvas without its margin as RGB, uint8 (H, W, 3), or uint16 with 16 bits; larger if asked."""
        canvas = to_host(canvas)
        if size is not None and canvas.shape[:2] != size:
            canvas = enlarge_canvas(canvas, size)
        if bits == 8 and self.settings.colours != PHOTO:
            return self.network.deprocess(canvas)
        values = self.network.preprocessing.to_values(canvas)
        if self.settings.colours == PHOTO:
            values = with_chroma_of(resize(self.original, values.shape[:2]), values)
        kind, step = (np.uint8, 1) if bits == 8 else (np.uint16, 257)
        return np.clip(np.rint(values * step), 0, np.iinfo(kind).max).astype(kind)

    def _carried_up(self, size):
        """The canvas at a size, on the host."""
        if self.canvas is None:
            return first_canvas(self.network, size, self.photo, self.paintings, self.settings)
        canvas = to_host(self.canvas)
        inner = without_margin(canvas, self.settings.margin)
        if inner.shape[:2] == size:
            return canvas
        return with_margin(enlarge_canvas(inner, size), self.settings.margin)

    def _objective(self, size):
        return compose(self.network, size, self.photo, self.paintings, self.settings, self.regions)

    def _before(self, index):
        """How many iterations the scales before one were given."""
        return sum(scale.iterations for scale in self.scales[:index])

    def _follower(self, index, callback):
        """The optimiser's callback: keeps the last good canvas and reports the whole run's progress."""
        before, total = self._before(index), self._before(len(self.scales))

        def follow(step):
            self.canvas = step.canvas
            seconds, left = self.clock.after(index, step.iteration)
            return callback and callback(
                Progress(
                    before + step.iteration,
                    total,
                    index + 1,
                    len(self.scales),
                    self.scales[index].size,
                    without_margin(step.canvas, self.settings.margin),
                    step.value,
                    step.terms,
                    seconds,
                    left,
                )
            )

        return follow


def _told(result):
    """A Result without its canvas, as JSON can hold it."""
    return {one.name: getattr(result, one.name) for one in fields(result) if one.name != "canvas"}
