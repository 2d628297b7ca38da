"""Lesson 11: write these four functions; `python -m lessons check 11` looks at them.

All arrays are float64 but for switches, and none that you are given is to be written to. NumPy is all you
need; the second exercise is handed layers of minicnn.
"""


def unpool(y, switches, height, width):
    """Each maximum of a 2 × 2 max pooling back to the place where it was found, and 0 elsewhere.

    y (h, w, C), switches (h, w, C), whole numbers → x (height, width, C), height 2h or 2h + 1, width 2w or
    2w + 1: a last row or column that filled no window is 0.

    The window of y[r, s] begins at row 2r, column 2s. Its switch is 0 upper left, 1 upper right, 2 lower
    left, 3 lower right, that is 2i + j; each channel has its own.
    """
    raise NotImplementedError


def deconvolve(layers, x, row, column, channel):
    """One answer carried back to the picture by a deconvnet.

    layers   a list of minicnn's layers, in order: layer.forward(x) gives a layer's output, and after that
             layer.backward(dy) the gradient for its input (a convolution's is the transposed one, a max
             pooling's goes to the switches). layer.name begins with "relu" for a ReLU and for nothing else
    x        (1, H, W, C), the picture

    Forward through all layers. Of the last layer's output (1, h, w, K) keep the entry [0, row, column,
    channel] alone, with its value, and set all others to 0. Back through all layers, from the last to the
    first: through a ReLU by max(dy, 0), through any other layer by its backward.

    → (1, H, W, C)
    """
    raise NotImplementedError


def total_variation(x, beta):
    """How rough a picture is, and the gradient of that.

    x (H, W, C) → (value, dx), a number and an array (H, W, C):

        u[r, s, c] = x[r, s + 1, c] − x[r, s, c],   0 in the last column
        w[r, s, c] = x[r + 1, s, c] − x[r, s, c],   0 in the last row
        value = Σ (u² + w²)^(beta/2)                dx = ∂value/∂x

    beta is 1 or more. Where u and w are both 0, the slope is taken as 0.
    """
    raise NotImplementedError


def alpha_norm(x, alpha):
    """How far a picture's colours are from 0, the mean colour, and the gradient of that.

    x (H, W, C) → (value, dx), a number and an array (H, W, C):

        rho[r, s] = the root of Σ over c of x[r, s, c]²
        value = Σ over r and s of rho^alpha         dx = ∂value/∂x

    alpha is 2 or more, so dx is 0 where rho is.
    """
    raise NotImplementedError
