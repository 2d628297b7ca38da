"""Lesson 4: write these five functions; `python -m lessons check 4` looks at them.

Everything is float64, and the functions that you are given are smooth: no kinks anywhere near. NumPy is all
you need, and `minicnn.gradcheck` for the last.
"""


def central_difference(f, x, h=1e-5):
    """The slope of a function of one number, measured with a step to either side.

    f takes a number and gives a number, x is a number, h > 0 → a number:

        (f(x + h) − f(x − h)) / (2h)

    Use the h that is given, however large: for f(x) = x³, x = 2 and h = 1 the answer is 13, not 12.
    """
    raise NotImplementedError


def numerical_gradient(f, x, h=1e-5):
    """All partial derivatives of a function of an array, each as a central difference.

    f takes an array of the shape of x and gives one number; x has any shape → g of the shape of x:

        g[i] = (f(x with h added to entry i) − f(x with h taken from entry i)) / (2h)

    for every entry i; all other entries stay as they are in x. x itself is the same afterwards as before,
    to the last bit.
    """
    raise NotImplementedError


def relative_error(a, b):
    """How far two arrays of derivatives are apart, compared with their size.

    a and b of the same shape, any number of axes, at least one entry → a number, from 0 to 2:

        the largest |a − b| of all entries, divided by the largest of all |a| and all |b|

    One division, not one for every entry, and nothing is added below the line, however small the arrays
    are. If all entries of both are 0, the answer is 0.
    """
    raise NotImplementedError


def is_right(forward, backward, x, rng):
    """Whether a backward pass is the derivative of its forward pass: a judge.

    forward    forward(x) → y, an array of any shape
    backward   backward(dy, x) → dx, of the shape of x; what somebody claims to be the gradient of
               L = Σ dy · forward(x) with respect to x, for any dy of the shape of y
    x          where to look, an array of a few entries, none of them near 0
    rng        a np.random.Generator; rng.standard_normal(shape) gives you random arrays
    → True if the claim is right, False if it is wrong.

    The right ones are right to ten digits, the wrong ones are off by a thousandth at least, in one entry or
    in many, for some dy or for all. Judge by a relative error of 1e-6, from central differences: y may be
    as small as 1e-9 or as large as 1e9.
    """
    raise NotImplementedError


def blame(forward, backward, x):
    """Which entry of the gradient somebody has spoilt.

    forward(x) → y and backward(dy, x) → dx as in `is_right`. x has 2 or 3 axes. In dx exactly one entry may
    be wrong, always the same, by one per cent or more; → its index, a tuple of ints such as (1, 2), or None
    if nothing is wrong.

    Let the library look for it:

        from minicnn.gradcheck import check
        report = check(forward, backward, x)

    report.ok is True if all is right. report["x"] is what was found about forward's argument x, and
    report["x"].index is where its gradient is worst, which may be somewhere even if all is right.
    """
    raise NotImplementedError
