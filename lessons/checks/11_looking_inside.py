"""Lesson 11's exercises: what they are tried on, other ways of being right, ways of being wrong."""

import numpy as np

from lessons.tutor import Lesson, distinct, given, integers, normal
from minicnn.layers import AvgPool2D, Conv2D, MaxPool2D, ReLU

lesson = Lesson(__file__)
right = lesson.right


# --- 11.1 ------------------------------------------------------------------------------------------------

unpool = lesson.exercise(
    "unpool",
    "each maximum back to its place",
    tested="1×1 to 3×4 maxima of one to three channels, pictures of even and odd sizes",
    hints=(
        "Begin with zeros of the picture's shape. Which entries does one window fill, and with what?",
        "Switch 2i + j belongs to row 2r + i, column 2s + j; from a switch k, i = k // 2 and j = k % 2.",
        "For each i and j: x[i : 2*h : 2, j : 2*w : 2] = np.where(switches == 2*i + j, y, 0).",
    ),
)


@unpool.cases
def maxima(rng):
    yield given(np.array([[[7.0]]]), np.array([[[1]]]), 2, 2)
    yield given(np.array([[[7.0], [8]]]), np.array([[[2], [3]]]), 2, 4)
    yield given(integers(rng, 2, 1, 1, low=1), rng.integers(0, 4, (2, 1, 1)), 5, 2)
    yield given(integers(rng, 1, 2, 2) + 0.5, np.array([[[0, 3], [1, 2]]]), 3, 5)
    yield given(normal(rng, 3, 4, 3), rng.integers(0, 4, (3, 4, 3)), 6, 8)
    yield given(normal(rng, 3, 2, 2), rng.integers(0, 4, (3, 2, 2)), 7, 5)


@unpool.mistake(
    "Row and column of the switch are exchanged: it is 2i + j, so i = switch // 2, j = switch % 2."
)
def switch_transposed(y, switches, height, width):
    return right.unpool(y, switches // 2 + switches % 2 * 2, height, width)


@unpool.mistake(
    "Each maximum went to all four places of its window; only the switch's gets it, 0 the others."
)
def to_all_four(y, switches, height, width):
    return sum(right.unpool(y, np.full_like(switches, k), height, width) for k in range(4))


@unpool.mistake("Each maximum was shared out in quarters, as an average is; the switch's place gets it all.")
def in_quarters(y, switches, height, width):
    return to_all_four(y / 4, switches, height, width)


@unpool.mistake("The switches are not used: everything went to the upper left of its window.")
def always_upper_left(y, switches, height, width):
    return right.unpool(y, 0 * switches, height, width)


@unpool.mistake("Switches were read as if they counted from 1; 0 is the upper left.")
def counted_from_one(y, switches, height, width):
    return right.unpool(y, switches - 1, height, width)


@unpool.mistake(
    "The switch was read backwards, 0 as the lower right: 0 is the upper left, 3 the lower right."
)
def read_backwards(y, switches, height, width):
    return right.unpool(y, 3 - switches, height, width)


@unpool.mistake("The switches of the first channel were used for all; each channel has its own.")
def one_channels_switches(y, switches, height, width):
    return right.unpool(y, np.broadcast_to(switches[..., :1], switches.shape), height, width)


@unpool.mistake(
    "The result has twice the size of y; height and width say how large the picture was, a last row or "
    "column that filled no window included."
)
def without_the_rest(y, switches, height, width):
    return right.unpool(y, switches, 2 * y.shape[0], 2 * y.shape[1])


@unpool.mistake(
    "What is left over stands first: windows begin at row 0 and column 0, the rest is at the end."
)
def rest_in_front(y, switches, height, width):
    x = right.unpool(y, switches, height, width)
    return np.roll(x, (height % 2, width % 2), axis=(0, 1))


@unpool.mistake("Negative maxima were dropped; what is rectified is rectified at the ReLUs, not here.")
def rectified_here(y, switches, height, width):
    return right.unpool(np.maximum(y, 0), switches, height, width)


@unpool.alternative
def number_by_number(y, switches, height, width):
    x = np.zeros((height, width, y.shape[2]))
    for r, s, c in np.ndindex(y.shape):
        i, j = divmod(int(switches[r, s, c]), 2)
        x[2 * r + i, 2 * s + j, c] = y[r, s, c]
    return x


@unpool.alternative
def by_index(y, switches, height, width):
    r, s, c = np.indices(y.shape)
    x = np.zeros((height, width, y.shape[2]))
    x[2 * r + switches // 2, 2 * s + switches % 2, c] = y
    return x


# --- 11.2 ------------------------------------------------------------------------------------------------

deconvolve = lesson.exercise(
    "deconvolve",
    "one answer, all the way back",
    tested="one to seven layers on pictures of 1×1 to 6×8 pixels, at several places and channels",
    hints=(
        "Three parts: forward through all layers; an array of zeros with one number in it; back.",
        "The number is the answer itself, x[0, row, column, channel] of the last output. On the way back a "
        "ReLU is not asked for its backward.",
        "y = np.maximum(y, 0) if layer.name.startswith('relu') else layer.backward(y), for each layer in "
        "reversed(layers).",
    ),
)


class Shown(list):
    """Layers that say what they are."""

    def __repr__(self):
        return f"[{', '.join(layer.name for layer in self)}]"


def convolution(rng, c, k, name, kernel=3, whole=False):
    """In float64, frozen, with numbers that are whole or not."""
    conv = Conv2D(c, k, kernel=kernel, padding=kernel // 2, name=name)
    draw = integers if whole else normal
    conv.params = {"kernel": draw(rng, kernel, kernel, c, k), "bias": draw(rng, k)}
    conv.freeze()
    return conv


def pencil():
    """The lesson's example: 1 and 2, then 3 and −1."""
    first, second = (
        Conv2D(1, 2, kernel=1, padding=0, name="conv1"),
        Conv2D(2, 1, kernel=1, padding=0, name="conv2"),
    )
    first.params = {"kernel": np.array([[[[1.0, 2]]]]), "bias": np.zeros(2)}
    second.params = {"kernel": np.array([[[[3.0], [-1]]]]), "bias": np.zeros(1)}
    for conv in (first, second):
        conv.freeze()
    return Shown([first, ReLU(name="relu1"), second, ReLU(name="relu2")])


def answering(layers, x):
    """The place of the loudest answer."""
    for layer in layers:
        x = layer.forward(x)
    return tuple(int(i) for i in np.unravel_index(x.argmax(), x.shape))[1:]


@deconvolve.cases
def networks(rng):
    yield given(pencil(), np.array([[[[5.0]]]]), 0, 0, 0)
    row = Shown([convolution(rng, 1, 2, "conv1", 1, whole=True)])
    yield given(row, integers(rng, 1, 1, 3, 1), 0, 2, 1)
    for pool, shape in ((MaxPool2D, (1, 4, 6, 2)), (AvgPool2D, (1, 6, 4, 2)), (MaxPool2D, (1, 5, 7, 2))):
        layers = Shown(
            [
                convolution(rng, 2, 4, "conv1"),
                ReLU(name="relu1"),
                pool(2, name="pool1"),
                convolution(rng, 4, 5, "conv2"),
                ReLU(name="relu2"),
            ]
        )
        x = normal(rng, *shape)
        yield given(layers, x, *answering(layers, x))
    layers = Shown(
        [
            convolution(rng, 3, 4, "conv1"),
            ReLU(name="relu1"),
            convolution(rng, 4, 4, "conv2"),
            ReLU(name="relu2"),
            MaxPool2D(2, name="pool1"),
            convolution(rng, 4, 3, "conv3"),
        ]
    )
    yield given(layers, normal(rng, 1, 6, 8, 3), 1, 2, 0)
    yield given(layers, normal(rng, 1, 6, 8, 3), 2, 0, 2)


def walked(seed=None, relu=None, ends=lambda y: y):
    """An answer with another seed(x, row, column, channel), or another way through a ReLU, relu(y, layer)."""

    def only(x, row, column, channel):
        y = np.zeros_like(x)
        y[0, row, column, channel] = x[0, row, column, channel]
        return y

    def answer(layers, x, row, column, channel):
        for layer in layers:
            x = layer.forward(x)
        y = (seed or only)(x, row, column, channel)
        for layer in reversed(layers):
            if layer.name.startswith("relu"):
                y = np.maximum(y, 0) if relu is None else relu(y, layer)
            else:
                y = layer.backward(y)
        return ends(y)

    return answer


def one_instead(x, row, column, channel):
    y = np.zeros_like(x)
    y[0, row, column, channel] = 1
    return y


def whole_channel(x, row, column, channel):
    y = np.zeros_like(x)
    y[..., channel] = x[..., channel]
    return y


def whole_place(x, row, column, channel):
    y = np.zeros_like(x)
    y[0, row, column] = x[0, row, column]
    return y


def axes_exchanged(x, row, column, channel):
    y = np.zeros_like(x)
    y[0, column, row, channel] = x[0, column, row, channel]
    return y


@deconvolve.mistake(
    "That is the gradient's way: the ReLUs' backward asks where x was positive. A deconvnet asks where what "
    "comes back is, max(dy, 0)."
)
def gradients_way(*arguments):
    return walked(relu=lambda y, layer: layer.backward(y))(*arguments)


@deconvolve.mistake("Nothing is rectified on the way back: at each ReLU max(dy, 0).")
def never_rectified(*arguments):
    return walked(relu=lambda y, layer: y)(*arguments)


@deconvolve.mistake(
    "Both masks are used at the ReLUs, max of the backward and 0; a deconvnet uses max(dy, 0) alone. (The "
    "other exists too, as guided backpropagation.)"
)
def both_masks(*arguments):
    return walked(relu=lambda y, layer: np.maximum(layer.backward(y), 0))(*arguments)


@deconvolve.mistake("At the ReLUs the size was taken, |dy|: what is negative becomes 0, max(dy, 0).")
def sizes_taken(*arguments):
    return walked(relu=lambda y, layer: np.abs(y))(*arguments)


@deconvolve.mistake(
    "A 1 was carried back in place of the answer's value; the projection is to be as strong as the answer."
)
def seeded_with_one(*arguments):
    return walked(seed=one_instead)(*arguments)


@deconvolve.mistake("The whole channel was carried back; keep the one place alone and set the rest to 0.")
def all_places(*arguments):
    return walked(seed=whole_channel)(*arguments)


@deconvolve.mistake("All channels at the place were carried back; keep the one channel alone.")
def all_channels(*arguments):
    return walked(seed=whole_place)(*arguments)


@deconvolve.mistake(
    "Everything was carried back, the whole last output: keep one entry, set all others to 0."
)
def everything(*arguments):
    return walked(seed=lambda x, row, column, channel: x)(*arguments)


@deconvolve.mistake("Row and column are exchanged: the output is (1, h, w, K), the row comes first.")
def row_and_column(*arguments):
    return walked(seed=axes_exchanged)(*arguments)


@deconvolve.mistake("The picture itself was rectified at the end; only at ReLUs is max(dy, 0) taken.")
def rectified_at_the_end(*arguments):
    return walked(ends=lambda y: np.maximum(y, 0))(*arguments)


@deconvolve.mistake(
    "It was rectified behind every layer; only ReLUs are walked back by max(dy, 0), nothing else is cut."
)
def rectified_everywhere(layers, x, row, column, channel):
    for layer in layers:
        x = layer.forward(x)
    y = np.zeros_like(x)
    y[0, row, column, channel] = x[0, row, column, channel]
    for layer in reversed(layers):
        y = np.maximum(y, 0)
        if not layer.name.startswith("relu"):
            y = np.maximum(layer.backward(y), 0)
    return y


@deconvolve.mistake(
    "The last layer was left out on the way back: reversed(layers) begins with the one whose answer it is."
)
def last_layer_skipped(layers, x, row, column, channel):
    for layer in layers:
        x = layer.forward(x)
    y = np.zeros_like(x)
    y[0, row, column, channel] = x[0, row, column, channel]
    for layer in reversed(layers[:-1]):
        y = np.maximum(y, 0) if layer.name.startswith("relu") else layer.backward(y)
    return y


@deconvolve.alternative
def keeping_outputs(layers, x, row, column, channel):
    outputs = [x]
    for layer in layers:
        outputs.append(layer.forward(outputs[-1]))
    y = 0 * outputs[-1]
    y[:, row, column, channel] = outputs[-1][:, row, column, channel]
    for layer in layers[::-1]:
        y = y * (y > 0) if "relu" in layer.name else layer.backward(y)
    return y


@deconvolve.alternative
def by_recursion(layers, x, row, column, channel):
    def back(rest, x):
        if not rest:
            y = np.zeros(x.shape)
            y[0, row, column, channel] = x[0, row, column, channel]
            return y
        y = back(rest[1:], rest[0].forward(x))
        return np.where(y > 0, y, 0.0) if rest[0].name[:4] == "relu" else rest[0].backward(y)

    return back(list(layers), x)


# --- 11.3 ------------------------------------------------------------------------------------------------

total_variation = lesson.exercise(
    "total_variation",
    "how rough a picture is",
    tested="pictures of 1×1 to 5×6 pixels of one to three channels, flat ones too; beta from 1 to 3",
    hints=(
        "Two arrays of x's shape, u and w, and e = u² + w². The value is a sum over e. Now one step: by how "
        "much does the value grow with u?",
        "By p = beta · e^(beta/2 − 1) · u. A pixel is subtracted in its own step and added in its left "
        "neighbour's: dx gets −p there, and +p one column further.",
        "dx = −p_u − p_w; dx[:, 1:] += p_u[:, :-1]; dx[1:] += p_w[:-1].",
    ),
    returns=("value", "dx"),
)


@total_variation.cases
def rough(rng):
    yield given(np.array([[[0.0], [3]], [[4], [4]]]), 2.0)
    yield given(np.array([[[0.0], [3]], [[4], [9]]]), 1.0)
    yield given(np.array([[[1.0], [1], [1]], [[1], [1], [2]]]), 1.0)  # much of it is flat
    yield given(integers(rng, 2, 3, 1), 2.0)
    yield given(integers(rng, 1, 4, 1), 2.0)
    yield given(integers(rng, 3, 1, 2), 4.0)
    yield given(np.full((1, 1, 3), 2.0), 2.0)
    yield given(distinct(rng, 4, 5, 3), 1.5)
    yield given(normal(rng, 5, 6, 3), 2.5)
    yield given(normal(rng, 3, 4, 2), 3.0)


def parts(x, beta, e_of=lambda u, w: u**2 + w**2):
    """u, w, e and beta · e^(beta/2 − 1)."""
    u, w = np.zeros_like(x), np.zeros_like(x)
    u[:, :-1] = x[:, 1:] - x[:, :-1]
    w[:-1] = x[1:] - x[:-1]
    e = e_of(u, w)
    factor = np.zeros_like(e)
    factor[e > 0] = beta * e[e > 0] ** (beta / 2 - 1)
    return u, w, e, factor


def spread(pu, pw):
    """dx of the steps' slopes."""
    dx = -pu - pw
    dx[:, 1:] += pu[:, :-1]
    dx[1:] += pw[:-1]
    return dx


@total_variation.mistake(
    "Only the step's own pixel got its share; a step has two ends, and the pixel it leads to gets its slope."
)
def one_end(x, beta):
    u, w, e, factor = parts(x, beta)
    return (e ** (beta / 2)).sum(), -factor * (u + w)


@total_variation.mistake("The signs are turned: a pixel is subtracted in its own step, so there it is −p.")
def signs_turned(x, beta):
    value, dx = right.total_variation(x, beta)
    return value, -dx


@total_variation.mistake("Half is missing: value = Σ (u² + w²)^(beta/2), the exponent is beta/2, not beta.")
def exponent_doubled(x, beta):
    return right.total_variation(x, 2 * beta)


@total_variation.mistake(
    "The slope with u is beta · (u² + w²)^(beta/2 − 1) · u: the factor beta is missing, which comes down "
    "from the exponent together with the 2 of the square."
)
def beta_missing(x, beta):
    value, dx = right.total_variation(x, beta)
    return value, dx / beta


@total_variation.mistake(
    "The gradient is twice too large: ½ beta from the exponent times 2u from the square is beta · u."
)
def twice(x, beta):
    value, dx = right.total_variation(x, beta)
    return value, 2 * dx


@total_variation.mistake(
    "The gradient is that of beta = 2: the factor (u² + w²)^(beta/2 − 1) is missing in it."
)
def factor_missing(x, beta):
    u, w, e, _ = parts(x, beta)
    return (e ** (beta / 2)).sum(), spread(beta * u, beta * w)


@total_variation.mistake(
    "The steps were judged one by one, Σ |u|^beta + |w|^beta; both belong to one root, (u² + w²)^(beta/2)."
)
def apart(x, beta):
    u, w, _, _ = parts(x, beta)
    slopes = [beta * np.abs(step) ** (beta - 1) * np.sign(step) for step in (u, w)]
    return (np.abs(u) ** beta + np.abs(w) ** beta).sum(), spread(*slopes)


@total_variation.mistake("The mean was taken; the formula has a sum.")
def mean_of_it(x, beta):
    value, dx = right.total_variation(x, beta)
    return value / x.size, dx / x.size


@total_variation.mistake(
    "Steps lead around the border, from the last column to the first (np.roll); there they are 0."
)
def around_the_border(x, beta):
    u, w = np.roll(x, -1, axis=1) - x, np.roll(x, -1, axis=0) - x
    e = u**2 + w**2
    factor = np.zeros_like(e)
    factor[e > 0] = beta * e[e > 0] ** (beta / 2 - 1)
    dx = -factor * (u + w) + np.roll(factor * u, 1, axis=1) + np.roll(factor * w, 1, axis=0)
    return (e ** (beta / 2)).sum(), dx


@total_variation.mistake(
    "The last row and column are left out; there only one of the two steps is 0, the other counts."
)
def inner_alone(x, beta):
    u, w, _, _ = parts(x, beta)
    u[-1], w[:, -1] = 0, 0
    e = u**2 + w**2
    factor = np.zeros_like(e)
    factor[e > 0] = beta * e[e > 0] ** (beta / 2 - 1)
    return (e ** (beta / 2)).sum(), spread(factor * u, factor * w)


@total_variation.mistake("Only steps to the right count; steps down do too: (u² + w²)^(beta/2).")
def across_alone(x, beta):
    u, w, e, factor = parts(x, beta, lambda u, w: u**2)
    return (e ** (beta / 2)).sum(), spread(factor * u, 0 * w)


@total_variation.mistake(
    "Where u and w are both 0 there is a NaN: 0 to a negative power. The slope there is 0; set it so."
)
def nan_where_flat(x, beta):
    u, w, e, _ = parts(x, beta)
    factor = beta * e ** (beta / 2 - 1)
    return (e ** (beta / 2)).sum(), spread(factor * u, factor * w)


@total_variation.alternative
def pixel_by_pixel(x, beta):
    h, w, c = x.shape
    value, dx = 0.0, np.zeros_like(x)
    for r, s, k in np.ndindex(h, w, c):
        right_step = x[r, s + 1, k] - x[r, s, k] if s + 1 < w else 0.0
        down_step = x[r + 1, s, k] - x[r, s, k] if r + 1 < h else 0.0
        e = right_step**2 + down_step**2
        if e == 0:
            continue
        value += e ** (beta / 2)
        for (row, column), step in (((r, s + 1), right_step), ((r + 1, s), down_step)):
            slope = beta * e ** (beta / 2 - 1) * step
            dx[r, s, k] -= slope
            if slope:
                dx[row, column, k] += slope
    return value, dx


@total_variation.alternative
def with_diff(x, beta):
    u = np.diff(x, axis=1, append=x[:, -1:])
    w = np.diff(x, axis=0, append=x[-1:])
    length = np.hypot(u, w)
    slope = beta * length ** (beta - 1) / np.where(length > 0, length, 1)
    pu, pw = slope * u, slope * w
    back = np.diff(pu, axis=1, prepend=0 * pu[:, :1]) + np.diff(pw, axis=0, prepend=0 * pw[:1])
    return (length**beta).sum(), -back


# --- 11.4 ------------------------------------------------------------------------------------------------

alpha_norm = lesson.exercise(
    "alpha_norm",
    "how far colours are from the mean one",
    tested="pictures of 1×1 to 4×5 pixels of one to four channels, with pixels that are 0; alpha from 2 to 6",
    hints=(
        "First rho² for each pixel, (H, W), a sum over channels. The value follows from it alone.",
        "∂rho²/∂x = 2x, and rho^alpha = (rho²)^(alpha/2): the chain rule does the rest.",
        "square = (x**2).sum(axis=2, keepdims=True); dx = alpha * square ** (alpha/2 - 1) * x.",
    ),
    returns=("value", "dx"),
)


@alpha_norm.cases
def colours(rng):
    yield given(np.array([[[3.0, 4, 0]]]), 4.0)
    yield given(np.array([[[3.0, 4, 0], [0, 0, 0]]]), 2.0)
    yield given(integers(rng, 2, 2, 1), 6.0)
    yield given(integers(rng, 1, 2, 3), 3.0)
    yield given(normal(rng, 4, 5, 3), 6.0)
    yield given(normal(rng, 2, 3, 4), 2.5)


@alpha_norm.mistake("alpha is missing in the gradient: dx = alpha · rho^(alpha − 2) · x.")
def alpha_missing(x, alpha):
    value, dx = right.alpha_norm(x, alpha)
    return value, dx / alpha


@alpha_norm.mistake("The gradient is twice too large: alpha/2 from the exponent times 2x is alpha · x.")
def twice_the_norm(x, alpha):
    value, dx = right.alpha_norm(x, alpha)
    return value, 2 * dx


@alpha_norm.mistake(
    "The gradient has rho^(alpha − 1); the x behind it is a factor too: alpha · rho^(alpha − 2) · x."
)
def one_power_more(x, alpha):
    rho = np.sqrt((x**2).sum(axis=2, keepdims=True))
    return (rho**alpha).sum(), alpha * rho ** (alpha - 1) * x


@alpha_norm.mistake("It is rho², not rho, that was raised to alpha: (rho²)^(alpha/2).")
def square_raised(x, alpha):
    return right.alpha_norm(x, 2 * alpha)


@alpha_norm.mistake(
    "Each channel was judged alone, Σ |x|^alpha; a pixel's channels make one distance, rho² = Σ over c of x²."
)
def channel_by_channel(x, alpha):
    return (np.abs(x) ** alpha).sum(), alpha * np.abs(x) ** (alpha - 1) * np.sign(x)


@alpha_norm.mistake("One distance was taken of the whole picture; each pixel has its own rho.")
def whole_picture(x, alpha):
    square = (x**2).sum()
    return square ** (alpha / 2), alpha * square ** (alpha / 2 - 1) * x


@alpha_norm.mistake("The mean was taken; the formula has a sum over pixels.")
def mean_norm(x, alpha):
    value, dx = right.alpha_norm(x, alpha)
    pixels = x.shape[0] * x.shape[1]
    return value / pixels, dx / pixels


@alpha_norm.mistake("The root of the whole was taken in the end; value = Σ rho^alpha as it stands.")
def root_of_the_sum(x, alpha):
    value, dx = right.alpha_norm(x, alpha)
    return value ** (1 / alpha), dx


@alpha_norm.mistake(
    "The sign of the gradient is turned: the value grows with the distance, dx points outwards."
)
def inwards(x, alpha):
    value, dx = right.alpha_norm(x, alpha)
    return value, -dx


@alpha_norm.mistake(
    "The picture's own mean was taken off; in the network's input 0 is the mean colour already."
)
def mean_taken_off(x, alpha):
    return right.alpha_norm(x - x.mean(axis=(0, 1)), alpha)


@alpha_norm.alternative
def pixel_after_pixel(x, alpha):
    value, dx = 0.0, np.zeros_like(x)
    for r, s in np.ndindex(x.shape[:2]):
        rho = sum(v * v for v in x[r, s]) ** 0.5
        value += rho**alpha
        if rho:
            dx[r, s] = alpha * rho ** (alpha - 2) * x[r, s]
    return value, dx


@alpha_norm.alternative
def with_norm(x, alpha):
    rho = np.linalg.norm(x, axis=-1)
    direction = x / np.where(rho > 0, rho, 1)[..., None]
    return np.sum(rho**alpha), alpha * (rho ** (alpha - 1))[..., None] * direction
