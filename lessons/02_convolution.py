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
# # 2. Convolution
#
# **Goal.** In lesson 1 one filter looked at one grey image. A layer of a network has many filters, each
# looks at all channels, and it may take larger steps or look over the edge. After this lesson you can say
# how large its result is and what it costs, and you can compute it in two ways: as it is defined, and as
# one matrix product, dozens of times faster.
#
# ## Channels in, filters out
#
# The image is now $x$ of shape $(H, W, C)$. A filter that looks at all $C$ channels has weights for each of
# them, so it is $(k_h, k_w, C)$: its height, its width, its channels. A layer has $K$ such filters, and
# they are kept in one array, the **kernel**, $w$, of shape
#
# $$(k_h, k_w, C, K)$$
#
# Every filter answers with a plane of its own. So $K$ filters make an image with $K$ channels, and the
# next layer can look at that one in the same way: this is how layers are stacked. To each answer the
# layer adds one number per filter, the **bias** $b_k$, a head start or a handicap. Let $c$ count the
# channels of $x$ and $k$ the filters. With the filters' corner on row $r$ and column $s$,
#
# $$y_{r,s,k} = b_k + \sum_{i=0}^{k_h-1} \sum_{j=0}^{k_w-1} \sum_{c=0}^{C-1}
# x_{r+i,\,s+j,\,c} \; w_{i,j,c,k}$$
#
# where $b$ has shape $(K)$ and $y$ has shape $(o_h, o_w, K)$; what $o_h$ and $o_w$ are
# we shall see at once. The rectangle of $x$ that a filter covers is its **window**.
#
# Take a pencil. One channel, one filter of $2 \times 2$, no bias:
#
# $$x = \begin{pmatrix} 1 & 2 & 0 \\ 0 & 1 & 3 \\ 2 & 1 & 1 \end{pmatrix}, \qquad
# w = \begin{pmatrix} 1 & 2 \\ 0 & -1 \end{pmatrix}$$
#
# The first window holds 1, 2 above 0, 1, so $y_{0,0} = 1 \cdot 1 + 2 \cdot 2 + 0 \cdot 0 - 1 \cdot 1 = 4$.
# Find the other three before you run the cell. Here are the loops of the formula, one for each index, outer
# ones for the place and the filter, inner ones for the sum.

# %%
import time

import numpy as np

from lessons.blackboard import show, tell
from lessons.drawing import beside, grey, numbers, signed
from lessons.scene import scene
from minicnn import ops


def conv2d_loops(x, kernel, bias):
    h, w, _ = x.shape
    kh, kw, c, k = kernel.shape
    y = np.zeros((h - kh + 1, w - kw + 1, k))
    for r in range(h - kh + 1):
        for s in range(w - kw + 1):
            for f in range(k):
                y[r, s, f] = bias[f]
                for i in range(kh):
                    for j in range(kw):
                        for a in range(c):
                            y[r, s, f] += x[r + i, s + j, a] * kernel[i, j, a, f]
    return y


x = np.array([[1.0, 2, 0], [0, 1, 3], [2, 1, 1]])
w = np.array([[1.0, 2], [0, -1]])
y = conv2d_loops(x[:, :, None], w[:, :, None, None], np.zeros(1))  # (3, 3, 1), (2, 2, 1, 1) → (2, 2, 1)
tell("y by loops", y[:, :, 0])

# %% [markdown]
# ## Looking over the edge: padding
#
# Each layer so far makes the image a little smaller: a $3 \times 3$ kernel takes a row off at the top and
# at the bottom, a column at the left and at the right. The network that will paint our pictures, VGG19
# (lesson 6), has sixteen such layers, and each would take two rows and two columns. So we put a border of
# $p$ pixels around the image first, the **padding**, usually of zeros; call the padded image $\tilde x$.
# With a kernel of three rows and $p = 1$ the result is as large as the image. There is a price: zeros are
# not what stands beyond the edge of a photograph, and near the border the answers know less than they
# pretend to. (Our program for paintings therefore mirrors the image at its edge instead.)
#
# ## Larger steps: stride
#
# The windows need not overlap so much. With a **stride** $t$ the filter moves on by $t$ pixels each time,
# down and across, and answers only there. AlexNet's first layer has stride 4: it makes a quarter as many
# rows and columns, a sixteenth of the work. In the formula, $r + i$ becomes $r t + i$:
#
# $$y_{r,s,k} = b_k + \sum_{i,\,j,\,c} \tilde x_{rt+i,\;st+j,\;c} \; w_{i,j,c,k}$$
#
# One $\sum$ with several letters is short for one sum for each.
#
# ## How large is the result?
#
# Think of one axis. The padded image has $H + 2p$ rows, and the window's upper edge may stand on row 0,
# $t$, $2t$ and so on, as long as all its $k_h$ rows are inside: at most on row $H + 2p - k_h$. How many
# steps fit into that? Divide by $t$ and round down, which is written $\lfloor \; \rfloor$. And there is one
# place more than there are steps:
#
# $$o_h = \left\lfloor \frac{H + 2p - k_h}{t} \right\rfloor + 1, \qquad
# o_w = \left\lfloor \frac{W + 2p - k_w}{t} \right\rfloor + 1$$
#
# Try it: 5 rows, a window of 3, stride 2, no padding: $\lfloor 2/2 \rfloor + 1 = 2$. With 6 rows it is
# still 2: $\lfloor 3/2 \rfloor + 1$. The sixth row is never looked at, and nothing tells you. The usual
# slips are three: adding $p$ once (it stands at both ends), forgetting the $+1$, and rounding up.

# %%
settings = [(5, 3, 1, 0), (5, 3, 1, 1), (5, 3, 2, 0), (6, 3, 2, 0), (227, 11, 4, 0)]
for size, window, stride, padding in settings:
    column, weights = np.zeros((1, size, 1, 1)), np.zeros((window, 1, 1, 1))
    oh = ops.conv2d(column, weights, stride=(stride, 1), padding=(padding, 0)).shape[1]
    tell(f"{size} rows, window {window}, stride {stride}, padding {padding}", oh, "places")

# %% [markdown]
# The library, `minicnn`, stands beside these lessons. Its `ops.conv2d` has done this, and its arrays have
# one axis more, at the front: $(N, H, W, C)$, with $N$ images at once. The last line is AlexNet's first
# layer (the paper says 224 rows, with which the sum does not come out; 227 were meant).
#
# ## A layer on the house
#
# Six filters, written by hand, on the picture of lesson 1. They show what three channels and several
# filters are good for: the last two compare colours, which no filter on a grey image could do. Which of the
# six would have answered Hubel and Wiesel's slit of light?

# %%
picture = scene(240, 320) / 255  # (H, W, C), from 0 to 1
kernel = np.zeros((3, 3, 3, 6))  # (kh, kw, C, K)
across = np.array([[-1, 0, 1], [-2, 0, 2], [-1, 0, 1]]) / 8
spot = np.full((3, 3), -1 / 8)
spot[1, 1] = 1
kernel[:, :, :, 0] = 1 / 27  # the average of all
kernel[:, :, :, 1] = across[:, :, None]  # the same for all three colours
kernel[:, :, :, 2] = across.T[:, :, None]
kernel[:, :, :, 3] = spot[:, :, None]
kernel[:, :, :, 4] = np.array([1, -1, 0]) / 9
kernel[:, :, :, 5] = np.array([-0.5, -0.5, 1]) / 9
y = ops.conv2d(picture[None], kernel, padding=1)[0]  # (240, 320, 6)
tell("shape of the layer's answer", y.shape)
names = ("average", "ACROSS", "DOWN", "a spot", "red against green", "blue against yellow")
tiles = [(grey(y[:, :, 0]), names[0])] + [(signed(y[:, :, f], 0.6), names[f]) for f in range(1, 6)]
sheet = beside(tiles[:3], tiles[3:])
show("02-layer", sheet, "One layer of six filters on the house: six channels come out.")

# %% [markdown]
# ACROSS and DOWN, each for its angle. The roof is red and the wood green only to the fifth filter, and the
# sixth finds the lit windows, since nothing in the picture is less blue. And look at the frame around
# ACROSS, DOWN and the spot: where the zeros of the padding meet the picture, they see an edge that is not
# there.
#
# ## Windows as a matrix
#
# Seven nested loops (six here, and one over the images) are slow in any language that looks at every
# step, as Python does. But look at what one output entry is: a sum of products of two lists of numbers,
# window and filter. A **matrix product** consists of such sums and of nothing else: the entry of $XM$ in
# some row and column adds up the products of that row of $X$ with that column of $M$. Few things are
# computed as fast. So write every window as a row of a matrix $X$, one row below the other, and every
# filter as a column of a matrix $M$. Then all of $y$ is one product:
#
# $$Y = X M + b, \qquad X: (o_h o_w,\; k_h k_w C), \quad M: (k_h k_w C,\; K), \quad Y: (o_h o_w,\; K)$$
#
# where $b$ is added to every row. Laying out the windows is called **im2col**, "image to columns"; whether
# they are rows or columns is a matter of taste. In our pencil example there are four windows of four
# entries:

# %%
M = w.reshape(-1, 1)  # (4, 1)


def im2col(x, kh, kw):
    h, w, _ = x.shape
    places = [(r, s) for r in range(h - kh + 1) for s in range(w - kw + 1)]
    return np.array([x[r : r + kh, s : s + kw].reshape(-1) for r, s in places])


X = im2col(x[:, :, None], 2, 2)  # (4, 4)
tell("windows as rows", X)
tell("y as one product", (X @ M).reshape(2, 2))
matrices = {"x": x, "X: a window a row": X, "M": M, "Y = XM": X @ M}
cells = [(numbers(matrix, side=56), name) for name, matrix in matrices.items()]
sheet = beside(cells, side=240)
show("02-im2col", sheet, "The image, its four windows as rows, the filter as a column, and their product.")

# %% [markdown]
# Check one row: the third window begins at row 1, column 0, and holds 0, 1 above 2, 1. The order within a
# row is the order of the array itself: $j$ runs before $i$, and with several channels $c$ runs before both.
# The kernel's rows must come in the same order, or each weight meets a stranger; since both are reshaped
# from $(k_h, k_w, C)$ they do.
#
# The entry 1 in the middle of $x$ stands in all four rows of $X$. That is the price: with a $3 \times 3$
# kernel every pixel is copied nine times.

# %%
rng = np.random.default_rng(2)
x = rng.standard_normal((40, 50, 3))
kernel, bias = rng.standard_normal((3, 3, 3, 16)), rng.standard_normal(16)


def conv2d_product(x, kernel, bias):
    kh, kw, _, k = kernel.shape
    Y = im2col(x, kh, kw) @ kernel.reshape(-1, k) + bias
    return Y.reshape(x.shape[0] - kh + 1, x.shape[1] - kw + 1, k)


start = time.perf_counter()
by_loops = conv2d_loops(x, kernel, bias)
middle = time.perf_counter()
by_product = conv2d_product(x, kernel, bias)
end = time.perf_counter()
tell("largest difference of the two ways", np.abs(by_loops - by_product).max(), below=1e-12)
library = ops.conv2d(x[None], kernel, bias)[0]
tell("largest difference from the library", np.abs(by_product - library).max(), below=1e-12)
loops, product = middle - start, end - middle
print(f"loops {loops:.2f} s, one product {product:.4f} s: {loops / product:.0f} times as fast")

# %% [markdown]
# The two agree to about fifteen digits, all that such numbers have, but not to the last one: sums in
# another order round differently. That is why we shall never ask whether two results are equal, only how
# far they are apart.
#
# ## What it costs
#
# Nobody should start a network without knowing what it will cost. One output entry takes $k_h k_w C$
# multiplications and about as many additions. There are $o_h o_w K$ entries:
#
# $$\text{multiplications} = o_h \, o_w \, K \, k_h \, k_w \, C$$
#
# For the pencil example that is $2 \cdot 2 \cdot 1 \cdot 2 \cdot 2 \cdot 1 = 16$. For the second layer of
# VGG19 on an image of 224 × 224 pixels, with 64 channels in, 64 filters and $p = 1$, it is nearly two
# thousand million. Below are that layer and those after each of the network's four poolings, which halve
# height and width (lesson 3), while filters double.

# %%
layers = {"conv1_2": (224, 64, 64), "conv2_2": (112, 128, 128), "conv3_2": (56, 256, 256)}
layers |= {"conv4_2": (28, 512, 512), "conv5_2": (14, 512, 512)}
for name, (size, c, k) in layers.items():
    tell(f"multiplications of {name}", size * size * k * 3 * 3 * c)
    print(f"   x holds {size * size * c:,} numbers, X {size * size * 9 * c:,}")
tell("X of conv1_2 in megabytes", 224 * 224 * 9 * 64 * 4 / 1e6)

# %% [markdown]
# The work stays the same from block to block, since a quarter of the places meets twice the channels and
# twice the filters; only the last block is cheaper, as its filters double no more. But the matrix $X$
# shrinks: it is largest where the image is, 116 megabytes in `conv1_2` at four bytes a number, nine times
# as much as $x$. So the early layers are short of memory and the late ones of arithmetic. Lesson 12 makes
# both faster; until then `ops.conv2d` chooses for us.
#
# ## Summary
#
# - A kernel $(k_h, k_w, C, K)$ makes $(H, W, C)$ into $(o_h, o_w, K)$: every filter looks at all channels
#   and makes one.
# - Padding $p$ adds a border on every side, stride $t$ is how far the window moves on;
#   $o_h = \lfloor (H + 2p - k_h)/t \rfloor + 1$.
# - im2col writes windows as rows of $X$; then $Y = XM + b$, one matrix product.
# - The cost is $o_h \, o_w \, K \, k_h \, k_w \, C$ multiplications, and im2col copies every entry up to
#   $k_h k_w$ times.
# - Two right ways differ in the last digits; we compare with a tolerance.
#
# ## Exercises
#
# Write them in your folder's `02_convolution.py`, then `python -m lessons check 2`.
#
# - **2.1** `output_size`: how many places a window has.
# - **2.2** `conv2d`: with bias, stride and padding, in any way you like. Begin with loops.
# - **2.3** `im2col`: windows as rows, with a stride.
# - **2.4** `multiplications`: what a layer costs.
