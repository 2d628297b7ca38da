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
# # 1. A picture is an array; seeing edges
#
# **Goal.** At the end of this road a program of your own repaints a photograph in the manner of a painting.
# The road begins with one pixel. After this lesson you know what a picture is to a computer, you have
# written the one operation on which all later lessons rest, and you have watched filters discover edges
# that nobody told them about.
#
# **How to read.** You need Python and school calculus. The text comes with cells of code: run them one by
# one in a notebook (VS Code and Jupyter open this file as one), or all at once with
# `python lessons/01_pixels.py`, which leaves the pictures in `lesson-pictures`. Two functions are our
# blackboard, `tell` for a number and `show` for a picture, and those of `lessons.drawing` make pictures of
# arrays; you need not look inside. What the code uses of NumPy stands in `lessons/arrays.md`, and every
# letter of the formulas in `lessons/symbols.md`. Where you are asked to guess first, do.
#
# ## Numbers, and nothing else
#
# A picture is a grid of small squares, the **pixels**. Each pixel holds three numbers from 0 to 255: how
# much red, how much green and how much blue light it sends out. Such a plane of one colour is called a
# **channel**. So a picture is an array with three axes, and throughout these lessons they come in the same
# order:
#
# $$(H, W, C)$$
#
# $H$ is the height, the number of rows; $W$ the width, the number of columns; $C$ the number of channels,
# here 3. Rows are counted from the top and columns from the left, both from 0. `picture[r, s, c]` is row
# `r`, column `s`, channel `c`: down first, then across, which is the other way round than $x$ and $y$ in
# school.
#
# Our example is a house by a lake in the evening. No camera has seen it: a hundred lines of formulas drew
# it (`lessons/scene.py`), so that every number in these lessons is the same on your machine.

# %%
import numpy as np

from lessons.blackboard import show, tell
from lessons.drawing import beside, enlarged, grey, numbers, signed
from lessons.scene import scene

picture = scene(240, 320)  # uint8, (H, W, C)
tell("shape of the picture", picture.shape)
tell("a pixel of the sun", picture[96, 245])
tell("a pixel of the lake", picture[230, 20])

# %% [markdown]
# The sun is nearly white, with a little less blue; the lake is dark and mostly blue. Now look closely at a
# window of the house: eight rows and ten columns of it, enlarged until you see the pixels, and beside it
# what the computer has instead, the red channel. Which numbers are the glass, and which the wood?

# %%
window = picture[135:143, 124:134]  # (8, 10, 3)
red = numbers(window[:, :, 0], side=30, coloured=False)
cells = [(picture, "the picture"), (enlarged(window, 30), "a part of a window"), (red, "its red channel")]
sheet = beside(cells, side=310)
show("01-pixels", sheet, "The house, eight rows of a window enlarged, and their red channel.")

# %% [markdown]
# ## From colour to brightness
#
# To find edges we do not need colour, only how bright each pixel is. Red, green and blue do not count
# alike: of equal lights, green looks brightest to us and blue darkest. Colour television settled on these
# weights in 1953, and they have stayed:
#
# $$x = \frac{0.299 \cdot \text{red} + 0.587 \cdot \text{green} + 0.114 \cdot \text{blue}}{255}$$
#
# The weights add up to 1, and the division by 255 makes white 1 and black 0. Take a pencil: a pixel
# $(200, 100, 50)$ gives $59.8 + 58.7 + 5.7 = 124.2$, and divided by 255 that is about $0.487$. From now
# on $x$ is the picture as a matrix of brightnesses, a table with rows and columns, of shape $(H, W)$, and
# $x_{r,s}$ is the entry in row $r$ and column $s$. In code, `picture @ weights` multiplies the three
# channels of every pixel by the three weights and adds up.
#
# Beware of one trap. The numbers come as `uint8`, a byte each, and a byte cannot hold more than 255: in
# NumPy `np.uint8(200) + np.uint8(100)` is 44. Multiply by a weight with a decimal point first, and the
# bytes become ordinary numbers.

# %%
x = picture @ np.array([0.299, 0.587, 0.114]) / 255  # (H, W)
tell("brightness of (200, 100, 50)", np.array([200, 100, 50]) @ np.array([0.299, 0.587, 0.114]) / 255)
tell("200 + 100 in bytes", (np.array([200], np.uint8) + np.array([100], np.uint8))[0])

# %% [markdown]
# ## What a cat's brain answers to
#
# How does anybody see an edge? In 1959 David Hubel and Torsten Wiesel reported what single nerve cells in
# the visual part of a cat's brain answer to. They showed the cat spots and slits of light on a screen and
# listened to one cell at a time. Light over the whole screen left most cells indifferent. What made them
# fire was a slit, a bar or an edge, in one small region of the screen, and at one angle: turn the slit by a
# few dozen degrees and the cell fell silent. The region is called the cell's **receptive field**. Mapped
# with a small spot of light, it had parts where light excites the cell and, right beside them, parts where
# light inhibits it. Three years later they called these cells **simple**, and set **complex** cells beside
# them, which want the same angle but are content with any place in their field; they will return in lesson
# 8.
#
# That can be written down as arithmetic. Let a weight say what light does at each point of the region:
# positive where it excites, negative where it inhibits. The cell's answer is the sum of brightness times
# weight.
#
# ## A filter at one place
#
# Such a little matrix of weights is a **filter**, or **kernel**, $k$. Ours is $3 \times 3$, and we call it
# ACROSS:
#
# $$k = \begin{pmatrix} -1 & 0 & 1 \\ -2 & 0 & 2 \\ -1 & 0 & 1 \end{pmatrix}$$
#
# Light on its right excites it, light on its left inhibits it, and the middle row counts double. Lay it on
# a part of the image, multiply what lies upon each other, add the nine products. With the filter's upper
# left corner on row $r$ and column $s$ the answer $y_{r,s}$ is
#
# $$y_{r,s} = \sum_{i=0}^{2} \sum_{j=0}^{2} x_{r+i,\,s+j} \; k_{i,j}$$
#
# The sign $\sum$ says: add up what follows, for every value of the index under it. Here $i$ runs over the
# three rows of the filter and $j$ over its three columns.
#
# Four parts of an image, each $3 \times 3$, are drawn below. Before you run the cell: what does ACROSS
# answer to each?

# %%
ACROSS = np.array([[-1, 0, 1], [-2, 0, 2], [-1, 0, 1]])  # (3, 3)
DOWN = ACROSS.T  # [[-1, -2, -1], [0, 0, 0], [1, 2, 1]]


def response(image, kernel, r, s):
    kh, kw = kernel.shape
    return (image[r : r + kh, s : s + kw] * kernel).sum()


parts = {
    "even": np.ones((3, 3)),
    "dark to light": np.array([[0, 0, 1]] * 3),
    "light to dark": np.array([[1, 1, 0]] * 3),
    "level edge": np.array([[0, 0, 1]] * 3).T,
}
answers = {name: int(response(part, ACROSS, 0, 0)) for name, part in parts.items()}
for name, answer in answers.items():
    tell(f"ACROSS answers to {name}", answer)
cells = [(numbers(part, side=56), f"{name}: {answers[name]}") for name, part in parts.items()]
sheet = beside([(numbers(ACROSS, side=56), "ACROSS"), *cells], side=270)
show("01-filter", sheet, "ACROSS and four parts of an image, each with its answer.")

# %% [markdown]
# To an even part it answers 0, however bright it is, for its weights add up to 0. To an upright edge it
# answers strongly, with a sign that tells on which side the light is. To a level edge it answers 0 again:
# that one is not its own. Turn the matrix over its diagonal, and you have the filter for level edges, DOWN.
#
# ## Everywhere
#
# One cell looks at one place. The brain has the same kind of cell for every place, and so shall we: the
# same nine weights at every position where the filter lies wholly inside the image. A filter of 3 rows fits
# into $H$ rows at $H - 2$ places, as its upper edge can stand on rows $0$ to $H - 3$. Hence $y$ has the
# shape $(H - 2, W - 2)$.
#
# This is **correlation**, or cross-correlation in full. Everybody who builds networks says **convolution**
# to it, and from the next lesson on so shall we. A mathematician's convolution turns the kernel by 180°
# first; as long as nobody chose the weights by hand that makes no difference, and we never turn it.


# %%
def correlate(image, kernel):
    h, w = image.shape
    kh, kw = kernel.shape
    return np.array([[response(image, kernel, r, s) for s in range(w - kw + 1)] for r in range(h - kh + 1)])


a, b = correlate(x, ACROSS), correlate(x, DOWN)  # (H - 2, W - 2) each
tell("shape of the answers", a.shape)
tell("strongest answer of ACROSS", a.max())
tell("its row and column", np.unravel_index(a.argmax(), a.shape))
sheet = beside([(signed(a, 1.2), "ACROSS"), (signed(b, 1.2), "DOWN")])
show("01-across-down", sheet, "Red where it grows lighter to the right or downwards, blue where darker.")

# %% [markdown]
# Walls and the tree's trunk stand out on the left, the eaves, the shore and the waves on the right. The sun
# is red on one side and blue on the other. Where the picture is even, both sheets are white: most of a
# picture is no edge at all, and that is why edges are worth knowing.
#
# ## Every direction
#
# The slope of the roof shows on both sheets, more weakly on each. How strong is an edge, whatever its
# direction? Take $a_{r,s}$, the answer of ACROSS at a place, and $b_{r,s}$, the answer of DOWN. They are
# the two sides of a right-angled triangle, an arrow that points from dark to light, and Pythagoras gives
# its length:
#
# $$e_{r,s} = \sqrt{a_{r,s}^2 + b_{r,s}^2}$$
#
# If you know derivatives, you have met this arrow. $a$ is, up to a factor, the slope of the brightness
# across the picture and $b$ the slope down it; together they are its gradient. Derivatives will keep us
# company: from lesson 4 on we ask in which direction a whole picture should change.

# %%
e = np.sqrt(a**2 + b**2)
tell("share of places with e above 0.5", (e > 0.5).mean())
sheet = beside([(grey(x), "brightness x"), (grey(-e, -2, 0), "edge strength e, black where strong")])
show("01-edges", sheet, "The house in brightness, and as a drawing made by two filters.")

# %% [markdown]
# ## Marr's stages
#
# That looks like a pencil drawing of the house, and the likeness is no accident. In his book *Vision* of
# 1982 David Marr asked what a seeing being has to compute, and answered in three stages. First a **primal
# sketch**: edges, bars, ends and spots, where brightness changes. Then what he called the **2½-D sketch**:
# which way each visible surface faces and how far off it is, still from where the viewer stands. Last a
# **3-D model**: objects and their parts, known again from any side. Our drawing is a piece of the first
# stage.
#
# Marr and others wrote such filters by hand, as we did. The networks of these lessons do it differently:
# they are given photographs and the names of what is on them, and find their filters themselves. AlexNet,
# with which Krizhevsky, Sutskever and Hinton won the great contest of image recognition in 2012, has 96
# filters in its first layer. After training they were edges and stripes at various angles, and spots of
# colour.
#
# ## Filters that nobody wrote
#
# A toy shows how that can happen, with nothing but the sum of products that we have. Cut the picture into
# parts of $7 \times 7$ brightnesses. From each we take off its average and scale it to length 1 (the length
# is the root of the sum of its 49 squares), so that only its pattern is left; parts that are nearly even
# are left out. Then let 20 filters, which begin as noise, compete:
#
# 1. every part goes to the filter that answers most strongly to it;
# 2. every filter becomes the sum of the parts that it won, scaled to length 1 again;
# 3. repeat.
#
# A filter that wins upright edges by chance becomes more like an upright edge, and wins more of them.

# %%
rng = np.random.default_rng(1959)
patches = np.lib.stride_tricks.sliding_window_view(x, (7, 7))[::2, ::2].reshape(-1, 49)
patches = patches - patches.mean(axis=1, keepdims=True)
length = np.linalg.norm(patches, axis=1)
patches = patches[length > 0.3] / length[length > 0.3, None]  # one part per row

filters = rng.standard_normal((20, 49))
for _ in range(30):
    winner = (patches @ filters.T).argmax(axis=1)  # every answer: a row per part, a column per filter
    for f in range(20):
        if (winner == f).any():
            total = patches[winner == f].sum(axis=0)
            filters[f] = total / np.linalg.norm(total)

tell("parts that compete", len(patches))
wins = np.bincount(winner, minlength=20)
tiles = [(enlarged(signed(filters[f].reshape(7, 7), 0.3), 12), "") for f in wins.argsort()[::-1]]
sheet = beside(tiles[:10], tiles[10:])
show("01-learned", sheet, "Twenty filters that began as noise, those with the most parts first.")

# %% [markdown]
# Most of them are edges now: level ones for the horizon and the waves, upright and slanting ones for house
# and roof; the stragglers at the end have made do with leaves. Nobody wrote them. They are there because
# edges are what a picture is made of, in this drawing and in the photographs that AlexNet saw. Training a
# network is more than this game, as its filters have to serve the layers above them, but its first layer
# arrives at the same place, and so did the cat.
#
# ## Summary
#
# - A picture is an array $(H, W, C)$: rows, columns, channels, each entry from 0 to 255.
# - Brightness weighs red, green and blue by 0.299, 0.587 and 0.114.
# - A filter $k$ answers at a place $(r, s)$ with $y_{r,s} = \sum_{i,j} x_{r+i,s+j} \, k_{i,j}$, the sum of
#   all products of what lies upon each other.
# - Laid everywhere, a $3 \times 3$ filter makes $(H, W)$ into $(H - 2, W - 2)$. That is correlation, and
#   what the field calls convolution.
# - Hubel and Wiesel found cells in the brain that answer to edges of one angle at one place (1959); Marr
#   made edges the first stage of seeing (1982); networks find them by themselves (AlexNet 2012, and our
#   twenty filters).
#
# ## Exercises
#
# `python -m lessons start my-answers` copies the exercises into a folder of your own. Write the five
# functions in `01_pixels.py` there, then ask `python -m lessons check 1`: it tells you whether they are
# right and, if not, what may have happened. `--hint` helps when you are stuck.
#
# - **1.1** `crop`: a part of a picture. Down first, then across.
# - **1.2** `to_grey`: colour to brightness. Mind the bytes.
# - **1.3** `response`: what a filter answers at one place.
# - **1.4** `correlate`: what it answers everywhere.
# - **1.5** `edge_strength`: edges in every direction.
