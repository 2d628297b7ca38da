"""Lesson 2's exercises: what they are tried on, other ways of being right, ways of being wrong."""

import numpy as np

from lessons.tutor import Lesson, given, integers, normal

lesson = Lesson(__file__)
right = lesson.right


# --- 2.1 -------------------------------------------------------------------------------------------------

output_size = lesson.exercise(
    "output_size",
    "how often a window fits",
    tested="axes of 1 to 40 pixels, windows of 1 to 7, strides of 1 to 4, paddings of 0 to 3",
    hints=(
        "Draw five squares in a row and slide a window of three along them. Where can its left edge stand?",
        "Its left edge stands at 0, stride, 2·stride, … and at most at size + 2·padding − window.",
        "So count the steps that fit into size + 2·padding − window, rounded down, and add the first place.",
    ),
)


@output_size.cases
def sizes(rng):
    yield given(5, 3)
    for _ in range(12):
        padding, window = int(rng.integers(0, 4)), int(rng.integers(1, 8))
        size = int(rng.integers(max(1, window - 2 * padding), 41))
        yield given(size, window, stride=int(rng.integers(1, 5)), padding=padding)


@output_size.mistake(
    "The border is added at both ends, so the padding counts twice: ⌊(size + 2·padding − window)/stride⌋ + 1."
)
def padding_once(size, window, stride=1, padding=0):
    return (size + padding - window) // stride + 1


@output_size.mistake(
    "The first place is missing: ⌊(size + 2·padding − window)/stride⌋ counts the steps, and there is one "
    "place more than there are steps."
)
def steps_for_places(size, window, stride=1, padding=0):
    return (size + 2 * padding - window) // stride


@output_size.mistake(
    "A window that sticks out at the end does not count: the quotient is rounded down, not up, in "
    "⌊(size + 2·padding − window)/stride⌋ + 1."
)
def rounded_up(size, window, stride=1, padding=0):
    return -(-(size + 2 * padding - window) // stride) + 1


@output_size.mistake(
    "Only the steps are divided by the stride, the first place is not: "
    "⌊(size + 2·padding − window)/stride⌋ + 1, where ⌊(size + 2·padding − window + 1)/stride⌋ came."
)
def first_place_divided(size, window, stride=1, padding=0):
    return (size + 2 * padding - window + 1) // stride


@output_size.mistake(
    "The stride is not used: the window moves on by stride pixels, so the steps are "
    "⌊(size + 2·padding − window)/stride⌋."
)
def stride_ignored(size, window, stride=1, padding=0):
    return size + 2 * padding - window + 1


@output_size.mistake("The padding is not used: the axis is size + 2·padding pixels long.")
def padding_ignored(size, window, stride=1, padding=0):
    return (size - window) // stride + 1


@output_size.mistake("A size is a whole number: divide with //, which rounds down, not with /.")
def divided_to_a_fraction(size, window, stride=1, padding=0):
    return (size + 2 * padding - window) / stride + 1


@output_size.mistake(
    "Rounded to the nearest; a window that sticks out does not count, so it is rounded down: //."
)
def rounded_to_nearest(size, window, stride=1, padding=0):
    return round((size + 2 * padding - window) / stride) + 1


@output_size.alternative
def by_counting(size, window, stride=1, padding=0):
    return sum(1 for left in range(-padding, size + padding - window + 1, stride))


# --- 2.2 -------------------------------------------------------------------------------------------------

conv2d = lesson.exercise(
    "conv2d",
    "a convolution",
    tested="images of 3 to 7 pixels, kernels up to 3×3 of odd and even sizes, strides and borders",
    hints=(
        "Begin without stride and padding: loop over the places (r, s), and sum over one window at each.",
        "The window at (r, s) is xp[r·stride : r·stride + kh, s·stride : s·stride + kw]; it meets "
        "kernel[:, :, :, k] entry by entry.",
        "y[r, s, k] = bias[k] + (window * kernel[:, :, :, k]).sum(); the border is "
        "np.pad(x, ((padding, padding), (padding, padding), (0, 0))).",
    ),
)


@conv2d.cases
def images(rng):
    yield given(integers(rng, 3, 3, 1), integers(rng, 2, 2, 1, 1, low=-1, high=2), np.zeros(1))
    yield given(integers(rng, 3, 4, 1), integers(rng, 2, 2, 1, 1, low=-1, high=2), np.ones(1), stride=2)
    yield given(integers(rng, 3, 3, 1), integers(rng, 3, 3, 1, 1, low=-1, high=2), np.zeros(1), padding=1)
    yield given(integers(rng, 3, 4, 2), integers(rng, 2, 3, 2, 2), integers(rng, 2))
    yield given(normal(rng, 7, 5, 3), normal(rng, 3, 2, 3, 4), normal(rng, 4), stride=2, padding=1)
    yield given(normal(rng, 6, 7, 2), normal(rng, 1, 3, 2, 3), normal(rng, 3), stride=3, padding=2)


@conv2d.mistake(
    "The kernel was turned by 180°, as in a mathematician's convolution; here entry (i, j) of the kernel "
    "meets entry (i, j) of the window: xp[r·stride + i, s·stride + j, c] · kernel[i, j, c, k]."
)
def kernel_turned(x, kernel, bias, stride=1, padding=0):
    return right.conv2d(x, kernel[::-1, ::-1], bias, stride, padding)


@conv2d.mistake("The bias is missing: y[r, s, k] = bias[k] + Σ xp · kernel.")
def bias_forgotten(x, kernel, bias, stride=1, padding=0):
    return right.conv2d(x, kernel, bias * 0, stride, padding)


@conv2d.mistake(
    "The bias is added with every product or channel; it belongs to an output once: "
    "y[r, s, k] = bias[k] + Σ over i, j, c."
)
def bias_for_every_channel(x, kernel, bias, stride=1, padding=0):
    return right.conv2d(x, kernel, bias * kernel.shape[2], stride, padding)


@conv2d.mistake(
    "The windows lie side by side in steps of 1, though the number of them is right: the window of output "
    "(r, s) begins at (r·stride, s·stride)."
)
def stride_forgotten(x, kernel, bias, stride=1, padding=0):
    y = right.conv2d(x, kernel, bias, stride, padding)
    return right.conv2d(x, kernel, bias, 1, padding)[: y.shape[0], : y.shape[1]]


@conv2d.mistake("The result has every place of stride 1: only each stride-th along both axes is asked for.")
def stride_left_out(x, kernel, bias, stride=1, padding=0):
    return right.conv2d(x, kernel, bias, 1, padding)


@conv2d.mistake("The border is missing: x gets `padding` rows and columns of zeros on all four sides first.")
def padding_forgotten(x, kernel, bias, stride=1, padding=0):
    return right.conv2d(x, kernel, bias, stride, 0)


@conv2d.mistake(
    "The border repeats the image's edge; here it is zeros: np.pad(...) with its usual mode, 'constant'."
)
def border_repeated(x, kernel, bias, stride=1, padding=0):
    xp = np.pad(x, ((padding, padding), (padding, padding), (0, 0)), mode="edge")
    return right.conv2d(xp, kernel, bias, stride)


@conv2d.mistake("Only the first channel is looked at: the sum runs over the channels too, Σ over i, j and c.")
def first_channel_only(x, kernel, bias, stride=1, padding=0):
    return right.conv2d(x[..., :1], kernel[:, :, :1], bias, stride, padding)


@conv2d.mistake(
    "The bias is added to every product; it is added once to each sum: y[r, s, k] = bias[k] + Σ …"
)
def bias_in_every_product(x, kernel, bias, stride=1, padding=0):
    return right.conv2d(x, kernel, bias * kernel[..., 0].size, stride, padding)


@conv2d.alternative
def six_loops(x, kernel, bias, stride=1, padding=0):
    kh, kw, channels, filters = kernel.shape
    oh = (x.shape[0] + 2 * padding - kh) // stride + 1
    ow = (x.shape[1] + 2 * padding - kw) // stride + 1
    y = np.zeros((oh, ow, filters))
    for r in range(oh):
        for s in range(ow):
            for k in range(filters):
                y[r, s, k] = bias[k]
                for i in range(kh):
                    for j in range(kw):
                        a, b = r * stride + i - padding, s * stride + j - padding
                        if 0 <= a < x.shape[0] and 0 <= b < x.shape[1]:
                            for c in range(channels):
                                y[r, s, k] += x[a, b, c] * kernel[i, j, c, k]
    return y


@conv2d.alternative
def by_einsum(x, kernel, bias, stride=1, padding=0):
    xp = np.pad(x, ((padding, padding), (padding, padding), (0, 0)))
    windows = np.lib.stride_tricks.sliding_window_view(xp, kernel.shape[:2], axis=(0, 1))
    return np.einsum("rscij,ijck->rsk", windows[::stride, ::stride], kernel) + bias


@conv2d.alternative
def by_matrix_product(x, kernel, bias, stride=1, padding=0):
    xp = np.pad(x, ((padding, padding), (padding, padding), (0, 0)))
    kh, kw, _, k = kernel.shape
    rows = right.im2col(xp, kh, kw, stride)
    return (rows @ kernel.reshape(-1, k) + bias).reshape(-1, (xp.shape[1] - kw) // stride + 1, k)


@conv2d.alternative
def by_shifted_slices(x, kernel, bias, stride=1, padding=0):
    xp = np.pad(x, ((padding, padding), (padding, padding), (0, 0)))
    kh, kw, _, _ = kernel.shape
    oh, ow = ((size - k) // stride + 1 for size, k in zip(xp.shape[:2], (kh, kw), strict=True))
    down, across = (oh - 1) * stride + 1, (ow - 1) * stride + 1
    return bias + sum(
        xp[i : i + down : stride, j : j + across : stride] @ kernel[i, j]
        for i in range(kh)
        for j in range(kw)
    )


# --- 2.3 -------------------------------------------------------------------------------------------------

im2col = lesson.exercise(
    "im2col",
    "windows as the rows of a matrix",
    tested="images of 2 to 7 pixels with 1 to 3 channels, windows of all sizes, strides of 1 to 3",
    hints=(
        "Write it with two loops first: one row for each place (r, s), in reading order.",
        "A window is x[r·stride : r·stride + kh, s·stride : s·stride + kw]; reshape(-1) lays it out in the "
        "order (i, j, c).",
        "np.stack([x[r:r + kh, s:s + kw].reshape(-1) for r in ... for s in ...]) with r and s running in "
        "steps of stride.",
    ),
)


@im2col.cases
def windows(rng):
    yield given(np.arange(9.0).reshape(3, 3, 1), 2, 2)
    yield given(np.arange(12.0).reshape(2, 3, 2), 2, 2)
    yield given(integers(rng, 3, 4, 1), 2, 2, stride=2)
    yield given(integers(rng, 4, 3, 2), 2, 1)
    yield given(normal(rng, 7, 5, 3), 3, 2, stride=2)
    yield given(normal(rng, 5, 6, 2), 1, 4, stride=3)
    yield given(normal(rng, 3, 3, 2), 3, 3)


@im2col.mistake(
    "Each row holds its channels one after another, (c, i, j); the order asked for is (i, j, c), channels "
    "fastest."
)
def channels_first(x, kh, kw, stride=1):
    views = np.lib.stride_tricks.sliding_window_view(x, (kh, kw), axis=(0, 1))[::stride, ::stride]
    return views.reshape(-1, kh * kw * x.shape[2])


@im2col.mistake("The windows stand in columns; here each window is a row, X (oh·ow, kh·kw·C): transpose it.")
def windows_as_columns(x, kh, kw, stride=1):
    return right.im2col(x, kh, kw, stride).T


@im2col.mistake(
    "The rows come column by column of the image; row r·ow + s is the window at (r, s), so s runs fastest."
)
def places_down_first(x, kh, kw, stride=1):
    oh = (x.shape[0] - kh) // stride + 1
    rows = right.im2col(x, kh, kw, stride)
    return rows.reshape(oh, -1, rows.shape[1]).swapaxes(0, 1).reshape(rows.shape)


@im2col.mistake("Within a row j runs before i; the order asked for is (i, j, c), i slowest.")
def window_transposed(x, kh, kw, stride=1):
    rows = right.im2col(x, kh, kw, stride)
    return rows.reshape(-1, kh, kw, x.shape[2]).swapaxes(1, 2).reshape(rows.shape)


@im2col.mistake("The stride is not used: the window of output (r, s) begins at (r·stride, s·stride).")
def every_window(x, kh, kw, stride=1):
    return right.im2col(x, kh, kw)


@im2col.mistake(
    "The last place along each axis is missing: r runs to oh − 1 with oh = ⌊(H − kh)/stride⌋ + 1, in Python "
    "range(0, H − kh + 1, stride)."
)
def last_place_missing(x, kh, kw, stride=1):
    places = [(r, s) for r in range(0, x.shape[0] - kh, stride) for s in range(0, x.shape[1] - kw, stride)]
    rows = [x[r : r + kh, s : s + kw].reshape(-1) for r, s in places]
    return np.array(rows).reshape(len(rows), kh * kw * x.shape[2])


@im2col.alternative
def row_by_row(x, kh, kw, stride=1):
    rows = []
    for r in range(0, x.shape[0] - kh + 1, stride):
        for s in range(0, x.shape[1] - kw + 1, stride):
            rows.append(x[r : r + kh, s : s + kw].reshape(-1))
    return np.array(rows)


@im2col.alternative
def position_by_position(x, kh, kw, stride=1):
    h, w, c = x.shape
    oh, ow = (h - kh) // stride + 1, (w - kw) // stride + 1
    columns = np.empty((oh, ow, kh, kw, c))
    for i in range(kh):
        for j in range(kw):
            columns[:, :, i, j] = x[
                i : i + (oh - 1) * stride + 1 : stride, j : j + (ow - 1) * stride + 1 : stride
            ]
    return columns.reshape(oh * ow, -1)


@im2col.alternative
def by_indices(x, kh, kw, stride=1):
    top = np.arange(0, x.shape[0] - kh + 1, stride)
    left = np.arange(0, x.shape[1] - kw + 1, stride)
    i = top[:, None, None, None] + np.arange(kh)[:, None]
    j = left[:, None, None] + np.arange(kw)
    return x[i, j].reshape(len(top) * len(left), -1)


# --- 2.4 -------------------------------------------------------------------------------------------------

multiplications = lesson.exercise(
    "multiplications",
    "what a convolution costs",
    tested="images up to 224 × 224 and kernels of VGG19's sizes, strides and paddings, and small ones",
    hints=(
        "How many numbers does the output hold? And what does one of them cost?",
        "The output is (oh, ow, K), with oh and ow from output_size.",
        "One output entry is a sum over i, j and c: kh·kw·C products.",
    ),
)


@multiplications.cases
def layers(rng):
    yield given(4, 4, (3, 3, 1, 1))
    yield given(4, 5, (3, 2, 2, 3))
    yield given(5, 7, (3, 3, 2, 4), stride=2, padding=1)
    yield given(224, 224, (3, 3, 64, 64), padding=1)
    kh, kw, c, k = (int(size) for size in rng.integers(1, 6, 4))
    yield given(
        int(rng.integers(6, 30)), int(rng.integers(6, 30)), (kh, kw, c, k), stride=int(rng.integers(1, 4))
    )


@multiplications.mistake(
    "The channels of the image are missing: one output entry sums over i, j and c, that is kh·kw·C products."
)
def channels_missing(height, width, kernel_shape, stride=1, padding=0):
    kh, kw, _, k = kernel_shape
    return right.multiplications(height, width, (kh, kw, 1, k), stride, padding)


@multiplications.mistake("The filters are missing: there are oh·ow·K output entries, K for each place.")
def filters_missing(height, width, kernel_shape, stride=1, padding=0):
    return right.multiplications(height, width, (*kernel_shape[:3], 1), stride, padding)


@multiplications.mistake(
    "It is the number of places of the output that counts, oh·ow, not the image's height · width."
)
def pixels_for_places(height, width, kernel_shape, stride=1, padding=0):
    return height * width * int(np.prod(kernel_shape))


@multiplications.mistake(
    "Additions are counted as well: only the products are asked for, kh·kw·C for each entry."
)
def additions_too(height, width, kernel_shape, stride=1, padding=0):
    return 2 * right.multiplications(height, width, kernel_shape, stride, padding)


@multiplications.mistake("The stride is not used: it reduces both oh and ow.")
def stride_not_used(height, width, kernel_shape, stride=1, padding=0):
    return right.multiplications(height, width, kernel_shape, 1, padding)


@multiplications.mistake("The padding is not used: the places are those of the padded image.")
def padding_not_used(height, width, kernel_shape, stride=1, padding=0):
    return right.multiplications(height, width, kernel_shape, stride, 0)


@multiplications.alternative
def from_shapes(height, width, kernel_shape, stride=1, padding=0):
    y = right.conv2d(
        np.zeros((min(height, 40), min(width, 40), 1)),
        np.zeros((*kernel_shape[:2], 1, 1)),
        0,
        stride,
        padding,
    )
    oh = y.shape[0] if height <= 40 else (height + 2 * padding - kernel_shape[0]) // stride + 1
    ow = y.shape[1] if width <= 40 else (width + 2 * padding - kernel_shape[1]) // stride + 1
    return int(np.prod([oh, ow, *kernel_shape]))
