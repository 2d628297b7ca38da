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
# # 3. ReLU and pooling
#
# **Goal.** Between its convolutions a network has two small operations: one decides what is let through,
# the other gathers neighbours into one number. Neither has a weight to learn, and both can be done with a
# pencil. After this lesson you can compute them, you know what each of them throws away, and why those who
# paint with a network changed one of them.
#
# ## Why something must bend
#
# A convolution adds up multiples of its inputs. Put one behind another, and the result still adds up
# multiples of the inputs. Take a row of four pixels $x = (2, 5, 1, 4)$ and two filters, each one row and
# two columns: $(-1, 1)$ subtracts a pixel from its right neighbour, $(1, 1)$ adds two neighbours. The first
# makes $(3, -4, 3)$ of $x$, and the second makes $(-1, -1)$ of that. But look what they do together:
#
# $$(x_{s+1} - x_s) + (x_{s+2} - x_{s+1}) = x_{s+2} - x_s$$
#
# One filter $(-1, 0, 1)$ would have done. A hundred layers of convolutions are one convolution with a large
# kernel, and could be no cleverer. Something has to stand between them that is not a sum of multiples:
# something that bends.
#
# The least that one can do is to cut off what is negative. This is **ReLU**, short for rectified linear
# unit:
#
# $$y = \max(x, 0)$$
#
# It works on every entry by itself, so $y$ has the shape of $x$, whatever that is. In the middle of our row
# it makes $(3, 0, 3)$ of $(3, -4, 3)$, the second filter makes $(3, 3)$ of that, and no single filter gives
# the same for every $x$.

# %%
import numpy as np

from lessons.blackboard import show, tell
from lessons.drawing import beside, curves, enlarged, grey, numbers, signed
from lessons.scene import scene
from minicnn import ops


def filtered(row, filter_):
    """A row of pixels through one filter of one row, with the library's convolution of lesson 2."""
    return ops.conv2d(row[None, None, :, None], filter_[None, :, None, None])[0, 0, :, 0]


x = np.array([2.0, 5, 1, 4])
subtract, add = np.array([-1.0, 1]), np.array([1.0, 1])
tell("subtract", filtered(x, subtract))
tell("subtract, then add", filtered(filtered(x, subtract), add))
tell("one filter for both", filtered(x, np.array([-1.0, 0, 1])))
tell("subtract, ReLU, then add", filtered(np.maximum(filtered(x, subtract), 0), add))

# %% [markdown]
# A nerve cell does much the same: it fires more or less often, or not at all, but never a negative number
# of times. And it has a threshold. That is what the bias of lesson 2 is for. With $b = -0.4$, what a filter
# answers must exceed 0.4 before anything is let through:
#
# $$y = \max(x + b, \; 0)$$
#
# Below is what ACROSS of lesson 1 answers to the house, then ReLU of it, then ReLU with that threshold.
# Which edges of the house will be missing on the second sheet, and which on the third?

# %%
brightness = scene(240, 320) @ np.array([0.299, 0.587, 0.114]) / 255  # (H, W)
ACROSS = np.array([[-1.0, 0, 1], [-2, 0, 2], [-1, 0, 1]])
answer = ops.conv2d(brightness[None, :, :, None], ACROSS[:, :, None, None])[0, :, :, 0]  # (H - 2, W - 2)
edges = np.maximum(answer, 0)
strong = np.maximum(answer - 0.4, 0)
tell("share that ReLU lets through", (edges > 1e-9).mean())
tell("share above the threshold", (strong > 0).mean())
named = {"x": answer, "max(x, 0)": edges, "max(x - 0.4, 0)": strong}
sheet = beside([(signed(a[50:], 1.2), name) for name, a in named.items()], side=318)
show("03-relu", sheet, "ACROSS on the house: all answers, those above 0, and those above a threshold.")

# %% [markdown]
# All that is blue is gone: edges where it grows darker to the right. A layer that wants both kinds needs
# two filters, one the negative of the other. The threshold then silences meadow, waves and leaves. What
# remains is little more than one place in a hundred, and each of them means something.
#
# Krizhevsky, Sutskever and Hinton used ReLU in all layers of AlexNet (2012), and reported that a network
# with it learnt several times as fast as with the smooth S-shaped curves that were customary. One reason is
# its slope, of which lesson 5 makes use: it is 1 wherever something is let through and 0 where nothing is.
# At $x = 0$ itself there is a corner, which has no slope. We have to choose one, and we choose 0.
#
# ## Pooling
#
# The other operation makes the image smaller. **Pooling** cuts each channel into windows of $2 \times 2$,
# side by side (a stride of 2), and keeps one number of each: in **max pooling** the largest, in **average
# pooling** the average. Height and width are halved and the channels stay. With $x$ of shape $(H, W, C)$
# and $y$ of shape $(H/2, W/2, C)$:
#
# $$\text{max:} \quad y_{r,s,c} = \max_{i,\,j} \; x_{2r+i,\;2s+j,\;c} \qquad\quad
# \text{average:} \quad y_{r,s,c} = \tfrac14 \sum_{i=0}^{1} \sum_{j=0}^{1} x_{2r+i,\;2s+j,\;c}$$
#
# where $i$ and $j$ are 0 or 1, the row and column inside the window. Now your pencil. Here is an image with
# one channel; find all eight numbers before you read on.
#
# $$x = \begin{pmatrix} 1 & 3 & 2 & 4 \\ 5 & 7 & 6 & 8 \\ 0 & 0 & 4 & 4 \\ 6 & 6 & 0 & 0 \end{pmatrix}$$
#
# In code, `reshape` cuts the rows into pairs and the columns into pairs, `swapaxes` brings the two places
# of a row and the two of a column side by side, and a second `reshape` makes one list of four of them. The
# maximum or the mean of that list is what we want.

# %%
x = np.array([[1.0, 3, 2, 4], [5, 7, 6, 8], [0, 0, 4, 4], [6, 6, 0, 0]])


def in_windows(x):
    """(H, W) → (H/2, W/2, 4): each window as a list, its places in reading order."""
    h, w = x.shape[0] // 2, x.shape[1] // 2
    return x[: 2 * h, : 2 * w].reshape(h, 2, w, 2).swapaxes(1, 2).reshape(h, w, 4)


largest, average = in_windows(x).max(axis=2), in_windows(x).mean(axis=2)
tell("max pooling", largest)
tell("average pooling", average)
winner = in_windows(x).argmax(axis=2)  # 0 to 3: the place of the (first) maximum
tell("which place of the window won", winner)
won = [(2 * r + winner[r, s] // 2, 2 * s + winner[r, s] % 2) for r in range(2) for s in range(2)]
cells = [
    (numbers(x, side=72, marked=won), "x, framed: who won"),
    (numbers(largest, side=72), "max"),
    (numbers(average, side=72), "average"),
]
sheet = beside(cells, side=300)
show("03-pooling", sheet, "Four windows: the largest entry of each, framed in x, and the average.")

# %% [markdown]
# ## The small print
#
# **Ties.** In the lower left window 6 stands twice, in the lower right one 4 does. For $y$ it does not
# matter which of them has won. On the way back, in lesson 5, it will: then the winner alone is asked to
# change. Our rule is that the first maximum wins, in reading order, which is also what `argmax` does.
#
# **Odd sizes.** Five rows hold two whole windows, and the fifth row fills none. It is left out: the size is
# rounded down, as lesson 2's formula says with a window of 2 and a stride of 2,
# $\lfloor (H - 2)/2 \rfloor + 1 = \lfloor H/2 \rfloor$. That is why `in_windows` cuts off what is too much
# before it reshapes. VGG19 pools five times; see what that makes of some heights:

# %%
for height in (224, 255, 256):
    sizes = [height // 2**times for times in range(6)]
    tell(f"rows from {height}, pooled five times", sizes)
odd = np.arange(25.0).reshape(5, 5)
pooled = ops.max_pool(odd[None, :, :, None])[0][0, :, :, 0]  # the library gives y and who won
tell("a 5 by 5 image, max pooled", pooled)

# %% [markdown]
# A height of 255 loses a row at every step and ends with 7, exactly as 224 does, where 256 has 8. That is
# no mistake, but when the numbers of a painting's border surprise you, think of it.
#
# ## What a small shift does
#
# Why make the image smaller at all? There are two good reasons. After a pooling, a $3 \times 3$ filter sees
# twice as much of the picture, at a quarter of the cost. And small shifts matter less.
#
# Suppose that you look at the house again with your head moved by one pixel. All edges are where they were,
# one pixel to the left. Compared entry by entry the answers of ACROSS are now quite different, since edges
# are thin: nearly all of them miss their old places. After pooling they meet in the same windows again. To
# say how far apart two arrays are, we divide the length of their difference by the length of one of them,
# where the **length** $\lVert y \rVert$ is the root of the sum of all squares. With $y$ for the answers
# before and $z$ for those after the shift:
#
# $$\text{relative change} = \frac{\lVert z - y \rVert}{\lVert y \rVert}$$
#
# Two pictures that have nothing in common come out above 1. We shift the house by up to 12 pixels and
# average over six starting points, as windows that begin elsewhere catch an edge by luck.


# %%
def change(shift, times):
    ratios = []
    for start in range(0, 16, 3):
        y = edges[None, :, start : start + 288, None]
        z = edges[None, :, start + shift : start + shift + 288, None]
        for _ in range(times):
            y, z = ops.max_pool(y)[0], ops.max_pool(z)[0]
        ratios.append(np.linalg.norm(z - y) / np.linalg.norm(y))
    return np.mean(ratios)


shifts = range(13)
lines = {f"{times} poolings": (shifts, [change(d, times) for d in shifts]) for times in (0, 1, 2, 3, 4)}
tell("relative change by a shift of 1", np.array([changes[1] for _, changes in lines.values()]), within=1e-4)
sheet = curves(lines, "shift in pixels", "relative change")
show("03-shift", sheet, "How much a shift changes the answers of ACROSS, after 0 to 4 max poolings.")

# %% [markdown]
# With no pooling, one pixel is nearly a different picture. After four poolings it is hardly noticed, though
# a shift of twelve pixels still is: pooling forgives as much as its windows are wide, and no more. It also
# forgives unevenly, as an edge near the end of a window crosses over at once.
#
# You have met this. The simple cells of Hubel and Wiesel want their edge at one place; the complex cells
# want the same angle anywhere in their field. Kunihiko Fukushima built his *neocognitron* (1980) on that
# pair: layers of S-cells, which look for a pattern, alternate with layers of C-cells, which answer if any
# of a few neighbouring S-cells does. The networks of today, convolution, pooling, convolution, pooling, are
# its grandchildren.
#
# ## Why Gatys takes the average
#
# VGG19, the network that we shall paint with, was trained with max pooling. Gatys, Ecker and Bethge (2015)
# replaced it by average pooling. For making images, they wrote, gradients then flow better, and the results
# look slightly more appealing.
#
# What can that mean? To paint, we shall ask of every pixel of a canvas: if it changed a little, would the
# network notice? Behind a max pooling, most would be told no. Of four pixels one has won. Move another one
# a little, and it still loses: $y$ stays as it is. After two poolings one pixel in 16 is heard, after three
# one in 64. Behind an average pooling each of the four is heard, with a quarter of its voice.
#
# To see who is heard, give every pixel a ticket with its number. When it wins its window, its ticket goes
# on to the next pooling together with its value.

# %%
part = brightness[80:208, 60:188]  # (128, 128)
value, ticket = part, np.arange(part.size).reshape(part.shape)
shares, tiles = [], []
for times in (1, 2, 3):
    winner = in_windows(value).argmax(axis=2)[:, :, None]
    value = np.take_along_axis(in_windows(value), winner, axis=2)[:, :, 0]
    ticket = np.take_along_axis(in_windows(ticket), winner, axis=2)[:, :, 0]
    heard = np.isin(np.arange(part.size), ticket).reshape(part.shape)
    shares.append(heard.mean())
    tiles.append((enlarged(grey(np.where(heard, part, 1.2), 0, 1.0), 2), f"max, {times} times"))
tiles.append((enlarged(grey(part, 0, 1.0), 2), "average, any number"))
tell("share of pixels heard after 1, 2, 3 max poolings", shares)
sheet = beside(tiles[:2], tiles[2:], side=256)
show("03-heard", sheet, "The pixels that are heard behind poolings; the others are left white.")

# %% [markdown]
# A canvas on which one pixel in 64 is told what to do, and which one changes from step to step, is a
# restless canvas. With the average all pixels work together, and what they paint is smoother.
#
# There is a price. The average of a window is smaller than its largest entry, and the layers behind were
# trained to expect the larger. Here is how bright our edges are on average, before and after four poolings:

# %%
for name, pool in [("max", lambda y: ops.max_pool(y)[0]), ("average", ops.avg_pool)]:
    y = edges[None, :, :, None]
    for _ in range(4):
        y = pool(y)
    tell(f"mean after four poolings, {name}", y.mean())
tell("mean before", edges.mean())

# %% [markdown]
# The average keeps the mean (nearly: the rows left out are missing), the maximum raises it twelvefold.
# Swapping one for the other makes all later layers answer more faintly. (Gatys and his colleagues also
# rescaled the weights, so that each filter answers 1 on average over many photographs.)
#
# ## Summary
#
# - Convolutions alone, however many, are one convolution. ReLU, $y = \max(x, 0)$, bends the line; a bias
#   makes a threshold of it. Its slope is 1 above 0, and 0 at 0 and below.
# - $2 \times 2$ pooling makes $(H, W, C)$ into $(\lfloor H/2 \rfloor, \lfloor W/2 \rfloor, C)$, each
#   channel by itself; rows and columns that fill no window are left out.
# - Max pooling keeps the largest entry (the first of equals), average pooling a quarter of the sum.
# - Pooling forgives shifts within its window; simple and complex cells are the model.
# - Behind a max pooling one pixel in four is heard, behind an average pooling every pixel. That is why
#   Gatys takes the average.
#
# ## Exercises
#
# Write them in your folder's `03_relu_and_pooling.py`, then `python -m lessons check 3`.
#
# - **3.1** `relu`: what is let through, and where the slope is 1.
# - **3.2** `max_pool`: the largest of each window. Try an odd height first.
# - **3.3** `winners`: which pixels are heard. Mind the ties.
# - **3.4** `avg_pool`: the average, with windows of any size and any stride.
