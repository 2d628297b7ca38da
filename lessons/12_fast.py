# ---
# jupyter:
#   jupytext:
#     text_representation:
#       extension: .py
#       format_name: percent
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # 12. Fast
#
# **Goal.** One step of a painting at 512 × 512 with VGG19 takes nearly two hundred thousand million
# multiplications. Here you find out what your own machine can do in a second, why it mostly waits instead,
# and how a trick of 1980 gets by with a quarter of the multiplications. In the end you know why this
# library's convolution looks as it does.
#
# Seconds in this lesson are your machine's: no two runs print the same.
#
# ## Two speeds
#
# A computer does two things that take time. It **calculates**: so many additions and multiplications a
# second, its rate $R$. And it **fetches**: so many bytes a second between the memory and the place where it
# calculates, its supply $S$ (engineers say bandwidth). Both go on at once, and whichever takes longer
# decides:
#
# $$\text{time} \ge \max\left(\frac{\text{operations}}{R}, \; \frac{\text{bytes}}{S}\right)$$
#
# Take $R = 400$ thousand million operations a second and $S = 20$ thousand million bytes, which an ordinary
# laptop may have, and a ReLU on ten million numbers. Each number has 4 bytes and is read and written: 80
# million bytes, 4 ms. One operation each: 0.025 ms. The calculating part has nothing to do in 99 of 100
# moments. Would a twice as fast processor help? It would not be noticed.
#
# So the question to ask of any piece of work is how many **operations per byte** it does; call that $q$.
# Then the rate at which it can run is
#
# $$\text{rate} \le \min(R, \; q S)$$
#
# A small $q$ leaves us on the slope $qS$, waiting for memory; a large one under the ceiling $R$. The two
# meet at $q = R/S$, for our laptop at 20. A drawing of it looks like a roof, and so Williams, Waterman and
# Patterson called it in 2009: the **roofline**.
#
# ## Your own roof
#
# To draw it we need work with any $q$ that we like. Here are two kinds, both on the same 64 megabytes of
# numbers, each of which is read and written: 8 bytes. The first adds 1 to a number $n$ times, a small block
# after the other; $n$ operations, $q = n/8$. The second is a convolution with a 1 × 1 window: each pixel's
# $C$ channels times a matrix $(C, C)$. That is $2 C^2$ operations a pixel (a multiplication and an addition
# for each weight) on $8 C$ bytes, so $q = C/4$.

# %%
import time

import numpy as np

from lessons.blackboard import show, tell
from lessons.drawing import beside, curves, numbers
from lessons.scene import scene
from minicnn import ops
from minicnn.ops import winograd as fast
from minicnn.parallel import blas_single_threaded, run, thread_count


def seconds(work, times=2):
    """The shortest of several runs: whatever disturbs a run only makes it longer."""
    taken = []
    for _ in range(times):
        start = time.perf_counter()
        work()
        taken.append(time.perf_counter() - start)
    return min(taken)


x, y = np.ones(16 << 20, np.float32), np.empty(16 << 20, np.float32)
S = 8 * x.size / seconds(lambda: np.copyto(y, x), 5)  # bytes a second: 4 read, 4 written
counts, channels = [1, 2, 4, 8, 16, 32], [4, 8, 16, 32, 64, 128, 256]


def add_repeatedly(n):
    for block in x.reshape(-1, 1 << 14):
        for _ in range(n):
            np.add(block, 1, out=block)


def mix_channels(c):
    np.matmul(x.reshape(-1, c), np.ones((c, c), np.float32), out=y.reshape(-1, c))


added = [n * x.size / seconds(lambda n=n: add_repeatedly(n)) for n in counts]
mixed = [2 * c * x.size / seconds(lambda c=c: mix_channels(c)) for c in channels]
R = max(mixed)
print(f"S = {S / 1e9:.0f} and R = {R / 1e9:.0f} thousand million; the roof bends at q = {R / S:.0f}")
q = 2.0 ** np.arange(-3, 8)
lines = {
    "the roof": (q, np.minimum(R, q * S) / 1e9),
    "additions": (np.array(counts) / 8, np.array(added) / 1e9),
    "1 × 1 convolutions": (np.array(channels) / 4, np.array(mixed) / 1e9),
}
sheet = curves(lines, "operations per byte, q", "thousand million operations a second", log=(True, True))
show("12-roof", sheet, "Your machine's roofline, and what additions and 1 by 1 convolutions reach under it.")

# %% [markdown]
# Nothing can rise above the roof, but for the chances of measuring. Additions start on its slope: with one
# addition per number, the memory is all that counts, and the second one is nearly free. Then they reach a
# ceiling of their own, as one thread and no multiplications are not all that the machine has. Convolutions
# of few channels keep far below the roof, for the matrix product is made for large matrices. But one with
# hundreds of channels gets there. On the same machine, a layer may run at a hundredth of another's speed.
#
# ## What our layers ask for
#
# Now count for a 3 × 3 convolution with $H W$ pixels, $C$ channels in and $K$ filters. Lesson 2 counted
# multiplications; with the additions there are twice as many operations, $18\, H W C K$. If everything is
# touched once, $x$, the kernel and $y$ are $4\,(HWC + 9CK + HWK)$ bytes. A ReLU does one operation for 8
# bytes; where is it under the roof?


# %%
def operations_per_byte(pixels, c, k, copies=0):
    """Of a 3 × 3 convolution; `copies` counts how often its matrix of windows is written or read."""
    moved = 4 * (pixels * c + 9 * c * k + pixels * k + copies * 9 * pixels * c)
    return 18 * pixels * c * k / moved


tell("q of ReLU", 1 / 8)
layers = {"conv1_1": (512, 3, 64), "conv1_2": (512, 64, 64), "conv3_2": (128, 256, 256)}
layers["conv5_1"] = (32, 512, 512)
for name, (side, c, k) in layers.items():
    tell(f"q of {name} at 512 pixels", operations_per_byte(side**2, c, k), within=1e-4)
    tell(f"q of {name} with its windows written and read", operations_per_byte(side**2, c, k, 2), within=1e-4)

# %% [markdown]
# Convolutions lie far to the right of any roof's bend, ReLU and pooling far to the left. But the second
# line of each pair is im2col's: the matrix $X$ of lesson 2 is nine times as large as $x$, it is written
# once and read once, and in `conv1_2` $q$ falls to a tenth. That is what im2col costs beside its memory:
# one of the layers with the most arithmetic is back near the bend of the roof, because its data are moved
# to and fro.
#
# ## Caches, and work in strips
#
# There is a way out, since memory is not all alike. A processor keeps what it used last in a **cache**: a
# small memory of its own, a few hundred thousand bytes to some millions, ten times as fast. If $X$ were so
# small that it is still in the cache when it is read, writing it would cost next to nothing. So make it
# small: take a strip of a few rows of the picture, write out its windows, multiply, go on to the next
# strip. $X$ is never there as a whole. A strip of $r$ rows of output needs $r + 2$ rows of the padded
# picture, so neighbouring strips overlap by two.

# %%
rng = np.random.default_rng(12)
x = rng.standard_normal((1, 194, 258, 32)).astype(np.float32)  # padded already
kernel = rng.standard_normal((3, 3, 32, 32)).astype(np.float32)
M = kernel.reshape(-1, 32)  # (9 C, K)
y = np.empty((192, 256, 32), np.float32)


def one_strip(top, rows):
    part = x[0, top : top + rows + 2]
    windows = np.lib.stride_tricks.sliding_window_view(part, (3, 3), axis=(0, 1))  # (rows, W, C, 3, 3)
    X = windows.transpose(0, 1, 3, 4, 2).reshape(-1, len(M))  # here it is written
    np.matmul(X, M, out=y[top : top + rows].reshape(-1, 32))


def in_strips(rows):
    for top in range(0, 192, rows):
        one_strip(top, rows)


heights = [1, 2, 4, 8, 16, 32, 96, 192]
with blas_single_threaded():
    taken = [seconds(lambda rows=rows: in_strips(rows), 3) for rows in heights]
tell("largest difference from the library", np.abs(y - ops.conv2d(x, kernel)[0]).max(), below=1e-3)
tell("X in megabytes, for the whole picture", 192 * 256 * 9 * 32 * 4 / 1e6)
tell("X in megabytes, for strips of 4 rows", 4 * 256 * 9 * 32 * 4 / 1e6)
sheet = curves({"one thread": (heights, np.array(taken) * 1e3)}, "rows in a strip", "ms", log=(True, False))
show("12-strips", sheet, "The time of a convolution by im2col, cut into strips of so many rows.")

# %% [markdown]
# Find your machine's best height. On the right $X$ falls out of the cache, and fresh memory must be got for
# it each time. On the left is another cost: each NumPy call has a price of its own, a few microseconds,
# however little it does. Strips should be small enough for the cache and large enough to forget the call.
#
# ## Threads
#
# Your processor has several cores, each of which can work on a strip of its own. A **thread** is one of
# several activities of a program. Python lets only one of them run at a time, but NumPy steps aside while
# it computes, so threads whose calls are long do run side by side. The library's `run` hands tasks to one
# thread for each core. Meanwhile it holds the matrix product itself to one thread; otherwise each of our
# threads would start several more, and they would push each other off the cores.

# %%
rows = heights[int(np.argmin(taken))]
together = seconds(lambda: run(one_strip, [(top, rows) for top in range(0, 192, rows)]), 3)
tell("largest difference with threads", np.abs(y - ops.conv2d(x, kernel)[0]).max(), below=1e-3)
print(f"{thread_count()} threads, strips of {rows} rows: {min(taken) / together:.2f} times as fast as one")

# %% [markdown]
# Two cores never quite make it twice as fast: they share the memory, and on a busy machine they share
# themselves with others. And strips write to different rows of $y$, so that nobody waits for anybody. Had
# they added to the same rows, as strips of $dw$ do, each would need a sum of its own.
#
# ## Fewer multiplications
#
# So much for waiting. Once a layer is under the ceiling, only less arithmetic helps. Is there less? Take
# one row: four pixels $d_0 \dots d_3$, a filter of three, two outputs.
#
# $$y_0 = d_0 g_0 + d_1 g_1 + d_2 g_2, \qquad y_1 = d_1 g_0 + d_2 g_1 + d_3 g_2$$
#
# Six multiplications. Four are enough (Winograd 1980; Lavin and Gray brought it to networks in 2015). Here
# is why. Two products give two sums of two products:
#
# $$u = \tfrac12 (a + b)(c + e), \quad v = \tfrac12 (a - b)(c - e) \qquad\Rightarrow\qquad
# u + v = ac + be, \quad u - v = ae + bc$$
#
# Multiply it out. Now suppose that $d_0$ were $d_2$ and $d_3$ were $d_1$. Then
# $y_0 = d_2 (g_0 + g_2) + d_1 g_1$ and $y_1 = d_1 (g_0 + g_2) + d_2 g_1$: just such a pair, with $a = d_2$,
# $b = d_1$, $c = g_0 + g_2$ and $e = g_1$. They are not equal, so the differences are put right with one
# product each:
#
# $$y_0 = u + v + (d_0 - d_2)\, g_0, \qquad y_1 = u - v - (d_1 - d_3)\, g_2$$
#
# Four products, and the sums of filter weights are made once and serve for the whole picture. With
# $d = (1, 2, 3, 4)$ and $g = (1, 2, 3)$: $u = \tfrac12 \cdot 5 \cdot 6 = 15$ and
# $v = \tfrac12 \cdot 1 \cdot 2 = 1$. What are $y_0$ and $y_1$? Check them against the six products.

# %%
d, g = np.array([1.0, 2, 3, 4]), np.array([1.0, 2, 3])
u = (d[2] + d[1]) * (g[0] + g[2] + g[1]) / 2
v = (d[2] - d[1]) * (g[0] + g[2] - g[1]) / 2
tell("by four products", [u + v + (d[0] - d[2]) * g[0], u - v - (d[1] - d[3]) * g[2]])
tell("by six", [d[:3] @ g, d[1:] @ g])

# %% [markdown]
# This is called $F(2, 3)$: two outputs of a filter of three. Can it be had for more outputs? Look at what
# became of the filter: $g_0$, $g_0 + g_1 + g_2$, $g_0 - g_1 + g_2$ and $g_2$. Read $g$ as a polynomial,
# $g(p) = g_0 + g_1 p + g_2 p^2$. Then these are its values at $p = 0$, $1$ and $-1$, and $g_2$ is what
# decides when $p$ is huge, which we shall call its value at $\infty$. A hint!
#
# Multiply two polynomials, $a$ with $m$ coefficients and $g$ with 3. The product has $m + 2$ coefficients,
# and values at $m + 2$ points fix it. So: evaluate $a$ and $g$ at the points, multiply value by value,
# $m + 2$ products, and solve for the coefficients. Let $V_n$ be the matrix with a row
# $1, p, \dots, p^{n-1}$ for each point ($0, \dots, 0, 1$ for $\infty$): times a list of coefficients it
# gives the values. What leads back, from values to coefficients, is its **inverse** $V_n^{-1}$, the matrix
# that undoes it. With $\odot$ for the product entry by entry:
#
# $$c = V_{m+2}^{-1} \big( (V_3\, g) \odot (V_m\, a) \big)$$
#
# A polynomial product is no correlation. But lesson 5 makes one of it. The coefficient $a_k$ has been seen
# by $c_{k+i}$, with slope $g_i$. So if $d$ comes back to $c$, then $\sum_i g_i\, d_{k+i}$ comes back to
# $a_k$, and that is our $y_k$. A correlation is the backward pass of a polynomial product! And the backward
# pass of a chain of matrices are their transposes in reverse order:
#
# $$y = A^\top \big( (G\, g) \odot (B^\top d) \big), \qquad
# A = V_m, \quad G = V_3, \quad B = V_{m+2}^{-1}$$


# %%
def powers(points, n):
    return np.array([[0.0] * (n - 1) + [1] if np.isinf(p) else [p**k for k in range(n)] for p in points])


def transforms(points):
    m = len(points) - 2
    return powers(points, m), powers(points, 3), np.linalg.inv(powers(points, m + 2))


A, G, B = transforms((0, 1, -1, np.inf))
parts = {"d": d, "Bt d": B.T @ d, "g": g, "G g": G @ g, "product": (G @ g) * (B.T @ d)}
parts["y"] = A.T @ parts["product"]
tell("y by points 0, 1, -1 and infinity", parts["y"])
cells = [(numbers(values[:, None], side=80), name) for name, values in parts.items()]
show("12-tile", beside(cells, side=320), "F(2, 3) with a pencil: pixels, filter, four products, two outputs.")

# %% [markdown]
# In two dimensions columns and rows take turns: with $d$ a tile of $(m+2) \times (m+2)$ pixels and $g$ a
# filter of $3 \times 3$,
#
# $$Y = A^\top \big[ (G\, g\, G^\top) \odot (B^\top d\, B) \big] A$$
#
# That makes $m \times m$ outputs with $(m+2)^2$ multiplications instead of $9 m^2$. With channels, the
# products are summed over $c$ before the last transform, and for each of the $(m+2)^2$ positions that is a
# matrix product again, tiles × channels times channels × filters.
#
# In the code `np.einsum` writes such sums as the formulas do: each letter is an axis, and what stands in
# the inputs but not behind the arrow is summed over. `"ij,jk->ik"` is a matrix product.

# %%
for m in (2, 4, 6):
    tell(f"multiplications of F({m}×{m}, 3×3), share of the direct way", (m + 2) ** 2 / (9 * m**2))


def winograd(x, kernel, points):
    """(H, W, C) padded, (3, 3, C, K) → (H - 2, W - 2, K); everything in the dtype of x."""
    A, G, B = (matrix.astype(x.dtype) for matrix in transforms(points))
    n, (h, w, c), k = len(points), x.shape, kernel.shape[3]
    m = n - 2
    down, across = -(-(h - 2) // m), -(-(w - 2) // m)  # tiles, rounded up
    whole = np.pad(x, ((0, down * m + 2 - h), (0, across * m + 2 - w), (0, 0)))
    tiles = np.lib.stride_tricks.sliding_window_view(whole, (n, n), axis=(0, 1))[::m, ::m]
    U = np.einsum("pi,qj,ijck->pqck", G, G, kernel, optimize=True)
    V = np.einsum("ip,jq,rscij->pqrsc", B, B, tiles, optimize=True)
    products = (V.reshape(n, n, -1, c) @ U).reshape(n, n, down, across, k)
    Y = np.einsum("pi,qj,pqrsk->risjk", A, A, products, optimize=True)
    return Y.reshape(down * m, across * m, k)[: h - 2, : w - 2]


# %% [markdown]
# ## Why the points matter
#
# On paper any $m + 2$ points will do, and so the larger the tile, the better. But numbers have seven digits
# here (`float32`, lesson 4). At $p = 4$ and six points the powers run from 1 to $4^5 = 1024$; large numbers
# are made, which in the end must cancel to something small, and what had been rounded off them stays. We
# compare with `float64`, for several sets of points. Guess which is worst.

# %%
picture = scene(32, 44).astype(float) / 255 - 0.5
first = ops.conv2d(picture[None], rng.standard_normal((3, 3, 3, 64)), padding=1)
x = np.maximum(first, 0)[0]  # behind a ReLU, as layers have it
kernel = rng.standard_normal((3, 3, 64, 64))
exact = ops.conv2d(x[None], kernel, algorithm="im2col")[0]


def relative_error(y):
    return np.linalg.norm(y - exact) / np.linalg.norm(exact)


def error(points):
    return relative_error(winograd(x.astype(np.float32), kernel.astype(np.float32), points))


oo = np.inf
tell("in float64", relative_error(winograd(x, kernel, (0, 1, -1, 2, -2, oo))), below=1e-12)
tell("0, 1, 2, 3, 4, oo", error((0, 1, 2, 3, 4, oo)), below=0.1)
tell("0, 1, -1, 2, -2, oo", error((0, 1, -1, 2, -2, oo)), below=5e-6)
tell("0, 2/3, -2/3, 3/2, -3/2, oo", error((0, 2 / 3, -2 / 3, 3 / 2, -3 / 2, oo)), below=3e-6)
direct = ops.conv2d(x[None].astype(np.float32), kernel.astype(np.float32), algorithm="im2col")[0]
tell("direct", relative_error(direct), below=1e-6)
sizes = range(2, 9)
families = {
    "0, 1, 2, 3": range(9),
    "both signs": (0, 1, -1, 2, -2, 3, -3, 4, -4),
    "and halves": (0, 1, -1, 2, -2, 0.5, -0.5, 3, -3),
}
lines = {name: (sizes, [error((*p[: m + 1], oo)) for m in sizes]) for name, p in families.items()}
sheet = curves(lines, "outputs of a tile along an axis, m", "relative error", log=(False, True))
show("12-points", sheet, "Winograd's algorithm in float32: its error, for three families of points.")

# %% [markdown]
# One family is spoilt with tiles of 4 and absurd with tiles of 6, where another has lost one digit: the
# points are the whole difference. Good points stay near 1 in size, so that their powers do not run away;
# come with both signs, whose powers cancel in pairs; and come with their inverses, as $\tfrac12$ does with
# 2, which share the growth between large and small powers. But they must not lie too close to each other,
# or $V^{-1}$ divides by nearly nothing. The library takes $0, \pm\tfrac23, \pm\tfrac32, \infty$ and
# $m = 4$, which is within a small factor of the direct way and far below anything that one could see in a
# painting.
#
# ## All of it at once
#
# The library's convolution is this lesson's list: tiles of $4 \times 4$ by Winograd, blocks of tiles that
# stay in a core's cache, one thread a core. Here it is against im2col, on layers of VGG19 for a picture of
# 192 pixels. A network that does not learn transforms its kernels once and keeps them; so do we.

# %%
layers = {"conv1_2": (192, 64), "conv2_2": (96, 128), "conv3_2": (48, 256), "conv4_2": (24, 512)}
for name, (side, c) in layers.items():
    x = rng.standard_normal((1, side, side, c)).astype(np.float32)
    kernel = rng.standard_normal((3, 3, c, c)).astype(np.float32)
    U, y = fast.transform_kernel(kernel), np.empty((1, side - 2, side - 2, c), np.float32)

    def by_product(x=x, kernel=kernel):
        ops.conv2d(x, kernel, algorithm="im2col")

    def by_winograd(x=x, U=U, y=y):
        fast.correlate(fast.window_of(x, 0), fast.into(y), U, y.shape, x.dtype)

    slow, quick = seconds(by_product, 3), seconds(by_winograd, 3)
    print(
        f"{name}: im2col {1e3 * slow:.0f} ms, Winograd {1e3 * quick:.0f} ms: {slow / quick:.1f} times as fast"
    )

# %% [markdown]
# Four times fewer multiplications are not four times the speed, for the transforms are work too, and work
# with a small $q$. Of course not all of this is Winograd's: early layers gain because their windows no
# longer fill the memory, late ones because of the arithmetic. What else was tried, and what did not pay,
# stands in `tests/bench/README.md`; `python -m minicnn.bench` compares a whole step of style transfer with
# another library on your machine.
#
# ## Summary
#
# - Work takes at least $\max(\text{operations}/R, \text{bytes}/S)$; $q$, the operations per byte, says
#   which.
# - im2col moves ten times as many bytes as it has to. In strips that fit the cache that costs little.
# - Threads work side by side on strips of their own; NumPy lets them.
# - $F(2, 3)$ makes two outputs with four products. In general a correlation is the backward pass of a
#   polynomial product: $y = A^\top ((G g) \odot (B^\top d))$, with $A = V_m$, $G = V_3$,
#   $B = V_{m+2}^{-1}$.
# - $F(4 \times 4, 3 \times 3)$ takes a quarter of the multiplications. The points decide how much is
#   rounded off.
#
# ## Exercises
#
# Write them in your folder's `12_fast.py`, then `python -m lessons check 12`.
#
# - **12.1** `operations_per_byte`: of a convolution, with and without its matrix of windows.
# - **12.2** `conv2d_in_strips`: never more windows at once than are allowed.
# - **12.3** `transforms`: $A$, $G$ and $B$ for any points.
# - **12.4** `winograd`: a layer, from a kernel that is transformed already.
