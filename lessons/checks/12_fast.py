"""Lesson 12's exercises: what they are tried on, other ways of being right, ways of being wrong."""

import numpy as np

from lessons.tutor import Lesson, given, integers, normal

lesson = Lesson(__file__)
right = lesson.right


# --- 12.1 ------------------------------------------------------------------------------------------------

operations_per_byte = lesson.exercise(
    "operations_per_byte",
    "arithmetic against memory",
    tested="outputs of 1 to 40 pixels, 1 to 64 channels and filters, with and without the matrix of windows",
    hints=(
        "Count two things apart: operations above, bytes below. How many entries has one window, how many "
        "windows are there, and how many filters?",
        "Operations: 2 · height·width · 9·c · k. Numbers moved: those of x, of the kernel and of y, each "
        "once; each has 4 bytes.",
        "With `windows`, 2 · height·width · 9·c numbers more are moved: once written, once read.",
    ),
)


@operations_per_byte.cases
def layers(rng):
    yield given(1, 1, 1, 1, False)
    yield given(1, 1, 1, 1, True)
    yield given(2, 3, 1, 2, False)
    for windows in (False, True):
        height, width, c, k = (int(n) for n in rng.integers((2, 2, 1, 1), (41, 41, 65, 65)))
        yield given(height, width, c, k, windows)


def moved(height, width, c, k, windows, x=1, kernel=1, y=1, often=2, border=2):
    """q where parts of what is moved are counted so often."""
    numbers = x * (height + border) * (width + border) * c + kernel * 9 * c * k + y * height * width * k
    numbers += often * height * width * 9 * c if windows else 0
    return 18 * height * width * c * k / (4 * numbers)


@operations_per_byte.mistake(
    "Only the multiplications are counted; with the addition that follows each there are twice as many "
    "operations: 2 · height·width · 9·c · k."
)
def multiplications_alone(height, width, c, k, windows):
    return right.operations_per_byte(height, width, c, k, windows) / 2


@operations_per_byte.mistake("Numbers are counted where bytes are asked for: each has 4, so q is a quarter.")
def numbers_for_bytes(height, width, c, k, windows):
    return right.operations_per_byte(height, width, c, k, windows) * 4


@operations_per_byte.mistake("It is upside down: operations above, bytes below, operations for each byte.")
def upside_down(height, width, c, k, windows):
    return 1 / right.operations_per_byte(height, width, c, k, windows)


@operations_per_byte.mistake(
    "The matrix of windows is moved once; it is written and then read: 2 · height·width · 9·c numbers."
)
def windows_once(height, width, c, k, windows):
    return moved(height, width, c, k, windows, often=1)


@operations_per_byte.mistake(
    "`windows` makes no difference; if it is True, the matrix of windows is written and read besides."
)
def windows_ignored(height, width, c, k, windows):
    return right.operations_per_byte(height, width, c, k, False)


@operations_per_byte.mistake(
    "The matrix of windows is counted always; it is there only if `windows` is True."
)
def windows_always(height, width, c, k, windows):
    return right.operations_per_byte(height, width, c, k, True)


@operations_per_byte.mistake(
    "With the matrix of windows, x itself is not counted; but it has to be read to make that matrix."
)
def x_forgotten_beside_windows(height, width, c, k, windows):
    return moved(height, width, c, k, windows, x=0 if windows else 1)


@operations_per_byte.mistake("The kernel's 9·c·k numbers have to be read too.")
def kernel_forgotten(height, width, c, k, windows):
    return moved(height, width, c, k, windows, kernel=0)


@operations_per_byte.mistake("The output's height·width·k numbers have to be written too.")
def output_forgotten(height, width, c, k, windows):
    return moved(height, width, c, k, windows, y=0)


@operations_per_byte.mistake(
    "x is counted without its border; it is padded already, (height + 2)·(width + 2)·c numbers."
)
def border_forgotten(height, width, c, k, windows):
    return moved(height, width, c, k, windows, border=0)


@operations_per_byte.mistake(
    "Operations are those of one filter; there are k filters: 2 · height·width · 9·c · k."
)
def one_filter(height, width, c, k, windows):
    return right.operations_per_byte(height, width, c, k, windows) / k


@operations_per_byte.alternative
def counted_on_arrays(height, width, c, k, windows):
    parts = [np.empty((height + 2, width + 2, c)), np.empty((3, 3, c, k)), np.empty((height, width, k))]
    if windows:
        parts += 2 * [np.empty((height * width, 9 * c))]
    return 2 * parts[2].size * parts[1][..., 0].size / sum(4 * part.size for part in parts)


@operations_per_byte.alternative
def per_pixel(height, width, c, k, windows):
    pixels = height * width
    read = c * (height + 2) * (width + 2) / pixels + 9 * c * k / pixels
    return 18 * c * k / (4 * read + 4 * k + 72 * c * bool(windows))


# --- 12.2 ------------------------------------------------------------------------------------------------


class TooManyWindowsError(ValueError):
    pass


class Watched:
    """The matrix product that the reader is handed: it counts the windows, and refuses too many at once."""

    def __init__(self, most):
        self.most, self.rows = most, 0

    def __call__(self, X, M):
        if len(X) > self.most:
            raise TooManyWindowsError(f"X has {len(X)} rows, at most {self.most} are allowed")
        self.rows += len(X)
        return X @ M


def watched(function, x, kernel, most):
    """y, and how many windows went through the product."""
    product = Watched(most)
    return function(x, kernel, product, most), product.rows


conv2d_in_strips = lesson.exercise(
    "conv2d_in_strips",
    "windows that fit the cache",
    tested="pictures of 3 to 9 pixels, with room for one row of windows, for several, and for all",
    returns=("y", "rows of X in all"),
    use=watched,
    hints=(
        "How many whole rows of the output fit into `most` windows? A row has W − 2 of them.",
        "A strip of so many rows of output, beginning at row `top`, needs the picture's rows "
        "top … top + rows + 1: two more than it puts out.",
        "for top in range(0, H − 2, rows): strip = x[top : top + rows + 2]; its windows as in lesson 2; "
        "y[top : top + rows] = product(X, M).reshape(-1, W − 2, K). The last strip may be lower.",
    ),
)


@conv2d_in_strips.cases
def strips(rng):
    yield given(integers(rng, 4, 3, 1), integers(rng, 3, 3, 1, 1, low=-1, high=1), 1)
    yield given(integers(rng, 5, 4, 1), integers(rng, 3, 3, 1, 1, low=-1, high=1), 4)
    yield given(normal(rng, 9, 6, 2), normal(rng, 3, 3, 2, 3), 9)
    yield given(normal(rng, 9, 5, 2), normal(rng, 3, 3, 2, 2), 3)
    yield given(normal(rng, 7, 4, 3), normal(rng, 3, 3, 3, 2), 1000)


def rows_of_windows(x):
    windows = np.lib.stride_tricks.sliding_window_view(x, (3, 3), axis=(0, 1))
    return windows.transpose(0, 1, 3, 4, 2).reshape(-1, 9 * x.shape[2])


def by_strips(x, kernel, product, rows, step=None, beyond=2, until=0):
    """The right answer with one of its numbers changed."""
    h, w, c = x.shape
    y = np.zeros((h - 2, w - 2, kernel.shape[3]))
    for top in range(0, h - 2 - until, step or rows):
        strip = x[top : top + rows + beyond]
        if len(strip) > 2:
            found = product(rows_of_windows(strip), kernel.reshape(9 * c, -1))
            found = found.reshape(-1, w - 2, kernel.shape[3])
            y[top : top + len(found)] = found
    return y


@conv2d_in_strips.mistake(
    "The strips do not overlap: `rows` rows of output need rows + 2 rows of the picture, "
    "x[top : top + rows + 2]."
)
def no_overlap(x, kernel, product, most):
    return by_strips(x, kernel, product, most // (x.shape[1] - 2), beyond=0)


@conv2d_in_strips.mistake(
    "The last strip is missing where the height does not come out even: let range run to H − 2 and the last "
    "strip be lower."
)
def last_strip_lost(x, kernel, product, most):
    rows = min(most // (x.shape[1] - 2), x.shape[0] - 2)
    return by_strips(x, kernel, product, rows, until=rows - 1)


@conv2d_in_strips.mistake(
    "All windows are multiplied at once; X may have at most `most` rows, so cut the picture into strips of "
    "most // (W − 2) rows."
)
def all_at_once(x, kernel, product, most):
    return by_strips(x, kernel, product, x.shape[0] - 2)


@conv2d_in_strips.mistake("A row of the output has W − 2 windows, not W: most // (W − 2) rows fit.")
def width_of_the_picture(x, kernel, product, most):
    return by_strips(x, kernel, product, most // x.shape[1])


@conv2d_in_strips.mistake("The number of rows is rounded up; most // (W − 2), rounded down, is what fits.")
def rounded_up(x, kernel, product, most):
    return by_strips(x, kernel, product, -(-most // (x.shape[1] - 2)))


@conv2d_in_strips.mistake(
    "The strips move on by one row, so that windows are multiplied several times: the next strip begins "
    "where the outputs of this one end, at top + rows."
)
def one_row_further(x, kernel, product, most):
    return by_strips(x, kernel, product, most // (x.shape[1] - 2), step=1)


@conv2d_in_strips.mistake(
    "The product that was handed over is not used; every window must go through product(X, M) once."
)
def product_not_used(x, kernel, product, most):
    return by_strips(x, kernel, np.matmul, most // (x.shape[1] - 2))


@conv2d_in_strips.mistake(
    "A window's entries are in the order (c, i, j), as sliding_window_view makes them; the kernel's rows are "
    "in the order (i, j, c): transpose before you reshape."
)
def channels_first(x, kernel, product, most):
    def shuffled(X, M):
        c = x.shape[2]
        return product(X.reshape(-1, 3, 3, c).transpose(0, 3, 1, 2).reshape(len(X), 9 * c), M)

    return by_strips(x, kernel, shuffled, most // (x.shape[1] - 2))


@conv2d_in_strips.mistake(
    "The kernel is turned by 180°; entry (i, j) of the kernel meets entry (i, j) of the window."
)
def kernel_turned(x, kernel, product, most):
    return right.conv2d_in_strips(x, kernel[::-1, ::-1], product, most)


@conv2d_in_strips.mistake(
    "The kernel as a matrix is kernel.reshape(9·C, K), a filter a column; reshape(K, 9·C) turned over cuts "
    "the same row of numbers at other points."
)
def filters_as_rows(x, kernel, product, most):
    mixed = kernel.reshape(kernel.shape[3], -1).T.reshape(kernel.shape)
    return right.conv2d_in_strips(x, mixed, product, most)


@conv2d_in_strips.alternative
def row_by_row(x, kernel, product, most):
    M = kernel.reshape(-1, kernel.shape[3])
    return np.array([product(rows_of_windows(x[r : r + 3]), M) for r in range(len(x) - 2)])


@conv2d_in_strips.alternative
def window_by_window(x, kernel, product, most):
    h, w, _ = x.shape
    M = kernel.reshape(-1, kernel.shape[3])
    y = [product(x[r : r + 3, s : s + 3].reshape(1, -1), M) for r in range(h - 2) for s in range(w - 2)]
    return np.concatenate(y).reshape(h - 2, w - 2, -1)


@conv2d_in_strips.alternative
def pieces_of_any_length(x, kernel, product, most):
    """Cut in the middle of a row: nothing says that strips are whole rows."""
    X, M = rows_of_windows(x), kernel.reshape(-1, kernel.shape[3])
    y = np.concatenate([product(X[first : first + most], M) for first in range(0, len(X), most)])
    return y.reshape(x.shape[0] - 2, x.shape[1] - 2, -1)


# --- 12.3 ------------------------------------------------------------------------------------------------

transforms = lesson.exercise(
    "transforms",
    "Winograd's matrices",
    tested="4 to 6 points, whole and broken, with and without 0",
    returns=("A", "G", "B"),
    hints=(
        "All three are made of one function: V(n), a row of the powers 0 … n − 1 for each point.",
        "p**0 is 1, so the first column is 1 for each finite point. For infinity only the highest power "
        "counts: 0, …, 0, 1.",
        "A = V(m), G = V(3), B = np.linalg.inv(V(m + 2)).",
    ),
)


@transforms.cases
def points(rng):
    yield given(np.array([0, 1, -1, np.inf]), 2)
    yield given(np.array([1, -1, 2, np.inf]), 2)
    yield given(np.array([0, 1, -1, 2, np.inf]), 3)
    yield given(np.array([0, 2 / 3, -2 / 3, 3 / 2, -3 / 2, np.inf]), 4)
    yield given(np.array([0, 1, -1, 0.5, -2, np.inf]), 4)


def vandermonde(points, n, last=None, first=0, turned=False):
    V = np.array([[p ** (k + first) for k in range(n)] for p in points])
    V = V[:, ::-1].copy() if turned else V
    V[-1] = np.eye(n)[-1] if last is None else last(n)
    return V


def with_powers(points, m, **options):
    V = {n: vandermonde(points, n, **options) for n in (m, 3, m + 2)}
    return V[m], V[3], np.linalg.inv(V[m + 2])


@transforms.mistake("B is not inverted: it solves for the coefficients, B = V(m + 2)⁻¹.")
def not_inverted(points, m):
    A, G, B = right.transforms(points, m)
    return A, G, np.linalg.inv(B)


@transforms.mistake("B is transposed: B is the inverse itself, and it is Bᵀ that meets d later on.")
def b_transposed(points, m):
    A, G, B = right.transforms(points, m)
    return A, G, B.T


@transforms.mistake("A is transposed: it has a row for each point, (m + 2, m), and Aᵀ comes in the formula.")
def a_transposed(points, m):
    A, G, B = right.transforms(points, m)
    return A.T, G, B


@transforms.mistake("A and G are exchanged: A has m columns, G has 3, one for each entry of the filter.")
def a_and_g_exchanged(points, m):
    A, G, B = right.transforms(points, m)
    return G, A, B


@transforms.mistake(
    "The powers come in falling order, as np.vander makes them; here a row is 1, p, p², …: "
    "np.vander(…, increasing=True)."
)
def powers_falling(points, m):
    return with_powers(points, m, turned=True)


@transforms.mistake("The powers begin with p instead of 1: the first is p⁰ = 1.")
def powers_from_one(points, m):
    return with_powers(points, m, first=1)


@transforms.mistake(
    "Infinity's row picks the lowest power, 1, 0, …, 0; for a huge p it is the highest that decides: "
    "0, …, 0, 1."
)
def infinity_picks_the_first(points, m):
    return with_powers(points, m, last=lambda n: np.eye(n)[0])


@transforms.mistake("Infinity's row is all ones, as that of p = 1; it is 0, …, 0, 1.")
def infinity_as_one(points, m):
    A, G, B = right.transforms(points, m)
    one = A.copy(), G.copy()
    one[0][-1] = one[1][-1] = 1
    return *one, B


@transforms.mistake("There is no row for infinity: the matrices have m + 2 rows, one of them 0, …, 0, 1.")
def without_infinity(points, m):
    V = {n: vandermonde(points, n)[:-1] for n in (m, 3, m + 2)}
    return V[m], V[3], np.linalg.pinv(V[m + 2])


@transforms.mistake("G is that of two entries more: a filter of 3 has G = V(3).")
def g_too_wide(points, m):
    A, _, B = right.transforms(points, m)
    return A, np.linalg.inv(B), B


@transforms.alternative
def by_vander(points, m):
    def table(n):
        rows = np.vander(points[:-1], n, increasing=True)
        return np.vstack([rows, [0.0] * (n - 1) + [1.0]])

    return table(m), table(3), np.linalg.solve(table(m + 2), np.eye(m + 2))


@transforms.alternative
def columns_of_one(points, m):
    """V(m) and V(3) are the first columns of V(m + 2), but for infinity."""
    V = np.zeros((m + 2, m + 2))
    V[:-1] = points[:-1, None] ** np.arange(m + 2)
    V[-1, -1] = 1
    A, G = V[:, :m].copy(), V[:, :3].copy()
    A[-1, -1] = G[-1, -1] = 1
    return A, G, np.linalg.inv(V)


# --- 12.4 ------------------------------------------------------------------------------------------------

winograd = lesson.exercise(
    "winograd",
    "a layer with a quarter of the multiplications",
    tested="pictures of 4 to 11 pixels, tiles of 2, 3 and 4, whole and cut off at the edge",
    tolerance=1e-8,
    hints=(
        "Begin with one tile and one channel: Bᵀ d B, times U entry by entry, then Aᵀ … A.",
        "Tiles of outputs lie side by side, m apart; the tiles of pixels are m + 2 wide, so they overlap by "
        "2. Sum over the channels before you go back with A.",
        "Pad x below and on the right so that H − 2 and W − 2 become multiples of m; at the end return "
        "y[:H − 2, :W − 2].",
    ),
)
SETS = {
    2: (0, 1, -1, np.inf),
    3: (0, 1, -1, 2, np.inf),
    4: (0, 2 / 3, -2 / 3, 3 / 2, -3 / 2, np.inf),
}


@winograd.cases
def tiles(rng):
    def some(draw, h, w, c, k, m):
        A, G, B = right.transforms(np.array(SETS[m], float), m)
        U = np.einsum("pi,qj,ijck->pqck", G, G, draw(rng, 3, 3, c, k))
        return given(draw(rng, h, w, c), U, A, B)

    yield some(integers, 4, 4, 1, 1, 2)
    yield some(integers, 4, 6, 1, 1, 2)
    yield some(integers, 5, 4, 2, 1, 2)
    yield some(normal, 11, 6, 3, 2, 4)
    yield some(normal, 5, 8, 2, 3, 3)


def tile_by_tile(x, U, A, B, step=None, there=None, join=None, back=None):
    """The right answer with one of its steps exchanged."""
    n, m = A.shape
    h, w, _ = x.shape
    down, across = -(-(h - 2) // m), -(-(w - 2) // m)
    wide = step or m
    x = np.pad(x, ((0, down * wide + n - h), (0, across * wide + n - w), (0, 0)))
    there = there or (lambda d: np.einsum("ip,jq,ijc->pqc", B, B, d))
    join = join or (lambda V: np.einsum("pqck,pqc->pqk", U, V))
    back = back or (lambda P: np.einsum("pa,qb,pqk->abk", A, A, P))
    y = np.zeros((down * m, across * m, U.shape[3]))
    for i in range(down):
        for j in range(across):
            d = x[i * wide : i * wide + n, j * wide : j * wide + n]
            y[i * m : i * m + m, j * m : j * m + m] = back(join(there(d)))
    return y[: h - 2, : w - 2]


@winograd.mistake(
    "The tiles of pixels lie side by side; those of outputs do, m apart, and the pixels overlap by 2: "
    "x[r : r + m + 2] for r = 0, m, 2m, …"
)
def tiles_do_not_overlap(x, U, A, B):
    return tile_by_tile(x, U, A, B, step=len(A))


@winograd.mistake("The pixels are transformed by B d Bᵀ; it is Bᵀ d B, the inverse's rows for the columns.")
def b_for_its_transpose(x, U, A, B):
    return tile_by_tile(x, U, A, B, there=lambda d: np.einsum("pi,qj,ijc->pqc", B, B, d))


@winograd.mistake("Only the columns are transformed, Bᵀ d; rows and columns take turns: Bᵀ d B.")
def columns_only(x, U, A, B):
    return tile_by_tile(x, U, A, B, there=lambda d: np.einsum("ip,ijc->pjc", B, d))


@winograd.mistake(
    "U and the transformed pixels are multiplied as matrices; ⊙ multiplies entry by entry, a point's value "
    "with the same point's."
)
def matrix_product_of_tiles(x, U, A, B):
    return tile_by_tile(x, U, A, B, join=lambda V: np.einsum("pqck,qrc->prk", U, V))


@winograd.mistake("Only the first channel is used; the products are summed over all channels c.")
def first_channel(x, U, A, B):
    return tile_by_tile(x, U, A, B, join=lambda V: np.einsum("pqk,pq->pqk", U[:, :, 0], V[:, :, 0]))


@winograd.mistake("The channels are averaged; they are to be added up.")
def channels_averaged(x, U, A, B):
    return right.winograd(x, U, A, B) / x.shape[2]


@winograd.mistake("Every tile of outputs is turned over its diagonal: rows and columns of Y are exchanged.")
def outputs_turned_over(x, U, A, B):
    return tile_by_tile(x, U, A, B, back=lambda P: np.einsum("pa,qb,pqk->bak", A, A, P))


@winograd.mistake("U is turned over its diagonal: its first axis goes with the rows of the picture.")
def kernel_turned_over(x, U, A, B):
    return right.winograd(x, U.swapaxes(0, 1), A, B)


@winograd.mistake(
    "Outputs in the last, incomplete tiles are missing: pad the picture with zeros below and on the right, "
    "compute whole tiles, and cut off what is too much."
)
def whole_tiles_only(x, U, A, B):
    y, m = right.winograd(x, U, A, B), A.shape[1]
    h, w, _ = y.shape
    y[h - h % m :] = 0
    y[:, w - w % m :] = 0
    return y


@winograd.mistake("The outputs beyond the edge are still there: cut y down to (H − 2, W − 2, K).")
def not_cut_off(x, U, A, B):
    m = A.shape[1]
    more = [(0, -(size - 2) % m) for size in x.shape[:2]]
    return right.winograd(np.pad(x, (*more, (0, 0))), U, A, B)


@winograd.mistake(
    "The padding surrounds the picture, which moves all tiles; the picture is padded already, and only below "
    "and on the right may something be missing."
)
def padded_all_round(x, U, A, B):
    h, w, _ = x.shape
    return right.winograd(np.pad(x, ((1, 1), (1, 1), (0, 0))), U, A, B)[: h - 2, : w - 2]


@winograd.alternative
def all_tiles_at_once(x, U, A, B):
    n, m = A.shape
    h, w, c = x.shape
    down, across = -(-(h - 2) // m), -(-(w - 2) // m)
    x = np.pad(x, ((0, down * m + 2 - h), (0, across * m + 2 - w), (0, 0)))
    d = np.lib.stride_tricks.sliding_window_view(x, (n, n), axis=(0, 1))[::m, ::m]
    V = np.einsum("ip,rscij,jq->pqrsc", B, d, B).reshape(n, n, -1, c)
    products = (V @ U).reshape(n, n, down, across, -1)
    Y = np.einsum("pa,pqrsk,qb->rasbk", A, products, A)
    return Y.reshape(down * m, across * m, -1)[: h - 2, : w - 2]


@winograd.alternative
def as_written(x, U, A, B):
    """The formula itself, channel by channel and filter by filter."""
    n, m = A.shape
    h, w, c = x.shape
    y = np.zeros((h + m, w + m, U.shape[3]))
    x = np.pad(x, ((0, m), (0, m), (0, 0)))
    for r in range(0, h - 2, m):
        for s in range(0, w - 2, m):
            for k in range(U.shape[3]):
                terms = (U[:, :, a, k] * (B.T @ x[r : r + n, s : s + n, a] @ B) for a in range(c))
                y[r : r + m, s : s + m, k] = A.T @ sum(terms) @ A
    return y[: h - 2, : w - 2]


@winograd.alternative
def with_the_filter_found_again(x, U, A, B):
    """Slow, but nobody forbade it: the kernel is recovered, and used as in lesson 2."""
    G = np.linalg.inv(B)[:, :3].copy()
    G[-1] = 0, 0, 1
    back = np.linalg.pinv(G)
    kernel = np.einsum("ip,jq,pqck->ijck", back, back, U)
    windows = np.lib.stride_tricks.sliding_window_view(x, (3, 3), axis=(0, 1))
    return np.einsum("rscij,ijck->rsk", windows, kernel)
