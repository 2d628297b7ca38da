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
# # 9. The painting
#
# **Goal.** All parts come together: a photograph's content, a painting's style, a canvas that is pulled
# towards both. You will know what each number does to the picture, and at the end you will paint one of
# your own.
#
# ## Two wishes in one number
#
# In lesson 7 a canvas was moved until its features at one layer were the photo's. In lesson 8 another one
# was moved until its Gram matrices were the painting's. Gatys, Ecker & Bethge (2015) ask for both at once:
#
# $$L = \alpha\, L_{\text{content}} + \beta\, L_{\text{style}}, \qquad L_{\text{style}} = \sum_l w_l E_l$$
#
# where $\alpha$ and $\beta$ are two numbers of our choice and $w_l$ is the weight of style layer $l$, one
# fifth for each of five. The derivative is the sum of the derivatives, with the same weights in front.
# Nothing else is new.
#
# What is such a compromise like? Take a canvas of a single number $x$. The content wants it to be 2, the
# style wants 5: $L = \alpha (x - 2)^2 + \beta (x - 5)^2$. Setting the derivative
# $2\alpha(x - 2) + 2\beta(x - 5)$ to 0 gives
#
# $$x = \frac{2\alpha + 5\beta}{\alpha + \beta}$$
#
# Where is that for $\alpha/\beta = 1$, for $\tfrac19$ and for 9? The cell, which also brings the tools,
# will tell.

# %%
import numpy as np

from lessons.blackboard import show, tell
from lessons.drawing import beside, curves, enlarged
from minicnn import zoo
from nst.demo.painting import painting as draw_painting
from nst.demo.photograph import photograph
from nst.demo.sketch import sketch
from nst.demo.watercolour import watercolour
from nst.lbfgs import LBFGS
from nst.losses import Content, GramStyle
from nst.objective import Objective, Part
from nst.optimizers import GradientDescent
from nst.settings import make
from nst.sizes import resize
from nst.transfer import Transfer

alpha, beta = np.array([1.0, 1, 9]), np.array([1.0, 9, 1])
tell("x for a ratio of 1, 1/9 and 9", (2 * alpha + 5 * beta) / (alpha + beta))

# %% [markdown]
# Halfway, near the style, near the content. Only the ratio $\alpha/\beta$ matters: doubling both changes
# nothing.
#
# If content and style pulled at the same thing, every painting would be such a halfway house, half photo
# and half painting, like two slides on one screen. The discovery of 2015 is that they hardly do. What
# `relu4_2` knows of a house is much the same whether its walls are plastered or made of strokes; and a Gram
# matrix does not care where the strokes are. There is room for both.
#
# ## In which units?
#
# $\alpha/\beta$ means something only if we say how the two are measured. In the paper's form,
# $\tfrac12 \sum (F - P)^2$ and $E_l$, they differ by powers of ten, and so the ratios in its figure 3 run
# from $10^{-5}$ to $10^{-2}$. We measure in the **relative form**, as in lesson 8: each term is divided by
# what it is when the layer is silent,
#
# $$L_{\text{content}} = \frac{\sum (F - P)^2}{\sum P^2}, \qquad
# E_l = \frac{\sum (G/M - A/M_s)^2}{\sum (A/M_s)^2}$$
#
# so that 1 is as wrong as nothing at all, 0 is perfect, and a ratio means the same for every network and
# size. Here is the whole objective. The losses and the walk through the network are those of lessons 7 and
# 8, taken from the library now. New is the list of parts: what is measured, at which layer, and with what
# weight.

# %%
photo, painting = photograph(256), draw_painting(256)  # uint8 (H, W, 3) = (192, 256, 3)
small, small_painting = resize(photo, (96, 128)), resize(painting, (96, 128))
net = zoo.pocket()
style_layers = [f"relu{block}_1" for block in range(1, 6)]


def features(picture, layer):
    """F (M, C) of a picture at a layer."""
    y = net.forward(net.preprocess(picture), taps=[layer])[layer]
    return y.reshape(-1, y.shape[-1])


alpha, beta = 0.03, 1.0
parts = [Part("content", alpha, Content(features(small, "relu4_2")), "relu4_2")]
parts += [Part(layer, beta / 5, GramStyle(features(small_painting, layer)), layer) for layer in style_layers]
objective = Objective(net, parts)
canvas = net.preprocess(small)[0]  # (H, W, 3)
value, gradient = objective(canvas)
tell("content error of the photo", objective.terms["content"], below=1e-9)
print("its style errors:", {layer: f"{objective.terms[layer]:.2f}" for layer in style_layers})

# %% [markdown]
# The photo's content error is 0, for it is its own content. Its style errors are what the run has to bring
# down.
#
# ## How does it get down?
#
# Gradient descent, $x \leftarrow x - \eta\,\partial L/\partial x$, needs a learning rate. Lesson 7 found
# the best one for a bowl: $\eta = 1/a$, where $a$ is how much the slope changes when $x$ changes by 1. And
# $a$ can be had from two slopes. Take $\tfrac12 \cdot 6\,(x - 4)^2$. At $x = 1$ its slope is $-18$, at
# $x = 2$ it is $-12$. So $a = 6$, and from $x = 2$ the bottom is $12/6 = 2$ further on, at 4. Nobody had to
# choose a rate.
#
# For a canvas $a$ is a table, with an entry for every pair of numbers on it: how much the slope along the
# one changes when the other changes by 1.

# %%
tell("numbers on the canvas", canvas.size)
tell("entries of the table", canvas.size**2)

# %% [markdown]
# Nobody keeps that. **L-BFGS** (Nocedal 1980, Liu and Nocedal 1989) keeps the last ten steps, and by how
# much each of them changed the slope: ten samples of the table, taken where the canvas has just been.
# From them it guesses the next step. We use it as a tool, as in lessons 7 and 8; a step costs as much as
# one of gradient descent, or a little more.
#
# Below, gradient descent gets three learning rates. Where will L-BFGS end among them after 30 iterations?


# %%
def losses_of(method, iterations=30):
    """The loss after each iteration; a run that flies off is stopped."""
    values = []
    method.run(objective, canvas, iterations, lambda step: values.append(step.value) or step.value > 2)
    return values


runs = {f"eta = {rate}": losses_of(GradientDescent(rate)) for rate in (100, 700, 5000)}
best = min(values[-1] for values in runs.values())
runs["L-BFGS"] = losses_of(LBFGS(history=10))
tell("loss of L-BFGS divided by that of the best descent", runs["L-BFGS"][-1] / best, below=1)

# %%
lines = {name: (range(1, len(values) + 1), values) for name, values in runs.items()}
sheet = curves(lines, "iteration", "loss", log=(False, True))
show("09-descent", sheet, "The loss of gradient descent with three rates, and of L-BFGS, which ends lowest.")

# %% [markdown]
# A rate that is too small creeps. One that is too large may begin best of all, and then leaps about or
# flies off. The right one lies between, and is another one for every picture. L-BFGS was given none.
#
# From here on the library's `Transfer` does what the cells above did, so that we can look at many pictures.
# It measures one thing better: the small network learnt to predict VGG19's features from its own, and
# `Transfer` compares these predictions. `scales=1` keeps it to one size; larger pictures it paints from
# coarse to fine.


# %%
def painted(painting=painting, **options):
    """The photo in the manner of a painting, and what its terms were at the end."""
    settings = make(network="pocket", **{"scales": 1, "size": 128, "iterations": 40, **options})
    transfer = Transfer(photo, [painting], settings, net)
    return transfer.run(), transfer.objective.terms


# %% [markdown]
# ## Where to begin
#
# The loss does not say where the canvas starts. The paper starts from **white noise**: every number is
# drawn on its own, evenly from 0 to 255. One may as well start from the photo; or from a mix, here nine
# parts of noise to one of the photo. A run ends long before it has reached the deepest valley, so the start
# can be seen in the result. Which of the three results will have most of the photo left?
#
# Noise begins at half the size, `scales=(64,)`, to find the large forms first; the photo has them already.

# %%
starts = {"photo": "the photo", "noise": "white noise", "mix": "0.9 noise + 0.1 photo"}
above = [(enlarged(painted(start=start, iterations=0)[0], 2), name) for start, name in starts.items()]
below = []
for start, name in starts.items():
    scales = 1 if start == "photo" else (64,)
    picture, _ = painted(start=start, scales=scales, iterations=45, content_weight=0.15)
    below.append((enlarged(picture, 2), f"from {name}"))
sheet = beside(above, below, side=256)
show("09-starts", sheet, "Three first canvases, and what 45 iterations make of each.")

# %% [markdown]
# From the photo the drawing stays, and paint is laid over it. From noise everything has to be found anew:
# the photo's light and dark are there, its houses hardly, and swirls come up where the photo leaves them
# room. Another seed gives another picture. With more pixels and more iterations the photo comes through
# better.
#
# ## Content against style
#
# Now the ratio. A lecture on this method shows $\alpha/\beta$ = 0.15, 0.05, 0.02 and 0.007. In the relative
# form these numbers make sense; in the paper's they would all be on the photo's side. $\beta$ stays 1.

# %%
row, errors = [], []
for ratio in (0.15, 0.05, 0.02, 0.007):
    picture, terms = painted(size=144, iterations=50, content_weight=ratio)
    row.append((enlarged(picture, 2), f"alpha/beta = {ratio}"))
    errors.append(terms["content relu4_2"])
sheet = beside(row[:2], row[2:], side=288)
show("09-balance", sheet, "The same photo and painting, with less and less weight for the content.")
tell("times that a smaller ratio made a larger content error", np.sum(np.diff(errors) > 0))

# %% [markdown]
# At 0.15 the windows still stand in their rows. On the way to 0.007 walls dissolve into strokes, the light
# turns into rings, and the water moves. Nothing breaks anywhere: it is a matter of taste, and the number is
# yours to turn.
#
# ## The grid
#
# Figure 3 of the paper turns two things at once. From row to row more layers count for the style, from
# column to column the content weighs more. The paper starts from noise and takes its time; we start from
# the photo, which shows the same sooner. What do you expect in the top row, where style is `relu1_1` alone?

# %%
rows = []
for depth in (1, 3, 5):
    chosen, row = dict.fromkeys(style_layers[:depth], 1), []
    for ratio in (0.005, 0.1, 2):
        picture, _ = painted(size=112, iterations=24, style_layers=chosen, content_weight=ratio)
        row.append((enlarged(picture, 2), f"to {style_layers[depth - 1]}, {ratio}"))
    rows.append(row)
sheet = beside(*rows, side=224)
show("09-grid", sheet, "Rows: style up to relu1_1, relu3_1, relu5_1. Columns: alpha/beta from 0.005 to 2.")

# %% [markdown]
# The top row has the painting's colours and none of its strokes. Further down the forms of the style grow,
# as they did in lesson 8. To the right the photo comes back, and to the left it drowns, the more so the
# further down.
#
# ## Other hands
#
# A style need not be oil. A sketch has lines, hatching and bare paper, a watercolour has washes; their Gram
# matrices know it. These lines are thin, so this canvas is larger.

# %%
others = {"a sketch": sketch(288), "a watercolour": watercolour(288)}
above, below = [(picture, name) for name, picture in others.items()], []
for style, name in above:
    picture, _ = painted(style, size=192, iterations=25, content_weight=0.02)
    below.append((enlarged(picture, 2), f"the photo as {name}"))
sheet = beside(above, below, side=288)
show("09-hands", sheet, "A sketch, a watercolour, and the photo in the manner of each.")

# %% [markdown]
# ## Your own
#
# You have all there is to it. Take a photograph and a painting, two files, and write
#
# ```sh
# python -m nst paint photo.jpg painting.jpg -o mine.png --size 384
# ```
#
# If it is not yet what you had in mind, you know what to turn: `--content-weight 0.01` for more painting,
# `--start noise` for a freer hand, `--style-layers relu1_1,relu2_1,relu3_1` for the style's smaller forms
# alone, `--style-scale 2` for broader strokes. With VGG19's own weights
# (`python -m minicnn.weights fetch vgg19`) it paints better and takes longer. `python -m nst demo` paints
# the pictures of this lesson in large.
#
# When a painting goes wrong, it is mostly one of these. From noise only mush: the noise lay between 0 and
# 1, where pictures lie between 0 and 255. The photo hardly changes: $\alpha$ and $\beta$ are exchanged. One
# term has no effect: where two terms look at the same layer, the second gradient has overwritten the first
# instead of being added to it. The exercises have all three.
#
# ## Summary
#
# - $L = \alpha L_{\text{content}} + \beta L_{\text{style}}$. Only $\alpha/\beta$ counts, and it has a
#   meaning only together with the form of the losses; in the relative form a term is 0 at its goal and 1 at
#   silence.
# - L-BFGS learns from its last steps how the slope changes, and needs no learning rate.
# - Start, layers and ratio are the painter's choices. The photo keeps the drawing, noise frees it; deeper
#   style layers bring larger forms; a smaller ratio brings more paint.
#
# ## Exercises
#
# - **9.1** `mixed_start`: the first canvas, from noise and photo.
# - **9.2** `total_loss`: content and style in one number.
# - **9.3** `relative_content`: the content loss without units, and its derivative.
# - **9.4** `join`: all terms of a loss and their seeds, added where they meet.
# - **9.5** `for_scipy`: a picture as a vector, so that SciPy's L-BFGS can paint it.
#
# `python -m lessons check 9` looks at your answers. With them, those of the earlier lessons and a network,
# you have written a painter yourself.
