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
# # 6. VGG19
#
# **Goal.** You have built every part of a network and carried derivatives back through them. Now you open
# one that has learnt to see: what each layer of VGG19 looks like, how much it weighs, how far it sees; how
# its weights are loaded and how it wants its pictures; and what its layers answer to.
#
# ## Plainer and deeper
#
# In 2012 Krizhevsky, Sutskever and Hinton entered a contest: to say which of a thousand kinds of things is
# on a photograph. Their network, AlexNet, learnt from 1.2 million photographs with names. It has five
# convolutions and three dense layers. Allowed five guesses a picture, a few such networks together were
# wrong on 15 in a hundred; the next best entry, made without, on 26. Its layers are a mixed lot: windows of
# 11 × 11 with stride 4, of 5 × 5, of 3 × 3.
#
# Two years later Karen Simonyan and Andrew Zisserman, of Oxford's Visual Geometry Group (hence VGG), asked
# what depth alone will do. To find out they made everything else as plain as can be. Every convolution has
# a window of 3 × 3, stride 1 and a padding of 1, so it keeps height and width. A ReLU follows each. Every
# pooling takes windows of 2 × 2 with stride 2, so it halves both. The number of filters doubles from block
# to block up to 512. That is all, and it fits on one line:
#
#     64 64 pool   128 128 pool   256 256 256 256 pool   512 512 512 512 pool   512 512 512 512 pool
#
# A number is a convolution with so many filters: 16 of them, and 5 poolings. Three dense layers finish it;
# the last has one answer for each of the thousand kinds. Sixteen and three layers with weights: VGG19.
#
# The layers up to a pooling are a **block**, and names follow: `conv4_2` is the second convolution of the
# fourth block, `relu4_2` the ReLU behind it, `pool4` ends the block. Guess before you look at the table: in
# which layer are the most parameters? Which output takes the most memory?

# %%
from math import prod

import numpy as np

from lessons.blackboard import show, tell
from lessons.drawing import beside, enlarged, grey, numbers
from lessons.scene import scene
from minicnn import zoo
from minicnn.distill.pictures import draw
from minicnn.preprocessing import CAFFE

print(zoo.build("vgg19").summary((1, 224, 224, 3)))

# %% [markdown]
# A convolution with $K$ filters over $C$ channels has a kernel of $3 \cdot 3 \cdot C \cdot K$ numbers and
# $K$ biases. For `conv1_1`: $9 \cdot 3 \cdot 64 + 64 = 1792$. For `conv5_1`: $9 \cdot 512 \cdot 512 + 512$,
# over two million. So parameters pile up at the end, where channels are many, and memory at the beginning,
# where pixels are many: the four outputs of the first block take as much as those of the next two blocks
# together. It is the first block that fills your computer when a painting is large.
#
# And the dense layers? The first, `fc6`, joins each of the $7 \cdot 7 \cdot 512$ numbers that `pool5`
# leaves to each of 4096 units.


# %%
def parameters(name, **options):
    layers = zoo.parameter_shapes(name, **options).values()
    return sum(prod(shape) for layer in layers for shape in layer.values())


tell("parameters of AlexNet", parameters("alexnet", classifier=True))
tell("parameters of VGG19", parameters("vgg19", classifier=True))
tell("those of fc6", 7 * 7 * 512 * 4096 + 4096)
tell("without the dense layers", parameters("vgg19"))
tell("as far as relu5_1", parameters("vgg19", until="relu5_1"))

# %% [markdown]
# Seven in ten of all parameters sit in that one layer. We leave the dense ones out: they only give names,
# and they are why such a network insists on 224 × 224 pixels. What is left takes pictures of any size, and
# our paintings need no more than the part up to `relu5_1`. (AlexNet is counted as it is published today.)
#
# ## Why three by three?
#
# A window of 3 × 3 sees little. But let one convolution follow another, and think of one axis. A **unit**
# is one channel at one place, one number that a layer puts out. A unit of the second layer sees three
# places of the first, and each of those sees three pixels; neighbours share two of them, which makes five
# pixels. A third layer makes it seven. How many ways lead from each pixel to the unit at the top? Count
# them with a pencil for two layers before you look.

# %%
ways = np.zeros((3, 7), int)
ways[0, 2:5] = 1
for layer in (1, 2):
    ways[layer] = np.convolve(ways[layer - 1], [1, 1, 1], mode="same")
tell("ways through one, two and three layers", ways)
sheet = numbers(ways, side=80)
show("06-ways", sheet, "How many ways lead from seven pixels to a unit after one, two and three layers.")

# %% [markdown]
# So three layers of 3 × 3 see a square of 7 × 7, as one layer with such a window would. That one has
# $49 \, C \cdot C$ weights, for $C$ channels in and out; the three have $3 \cdot 9 = 27$ times $C \cdot C$,
# little more than half, and two ReLUs more. Fewer weights, more bends: that was Simonyan and Zisserman's
# argument. And the middle counts more than the rim, 7 ways against 1.
#
# What a unit sees is its **receptive field**, the word of lesson 1. A pooling makes it grow faster, for
# behind it two neighbours lie two pixels apart. Walk from the picture upwards with two numbers: the field
# $f$, and the **jump** $d$, the distance in pixels between neighbours. Both begin at 1, and a layer with
# window $k$ and stride $t$ makes
#
# $$f \leftarrow f + (k - 1) \, d, \qquad d \leftarrow d \, t$$
#
# in this order, since the window lies on the places *before* the layer. Try it as far as `conv2_1`: two
# convolutions give $f = 5$; the pooling adds $1 \cdot 1$ and doubles the jump; the next convolution adds
# $2 \cdot 2$. That is 10. The column "sees" of the table goes on like that.
#
# You have a tool to test it, the backward pass. The gradient of a unit with respect to the picture is 0
# where the unit does not look. So we put a 1 at one place of a layer, 0 everywhere else, walk back, and see
# how far it spreads. For that we need a network.
#
# ## Weights from a file
#
# Learnt weights are arrays with names, nothing more: `conv1_1` has a kernel (3, 3, 3, 64) and a bias (64).
# The world keeps them in a dozen formats and in several orders; PyTorch stores a kernel as
# $(K, C, k_h, k_w)$. Our readers turn them all into $(k_h, k_w, C, K)$, without the programs that wrote
# them:
#
# - `python -m minicnn.weights list`: which files are published, and where;
# - `python -m minicnn.weights fetch vgg19`: gets one (80 MB) and checks that no byte is wrong;
# - `python -m minicnn.weights info FILE`: what is inside.
#
# These lessons shall run on every machine at once, so they use a smaller network that came with the
# library: the **pocket network**. It has VGG19's layers as far as `relu5_1`, with the same names, and
# between a quarter and a half of its channels. This library trained it, with VGG19 as its teacher, to see
# as VGG19 sees: closely in the first blocks, roughly in the last. Wherever you read
# `zoo.pocket(edges="zero")`, VGG19 itself may stand,
# `zoo.build("vgg19", weights="FILE", edges="zero", until="relu5_1")`; nothing else changes, and it takes a
# few times as long.

# %%
names = ["relu1_1", "relu2_1", "relu3_1", "relu4_1", "relu5_1"]
net = zoo.pocket(edges="zero").astype("float64")
photo = scene(192, 256)
x = net.preprocess(photo).astype("float64")  # (1, H, W, 3)
tell("parameters of the pocket network", parameters("pocket"))

sights, paths = [], []
for name in names:
    y = net.forward(x, taps=[name])[name]  # (1, h, w, C)
    seed = np.zeros_like(y)
    jump = 192 // y.shape[1]
    seed[0, 110 // jump, 104 // jump] = 1  # every channel at the place above pixel (110, 104)
    size = np.abs(net.backward({name: seed})[0]).sum(axis=2)  # (H, W)
    seen = size > 1e-9 * size.max()  # what is smaller comes from rounding
    field = np.ix_(seen.any(axis=1), seen.any(axis=0))
    tell(f"rows and columns that {name} sees", size[field].shape)
    pale = photo // 5 + 200
    pale[field] = photo[field]
    sights.append((pale, name))
    paths.append((grey(np.sqrt(size)), ""))

# %%
sheet = beside(sights, paths, side=190)
show("06-fields", sheet, "What one place of five layers sees, and how much each pixel counts there.")

# %% [markdown]
# 3, 10, 24, 68, 156: as the table says. The place at `relu1_1` sees a piece of a window's frame, at
# `relu3_1` the window, at `relu4_1` half the house, at `relu5_1` half the picture. Below you see how
# much each pixel counts: most in the middle, like the ways that you counted.
#
# ## A picture as the network wants it
#
# A network expects its input as it was in training, and nothing warns you if it is not: it answers
# something to any numbers. VGG19 was trained with the program Caffe. There the channels come in the order
# blue, green, red (**BGR**), the values run from 0 to 255, and from each channel its mean over all training
# pictures is taken off:
#
# $$x = (\text{blue} - 103.939, \;\; \text{green} - 116.779, \;\; \text{red} - 123.68)$$
#
# A grey pixel (100, 100, 100) becomes (−3.939, −16.779, −23.68). Others, torchvision and our pocket network
# among them, keep red in front, divide by 255, take off a mean and divide by a standard deviation. Either
# will do, but not mixed up. Our networks know what they were trained on, and `net.preprocess` does it; a
# file does not always say, and the readers tell how sure they are.
#
# What does VGG19 see if it is given something else? We prepare the input wrongly and turn it back into a
# picture rightly.

# %%
tell("a grey pixel for VGG19", CAFFE.apply(np.full((1, 1, 3), 100, np.uint8))[0, 0, 0], within=1e-5)
values = photo.astype(float)
wrong = {
    "as it should be": CAFFE.from_values(values),
    "RGB for BGR": CAFFE.from_values(values[..., ::-1]),
    "the mean left in": CAFFE.from_values(values) + CAFFE.mean,
    "divided by 255": CAFFE.from_values(values / 255),
}
sheet = beside([(CAFFE.invert(x), name) for name, x in wrong.items()], side=236)
show("06-wrong-input", sheet, "What VGG19 sees if its input is prepared rightly, and in three wrong ways.")

# %% [markdown]
# A blue sun; fog; night. A picture painted with such a network still looks like something, and so these
# mistakes live long in many programs. How far off are the layers' outputs? We divide the squared error by
# the square of what is right: 0 is perfect, 1 as far off as no answer at all.

# %%
net = zoo.pocket(edges="reflect")  # the picture mirrored at its edge (lesson 2)
right = net.forward(net.preprocess(photo), taps=names)
for name, picture in {"red and blue exchanged": photo[..., ::-1], "divided by 255": photo // 255}.items():
    given = net.forward(net.preprocess(picture), taps=names)
    errors = [((given[n] - right[n]) ** 2).sum() / (right[n] ** 2).sum() for n in names]
    print(f"{name}:", *(f"{n} {error:.2f} " for n, error in zip(names, errors, strict=True)))

# %% [markdown]
# No layer is spared.
#
# ## What the layers answer to
#
# A layer's output has $C$ channels, and each is a grey image, bright where its filter answers: a **feature
# map**. Here are, of each of the five layers, the five maps that vary most over our photograph.

# %%
rows = []
for name in names:
    maps = right[name][0]  # (h, w, C)
    liveliest = np.argsort(-maps.std(axis=(0, 1)))[:5]
    rows.append([(enlarged(grey(maps[:, :, k]), 192 // len(maps)), name) for k in liveliest])
sheet = beside(*rows, side=180)
show("06-maps", sheet, "Five feature maps each of relu1_1 to relu5_1: from edges to coarse regions.")

# %% [markdown]
# The first row you could have made in lesson 1: colours, brightness, edges of one direction. Then come
# lines and corners, then patterns and parts. Downwards the maps grow coarser, halved four times, and harder
# to name. At the bottom a map is a dozen squares high: it says *that* something is about there and hardly
# where.
#
# A map shows one picture and many places. Turn the question round: of many pictures, which places excite
# one unit most? Zeiler and Fergus looked at networks in this way in 2013. Our pictures come from the
# program that drew those from which the pocket network learnt (though not these). For a channel we search
# each of 40 pictures for its strongest answer, and cut out the receptive field around that place.
#
# Where does it lie? Neighbours are $d$ pixels apart, and the $f$ pixels of the field reach as far to one
# side as to the other; so the field of row $r$ begins at pixel row $r d - (f - d)/2$.

# %%
pictures = [draw((6, number), 144) for number in range(40)]
found = net.forward(np.concatenate([net.preprocess(p) for p in pictures]), taps=names[1:4])


def strongest(name, f, d, channels=2, count=8):
    border = f // (2 * d)  # closer to the edge the field would stick out
    answers = found[name][:, border:-border, border:-border]  # (40, h, w, C)
    best = answers.max(axis=(1, 2))  # (40, C)
    stands_out = np.sort(best, axis=0)[-count:].mean(axis=0) / np.sqrt(
        (answers**2).mean(axis=(0, 1, 2)) + 1e-6
    )
    for k in np.argsort(-stands_out)[:channels]:
        row = []
        for n in np.argsort(-best[:, k])[:count]:
            r, s = np.argwhere(answers[n, :, :, k] == best[n, k])[0] + border
            top, left = r * d - (f - d) // 2, s * d - (f - d) // 2
            row.append((enlarged(pictures[n][top : top + f, left : left + f], -(-96 // f)), name))
        yield row


rows = [*strongest("relu2_1", 10, 2), *strongest("relu3_1", 24, 4), *strongest("relu4_1", 68, 8)]
sheet = beside(*rows, side=100)
show("06-patches", sheet, "A row for each unit, two a layer: the eight patches that excite it most.")

# %% [markdown]
# Look along a row and ask what its patches have in common. At `relu2_1` it is easy to say: an edge of one
# direction, light on one side. At `relu3_1` it may be a form in varying colours, or two colours in varying
# forms. At `relu4_1` you may hesitate: the patches are alike in several ways, and eight examples do not
# tell which of them matters. Beware of names: "the eye unit" may answer to round dark things.
#
# ## From V1 to V4 and IT
#
# In our brain, too, what we see passes through stages: from the eyes to V1 at the back of the head, where
# the edge cells are; by way of V2 to V4; and on to the inferior temporal cortex, IT. In V4 many cells
# answer to corners, curves and colours, in fields several times as large as V1's. In IT Gross,
# Rocha-Miranda and Bender met a cell in 1972 that answered to the shape of a hand; cells for faces
# followed. Their fields cover much of the view, and it matters little where in it the thing appears.
#
# Fields grow, what is answered to becomes richer, the place matters less: just so we have described VGG19.
# Is it more than a likeness? In 2014 Yamins, DiCarlo and colleagues predicted what single sites in monkeys'
# brains answer from what networks answer, with a read-out fitted for each site. The better a network was at
# naming things, the better its last layers predicted IT, and its middle ones predicted V4, though no
# network had been trained on a brain.
#
# That is remarkable, and no more than it says. `conv4_1` is not V4. The brain has about as many fibres
# running back as forward; it learns without a million names; it speaks in pulses. Networks like this one go
# by texture where we go by shape (Geirhos and others 2019), and changes that we do not even see can lead
# them astray. What we shall use is certain: the first layers hold the pixels, the last ones what is where,
# and the layers between lead from one to the other. Lesson 7 makes that visible.
#
# ## Summary
#
# - VGG19: 16 convolutions of 3 × 3 with ReLU, 5 poolings of 2 × 2, 3 dense layers, which we leave out.
# - Parameters pile up at the end, memory at the beginning.
# - $f \leftarrow f + (k-1) d$, then $d \leftarrow d t$; three small windows see as much as a large one and
#   cost less.
# - Input must be as in training: for VGG19, BGR less the mean. A mistake raises no error.
# - Deeper layers see more of the picture, answer to richer things, and know less exactly where.
#
# ## Exercises
#
# Write them in your folder's `06_vgg19.py`, then `python -m lessons check 6`.
#
# - **6.1** `shapes`: what each layer of a plan puts out.
# - **6.2** `parameters`: how many numbers it has learnt. Compare with the table.
# - **6.3** `receptive_field`: $f$ and $d$, for any windows and strides.
# - **6.4** `to_network`: a picture as VGG19 wants it.
# - **6.5** `to_picture`: and back.
