"""Lesson 8: write these five functions; `python -m lessons check 8` looks at them.

Features are a matrix F (M, C), one row for each place and one column for each channel; an activation is
what a layer hands on, (H, W, C), and has M = H·W places. All arrays are float64. NumPy is all you need.
"""


def gram(activation):
    """Which channels answer together, wherever that is.

    activation x (H, W, C) → G (C, C):

        G[i, j] = the sum over all places (r, s) of x[r, s, i] · x[r, s, j]

    Nothing is taken off and nothing is divided by. With F, the same numbers as a matrix (M, C), it is
    G = FᵀF. An image of one row and two places, [[[1, 2], [3, 0]]], has G = [[10, 2], [2, 4]].
    """
    raise NotImplementedError


def gram_backward(dG, F):
    """From the gradient for G back to the gradient for F, where G = FᵀF.

    dG (C, C), ∂L/∂G of some loss L, not necessarily symmetric; F (M, C) → dF (M, C), ∂L/∂F:

        dF = F (dG + dGᵀ)

    F stands in G twice, and both places count.
    """
    raise NotImplementedError


def style_loss(F, A, places):
    """How far the style of the features F is from the style A, as Gatys, Ecker & Bethge (2015) measure it.

    F (M, C) are the canvas's features; A (C, C) is the Gram matrix of a painting's features, taken at
    `places` places, an int that may be another one than M. → E, one number ≥ 0:

        E = Σ over i, j of (G[i, j] − A[i, j] · M / places)² / (4 N² M²)    with G = FᵀF

    N is the number of channels C, as the paper calls it. All entries of G count, (i, j) and (j, i) both.
    """
    raise NotImplementedError


def style_gradient(F, A, places):
    """The derivative of `style_loss` with respect to F.

    F (M, C), A (C, C) symmetric, `places` an int → ∂E/∂F (M, C):

        ∂E/∂F = F (G − A · M / places) / (N² M²)    with G = FᵀF, N = C

    The ReLU that may stand before F is not part of this: the network's own backward pass takes care of it.
    """
    raise NotImplementedError


def style_terms(activations, targets, weights):
    """The style loss of several layers, and what the backward pass has to start from at each of them.

    activations   {layer: x (H, W, C)}, the canvas's, of another size at each layer
    targets       {layer: A (C, C)}, Gram matrices of a painting as large as the canvas
    weights       {layer: w}, numbers ≥ 0
    The three have the same layers. → (L, seeds), one number and {layer: ∂L/∂x of the shape of x}:

        L = Σ over layers of w · Σ (G − A)² / (4 N² M²)    with M = H·W, N = C and G of that layer

    seeds[layer] is the derivative of L with respect to that layer's x.
    """
    raise NotImplementedError
