"""Lesson 7: write these four functions; `python -m lessons check 7` looks at them.

All arrays are float64, and none that you are given is to be written to. NumPy is all you need; the second
exercise is handed a network.
"""


def content_loss(F, P):
    """How far the features of a canvas are from those of a photo, and the gradient of that.

    F (M, C), P (M, C) → (value, dF), a number and an array (M, C):

        value = ½ Σ over all m and i of (F[m, i] − P[m, i])²        dF = ∂value/∂F

    P is the photo's and does not change.
    """
    raise NotImplementedError


def loss_and_gradient(net, targets, x):
    """The content losses of a canvas at several layers together, and the gradient for every pixel.

    net       a network of minicnn: net.forward(x, taps=[...]) → {layer: its output (1, h, w, C)}, and after
              that net.backward({layer: dy, ...}) → the gradient for x, where each dy (1, h, w, C) is the
              gradient for the output of that layer; seeds of several layers are added on the way
    targets   {layer: P}, one layer or more, P (h·w, C) the photo's features there, a row for each place as
              reshape makes them
    x         (1, H, W, 3), the canvas
    → (value, dx), a number and an array of x's shape: value = the sum, over the layers, of ½ Σ (F − P)²,
    with F the layer's output as (h·w, C), and dx = ∂value/∂x
    """
    raise NotImplementedError


def descend(gradient, x, rate, steps):
    """Gradient descent: so many steps of x ← x − rate · gradient(x).

    `gradient` is a function: gradient(x) is the gradient at x, an array of x's shape. x is an array of any
    shape, and stays as it is. → the x after the last step; x itself or a copy of it if steps is 0.

    With gradient(x) = x, descend(gradient, [8.0], 0.5, 3) goes 8 → 4 → 2 → 1.
    """
    raise NotImplementedError


def careful_step(loss_and_gradient, x, rate):
    """One step downhill, with a rate that is halved until the loss falls.

    loss_and_gradient(x) → (value, gradient) at x. Try x − rate · gradient, where the gradient is that at x.
    If the loss there is not smaller than at x, halve the rate and try again, from the same x, as often as
    it takes. (For the functions that are tried, it will: the gradient is never 0.)

    → (x, rate): where the loss is smaller, and the rate that led there
    """
    raise NotImplementedError
