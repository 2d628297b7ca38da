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
# # 5. Backwards by hand
#
# **Goal.** You derive the backward pass of every layer that the paintings need, with a pencil, and lesson
# 4's judge says whether you were right. In the end a gradient walks back through a whole chain of layers
# and tells each pixel what to do.
#
# ## One slope behind another
#
# Take $y = 3x + 1$ and then $L = y^2$. At $x = 1$ we have $y = 4$ and $L = 16$. If $y$ grows a little, $L$
# grows $2y = 8$ times as much: that is $dy = \partial L / \partial y = 8$. If $x$ grows, $y$ grows 3 times
# as much, and therefore $L$ grows $3 \cdot 8 = 24$ times as much: $dx = 24$. This is the **chain rule**:
# slopes that act one behind another are multiplied.
#
# Look who had to know what. The first operation knew its own slope, 3, and was told 8 from behind. It did
# not have to know what $L$ is. So every operation can bring its own backward pass, from $dy$ to $dx$, and a
# network is walked back one operation after the other.
#
# Now let several outputs have seen $x$. Say, $y = 3x$ and $z = x^2$, and $L$ depends on both. A nudge of
# $x$ reaches $L$ on two ways, and what arrives adds up: $dx = 3\,dy + 2x\,dz$. Ways that lie side by side
# are added. Together, for an entry $x_i$ and all outputs $y_o$ that have seen it:
#
# $$dx_i = \sum_o dy_o \, \frac{\partial y_o}{\partial x_i}$$
#
# That is all there is. To derive a backward pass, pick one entry of $x$ and ask three questions: which
# outputs have seen it? With what slope? Then add up $dy$ times slope.
#
# ## ReLU
#
# Each entry is seen by one output, with slope 1 if it is above 0, else 0. So
#
# $$dx = dy \text{ where } x > 0, \quad 0 \text{ elsewhere}$$
#
# Take $x = (2, -1, -3, 4)$ and $dy = (5, 6, -7, -8)$, and write down $dx$. It is the sign of $x$ that
# decides, not that of $dy$: the last entry comes through as $-8$, as a negative gradient is as good as a
# positive one.
#
# ## Pooling
#
# With $2 \times 2$ windows each pixel is seen by one output. In average pooling the slope is $\tfrac14$, so
# the gradient is shared out in quarters. In max pooling the slope is 1 for the winner and 0 for the three
# others, so the winner takes it all:
#
# $$\text{average:}\quad dx_{2r+i,\,2s+j,\,c} = \tfrac14\, dy_{r,s,c} \qquad\quad
# \text{max:}\quad dx_{2r+i,\,2s+j,\,c} = dy_{r,s,c} \text{ for the first maximum}, \; 0 \text{ else}$$
#
# What fills no window was seen by nobody and gets 0. Here are both for lesson 3's example, with four whole
# numbers for $dy$. `kron` writes each entry of a matrix over a window.

# %%
import numpy as np

from lessons.blackboard import show, tell
from lessons.drawing import beside, enlarged, numbers, signed
from lessons.scene import scene
from minicnn import layers, ops
from minicnn.gradcheck import check
from minicnn.network import Network


def relu(x):
    return np.maximum(x, 0)


def relu_backward(dy, x):
    return np.where(x > 0, dy, 0)


def drawn(*shapes):
    return tuple(rng.standard_normal(shape) for shape in shapes)


rng = np.random.default_rng(5)
tell("dx of ReLU", relu_backward(np.array([5.0, 6, -7, -8]), np.array([2.0, -1, -3, 4])))
print(check(relu, relu_backward, drawn((3, 5)), name="relu"))

x = np.array([[1.0, 3, 2, 4], [5, 7, 6, 8], [0, 0, 4, 4], [6, 6, 0, 0]])
dy = np.array([[8.0, 4], [-4, 12]])
shared = np.kron(dy, np.ones((2, 2))) / 4
_, index = ops.max_pool(x[None, :, :, None])  # the library keeps who won; you write your own in 5.2
taken = ops.max_pool_backward(dy[None, :, :, None], index, (1, 4, 4, 1))[0, :, :, 0] + 0.0
tell("dx of average pooling", shared)
tell("dx of max pooling", taken)
tell("sums of dy and of both dx", [dy.sum(), shared.sum(), taken.sum()])
named = {"x": x, "dy": dy, "dx, average": shared, "dx, max": taken}
sheet = beside([(numbers(a, side=56), name) for name, a in named.items()], side=226)
show("05-pooling", sheet, "Back through two poolings: shared in quarters, or all to the winner.")

# %% [markdown]
# Add up the entries of each: both are $20$, as $dy$ is. Nothing is lost on the way, and nothing may come
# out of nowhere: with ties, giving all maxima the whole $dy$ would double it.
#
# ## The dense layer
#
# At the end of a classifying network, and hidden in every convolution, is the **dense** layer: each output
# weighs each input. For $N$ lists of $I$ numbers, with $x$ of shape $(N, I)$, weights $w$ $(I, O)$, bias
# $b$ $(O)$ and $y$ $(N, O)$, where $n$ counts the lists, $i$ the inputs and $o$ the outputs:
#
# $$y_{n,o} = b_o + \sum_{i} x_{n,i}\, w_{i,o}$$
#
# Three things go in, so three gradients come out. The entry $x_{n,i}$ was seen by $y_{n,o}$ for every $o$,
# with slope $w_{i,o}$. The weight $w_{i,o}$ was seen by $y_{n,o}$ for every $n$, with slope $x_{n,i}$. The
# bias $b_o$ was seen by $y_{n,o}$ for every $n$, with slope 1. Hence
#
# $$dx_{n,i} = \sum_o dy_{n,o}\, w_{i,o}, \qquad dw_{i,o} = \sum_n x_{n,i}\, dy_{n,o},
# \qquad db_o = \sum_n dy_{n,o}$$
#
# These sums are matrix products. In the first, $w$ is summed over its second index, so it must be
# transposed (mirrored in its diagonal, rows for columns, written $w^\top$); in the second $x$ is:
#
# $$dx = dy\, w^\top, \qquad dw = x^\top dy$$
#
# Check the shapes: $(N, O)(O, I)$ is $(N, I)$, and $(I, N)(N, O)$ is $(I, O)$. If all sizes differ, nothing
# else fits. If two are equal, a wrong product fits too, and only the judge will notice.


# %%
def dense(x, w, b):
    return x @ w + b


def dense_backward(dy, x, w, b):
    return dy @ w.T, x.T @ dy, dy.sum(axis=0)


x, w, dy = np.array([[1.0, 2]]), np.array([[1.0, 0, -1], [2, 1, 3]]), np.array([[1.0, 2, 1]])
dx, dw, db = dense_backward(dy, x, w, np.zeros(3))
tell("dx of dense", dx)
tell("dw of dense", dw)
print(check(dense, dense_backward, drawn((4, 2), (2, 3), (3,))))

# %% [markdown]
# That was $x = (1, 2)$, $w = \begin{pmatrix} 1 & 0 & -1 \\ 2 & 1 & 3 \end{pmatrix}$ and $dy = (1, 2, 1)$.
# Do it with the pencil: $dx_0 = 1 \cdot 1 + 2 \cdot 0 + 1 \cdot (-1) = 0$. The judge took all three inputs
# as a tuple, and compared a gradient for each.
#
# ## The convolution
#
# Take lesson 2's pencil example again, one channel, one filter, and some $dy$:
#
# $$x = \begin{pmatrix} 1 & 2 & 0 \\ 0 & 1 & 3 \\ 2 & 1 & 1 \end{pmatrix}, \quad
# w = \begin{pmatrix} 1 & 2 \\ 0 & -1 \end{pmatrix}, \quad
# dy = \begin{pmatrix} 1 & 2 \\ 3 & 4 \end{pmatrix}, \qquad
# y_{r,s} = b + \sum_{i,j} x_{r+i,\,s+j}\, w_{i,j}$$
#
# **The image.** Pick the middle entry, $x_{1,1}$. All four windows contain it: that of $y_{0,0}$ at its
# lower right, with slope $w_{1,1} = -1$; that of $y_{0,1}$ at its lower left, with slope 0; that of
# $y_{1,0}$ with slope 2, and that of $y_{1,1}$ with slope 1. So
# $dx_{1,1} = 1 \cdot (-1) + 2 \cdot 0 + 3 \cdot 2 + 4 \cdot 1 = 9$. Every output sends its $dy_{r,s}$,
# times the kernel, back to its window, and where windows overlap, what arrives **is added**. With channels,
# stride $t$ and the padded image $\tilde x$, for every $r$, $s$, $i$, $j$ and $c$:
#
# $$d\tilde x_{rt+i,\;st+j,\;c} \mathrel{+}= \sum_k dy_{r,s,k}\, w_{i,j,c,k}$$
#
# where $\mathrel{+}=$ means, as in Python, that it is added to what is there. At the end the border is cut
# off: nobody can move its zeros.
#
# **The kernel.** The weight $w_{i,j}$ is used at every place, with slope $x_{r+i,s+j}$; **the bias** at
# every place, with slope 1:
#
# $$dw_{i,j,c,k} = \sum_{r,\,s} \tilde x_{rt+i,\;st+j,\;c}\; dy_{r,s,k},
# \qquad db_k = \sum_{r,\,s} dy_{r,s,k}$$


# %%
def conv2d(x, w, b):
    return ops.conv2d(x[None], w, b)[0]


def conv2d_backward(dy, x, w, b):
    kh, kw, _, _ = w.shape
    dx, dw = np.zeros_like(x), np.zeros_like(w)
    for r, s in np.ndindex(dy.shape[:2]):
        window = slice(r, r + kh), slice(s, s + kw)
        dx[window] += w @ dy[r, s]  # (kh, kw, C, K) times (K,) is (kh, kw, C)
        dw += x[window][..., None] * dy[r, s]  # (kh, kw, C, 1) times (K,) is (kh, kw, C, K)
    return dx, dw, dy.sum(axis=(0, 1))


x = np.array([[1.0, 2, 0], [0, 1, 3], [2, 1, 1]])[:, :, None]
w, dy = np.array([[1.0, 2], [0, -1]])[:, :, None, None], np.array([[1.0, 2], [3, 4]])[:, :, None]
dx, dw, db = conv2d_backward(dy, x, w, np.zeros(1))
tell("dx of the convolution", dx[:, :, 0])
tell("dw of the convolution", dw[:, :, 0, 0])
tell("db of the convolution", db)
named = {"x": x, "w": w, "dy": dy, "dw": dw}
upper = [(numbers(a.reshape(a.shape[:2]), side=56), name) for name, a in named.items()]
lower = []
for r, s in np.ndindex(2, 2):
    part = np.zeros((3, 3))
    part[r : r + 2, s : s + 2] = dy[r, s, 0] * w[:, :, 0, 0]
    lower.append((numbers(part, side=56), f"{dy[r, s, 0]:g} · w"))
sheet = beside(upper, [*lower, (numbers(dx[:, :, 0], side=56), "their sum: dx")], side=170)
show("05-convolution", sheet, "Each output sends dy times w back to its window, and the four add up to dx.")
print(check(conv2d, conv2d_backward, drawn((4, 5, 2), (3, 2, 2, 3), (3,))))

# %% [markdown]
# There are two other ways to see it, both worth knowing. First, from the pixel's side: it collects from the
# outputs above and to the left of it, so it meets the kernel in reverse. $dx$ is a convolution of $dy$,
# with a wide border of zeros, with the kernel **turned by 180°** and its channels in and out exchanged.
# That is how fast libraries compute it, and forgetting the turn is the classical mistake.
#
# Second, with lesson 2's im2col a convolution is a dense layer, $Y = XM + b$. So $dM = X^\top dY$ and
# $dX = dY M^\top$, and nothing is left to derive; each entry of $dX$ goes back to where im2col had copied
# it from, and copies of the same pixel add up.

# %%
x, w, b, dy = drawn((6, 5, 2), (3, 2, 2, 4), (4,), (4, 4, 4))
dx, dw, db = conv2d_backward(dy, x, w, b)
turned = w[::-1, ::-1].swapaxes(2, 3)
again = ops.conv2d(dy[None], turned.copy(), padding=(2, 1))[0]
tell("turned kernel: largest difference", np.abs(dx - again).max(), below=1e-12)
X = np.array([x[r : r + 3, s : s + 2].reshape(-1) for r in range(4) for s in range(4)])  # (16, 12)
tell("im2col: largest difference", np.abs(dw.reshape(-1, 4) - X.T @ dy.reshape(16, 4)).max(), below=1e-12)

# %% [markdown]
# ## A chain of layers, and seeds along the way
#
# A network is a chain. In the library a layer is an object with `forward` and `backward`, and a `Network`
# is a list of them. Going forward, each layer keeps what its backward will need: ReLU the mask, max
# pooling who won, the convolution its input if somebody wants $dw$. Then we walk back from the last layer
# to the first, each layer's $dx$ being the $dy$ of the one before.
#
# Style transfer asks for one thing more. Its loss looks at several layers at once: $L = L_1(y) + L_2(z)$,
# say, where $y$ comes out of an early layer and $z$ out of a later one, made from $y$. Each part of the
# loss hands us a gradient at its own layer, a **seed**. But $y$ has been seen by two: by $L_1$, and by the
# next layer, from which the gradient of $L_2$ comes back. Two ways side by side are added. So there is
# still one walk back; when it comes past a layer that was looked at, a **tap**, the seed is added to what
# is carried.

# %%
conv1 = layers.Conv2D(1, 3, name="conv1", rng=rng)
conv2 = layers.Conv2D(3, 2, name="conv2", rng=rng)
net = Network([conv1, layers.ReLU(name="relu1"), layers.AvgPool2D(name="pool1"), conv2]).astype(np.float64)
x = rng.standard_normal((1, 6, 8, 1))
found = net.forward(x, taps=["relu1", "conv2"])
seeds = {name: rng.standard_normal(y.shape) for name, y in found.items()}

carried = net["conv2"].backward(seeds["conv2"])
carried = net["pool1"].backward(carried)
carried = carried + seeds["relu1"]  # not =, and not += either: the seed and the gradient belong to others
carried = net["relu1"].backward(carried)
by_hand = net["conv1"].backward(carried)
tell("by hand and by the network", np.abs(by_hand - net.backward(seeds)).max(), below=1e-12)


def loss(x):
    found = net.forward(x, taps=["relu1", "conv2"])
    return sum(np.sum(seeds[name] * y) for name, y in found.items())


print(check(loss, lambda dy, x: dy * by_hand, x, name="two taps"))

# %% [markdown]
# `net.forward(x, taps)` and `net.backward(seeds)` are what all later lessons use. And look what has become
# of our question in lesson 3, who is heard. Here are three blocks of convolution, ReLU and pooling with
# random weights, looking at the house; the seed is a single 1, in one entry of the last layer. What comes
# back says what each pixel could do to raise that one answer.

# %%
part = (scene(240, 320) / 255.0)[None, 112:152, 105:145]  # (1, 40, 40, 3)
tiles = [(enlarged(np.rint(255 * part[0]).astype(np.uint8), 7), "what is looked at")]
for name, Pool in [("max", layers.MaxPool2D), ("average", layers.AvgPool2D)]:
    rng, blocks = np.random.default_rng(12), []
    for n, c in enumerate((3, 8, 8)):
        conv = layers.Conv2D(c, 8, name=f"conv{n}", rng=rng)
        blocks += [conv, layers.ReLU(f"relu{n}"), Pool(name=f"pool{n}")]
    deep = Network(blocks).astype(np.float64)
    y = deep.forward(part)  # (1, 5, 5, 8)
    seed = np.zeros_like(y)
    seed[0, 2, 2, y[0, 2, 2].argmax()] = 1
    g = deep.backward(seed)[0].sum(axis=2)  # (40, 40)
    tell(f"pixels that are heard, {name}", int((g != 0).sum()), within=0.1)
    tiles.append((enlarged(signed(g), 7), f"gradient, {name} pooling"))
sheet = beside(tiles, side=280)
show("05-heard", sheet, "One answer's gradient: red should grow brighter, blue darker, white is not heard.")

# %% [markdown]
# This entry's receptive field, all that it can see of the picture, is 22 by 22 pixels. With the average
# all of them are heard, as the coloured square on the right shows, and what they are told changes little
# from one to the next. With max pooling the square is smaller, for the last pooling listened to one place
# of four, and neighbours are told opposite things. You have now computed what Gatys and his colleagues
# meant.
#
# ## Good manners
#
# A backward pass can have the right numbers and still do harm.
#
# - It must not write to $dy$. `dy[x <= 0] = 0; return dy` is right once, but the same array may be
#   someone's seed.
# - It must not write to what forward kept, so that called twice it answers the same.
# - A gradient that has several sources is added up, never overwritten: in $dx$ of overlapping windows, in a
#   weight that serves many places, at a tap.


# %%
def rude_backward(dy, x):
    dy[x <= 0] = 0
    return dy


print(check(relu, rude_backward, drawn((2, 3)), name="relu, rudely"))

# %% [markdown]
# ## Summary
#
# - Slopes one behind another are multiplied, ways side by side are added:
#   $dx_i = \sum_o dy_o \, \partial y_o / \partial x_i$.
# - ReLU passes $dy$ where $x > 0$. Average pooling shares it in quarters, max pooling gives it to the
#   winner.
# - Dense: $dx = dy\,w^\top$, $dw = x^\top dy$, $db = \sum_n dy$.
# - Convolution: every output sends $dy$ times the kernel back to its window, added; $dw$ sums window times
#   $dy$; $db$ sums $dy$.
# - A loss of several layers needs one walk back; seeds are added at their taps.
# - Backward writes to nothing that it was given.
#
# ## Exercises
#
# Write them in your folder's `05_backwards_by_hand.py`, then `python -m lessons check 5`. Derive first,
# then write; `check` of lesson 4 is at your side.
#
# - **5.1** `relu_backward`: whose sign decides?
# - **5.2** `pool_backward`: quarters, or all to the winner.
# - **5.3** `dense_backward`: three gradients of one product.
# - **5.4** `conv2d_backward`: the same with windows, stride and border. The longest of the lesson; the
#   shapes help.
# - **5.5** `walk_back`: a chain with seeds at its taps.
