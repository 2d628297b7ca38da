"""Lesson 9: write these five functions; `python -m lessons check 9` looks at them.

Features are matrices F (M, C), as in lessons 7 and 8. NumPy is all you need. The last function lets SciPy's
L-BFGS paint for you.
"""


def mixed_start(photo, noise, share):
    """The first canvas: noise and photo mixed.

    photo (H, W, 3) uint8, 0 … 255; noise (H, W, 3) float64, white noise between 0 and 1 as rng.random gives
    it; share, a number from 0 to 1, says how much of the canvas is noise → canvas (H, W, 3) float64 on the
    scale 0 … 255:

        canvas = share · 255 · noise + (1 − share) · photo

    share = 0 is the photo, share = 1 is white noise. Nothing is rounded or cut off.
    """
    raise NotImplementedError


def total_loss(content, style, alpha, beta):
    """What a painting is to make small.

    content, the content loss, a number; style {layer: E of that layer}, numbers; alpha and beta, the weights
    of the two → L, one number:

        L = alpha · content + beta · Σ over layers of w · E    with w = 1 / (number of style layers)
    """
    raise NotImplementedError


def relative_content(F, P):
    """How far features are from the photo's, as a fraction of the photo's own size, and the derivative.

    F (M, C), the canvas's; P (M, C), the photo's, not all 0; float64 → (value, dF), a number and (M, C):

        value = Σ (F − P)² / Σ P²        dF = ∂value/∂F = 2 (F − P) / Σ P²

    Sums run over all entries. At F = P the value is 0, at F = 0 it is 1.
    """
    raise NotImplementedError


def join(features, parts):
    """All terms of a loss together, and the seeds for the network's backward pass.

    features   {tap: F}, arrays of float64
    parts      a list of (tap, weight, loss): loss(F) → (value, dF) looks at features[tap], and dF is the
               derivative of value for that F
    → (L, seeds): L = Σ over parts of weight · value, one number; seeds {tap: ∂L/∂F}, with those taps alone
    that occur in parts. Several parts may look at the same tap: their gradients add up.
    """
    raise NotImplementedError


def for_scipy(objective, shape):
    """The objective as SciPy's minimisers want it, who know nothing of pictures: a function of a vector.

    objective(canvas) → (loss, gradient): the canvas must be float32 of the given shape, say (H, W, 3), and so
    is the gradient; the loss is a number. → f, a function:

        f(v) → (loss, g)

    v (n,) float64 holds the canvas's entries in the order of canvas.reshape(-1), and n is their number. f
    hands the objective v as a float32 array of that shape, and gives back the loss as a float and the
    gradient as a vector g (n,) float64 in the same order.
    With it, scipy.optimize.minimize(f, v, jac=True, method="L-BFGS-B") paints.
    """
    raise NotImplementedError
