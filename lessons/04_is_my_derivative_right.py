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
# # 4. Is my derivative right?
#
# **Goal.** To paint, we shall describe what is wrong with a canvas by one number, its **loss** $L$, and
# change every pixel so that it falls. For that we must know for every pixel whether the loss grows or falls
# when the pixel grows brighter: a derivative for each of a million entries. In the next lesson you derive
# them with a pencil, and you will make mistakes, as everybody does. So first we build the judge. After this
# lesson you can tell whether any derivative is right, from values of the function alone, and you know how
# such a judge is fooled.
#
# ## A nudge
#
# A derivative answers a question: if I nudge $x$ a little, by how much does $f(x)$ change, per unit of
# nudge? School calculus lets the nudge go to zero. A computer cannot do that, but it can take a small
# **step** $h$ and divide. That is the **forward difference**:
#
# $$f'(x) \approx \frac{f(x + h) - f(x)}{h}$$
#
# Take $f(x) = x^3$ at $x = 2$. Its derivative is $3x^2 = 12$. With $h = 0.1$ we have $2.1^3 = 9.261$, so
# the forward difference is $(9.261 - 8)/0.1 = 12.61$. Not good. Where does the 0.61 come from? Multiply
# out:
#
# $$\frac{(x+h)^3 - x^3}{h} = 3x^2 + 3xh + h^2$$
#
# The term $3xh$ does the harm: the curve bends upwards on the way from $x$ to $x + h$. On the other side,
# from $x - h$ to $x$, it bends by as much the other way. So step to both sides, and the bend cancels. The
# **central difference** is
#
# $$f'(x) \approx \frac{f(x + h) - f(x - h)}{2h},
# \qquad\text{here}\quad \frac{(x+h)^3 - (x-h)^3}{2h} = 3x^2 + h^2$$
#
# Note the 2: the two points are $2h$ apart. Compute it for $h = 0.1$, with $1.9^3 = 6.859$, before you run
# the cell.

# %%
import numpy as np

from lessons.blackboard import show, tell
from lessons.drawing import beside, curves, numbers
from minicnn.gradcheck import check


def forward_difference(f, x, h):
    return (f(x + h) - f(x)) / h


def central_difference(f, x, h):
    return (f(x + h) - f(x - h)) / (2 * h)


def cube(x):
    return x**3


for h in (0.1, 0.01):
    tell(f"forward, h = {h}", forward_difference(cube, 2.0, h))
    tell(f"central, h = {h}", central_difference(cube, 2.0, h))

# %% [markdown]
# A step ten times smaller makes the forward difference ten times better, and the central one a hundred
# times. That is so for every smooth function: what is missing is about $h$ times something in the one,
# $h^2$ times something in the other.
#
# ## How small is small?
#
# Then why not $h = 10^{-15}$? Because numbers have a last digit. An ordinary number on a computer,
# `float64`, keeps about 16 digits: the next number above 1 is $1 + \varepsilon$ with
# $\varepsilon = 2.2 \cdot 10^{-16}$. So $f(x + h)$ is off by about $\varepsilon$ times its size, and the
# difference of two nearly equal values keeps this error, while it is itself tiny. Then we divide by $h$,
# and the error becomes $\varepsilon / h$: the smaller the step, the worse.
#
# Two errors, one falling with $h$, one rising. For the central difference their sum is about
# $h^2 + \varepsilon/h$, and is least where neither has the upper hand: near
# $h = \sqrt[3]{\varepsilon} \approx 6 \cdot 10^{-6}$. For the forward difference, $h + \varepsilon/h$, that
# is near $\sqrt{\varepsilon} \approx 1.5 \cdot 10^{-8}$. Try $\sin$, whose derivative is $\cos$, at 25
# points between 0.5 and 1, and draw the average error. Networks calculate in `float32`, with 7 digits; one
# line is for them.

# %%
steps = 10.0 ** np.arange(-13, 0.01, 0.25)
points = np.linspace(0.5, 1, 25)


def errors(difference, dtype):
    slopes = np.array([difference(np.sin, points.astype(dtype), dtype(h)) for h in steps], float)
    return np.abs(slopes / np.cos(points) - 1).mean(axis=1)


in_float32 = errors(central_difference, np.float32)
forward, central = errors(forward_difference, np.float64), errors(central_difference, np.float64)
tell("least error, central, float32", in_float32.min(), below=1e-4)
tell("least error, forward, float64", forward.min(), below=1e-7)
tell("least error, central, float64", central.min(), below=1e-10)
lines = {
    "central, float32": (steps[24:], in_float32[24:]),
    "forward, float64": (steps, forward),
    "central, float64": (steps, central),
}
sheet = curves(lines, "step h", "relative error", log=(True, True))
show("04-steps", sheet, "Error against step: too coarse on the right, too few digits on the left.")

# %% [markdown]
# Three valleys. On their right slopes each follows its rule, $h$ or $h^2$; on the left rounding has taken
# over. The central difference in `float64` gets to eleven right digits; in `float32` there is no step at
# all with which it has more than five. Hence two rules for all that follows: **central differences**, and
# derivatives are checked in **float64**, with $h$ about $10^{-5}$, even if the network will paint in
# `float32`.
#
# ## Right compared with what?
#
# The difference says 12.0000000001, you say 12. Is that right? Surely. The difference says 0.0000002, you
# say 0.0000001. They are 0.0000001 apart, closer than any bound that you would have thought of, and yet one
# is twice the other: a factor of 2 is missing, the most common of mistakes. So only the **relative error**
# counts, with $a$ and $b$ for the two:
#
# $$\text{relative error} = \frac{|a - b|}{\max(|a|, |b|)}$$
#
# Dividing by the larger of the two makes it fair to both, and it lies between 0 and 2. If both are 0 they
# agree, and the error is 0. For whole arrays of derivatives we take the largest difference of any two
# entries above, and the largest entry of both arrays below; otherwise an entry that happens to be almost 0
# would be all noise. A right derivative stays below $10^{-6}$ with ease, and a wrong one rarely does better
# than $10^{-3}$.
#
# ## Kinks
#
# There is one more way to be misled. ReLU has a corner at 0. Left of it the slope is 0, right of it 1, and
# at the corner there is no derivative to be found. What do the differences say? Guess first: at $x = 0$,
# and at $x = h/2$.


# %%
def relu(x):
    return np.maximum(x, 0)


h = 0.5
tell("central difference of ReLU at 0, h = 0.5", central_difference(relu, 0.0, h))
tell("central difference of ReLU at 0, h = 1e-9", central_difference(relu, 0.0, 1e-9))
tell("forward difference of ReLU at 0", forward_difference(relu, 0.0, h))
tell("central difference of ReLU at h/2", central_difference(relu, h / 2, h))
x = np.linspace(-1.5, 1.5, 601)
lines = {
    "slope of ReLU": (x, np.where(x > 0, 1.0, 0.0)),
    "forward, h = 0.5": (x, forward_difference(relu, x, h)),
    "central, h = 0.5": (x, central_difference(relu, x, h)),
}
sheet = curves(lines, "x", "slope", size=(900, 420))
show("04-kink", sheet, "ReLU's slope is a step; differences make a ramp of it, as wide as their reach.")

# %% [markdown]
# At the corner the central difference says one half, with every step, for ever. Nearer than $h$ it says
# something in between. That is not your mistake and not a mistake of the difference: the question has no
# answer there. The remedy is to ask elsewhere: test a function with corners at points that keep a distance
# of more than $h$ from them. Max pooling has corners as well. Do you see where? Where two entries of a
# window are equal.
#
# ## A million slopes at once
#
# A picture has many entries, and the loss $L$ is one number. For each entry there is a slope: nudge it,
# leave all others where they are. This is the **partial derivative**, written with a round $\partial$ as
# $\partial L / \partial x_{r,s,c}$. All of them together, an array of the shape of $x$, are the
# **gradient** $\partial L / \partial x$. With a central difference for each entry we can measure it, at a
# price: two evaluations of $L$ an entry. For a picture of a million pixels that takes days, and this is why
# we shall need a backward pass. It is affordable for a test on a few dozen entries.
#
# For more there is a trick. Move all entries at once, each with a speed of its own: by $h$ times $v$, an
# array of the shape of $x$. Then $L$ changes by what all the nudges do together:
#
# $$\frac{L(x + hv) - L(x - hv)}{2h} \;\approx\;
# \sum_{r,s,c} v_{r,s,c} \, \frac{\partial L}{\partial x_{r,s,c}}$$
#
# Two evaluations and one number, in which every entry of the gradient has a say. The speeds must be random.
# If they are all 1, the sum only sees the sum of the gradient, and mistakes cancel. Take $L = \sum \sin x$,
# whose gradient is $\cos x$, and two claims: the right one, and one that comes upside down.

# %%
rng = np.random.default_rng(4)
x = rng.standard_normal((100, 100))
right, upside_down = np.cos(x), np.cos(x)[::-1]


def total(x):
    return np.sin(x).sum()


def slope_along(L, x, v, h=1e-5):
    return (L(x + h * v) - L(x - h * v)) / (2 * h)


def relative_error(a, b):
    return np.abs(a - b).max() / max(np.abs(a).max(), np.abs(b).max())


def error(claim, v):
    return relative_error(np.sum(v * claim), slope_along(total, x, v))


ones, random = np.ones_like(x), rng.standard_normal(x.shape)
tell("ones, upside down", error(upside_down, ones), below=1e-7)
tell("random speeds, upside down", error(upside_down, random), within=1e-4)
tell("random speeds, right", error(right, random), below=1e-7)

# %% [markdown]
# With ones the claim that is upside down passes with honours. With random speeds it fails, and the one that
# is right passes both.
#
# ## The gradient that comes from behind
#
# One thing is missing. A layer's $y$ is not one number but an array, and what a million outputs do when a
# million inputs are nudged would be a table beyond any memory. But nobody wants that table. There is one
# loss at the end of the network, and all that this layer has to know of everything behind it is how much
# the loss changes with each entry of $y$. That array is the **upstream gradient**, of the shape of $y$; we
# write $dy$ for it, in code and in formulas:
#
# $$dy = \frac{\partial L}{\partial y}, \qquad dx = \frac{\partial L}{\partial x}$$
#
# A **backward pass** is a function that takes $dy$ and gives $dx$. To test one we need some $dy$, and any
# will do: we invent a loss, $L = \sum dy \cdot y$, whose derivative for $y$ is $dy$. Most people who write
# such a test for the first time set all of $dy$ to 1, so that $L$ is the sum of $y$. This is where the
# judge is fooled. Three functions, and for each a claim about its backward pass:
#
# - a quarter turn of the picture, to the left; the claim turns $dy$ to the left as well,
# - the mean taken off, $y = x - \bar x$ with $\bar x$ the average of all of $x$; the claim is $dx = 0$,
# - **softmax**, which makes positive numbers with sum 1 of any numbers, $y_i = e^{x_i} / \sum_j e^{x_j}$,
#   where $i$ and $j$ run over all entries of $x$; $dx = 0$ again.


# %%
def turn(x):
    return np.rot90(x)


def softmax(x):
    return np.exp(x) / np.exp(x).sum()


def without_mean(x):
    return x - x.mean()


def nothing(dy):
    return np.zeros_like(dy)


def gap(forward, backward, x, dy, v):
    """Between the claimed slope along v and the measured one, for the loss that dy belongs to."""
    measured = slope_along(lambda x: np.sum(dy * forward(x)), x, v)
    return np.sum(v * backward(dy)) - measured


suspects = [(turn, turn), (without_mean, nothing), (softmax, nothing)]
x, v, random = rng.standard_normal((3, 4, 4))
gaps = [gap(forward, backward, x, np.ones((4, 4)), v) for forward, backward in suspects]
tell("largest gap with dy of ones", np.abs(gaps).max(), below=1e-8)
gaps = [gap(forward, backward, x, random, v) for forward, backward in suspects]
tell("gaps with a random dy: turn, mean off, softmax", np.array(gaps), within=1e-4)

# %% [markdown]
# With ones all three agree, and all three are wrong. The sum of a softmax is 1 and the sum after the mean
# is taken off is 0, whatever $x$ is: with $dy$ of ones the loss is a constant, its gradient truly is 0, and
# nothing has been tested at all. And a picture of ones looks the same however you turn it:

# %%
counted = np.arange(9.0).reshape(3, 3) - 4
rows = []
for dy in (np.ones((3, 3)), counted):
    sent = [(dy, "dy"), (np.rot90(dy, -1), "turned back: right"), (np.rot90(dy), "turned on: claimed")]
    rows.append([(numbers(picture, side=76), name) for picture, name in sent])
sheet = beside(*rows, side=230)
show("04-ones", sheet, "A turn sent back: ones look alike, nine different numbers tell right from wrong.")

# %% [markdown]
# Checkers seeded with ones are in use in the world, and wrong backward passes of softmax and of
# normalisations have passed them. So the second pair of rules: **random $dy$**, **random $v$**. One more: a
# small array of odd, unequal sizes, such as $3 \times 5$, since a square hides exchanged axes.
#
# ## A judge you can use
#
# The library's `check(forward, backward, x)` does all this: central differences in `float64` with two
# steps, from which it also recognises kinks and sets them apart; random upstream gradients; every entry of
# a small array, random directions of a large one; the relative error. It returns a report, with
# `report.ok`, and `print(report)` says where it is worst.

# %%
x = rng.standard_normal((3, 5))
print(check(turn, lambda dy: np.rot90(dy, -1).copy(), x, name="a turn, sent back"))
hasty = check(softmax, lambda dy, x: softmax(x) * dy, x, name="softmax, in a hurry")
print(hasty)
report = check(without_mean, lambda dy: dy - dy.mean(), x, name="the mean taken off")
print(report)
tell("whether the hasty one is right", hasty.ok)
tell("error of the last", report.error, below=1e-7)

# %% [markdown]
# The second one is a good guess, off by one term; you will find it yourself after the next lesson.
#
# ## Summary
#
# - $(f(x+h) - f(x-h))/2h$ is off by about $h^2$, and by rounding, $\varepsilon/h$. In `float64`,
#   $h = 10^{-5}$ is good.
# - Compare by the relative error, $|a-b| / \max(|a|, |b|)$; right means below $10^{-6}$.
# - Keep away from kinks: there is no derivative to be found there.
# - One random direction $v$ tests a whole gradient: $\sum v \cdot \partial L/\partial x$.
# - A backward pass makes $dx$ of $dy$. Test it with a random $dy$; ones see next to nothing.
#
# ## Exercises
#
# Write them in your folder's `04_is_my_derivative_right.py`, then `python -m lessons check 4`.
#
# - **4.1** `central_difference`: of a function of one number.
# - **4.2** `numerical_gradient`: entry by entry, leaving the others alone.
# - **4.3** `relative_error`: of two arrays.
# - **4.4** `is_right`: a judge of your own. It will be shown honest backward passes and cunning ones.
# - **4.5** `blame`: with `minicnn.gradcheck.check`, find the entry that somebody spoilt.
