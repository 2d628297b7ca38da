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
# # 7. Content
#
# **Goal.** A network looks at a photograph. Hide the photograph, keep only what one layer answered, and let
# a new picture grow out of noise until that layer answers the same. What comes back is what the layer knew.
# On the way you will compare two pictures as a layer sees them, carry the difference back to the pixels,
# and walk downhill with a learning rate.
#
# ## Two tables
#
# Show the network a picture. What a layer puts out, $(h, w, C)$, we write as a table: a row for each of its
# $M = h \cdot w$ places, a column for each of its $C$ channels. Its entries are called **features**. Call
# the table $P$ for the photograph and $F$ for the **canvas**, the picture that we are making; both are
# $(M, C)$, and $F_{mi}$ is what channel $i$ answers at place $m$. (In the papers $F$ lies on its side, with
# a row for each channel. Ours is how the arrays lie.)
#
# How far is the canvas from the photograph, seen from this layer? Gatys, Ecker & Bethge (2015) take half
# the sum of all squared differences, the **content loss**:
#
# $$L = \frac12 \sum_{m=1}^{M} \sum_{i=1}^{C} (F_{mi} - P_{mi})^2$$
#
# It is 0 where every unit answers to the canvas as it does to the photograph. With a pencil:
#
# $$F = \begin{pmatrix} 1 & 2 \\ 0 & 3 \end{pmatrix}, \qquad
# P = \begin{pmatrix} 1 & 0 \\ 2 & 3 \end{pmatrix}, \qquad L = \tfrac12 (0^2 + 2^2 + (-2)^2 + 0^2) = 4$$
#
# And the derivative? The entry $F_{mi}$ stands in one term of the sum, so only that one counts:
# $\tfrac12 \cdot 2 \, (F_{mi} - P_{mi})$. The 2 that comes down from the square meets the ½, which was put
# there for that very reason:
#
# $$\frac{\partial L}{\partial F} = F - P, \qquad (M, C)$$
#
# The gradient is the difference itself. The usual slips are a factor of 2 or ½, the mean instead of the
# sum, and $P - F$, which is the gradient for the photograph. The paper's formula has a second line, 0 where
# $F < 0$. That is ReLU's share; our layers' backward passes bring it along, and we leave it out here. The
# checker of lesson 4 may say whether we are right.

# %%
import numpy as np

from lessons.blackboard import show, tell
from lessons.drawing import beside, curves, enlarged, numbers
from lessons.scene import scene
from minicnn import zoo
from minicnn.gradcheck import check_loss
from nst.lbfgs import LBFGS


def content_loss(F, P):
    dF = F - P
    return 0.5 * (dF**2).sum(), dF


F, P = np.array([[1.0, 2], [0, 3]]), np.array([[1.0, 0], [2, 3]])
L, slope = content_loss(F, P)
tell("L of the small tables", L)
tell("its gradient", slope)
print(check_loss(lambda F: content_loss(F, P), F, name="content loss"))
tables = {"F, of the canvas": F, "P, of the photograph": P, "F - P, the gradient": slope}
sheet = beside([(numbers(table, side=90), name) for name, table in tables.items()], side=240)
show("07-tables", sheet, "Features of the canvas, of the photograph, and their difference: the gradient.")

# %% [markdown]
# ## Back to the pixels
#
# We cannot change features, only pixels. But the features depend on the pixels, by way of layers that you
# know: lesson 5's backward passes carry a gradient from any layer's output to its input. So $F - P$ is the
# **seed**: put in behind the chosen layer and carried back through all layers below, it arrives at the
# picture as $\partial L/\partial x$, where $x$ is the canvas, (1, H, W, 3). Three lines do it: forward,
# compare, backward. The weights do not change any more. It is the picture that learns.

# %%
names = ["relu1_1", "relu2_1", "relu3_1", "relu4_1", "relu5_1"]
net = zoo.pocket()
photo = scene(96, 128)
seen = net.preprocess(photo)  # (1, H, W, 3)


def objective(net, layer, seen):
    y = net.forward(seen, taps=[layer])[layer]  # what the layer answers to the photograph
    P = y.reshape(-1, y.shape[-1])  # (M, C)

    def loss_and_gradient(x):
        y = net.forward(x, taps=[layer])[layer]  # (1, h, w, C)
        L, dF = content_loss(y.reshape(P.shape), P)
        return L, net.backward({layer: dF.reshape(y.shape)})  # (1, H, W, 3)

    return loss_and_gradient


# %% [markdown]
# Is it right, with thirteen convolutions in between? We ask as in lesson 4: in float64, along a random
# direction $v$, is the gradient's share along $v$ what the loss says,
# $\big(L(x + \varepsilon v) - L(x - \varepsilon v)\big) / 2 \varepsilon$?

# %%
rng = np.random.default_rng(7)
exact = zoo.pocket().astype("float64")
noise = net.preprocessing.from_values(rng.uniform(0, 255, (1, 96, 128, 3)))  # float64
v, eps = rng.standard_normal(noise.shape), 1e-7  # small: of so many ReLUs some are near their kink
loss_and_gradient = objective(exact, "relu5_1", seen.astype("float64"))
along = (loss_and_gradient(noise + eps * v)[0] - loss_and_gradient(noise - eps * v)[0]) / (2 * eps)
share = (loss_and_gradient(noise)[1] * v).sum()
tell("relative error of the gradient", abs(share - along) / abs(along), below=1e-5)

# %% [markdown]
# ## Downhill
#
# A gradient points to where the loss grows fastest. So we take a little of it *off*, and again, and again:
#
# $$x \leftarrow x - \eta \, \frac{\partial L}{\partial x}$$
#
# This is **gradient descent**, and $\eta$ (eta, a positive number) is the **learning rate**. How large
# should it be? Take a loss of one number, a bowl with its bottom at 3: $L = \tfrac12 a (x - 3)^2$. The
# number $a$ says how **steep** it is: the gradient is $a (x - 3)$, so $a$ is how much the gradient changes
# when $x$ changes by 1. A step makes
#
# $$x - 3 \;\leftarrow\; (x - 3) - \eta a (x - 3) = (1 - \eta a)(x - 3)$$
#
# Each step multiplies the distance from the bottom by the same number. Below, $a = 1$ and $x$ starts at 0.
# What will happen with $\eta = 0.1$, with 1, with 1.9, with 2.1? Decide before you look.

# %%
paths = {}
for eta in (0.1, 1.0, 1.9, 2.1):
    x = [0.0]
    for _ in range(20):
        x.append(x[-1] - eta * (x[-1] - 3))
    paths[f"rate {eta:g}"] = (range(21), x)
    tell(f"x after 20 steps with rate {eta:g}", x[-1])
show("07-bowl", curves(paths, "step", "x"), "Four learning rates in the same bowl, whose bottom is at 3.")

# %% [markdown]
# Too small, and it creeps. With $\eta = 1/a$ it arrives in one step. Larger, and it leaps over the bottom;
# beyond $2/a$ it lands higher than it was, each time. So it arrives only if $|1 - \eta a| < 1$, that is
#
# $$0 < \eta < \frac{2}{a}$$
#
# A canvas has not one number but thousands, and it is steep along some directions and nearly flat along
# others. The steepest direction sets the limit for $\eta$, and the flat ones then have to creep. Let the
# steepest have $a = 100$ and another one $a = 1$. Then $\eta = 1/100$ leaves 99 hundredths of the distance
# along the second after each step. How many steps until one hundredth is left? Solve $0.99^n = 0.01$.

# %%
tell("steps until one hundredth is left", np.ceil(np.log(0.01) / np.log(0.99)))

# %% [markdown]
# ## How steep is it here?
#
# We can measure the steepest $a$ at the goal, the photograph itself. There the gradient is 0. Go a little
# way along some direction $v$, and the gradient that you find there is how much it changed: what is steep
# in $v$ comes out magnified most. Scale it to length 1, take it for the next $v$, and repeat. Soon only the
# steepest direction is left, and the length that comes out is its $a$.

# %%
loss_and_gradient = objective(net, "relu1_1", seen)
v = rng.standard_normal(seen.shape).astype(np.float32)
for _ in range(12):
    v = loss_and_gradient(seen + v / np.sqrt((v**2).sum()))[1]
a = np.sqrt((v**2).sum())
print(f"a of relu1_1 along the steepest direction: {a:.1f}")

# %% [markdown]
# Now we let noise become the photograph at `relu1_1`, with four rates, from much too small to too large. As
# a measure that one can read we divide the loss by what it is for $F = 0$, which is $\tfrac12 \sum P^2$.
# Then 0 is the photograph, and 1 as far off as no features at all.

# %%
none = 0.5 * (net.forward(seen, taps=["relu1_1"])["relu1_1"] ** 2).sum()
paths = {}
for share in (0.02, 0.2, 1.0, 5.0):
    x, errors = noise.astype(np.float32), []
    for _ in range(40):
        L, dx = loss_and_gradient(x)
        errors.append(L / none)
        if errors[-1] > 100:
            break
        x = x - np.float32(share / a) * dx
    paths[f"{share:g}/a"] = (range(len(errors)), errors)
    print(f"rate {share / a:.4f}: error {errors[0]:.2f} to {errors[-1]:.2g} in {len(errors)} steps")
tell("error with rate 1/a", paths["1/a"][1][-1], below=0.1)
sheet = curves(paths, "step", "error at relu1_1", log=(False, True))
show("07-rates", sheet, "From noise to the photograph with four learning rates; the largest flies off.")

# %% [markdown]
# As the bowl foretold: too small, better, good, and beyond all bounds. But the pixels' landscape is no
# bowl, as ReLUs bend it, so $2/a$ is a guide and not a law. A careful program watches: if a step would not
# make the loss smaller, it halves $\eta$ and tries again. You will write that in exercise 7.4.
#
# ## What each layer keeps
#
# For deeper layers gradient descent is a long walk, for their steepest and flattest directions differ far
# more. From here on we use **L-BFGS** (Liu and Nocedal 1989). It remembers its last ten steps and how the
# gradient changed along each of them: that is $a$ again, for ten directions. So it can give each of them a
# rate of its own. The library has it in `nst/lbfgs.py`; you hand it the same `loss_and_gradient`.
#
# We start from grey with faint noise on it, and rebuild the photograph five times: each time from one
# layer's features alone. What will be gone first: colour, sharpness, or the place of things?


# %%
def rebuilt(layer, seed, steps=60):
    values = np.random.default_rng(seed).normal(127.5, 10, (1, *photo.shape)).astype(np.float32)
    start = net.preprocessing.from_values(values)
    result = LBFGS(history=10).run(objective(net, layer, seen), start, steps)
    return result.value, net.preprocessing.to_values(result.canvas)[0]  # colours from 0 to 255, unrounded


found = {}
for name in names:
    L, values = rebuilt(name, seed=0)
    y = net.forward(seen, taps=[name])[name]
    found[name] = values
    error = 2 * L / (y**2).sum()
    print(f"{name}: {y.size} features, {(y > 0).mean():.0%} of them above 0; error {error:.1e}")
distances = [np.sqrt(((values - photo) ** 2).mean()) for values in found.values()]
print("colours differ from the photograph's by", *(f"{distance:.1f}" for distance in distances))
tell("times that a deeper layer was further off", int(np.sum(np.diff(distances) > 0)))
tell("numbers in the canvas", photo.size)

# %%
cells = [(enlarged(photo, 2), "the photograph")]
for name, values in found.items():
    cells.append((enlarged(np.clip(np.rint(values), 0, 255).astype(np.uint8), 2), f"from {name}"))
sheet = beside(cells[:3], cells[3:], side=300)
show("07-layers", sheet, "The photograph, and pictures that five layers can hardly tell from it.")

# %% [markdown]
# These are the content reconstructions of figure 1 in Gatys, Ecker & Bethge (2015), made with your own
# three lines. Every picture satisfies its layer, as the small errors say, and yet their colours move
# further and further from the photograph's. From `relu1_1` it comes back so well that you will hardly
# find a difference. From `relu2_1` and `relu3_1` the house stands where it stood, with a grain in the
# colours. At `relu4_1` walls and windows run into each other, though each colour is still about where it
# was; at `relu5_1` colours come loose and outlines bend and break. What stays longest is the arrangement:
# something upright with a bright front on the left, a light on the right, water below.
#
# Why? Count. The canvas has 36,864 numbers. `relu1_1` answers with five times as many, so nothing needs to
# go. `relu5_1` has a third as many as the canvas: different pictures *must* share the same features. And a
# feature that is 0 behind a ReLU says less than others, only that the sum before it was not positive.
#
# So for a deep layer there is not one right canvas but a whole landscape of them, and the descent ends at
# the first one that it comes to. Directions that the layer does not see have gradient 0; along them nothing
# moves, and the noise of the start remains. That is part of the grain. The network did not paint it, and
# nobody asked it to take it away.
#
# ## Two answers to one question
#
# If that is so, another noise should lead to another picture, with as small an error.

# %%
L, other = rebuilt("relu4_1", seed=1)
one = found["relu4_1"]
tell("colours of the two differ by", np.sqrt(((one - other) ** 2).mean()), within=0.5)
pictures = {"from one noise": one, "from another": other, "the mean of both": (one + other) / 2}
tiles = [(enlarged(np.clip(np.rint(p), 0, 255).astype(np.uint8), 2), label) for label, p in pictures.items()]
sheet = beside(tiles, side=300)
show("07-two", sheet, "Two pictures with nearly the same features at relu4_1, and their mean.")

# %% [markdown]
# The layer can hardly tell the two apart; you can. What they have in common is what it knows. In their
# mean, which was never shown to the network, what was only chance is weaker.
#
# Mahendran and Vedaldi (2015), who rebuilt pictures in this way before, asked in the loss for smooth
# pictures as well, and got cleaner ones from deep layers. Gatys and his colleagues left the noise, and so
# do we: it shows honestly what is not known.
#
# And now think of painters. They keep what is where and change colours, strokes, every pixel. The deep
# layers keep just that and leave everything else open. This openness is what lesson 8 fills with style.
# Gatys took `relu4_2` for the content, and our program does too.
#
# To see it with VGG19, write `zoo.build("vgg19", weights="FILE", edges="reflect", until="relu5_1")` for
# `zoo.pocket()`; or take a photograph of your own:
# `python -m nst reconstruct photo.jpg --layer relu4_2 -o out.png`.
#
# ## Summary
#
# - A layer's output as a table $(M, C)$: $F$ for the canvas, $P$ for the photograph.
# - Content loss $L = \frac12 \sum (F - P)^2$, gradient $\partial L/\partial F = F - P$; the network's
#   backward pass carries it to the pixels.
# - Gradient descent $x \leftarrow x - \eta \, \partial L/\partial x$ arrives if $0 < \eta < 2/a$, with $a$
#   of the steepest direction; flat directions then take long. L-BFGS learns the steepness on its way.
# - A shallow layer gives the photograph back; a deep one what is where. What a layer does not see stays as
#   it was at the start.
#
# ## Exercises
#
# Write them in your folder's `07_content.py`, then `python -m lessons check 7`.
#
# - **7.1** `content_loss`: value and gradient, for two tables.
# - **7.2** `loss_and_gradient`: back to the pixels, from several layers at once.
# - **7.3** `descend`: gradient descent.
# - **7.4** `careful_step`: halve the rate until the loss falls.
