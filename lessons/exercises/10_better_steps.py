"""Lesson 10: write these five functions; `python -m lessons check 10` looks at them.

All arrays are float64, and none that you are given is to be written to. NumPy is all you need. s · y stands
for the sum of all products of entries of s and y that stand at the same place.
"""


def best_rate(a):
    """The best learning rate for a bowl, and by how much a step then shrinks the distance to the bottom.

    a   the steepnesses along the bowl's directions, an array of one or more numbers above 0, in any order:
        with rate η a step multiplies what is left along direction i by 1 − η a[i]

    → (rate, factor), two numbers: the rate for which the largest of all |1 − rate · a[i]| is as small as
    can be, and that largest one

    best_rate(np.array([1.0, 9.0])) = (0.2, 0.8)
    """
    raise NotImplementedError


def curvature(gradient, x, v, h):
    """How much the gradient at x changes along v, measured along v.

    gradient   a function: gradient(x) is an array of x's shape
    v          a direction, an array of x's shape; its length may be any but 0
    h          the step of the difference, a number

    Let u be v made as long as 1 (the root of u · u is 1). Then go from x to both sides by h · u:

        → u · (gradient(x + h u) − gradient(x − h u)) / (2 h), a number
    """
    raise NotImplementedError


def momentum(gradient, x, rate, mu, steps):
    """Gradient descent with momentum, so many steps from x.

    The velocity v begins at 0. In each step first v ← mu · v + gradient(x), then x ← x − rate · v.

    gradient(x) is an array of x's shape. → the x after the last step; x itself or a copy if steps is 0.

    With gradient(x) = x, rate 0.5 and mu 0.5, from 8: v = 8, x = 4; v = 8, x = 0; v = 4, x = −2.
    """
    raise NotImplementedError


def adam(gradient, x, rate, steps, beta1, beta2, eps):
    """Adam, so many steps from x.

    m and s, of x's shape, begin at 0. In step n = 1, 2, 3 … with g = gradient(x):

        m ← beta1 · m + (1 − beta1) · g             s ← beta2 · s + (1 − beta2) · g²
        m̂ = m / (1 − beta1ⁿ)                        ŝ = s / (1 − beta2ⁿ)
        x ← x − rate · m̂ / (√ŝ + eps)

    entry by entry; m and s themselves are kept without their hats. → the x after the last step.
    """
    raise NotImplementedError


def two_loops(q, pairs):
    """B q, where B is L-BFGS's guess of the inverse table of curvatures. It is never written down.

    q       an array of any shape
    pairs   a list of one or more (s, y), arrays of q's shape, the oldest first: s a step, y the change of
            the gradient along it, s · y above 0

    From the newest pair to the oldest:   c = (s · q)/(s · y), kept for later;   q ← q − c y
    Then with the newest pair:            r = (s · y)/(y · y) q
    From the oldest pair to the newest:   r ← r + (c − (y · r)/(s · y)) s,       c that of the same pair

    → r
    """
    raise NotImplementedError
