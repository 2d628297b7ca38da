"""Lesson 6: write these five functions; `python -m lessons check 6` looks at them.

A plan is a list such as [64, 64, "pool", 128]: a number stands for a convolution with so many filters of
3 × 3, stride 1 and padding 1, the word "pool" for a pooling of 2 × 2 with stride 2.
"""


def shapes(plan, height, width):
    """What each layer of a plan makes of a picture: a list of tuples (height, width, channels).

    One tuple for each item of the plan, in its order; the picture itself, (height, width, 3), is not among
    them. A convolution keeps height and width, a pooling keeps the channels; of an odd number of rows or
    columns a pooling leaves out the last one. ReLUs change no shape and are not in a plan.

    shapes([8, "pool"], 5, 6) = [(5, 6, 8), (2, 3, 8)]
    """
    raise NotImplementedError


def parameters(plan, channels=3):
    """How many numbers a plan's layers have learnt, kernels and biases, as an int.

    `channels` are those of what goes into the first layer. A convolution with K filters that looks at C
    channels has a kernel (3, 3, C, K) and a bias (K,); a pooling has nothing to learn.

    parameters([64]) = 3·3·3·64 + 64 = 1792
    """
    raise NotImplementedError


def receptive_field(layers):
    """How many rows of the picture one place of the last layer depends on, as an int.

    `layers` is a list of pairs (window, stride), from the picture on: (3, 1) is a convolution of VGG19,
    (2, 2) its pooling, (11, 4) AlexNet's first layer. Padding makes no difference. An empty list is the
    picture itself: 1.

    receptive_field([(3, 1), (3, 1)]) = 5, receptive_field([(2, 2), (3, 1)]) = 6
    """
    raise NotImplementedError


def to_network(picture):
    """A picture as VGG19 was shown it in training, by its authors' program: BGR, the mean taken off.

    picture (H, W, 3) uint8, RGB → x (1, H, W, 3) float64. The channels come in the order blue, green, red;
    nothing is divided. The means are 103.939 for blue, 116.779 for green and 123.68 for red.

    A grey pixel (100, 100, 100) becomes (−3.939, −16.779, −23.68).
    """
    raise NotImplementedError


def to_picture(x):
    """The way back from `to_network`: a picture that can be saved.

    x (1, H, W, 3) float64, BGR with the mean taken off → picture (H, W, 3) uint8, RGB. Values are rounded
    to the nearest whole number; what is then below 0 becomes 0, what is above 255 becomes 255.
    """
    raise NotImplementedError
