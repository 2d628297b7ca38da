"""Lesson 12: write these four functions; `python -m lessons check 12` looks at them.

All convolutions here have a 3 × 3 window, stride 1, and a picture that is padded already: (H, W, C) becomes
(H − 2, W − 2, K). All arrays are float64, and none that you are given is to be written to.
"""


def operations_per_byte(height, width, c, k, windows):
    """How many operations a 3 × 3 convolution does for each byte that it moves: lesson 12's q, a float.

    The padded picture is x (height + 2, width + 2, c), the kernel (3, 3, c, k), the output y (height, width,
    k). A number has 4 bytes.

    Operations: every product of an entry of a window and a weight counts as 2, a multiplication and an
    addition.
    Bytes: x and the kernel are read once, y is written once. If `windows` is True, the matrix of all windows,
    (height·width, 9·c), is written once and read once besides.

    operations_per_byte(1, 1, 1, 1, False) = 18 / 76
    """
    raise NotImplementedError


def conv2d_in_strips(x, kernel, product, most):
    """A convolution by im2col that never holds more than `most` windows.

    x (H, W, C), kernel (3, 3, C, K) → y (H − 2, W − 2, K), where

        y[r, s, k] = Σ over i, j, c of x[r + i, s + j, c] · kernel[i, j, c, k]

    product   product(X, M) → X @ M, a matrix product that is watched: it refuses an X of more than `most`
              rows. X holds windows as rows, (rows, 9·C), their entries in the order (i, j, c); M is the
              kernel as (9·C, K). Every window must go through it once and once only.
    most      an int, at least W − 2: one row of the output always fits
    """
    raise NotImplementedError


def transforms(points, m):
    """The matrices A (m + 2, m), G (m + 2, 3) and B (m + 2, m + 2) of Winograd's F(m, 3).

    points   m + 2 different numbers, the last of them np.inf; float64
    → (A, G, B), such that for m + 2 pixels d and a filter g of 3

        A.T @ ((G @ g) * (B.T @ d)) = [Σ over i of g[i] · d[k + i]  for k = 0 … m − 1]

    With V(n) the matrix of a row 1, p, p², …, p^(n−1) for each point p, and the row 0, …, 0, 1 for infinity:
    A = V(m), G = V(3), and B is the inverse of V(m + 2).
    """
    raise NotImplementedError


def winograd(x, U, A, B):
    """A convolution by Winograd's algorithm, with a kernel that has been transformed already.

    x (H, W, C); A (m + 2, m) and B (m + 2, m + 2) as `transforms` makes them; and for each pair of channels
    U[:, :, c, k] = G g Gᵀ, where g is kernel[:, :, c, k]: U is (m + 2, m + 2, C, K) → y (H − 2, W − 2, K).

    The tile of outputs whose corner is at (r, s), both multiples of m, comes from the pixels
    d = x[r : r + m + 2, s : s + m + 2], one channel c after the other:

        Y[:, :, k] = Aᵀ [ Σ over c of U[:, :, c, k] ⊙ (Bᵀ d[:, :, c] B) ] A

    H − 2 and W − 2 need not be multiples of m: lay zeros beyond the lower and the right edge, and cut off the
    outputs that are too many.
    """
    raise NotImplementedError
