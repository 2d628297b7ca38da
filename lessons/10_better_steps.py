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
# # 10. Better steps
#
# **Goal.** Since lesson 7 a tool called L-BFGS has painted our pictures, and gradient descent could not
# keep up. Now you open it. You will see why gradient descent crawls, help it with momentum and with Adam,
# and write L-BFGS in thirty lines that keep up with SciPy's.
#
# ## A long valley
#
# We write $g$ for the gradient $\partial L/\partial x$. Take a bowl over two numbers, steep along one of
# them and flat along the other:
#
# $$L = \tfrac12 \left(a_1 x_1^2 + a_2 x_2^2\right), \qquad g = (a_1 x_1, \; a_2 x_2), \qquad
# a_1 = 1, \; a_2 = 9$$
#
# It is lesson 7's bowl twice, so a step $x \leftarrow x - \eta g$ multiplies $x_1$ by $1 - \eta$ and $x_2$
# by $1 - 9\eta$. A small $\eta$ makes $x_1$ crawl; with $\eta > 2/9$, $x_2$ flies off. The best rate makes
# both shrink alike: $1 - \eta = -(1 - 9\eta)$, so $\eta = 2/(a_1 + a_2) = \tfrac15$ and the factor is
# $\tfrac45$.
#
# With a pencil: start at $(9, 1)$. There $g = (9, 9)$; it points at the opposite wall, although the bottom
# lies far down the valley. The step leads to $(9 - \tfrac95, \; 1 - \tfrac95) = (7.2, -0.8)$: hardly nearer
# to the bottom, and on the other wall. What matters is how much steeper the steepest direction is than the
# flattest, $\kappa = a_2/a_1$ (kappa). Then the best factor is
#
# $$\frac{a_2 - a_1}{a_2 + a_1} = \frac{\kappa - 1}{\kappa + 1}$$
#
# For $\kappa = 9$ that is $\tfrac45$. For $\kappa = 1000$? Estimate how many steps leave one hundredth of
# the way.

# %%
import time

import numpy as np

from lessons.blackboard import show, tell
from lessons.drawing import curves
from minicnn import zoo
from nst.demo.painting import painting as draw_painting
from nst.demo.photograph import photograph
from nst.losses import Content, GramStyle
from nst.objective import Objective, Part
from nst.scipy_lbfgs import ScipyLBFGS
from nst.sizes import resize


def bowl(T):
    """L = ½ x·T·x and its gradient, for a table T of curvatures."""
    return lambda x: (0.5 * x @ T @ x, T @ x)


def descent(rate):
    return lambda x, g, n, kept: x - rate * g


def walk(objective, step, x, steps):
    """Every x on the way; `step(x, g, n, kept)` makes the next one, and may keep things in a dict."""
    path, kept = [x], {}
    for n in range(steps):
        path.append(step(path[-1], objective(path[-1])[1], n, kept))
    return np.array(path)


valley, start = np.diag([1.0, 9.0]), np.array([9.0, 1.0])
path = walk(bowl(valley), descent(1 / 5), start, 20)
tell("x after one step", path[1])
for kappa in (9, 1000):
    steps = np.ceil(np.log(0.01) / np.log((kappa - 1) / (kappa + 1)))
    tell(f"steps until one hundredth is left, kappa = {kappa}", steps)

# %% [markdown]
# ## What if we knew the curvature?
#
# How much the slope changes on the way is called **curvature**. Along one direction it is the number $a$.
# Over many numbers it is lesson 9's table: its entry in row $i$, column $j$ says by how much $g_i$ changes
# when $x_j$ grows by 1. Call it $T$ (elsewhere it is named after Hesse). In a bowl with its bottom at $b$
# the gradient is $g = T(x - b)$, a table times a list: $g_i = \sum_j T_{ij} (x_j - b_j)$. Turn that round,
# with the inverse table, for which $T^{-1} T$ changes nothing:
#
# $$b = x - T^{-1} g$$
#
# This is **Newton's step**. In lesson 9 it was $12/6$, slope by curvature; here a table stands below. In
# our valley $T^{-1} = \begin{pmatrix} 1 & 0 \\ 0 & 1/9 \end{pmatrix}$, so from $(9, 1)$ the step is
# $T^{-1} g = (9, 1)$, and we are there. Nobody chose a rate.
#
# ## Momentum
#
# Without the table one can still do better. Look at the zigzag: across the valley one gradient says left
# and the next says right, along it all say the same. So add them up. What alternates cancels, what agrees
# grows, like a ball that rolls (Polyak 1964). With a **velocity** $v$ that begins at 0 and a number $\mu$
# (mu) a little below 1, by which old gradients fade:
#
# $$v \leftarrow \mu v + g, \qquad x \leftarrow x - \eta v$$
#
# If $g$ stays the same, $v$ grows towards $g + \mu g + \mu^2 g + \dots = g/(1 - \mu)$: with $\mu = 0.9$ ten
# gradients at once.


# %%
def momentum(rate, mu=0.9):
    def step(x, g, n, kept):
        kept["v"] = mu * kept.get("v", 0) + g
        return x - rate * kept["v"]

    return step


newton = walk(bowl(valley), lambda x, g, n, kept: x - np.linalg.inv(valley) @ g, start, 1)
tell("Newton's step arrives at", newton[-1])
rolling = walk(bowl(valley), momentum(0.1, 0.6), start, 20)
paths = {"descent": path, "momentum": rolling, "Newton": newton}
lines = {name: (p[:, 0], p[:, 1]) for name, p in paths.items()}
sheet = curves(lines, "x1: flat", "x2: steep", size=(900, 420))
show("10-valley", sheet, "Three ways down a valley from (9, 1): a zigzag, a rolling ball, one step.")

# %% [markdown]
# ## A rate for every number
#
# **Adam** (Kingma & Ba 2014) also keeps a fading mean of gradients, $m$, and beside it one of their
# squares, $s$, entry by entry. Both begin at 0. At step $n = 1, 2, 3, \dots$
#
# $$m \leftarrow \beta_1 m + (1 - \beta_1) g, \quad s \leftarrow \beta_2 s + (1 - \beta_2) g^2, \quad
# x \leftarrow x - \eta \, \frac{\hat m}{\sqrt{\hat s} + \varepsilon}, \quad
# \hat m = \frac{m}{1 - \beta_1^n}, \; \hat s = \frac{s}{1 - \beta_2^n}$$
#
# $\beta_1 = 0.9$ and $\beta_2 = 0.99$ are the paper's letters (no kin of lesson 9's),
# $\varepsilon = 10^{-8}$ only prevents a division by 0. The hats make up for the start at 0. Try the first
# step: $m = 0.1\,g$, $\hat m = g$, likewise $\hat s = g^2$. So every entry moves by $\eta$, up or down,
# whatever the size of its gradient. Entries that are always steep get small steps, flat ones large steps.
# That is Newton's idea with a table that has a diagonal only.
#
# And if the valley does not run along an axis? Below is one with $\kappa = 100$, straight, and the same
# turned by 45°. How many steps until the loss is a ten-thousandth? Which method will not notice the turn?


# %%
def adam(rate, beta1=0.9, beta2=0.99, eps=1e-8):
    def step(x, g, n, kept):  # n counts from 0
        kept["m"] = beta1 * kept.get("m", 0) + (1 - beta1) * g
        kept["s"] = beta2 * kept.get("s", 0) + (1 - beta2) * g**2
        m, s = kept["m"] / (1 - beta1 ** (n + 1)), kept["s"] / (1 - beta2 ** (n + 1))
        return x - rate * m / (np.sqrt(s) + eps)

    return step


turn = np.array([[1.0, -1], [1, 1]]) / np.sqrt(2)
straight = np.diag([1.0, 100.0])
for name, step in {"descent": descent(2 / 101), "momentum": momentum(0.02), "Adam": adam(0.5)}.items():
    counts = []
    for T, x in ((straight, np.array([10.0, 1])), (turn @ straight @ turn.T, turn @ [10.0, 1])):
        path = walk(bowl(T), step, x, 400)
        losses = np.array([bowl(T)(x)[0] for x in path])
        counts.append(int(np.argmax(losses < 1e-4 * losses[0])))
    tell(f"steps with {name}: straight, turned", counts)

# %% [markdown]
# Gradient descent and momentum do not know where the axes are. Adam does, and needs nearly twice as many
# steps in the turned valley.
#
# ## How long is a painting's valley?
#
# Here is lesson 9's objective again, in small. We measure curvature along a direction $v$ of length 1 as in
# lesson 4, now with gradients: $a \approx v \cdot \big(g(x + hv) - g(x - hv)\big) / 2h$, where $v \cdot w$
# means: multiply entry by entry and add up. Lesson 7 showed how to find the steepest direction. Guess how
# much flatter a random one is.

# %%
photo, painting = (resize(picture, (72, 96)) for picture in (photograph(256), draw_painting(256)))
net = zoo.pocket()


def features(picture, layer):
    y = net.forward(net.preprocess(picture), taps=[layer])[layer]
    return y.reshape(-1, y.shape[-1])  # (M, C)


parts = [Part("content", 0.03, Content(features(photo, "relu4_2")), "relu4_2")]
for layer in (f"relu{block}_1" for block in range(1, 6)):
    parts.append(Part(layer, 0.2, GramStyle(features(painting, layer)), layer))
objective = Objective(net, parts)  # objective(x) → L, g
canvas = net.preprocess(photo)[0]  # (H, W, 3)
rng = np.random.default_rng(10)


def change(v, h=0.1):
    """How the gradient changes along v, per unit of v."""
    there, back = (objective(canvas + np.float32(step) * v)[1] for step in (h, -h))
    return (there - back) / (2 * h)


def of_length_1(v):
    return (v / np.sqrt((v**2).sum())).astype(np.float32)


v = of_length_1(rng.standard_normal(canvas.shape))
along_noise = (v * change(v)).sum()
for _ in range(8):
    v = of_length_1(change(v))
a = np.sqrt((change(v) ** 2).sum())
print(f"curvature along the steepest direction {a:.2g}, along noise {along_noise:.2g}")
tell("whether the steepest is over 50 times as steep as noise", a > 50 * abs(along_noise))

# %% [markdown]
# Hundreds of times flatter, and there are directions flatter still; some may even bend downwards. Such a
# $\kappa$ is why descent crawls.
#
# ## L-BFGS: a table that nobody writes down
#
# Each step leaves two things behind: where we went, $s = x_{\text{new}} - x$, and how the gradient changed,
# $y = g_{\text{new}} - g$. (For Adam's $s$ and for a layer's $y$ we have no more use in this lesson.) In a
# bowl $y = Ts$. So a guess $B$ for $T^{-1}$ should at least bring back what we have seen, $By = s$. Say we
# have some $B$ that does not. Let it work on what is left of an array $q$ when its share of $y$ is taken
# out, and afterwards put in $s$ instead. With the share $c = \frac{s \cdot q}{s \cdot y}$:
#
# $$q \leftarrow q - c\,y, \qquad r = B q, \qquad
# r \leftarrow r + \left(c - \frac{y \cdot r}{s \cdot y}\right) s$$
#
# Test it on $q = y$ with a pencil: $c = 1$, nothing is left of $q$, so $r = 0$, and out comes $s$. That is
# what we wanted. The term with $y \cdot r$ keeps the new table symmetric, as $T$ is.
#
# Now the trick of Nocedal (1980). The $B$ in the middle was made in the same way from the step *before*,
# and so on. So we need no table at all: we take out the shares from the newest pair to the oldest, one
# loop; in the very middle stands a plain number $\gamma$ (gamma) in place of $B$; we put in the steps from
# the oldest to the newest, a second loop. For $\gamma$ one takes $\frac{s \cdot y}{y \cdot y}$ of the
# newest pair: for a single number that is $1/a$. Liu and Nocedal (1989) found that a handful of pairs is
# enough; we keep ten. (BFGS are Broyden, Fletcher, Goldfarb and Shanno, who each found in 1970 how a pair
# changes $B$; L is for limited memory.)
#
# How far to go along $d = -Bg$? By 1, if $B$ is any good. If the loss does not fall by a little of what the
# slope $g \cdot d$ promised, halve it, as in exercise 7.4. The first step has no pair; we give it length 1.


# %%
def dot(a, b):
    return (a * b).sum(dtype=np.float64).astype(a.dtype)


def guess_times(q, pairs):
    """Bq for the guess B, by two loops over the pairs (s, y), which stand from the oldest to the newest."""
    shares = []
    for s, y in reversed(pairs):
        shares.append(dot(s, q) / dot(s, y))
        q = q - shares[-1] * y
    s, y = pairs[-1]
    r = dot(s, y) / dot(y, y) * q
    for (s, y), c in zip(pairs, reversed(shares), strict=True):
        r = r + (c - dot(y, r) / dot(s, y)) * s
    return r


def lbfgs(objective, x, steps, history=10):
    """Yields the loss after each step."""
    (L, g), pairs = objective(x), []
    for _ in range(steps):
        d = -guess_times(g, pairs) if pairs else -of_length_1(g)
        t = np.float32(1)
        L_new, g_new = objective(x + t * d)
        while L_new > L + 1e-4 * t * dot(g, d) and t > 1e-6:
            t = t / 2
            L_new, g_new = objective(x + t * d)
        s, y = t * d, g_new - g
        if dot(s, y) > 0:  # uphill curvature says nothing about a bottom
            pairs = [*pairs, (s, y)][-history:]
        x, L, g = x + s, L_new, g_new
        yield L


pairs = [(walked, valley @ walked) for walked in (np.array([1.0, 2]), np.array([2.0, -1 / 9]))]
tell("B times y is s", np.abs(guess_times(pairs[1][1], pairs) - pairs[1][0]).max(), below=1e-12)
tell("two pairs know the valley", np.abs(guess_times(valley @ start, pairs) - start).max(), below=1e-12)

# %% [markdown]
# Two pairs and $Bg$ is Newton's step, in a valley of two numbers. (The second step was chosen with
# $s \cdot T s' = 0$ for the first one, $s'$, so that they do not disturb each other.)
#
# ## The race
#
# All start at the photo and take 40 steps. Descent and momentum get the rate $1/a$, Adam two grey levels a
# step; the two L-BFGS get nothing. After every step we note how long the processor has computed, all cores
# together: other programs hardly disturb that.


# %%
def raced(step, steps=40):
    """Yields the loss after each step."""
    x, kept = canvas, {}
    L, g = objective(x)
    for n in range(steps):
        x = step(x, g, n, kept).astype(np.float32)
        L, g = objective(x)
        yield L


def by_scipy(steps=40):
    """[(time, loss)] after SciPy's steps; `ScipyLBFGS` hands it vectors, as exercise 9.5 does."""
    noted = []
    ScipyLBFGS(history=10).run(
        objective, canvas, steps, lambda step: noted.append((time.process_time(), step.value))
    )
    return noted


level = 1 / (255 * 0.226)  # a grey level in the network's input: values / 255 / 0.226, or nearly
runners = {
    "descent": raced(descent(1 / a)),
    "momentum": raced(momentum(1 / a)),
    "Adam": raced(adam(2 * level)),
    "our L-BFGS": lbfgs(objective, canvas, 40),
}
races = {}
for name, losses in runners.items():
    began = time.process_time()
    races[name] = [(time.process_time() - began, loss) for loss in losses]
began = time.process_time()
races["SciPy's"] = [(moment - began, loss) for moment, loss in by_scipy()]
last = {name: noted[-1][1] for name, noted in races.items()}
print({name: f"{loss:.3f}" for name, loss in last.items()})
tell("our loss divided by SciPy's", last["our L-BFGS"] / last["SciPy's"], below=1.3)
tell("our loss divided by that of descent", last["our L-BFGS"] / last["descent"], below=0.8)
tell("methods that end below descent", sum(loss < last["descent"] for loss in last.values()))

# %%
steps = {name: (range(1, len(n) + 1), [loss for _, loss in n]) for name, n in races.items()}
seconds = {name: ([t for t, _ in n], [loss for _, loss in n]) for name, n in races.items()}
sheet = curves(steps, "step", "loss", log=(False, True))
show("10-steps", sheet, "The painting's loss after each step of five methods.")
sheet = curves(seconds, "seconds of computing", "loss", log=(False, True))
show("10-seconds", sheet, "The same against time: what a method computes for itself counts too.")

# %% [markdown]
# Our thirty lines keep up with SciPy's. What SciPy has on top is a more careful search along $d$; our
# library's own (`nst/lbfgs.py`) has it as well, and computes its two loops on a handful of numbers instead
# of pictures. Momentum and Adam are far ahead of plain descent for two more lines. Against the clock the
# order is the same here, since nearly all the time goes into the network. Where a network answers in a
# thousandth of a second, on a graphics card, dot products begin to count.
#
# So why does anybody use Adam? L-BFGS compares gradients of one and the same loss. In training, each step
# sees other pictures, the loss is another one every time, and $y$ would be mostly chance. Adam's means do
# not mind. For one canvas and one loss, L-BFGS is hard to beat.
#
# `nst paint ... --optimizer adam` (or `descent`, `lbfgs`, `scipy`) lets you try them on a picture of your
# own.
#
# ## Summary
#
# - Descent is limited by the steepest direction and held up by the flattest; in a bowl its best factor is
#   $(\kappa - 1)/(\kappa + 1)$.
# - Newton's step $x - T^{-1} g$ arrives at once, but nobody can keep $T$ for a picture.
# - Momentum adds up what gradients agree on. Adam gives each entry a rate of its own, which helps along
#   axes.
# - L-BFGS keeps pairs $(s, y)$ and computes $Bg$, with $By = s$, in two loops.
#
# ## Exercises
#
# Write them in your folder's `10_better_steps.py`, then `python -m lessons check 10`.
#
# - **10.1** `best_rate`: rate and factor for a bowl with any steepnesses.
# - **10.2** `curvature`: along a direction of any length, from two gradients.
# - **10.3** `momentum`: the ball.
# - **10.4** `adam`: with its hats.
# - **10.5** `two_loops`: $Bq$ from pairs, without a table.
