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
# # 8. Style
#
# **Goal.** You will find numbers that know how a picture is painted and not where anything is. You will
# differentiate them by hand, catch a formula with a wrong factor in the act, and let textures grow out of
# noise.
#
# Lesson 7 compared two pictures place by place, $F - P$. For content that is right: the house is to stay
# where the house is. For style it is wrong. Nobody would say that a painter's manner lies in the third
# stroke from the left. Cut a painting into squares and hang them up in another order: every stroke is
# elsewhere now, and the manner is the same.
#
# So we look for numbers that depend on *what* occurs in a picture and not on *where*. A picture described
# by such numbers alone is called a **texture**; Julesz asked in 1962 which numbers are enough for two
# textures to look alike. In 2015 Gatys, Ecker & Bethge took theirs from a network's features, in two
# papers: the first on the synthesis of textures, the second on the style of paintings.
#
# ## Forgetting where
#
# As in lesson 7, a layer's features are a table $F$ with $M$ rows, one for each place, and $C$ columns, one
# for each channel: $F_{mi}$ is what channel $i$ answers at place $m$. Forgetting where now has an exact
# meaning: shuffle the rows of the table, and our numbers must stay as they are.
#
# What survives the shuffling of rows? The sum of a column does. It says how much a channel answers in all.
# More telling is to multiply two columns first, entry by entry, and to add up then:
#
# $$G_{ij} = \sum_{m=1}^{M} F_{mi} F_{mj}$$
#
# A product is large only if both factors are, so $G_{ij}$ grows where channels $i$ and $j$ answer *at the
# same place*. This table of $C \times C$ numbers is the **Gram matrix** of the features. As a product of
# matrices:
#
# $$G = F^\top F, \qquad (C, M)\,(M, C) \to (C, C)$$
#
# Take four places and three channels: channel 0 for a stroke from left to right, channel 1 for yellow,
# channel 2 for blue. Two places have a yellow stroke, one is plain blue, one is blue and yellow, which is
# to say green. Which entries of $G$ are 0? Decide before you run the cell.

# %%
import numpy as np

from lessons.blackboard import show, tell
from lessons.drawing import beside, curves, enlarged, grey, numbers
from minicnn import zoo
from minicnn.gradcheck import check_loss
from minicnn.ops import gram
from nst.demo.painting import painting as painted
from nst.lbfgs import LBFGS

F = np.array([[1, 1, 0], [1, 1, 0], [0, 0, 2], [0, 1, 2.0]])  # (M, C) = (4, 3)
G = F.T @ F  # (C, C)
shuffled = F[[2, 0, 3, 1]]
tell("Gram matrix of the small table", G)
tell("its change when the rows are shuffled", np.abs(shuffled.T @ shuffled - G).max(), below=1e-12)

# %%
tables = {"F, a row for each place": F, "its rows shuffled": shuffled, "G of both": G}
sheet = beside([(numbers(table, side=60), name) for name, table in tables.items()], side=245)
show("08-small", sheet, "A table of features, its rows in another order, and one Gram matrix for both.")

# %% [markdown]
# $G_{02} = 0$: the stroke is never blue. The diagonal holds sums of squares, $G_{ii} = \sum_m F_{mi}^2$:
# how strongly a channel answers in all. And $G$ is symmetric, for $F_{mi} F_{mj} = F_{mj} F_{mi}$; we shall
# need that.
#
# Another example, as it is drawn in lectures, with columns as long as you like. One channel answers 1 at
# the first place, ½ at the second and nowhere else, $F_1 = (1, \tfrac12, 0, \dots)$; another answers at the
# first place alone, $F_4 = (1, 0, 0, \dots)$. Then
# $G_{41} = 1 \cdot 1 + 0 \cdot \tfrac12 + 0 \cdot 0 + \dots = 1$: they meet once.
#
# The entries of $G$ are often called correlations. A statistician would take the means off and divide by
# the columns' lengths first. We do neither: a channel that answers loudly makes loud entries.
#
# ## What complex cells do
#
# Is there anything like it in the brain? The simple cells of lesson 1 want an edge of their direction at
# their place. Hubel and Wiesel's complex cells want the direction and are content with any place within a
# small field. In Adelson and Bergen's energy model of 1985 a complex cell listens to two simple ones, a
# quarter of a wave apart. To a grating shifted by an angle $\varphi$ these answer $a \cos \varphi$ and
# $a \sin \varphi$, and each of them gives the place away. Squared and added up they make
# $a^2 \cos^2 \varphi + a^2 \sin^2 \varphi = a^2$, which does not.
#
# Products of answers, added up until the place is gone: an entry of a Gram matrix is made in the same way,
# and Gatys and his colleagues point to this kinship. It is a kinship of arithmetic. Nobody has found the
# Gram matrix of a painting in a brain; and a complex cell adds up over its own small field, we over the
# whole picture.
#
# ## The Gram matrix of a painting
#
# Now for real features. The network is the small one that comes with this library (lesson 6). The painting
# was drawn by a program, stroke by stroke; we take the part of it where the wind turns.

# %%
layers = [f"relu{block}_1" for block in range(1, 6)]
net = zoo.pocket()
painting = painted(384)[16:112, 60:188]  # a part of it, (H, W, 3) = (96, 128, 3)
P = net.forward(net.preprocess(painting), taps=["relu1_1"])["relu1_1"][0]  # (H, W, C)
P = P.reshape(-1, P.shape[-1])  # (M, C)
order = np.random.default_rng(0).permutation(len(P))
A = gram(P)  # FᵀF, from the library
tell("places and channels at relu1_1", P.shape)
tell("its change when the places are shuffled", np.abs(gram(P[order]) - A).max() / A.max(), below=1e-4)

# %%
loudest = A.diagonal().argmax()
maps = [grey(P[rows, loudest].reshape(96, 128)) for rows in (slice(None), order)]
above = [(enlarged(painting, 2), "a painting"), (enlarged(maps[0], 2), "a channel of relu1_1")]
below = [(enlarged(maps[1], 2), "the channel, shuffled"), (enlarged(grey(A**0.5), 12), "G before and after")]
sheet = beside(above, below, side=288)
show("08-shuffled", sheet, "A painting, one channel, its places shuffled, and the Gram matrix of both.")

# %% [markdown]
# The shuffled channel looks like noise, and $G$ has not moved. At `relu1_1` a place has seen 3×3 pixels, so
# all that this layer remembers of the order of things is what lies within 3 pixels. A place at `relu5_1`
# has seen more than a hundred (lesson 6). We shall take several layers: each remembers arrangements of its
# own size.
#
# ## How far two styles are apart
#
# Let $A$ be the Gram matrix of the painting's features, $G$ that of our canvas at the same layer, both
# $(C, C)$. Gatys and his colleagues measure
#
# $$E = \frac{1}{4 N^2 M^2} \sum_{i,j} \left(G_{ij} - A_{ij}\right)^2$$
#
# where $N$ is the number of channels, our $C$. (In the paper $F$ is lying on its side, $N \times M$; our
# tables are standing, and so some formulas here are the paper's transposed.) A painting of another size has
# $M_s$ places instead of $M$, and its sums grow with them. Then $A$ has to be multiplied by $M / M_s$
# first. Forget it, and a large painting asks a small canvas for an impossible amount of paint.
#
# ## The derivative, entry by entry
#
# Begin with one place and two channels, $F = (a, b)$, and without the fraction in front. With $D = G - A$,
# whose entries are $D_{11} = a^2 - A_{11}$, $D_{12} = D_{21} = ab - A_{12}$, $D_{22} = b^2 - A_{22}$:
#
# $$L = \tfrac12 \sum_{i,j} D_{ij}^2 = \tfrac12 \left(D_{11}^2 + 2 D_{12}^2 + D_{22}^2\right), \qquad
# \frac{\partial L}{\partial a} = D_{11} \cdot 2a + 2 D_{12} \cdot b = 2\,(D_{11} a + D_{12} b)$$
#
# School calculus, and there is a 2 in both terms, for two different reasons: on the diagonal $a^2$ has the
# derivative $2a$; beside it $ab$ stands in $G$ twice. In general $F_{mk}$ occurs in row $k$ of $G$ and in
# column $k$:
#
# $$\frac{\partial L}{\partial F_{mk}} = \sum_{i,j} D_{ij} \frac{\partial G_{ij}}{\partial F_{mk}}
# = \sum_j D_{kj} F_{mj} + \sum_i D_{ik} F_{mi} = 2 \sum_j F_{mj} D_{jk}$$
#
# The last step uses that $D$ is symmetric. As matrices, $\partial L / \partial F = 2\,F D$ with the shapes
# $(M, C)\,(C, C) \to (M, C)$.
#
# ## The factor that went missing
#
# A lecture that covers the same ground shortens the loss to $L = \tfrac12 \sum (X - A)^2$, where $X$ is the
# Gram matrix, and gives $\partial L / \partial F = F^\top (X - A)$, in our layout $F (X - A)$. That looks
# right: half a square has the derivative of the thing squared, and the factor $F$ comes from the inside. We
# have a checker since lesson 4. Let it decide.

# %%
rng = np.random.default_rng(1)
F, P = rng.standard_normal((6, 3)), rng.standard_normal((6, 3))  # (M, C) each


def as_in_the_lecture(F):
    D = F.T @ F - P.T @ P
    return (D**2).sum() / 2, F @ D


def as_derived_above(F):
    D = F.T @ F - P.T @ P
    return (D**2).sum() / 2, 2 * F @ D


wrong, right = check_loss(as_in_the_lecture, F), check_loss(as_derived_above, F)
print(wrong)
print(right)
tell("differences divided by the lecture's gradient", wrong["F"].differences / wrong["F"].backward)
tell("relative error with the 2", right.error, below=1e-6)

# %% [markdown]
# Exactly 2. Nobody was careless with $\tfrac12 z^2$; what got lost is that $G = F^\top F$ contains $F$
# *twice*. Would you have seen it in a painting? Hardly: with half of the style's gradient one paints the
# picture that belongs to half of the style's weight, and it is a fine picture. Such mistakes live for
# years. Only a number finds them.
#
# Now put the fraction back. $\frac{1}{4 N^2 M^2}$ is $\tfrac12$ times $\frac{1}{2 N^2 M^2}$, so
#
# $$\frac{\partial E}{\partial F} = \frac{1}{2 N^2 M^2} \cdot 2\,F D = \frac{F\,(G - A)}{N^2 M^2}$$
#
# That is what the 4 is for: it waits for the 2 of the square and the 2 of the Gram matrix. (The paper adds
# that the derivative is 0 where $F$ is not above 0. That is the ReLU before $F$; our network's backward
# pass sees to it, lesson 5.)


# %%
def style_error(F, A, places):
    """E and its derivative for F (M, C); A (C, C) was summed over so many places of the painting."""
    m, n = F.shape  # the paper's M and N
    D = gram(F) - A * (m / places)
    return (D**2).sum() / (4 * n**2 * m**2), F @ D / (n**2 * m**2)


report = check_loss(lambda F: style_error(F, P.T @ P, places=24), F)
tell("relative error of the style's gradient", report.error, below=1e-6)

# %% [markdown]
# ## Through the network, back to the pixels
#
# A canvas $x$ goes through the network up to the last layer that we want. At each layer
# $\partial E / \partial F$ is a seed for the way back, and the seeds add up as they are met (lesson 5).
# Layers speak with very different loudness. The paper gives each the weight $\tfrac15$ all the same; we
# divide $E$ by what it is for a layer that answers nothing, $F = 0$, so that every layer's term is a
# relative error: 1 for silence, 0 at the goal.


# %%
def style_objective(painting, layers):
    targets = {}
    for layer, y in net.forward(net.preprocess(painting), taps=layers).items():
        P = y.reshape(-1, y.shape[-1])
        A = gram(P)
        targets[layer] = A, len(P), style_error(np.zeros_like(P), A, len(P))[0]

    def objective(x):  # (H, W, 3) → the loss and its gradient (H, W, 3)
        loss, seeds = 0, {}
        for layer, y in net.forward(x[None], taps=layers).items():
            A, places, silence = targets[layer]
            E, dF = style_error(y.reshape(-1, y.shape[-1]), A, places)
            loss += E / silence
            seeds[layer] = (dF / silence).reshape(y.shape)
        return loss, net.backward(seeds)[0]

    return objective


# %% [markdown]
# ## A texture from the first layer
#
# Noise, and downhill with L-BFGS, as in lesson 7; only the objective is another one. The noise is faint,
# for what no layer sees stays in the picture. And the canvas is 4 pixels wider on every side than the part
# that we keep, since at its edge a network sees half a picture only. So canvas and painting differ in size,
# and $M / M_s$ is needed.


# %%
def grow(layers, iterations=50):
    """A canvas grown from noise until its Gram matrices are the painting's; also the loss on the way."""
    values = np.random.default_rng(2015).normal(127.5, 10, (104, 136, 3)).astype(np.float32)
    start, losses = net.preprocessing.from_values(values), []
    method, objective = LBFGS(history=10), style_objective(painting, layers)
    result = method.run(objective, start, iterations, lambda step: losses.append(step.value))
    return net.deprocess(result.canvas)[4:-4, 4:-4], losses


first, losses = grow(layers[:1])
tell("relu1_1: loss after 50 iterations", losses[-1], below=0.01)

# %% [markdown]
# What will one layer, which looks at 3×3 pixels, make of these swirls? What will the second add, and the
# fifth? Guess first.

# %%
grown, curve = [first], {"relu1_1": losses}
for depth in range(2, 6):
    picture, curve[f"to {layers[depth - 1]}"] = grow(layers[:depth])
    grown.append(picture)
tell("loss up to relu5_1 after 50 iterations", curve["to relu5_1"][-1], below=1)

# %%
labels = ["the painting", "relu1_1 alone", *(f"up to {layer}" for layer in layers[1:])]
cells = [(enlarged(p, 2), label) for p, label in zip([painting, *grown], labels, strict=True)]
sheet = beside(cells[:3], cells[3:], side=288)
show("08-textures", sheet, "Noise grown into textures with the painting's Gram matrices, layer after layer.")

# %%
lines = {name: (range(1, 51), values) for name, values in curve.items()}
sheet = curves(lines, "iteration", "loss", log=(False, True))
show(
    "08-losses", sheet, "The loss falls fast with one layer, and more slowly with every layer that is added."
)

# %% [markdown]
# These are the style reconstructions of figure 1 of Gatys, Ecker & Bethge (2015), in small. `relu1_1`
# alone brings the colours, in grains of its own size. With `relu2_1` the grains become short strokes,
# with `relu3_1` longer ones that lie side by side. With `relu4_1` and `relu5_1` they bend around
# something, as the painting's do. Yet strokes are not where they were: no layer was asked where the
# swirl's eye is, and another noise grows into another picture of the same manner. The painting's content
# is gone, its manner is left. This is the separation that the next lesson needs. For a painting of your
# own: `python -m nst texture painting.jpg -o texture.png`.
#
# Three things that go wrong easily. Multiply places with places instead of channels with channels,
# $F F^\top$: a matrix of $M \times M$ numbers that remembers every place. Use `reshape(C, -1)` on an array
# (H, W, C): it cuts the same row of numbers at other points and mixes channels with places. Forget
# $M / M_s$ for a painting of another size. The exercises' checker knows all three.
#
# ## Summary
#
# - Style is what is left when the places are forgotten; shuffling the rows of $F$ leaves $G = F^\top F$
#   alone.
# - $G_{ij}$ says how much channels $i$ and $j$ answer at the same places, $G_{ii}$ how much $i$ answers in
#   all.
# - $E = \sum (G - A)^2 / (4 N^2 M^2)$ and $\partial E / \partial F = F (G - A) / (N^2 M^2)$. $F$ stands in
#   $G$ twice, and a formula that forgot it was found by finite differences.
# - Textures are grown from noise until their Gram matrices are the painting's. Each layer adds forms of its
#   size.
#
# ## Exercises
#
# - **8.1** `gram`: the Gram matrix of an activation (H, W, C).
# - **8.2** `gram_backward`: from any gradient for $G$, symmetric or not, back to $F$.
# - **8.3** `style_loss`: $E$, for a painting of another size too.
# - **8.4** `style_gradient`: its derivative, with nothing missing.
# - **8.5** `style_terms`: several layers with weights, and the seeds for the way back.
#
# `python -m lessons check 8` looks at your answers; `--hint` helps when you are stuck.
