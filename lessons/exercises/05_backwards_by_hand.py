"""Lesson 5: write these five functions; `python -m lessons check 5` looks at them.

dy is always the upstream gradient ∂L/∂y of some loss L, of the shape of y, and dx is ∂L/∂x, of the shape of
x. All arrays are float64. Nothing that you are given may be written to. NumPy is all you need; derive
first, then write.
"""


def relu_backward(dy, x):
    """Back through y = max(x, 0).

    dy and x of the same shape, any number of axes → dx of that shape: what comes back through a ReLU that
    was given x.

    The slope is 1 where x > 0 and 0 elsewhere, at x = 0 as well.
    """
    raise NotImplementedError


def pool_backward(dy, x, kind):
    """Back through a pooling with 2 × 2 windows side by side.

    dy (H // 2, W // 2, C), x (H, W, C), kind "max" or "average" → dx (H, W, C). The forward pass was

        "max"       y[r, s, c] = the largest of the four x[2r + i, 2s + j, c] with i and j 0 or 1
        "average"   y[r, s, c] = a quarter of their sum

    Of equal entries the first in reading order is the maximum: the upper row before the lower, and in a row
    the left before the right. The last row of an odd height and the last column of an odd width were left
    out, and nothing comes back to them.
    """
    raise NotImplementedError


def dense_backward(dy, x, w):
    """Back through a dense layer, y = x w + b.

    dy (N, O), x (N, I), w (I, O) → dx (N, I), dw (I, O) and db (O,), a tuple of three. Forward was

        y[n, o] = b[o] + Σ over i of x[n, i] · w[i, o]

    with the same w and b for all n: dw and db are sums over n.
    """
    raise NotImplementedError


def conv2d_backward(dy, x, kernel, stride=1, padding=0):
    """Back through a convolution of one image.

    dy (oh, ow, K), x (H, W, C), kernel (kh, kw, C, K) → dx (H, W, C), dkernel (kh, kw, C, K) and dbias
    (K,), a tuple of three. Forward was exercise 2.2, with oh = (H + 2·padding − kh) // stride + 1 and ow
    likewise:

        y[r, s, k] = bias[k] + Σ over i, j, c of xp[r·stride + i, s·stride + j, c] · kernel[i, j, c, k]

    where xp is x with a border of `padding` zeros on all four sides. Pixels that no window saw have a dx of
    0.
    """
    raise NotImplementedError


def walk_back(layers, seeds):
    """The gradient for the input of a chain of layers whose loss looks at several of them.

    layers   [(name, backward), ...] in the order of the forward pass, every name once; backward(dy) → dx
             takes the gradient for the layer's output and gives that for its input, which is the output of
             the layer before
    seeds    {name: ∂L/∂(output of that layer), as far as L looks at it directly}; one at least
    → ∂L/∂(input of the first layer).

    What a layer's output owes to the loss is its seed, if it has one, plus what comes back from the layer
    behind it. Layers behind the last one with a seed have nothing to send back, and their backward is not
    called.

    Arrays in `seeds` must stay as they are. Beware: a backward may return the very array that it was given,
    or a view of it.
    """
    raise NotImplementedError
