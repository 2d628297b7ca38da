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
# # 14. Train your own eyes
#
# **Goal.** Every network on this road came to you with its weights. Now you make such weights yourself. A
# network that begins as noise learns what to see, here and now, in less than half a minute; and then it
# paints. With that nothing is left that you have to take on trust.
#
# ## The other half of the gradient
#
# In lessons 7 to 9 the weights stood still and the canvas moved:
# $x \leftarrow x - \eta\, \partial L/\partial x$. Turn it round. Let the pictures stand still, and let the
# weights move:
#
# $$w \leftarrow w - \eta\, \frac{\partial L}{\partial w},
# \qquad b \leftarrow b - \eta\, \frac{\partial L}{\partial b}$$
#
# In lesson 5 you derived $dw$ and $db$ beside $dx$, for dense layers and convolutions, and have thrown them
# away ever since. They are all that learning needs.
#
# Take a pencil. A network of one weight answers $y = w x$. It sees $x = (1, 2, 3)$ and should say
# $T = (2, 4, 7)$; the loss is $L = \tfrac12 \sum (w x - T)^2$. Then $dw = \sum (w x - T)\, x$. Begin at
# $w = 0$: $dw = -(2 + 8 + 21) = -31$. How steep is it? If $w$ grows by 1, $dw$ grows by $\sum x^2 = 14$. So
# lesson 7's best rate is $\eta = 1/14$, and one step leads to $w = 31/14$. Is that the bottom?

# %%
import numpy as np

from lessons.blackboard import show, tell
from lessons.drawing import beside, curves, enlarged, grey
from minicnn import zoo
from minicnn.distill.pictures import draw
from minicnn.layers import AvgPool2D, Conv2D, ReLU
from minicnn.network import Network
from minicnn.optim import Adam
from minicnn.parallel import blas_single_threaded
from nst.demo.painting import painting as draw_painting
from nst.demo.photograph import photograph
from nst.losses import GramStyle
from nst.settings import make
from nst.transfer import Transfer

x, T, w = np.array([1.0, 2, 3]), np.array([2.0, 4, 7]), 0.0
tell("dw at w = 0", ((w * x - T) * x).sum())
w = w - ((w * x - T) * x).sum() / (x**2).sum()
tell("w after one step", w)
tell("dw there", ((w * x - T) * x).sum(), below=1e-12)

# %% [markdown]
# It is, as far as one weight can take it: the error is not 0, but no other $w$ makes it smaller.
#
# ## A teacher
#
# What shall our network learn to say? VGG19 learnt from 1.2 million photographs with names, for weeks.
# There is a shorter way: let a network that can see already be the **teacher**, show both the same
# pictures, and ask the **pupil** to answer as the teacher does. This is called **distillation** (Hinton,
# Vinyals & Dean 2015; Romero and others compared layers inside the networks, as we shall, in the same
# year). No names are needed. The pocket network learnt in this way from VGG19, and now it is the teacher
# itself.
#
# The pupil has one convolution a block where the teacher has two or four, and fewer channels. Its layers
# bear the teacher's names where they are to agree.

# %%
taps = ["relu1_1", "relu2_1", "relu3_1", "relu4_1"]
teacher = zoo.pocket(until="relu4_1")


def new_pupil(seed, widths=(12, 24, 48, 96)):
    rng, layers, c = np.random.default_rng(seed), [], 3
    for block, k in enumerate(widths, start=1):
        if block > 1:
            layers.append(AvgPool2D(name=f"pool{block - 1}"))
        layers.append(Conv2D(c, k, edges="reflect", name=f"conv{block}_1", rng=rng))
        layers.append(ReLU(name=f"relu{block}_1"))
        c = k
    return Network(layers, preprocessing=teacher.preprocessing)


def parameters(network):
    return sum(value.size for layer in network for value in layer.params.values())


pupil = new_pupil(seed=14)
tell("parameters of the pupil", parameters(pupil))
print(f"those of its teacher, as far: {parameters(teacher)}")

# %% [markdown]
# ## Reading the pupil's answers
#
# At `relu1_1` the teacher has 16 channels and the pupil 12. They cannot be compared entry by entry, and
# they need not be: the pupil may see the same things in another mixture. So we ask how well the teacher's
# features can be *foretold* from the pupil's. With $F$ for the pupil's table $(M, c)$ and $T$ for the
# teacher's $(M, k)$, a **read-out** $R$ is a table $(c, k)$, and
#
# $$L = \sum (F R - T)^2$$
#
# should be small. Which $R$ is best? $R$ is a dense layer's weight (lesson 5), so with $D = F R - T$ its
# gradient is $2 F^\top D$. At the bottom it is 0:
#
# $$F^\top (F R - T) = 0 \qquad\Rightarrow\qquad R = (F^\top F)^{-1} F^\top T$$
#
# This is **least squares**, known since Legendre and Gauss. For one channel it says $\sum F T / \sum F^2$,
# which was our $31/14$. And look what stands there to be inverted (lesson 12): the Gram matrix. Should two
# channels always answer alike, nothing can tell them apart and it has no inverse; so a small number
# $\lambda$ is added to its diagonal. In code, `np.linalg.solve(a, b)` is $a^{-1} b$.
#
# The teacher's layers speak with different loudness. We divide its answers at each tap by one number, so
# that all are about 1 in size: then one learning rate will do for all read-outs.


# %%
def table(y):
    return y.reshape(-1, y.shape[-1])


def fit_readout(F, T, share=1e-4):
    gram = F.T @ F
    ridge = share * np.trace(gram) / len(gram)  # λ
    return np.linalg.solve(gram + ridge * np.eye(len(gram), dtype=F.dtype), F.T @ T)


def as_input(pictures):
    return teacher.preprocessing.from_values(pictures.astype(np.float32))  # (N, H, W, 3)


pictures = np.stack([draw((14, number), 96) for number in range(40)])  # (40, 96, 96, 3)
unseen = as_input(np.stack([draw((15, number), 64) for number in range(8)]))
sample = as_input(pictures[::2, 16:80, 16:80])
loudness = {t: np.sqrt((y**2).mean()) for t, y in teacher.forward(sample, taps).items()}


def answers(x):
    """The teacher's, at each tap divided by one number, so that they are about 1 in size."""
    return {t: y / loudness[t] for t, y in teacher.forward(x, taps).items()}


def errors(pupil, readouts, x):
    """Σ(FR − T)² / ΣT² at each tap: 0 is the teacher, 1 as wrong as silence."""
    F, T = pupil.forward(x, taps), answers(x)
    return np.array(
        [((table(F[t]) @ readouts[t] - table(T[t])) ** 2).sum() / (T[t] ** 2).sum() for t in taps]
    )


with blas_single_threaded():
    F, T = pupil.forward(sample, taps), answers(sample)
    readouts = {t: fit_readout(table(F[t]), table(T[t])) for t in taps}
    untrained = errors(pupil, readouts, unseen)
tell("errors of the untrained pupil", untrained, below=1)

# %% [markdown]
# The pictures come from the program that drew those from which the pocket network learnt. The eight by
# which we judge are shown to nobody in training: a pupil may know its lessons by heart and still understand
# nothing.
#
# And how good noise is already! Random filters are edges of a kind, too, and a good read-out makes the most
# of them. But the deeper the layer, the less can be read from it.
#
# ## The gradients that learning needs
#
# Every tap's error is divided by the teacher's size, $\lVert T \rVert^2 = \sum T^2$, so that each layer has
# the same say. With $D = F R - T$:
#
# $$L = \sum_{\text{taps}} \frac{\sum D^2}{\lVert T \rVert^2},
# \qquad \frac{\partial L}{\partial F} = \frac{2\, D R^\top}{\lVert T \rVert^2},
# \qquad \frac{\partial L}{\partial R} = \frac{2\, F^\top D}{\lVert T \rVert^2}$$
#
# Both are lesson 5's dense layer, once for its input and once for its weights. $\partial L/\partial F$ is a
# seed; the backward pass carries it down, and every convolution that it comes through puts its $dw$ and
# $db$ into `layer.grads`. The gradient for the picture is not asked for.


# %%
def loss_and_seeds(F, T, readouts):
    """L, {tap: ∂L/∂F} and {tap: ∂L/∂R}."""
    loss, seeds, slopes = 0.0, {}, {}
    for t in F:
        f, r = table(F[t]), readouts[t]
        D, size = f @ r - table(T[t]), (T[t] ** 2).sum()
        loss += (D**2).sum() / size
        D *= 2 / size
        seeds[t], slopes[t] = (D @ r.T).reshape(F[t].shape), f.T @ D
    return loss, seeds, slopes


# %% [markdown]
# Right? Lesson 4's judge works on weights as on pixels. In `float64` we move all weights and biases at once
# along a random direction $v$, by $\pm h v$, and compare.

# %%
exact = new_pupil(seed=14).astype("float64")
few = unseen[:1].astype("float64")
wanted = {t: y.astype("float64") for t, y in answers(unseen[:1]).items()}
sharp = {t: r.astype("float64") for t, r in readouts.items()}
F = exact.forward(few, taps)
exact.zero_grads()
exact.backward(loss_and_seeds(F, wanted, sharp)[1], input_gradient=False)
rng, h = np.random.default_rng(4), 1e-6
params = [(layer, name) for layer in exact for name in layer.params]
direction = [rng.standard_normal(layer.params[name].shape) for layer, name in params]
claimed = sum((v * layer.grads[name]).sum() for v, (layer, name) in zip(direction, params, strict=True))


def moved(by):
    for v, (layer, name) in zip(direction, params, strict=True):
        layer.params[name] = layer.params[name] + by * v
    return loss_and_seeds(exact.forward(few, taps), wanted, sharp)[0]


above, below = moved(h), moved(-2 * h)
measured = (above - below) / (2 * h)
tell("relative error of dw and db", abs(claimed - measured) / abs(measured), below=1e-4)

# %% [markdown]
# ## Learning
#
# The loss should be small on all pictures. To walk through all of them for one step would be a waste: the
# slope on a few pictures points nearly the same way. So each step takes a **batch**, here eight squares of
# 48 × 48 pixels cut out anywhere. Each slope is a little wrong, each time differently, and over many steps
# that averages out; this is called **stochastic** gradient descent. The optimiser is lesson 10's Adam,
# which gives each weight a rate of its own. The rate rises to 0.01 in the first ten steps, which would
# otherwise be wild, and then falls, so that the last ones no longer jump about. The read-outs learn along:
# for Adam, anything that has `params` and `grads` is a layer.


# %%
class Readout:
    def __init__(self, matrix):
        self.params, self.grads = {"matrix": matrix}, {}


def some_crops(rng, count=8, side=48):
    crops = []
    for n in rng.integers(len(pictures), size=count):
        top, left = rng.integers(96 - side + 1, size=2)
        crops.append(pictures[n, top : top + side, left : left + side, :: rng.choice((1, -1))])
    return as_input(np.stack(crops))  # some of them mirrored


def train(pupil, readouts, steps, rate=0.01, seed=0):
    """{step: errors on unseen pictures}; the pupil and the read-outs learn."""
    outs = {t: Readout(readouts[t].copy()) for t in taps}
    layers = [layer for layer in pupil if layer.params]
    optimiser = Adam([*layers, *outs.values()], betas=(0.9, 0.99))
    rng, history = np.random.default_rng(seed), {}
    for step in range(steps + 1):
        matrices = {t: out.params["matrix"] for t, out in outs.items()}
        if step % 25 == 0:
            history[step] = errors(pupil, matrices, unseen)
        x = some_crops(rng)
        F, T = pupil.forward(x, taps), answers(x)
        _, seeds, slopes = loss_and_seeds(F, T, matrices)
        pupil.zero_grads()
        pupil.backward(seeds, input_gradient=False)
        for t, out in outs.items():
            out.grads["matrix"] = slopes[t]
        optimiser.rate = rate * min(1, (step + 1) / 10) * (1 - 0.9 * step / steps)
        optimiser.step()
    return history, {t: out.params["matrix"] for t, out in outs.items()}


noise = new_pupil(seed=14)  # to compare with later
with blas_single_threaded():
    history, learnt = train(pupil, readouts, steps=250)
    trained = errors(pupil, learnt, unseen)
for t, before, after in zip(taps, untrained, trained, strict=True):
    print(f"{t}: error {before:.2f} before, {after:.2f} after")
tell("error after training, share of that before", trained / untrained, below=1)
lines = {t: (list(history), [found[n] for found in history.values()]) for n, t in enumerate(taps)}
sheet = curves(lines, "step", "error on unseen pictures")
show("14-errors", sheet, "How far the pupil is from its teacher, on pictures that it does not learn from.")

# %% [markdown]
# The curves fall together, steeply at first. Most steps of a long training go into the slow part on the
# right; with ten thousand steps, more pictures and more layers this becomes the pocket network. Had we
# plotted the error on the pictures that it learns from, it would lie a little lower; a wide gap between the
# two would be a warning that the pupil learns by heart.
#
# What has it learnt? Take one channel of the teacher's `relu3_1`, the one that varies most over a
# photograph. How well do noise and the trained pupil foretell it?

# %%
photo, painting = photograph(192), draw_painting(192)  # (144, 192, 3)
x = as_input(photo[None])
T = answers(x)["relu3_1"]
channel = T[0].std(axis=(0, 1)).argmax()
most = T[0, :, :, channel].max()
cells = []
for label, network, read in [("before", noise, readouts), ("after", pupil, learnt)]:
    F = network.forward(x, ["relu3_1"])["relu3_1"]
    told = (table(F) @ read["relu3_1"])[:, channel].reshape(T.shape[1:3])
    cells.append((enlarged(grey(np.maximum(told, 0) ** 0.5, 0, most**0.5), 6), f"foretold, {label} training"))
cells.append((enlarged(grey(T[0, :, :, channel] ** 0.5, 0, most**0.5), 6), "the teacher's own"))
sheet = beside(cells, side=288)
show("14-channel", sheet, "One channel of relu3_1, foretold by the pupil, and the teacher's.")

# %% [markdown]
# From noise one can foretell hardly more than that there is something about; the trained pupil says where
# the outlines are. Nobody handed it the teacher's filters. It was given answers, and found filters of its own
# that lead to them. (Do not look for beauty in those of its first layer: in 250 steps they have moved a
# little way from where chance had put them. The clean edges of lesson 1 come with long training.)
#
# ## The loop closed
#
# Now the pupil is a network like any other, and the losses of lesson 9 take it as it is. Once more the
# photograph and the painting of `nst demo`: painted by the pupil before it learnt, by the same network
# after those few seconds, and by its teacher. Style is measured at the four taps and content at `relu3_1`,
# through the read-outs. Then the teacher judges: at its own taps, how far is each picture's style from the
# painting's?

# %%
settings = make(
    network="pocket",
    scales=1,
    size=192,
    iterations=40,
    style_layers=dict.fromkeys(taps, 1),
    content_layers={"relu3_1": 1},
    content_weight=0.03,
)


def painted(network, readouts):
    network.freeze()
    network.readouts = readouts
    return Transfer(photo, [painting], settings, network).run()


def style_error(picture):
    """The mean over the taps of the relative style error, as the teacher sees it."""
    F, A = (teacher.forward(as_input(p[None]), taps) for p in (picture, painting))
    return np.mean([GramStyle(table(A[t]))(table(F[t]))[0] for t in taps])


canvases = {
    "the photograph": photo,
    "untrained": painted(noise, readouts),
    "trained here": painted(pupil, learnt),
}
canvases["the pocket network"] = painted(zoo.pocket(until="relu4_1"), {})
judged = {name: style_error(picture) for name, picture in canvases.items()}
for name, error in judged.items():
    print(f"style error of {name}: {error:.3f}")
share = judged["trained here"] / judged["untrained"]
tell("style error when trained, share of that when not", share, below=1)
cells = [(enlarged(picture, 2), name) for name, picture in canvases.items()]
sheet = beside(cells[:2], cells[2:], side=384)
show(
    "14-painted",
    sheet,
    "The photograph, painted with noise for eyes, with eyes trained here, by the teacher.",
)

# %% [markdown]
# Look at the sky. With noise for eyes it is a rash of coloured dots: colours are right, since any filters
# see colours, and the strokes are not, since nothing in the network tells a stroke from scattered points.
# (That random networks can paint at all was a surprise; He, Wang and Hopcroft reported it in 2016.) With
# the trained eyes dots have joined into strokes. The teacher's strokes are longer and bend together: it has
# seen more, and through more layers.
#
# And so the road ends where it could have begun. You have written a convolution and its derivative, and
# know that it is right. You know why a painting's manner is a table of products. You can make it fast. And
# the weights that did this last picture were made here, by arithmetic that you could do with a pencil, if
# you had the time. The pocket network was made in the same way, with VGG19 for a teacher as far as
# `relu5_1`, hundreds of pictures, Gram matrices in its loss, and more patience:
# `python -m minicnn.distill --help`.
#
# ## Summary
#
# - Learning is descent in the weights: $w \leftarrow w - \eta\, \partial L/\partial w$, with the $dw$ and
#   $db$ of lesson 5.
# - A read-out $R$ makes two networks comparable; the best is $(F^\top F + \lambda 1)^{-1} F^\top T$.
# - $L = \sum (F R - T)^2 / \sum T^2$ has $\partial L/\partial F = 2 D R^\top / \sum T^2$ and
#   $\partial L/\partial R = 2 F^\top D / \sum T^2$.
# - Each step takes a small batch. Judge on pictures that nobody learnt from.
# - Weights trained here paint: better than noise, not as well as their teacher.
#
# ## Exercises
#
# Write them in your folder's `14_train_your_own_eyes.py`, then `python -m lessons check 14`.
#
# - **14.1** `weight_gradients`: what a layer's weights should do.
# - **14.2** `fit_readout`: least squares, also where channels are alike.
# - **14.3** `match`: pupil and teacher, with both gradients.
# - **14.4** `learn`: stochastic gradient descent.
