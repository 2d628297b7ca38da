"""Lesson 5's exercises: what they are tried on, other ways of being right, ways of being wrong."""

import numpy as np

from lessons.tutor import Lesson, distinct, given, integers, normal
from minicnn import ops

lesson = Lesson(__file__)
right = lesson.right

EXAMPLE = np.array([[1.0, 3, 2, 4], [5, 7, 6, 8], [0, 0, 4, 4], [6, 6, 0, 0]])[:, :, None]


# --- 5.1 -------------------------------------------------------------------------------------------------

relu_backward = lesson.exercise(
    "relu_backward",
    "back through a ReLU",
    tested="arrays of one to four axes and up to 210 entries, zeros and both signs in x and in dy",
    hints=(
        "Which outputs have seen entry i of x? With what slope, if x[i] is 3, and if it is −3?",
        "dx is dy where x > 0 and 0 elsewhere; the sign of dy has no say.",
        "x > 0 is True and False, which count as 1 and 0: dy * (x > 0).",
    ),
)


@relu_backward.cases
def arrays(rng):
    yield given(np.array([5.0, 6, -7, -8]), np.array([2.0, -1, -3, 4]))
    yield given(np.array([[3.0, -2, 2]]), np.array([[0.0, 1, -1]]))
    yield given(integers(rng, 2, 3), integers(rng, 2, 3))
    yield given(integers(rng, 3, 2, 2), integers(rng, 3, 2, 2))
    yield given(normal(rng, 2, 5, 7, 3), normal(rng, 2, 5, 7, 3))


MASKED_BY_THE_GRADIENT = (
    "It is masked by the sign of dy; it is x that decides what was let through: dx = dy where x > 0. "
    "(max(dy, 0) is what a deconvnet does, and no derivative.)"
)


@relu_backward.mistake(MASKED_BY_THE_GRADIENT)
def masked_by_the_gradient(dy, x):
    return np.maximum(dy, 0)


@relu_backward.mistake(MASKED_BY_THE_GRADIENT)
def masked_by_the_gradient_in_place(dy, x):
    dy[dy < 0] = 0
    return dy


@relu_backward.mistake(
    "Negative gradients are held back as well; a negative dy is as good as a positive one: dx = dy where "
    "x > 0, whatever sign dy has."
)
def masked_by_both(dy, x):
    return np.maximum(dy, 0) * (x > 0)


@relu_backward.mistake(
    "The upstream gradient is forgotten: the slope alone came, 1 where x > 0; the chain rule multiplies "
    "it by dy."
)
def upstream_forgotten(dy, x):
    return (x > 0).astype(float)


@relu_backward.mistake("At x = 0 the slope is taken as 0: dx = dy where x > 0, not where x ≥ 0.")
def slope_one_at_zero(dy, x):
    return dy * (x >= 0)


@relu_backward.mistake("At x = 0 the slope is taken as 0, not as one half: dx = dy where x > 0.")
def half_a_slope_at_zero(dy, x):
    return dy * np.heaviside(x, 0.5)


@relu_backward.mistake("dy is handed on as it came; where x ≤ 0 nothing was let through, and dx is 0.")
def nothing_masked(dy, x):
    return dy.copy()


@relu_backward.mistake("The mask is the wrong way round: dx = dy where x > 0, 0 where it is not.")
def mask_inverted(dy, x):
    return dy * (x <= 0)


@relu_backward.mistake("dy is multiplied by x; the slope of max(x, 0) is 1 where x > 0, however large x is.")
def times_x(dy, x):
    return dy * x


@relu_backward.mistake(
    "dy is multiplied by y = max(x, 0); the slope is 1 where x > 0, however large y is: dx = dy · (x > 0)."
)
def times_y(dy, x):
    return dy * np.maximum(x, 0)


@relu_backward.mistake(
    "Where x < 0 the sign of dy is turned round; the slope there is 0, not −1: dx = dy · (x > 0)."
)
def times_sign(dy, x):
    return dy * np.sign(x)


@relu_backward.mistake("That is the forward pass, max(x, 0); backward sends dy back: dy where x > 0.")
def forward_again(dy, x):
    return np.maximum(x, 0)


@relu_backward.mistake("The entries where x ≤ 0 are missing; dx has the shape of x, with 0 in these places.")
def left_out(dy, x):
    return dy[x > 0]


@relu_backward.mistake(
    "The numbers are right, but they were written into dy, and dy may be somebody's seed: dx = dy * (x > "
    "0) is a new array."
)
def written_into_dy(dy, x):
    dy[x <= 0] = 0
    return dy


@relu_backward.alternative
def by_product(dy, x):
    return dy * (x > 0)


@relu_backward.alternative
def on_a_copy(dy, x):
    dx = dy.copy()
    dx[x <= 0] = 0
    return dx


@relu_backward.alternative
def entry_by_entry(dy, x):
    dx = np.zeros(x.shape)
    for i in np.ndindex(x.shape):
        if x[i] > 0:
            dx[i] = dy[i]
    return dx


# --- 5.2 -------------------------------------------------------------------------------------------------

pool_backward = lesson.exercise(
    "pool_backward",
    "back through a pooling",
    tested="both kinds, images of 2 to 7 pixels a side, odd ones too, with ties and without, 1 to 3 channels",
    hints=(
        "Which outputs have seen the pixel x[3, 1, c]? With what slope in an average, with what slope in "
        "a maximum?",
        "Begin with zeros of the shape of x, go through all (r, s, c) of dy, and write into the window "
        "that begins at (2r, 2s): a quarter into each of its places, or all into the place of its first "
        "maximum.",
        "x[2 * r : 2 * r + 2, 2 * s : 2 * s + 2, c].argmax() is 0, 1, 2 or 3 in reading order: row 2 * r "
        "+ place // 2, column 2 * s + place % 2.",
    ),
)


@pool_backward.cases
def pooled(rng):
    def either(kind, make, h, w, c, *options, **bounds):
        return given(4 * integers(rng, h // 2, w // 2, c), make(rng, h, w, c, *options, **bounds), kind)

    for kind in ("max", "average"):
        yield given(np.array([[8.0, 4], [-4, 12]])[:, :, None], EXAMPLE.copy(), kind)
        yield either(kind, integers, 2, 4, 1, low=-1, high=1)
        yield either(kind, integers, 3, 5, 1)
        yield either(kind, integers, 2, 3, 2)
        yield given(normal(rng, 3, 2, 3), distinct(rng, 7, 5, 3), kind)
    yield given(np.array([[[8.0]]]), np.array([[0.0, 5], [5, 5]])[:, :, None], "max")


def cut(x):
    return x[: x.shape[0] // 2 * 2, : x.shape[1] // 2 * 2]


def uncut(dx, x):
    """With rows and columns of 0 in the place of those that were cut off."""
    return np.pad(dx, ((0, x.shape[0] - dx.shape[0]), (0, x.shape[1] - dx.shape[1]), (0, 0)))


def spread(dy):
    return dy.repeat(2, axis=0).repeat(2, axis=1)


def tops(x):
    """(2h, 2w, C): where an entry is as large as the largest of its window."""
    h, w, c = x.shape[0] // 2, x.shape[1] // 2, x.shape[2]
    y = cut(x).reshape(h, 2, w, 2, c).max(axis=(1, 3))
    return cut(x) == spread(y)


def for_max(function):
    """A mistake about the maximum, with averages that are right."""

    def pool(dy, x, kind):
        return function(dy, x) if kind == "max" else right.pool_backward(dy, x, kind)

    pool.__name__ = function.__name__
    return pool


def for_average(function):
    """A mistake about the average, with maxima that are right."""

    def pool(dy, x, kind):
        return function(dy, x) if kind == "average" else right.pool_backward(dy, x, kind)

    pool.__name__ = function.__name__
    return pool


@pool_backward.mistake(
    "Average: the quarter is missing. Each of four pixels has slope ¼, so dx = dy / 4 in each: four times "
    "¼ is all of dy."
)
@for_average
def without_quarter(dy, x):
    return 4 * right.pool_backward(dy, x, "average")


@pool_backward.mistake(
    "Average: dy is halved; there are two rows and two columns in a window, four pixels, and each has "
    "slope ¼: dx = dy / 4."
)
@for_average
def halved(dy, x):
    return 2 * right.pool_backward(dy, x, "average")


@pool_backward.mistake(
    "Average: the upstream gradient is forgotten; a slope of ¼ is multiplied by dy: dx = dy / 4."
)
@for_average
def a_quarter_everywhere(dy, x):
    return right.pool_backward(np.ones_like(dy), x, "average")


@pool_backward.mistake(
    "Average: only the upper left pixel of each window gets something; all four were seen, with slope ¼ each."
)
@for_average
def upper_left_alone(dy, x):
    dx = np.zeros_like(x)
    dx[: 2 * dy.shape[0] : 2, : 2 * dy.shape[1] : 2] = dy
    return dx


@pool_backward.mistake(
    "Max: all of several equal maxima get dy, which makes more of it than there is; the first in reading "
    "order alone has won."
)
@for_max
def all_maxima_win(dy, x):
    return uncut(spread(dy) * tops(x), x)


@pool_backward.mistake(
    "Max: of equal entries the last has won; it is the first in reading order, as argmax has it."
)
@for_max
def last_maximum_wins(dy, x):
    dx = right.pool_backward(dy[::-1, ::-1], cut(x)[::-1, ::-1], "max")[::-1, ::-1]
    return uncut(dx, x)


@pool_backward.mistake(
    "Max: equal maxima share dy; here the first in reading order gets all of it. (Sharing would be "
    "defensible, but it is not what this library does.)"
)
@for_max
def ties_share(dy, x):
    top = tops(x)
    h, w, c = dy.shape
    return uncut(spread(dy) * top / spread(top.reshape(h, 2, w, 2, c).sum(axis=(1, 3))), x)


@pool_backward.mistake(
    "Max: the first of equal entries is looked for down the columns; reading order is the upper row "
    "first, from left to right."
)
@for_max
def down_the_columns(dy, x):
    return right.pool_backward(dy.swapaxes(0, 1), x.swapaxes(0, 1), "max").swapaxes(0, 1)


@pool_backward.mistake("Max: the upstream gradient is forgotten; the winner gets dy, not 1.")
@for_max
def ones_for_winners(dy, x):
    return right.pool_backward(np.ones_like(dy), x, "max")


@pool_backward.mistake("Max: the winner gets its own value back; what comes back is the gradient, dx = dy.")
@for_max
def value_for_gradient(dy, x):
    return right.pool_backward(np.ones_like(dy), x, "max") * x


@pool_backward.mistake("Max: a quarter of dy came; the winner's slope is 1, so it gets all of dy.")
@for_max
def winner_gets_a_quarter(dy, x):
    return right.pool_backward(dy, x, "max") / 4


@pool_backward.mistake(
    "Max: place // 2 and place % 2 are exchanged: place p of four in reading order is row p // 2, column "
    "p % 2."
)
@for_max
def place_transposed(dy, x):
    dx = np.zeros_like(x)
    for r, s, c in np.ndindex(dy.shape):
        place = x[2 * r : 2 * r + 2, 2 * s : 2 * s + 2, c].argmax()
        dx[2 * r + place % 2, 2 * s + place // 2, c] = dy[r, s, c]
    return dx


@pool_backward.mistake(
    "Two things. Average: the quarter is missing, dx = dy / 4. Max: all of several equal maxima get dy; "
    "the first in reading order alone has won."
)
def all_maxima_and_no_quarter(dy, x, kind):
    return all_maxima_win(dy, x, kind) if kind == "max" else without_quarter(dy, x, kind)


@pool_backward.mistake(
    "Two things. Average: the quarter is missing, dx = dy / 4. Max: of equal entries the first in reading "
    "order has won, not the last."
)
def last_maximum_and_no_quarter(dy, x, kind):
    return last_maximum_wins(dy, x, kind) if kind == "max" else without_quarter(dy, x, kind)


@pool_backward.mistake(
    "The upstream gradient is forgotten in both kinds: dx = dy / 4 in an average, and dy for the winner "
    "of a maximum, not ¼ and 1."
)
def slopes_alone(dy, x, kind):
    return right.pool_backward(np.ones_like(dy), x, kind)


@pool_backward.mistake(
    "dx lacks the last row of an odd height or the last column of an odd width: it has the shape of x, "
    "with 0 there."
)
def cut_off(dy, x, kind):
    return cut(right.pool_backward(dy, x, kind))


@pool_backward.mistake(
    "The last row of an odd height or the last column of an odd width gets something as well; no window "
    "has seen it, and its dx is 0."
)
def rest_gets_something(dy, x, kind):
    dx = cut(right.pool_backward(dy, x, kind))
    rest = x.shape[0] - dx.shape[0], x.shape[1] - dx.shape[1]
    return np.pad(dx, ((0, rest[0]), (0, rest[1]), (0, 0)), mode="edge")


@pool_backward.mistake(
    "The two kinds are exchanged: the average shares, the maximum gives all to the winner."
)
def kinds_exchanged(dy, x, kind):
    return right.pool_backward(dy, x, "average" if kind == "max" else "max")


@pool_backward.mistake(
    'Only the average is done; with kind "max" all of dy goes to the first maximum of each window.'
)
def always_average(dy, x, kind):
    return right.pool_backward(dy, x, "average")


@pool_backward.mistake('Only the maximum is done; with kind "average" each pixel of a window gets dy / 4.')
def always_max(dy, x, kind):
    return right.pool_backward(dy, x, "max")


@pool_backward.alternative
def with_slices(dy, x, kind):
    dx = np.zeros_like(x)
    h, w, _ = dy.shape
    free = np.ones(dy.shape, bool)
    y = ops.max_pool(x[None])[0][0]
    for i in (0, 1):
        for j in (0, 1):
            place = slice(i, 2 * h, 2), slice(j, 2 * w, 2)
            if kind == "average":
                dx[place] = dy / 4
            else:
                won = free & (x[place] == y)
                dx[place] = dy * won
                free &= ~won
    return dx


@pool_backward.alternative
def with_the_library(dy, x, kind):
    if kind == "average":
        return ops.avg_pool_backward(dy[None], (1, *x.shape))[0]
    _, index = ops.max_pool(x[None])
    return ops.max_pool_backward(dy[None], index, (1, *x.shape))[0]


@pool_backward.alternative
def by_reshaping(dy, x, kind):
    h, w, c = dy.shape
    if kind == "average":
        return uncut(np.kron(dy, np.full((2, 2, 1), 0.25)), x)
    place = cut(x).reshape(h, 2, w, 2, c).transpose(0, 2, 4, 1, 3).reshape(h, w, c, 4).argmax(axis=-1)
    parts = np.eye(4)[place] * dy[..., None]
    return uncut(parts.reshape(h, w, c, 2, 2).transpose(0, 3, 1, 4, 2).reshape(2 * h, 2 * w, c), x)


# --- 5.3 -------------------------------------------------------------------------------------------------

dense_backward = lesson.exercise(
    "dense_backward",
    "back through a dense layer",
    tested="1 to 6 examples, 1 to 5 inputs, 1 to 5 outputs, square weights among them",
    hints=(
        "Write the sum of one output, y[n, o], on paper. Which outputs have seen x[n, i]? Which have seen "
        "w[i, o]? Which b[o]?",
        "dx[n, i] = Σ over o of dy[n, o] · w[i, o], dw[i, o] = Σ over n of x[n, i] · dy[n, o], db[o] = Σ "
        "over n of dy[n, o].",
        "A sum over the second index of the second matrix needs it transposed: dy @ w.T; the other two "
        "are x.T @ dy and dy.sum(axis=0).",
    ),
    returns=("dx", "dw", "db"),
)


@dense_backward.cases
def products(rng):
    yield given(np.array([[1.0, 2, 1]]), np.array([[1.0, 2]]), np.array([[1.0, 0, -1], [2, 1, 3]]))
    for n, i, o in ((2, 2, 2), (3, 2, 1), (2, 3, 2), (2, 1, 3), (1, 2, 2)):
        yield given(integers(rng, n, o), integers(rng, n, i), integers(rng, i, o))
    yield given(normal(rng, 6, 5), normal(rng, 6, 4), normal(rng, 4, 5))
    yield given(normal(rng, 4, 4), normal(rng, 4, 4), normal(rng, 4, 4))


def with_dx(compute):
    """The right dw and db beside another dx."""

    def backward(dy, x, w):
        return compute(dy, x, w), x.T @ dy, dy.sum(axis=0)

    backward.__name__ = compute.__name__
    return backward


def with_dw(compute):
    def backward(dy, x, w):
        return dy @ w.T, compute(dy, x, w), dy.sum(axis=0)

    backward.__name__ = compute.__name__
    return backward


def with_db(compute):
    def backward(dy, x, w):
        return dy @ w.T, x.T @ dy, compute(dy, x, w)

    backward.__name__ = compute.__name__
    return backward


@dense_backward.mistake(
    "dx: w is not transposed, which only goes through where inputs and outputs are equally many. The sum "
    "runs over o, the second index of w: dx[n, i] = Σ dy[n, o] · w[i, o], that is dy wᵀ."
)
@with_dx
def kernel_not_transposed(dy, x, w):
    return dy @ w


@dense_backward.mistake(
    "dx: w was brought into shape (O, I) by reshape, which cuts the same row of numbers elsewhere; "
    "transpose it: dy @ w.T."
)
@with_dx
def kernel_reshaped(dy, x, w):
    return dy @ w.reshape(w.shape[::-1])


@dense_backward.mistake(
    "dx: the upstream gradient is forgotten; what came is Σ over o of w[i, o], where dx[n, i] = Σ dy[n, "
    "o] · w[i, o]."
)
@with_dx
def dx_without_upstream(dy, x, w):
    return np.tile(w.sum(axis=1), (len(x), 1))


@dense_backward.mistake(
    "dx is divided by N. There is no mean here: y[n] belongs to example n alone, and dx = dy wᵀ. (If the "
    "loss is a mean, its 1/N is in dy already.)"
)
@with_dx
def dx_of_the_mean(dy, x, w):
    return dy @ w.T / len(x)


@dense_backward.mistake(
    "dw is divided by N; every example has used the same w, and its ways add up: dw = xᵀ dy, a sum, not a "
    "mean. (If the loss is a mean, its 1/N is in dy already.)"
)
@with_dw
def dw_of_the_mean(dy, x, w):
    return x.T @ dy / len(x)


@dense_backward.mistake(
    "dw stands on its side: it has the shape of w, (I, O), so xᵀ dy, where dyᵀ x (O, I) came."
)
@with_dw
def dw_transposed(dy, x, w):
    return dy.T @ x


@dense_backward.mistake(
    "dw: x is not transposed, which only goes through where sizes happen to fit. The sum runs over n, the "
    "first index of both: dw[i, o] = Σ x[n, i] · dy[n, o], that is xᵀ dy."
)
@with_dw
def dw_untransposed_product(dy, x, w):
    return x @ dy


@dense_backward.mistake(
    "dw: the upstream gradient is forgotten; what came is Σ over n of x[n, i], where dw[i, o] = Σ x[n, i] "
    "· dy[n, o]."
)
@with_dw
def dw_without_upstream(dy, x, w):
    return np.tile(x.sum(axis=0)[:, None], (1, w.shape[1]))


@dense_backward.mistake(
    "dw holds the last example alone: each one overwrote the one before. All have used the same w, and "
    "their ways are added: dw = Σ over n of the outer products of x[n] and dy[n] = xᵀ dy."
)
@with_dw
def dw_of_one_example(dy, x, w):
    return np.outer(x[-1], dy[-1])


@dense_backward.mistake(
    "db is not summed over the batch: b[o] was used by every example, so db[o] = Σ over n of dy[n, o], of "
    "shape (O,)."
)
@with_db
def db_not_summed(dy, x, w):
    return dy.copy()


@dense_backward.mistake(
    "db is a mean over the batch; b[o] was used by every example, and its ways add up: db[o] = Σ over n "
    "of dy[n, o]."
)
@with_db
def db_of_the_mean(dy, x, w):
    return dy.mean(axis=0)


@dense_backward.mistake(
    "db is summed over the wrong axis: it has one entry for each output, db[o] = Σ over n of dy[n, o], so "
    "axis=0."
)
@with_db
def db_over_outputs(dy, x, w):
    return dy.sum(axis=1)


@dense_backward.mistake(
    "db is summed over everything; each output has a bias of its own: db[o] = Σ over n of dy[n, o], of "
    "shape (O,)."
)
@with_db
def db_over_everything(dy, x, w):
    return dy.sum()


@dense_backward.mistake(
    "db: a slope of 1 is right, but it is multiplied by dy and summed over the batch: db[o] = Σ over n of "
    "dy[n, o]."
)
@with_db
def db_of_ones(dy, x, w):
    return np.ones(w.shape[1])


@dense_backward.mistake(
    "dw and db are divided by N; every example has used the same w and b, and its ways add up: dw = xᵀ dy "
    "and db = Σ over n of dy, sums, not means. (If the loss is a mean, its 1/N is in dy already.)"
)
def means_over_the_batch(dy, x, w):
    return dy @ w.T, x.T @ dy / len(x), dy.mean(axis=0)


@dense_backward.mistake(
    "The upstream gradient is forgotten in dx and in dw: each slope is multiplied by its dy before it is "
    "summed: dx = dy wᵀ, dw = xᵀ dy."
)
def slopes_summed(dy, x, w):
    ones = np.ones_like(dy)
    return ones @ w.T, x.T @ ones, dy.sum(axis=0)


@dense_backward.mistake("The order is wrong: dx, dw, db was asked for, and dw came first.")
def dw_first(dy, x, w):
    return x.T @ dy, dy @ w.T, dy.sum(axis=0)


@dense_backward.alternative
def by_einsum(dy, x, w):
    return np.einsum("no,io->ni", dy, w), np.einsum("ni,no->io", x, dy), np.einsum("no->o", dy)


@dense_backward.alternative
def in_loops(dy, x, w):
    dx, dw, db = np.zeros_like(x), np.zeros_like(w), np.zeros(w.shape[1])
    for n, o in np.ndindex(dy.shape):
        db[o] += dy[n, o]
        for i in range(len(w)):
            dx[n, i] += dy[n, o] * w[i, o]
            dw[i, o] += dy[n, o] * x[n, i]
    return dx, dw, db


@dense_backward.alternative
def example_by_example(dy, x, w):
    dw = sum(np.outer(one, gradient) for one, gradient in zip(x, dy, strict=True))
    return [np.array([w @ gradient for gradient in dy]), dw, np.ones(len(x)) @ dy]


# --- 5.4 -------------------------------------------------------------------------------------------------

conv2d_backward = lesson.exercise(
    "conv2d_backward",
    "back through a convolution",
    tested="images of 3 to 7 pixels a side, kernels up to 3×3 of odd and even sizes, strides and borders",
    hints=(
        "Without stride and border first. Go through the outputs (r, s): where did its window lie, and "
        "with which weights did it see what is in it?",
        "The window begins at (r·stride, s·stride) of xp. For each k, dy[r, s, k] · kernel[:, :, :, k] is "
        "added to that window of dxp, and dy[r, s, k] · window to dkernel[:, :, :, k]. dbias sums dy over "
        "r and s.",
        "dxp[a : a + kh, b : b + kw] += kernel @ dy[r, s] and dkernel += xp[a : a + kh, b : b + kw][..., "
        "None] * dy[r, s], with a = r * stride, b = s * stride; in the end dx = dxp without its border.",
    ),
    returns=("dx", "dkernel", "dbias"),
)


@conv2d_backward.cases
def images(rng):
    def case(h, w, c, kh, kw, k, draw=integers, stride=1, padding=0):
        oh, ow = (h + 2 * padding - kh) // stride + 1, (w + 2 * padding - kw) // stride + 1
        dy, x, kernel = draw(rng, oh, ow, k), draw(rng, h, w, c), draw(rng, kh, kw, c, k)
        return given(
            dy,
            x,
            kernel,
            **{"stride": stride} if stride > 1 else {},
            **{"padding": padding} if padding else {},
        )

    x = np.array([[1.0, 2, 0], [0, 1, 3], [2, 1, 1]])[:, :, None]
    yield given(np.array([[1.0, 2], [3, 4]])[:, :, None], x, np.array([[1.0, 2], [0, -1]])[:, :, None, None])
    yield case(3, 4, 1, 2, 2, 1)
    yield case(3, 4, 1, 2, 2, 1, stride=2)
    yield case(3, 3, 1, 3, 3, 1, padding=1)
    yield case(3, 3, 2, 2, 2, 2)
    yield case(5, 5, 1, 2, 2, 1, stride=2)
    yield case(5, 6, 2, 3, 2, 3, normal)
    yield case(7, 5, 3, 3, 2, 2, normal, stride=2, padding=1)
    yield case(6, 7, 2, 1, 3, 2, normal, stride=3, padding=2)


def scattered(dy, x, kernel, stride, padding, add=True, step=None):
    """dxp by sending dy times the kernel back to its windows, with the ways to go wrong as options."""
    dxp = np.zeros((x.shape[0] + 2 * padding, x.shape[1] + 2 * padding, x.shape[2]))
    kh, kw = kernel.shape[:2]
    step = step or stride
    for r, s in np.ndindex(dy.shape[:2]):
        window = slice(r * step, r * step + kh), slice(s * step, s * step + kw)
        dxp[window] = kernel @ dy[r, s] + (dxp[window] if add else 0)
    return dxp


def inside(dxp, x, padding):
    return dxp[padding : padding + x.shape[0], padding : padding + x.shape[1]]


def other_dx(compute):
    """The right dkernel and dbias beside another dx."""

    def backward(dy, x, kernel, stride=1, padding=0):
        _, dkernel, dbias = right.conv2d_backward(dy, x, kernel, stride, padding)
        return compute(dy, x, kernel, stride, padding), dkernel, dbias

    backward.__name__ = compute.__name__
    return backward


def other_dkernel(compute):
    def backward(dy, x, kernel, stride=1, padding=0):
        dx, _, dbias = right.conv2d_backward(dy, x, kernel, stride, padding)
        return dx, compute(dy, x, kernel, stride, padding), dbias

    backward.__name__ = compute.__name__
    return backward


def other_dbias(compute):
    def backward(dy, x, kernel, stride=1, padding=0):
        dx, dkernel, _ = right.conv2d_backward(dy, x, kernel, stride, padding)
        return dx, dkernel, compute(dy)

    backward.__name__ = compute.__name__
    return backward


@conv2d_backward.mistake(
    "dx is overwritten where windows overlap; a pixel collects from every window that saw it: dxp[window] "
    "+= kernel @ dy[r, s], not =."
)
@other_dx
def dx_overwritten(dy, x, kernel, stride, padding):
    return inside(scattered(dy, x, kernel, stride, padding, add=False), x, padding)


@conv2d_backward.mistake(
    "dx: the kernel is turned round (or, in a convolution of dy, is not). Output (r, s) saw xp[r·stride + "
    "i, s·stride + j] with weight kernel[i, j], and sends back with the same: dxp[r·stride + i, s·stride "
    "+ j] += kernel[i, j] · dy[r, s]."
)
@other_dx
def kernel_turned(dy, x, kernel, stride, padding):
    return inside(scattered(dy, x, kernel[::-1, ::-1], stride, padding), x, padding)


@conv2d_backward.mistake(
    "dx: rows and columns of the kernel are exchanged; kernel[i, j] belongs to row i and column j of the "
    "window."
)
@other_dx
def kernel_transposed(dy, x, kernel, stride, padding):
    return inside(scattered(dy, x, kernel.swapaxes(0, 1), stride, padding), x, padding)


@conv2d_backward.mistake(
    "dx: the channels of the kernel are exchanged, c for k, which only goes through where they are "
    "equally many: dxp[…, c] += Σ over k of kernel[i, j, c, k] · dy[r, s, k]."
)
@other_dx
def channels_exchanged(dy, x, kernel, stride, padding):
    return inside(scattered(dy, x, kernel.swapaxes(2, 3), stride, padding), x, padding)


@conv2d_backward.mistake(
    "dx: the stride is forgotten; the window of output (r, s) begins at (r·stride, s·stride), on the way "
    "back as well."
)
@other_dx
def stride_forgotten(dy, x, kernel, stride, padding):
    return inside(scattered(dy, x, kernel, stride, padding, step=1), x, padding)


@conv2d_backward.mistake(
    "dx still has its border: nobody can move the zeros, and dx has the shape of x: cut `padding` rows "
    "and columns off on all four sides."
)
@other_dx
def border_kept(dy, x, kernel, stride, padding):
    return scattered(dy, x, kernel, stride, padding)


@conv2d_backward.mistake(
    "The border is cut off at the end of each axis only; x lies in the middle of xp: dxp[padding : "
    "padding + H, padding : padding + W]."
)
@other_dx
def border_cut_at_the_end(dy, x, kernel, stride, padding):
    return scattered(dy, x, kernel, stride, padding)[: x.shape[0], : x.shape[1]]


@conv2d_backward.mistake(
    "dx: the upstream gradient is forgotten; each window gets the sum of the kernels, where kernel[i, j, "
    "c, k] · dy[r, s, k] belongs."
)
@other_dx
def kernels_without_upstream(dy, x, kernel, stride, padding):
    return inside(scattered(np.ones_like(dy), x, kernel, stride, padding), x, padding)


@conv2d_backward.mistake(
    "dx: only the first filter sends back; each pixel was seen by all K of them: Σ over k."
)
@other_dx
def first_filter_only(dy, x, kernel, stride, padding):
    return inside(scattered(dy[..., :1], x, kernel[..., :1], stride, padding), x, padding)


@conv2d_backward.mistake(
    "dkernel is overwritten at each place; the kernel is used everywhere, and what it gets is added up: "
    "dkernel += window · dy[r, s], not =."
)
@other_dkernel
def dkernel_overwritten(dy, x, kernel, stride, padding):
    last = np.zeros_like(dy)
    last[-1, -1] = dy[-1, -1]
    return right.conv2d_backward(last, x, kernel, stride, padding)[1]


@conv2d_backward.mistake(
    "dkernel is turned by 180°; entry (i, j) met x[r·stride + i, s·stride + j]: dkernel[i, j] = Σ over r, "
    "s of xp[r·stride + i, s·stride + j] · dy[r, s]."
)
@other_dkernel
def dkernel_turned(dy, x, kernel, stride, padding):
    return right.conv2d_backward(dy, x, kernel, stride, padding)[1][::-1, ::-1]


@conv2d_backward.mistake(
    "dkernel: the stride is forgotten; the window that belongs to dy[r, s] begins at (r·stride, s·stride)."
)
@other_dkernel
def dkernel_stride_forgotten(dy, x, kernel, stride, padding):
    return right.conv2d_backward(dy, x, kernel, 1, padding)[1]


@conv2d_backward.mistake(
    "dkernel is a mean over the places; it is their sum, since the same weight was used at each: Σ over "
    "r, s of xp · dy."
)
@other_dkernel
def dkernel_of_the_mean(dy, x, kernel, stride, padding):
    return right.conv2d_backward(dy, x, kernel, stride, padding)[1] / (dy.shape[0] * dy.shape[1])


@conv2d_backward.mistake(
    "dkernel: the upstream gradient is forgotten; what came is the sum of all windows, where each is "
    "multiplied by its dy[r, s, k]."
)
@other_dkernel
def windows_without_upstream(dy, x, kernel, stride, padding):
    return right.conv2d_backward(np.ones_like(dy), x, kernel, stride, padding)[1]


@conv2d_backward.mistake(
    "dkernel is taken from x without its border, so that its windows lie elsewhere or fall short; forward "
    "saw xp: pad x with zeros first."
)
@other_dkernel
def dkernel_without_border(dy, x, kernel, stride, padding):
    if padding:
        raise ValueError
    return right.conv2d_backward(dy, x, kernel, stride)[1]


@conv2d_backward.mistake(
    "dbias is not summed: bias[k] was added at every place, so dbias[k] = Σ over r, s of dy[r, s, k]."
)
@other_dbias
def dbias_not_summed(dy):
    return dy.copy()


@conv2d_backward.mistake(
    "dbias is a mean; bias[k] was added at every place, and its ways add up: dbias[k] = Σ over r, s of "
    "dy[r, s, k]."
)
@other_dbias
def dbias_of_the_mean(dy):
    return dy.mean(axis=(0, 1))


@conv2d_backward.mistake(
    "dbias is summed over the filters too; each has its own: dbias[k] = Σ over r, s of dy[r, s, k], (K,)."
)
@other_dbias
def dbias_over_everything(dy):
    return dy.sum()


@conv2d_backward.mistake(
    "dbias is summed over one axis only; it is the sum over r and s: dy.sum(axis=(0, 1)), of shape (K,)."
)
@other_dbias
def dbias_over_rows_only(dy):
    return dy.sum(axis=0)


@conv2d_backward.mistake(
    "dx is empty without padding: dxp[0:-0] is dxp[0:0] to Python. Cut with dxp[padding : padding + H, "
    "padding : padding + W]."
)
@other_dx
def cut_to_nothing(dy, x, kernel, stride, padding):
    return scattered(dy, x, kernel, stride, padding)[padding:-padding, padding:-padding]


@conv2d_backward.mistake(
    "dx and dkernel are overwritten; a pixel was seen by several windows, a weight was used at every "
    "place, and what comes back is added: dxp[window] += kernel @ dy[r, s], dkernel += window · dy[r, s]."
)
def both_overwritten(dy, x, kernel, stride=1, padding=0):
    return dx_overwritten(dy, x, kernel, stride, padding)[0], *dkernel_overwritten(
        dy, x, kernel, stride, padding
    )[1:]


@conv2d_backward.mistake(
    "The upstream gradient is forgotten in dx and in dkernel: kernel[i, j, c, k] and the window are "
    "multiplied by dy[r, s, k] before they are added up."
)
def without_upstream(dy, x, kernel, stride=1, padding=0):
    dx, dkernel, _ = right.conv2d_backward(np.ones_like(dy), x, kernel, stride, padding)
    return dx, dkernel, dy.sum(axis=(0, 1))


@conv2d_backward.mistake(
    "dkernel and dbias are means over the places; the same kernel and bias were used at each, and what "
    "comes back is added: Σ over r, s."
)
def means_over_places(dy, x, kernel, stride=1, padding=0):
    dx, dkernel, dbias = right.conv2d_backward(dy, x, kernel, stride, padding)
    places = dy.shape[0] * dy.shape[1]
    return dx, dkernel / places, dbias / places


@conv2d_backward.mistake("The order is wrong: dx, dkernel, dbias was asked for, and dkernel came first.")
def dkernel_first(dy, x, kernel, stride=1, padding=0):
    dx, dkernel, dbias = right.conv2d_backward(dy, x, kernel, stride, padding)
    return dkernel, dx, dbias


@conv2d_backward.mistake(
    "The stride is forgotten in dx and in dkernel: the window of output (r, s) begins at (r·stride, "
    "s·stride)."
)
def stride_forgotten_twice(dy, x, kernel, stride=1, padding=0):
    dx = inside(scattered(dy, x, kernel, stride, padding, step=1), x, padding)
    return dx, right.conv2d_backward(dy, x, kernel, 1, padding)[1], dy.sum(axis=(0, 1))


@conv2d_backward.alternative
def six_loops(dy, x, kernel, stride=1, padding=0):
    dx, dkernel, dbias = np.zeros_like(x), np.zeros_like(kernel), np.zeros(kernel.shape[3])
    for r, s, k in np.ndindex(dy.shape):
        dbias[k] += dy[r, s, k]
        for i, j in np.ndindex(kernel.shape[:2]):
            a, b = r * stride + i - padding, s * stride + j - padding
            if 0 <= a < x.shape[0] and 0 <= b < x.shape[1]:
                for c in range(x.shape[2]):
                    dx[a, b, c] += dy[r, s, k] * kernel[i, j, c, k]
                    dkernel[i, j, c, k] += dy[r, s, k] * x[a, b, c]
    return dx, dkernel, dbias


@conv2d_backward.alternative
def windows_by_einsum(dy, x, kernel, stride=1, padding=0):
    xp = np.pad(x, ((padding, padding), (padding, padding), (0, 0)))
    windows = np.lib.stride_tricks.sliding_window_view(xp, kernel.shape[:2], axis=(0, 1))[::stride, ::stride]
    dkernel = np.einsum("rscij,rsk->ijck", windows, dy)
    dxp, sent = np.zeros_like(xp), np.einsum("ijck,rsk->rsijc", kernel, dy)
    for i, j in np.ndindex(kernel.shape[:2]):
        rows = slice(i, i + stride * (dy.shape[0] - 1) + 1, stride)
        columns = slice(j, j + stride * (dy.shape[1] - 1) + 1, stride)
        dxp[rows, columns] += sent[:, :, i, j]
    return inside(dxp, x, padding), dkernel, np.einsum("rsk->k", dy)


@conv2d_backward.alternative
def by_im2col(dy, x, kernel, stride=1, padding=0):
    """The dense layer's backward, and each copied pixel's gradient added to where the pixel is."""
    xp = np.pad(x, ((padding, padding), (padding, padding), (0, 0)))
    kh, kw, c, k = kernel.shape
    top, left = stride * np.arange(dy.shape[0]), stride * np.arange(dy.shape[1])
    i, j = top[:, None, None, None] + np.arange(kh)[:, None], left[:, None, None] + np.arange(kw)
    X, dY = xp[i, j].reshape(-1, kh * kw * c), dy.reshape(-1, k)
    dX = dY @ kernel.reshape(-1, k).T
    dxp = np.zeros_like(xp)
    np.add.at(dxp, (i, j), dX.reshape(*dy.shape[:2], kh, kw, c))
    return inside(dxp, x, padding), (X.T @ dY).reshape(kernel.shape), dY.sum(axis=0)


@conv2d_backward.alternative
def with_the_turned_kernel(dy, x, kernel, stride=1, padding=0):
    """dx as a convolution of dy, its entries a stride apart, with the kernel turned, channels exchanged."""
    kh, kw, _, _ = kernel.shape
    h, w = x.shape[0] + 2 * padding, x.shape[1] + 2 * padding
    apart = np.zeros((h - kh + 1, w - kw + 1, dy.shape[2]))
    apart[: stride * dy.shape[0] : stride, : stride * dy.shape[1] : stride] = dy
    turned = kernel[::-1, ::-1].swapaxes(2, 3).copy()
    dxp = ops.conv2d(apart[None], turned, padding=(kh - 1, kw - 1))[0]
    xp = np.pad(x, ((padding, padding), (padding, padding), (0, 0)))
    dkernel = ops.conv2d(xp.transpose(2, 0, 1)[..., None].copy(), apart[:, :, None])  # (C, kh, kw, K)
    return inside(dxp, x, padding), dkernel.transpose(1, 2, 0, 3), dy.sum(axis=1).sum(axis=0)


@conv2d_backward.alternative
def as_the_library_does(dy, x, kernel, stride=1, padding=0):
    dy, x, options = dy[None], x[None], {"stride": stride, "padding": padding}
    dx = ops.conv2d_dx(dy, kernel, x.shape, **options)[0]
    return dx, ops.conv2d_dkernel(dy, x, kernel.shape, **options), ops.conv2d_dbias(dy)


# --- 5.5 -------------------------------------------------------------------------------------------------

walk_back = lesson.exercise(
    "walk_back",
    "a chain with seeds at its taps",
    tested="chains of 1 to 6 layers with 1 to 4 seeds: at the end, in the middle, at the first layer",
    hints=(
        "Draw four boxes in a row and a loss that looks at the second and the fourth. Walk back with a "
        "finger: what do you carry, and where does something join?",
        "Go through reversed(layers), carrying one gradient, None at first. At each layer: first add its "
        "seed, if it has one; then, if you carry anything, send it through backward.",
        "gradient = seed if gradient is None else gradient + seed, which makes a new array, as gradient "
        "+= seed would not; then gradient = backward(gradient).",
    ),
)


def doing(text, function):
    """A backward pass that the checker shows as `text`."""

    def backward(dy):
        return function(dy)

    backward.__doc__ = text
    return backward


DOUBLE = ("double", doing("2 dy", lambda dy: 2 * dy))
SAME = ("same", doing("dy, the very array", lambda dy: dy))
FLIP = ("flip", doing("dy in reverse order", lambda dy: dy[::-1].copy()))
MASK = ("mask", doing("dy · (1, 0, 1)", lambda dy: dy * np.array([1.0, 0, 1])))
FOLD = ("fold", doing("dy, (6,) as (2, 3)", lambda dy: dy.reshape(2, 3)))
MIX = ("mix", doing("dy · [[1, 2, 0], [0, 1, −1]]", lambda dy: dy @ np.array([[1.0, 2, 0], [0, 1, -1]])))


@walk_back.cases
def chains(rng):
    yield given([DOUBLE, FLIP], {"double": np.array([1.0, 0, 0]), "flip": np.array([0.0, 1, 5])})
    yield given([FLIP, MASK, DOUBLE], {"double": integers(rng, 3)})
    yield given([DOUBLE, MASK, FLIP], {"mask": integers(rng, 3)})
    yield given([DOUBLE], {"double": integers(rng, 3)})
    yield given([MASK, DOUBLE, SAME, FLIP], {"same": integers(rng, 3), "double": integers(rng, 3)})
    yield given(
        [FLIP, MIX, DOUBLE], {"flip": integers(rng, 3), "mix": integers(rng, 2), "double": integers(rng, 2)}
    )
    late, early = integers(rng, 6), integers(rng, 2, 3)
    yield given([FLIP, DOUBLE, FOLD, SAME], {"fold": late, "double": early})
    matrix = normal(rng, 4, 4)
    turning = ("turn", doing("dy · a matrix (4, 4)", lambda dy: dy @ matrix))
    growing = ("grow", doing("dy · a matrix (4, 5)", lambda dy: dy @ np.arange(20.0).reshape(4, 5)))
    seeds = {
        "last": normal(rng, 2, 4),
        "turn": normal(rng, 2, 4),
        "relu": normal(rng, 2, 4),
        "grow": normal(rng, 2, 4),
    }
    relu = ("relu", doing("dy · (1, 0, 1, 1)", lambda dy: dy * np.array([1.0, 0, 1, 1])))
    yield given([growing, relu, turning, ("last", SAME[1]), ("unseen", DOUBLE[1])], seeds)


def carried(layers, seeds, join):
    """The walk, with `join(gradient, seed)` at the taps."""
    gradient = None
    for name, backward in reversed(layers):
        if name in seeds:
            gradient = seeds[name] if gradient is None else join(gradient, seeds[name])
        if gradient is not None:
            gradient = backward(gradient)
    return gradient


@walk_back.mistake(
    "At a tap the seed replaces what is carried; two ways side by side add up: gradient = gradient + "
    "seeds[name]."
)
def overwritten(layers, seeds):
    return carried(layers, seeds, lambda gradient, seed: seed)


@walk_back.mistake(
    "At a tap the seed is left out if something is carried already; it is added: gradient = gradient + "
    "seeds[name]."
)
def only_the_last_seed(layers, seeds):
    return carried(layers, seeds, lambda gradient, seed: gradient)


@walk_back.mistake(
    "gradient += seed writes into the array that is carried, and that may be a seed itself or a view of "
    "one, if a backward handed it on: gradient = gradient + seed makes a new one."
)
def added_in_place(layers, seeds):
    def join(gradient, seed):
        gradient += seed
        return gradient

    return carried(layers, seeds, join)


@walk_back.mistake(
    "The seeds themselves are written to: seeds[name] += gradient changes the caller's array; gradient + "
    "seeds[name] makes a new one."
)
def added_into_the_seed(layers, seeds):
    def join(gradient, seed):
        seed += gradient
        return seed

    return carried(layers, seeds, join)


@walk_back.mistake(
    "The seed is added after the layer's backward; it is the gradient for the layer's output, so it joins "
    "before, and goes through backward with the rest."
)
def joined_too_late(layers, seeds):
    gradient = None
    for name, backward in reversed(layers):
        if gradient is not None:
            gradient = backward(gradient)
        if name in seeds:
            gradient = seeds[name] if gradient is None else gradient + seeds[name]
    return gradient


@walk_back.mistake(
    "The layers are walked from the first to the last; back is the other way: reversed(layers)."
)
def walked_forwards(layers, seeds):
    return right.walk_back(layers[::-1], seeds)


@walk_back.mistake(
    "The last layer's seed is taken for granted; a loss may look at earlier layers alone. Begin with "
    "None, and with the first seed that you meet."
)
def begun_at_the_end(layers, seeds):
    gradient = seeds[layers[-1][0]]
    for name, backward in reversed(layers):
        if name in seeds and name != layers[-1][0]:
            gradient = gradient + seeds[name]
        gradient = backward(gradient)
    return gradient


@walk_back.mistake(
    "backward is called before there is anything to send back: layers behind the last seed are passed by. "
    "Begin with None, and call backward once you carry something."
)
def begun_with_zero(layers, seeds):
    gradient = 0
    for name, backward in reversed(layers):
        gradient = backward(gradient + seeds[name] if name in seeds else gradient)
    return gradient


@walk_back.mistake("Seed and carried gradient are averaged at a tap; ways side by side are added.")
def averaged(layers, seeds):
    return carried(layers, seeds, lambda gradient, seed: (gradient + seed) / 2)


@walk_back.mistake(
    "Seed and carried gradient are multiplied at a tap; slopes one behind another are multiplied, but "
    "ways side by side are added."
)
def multiplied(layers, seeds):
    return carried(layers, seeds, lambda gradient, seed: gradient * seed)


@walk_back.mistake(
    "The seed at which the walk begins is counted twice: begin with it, or add it to 0, but not both."
)
def first_seed_twice(layers, seeds):
    last = next(name for name, _ in reversed(layers) if name in seeds)
    return right.walk_back(layers, {**seeds, last: 2 * seeds[last]})


@walk_back.mistake(
    "The walk ends before the first layer; the gradient for its input is asked for, so its backward is "
    "called as well."
)
def stopped_early(layers, seeds):
    gradient = None
    for name, backward in reversed(layers):
        if name in seeds:
            gradient = seeds[name] if gradient is None else gradient + seeds[name]
        if gradient is not None and name != layers[0][0]:
            gradient = backward(gradient)
    return gradient


@walk_back.mistake(
    "Every seed is sent back by itself, but only the last result is kept; add them up: each is a way from "
    "the input to the loss."
)
def last_walk_kept(layers, seeds):
    for name in seeds:
        gradient = right.walk_back(layers, {name: seeds[name]})
    return gradient


@walk_back.mistake(
    "The layers are walked through from the first to the last; backwards means from the last to the first."
)
def forwards(layers, seeds):
    carried = 0
    for name, backward in layers:
        carried = backward(carried + seeds[name] if name in seeds else carried)
    return carried


@walk_back.alternative
def every_seed_by_itself(layers, seeds):
    names = [name for name, _ in layers]
    total = 0
    for name, gradient in seeds.items():
        for _, backward in reversed(layers[: names.index(name) + 1]):
            gradient = backward(gradient)
        total = total + gradient
    return total


@walk_back.alternative
def from_layer_to_layer(layers, seeds):
    """By recursion: what the first layer owes is what the rest sends back, and its seed."""
    (name, backward), *rest = layers
    ways = [seeds[name]] if name in seeds else []
    if any(other in seeds for other, _ in rest):
        ways.append(from_layer_to_layer(rest, seeds))
    return backward(sum(ways))


@walk_back.alternative
def in_place_on_copies(layers, seeds):
    gradient = None
    for name, backward in layers[::-1]:
        if name in seeds:
            gradient = np.array(seeds[name]) if gradient is None else np.add(gradient, seeds[name])
        if gradient is None:
            continue
        gradient = np.array(backward(gradient))
    return gradient
