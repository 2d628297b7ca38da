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
# # 13. A GPU by changing one word
#
# **Goal.** A graphics card calculates a hundred times as fast as your processor, and a program that uses it
# badly is slower than one without. After this lesson you can say beforehand which it will be; you can write
# code that runs on either; and you know what changes in our program when `"cpu"` becomes `"cuda"`. You need
# no such card: where there is none, the lesson says what it would do.
#
# ## A second computer
#
# A **GPU** is a computer of its own: thousands of small calculating units, with a memory of their own.
# Yours, the one that runs Python, is called the **host**, the GPU is the **device**. Between them lies a
# bridge, the bus. Nothing on one side can touch what is stored on the other. It has to be carried across.
#
# Lesson 12 had two speeds, operations a second $R$ and bytes a second $S$. Here are both for two machines
# of round numbers, a laptop and a good card, and two speeds more: the bus, and the **launch** $\ell$.
# Python does not calculate on the device; it sends it a message, "add these two arrays", and a message
# takes its time, however little there is to add. A NumPy call on the host has a price as well, a smaller
# one.

# %%
from math import prod

import numpy as np
from PIL import Image, ImageDraw

from lessons.blackboard import show, tell
from lessons.drawing import COLOURS, curves, write
from lessons.elsewhere import Elsewhere
from lessons.scene import scene
from minicnn import zoo
from minicnn.backend import array_module, device, to_host

HOST = {"launch": 1e-6, "S": 20e9, "R": 400e9}  # seconds, bytes a second, operations a second
GPU = {"launch": 5e-6, "S": 2e12, "R": 40e12}
BUS = 20e9  # bytes a second


def seconds(operations, moved, machine):
    """What one call takes: launch + bytes/S + operations/R."""
    return machine["launch"] + moved / machine["S"] + operations / machine["R"]


# %% [markdown]
# This is our model of one call, be it a ReLU or a convolution:
#
# $$\text{time} = \ell + \frac{\text{bytes}}{S} + \frac{\text{operations}}{R}$$
#
# (A sum, where lesson 12 took the larger of the two. It is simpler, and wrong by a factor of 2 at most.) Do
# it with a pencil for ReLU, one operation and 8 bytes for each number. Behind `conv1_1` of a 512 × 512
# canvas there are 16.8 million numbers. The device takes 5 µs for the launch (a µs is a millionth of a
# second), 67 µs for the memory, and 0.4 µs for the arithmetic. The host takes 6.8 ms, 90 times as long.
# Behind `conv5_1` of a canvas of 64 × 64 there are 8192. What do both take now?

# %%
for name, count in {"relu1_1 at 512 pixels": 512 * 512 * 64, "relu5_1 at 64 pixels": 4 * 4 * 512}.items():
    for place, machine in {"host": HOST, "device": GPU}.items():
        tell(f"{name}, {place}", 1e6 * seconds(count, 8 * count, machine), "µs", within=1e-4)
counts = 10.0 ** np.arange(2, 8.1, 0.25)
lines = {
    place: (counts, [1e6 * seconds(n, 8 * n, machine) for n in counts])
    for place, machine in {"host": HOST, "device": GPU}.items()
}
lines["device, carried there and back"] = counts, lines["device"][1] + 1e6 * 8 * counts / BUS
sheet = curves(lines, "numbers", "time of a ReLU in millionths of a second", log=(True, True))
show("13-launch", sheet, "A ReLU by the model: on the host, on the device, and carried across and back.")

# %% [markdown]
# On the left the device's line is flat: it is all launch, a hundred numbers take as long as a hundred
# thousand. For less than some ten thousand numbers the laptop wins. On the right both rise, a hundred times
# apart. And look at the third line. If the numbers lie on the host and the result is wanted there, then
# with this one call *the device never wins*: carrying takes as long as the host takes for the whole work.
# So the two rules of all GPU programs are:
#
# 1. Give it much to do with each call.
# 2. Leave things where they are.
#
# ## A painting in three parts
#
# Now a whole step of a painting with VGG19, as far as `relu5_1`: a call for each convolution, ReLU and
# pooling, and another on the way back. We count operations and bytes as in lesson 12 and split the time
# into its three parts. At which size of canvas will launches no longer matter?


# %%
def calls(side):
    """(operations, bytes) of each call of one step, for a canvas of side × side pixels."""
    found, previous = [], 1
    for name, shapes in zoo.parameter_shapes("vgg19", until="relu5_1").items():
        block = int(name[4])
        if block > previous:  # a pooling between two blocks: four numbers in, one out
            k = shapes["kernel"][2]
            found.append((side * side * k, 5 * side * side * k))
            side, previous = side // 2, block
        _, _, c, k = shapes["kernel"]
        pixels = side * side
        found.append((18 * pixels * c * k, 4 * (pixels * c + prod(shapes["kernel"]) + pixels * k)))
        found.append((pixels * k, 8 * pixels * k))
    return 2 * found  # and back


def split(side, machine):
    work = calls(side)
    launches = len(work) * machine["launch"]
    memory, arithmetic = (
        sum(part) for part in zip(*((m / machine["S"], n / machine["R"]) for n, m in work), strict=True)
    )
    return launches, memory, arithmetic


tell("calls of a step", len(calls(512)))
tell("operations of a step at 512 pixels, thousand million", sum(n for n, _ in calls(512)) / 1e9, within=1e-4)
for side in (64, 512):
    tell(f"launch, memory, arithmetic at {side} pixels in ms", 1e3 * np.array(split(side, GPU)), within=1e-4)
    faster = sum(split(side, HOST)) / sum(split(side, GPU))
    tell(f"times as fast as the host at {side} pixels", faster, within=1e-4)
sides = [32, 64, 128, 256, 512, 1024, 2048]
parts = np.array([split(side, GPU) for side in sides]).T
lines = {
    name: (sides, 1e3 * part) for name, part in zip(("launch", "memory", "arithmetic"), parts, strict=True)
}
sheet = curves(lines, "side of the canvas in pixels", "ms on the device", log=(True, True))
show("13-parts", sheet, "Where the time of a step goes on the device: launches, memory, arithmetic.")

# %% [markdown]
# Launches cost the same at every size. For a canvas of 64 pixels they are more than half of the time, and
# the card waits more than it works; at 512 they have vanished beside the arithmetic. A small network feels
# them longer, since it has as many calls with less in each. There are remedies: one call that does the work
# of several (a convolution with its ReLU, say), or a list of calls recorded once and launched as one.
#
# ## What moves when
#
# Within a step nothing has to move. But who owns the canvas? Here are three ways to paint, by what crosses
# the bus in each step:
#
# - **All stays there.** Weights, targets and canvas are carried over once. The optimiser runs there too,
#   and what comes back is the loss, one number.
# - **The optimiser is at home.** SciPy's L-BFGS knows NumPy alone. The canvas goes there, the gradient
#   back.
# - **Every layer comes home.** Somebody wrote one loss with `np.`, and each activation is brought back for
#   it, and its gradient returned.

# %%
side, canvas = 512, 4 * 512 * 512 * 3
activations = sum(moved / 2 for n, moved in calls(side) if moved == 8 * n) / 2  # what each ReLU writes
work = sum(split(side, GPU))
ways = {
    "all stays there": 4,
    "the optimiser is at home": 2 * canvas,
    "every layer comes home": 2 * activations,
}
for name, crossing in ways.items():
    tell(f"{name}: megabytes across", crossing / 1e6, within=1e-4)
    tell(f"{name}: ms of crossing beside {1e3 * work:.1f} ms of work", 1e3 * crossing / BUS, within=1e-4)

# %% [markdown]
# The second way is bearable, the third one spends more time on the bridge than at work. It is also the way
# that would happen by accident: one `np.asarray` in the wrong place is enough. CuPy, the library that has
# NumPy's functions for a GPU, therefore refuses to turn its arrays into NumPy's silently. You must write
# `x.get()`, and by that you know what you do.
#
# There is a hidden crossing as well. A launch does not wait: Python posts its message and goes on, and the
# messages queue up at the device. But `float(loss)`, `print(loss)` or `if loss < best` need a number. Then
# Python waits until all that is queued is done and the number has come across; meanwhile nothing new is
# posted, and the device stands idle. Below, twelve calls: long ones, short ones, and long ones with a
# number read after each.


# %%
def queue(work, reading=0.0, count=12):
    """When each call was posted and done, in µs; `reading` is how long it takes to fetch a number."""
    now = free = 0.0  # of the host, of the device
    posted, done = [], []
    for _ in range(count):
        now += 5  # the launch
        posted.append((now - 5, now))
        done.append((max(now, free), max(now, free) + work))
        free = done[-1][1]
        if reading:
            now = free + reading
    return posted, done


cases = {"calls of 15": (15, 0), "calls of 2": (2, 0), "calls of 15, a number read after each": (15, 4)}
sheet = Image.new("RGB", (900, 330), "white")
draw = ImageDraw.Draw(sheet)
for number, (name, (work, reading)) in enumerate(cases.items()):
    posted, done = queue(work, reading)
    tell(f"{name}: µs in all", done[-1][1])
    top = 110 * number
    write(draw, (10, top + 8), f"{name}: {done[-1][1]:.0f} in all", 16)
    for spans, y, colour in ((posted, top + 34, COLOURS[0]), (done, top + 66, COLOURS[1])):
        for start, end in spans:
            draw.rectangle((10 + 3 * start, y, 8 + 3 * end, y + 26), colour)
show("13-queue", np.asarray(sheet), "The host posts its calls, in red; the device does them, in blue.")

# %% [markdown]
# With long calls the launches hide behind the work: only the first one is paid for. With short ones the
# device waits for the host. With reading it waits every time, and the gaps in the blue row are what you
# have bought with a progress bar. So read the loss rarely, or several numbers at once.
#
# ## Written once for both
#
# How does code look that runs on either side? As always, except that it does not say `np`. It asks the
# array where it lives. The library's `array_module(x)` returns NumPy for a NumPy array and CuPy for one of
# CuPy's; we call what it returns `xp`, as is customary.


# %%
def style_loss(F, A, xp):
    """Lesson 8's, without its fraction: Σ(G − A)² and its gradient, for F (M, C) wherever it lives."""
    D = F.T @ F - A
    return xp.square(D).sum(), 4 * F @ D


rng = np.random.default_rng(13)
F, A = rng.standard_normal((50, 4)), np.eye(4)
loss, slope = style_loss(F, A, array_module(F))
tell("the loss with NumPy", loss)

# %% [markdown]
# Would it run on a GPU? Whoever has none can still find out. `lessons/elsewhere.py` is a library of arrays
# that NumPy cannot touch, with a count of what is moved: no faster than NumPy, but a little stricter than
# CuPy.

# %%
xp = Elsewhere()
there, target = xp.asarray(F), xp.asarray(A)  # carried over, once
loss_there, slope_there = style_loss(there, target, xp)
tell("bytes carried there, and back", [sum(xp.there), sum(xp.back)])
print("the gradient:", slope_there)
tell("difference of the gradients", np.abs(slope_there.get() - slope).max(), below=1e-12)
tell("bytes back, now that we looked", sum(xp.back))
mixtures = {"there + F": lambda: there + F, "np.exp(there)": lambda: np.exp(there)}
for name, attempt in {**mixtures, "np.asarray(there)": lambda: np.asarray(there)}.items():
    try:
        attempt()
    except TypeError as error:
        print(f"{name}: refused. {error}")

# %% [markdown]
# Nothing moved while it calculated. And all three ways of mixing are refused, so that a slip is an error in
# the first second and not a mystery of the last.
#
# A few rules for code that is to run on both: constants are Python's numbers, not arrays of NumPy's; new
# arrays come from `xp.zeros`; and no `if` looks into an array.
#
# ## The word
#
# In this library it is the argument of `device`: `"cpu"`, `"cuda"`, `"cuda:1"` for a second card, or
# `"auto"`, which takes a card if one works. It tries: is CuPy there, a driver, a card, does it compile,
# does it multiply? Asked for `"cuda"` in vain it is an error that says what to install.
# `network.to(device)` carries the weights over, `network.put(x)` the picture, and every operation asks its
# arrays where it is. On the command line it is `nst paint photo.jpg painting.jpg -o out.png --device cuda`,
# the same word, and all else stays as it was.

# %%
here = device("auto")  # the word
print(f"We compute on {here.title}." + (f" Why: {here.reason}." if here.reason else ""))
net = zoo.pocket()
x = net.preprocess(scene(96, 128))
y = net.forward(x, ["relu4_1"])["relu4_1"]
moved = net.to(here)
y_there = moved.forward(moved.put(x), ["relu4_1"])["relu4_1"]
print(f"relu4_1 lives in {array_module(y_there).__name__}")
tell("relative difference from the host's answer", np.abs(to_host(y_there) - y).max() / y.max(), below=1e-2)
weights = sum(value.nbytes for layer in net for value in layer.params.values())
print(f"carried there: {weights / 1e6:.1f} MB of weights once, {x.nbytes / 1e3:.0f} kB of picture;", end=" ")
print(f"by the model {1e6 * (weights + x.nbytes) / BUS:.0f} µs")

# %% [markdown]
# If it says "the CPU" and why, this is what a GPU would change: the line above would name the card,
# `relu4_1` would live in `cupy`, and the answer would differ in its last digits, for thousands of units add
# up in another order (lesson 2). Nothing else in this cell.
#
# ## Summary
#
# - Host and device have memories of their own; the bus between them is slow.
# - A call takes $\ell + \text{bytes}/S + \text{operations}/R$. Small work is all launch.
# - Carry things over once and leave them there. `x.get()` and `float(x)` are crossings, and the device
#   waits.
# - `xp = array_module(x)`: code that asks the array where it lives runs on both.
# - `device("cuda")` instead of `device("cpu")` is the one word.
#
# ## Exercises
#
# None of them needs a GPU. Write them in your folder's `13_a_gpu_by_one_word.py`, then
# `python -m lessons check 13`.
#
# - **13.1** `softmax`: of every row, wherever it lives; it must not move.
# - **13.2** `style_loss`: a loss that stays on the device.
# - **13.3** `bytes_moved`: what crosses the bus in a program.
# - **13.4** `seconds`: what a list of calls takes, by the model.
