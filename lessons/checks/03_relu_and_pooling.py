"""Lesson 3's exercises: what they are tried on, other ways of being right, ways of being wrong."""

import numpy as np

from lessons.tutor import Lesson, distinct, given, integers, normal

lesson = Lesson(__file__)
right = lesson.right

EXAMPLE = np.array([[1.0, 3, 2, 4], [5, 7, 6, 8], [0, 0, 4, 4], [6, 6, 0, 0]])[:, :, None]


def cut(x):
    """Without the last row and column where they fill no window."""
    return x[: x.shape[0] // 2 * 2, : x.shape[1] // 2 * 2]


def filled(x, value):
    """With another row and column where sizes are odd."""
    return np.pad(x, ((0, x.shape[0] % 2), (0, x.shape[1] % 2), (0, 0)), constant_values=value)


def spread(y, shape):
    """Each entry of y over its 2 × 2 window, NaN where there is none."""
    big = np.full(shape, np.nan)
    h, w, _ = y.shape
    big[: 2 * h, : 2 * w] = y.repeat(2, axis=0).repeat(2, axis=1)
    return big


# --- 3.1 -------------------------------------------------------------------------------------------------

relu = lesson.exercise(
    "relu",
    "what is let through",
    tested="arrays of one to four axes and up to 210 entries, zeros and negative numbers among them",
    hints=(
        "Draw y over x for x from −2 to 2. Where does the line rise, and where is it flat?",
        "For y, compare each entry with 0 and take the larger; for the mask, ask each entry whether it is "
        "above 0.",
        "np.maximum(x, 0) compares entry by entry (np.max would look for the largest of all), and x > 0 "
        "is an array of booleans already: return np.maximum(x, 0), x > 0.",
    ),
    returns=("y", "mask"),
)


@relu.cases
def arrays(rng):
    yield given(np.array([-1.0, 2, 0]))
    yield given(integers(rng, 2, 3))
    yield given(np.array([[0.0, 3], [-3, 1]]))
    yield given(integers(rng, 1))
    yield given(integers(rng, 3, 2, 2))
    yield given(normal(rng, 2, 5, 7, 3))


@relu.mistake("The sign is thrown away: y = max(x, 0) makes 0 of a negative entry, where |x| came.")
def absolute(x):
    return np.abs(x), x > 0


@relu.mistake(
    "At x = 0 the mask is True; our rule is that the slope at 0 is 0, so the mask is x > 0, not x ≥ 0."
)
def zero_is_let_through(x):
    return np.maximum(x, 0), x >= 0


@relu.mistake("The wrong half is kept: y = max(x, 0), the larger of the two, where min(x, 0) came.")
def the_smaller(x):
    return np.minimum(x, 0), x < 0


@relu.mistake("The wrong half is kept: y = max(x, 0) and not max(−x, 0).")
def turned_round(x):
    return np.maximum(-x, 0), x < 0


@relu.mistake(
    "y is right, but the mask is the wrong way round: True where x > 0, where something is let through."
)
def mask_inverted(x):
    return np.maximum(x, 0), x <= 0


@relu.mistake("The mask is True everywhere: it was asked of y, which is never negative. Ask x: mask = x > 0.")
def mask_of_y(x):
    return np.maximum(x, 0), np.maximum(x, 0) >= 0


@relu.mistake("y is cut off at 1 as well; max(x, 0) has no upper end.")
def cut_at_one(x):
    return np.clip(x, 0, 1), x > 0


@relu.mistake(
    "Negative entries come out a hundredth as large; that is the leaky ReLU. Ours lets nothing of them "
    "through: y = max(x, 0)."
)
def leaky(x):
    return np.where(x > 0, x, 0.01 * x), x > 0


@relu.mistake(
    "y is 1 where x > 0; but what is let through is x itself: y = max(x, 0). The ones are the mask."
)
def step(x):
    return (x > 0).astype(float), x > 0


@relu.mistake(
    "In the place of the mask stands y; the mask holds booleans, x > 0, and says where the slope is 1."
)
def y_for_mask(x):
    return np.maximum(x, 0), np.maximum(x, 0)


@relu.mistake("Only y comes back; two arrays are asked for, y and the mask: return y, mask.")
def without_mask(x):
    return np.maximum(x, 0)


@relu.mistake("The two results come in the wrong order: y first, then the mask.")
def mask_first(x):
    return x > 0, np.maximum(x, 0)


@relu.mistake(
    "Negative entries are taken out; they stay where they are and become 0, so that y has the shape of x."
)
def taken_out(x):
    return x[x > 0], x > 0


@relu.mistake(
    "That is the largest entry of the whole array, np.max(x); here each entry is compared with 0 by "
    "itself, np.maximum(x, 0)."
)
def largest_of_all(x):
    return np.max(x, initial=0), x > 0


@relu.mistake(
    "The mask is True where x is not 0, so for negative x too, where nothing is let through: mask = x > 0."
)
def wherever_not_zero(x):
    return np.maximum(x, 0), x != 0


@relu.alternative
def with_where(x):
    return np.where(x > 0, x, 0), x > 0


@relu.alternative
def by_product(x):
    mask = np.sign(x) == 1
    return x * mask, mask


@relu.alternative
def by_half_sums(x):
    return (x + np.abs(x)) / 2, x > 0


@relu.alternative
def in_a_loop(x):
    y, mask = np.zeros_like(x), np.zeros(x.shape, bool)
    for place, entry in np.ndenumerate(x):
        if entry > 0:
            y[place], mask[place] = entry, True
    return y, mask


# --- 3.2 -------------------------------------------------------------------------------------------------

max_pool = lesson.exercise(
    "max_pool",
    "the largest of each window",
    tested="images of 2 to 9 pixels a side, odd ones and all-negative ones too, with 1 to 3 channels",
    hints=(
        "How many windows lie side by side in a row of 5 pixels? And what is the first pixel of window s?",
        "A loop over r and s will do: the window is x[2 * r : 2 * r + 2, 2 * s : 2 * s + 2], and of each "
        "channel you want the largest entry, .max(axis=(0, 1)).",
        "Make y = np.empty((x.shape[0] // 2, x.shape[1] // 2, x.shape[2])) and fill y[r, s]. Or without "
        "loops: cut off the odd row and column, reshape to (h, 2, w, 2, C), and take .max(axis=(1, 3)).",
    ),
)


@max_pool.cases
def images(rng):
    yield given(EXAMPLE.copy())
    yield given(integers(rng, 2, 4, 1))
    yield given(integers(rng, 3, 5, 1))
    yield given(integers(rng, 5, 2, 1, low=-9, high=-1))
    yield given(integers(rng, 2, 3, 2))
    yield given(normal(rng, 7, 9, 3))
    yield given(normal(rng, 8, 6, 2))


@max_pool.mistake("This is the average of each window; max pooling keeps its largest entry.")
def average(x):
    return right.avg_pool(x)


@max_pool.mistake(
    "The maximum is taken over the channels too; each channel is pooled by itself, and y has as many of "
    "them as x."
)
def over_channels(x):
    return right.max_pool(x).max(axis=2)


@max_pool.mistake(
    "The windows overlap, one pixel apart; here they lie side by side: window (r, s) begins at (2r, 2s), "
    "and y is (H // 2, W // 2, C)."
)
def every_window(x):
    return np.lib.stride_tricks.sliding_window_view(x, (2, 2), axis=(0, 1)).max(axis=(-2, -1))


@max_pool.mistake(
    "The size is right, but the windows are one pixel apart: window (r, s) begins at (2r, 2s), not at (r, s)."
)
def stride_forgotten(x):
    return every_window(x)[: x.shape[0] // 2, : x.shape[1] // 2]


@max_pool.mistake(
    "Half a window at the end counts here; the last row of an odd height and the last column of an odd "
    "width are left out: y is (H // 2, W // 2, C), rounded down."
)
def rounded_up(x):
    return right.max_pool(filled(x, -np.inf))


@max_pool.mistake(
    "Steps of 2 through an odd height reach half a window at its end, for which y has no row: the windows "
    "are r = 0 to H // 2 − 1, and s likewise."
)
def no_room_for_half_windows(x):
    if x.shape[0] % 2 or x.shape[1] % 2:
        raise IndexError
    return right.max_pool(x)


@max_pool.mistake(
    "Odd sizes are filled up with zeros; nothing is added here: what fills no window is left out, and y "
    "is (H // 2, W // 2, C)."
)
def filled_with_zeros(x):
    return right.max_pool(filled(x, 0))


@max_pool.mistake(
    "Of an odd size the first row or column is left out; it is the last: windows begin at row 0 and column 0."
)
def first_left_out(x):
    return right.max_pool(x[x.shape[0] % 2 :, x.shape[1] % 2 :])


@max_pool.mistake(
    "A window whose entries are all negative gives 0 here: a maximum that is searched from 0 upwards "
    "never goes below. Begin with the window's first entry, or with −∞."
)
def searched_from_zero(x):
    return np.maximum(right.max_pool(x), 0)


@max_pool.mistake("This is the largest size, max |x|; the sign counts: of −5 and 2 the maximum is 2.")
def largest_size(x):
    return right.max_pool(np.abs(x))


@max_pool.mistake("This is the smallest entry of each window; the largest is asked for.")
def smallest(x):
    return -right.max_pool(-x)


@max_pool.mistake(
    "Each window's upper left pixel comes out, x[::2, ::2]; it is the largest of its four that is asked for."
)
def upper_left(x):
    return cut(x)[::2, ::2]


@max_pool.mistake(
    "The four entries that are compared stand in a row: reshape alone cuts the image in reading order, "
    "not into squares. Reshape to (h, 2, w, 2, C) and take the maximum over axes 1 and 3."
)
def four_in_a_row(x):
    h, w = x.shape[0] // 2, x.shape[1] // 2
    return cut(x).reshape(h, w, 4, x.shape[2]).max(axis=2)


@max_pool.mistake("Only rows are pooled; the width is halved too: y is (H // 2, W // 2, C).")
def rows_only(x):
    rows = x[: x.shape[0] // 2 * 2]
    return np.maximum(rows[::2], rows[1::2])


@max_pool.mistake("Only columns are pooled; the height is halved too: y is (H // 2, W // 2, C).")
def columns_only(x):
    columns = x[:, : x.shape[1] // 2 * 2]
    return np.maximum(columns[:, ::2], columns[:, 1::2])


@max_pool.mistake(
    "This is the largest entry of the whole image; every 2 × 2 window has its own, y (H // 2, W // 2, C)."
)
def of_the_whole_image(x):
    return x.max(axis=(0, 1))


@max_pool.mistake(
    "After reshape(h, 2, w, 2, C) the axes are window row, row inside, window column, column inside, "
    "channel: the maximum goes over those inside, 1 and 3."
)
def over_the_wrong_axes(x):
    h, w, c = x.shape[0] // 2, x.shape[1] // 2, x.shape[2]
    return x[: 2 * h, : 2 * w].reshape(h, 2, w, 2, c).max(axis=(0, 2))


@max_pool.alternative
def window_by_window(x):
    y = np.zeros((x.shape[0] // 2, x.shape[1] // 2, x.shape[2]))
    for r in range(y.shape[0]):
        for s in range(y.shape[1]):
            for c in range(y.shape[2]):
                y[r, s, c] = max(x[2 * r + i, 2 * s + j, c] for i in (0, 1) for j in (0, 1))
    return y


@max_pool.alternative
def four_slices(x):
    x = cut(x)
    return np.maximum.reduce([x[i::2, j::2] for i in (0, 1) for j in (0, 1)])


@max_pool.alternative
def by_views(x):
    views = np.lib.stride_tricks.sliding_window_view(x, (2, 2), axis=(0, 1))[::2, ::2]
    return views.max(axis=-1).max(axis=-1)


@max_pool.alternative
def by_sorting(x):
    h, w, c = x.shape[0] // 2, x.shape[1] // 2, x.shape[2]
    return np.sort(cut(x).reshape(h, 2, w, 2, c).swapaxes(1, 2).reshape(h, w, 4, c), axis=2)[:, :, 3]


# --- 3.3 -------------------------------------------------------------------------------------------------

winners = lesson.exercise(
    "winners",
    "which pixels are heard",
    tested="images of 2 to 7 pixels a side with many ties and with none, odd ones too, with 1 to 3 channels",
    hints=(
        "In the lesson's example, how many winners are there? Where is that of the window 0 0 / 6 6?",
        "Go through the windows. argmax of a window's four entries in reading order names the first "
        "largest: 0 and 1 are in the upper row, 2 and 3 in the lower.",
        "With place = x[2 * r : 2 * r + 2, 2 * s : 2 * s + 2, c].argmax() the winner is won[2 * r + place "
        "// 2, 2 * s + place % 2, c] = True; won begins as np.zeros(x.shape, bool).",
    ),
)


@winners.cases
def contests(rng):
    yield given(EXAMPLE.copy())
    yield given(integers(rng, 2, 4, 1, low=-1, high=1))
    yield given(np.array([[0.0, 5], [5, 5]])[:, :, None])
    yield given(integers(rng, 3, 5, 1))
    yield given(integers(rng, 5, 3, 2, low=-5, high=-1))
    yield given(integers(rng, 4, 4, 2, low=-1, high=1))
    yield given(distinct(rng, 7, 6, 3))


@winners.mistake(
    "Of equal entries all have won; each window has one winner only, the first in reading order."
)
def all_equal_ones(x):
    return x == spread(right.max_pool(x), x.shape)


@winners.mistake(
    "Of equal entries the last has won; the rule is that the first one in reading order does, as argmax "
    "has it."
)
def last_of_equals(x):
    x = cut(x), x.shape
    won = np.zeros(x[1], bool)
    won[: x[0].shape[0], : x[0].shape[1]] = right.winners(x[0][::-1, ::-1])[::-1, ::-1]
    return won


@winners.mistake(
    "Of equal entries the first one down the columns has won; reading order goes through the upper row "
    "before the lower one."
)
def down_before_across(x):
    return right.winners(x.swapaxes(0, 1)).swapaxes(0, 1)


@winners.mistake("A window in which the maximum stands twice has no winner here; it has one, the first.")
def nobody_where_tied(x):
    won = all_equal_ones(x)
    several = spread(right.avg_pool(won.astype(float)), x.shape) > 0.25
    return won & ~several


@winners.mistake(
    "There is one winner for all channels of a window; every channel is pooled by itself and has its own."
)
def one_for_all_channels(x):
    won = right.winners(x)
    return won & (x == spread(right.max_pool(x).max(axis=2, keepdims=True).repeat(x.shape[2], 2), x.shape))


@winners.mistake("It is the largest size that has won, |x|; the sign counts: of −5 and 2 the winner is 2.")
def by_size(x):
    return right.winners(np.abs(x))


@winners.mistake("The smallest entry of each window has won; it is the largest that max pooling passes on.")
def smallest_wins(x):
    return right.winners(-x)


@winners.mistake(
    "Half a window at the end has a winner too; the last row of an odd height and the last column of an "
    "odd width fill no window, and nobody wins there."
)
def half_windows_too(x):
    return right.winners(filled(x, -np.inf))[: x.shape[0], : x.shape[1]]


@winners.mistake(
    "The winner is marked, but all others as well and it is not: True is for the one that is passed on, "
    "False for the rest."
)
def losers(x):
    return ~right.winners(x)


@winners.mistake(
    "These are the values that were passed on; asked for are booleans: True where an entry has won."
)
def values(x):
    return x * right.winners(x)


@winners.mistake(
    "The place in the window is laid out wrongly: place p of four in reading order is row p // 2 and "
    "column p % 2."
)
def place_transposed(x):
    won = np.zeros(x.shape, bool)
    for r, s in np.argwhere(np.ones((x.shape[0] // 2, x.shape[1] // 2))):
        for c in range(x.shape[2]):
            place = x[2 * r : 2 * r + 2, 2 * s : 2 * s + 2, c].argmax()
            won[2 * r + place % 2, 2 * s + place // 2, c] = True
    return won


@winners.mistake(
    "Compared with the largest entry of the whole image; every 2 × 2 window has a winner of its own."
)
def of_all(x):
    return x == x.max()


@winners.alternative
def by_argmax(x):
    won = np.zeros(x.shape, bool)
    for r in range(x.shape[0] // 2):
        for s in range(x.shape[1] // 2):
            for c in range(x.shape[2]):
                place = x[2 * r : 2 * r + 2, 2 * s : 2 * s + 2, c].argmax()
                won[2 * r + place // 2, 2 * s + place % 2, c] = True
    return won


@winners.alternative
def by_comparing_neighbours(x):
    won = np.zeros(x.shape, bool)
    even = cut(x)
    a, b, c, d = (even[i::2, j::2] for i in (0, 1) for j in (0, 1))
    h, w = even.shape[:2]
    won[0:h:2, 0:w:2] = (a >= b) & (a >= c) & (a >= d)
    won[0:h:2, 1:w:2] = (b > a) & (b >= c) & (b >= d)
    won[1:h:2, 0:w:2] = (c > a) & (c > b) & (c >= d)
    won[1:h:2, 1:w:2] = (d > a) & (d > b) & (d > c)
    return won


@winners.alternative
def by_one_hot(x):
    h, w, c = x.shape[0] // 2, x.shape[1] // 2, x.shape[2]
    place = cut(x).reshape(h, 2, w, 2, c).transpose(0, 2, 4, 1, 3).reshape(h, w, c, 4).argmax(axis=-1)
    won = np.eye(4, dtype=bool)[place].reshape(h, w, c, 2, 2).transpose(0, 3, 1, 4, 2)
    return np.pad(won.reshape(2 * h, 2 * w, c), ((0, x.shape[0] % 2), (0, x.shape[1] % 2), (0, 0)))


# --- 3.4 -------------------------------------------------------------------------------------------------

avg_pool = lesson.exercise(
    "avg_pool",
    "the average of each window",
    tested="images of 2 to 9 pixels a side, windows of 1 to 4 that overlap, touch or leave gaps",
    hints=(
        "How many windows fit is 2.1 again, without padding. Where does window (r, s) begin?",
        "The window is x[r * stride : r * stride + window, s * stride : s * stride + window]; it has "
        "window² entries in each channel.",
        "y[r, s] = that window's .mean(axis=(0, 1)), for r in range((x.shape[0] - window) // stride + 1) "
        "and s likewise.",
    ),
)


@avg_pool.cases
def pooled(rng):
    yield given(EXAMPLE.copy())
    yield given(4 * integers(rng, 3, 5, 1))
    yield given(4 * integers(rng, 2, 2, 3))
    yield given(9 * integers(rng, 5, 4, 1), window=3, stride=1)
    yield given(4 * integers(rng, 4, 5, 1), window=2, stride=1)
    yield given(integers(rng, 4, 3, 1), window=1, stride=2)
    yield given(normal(rng, 7, 9, 3), window=2, stride=3)
    yield given(normal(rng, 9, 8, 2), window=3, stride=2)
    yield given(normal(rng, 6, 7, 2), window=4, stride=4)


@avg_pool.mistake("The sum is never divided: y = Σ x / window², so a quarter of the sum for 2 × 2.")
def sum_for_average(x, window=2, stride=2):
    return right.avg_pool(x, window, stride) * window**2


@avg_pool.mistake(
    "The sum is always divided by 4; a window has window² entries, which is 4 only for a window of 2."
)
def always_a_quarter(x, window=2, stride=2):
    return right.avg_pool(x, window, stride) * window**2 / 4


@avg_pool.mistake("The sum is divided by window; there are window rows and window columns: Σ x / window².")
def divided_once(x, window=2, stride=2):
    return right.avg_pool(x, window, stride) * window


@avg_pool.mistake("The sum is divided by stride²; it is the number of entries that counts: Σ x / window².")
def divided_by_stride(x, window=2, stride=2):
    return right.avg_pool(x, window, stride) * (window / stride) ** 2


@avg_pool.mistake("This is the largest entry of each window; average pooling wants Σ x / window².")
def largest(x, window=2, stride=2):
    views = np.lib.stride_tricks.sliding_window_view(x, (window, window), axis=(0, 1))
    return views[::stride, ::stride].max(axis=(-2, -1))


@avg_pool.mistake(
    "The windows lie side by side whatever the stride is: window (r, s) begins at (r·stride, s·stride), "
    "not at (r·window, s·window)."
)
def side_by_side(x, window=2, stride=2):
    return right.avg_pool(x, window, window)


@avg_pool.mistake("The stride is not used: windows are `stride` pixels apart, down and across.")
def every_place(x, window=2, stride=2):
    return right.avg_pool(x, window, 1)


@avg_pool.mistake("The window is not used: it is `window` pixels high and wide, not always 2.")
def always_two(x, window=2, stride=2):
    return right.avg_pool(x, 2, stride)


@avg_pool.mistake(
    "The average runs over the channels too; each channel is pooled by itself, and y has as many of them "
    "as x."
)
def over_channels_too(x, window=2, stride=2):
    return right.avg_pool(x, window, stride).mean(axis=2)


@avg_pool.mistake(
    "The last window along each axis is missing: there are ⌊(H − window)/stride⌋ + 1, in Python range(0, "
    "H − window + 1, stride)."
)
def last_window_missing(x, window=2, stride=2):
    starts = [range(0, size - window, stride) for size in x.shape[:2]]
    y = np.zeros((len(starts[0]), len(starts[1]), x.shape[2]))
    for r, top in enumerate(starts[0]):
        for s, left in enumerate(starts[1]):
            y[r, s] = x[top : top + window, left : left + window].mean(axis=(0, 1))
    return y


@avg_pool.mistake(
    "Windows that stick out at the end are averaged over what is left of them; only windows wholly inside "
    "the image count: ⌊(H − window)/stride⌋ + 1 of them, rounded down."
)
def sticking_out(x, window=2, stride=2):
    starts = [range(0, size, stride) for size in x.shape[:2]]
    return np.array(
        [[x[a : a + window, b : b + window].mean(axis=(0, 1)) for b in starts[1]] for a in starts[0]]
    )


@avg_pool.mistake(
    "There are H // stride windows only if window and stride are equal: ⌊(H − window)/stride⌋ + 1."
)
def counted_by_stride(x, window=2, stride=2):
    y = np.zeros((x.shape[0] // stride, x.shape[1] // stride, x.shape[2]))
    for r in range(y.shape[0]):
        for s in range(y.shape[1]):
            a, b = r * stride, s * stride
            y[r, s] = x[a : a + window, b : b + window].mean(axis=(0, 1))
    return y


@avg_pool.mistake("It is cut to whole numbers: divide with /, not with //.")
def whole_numbers(x, window=2, stride=2):
    return np.floor(right.avg_pool(x, window, stride))


@avg_pool.alternative
def place_by_place(x, window=2, stride=2):
    oh, ow = ((size - window) // stride + 1 for size in x.shape[:2])
    y = np.zeros((oh, ow, x.shape[2]))
    for r in range(oh):
        for s in range(ow):
            for i in range(window):
                for j in range(window):
                    y[r, s] += x[r * stride + i, s * stride + j]
    return y / window**2


@avg_pool.alternative
def by_shifted_slices(x, window=2, stride=2):
    h, w = (size - window + 1 for size in x.shape[:2])
    places = [(i, j) for i in range(window) for j in range(window)]
    return sum(x[i : i + h : stride, j : j + w : stride] for i, j in places) / window**2


@avg_pool.alternative
def by_running_sums(x, window=2, stride=2):
    total = np.pad(x.cumsum(axis=0).cumsum(axis=1), ((1, 0), (1, 0), (0, 0)))
    a, b = total[window:] - total[:-window], slice(None, None, stride)
    return ((a[:, window:] - a[:, :-window]) / window**2)[b, b]
