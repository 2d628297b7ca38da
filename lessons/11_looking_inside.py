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
# # 11. Looking inside
#
# **Goal.** A unit of `relu4_1` answers to something in a patch 68 pixels wide. To what? And a layer
# describes a picture with so many numbers. Which picture? You will build the two instruments with which
# people first looked into networks: one carries a single answer back to the pixels, the other finds a
# picture for a description.
#
# ## The way back, but not as a gradient
#
# In lesson 6 we put patches side by side that excite the same unit, and guessed what they have in common.
# Zeiler and Fergus (2013) wanted to see it. They keep one answer of a layer, set all others to 0 and walk
# back to the picture. Each layer is undone as well as it can be:
#
# - **Convolution.** Each answer sends its value times its filter back to its window, and what overlaps is
#   added. You know this: it is the backward pass of lesson 5. The filters are *transposed*, inputs for
#   outputs. Biases are left out.
# - **Max pooling.** Of four numbers one was passed on; the other three cannot be known. But on the way
#   forward one can note the winner's place, the **switch**. On the way back the value goes there, and 0 to
#   the rest. That is **unpooling**.
# - **ReLU.** Here they do something new. Forward, a ReLU lets nothing negative through. So they let nothing
#   negative through on the way back either: $dx = \max(dy, 0)$. That is called to **rectify**.
#
# The last rule is not the derivative. A derivative asks where $x$ was positive; this asks where what comes
# back is. Such a walk is called a **deconvnet** (a deconvolutional network), and what arrives is a
# projection: not how the answer would change, but which pattern in the picture it was made of.
#
# With a pencil. One pixel, $x = 5$. Two filters with weights 1 and 2 make $(5, 10)$; ReLU keeps both; the
# next filter weighs them with 3 and $-1$ and answers $15 - 10 = 5$. What does the gradient say, for an
# answer of 5 instead of 1? $(3 \cdot 5, -1 \cdot 5) = (15, -5)$, both came from positive numbers, so
# $15 \cdot 1 - 5 \cdot 2 = 5$. And the deconvnet?

# %%
import numpy as np

from lessons.blackboard import show, tell
from lessons.drawing import beside, enlarged, numbers
from lessons.scene import scene
from minicnn import ops, zoo
from minicnn.deconvnet import Deconvnet
from minicnn.distill.pictures import draw
from minicnn.gradcheck import check_loss
from minicnn.layers import ReLU
from nst import look
from nst.lbfgs import LBFGS
from nst.losses import AlphaNorm, Content, TotalVariation
from nst.objective import Objective, Part
from nst.settings import Look

first, second = np.array([1.0, 2.0]), np.array([3.0, -1.0])
hidden = np.maximum(5 * first, 0)
answer = max(hidden @ second, 0)
back = answer * second
tell("the answer", answer)
tell("back by the gradient", np.where(hidden > 0, back, 0) @ first)
tell("back by a deconvnet", np.maximum(back, 0) @ first)

x = np.array([[1.0, 3, 2, 4], [5, 7, 6, 8], [0, 0, 4, 4], [6, 6, 0, 0]])
y, switches = ops.max_pool(x[None, :, :, None])  # (1, 2, 2, 1) each; a switch is 2i + j
undone = ops.unpool(y, switches, (1, 4, 4, 1))[0, :, :, 0]
tell("switches of lesson 3's example", switches[0, :, :, 0])
tell("unpooled", undone)
named = {"x": x, "maxima": y[0, :, :, 0], "switches": switches[0, :, :, 0], "unpooled": undone}
sheet = beside([(numbers(a, side=224 // len(a)), name) for name, a in named.items()], side=226)
show("11-switches", sheet, "Max pooling with switches, and what unpooling can bring back with their help.")

# %% [markdown]
# The deconvnet says 15. It drops the part that had worked *against* the answer, and so shows what spoke for
# it.
#
# The whole walk is short. Below it is beside the library's, which computes only the part that the answer
# can see (its receptive field) and so gives back a small picture and its place.

# %%
net = zoo.pocket(pooling="max")  # it learnt with averages, but with those there are no switches
photo = scene(144, 192)
x = net.preprocess(photo)


def deconvolved(layers, x, row, column, channel):
    for layer in layers:
        x = layer.forward(x)  # each keeps what its way back needs
    y = np.zeros_like(x)
    y[0, row, column, channel] = x[0, row, column, channel]
    for layer in reversed(layers):
        y = np.maximum(y, 0) if isinstance(layer, ReLU) else layer.backward(y)
    return y[0]


library = Deconvnet(net, "relu3_1")
answers = library.forward(x)[0]  # (h, w, C)
inner = answers[3:-3, 3:-3]  # nearer to the edge the field would stick out
row, column, channel = (int(i) for i in np.unravel_index(inner.argmax(), inner.shape) + np.array([3, 3, 0]))
projection, place = library.project(row, column, channel)
ours = deconvolved(library.layers, x, row, column, channel)
gap = np.abs(ours[place] - projection).max() / np.abs(projection).max()
tell("ours and the library's", gap, below=1e-4)
tell("rows and columns of the projection", projection.shape[:2])
outside = np.abs(ours).sum() - np.abs(ours[place]).sum()
tell("what lies outside of the field", outside / np.abs(ours).sum(), below=1e-4)

# %% [markdown]
# ## What excites them
#
# Now for all layers. We take a dozen pictures and of each layer the two channels with the loudest answers;
# of each channel the six places where it answers most. Above you see the projections, grey where nothing
# comes back, below each the patch that it comes from. Look first at the patches and guess, then at the
# projections.

# %%
layers = [f"relu{block}_1" for block in range(1, 6)]
pictures = [photo, *(draw((11, number), 128) for number in range(11))]


def column_of(sight, side=84):
    """A projection and its patch, both about `side` pixels wide."""
    times = max(1, round(side / len(sight.patch)))
    return enlarged(look.shown(sight.projection, net.preprocessing), times), enlarged(sight.patch, times)


rows = []
for layer in layers:
    found = look.sights(net, layer, pictures, Look(layer=layer, strongest=2, places=6))
    columns = [column_of(sight) for sights in found.values() for sight in sights]
    names = [f"{layer}, {unit}" if number == 0 else "" for unit in found for number in range(6)]
    rows += [[(above, "") for above, _ in columns], list(zip((b for _, b in columns), names, strict=True))]
sheet = beside(*rows, side=84)
show("11-units", sheet, "Of five layers two units each: six projections, and below them the patches.")

# %% [markdown]
# This is figure 2 of Zeiler and Fergus, in small. At `relu1_1` the projection is the filter, in six copies:
# one layer has nothing to choose from. At `relu2_1` edges and corners stand out. From `relu3_1` on the six
# projections of a unit differ, because each has switches of its own, and yet they are of one family: that
# is what the unit answers to. And they leave out most of the patch; a unit that is content with an edge
# does not care what else is there. At `relu5_1` the lines of whole things may shine through, of a house or
# a face. Does one unit know all that?
#
# ## How far to trust it
#
# Hardly. Is the pattern the unit's, or the picture's? Both. Without the switches, which come from this very
# picture, the projection loses its lines. We test that with averages in place of maxima. An average has no
# switches; as a stand-in everything is shared in quarters. Beside it the true gradient, which Simonyan,
# Vedaldi and Zisserman (2013) looked at in the same year.

# %%
spot = (row, column, channel)
tiles = [(photo[place], "the patch"), (look.shown(projection, net.preprocessing), "deconvnet")]
seed = np.zeros((1, *answers.shape), np.float32)
seed[(0, *spot)] = 1
net.forward(x, taps=["relu3_1"])
gradient = net.backward({"relu3_1": seed})[0][place]
tiles.append((look.shown(gradient, net.preprocessing), "gradient"))
averaging = Deconvnet(zoo.pocket(pooling="avg"), "relu3_1")
averaging.forward(x)
soft = averaging.project(*spot)[0]
tiles.append((look.shown(soft, net.preprocessing), "with averages"))
sheet = beside([(enlarged(picture, 10), name) for picture, name in tiles], side=240)
show("11-three", sheet, "One answer at relu3_1, carried back in three ways.")


def roughness(picture):
    """The mean step between neighbours, beside the mean size."""
    steps = np.abs(np.diff(picture, axis=0)).mean() + np.abs(np.diff(picture, axis=1)).mean()
    return steps / np.abs(picture).mean()


tell("whether switches make it rougher", roughness(projection) > roughness(soft))

# %% [markdown]
# So a projection shows what in *this* picture made the unit answer, seen through switches that the whole
# picture set. It is evidence, and no portrait of the unit.
#
# ## A picture for a description
#
# The second instrument is lesson 7's, grown up. There a photo was rebuilt from one layer's features, and
# from deep layers came grain: among the many pictures with these features, descent takes the first. Most of
# them look like nothing. So Mahendran and Vedaldi (2014) added to the loss what every picture has in
# common, a **prior** $R(x)$ (knowledge from before):
#
# $$L = \frac{\sum (F - P)^2}{\sum P^2} + \lambda R(x)$$
#
# with $\lambda$ (lambda), a number that says how much it counts. They used two. The first: neighbours are
# alike. At each pixel and channel take the step to the right, $x_{r,s+1,c} - x_{r,s,c}$, and the step down;
# a step out of the picture counts as 0. Call them $u$ and $w$. Then the **total variation** is
#
# $$R = \sum_{r,s,c} \left(u^2 + w^2\right)^{\beta/2}, \qquad
# \frac{\partial R}{\partial u} = \beta \left(u^2 + w^2\right)^{\beta/2 - 1} u$$
#
# and likewise for $w$: the chain rule with $u^2 + w^2$ in between. With steps $u = 3$, $w = 4$ a pixel
# costs 25 for $\beta = 2$ and 5 for $\beta = 1$. A pixel is the start of its own two steps and the end of
# two others. When it grows, its own steps shrink and the others grow, so its gradient is what arrives minus
# what leaves. In a corner of three pixels, 0 with 3 to its right and 4 below, and $\beta = 2$, the slopes
# are $2u = 6$ and $2w = 8$: the 0 gets $-14$, the 3 gets 6, the 4 gets 8.
#
# The second prior: no colour is far from the mean colour, 0 in the network's input. With $\rho$ (rho) a
# pixel's distance from it, $\rho^2 = \sum_c x_{r,s,c}^2$, the **$\alpha$-norm** is
#
# $$R = \sum_{r,s} \rho^{\alpha}, \qquad
# \frac{\partial R}{\partial x_{r,s,c}} = \alpha \, \rho^{\alpha - 2} \, x_{r,s,c}$$
#
# For $\alpha = 6$ it is almost flat for usual colours and a steep wall around them. (Neither $\alpha$ nor
# $\beta$ has to do with lesson 9's.) With a pencil: the pixel $(3, 4, 0)$ has $\rho = 5$. What are value
# and gradient for $\alpha = 4$?

# %%
value, slope = AlphaNorm(4)(np.array([[[3.0, 4, 0]]]))
tell("alpha-norm of one pixel", value)
tell("gradient of the alpha-norm", slope[0, 0])
corner = np.array([[0.0, 3], [4, 0]])[:, :, None]  # inner: only the pixel that has both its steps
for beta in (1, 2):
    value, slope = TotalVariation("power", beta, inner=True)(corner)
    tell(f"total variation for beta = {beta}", value)
tell("its gradient for beta = 2", slope[:, :, 0])
rng = np.random.default_rng(11)
report = check_loss(TotalVariation("power", 2.5), rng.random((4, 5, 3)))
tell("error of its gradient for beta = 2.5", report.error, below=1e-6)

# %% [markdown]
# ## What survives
#
# The library measures both priors on values of 0 to 1 and takes means, so that $\lambda$ is a handy number.
# Five layers, without a prior and with the first one, $\lambda = 5$ and $\beta = 2$, from grey with faint
# noise. Where will the prior change least?

# %%
small = scene(72, 96)
seen = net.preprocess(small)
unit = 255 * net.preprocessing.scale / np.array(net.preprocessing.std)  # 1 in values of 0 to 1, as x has it
PRIORS = {"smooth": TotalVariation("power", 2, unit, mean=True), "tame": AlphaNorm(6, unit, mean=True)}
soft_net = zoo.pocket()  # average pooling, as for painting


def rebuilt(layer, steps=40, **weights):
    """The picture (H, W, 3) that a layer's features and priors of these weights lead to."""
    P = soft_net.forward(seen, taps=[layer])[layer]
    parts = [Part("content", 1.0, Content(P.reshape(-1, P.shape[-1])), layer)]
    parts += [Part(name, weight, PRIORS[name]) for name, weight in weights.items()]
    objective = Objective(soft_net, parts)
    values = np.random.default_rng(0).normal(127.5, 10, small.shape).astype(np.float32)
    canvas = LBFGS(history=10).run(objective, net.preprocessing.from_values(values), steps).canvas
    return net.preprocessing.to_values(canvas)


def shown(values):
    return enlarged(np.clip(np.rint(values), 0, 255).astype(np.uint8), 2)


plain = {layer: rebuilt(layer) for layer in layers}
smooth = {layer: rebuilt(layer, smooth=5) for layer in layers}
rows = [
    [(shown(found[layer]), f"{layer}{how}") for layer in layers]
    for found, how in ((plain, ""), (smooth, ", smooth"))
]
show("11-inversions", beside(*rows, side=192), "The photo from five layers, without a prior and with one.")


def distance(values):
    return np.sqrt(((values - small) ** 2).mean())


far = {how: [distance(found[layer]) for layer in layers] for how, found in (("none", plain), ("tv", smooth))}
for how, distances in far.items():
    print(f"colours differ from the photo's, prior {how}:", *(f"{d:.0f}" for d in distances))
calmer = [roughness(smooth[layer]) < roughness(plain[layer]) for layer in layers[1:]]
tell("layers from relu2_1 on that the prior makes smoother", sum(calmer))
tell("deep layers whose colours come nearer to the photo's", sum(np.less(far["tv"][3:], far["none"][3:])))
tell("whether relu5_1 ends further away than relu1_1", far["tv"][4] > far["tv"][0])

# %% [markdown]
# Neither row was shown the photo, only its features; and yet from the deep layers the second comes out
# closer to it in colour than the first. The prior fills what the layer left open with what pictures usually
# have there: nothing much. What now remains is what the layer itself knows. At `relu1_1` and `relu2_1`
# everything. At `relu3_1` all things and their colours, edges a little loose. At `relu4_1` the house, the
# tree and the light stand where they stood, with soft outlines. At `relu5_1` you see *that* something is
# there, and roughly what. With VGG19 itself and larger pictures one sees this more clearly still.
#
# How much to ask of the prior? Too little leaves the grain, and too much makes fog. The second prior takes
# out glaring colours and leaves the grain as it is.

# %%
last = layers[-1]
row = [(shown(rebuilt(last, smooth=weight)), f"smooth, {weight:g}") for weight in (0.5, 50, 2000)]
row.append((shown(rebuilt(last, tame=10)), "tame, 10"))
show("11-lambda", beside(row, side=192), "From relu5_1: three weights for smoothness, and the other prior.")

# %% [markdown]
# The two instruments answer different questions. A deconvnet shows what one unit took from one picture. An
# inversion shows what all units of a layer together still hold. And both are honest only if one says what
# was put in by hand: switches there, a prior here.
#
# For pictures of your own:
#
# ```sh
# python -m nst look photo.jpg --layer relu3_1 --strongest 9 -o units.png
# python -m nst look photo.jpg --layer relu4_1 --unit 7 -o unit.png  # channel 7, wherever it answers
# python -m nst reconstruct photo.jpg --layer relu5_1 --prior tv -o seen.png
# ```
#
# ## Summary
#
# - A deconvnet carries one answer back: transposed filters, switches, and at each ReLU $\max(dy, 0)$. It is
#   not the gradient.
# - Its projection shows what in this picture excited the unit.
# - Inversion: content error plus $\lambda R(x)$. Total variation asks for smooth pictures, the
#   $\alpha$-norm for usual colours.
# - Shallow layers hold the pixels; deep ones what is where; a prior must not be mistaken for knowledge of
#   the layer.
#
# ## Exercises
#
# Write them in your folder's `11_looking_inside.py`, then `python -m lessons check 11`.
#
# - **11.1** `unpool`: each maximum back to its place.
# - **11.2** `deconvolve`: one answer, all the way back.
# - **11.3** `total_variation`: value and gradient.
# - **11.4** `alpha_norm`: value and gradient.
