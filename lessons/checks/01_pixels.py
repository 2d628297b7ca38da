"""Lesson 1's exercises: what they are tried on, other ways of being right, ways of being wrong."""

import numpy as np

from lessons.tutor import Lesson, given, integers, normal

lesson = Lesson(__file__)
right = lesson.right

ACROSS = np.array([[-1.0, 0, 1], [-2, 0, 2], [-1, 0, 1]])


def pixels(rng, *shape):
    return rng.integers(0, 256, shape, dtype=np.uint8)


# --- 1.1 -------------------------------------------------------------------------------------------------

crop = lesson.exercise(
    "crop",
    "a part of a picture",
    tested="parts of colour and grey pictures of 3×4 to 9×8 pixels, the whole among them",
    hints=(
        "A slice of an array, picture[a:b, c:d], takes rows a to b − 1 and columns c to d − 1.",
        "The rows begin at top. There are to be `height` of them: which is the first that is not taken?",
        "Rows top to top + height, columns left to left + width.",
    ),
)


@crop.cases
def parts(rng):
    yield given(np.arange(12.0).reshape(3, 4), 1, 1, 1, 2)
    yield given(np.arange(20.0).reshape(4, 5), 0, 2, 3, 2)
    yield given(np.arange(20.0).reshape(5, 4), 2, 1, 2, 3)
    yield given(pixels(rng, 5, 4, 3), 2, 1, 3, 2)
    yield given(pixels(rng, 3, 4, 3), 0, 0, 3, 4)
    yield given(pixels(rng, 9, 8, 3), 3, 4, 5, 2)


@crop.mistake(
    "The slice ends at height and width as if they were places; it ends at top + height and left + width."
)
def sizes_taken_for_places(picture, top, left, height, width):
    return picture[top:height, left:width]


@crop.mistake(
    "Rows and columns are exchanged: the first axis of a picture runs down, so top and height belong to it."
)
def rows_for_columns(picture, top, left, height, width):
    return picture[left : left + width, top : top + height]


@crop.mistake("One row and one column too many: a slice a:b ends before b, so top : top + height is enough.")
def one_too_many(picture, top, left, height, width):
    return picture[top : top + height + 1, left : left + width + 1]


@crop.mistake("One row and one column too few: a slice a:b ends before b, so b is top + height itself.")
def one_too_few(picture, top, left, height, width):
    return picture[top : top + height - 1, left : left + width - 1]


@crop.mistake("The part begins at the picture's corner: its upper left pixel is picture[top, left].")
def always_from_the_corner(picture, top, left, height, width):
    return picture[:height, :width]


@crop.alternative
def pixel_by_pixel(picture, top, left, height, width):
    part = np.zeros((height, width, *picture.shape[2:]), dtype=picture.dtype)
    for r in range(height):
        for s in range(width):
            part[r, s] = picture[top + r, left + s]
    return part


# --- 1.2 -------------------------------------------------------------------------------------------------

to_grey = lesson.exercise(
    "to_grey",
    "colour to brightness",
    tested="pictures of 1×1 to 6×5 pixels, pure colours, black and white among them",
    hints=(
        "picture[:, :, 0] is the matrix of all red values, [:, :, 1] of green, [:, :, 2] of blue.",
        "Weigh each of the three matrices, add them, and divide once by 255.",
        "(0.299 * picture[:, :, 0] + …) / 255; a weight is a float, so the product is one too.",
    ),
)


@to_grey.cases
def colours(rng):
    yield given(np.array([[[255, 0, 0], [0, 255, 0]]], np.uint8))
    yield given(np.array([[[0, 0, 255], [255, 255, 255]], [[0, 0, 0], [200, 100, 50]]], np.uint8))
    yield given(pixels(rng, 2, 2, 3))
    yield given(pixels(rng, 6, 5, 3))


@to_grey.mistake(
    "All three colours count alike; the eye does not see them so: 0.299 · red + 0.587 · green + 0.114 · blue."
)
def plain_average(picture):
    return picture.mean(axis=2) / 255


@to_grey.mistake("Red and blue are exchanged: channel 0 is red (0.299), channel 2 is blue (0.114).")
def blue_first(picture):
    return right.to_grey(picture[..., ::-1])


@to_grey.mistake("The brightness still runs from 0 to 255: divide by 255, so that white is 1.")
def not_divided(picture):
    return right.to_grey(picture) * 255


@to_grey.mistake(
    "The sum was made of uint8, which begins at 0 again after 255, or of whole numbers: multiply by the "
    "weights first, as floats, then add."
)
def added_as_bytes(picture):
    red, green, blue = ((picture[..., c] * w).astype(np.uint8) for c, w in enumerate((0.299, 0.587, 0.114)))
    return (red + green + blue) / 255


@to_grey.mistake(
    "All three colours count alike, and their sum was made of bytes, which begin at 0 again after 255: "
    "(0.299 · red + 0.587 · green + 0.114 · blue) / 255, with floats."
)
def average_of_bytes(picture):
    return (picture[..., 0] + picture[..., 1] + picture[..., 2]) / 3 / 255


@to_grey.mistake("Only the red channel is there: add all three, each with its weight.")
def red_alone(picture):
    return picture[..., 0] / 255


@to_grey.mistake(
    "Each weighed colour is there, but they were not added: grey has one number per pixel, (H, W)."
)
def not_added(picture):
    return picture * np.array([0.299, 0.587, 0.114]) / 255


@to_grey.mistake("The divisor is 256; the largest value of a byte is 255, and white is to be 1.")
def divided_by_256(picture):
    return right.to_grey(picture) * 255 / 256


@to_grey.mistake(
    "The last axis is still there, with one entry: the result is (H, W), so add up without keepdims."
)
def axis_kept(picture):
    return right.to_grey(picture)[..., None]


@to_grey.mistake(
    "The brightness is cut to whole numbers on the way: divide by 255 before anything is made a byte."
)
def cut_to_bytes(picture):
    return (picture @ np.array([0.299, 0.587, 0.114])).astype(np.uint8) / 255


@to_grey.alternative
def channel_by_channel(picture):
    red, green, blue = np.moveaxis(picture.astype(float), 2, 0)
    return (0.299 * red + 0.587 * green + 0.114 * blue) / 255


@to_grey.alternative
def by_einsum(picture):
    return np.einsum("rsc,c->rs", picture / 255, [0.299, 0.587, 0.114])


# --- 1.3 -------------------------------------------------------------------------------------------------

response = lesson.exercise(
    "response",
    "what a filter answers at one place",
    tested="images of 3×4 to 8×9 pixels and filters of 1×1 to 4×3, at corners and between",
    hints=(
        "Lay the filter on the image and multiply what lies upon each other.",
        "The part under the filter is image[r : r + kh, s : s + kw], and kernel.shape is (kh, kw).",
        "Multiply the part by the kernel, entry by entry, and add all products: (part * kernel).sum().",
    ),
)


@response.cases
def places(rng):
    yield given(integers(rng, 3, 4), integers(rng, 2, 2), 1, 0)
    yield given(integers(rng, 4, 4), ACROSS.copy(), 0, 1)
    yield given(integers(rng, 4, 5), integers(rng, 2, 3), 2, 1)
    yield given(normal(rng, 8, 9), normal(rng, 4, 3), 2, 5)
    yield given(normal(rng, 3, 7), normal(rng, 3, 3), 0, 4)
    yield given(normal(rng, 5, 4), normal(rng, 1, 1), 4, 3)


@response.mistake(
    "The kernel was turned by 180°: image[r + i, s + j] meets kernel[i, j], the upper left entry of the part "
    "the upper left entry of the kernel."
)
def kernel_turned(image, kernel, r, s):
    return right.response(image, kernel[::-1, ::-1], r, s)


@response.mistake("r and s are exchanged: r counts rows, the first axis, s columns: image[r + i, s + j].")
def places_exchanged(image, kernel, r, s):
    kh, kw = kernel.shape
    part = image[s : s + kh, r : r + kw]
    return (part * kernel).sum()


@response.mistake("It is the sum that is asked for, not the average: Σ image[r + i, s + j] · kernel[i, j].")
def average(image, kernel, r, s):
    return right.response(image, kernel, r, s) / kernel.size


@response.mistake(
    "The filter lies with its middle on (r, s); here (r, s) is its upper left corner: image[r + i, s + j]."
)
def centred(image, kernel, r, s):
    kh, kw = kernel.shape
    around = np.pad(image, ((kh // 2, kh), (kw // 2, kw)))
    return (around[r : r + kh, s : s + kw] * kernel).sum()


@response.mistake(
    "Only the products in the last row or column came together: the sum runs over i and j both, all kh · kw "
    "products."
)
def last_row_only(image, kernel, r, s):
    kh, kw = kernel.shape
    return (image[r + kh - 1, s : s + kw] * kernel[-1]).sum()


@response.mistake(
    "That is the matrix product; here entries that lie upon each other are multiplied: part * kernel."
)
def matrix_product(image, kernel, r, s):
    kh, kw = kernel.shape
    return (image[r : r + kh, s : s + kw] @ kernel.T).sum()


@response.mistake("The products are there but not added: the answer at one place is one number, their sum.")
def products_not_added(image, kernel, r, s):
    kh, kw = kernel.shape
    return image[r : r + kh, s : s + kw] * kernel


@response.mistake("The filter is not always 3 × 3: its size is kernel.shape, (kh, kw).")
def three_by_three_alone(image, kernel, r, s):
    return sum(image[r + i, s + j] * kernel[i, j] for i in range(3) for j in range(3))


@response.mistake(
    "That is a matrix product, part @ kernel; here entries that lie upon each other are multiplied: "
    "part * kernel."
)
def rows_times_columns(image, kernel, r, s):
    kh, kw = kernel.shape
    return (image[r : r + kh, s : s + kw] @ kernel).sum()


@response.alternative
def two_loops(image, kernel, r, s):
    total = 0.0
    for i in range(kernel.shape[0]):
        for j in range(kernel.shape[1]):
            total += image[r + i, s + j] * kernel[i, j]
    return total


@response.alternative
def dot_product(image, kernel, r, s):
    kh, kw = kernel.shape
    return float(image[r : r + kh, s : s + kw].ravel() @ kernel.ravel())


# --- 1.4 -------------------------------------------------------------------------------------------------

correlate = lesson.exercise(
    "correlate",
    "what a filter answers everywhere",
    tested="images of 3×3 to 9×7 pixels and filters of 1×1 to 4×2, square or not, some as large as the image",
    hints=(
        "How many places does a filter of 3 columns have in an image of 5? Draw it.",
        "Make an array of zeros of shape (H − kh + 1, W − kw + 1), and fill it place by place.",
        "y[r, s] = (image[r : r + kh, s : s + kw] * kernel).sum() for r in range(H − kh + 1), s likewise.",
    ),
)


@correlate.cases
def images(rng):
    yield given(integers(rng, 3, 3), integers(rng, 2, 2, low=-1, high=2))
    yield given(integers(rng, 3, 5), ACROSS.copy())
    yield given(integers(rng, 4, 3), integers(rng, 2, 1, low=-2, high=2))
    yield given(integers(rng, 2, 3), integers(rng, 2, 3))
    yield given(normal(rng, 9, 7), normal(rng, 3, 3))
    yield given(normal(rng, 5, 8), normal(rng, 4, 2))
    yield given(normal(rng, 3, 4), normal(rng, 1, 1))


@correlate.mistake(
    "The kernel was turned by 180°, which mathematicians call convolution; here image[r + i, s + j] meets "
    "kernel[i, j]."
)
def turned(image, kernel):
    return right.correlate(image, kernel[::-1, ::-1])


@correlate.mistake("The kernel was transposed: image[r + i, s + j] meets kernel[i, j], i along rows in both.")
def transposed(image, kernel):
    if image.shape[0] < kernel.shape[1] or image.shape[1] < kernel.shape[0]:
        raise ValueError
    return right.correlate(image, kernel.T)


@correlate.mistake(
    "The last row and column of places are missing: a filter of kh rows has H − kh + 1 places, not H − kh."
)
def last_places_missing(image, kernel):
    return right.correlate(image, kernel)[:-1, :-1]


@correlate.mistake(
    "The result is as large as the image, with places where the filter sticks out; only those count where "
    "it lies wholly inside, (H − kh + 1) × (W − kw + 1)."
)
def as_large_as_the_image(image, kernel):
    kh, kw = kernel.shape
    above, before = (kh - 1) // 2, (kw - 1) // 2
    return right.correlate(np.pad(image, ((above, kh - 1 - above), (before, kw - 1 - before))), kernel)


@correlate.mistake(
    "Places where the filter sticks out are kept as zeros: the result is (H − kh + 1, W − kw + 1) alone."
)
def zeros_kept(image, kernel):
    y = np.zeros(image.shape)
    inside = right.correlate(image, kernel)
    y[: inside.shape[0], : inside.shape[1]] = inside
    return y


@correlate.mistake("The sign is lost: an answer may be negative, y = Σ image · kernel without |…|.")
def sign_lost(image, kernel):
    return np.abs(right.correlate(image, kernel))


@correlate.mistake("It is the sum that is asked for, not the average: Σ image[r + i, s + j] · kernel[i, j].")
def averaged(image, kernel):
    return right.correlate(image, kernel) / kernel.size


@correlate.mistake(
    "The filter is laid side by side without overlap; it moves on by one pixel, y[r, s] = Σ image[r + i, s + "
    "j] · kernel[i, j] for every r and s."
)
def side_by_side(image, kernel):
    return right.correlate(image, kernel)[:: kernel.shape[0], :: kernel.shape[1]]


@correlate.mistake("The filter is not always 3 × 3: its size is kernel.shape, (kh, kw).")
def three_by_three_only(image, kernel):
    y = np.zeros((image.shape[0] - 2, image.shape[1] - 2))
    for r, s in np.ndindex(y.shape):
        y[r, s] = sum(image[r + i, s + j] * kernel[i, j] for i in range(3) for j in range(3))
    return y


@correlate.mistake(
    "The filter is not always 3 × 3: its size is kernel.shape, so there are H − kh + 1 rows of places."
)
def always_three(image, kernel):
    h, w = image.shape
    return np.array(
        [[right.response(image, kernel[:3, :3], r, s) for s in range(w - 2)] for r in range(h - 2)]
    )


@correlate.mistake(
    "The last row and column of places are missing: range(H − kh + 1) goes up to H − kh, range(H − kh) stops "
    "before."
)
def one_place_too_few(image, kernel):
    h, w = image.shape[0] - kernel.shape[0], image.shape[1] - kernel.shape[1]
    return np.array([[right.response(image, kernel, r, s) for s in range(w)] for r in range(h)])


@correlate.alternative
def four_loops(image, kernel):
    kh, kw = kernel.shape
    y = np.zeros((image.shape[0] - kh + 1, image.shape[1] - kw + 1))
    for r in range(y.shape[0]):
        for s in range(y.shape[1]):
            for i in range(kh):
                for j in range(kw):
                    y[r, s] += image[r + i, s + j] * kernel[i, j]
    return y


@correlate.alternative
def shifted_images(image, kernel):
    h, w = image.shape[0] - kernel.shape[0] + 1, image.shape[1] - kernel.shape[1] + 1
    return sum(kernel[i, j] * image[i : i + h, j : j + w] for i, j in np.ndindex(kernel.shape))


@correlate.alternative
def by_windows(image, kernel):
    windows = np.lib.stride_tricks.sliding_window_view(image, kernel.shape)
    return np.einsum("rsij,ij->rs", windows, kernel)


@correlate.alternative
def by_fourier(image, kernel):
    spectrum = np.fft.rfft2(image) * np.conj(np.fft.rfft2(kernel, image.shape))
    whole = np.fft.irfft2(spectrum, image.shape)
    return whole[: image.shape[0] - kernel.shape[0] + 1, : image.shape[1] - kernel.shape[1] + 1]


# --- 1.5 -------------------------------------------------------------------------------------------------

edge_strength = lesson.exercise(
    "edge_strength",
    "edges in every direction",
    tested="images of 3×3 to 8×6 pixels, whole numbers and others",
    hints=(
        "Two filters give two answers at each place. Think of them as the sides of a right-angled triangle.",
        "a = correlate(image, ACROSS) and b = correlate(image, DOWN), with your own correlate.",
        "np.sqrt(a * a + b * b)",
    ),
)


@edge_strength.cases
def surfaces(rng):
    yield given(np.array([[0.0, 0, 1], [0, 1, 1], [1, 1, 1]]))
    yield given(integers(rng, 3, 3))
    yield given(integers(rng, 3, 4))
    yield given(normal(rng, 8, 6))
    yield given(normal(rng, 5, 7) * 100)


def both(image):
    return right.correlate(image, ACROSS), right.correlate(image, ACROSS.T)


@edge_strength.mistake("The root is missing: √(a² + b²), not a² + b².")
def root_missing(image):
    a, b = both(image)
    return a**2 + b**2


@edge_strength.mistake("The sizes were added, |a| + |b|; the length of the two together is √(a² + b²).")
def sizes_added(image):
    a, b = both(image)
    return np.abs(a) + np.abs(b)


@edge_strength.mistake("The answers were added, where a and −a cancel: square them first, √(a² + b²).")
def answers_added(image):
    a, b = both(image)
    return a + b


@edge_strength.mistake(
    "Only ACROSS is used: level edges leave it silent, so DOWN belongs under the root too."
)
def across_alone(image):
    return np.abs(both(image)[0])


@edge_strength.mistake(
    "Only DOWN is used: upright edges leave it silent, so ACROSS belongs under the root too."
)
def down_alone(image):
    return np.abs(both(image)[1])


@edge_strength.mistake("That is the larger of |a| and |b|; asked for is √(a² + b²).")
def larger_one(image):
    a, b = both(image)
    return np.maximum(np.abs(a), np.abs(b))


@edge_strength.mistake("The squares were averaged under the root; they are added: √(a² + b²), without ½.")
def averaged_squares(image):
    a, b = both(image)
    return np.sqrt((a**2 + b**2) / 2)


@edge_strength.mistake(
    "The middle row and column of the filters count twice: ACROSS is (−1 0 1), (−2 0 2), (−1 0 1)."
)
def middle_counted_once(image):
    plain = np.array([[-1.0, 0, 1]] * 3)
    return np.hypot(right.correlate(image, plain), right.correlate(image, plain.T))


@edge_strength.mistake(
    "The two answers are added before they are squared, so that they may cancel: √(a² + b²), not √|a + b|."
)
def root_of_the_sum(image):
    across = np.array([[-1, 0, 1], [-2, 0, 2], [-1, 0, 1]])
    return np.sqrt(np.abs(right.correlate(image, across) + right.correlate(image, across.T)))


@edge_strength.alternative
def by_differences(image):
    smooth = image[:-2] + 2 * image[1:-1] + image[2:]
    a = smooth[:, 2:] - smooth[:, :-2]
    smooth = image[:, :-2] + 2 * image[:, 1:-1] + image[:, 2:]
    b = smooth[2:] - smooth[:-2]
    return (a**2 + b**2) ** 0.5


@edge_strength.alternative
def as_complex_numbers(image):
    return np.abs(right.correlate(image, ACROSS + 1j * ACROSS.T))
