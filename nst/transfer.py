"""The run: pictures and settings in, a picture out, from the coarsest scale to the finest."""

from minicnn.errors import OptionError

from . import networks
from .compose import compose, grey_level
from .estimate import check_memory
from .lbfgs import LBFGS
from .optimizers import ASKED, Adam, GradientDescent
from .plan import plan
from .progress import Clock, Progress
from .scipy_lbfgs import ScipyLBFGS
from .sizes import crop, enlarge_canvas, with_margin, without_margin
from .starts import check_start, first_canvas


class Transfer:
    """One picture to be painted: `run()` paints it, `picture()` shows it, even after a run broken off.

    photo and paintings are uint8 RGB (H, W, 3). Without a photo only style counts (a texture), without
    paintings only content (a reconstruction).
    """

    def __init__(self, photo, paintings, settings, network=None):
        self.notice = networks.notice(settings)  # a line for people about the network, or None
        self.settings = networks.resolved(settings)
        check_start(self.settings)
        if photo is None and not paintings:
            raise OptionError("expected a photo, a painting or both, got neither")
        self.photo = photo if photo is None or not settings.crop else crop(photo, settings.crop)
        self.paintings = list(paintings)
        self.network = networks.load(self.settings) if network is None else network
        self.settings = networks.fitted(self.settings, self.network)
        shape = self.paintings[0].shape if photo is None else self.photo.shape
        self.scales = plan(self.settings, shape, self.network)
        self.canvas = self.objective = None
        self.results = []  # of the optimiser, scale by scale

    def run(self, callback=None):
        """Paint, and return the picture. A callback that returns true ends the run.

        A run that would not fit into memory is refused before it starts.
        """
        check_memory(self)
        clock = Clock(self.scales)
        for index, scale in enumerate(self.scales):
            self.canvas = self._carried_up(scale.size)
            self.objective = None  # its memory is the next one's
            self.objective = self._objective(scale.size)
            optimizer = make_optimizer(self.settings, self.network)
            result = optimizer.run(
                self.objective, self.canvas, scale.iterations, self._follower(index, clock, callback)
            )
            self.canvas = result.canvas
            self.results.append(result)
            if result.failed or result.reason == ASKED:
                break
        return self.picture()

    @property
    def optimizer_kind(self):
        return optimizer_kind(self.settings)

    def picture(self):
        """uint8 RGB of the canvas, at the size that was asked for and without its margin."""
        canvas = self._carried_up(self.scales[-1].size)
        return self.network.deprocess(without_margin(canvas, self.settings.margin))

    def _carried_up(self, size):
        if self.canvas is None:
            return first_canvas(self.network, size, self.photo, self.paintings, self.settings)
        inner = without_margin(self.canvas, self.settings.margin)
        if inner.shape[:2] == size:
            return self.canvas
        return with_margin(enlarge_canvas(inner, size), self.settings.margin)

    def _objective(self, size):
        return compose(self.network, size, self.photo, self.paintings, self.settings)

    def _follower(self, index, clock, callback):
        """The optimiser's callback: keeps the last good canvas and reports the whole run's progress."""
        before = sum(scale.iterations for scale in self.scales[:index])
        total = sum(scale.iterations for scale in self.scales)

        def follow(step):
            self.canvas = step.canvas
            seconds, left = clock.after(index, step.iteration)
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


def make_optimizer(settings, network):
    """The optimiser that the settings ask for."""
    kind = optimizer_kind(settings)
    history = 10 if settings.history is None else settings.history
    unit, rate = grey_level(network), settings.learning_rate
    if kind == "scipy":
        return ScipyLBFGS(history, settings.restart)
    if kind == "lbfgs":
        return LBFGS(history, settings.restart)
    if kind == "adam":
        average = 0.99 if settings.average is None else settings.average
        return Adam((2.0 if rate is None else rate) * unit, average=average)
    return GradientDescent(rate, first=unit)


def optimizer_kind(settings):
    """What "auto" comes to."""
    return "scipy" if settings.optimizer == "auto" else settings.optimizer
