"""Lesson 10's exercises: what they are tried on, other ways of being right, ways of being wrong."""

import numpy as np

from lessons.tutor import Lesson, distinct, given, integers, normal

lesson = Lesson(__file__)
right = lesson.right


# --- 10.1 ------------------------------------------------------------------------------------------------

best_rate = lesson.exercise(
    "best_rate",
    "the best rate for a bowl",
    tested="one to six steepnesses, in any order",
    hints=(
        "Only two of the numbers matter: one direction is first to fly off, another one crawls most.",
        "At the best rate both shrink alike, one with its sign turned: 1 − η a₁ = −(1 − η a₂). Solve for η.",
        "rate = 2 / (a.min() + a.max()); put it into |1 − rate · a| for the factor.",
    ),
    returns=("rate", "factor"),
)


@best_rate.cases
def bowls(rng):
    yield given(np.array([1.0, 9.0]))
    yield given(np.array([3.0, 1.0]))
    yield given(np.array([4.0]))
    yield given(np.array([2.0, 8.0, 5.0]))
    yield given(np.array([2.0, 2.0]))
    yield given(10 * distinct(rng, 6) ** 2 + 0.1)
    yield given(rng.permutation(np.array([1e-3, 0.2, 7.0, 50.0])))


@best_rate.mistake(
    "The rate is 1/a of the steepest direction. That is safe, but the flattest then crawls: at 2/(a.min() + "
    "a.max()) both shrink alike."
)
def for_the_steepest(a):
    return 1 / a.max(), 1 - a.min() / a.max()


@best_rate.mistake(
    "The rate is 2/a of the steepest direction, where it leaps to and fro for ever: 2/(a.min() + a.max())."
)
def at_the_limit(a):
    return 2 / a.max(), np.abs(1 - 2 / a.max() * a).max()


@best_rate.mistake(
    "The rate is 1/(a.min() + a.max()), half of what is best: 1 − η a₁ = −(1 − η a₂) gives η = 2/(a₁ + a₂)."
)
def half_of_it(a):
    rate = 1 / (a.min() + a.max())
    return rate, np.abs(1 - rate * a).max()


@best_rate.mistake(
    "The rate is 1 over the mean of all steepnesses; only the steepest and the flattest decide: "
    "2/(a.min() + a.max())."
)
def over_the_mean(a):
    return 1 / a.mean(), np.abs(1 - a / a.mean()).max()


@best_rate.mistake(
    "The first and the last entry were taken for the flattest and the steepest; they come in any order: "
    "a.min() and a.max()."
)
def by_place(a):
    rate = 2 / (a[0] + a[-1])
    return rate, np.abs(1 - rate * a).max()


@best_rate.mistake(
    "The factor is the smallest |1 − rate · a|; the largest is what the whole way shrinks by at least."
)
def smallest_factor(a):
    rate = right.best_rate(a)[0]
    return rate, np.abs(1 - rate * a).min()


@best_rate.mistake(
    "The factor has the wrong sign: it is a size, |1 − rate · a|, or (a.max() − a.min())/(a.max() + a.min())."
)
def signed_factor(a):
    rate, factor = right.best_rate(a)
    return rate, -factor


@best_rate.mistake("In place of the factor stands κ, a.max()/a.min(); from it, factor = (κ − 1)/(κ + 1).")
def kappa_for_the_factor(a):
    return right.best_rate(a)[0], a.max() / a.min()


@best_rate.alternative
def with_kappa(a):
    kappa = max(a) / min(a)
    return 2 / min(a) / (kappa + 1), (kappa - 1) / (kappa + 1)


@best_rate.alternative
def by_sorting(a):
    ordered = sorted(a)
    rate = 2 / (ordered[0] + ordered[-1])
    return rate, 1 - rate * ordered[0]


# --- 10.2 ------------------------------------------------------------------------------------------------

curvature = lesson.exercise(
    "curvature",
    "how a slope changes",
    tested="bowls and curved losses of one to twelve numbers, along directions of any length",
    hints=(
        "Begin with u: by what do you divide v so that u · u is 1?",
        "Two gradients, at x + h u and x − h u. Their difference is an array; what is its share along u?",
        "u = v / np.sqrt((v * v).sum()); (u * (gradient(x + h * u) - gradient(x - h * u))).sum() / (2 * h)",
    ),
    tolerance=1e-7,
)


class Slope:
    """gradient(x) of a loss that has a name."""

    def __init__(self, function, name):
        self.function, self.__doc__ = function, f"the gradient of {name}"

    def __call__(self, x):
        return self.function(x)


def bowl_slope(T):
    """Of ½ x·Tx, whatever the shape of x."""
    return Slope(lambda x: (T @ x.ravel()).reshape(x.shape), f"½ x·Tx with T = {T.tolist()}")


cubes = Slope(lambda x: 3 * x**2, "Σ x³")
fourth = Slope(lambda x: 4 * x**3, "Σ x⁴")
skewed = Slope(lambda x: np.roll(x, 1) * x**2 + x**3, "something without a name, which is no loss's")


def symmetric(rng, n):
    T = integers(rng, n, n)
    return T + T.T


@curvature.cases
def directions(rng):
    yield given(bowl_slope(np.diag([1.0, 9.0])), np.array([9.0, 1.0]), np.array([0.0, 2.0]), 0.5)
    yield given(bowl_slope(np.diag([1.0, 9.0])), np.array([9.0, 1.0]), np.array([3.0, 4.0]), 0.25)
    yield given(bowl_slope(np.array([[5.0]])), np.array([1.0]), np.array([-2.0]), 1.0)
    yield given(cubes, integers(rng, 2) + 5, np.array([2.0, -1.0]), 0.5)
    yield given(fourth, normal(rng, 2, 3), normal(rng, 2, 3), 0.25)
    yield given(bowl_slope(symmetric(rng, 4)), normal(rng, 4), normal(rng, 4), 0.125)
    yield given(fourth, normal(rng, 2, 2, 3), 5 * normal(rng, 2, 2, 3), 0.5)
    yield given(skewed, normal(rng, 5), normal(rng, 5), 0.5)


@curvature.mistake(
    "v was used as it is: divide it by its length first, u = v/√(v · v), or a longer v means more curvature."
)
def not_of_length_one(gradient, x, v, h):
    return (v * (gradient(x + h * v) - gradient(x - h * v))).sum() / (2 * h)


@curvature.mistake("v was divided by v · v; its length is the root of that, u = v/√(v · v).")
def without_the_root(gradient, x, v, h):
    u = v / (v * v).sum()
    return (u * (gradient(x + h * u) - gradient(x - h * u))).sum() / (2 * h)


@curvature.mistake("The 2 is missing: x + h u and x − h u are 2 h apart.")
def without_the_two(gradient, x, v, h):
    return 2 * right.curvature(gradient, x, v, h)


@curvature.mistake("It is not divided by the step: the change is to be per unit of the way, so over 2 h.")
def not_divided(gradient, x, v, h):
    return right.curvature(gradient, x, v, h) * 2 * h


@curvature.mistake(
    "The difference goes to one side, from x to x + h u; the formula goes to both, from x − h u to x + h u."
)
def one_sided(gradient, x, v, h):
    u = v / np.sqrt((v * v).sum())
    return (u * (gradient(x + h * u) - gradient(x))).sum() / h


@curvature.mistake(
    "What came back is the length of the change; asked for is its share along u, u · (…), which has a sign."
)
def length_of_the_change(gradient, x, v, h):
    u = v / np.sqrt((v * v).sum())
    return np.sqrt(((gradient(x + h * u) - gradient(x - h * u)) ** 2).sum()) / (2 * h)


@curvature.mistake(
    "The entries of the change were just added up; multiply by u first, entry by entry: u · (…)."
)
def plain_sum(gradient, x, v, h):
    u = v / np.sqrt((v * v).sum())
    return (gradient(x + h * u) - gradient(x - h * u)).sum() / (2 * h)


@curvature.mistake("The whole change came back, an array; its share along u is a number, u · (…).")
def change_itself(gradient, x, v, h):
    u = v / np.sqrt((v * v).sum())
    return (gradient(x + h * u) - gradient(x - h * u)) / (2 * h)


@curvature.mistake("The sign is turned: the gradient at x + h u comes first.")
def turned(gradient, x, v, h):
    return -right.curvature(gradient, x, v, h)


@curvature.mistake(
    "The share was taken along v, which is not of length 1: u · (…) with the same u as for the step."
)
def along_the_long_one(gradient, x, v, h):
    return right.curvature(gradient, x, v, h) * np.sqrt((v * v).sum())


@curvature.mistake("h times v was gone, not h times u: made to length 1, the direction is needed there too.")
def step_along_v(gradient, x, v, h):
    u = v / np.sqrt((v * v).sum())
    return (u * (gradient(x + h * v) - gradient(x - h * v))).sum() / (2 * h)


@curvature.alternative
def two_slopes(gradient, x, v, h):
    u = v / np.linalg.norm(v)
    right_side, left_side = (float(np.vdot(u, gradient(x + sign * h * u))) for sign in (1, -1))
    return (right_side - left_side) / h / 2


@curvature.alternative
def entry_by_entry(gradient, x, v, h):
    length = sum(entry * entry for entry in v.flat) ** 0.5
    change = gradient(x + v * (h / length)) - gradient(x - v * (h / length))
    return sum(a * b for a, b in zip(v.flat, change.flat, strict=True)) / (2 * h * length)


# --- 10.3 ------------------------------------------------------------------------------------------------

momentum = lesson.exercise(
    "momentum",
    "a ball that rolls",
    tested="bowls and a curved loss; 0 to 6 steps",
    hints=(
        "Two things change in the loop, v and x. What is v before the first step?",
        "v first, with the gradient at the x that you have now; then x, with the new v.",
        "v = mu * v + gradient(x); x = x - rate * v.",
    ),
)

halves = Slope(lambda x: x, "½ Σ x²")


@momentum.cases
def rolls(rng):
    yield given(halves, np.array([8.0]), 0.5, 0.5, 3)
    yield given(halves, np.array([8.0, -4.0]), 0.5, 0.25, 2)
    yield given(halves, np.array([3.0]), 0.1, 0.9, 0)
    yield given(halves, np.array([8.0]), 0.5, 0.5, 1)
    yield given(bowl_slope(np.diag([1.0, 9.0])), np.array([9.0, 1.0]), 0.125, 0.5, 4)
    yield given(fourth, distinct(rng, 2, 2), 0.05, 0.8, 5)
    yield given(bowl_slope(symmetric(rng, 3)), normal(rng, 3), 0.03, 0.9, 6)


def rolled(update):
    """An answer whose v and x come from update(gradient, x, v, rate, mu)."""

    def answer(gradient, x, rate, mu, steps):
        v = np.zeros_like(x)
        for _ in range(steps):
            x, v = update(gradient, x, v, rate, mu)
        return x

    return answer


@momentum.mistake(
    "x was moved before v took in the new gradient: first v ← mu · v + gradient(x), then x ← x − rate · v."
)
def moved_first(gradient, x, rate, mu, steps):
    return rolled(lambda g, x, v, rate, mu: (x - rate * v, mu * v + g(x)))(gradient, x, rate, mu, steps)


@momentum.mistake(
    "The gradient was multiplied by 1 − mu, which makes v a mean; here v adds up: v ← mu · v + gradient(x)."
)
def a_mean(gradient, x, rate, mu, steps):
    def update(g, x, v, rate, mu):
        v = mu * v + (1 - mu) * g(x)
        return x - rate * v, v

    return rolled(update)(gradient, x, rate, mu, steps)


@momentum.mistake("mu is not used: v ← mu · v + gradient(x), so that old gradients fade.")
def nothing_fades(gradient, x, rate, mu, steps):
    return right.momentum(gradient, x, rate, 1.0, steps)


@momentum.mistake(
    "v forgets everything: v = gradient(x) is plain descent; what v was stays, faded, mu · v + gradient(x)."
)
def no_momentum(gradient, x, rate, mu, steps):
    return right.momentum(gradient, x, rate, 0.0, steps)


@momentum.mistake("mu multiplies the gradient and not v: v ← mu · v + gradient(x).")
def mu_at_the_gradient(gradient, x, rate, mu, steps):
    def update(g, x, v, rate, mu):
        v = v + mu * g(x)
        return x - rate * v, v

    return rolled(update)(gradient, x, rate, mu, steps)


@momentum.mistake("It goes uphill: x ← x − rate · v.")
def rolls_uphill(gradient, x, rate, mu, steps):
    return right.momentum(gradient, x, -rate, mu, steps)


@momentum.mistake(
    "The gradient was asked for ahead, at x − rate · mu · v (Nesterov's way, which is good but another one); "
    "here it is gradient(x)."
)
def looked_ahead(gradient, x, rate, mu, steps):
    def update(g, x, v, rate, mu):
        v = mu * v + g(x - rate * mu * v)
        return x - rate * v, v

    return rolled(update)(gradient, x, rate, mu, steps)


@momentum.mistake("v begins with the first gradient, which then counts twice; it begins at 0.")
def begins_with_a_gradient(gradient, x, rate, mu, steps):
    v = gradient(x)
    for _ in range(steps):
        v = mu * v + gradient(x)
        x = x - rate * v
    return x


@momentum.mistake("Only one step is taken: the return stands inside the loop.")
def one_roll(gradient, x, rate, mu, steps):
    return right.momentum(gradient, x, rate, mu, min(steps, 1))


@momentum.mistake("The rate is not used: x ← x − rate · v.")
def without_rate(gradient, x, rate, mu, steps):
    return right.momentum(gradient, x, 1.0, mu, steps)


@momentum.mistake(
    "x was changed in place, and with it the array of whoever called: x = x - rate * v makes a new one."
)
def rolled_in_place(gradient, x, rate, mu, steps):
    v = np.zeros_like(x)
    for _ in range(steps):
        v = mu * v + gradient(x)
        x -= rate * v
    return x


@momentum.alternative
def rate_inside(gradient, x, rate, mu, steps):
    move = 0 * x
    for _ in range(steps):
        move = mu * move - rate * gradient(x)
        x = x + move
    return x


@momentum.alternative
def from_two_places(gradient, x, rate, mu, steps):
    before = x
    while steps > 0:
        x, before = x - rate * gradient(x) + mu * (x - before), x
        steps -= 1
    return x


# --- 10.4 ------------------------------------------------------------------------------------------------

adam = lesson.exercise(
    "adam",
    "a rate for every number",
    tested="bowls and a curved loss; 1 to 6 steps, several betas",
    hints=(
        "Write the five lines of the docstring in their order, in a loop over n that begins with 1.",
        "m and s live on from step to step; their hats are made anew each time and thrown away.",
        "for n in range(1, steps + 1): g, m, s as in the docstring, then "
        "x = x - rate * (m / (1 - beta1**n)) / (np.sqrt(s / (1 - beta2**n)) + eps)",
    ),
)


@adam.cases
def adams(rng):
    yield given(halves, np.array([8.0, -2.0]), 1.0, 1, 0.5, 0.75, 1.0)
    yield given(halves, np.array([8.0]), 1.0, 2, 0.5, 0.75, 0.5)
    yield given(bowl_slope(np.diag([1.0, 9.0])), np.array([9.0, 1.0]), 0.5, 3, 0.9, 0.99, 1e-8)
    yield given(fourth, distinct(rng, 2, 2), 0.1, 5, 0.8, 0.9, 0.01)
    yield given(bowl_slope(symmetric(rng, 3)), normal(rng, 3), 0.2, 6, 0.9, 0.99, 1e-3)
    yield given(cubes, normal(rng, 2, 1, 3), 0.05, 4, 0.7, 0.6, 0.1)


def adapted(move, first=1, square=lambda g, m: g**2):
    """An answer that moves by rate · move(m, s, n, beta1, beta2, eps)."""

    def answer(gradient, x, rate, steps, beta1, beta2, eps):
        m, s = np.zeros_like(x), np.zeros_like(x)
        for n in range(first, steps + first):
            g = gradient(x)
            m = beta1 * m + (1 - beta1) * g
            s = beta2 * s + (1 - beta2) * square(g, m)
            x = x - rate * move(m, s, n, beta1, beta2, eps)
        return x

    return answer


def usual(m, s, n, beta1, beta2, eps):
    return m / (1 - beta1**n) / (np.sqrt(s / (1 - beta2**n)) + eps)


@adam.mistake(
    "The hats are missing: m and s began at 0 and are too small at first, m̂ = m/(1 − beta1ⁿ) and "
    "ŝ = s/(1 − beta2ⁿ) make up for it."
)
def without_hats(*arguments):
    return adapted(lambda m, s, n, b1, b2, eps: m / (np.sqrt(s) + eps))(*arguments)


@adam.mistake("ŝ is missing its hat: ŝ = s/(1 − beta2ⁿ), under the root.")
def one_hat(*arguments):
    return adapted(lambda m, s, n, b1, b2, eps: m / (1 - b1**n) / (np.sqrt(s) + eps))(*arguments)


@adam.mistake("m̂ is missing its hat: m̂ = m/(1 − beta1ⁿ).")
def the_other_hat(*arguments):
    return adapted(lambda m, s, n, b1, b2, eps: m / (np.sqrt(s / (1 - b2**n)) + eps))(*arguments)


@adam.mistake("The root is missing: it is divided by √ŝ + eps, so that the step does not depend on g's size.")
def without_root(*arguments):
    return adapted(lambda m, s, n, b1, b2, eps: m / (1 - b1**n) / (s / (1 - b2**n) + eps))(*arguments)


@adam.mistake("eps stands under the root; it is added outside: √ŝ + eps.")
def eps_inside(*arguments):
    return adapted(lambda m, s, n, b1, b2, eps: m / (1 - b1**n) / np.sqrt(s / (1 - b2**n) + eps))(*arguments)


@adam.mistake("eps is left out: √ŝ + eps, or an entry whose gradient stays 0 is divided by 0.")
def without_eps(*arguments):
    return adapted(lambda m, s, n, b1, b2, eps: usual(m, s, n, b1, b2, 0.0))(*arguments)


@adam.mistake("n counts from 0, so the first hats divide by 0; it counts from 1: range(1, steps + 1).")
def counted_from_zero(*arguments):
    return adapted(usual, first=0)(*arguments)


@adam.mistake("n counts from 2: in the first step it is 1, so that m̂ = g there.")
def counted_from_two(*arguments):
    return adapted(usual, first=2)(*arguments)


@adam.mistake("n is always 1 in the hats; it grows, 1 − beta1ⁿ, and the hats come off in the long run.")
def always_the_first(*arguments):
    return adapted(lambda m, s, n, b1, b2, eps: usual(m, s, 1, b1, b2, eps))(*arguments)


@adam.mistake("The two betas are exchanged: beta1 belongs to m, beta2 to s.")
def betas_exchanged(gradient, x, rate, steps, beta1, beta2, eps):
    return right.adam(gradient, x, rate, steps, beta2, beta1, eps)


@adam.mistake("s takes in the square of m; it is to take in that of the gradient, g².")
def square_of_the_mean(*arguments):
    return adapted(usual, square=lambda g, m: m**2)(*arguments)


@adam.mistake("s takes in sizes |g|, without the square; it is a mean of squares, g².")
def sizes_for_squares(*arguments):
    return adapted(usual, square=lambda g, m: np.abs(g))(*arguments)


@adam.mistake(
    "One s for all entries: g² was added up, or averaged, over the array. Adam keeps a square for each entry."
)
def one_for_all(*arguments):
    return adapted(usual, square=lambda g, m: np.full_like(g, (g**2).mean()))(*arguments)


@adam.mistake("It goes uphill: x ← x − rate · m̂/(√ŝ + eps).")
def adam_uphill(gradient, x, rate, steps, beta1, beta2, eps):
    return right.adam(gradient, x, -rate, steps, beta1, beta2, eps)


@adam.mistake(
    "The hats were kept: m̂ and ŝ went on as m and s into the next step. Keep m and s without their hats."
)
def hats_kept(gradient, x, rate, steps, beta1, beta2, eps):
    m, s = np.zeros_like(x), np.zeros_like(x)
    for n in range(1, steps + 1):
        g = gradient(x)
        m = (beta1 * m + (1 - beta1) * g) / (1 - beta1**n)
        s = (beta2 * s + (1 - beta2) * g**2) / (1 - beta2**n)
        x = x - rate * m / (np.sqrt(s) + eps)
    return x


@adam.alternative
def hats_in_the_rate(gradient, x, rate, steps, beta1, beta2, eps):
    x, m, s, n = x.copy(), 0.0, 0.0, 0
    while n < steps:
        n += 1
        g = gradient(x.copy())
        m, s = m + (1 - beta1) * (g - m), s + (1 - beta2) * (g * g - s)
        root = np.sqrt(1 - beta2**n)
        x -= rate * root / (1 - beta1**n) * m / (np.sqrt(s) + eps * root)
    return x


@adam.alternative
def number_by_number(gradient, x, rate, steps, beta1, beta2, eps):
    x = x.copy()
    kept = {place: (0.0, 0.0) for place in np.ndindex(x.shape)}
    for n in range(steps):
        g = gradient(x)
        for place, (m, s) in kept.items():
            m, s = beta1 * m + (1 - beta1) * g[place], beta2 * s + (1 - beta2) * g[place] ** 2
            kept[place] = m, s
            x[place] -= rate * m / (1 - beta1 ** (n + 1)) / ((s / (1 - beta2 ** (n + 1))) ** 0.5 + eps)
    return x


# --- 10.5 ------------------------------------------------------------------------------------------------

two_loops = lesson.exercise(
    "two_loops",
    "a table that nobody writes down",
    tested="one to five pairs of arrays of 1 to 12 entries",
    hints=(
        "Three parts: a loop over reversed(pairs), one line, a loop over pairs. Check it with one pair and "
        "q = y: out must come s.",
        "The second loop needs the first one's c of the same pair. The first loop found them newest first.",
        "shares = []; in the first loop shares.append((s * q).sum() / (s * y).sum()), "
        "q = q - shares[-1] * y; in the second zip(pairs, reversed(shares)).",
    ),
    returns=(),
)


@two_loops.cases
def histories(rng):
    yield given(np.array([2.0, 4.0]), [(np.array([1.0, 0]), np.array([2.0, 0]))])
    yield given(np.array([0.0, 4.0]), [(np.array([1.0, 1]), np.array([1.0, 3]))])
    two = [(np.array([1.0, 0]), np.array([1.0, 2])), (np.array([1.0, 1]), np.array([2.0, 2]))]
    yield given(np.array([4.0, 2.0]), two)
    yield given(np.array([4.0, 2.0]), two[::-1])
    for n, count in ((3, 2), (4, 3), (12, 5)):
        T = normal(rng, n, n)
        T = T @ T.T + np.diag(np.arange(1.0, n + 1))
        steps = [normal(rng, n) for _ in range(count)]
        yield given(normal(rng, n), [(s, T @ s + 0.01 * s**3) for s in steps])
    steps = [normal(rng, 2, 3) for _ in range(3)]
    yield given(normal(rng, 2, 3), [(s, 2 * s + s**3) for s in steps])


def looped(gamma=lambda s, y: (s * y).sum() / (y * y).sum(), middle=-1, first=-1, second=1, of_same=-1):
    """The two loops; `first` and `second` say in which order, `middle` which pair scales, and so on."""

    def answer(q, pairs):
        shares = []
        for s, y in pairs[::first]:
            shares.append((s * q).sum() / (s * y).sum())
            q = q - shares[-1] * y
        r = gamma(*pairs[middle]) * q
        for (s, y), c in zip(pairs[::second], shares[::of_same], strict=True):
            r = r + (c - (y * r).sum() / (s * y).sum()) * s
        return r

    return answer


@two_loops.mistake(
    "Both loops go from the oldest pair to the newest; the first one goes from the newest to the oldest."
)
def first_loop_forward(q, pairs):
    return looped(first=1, of_same=1)(q, pairs)


@two_loops.mistake(
    "Both loops go from the newest pair to the oldest; the second one goes from the oldest to the newest."
)
def second_loop_backward(q, pairs):
    return looped(second=-1, of_same=1)(q, pairs)


@two_loops.mistake(
    "Both loops go the other way round: the first begins with the newest pair, the second with the oldest."
)
def both_the_wrong_way(q, pairs):
    return looped(first=1, second=-1)(q, pairs)


@two_loops.mistake(
    "In the second loop the shares c belong to other pairs: the first loop found them newest first, so "
    "reversed(shares)."
)
def shares_in_the_wrong_order(q, pairs):
    return looped(of_same=1)(q, pairs)


@two_loops.mistake("The scale in the middle is missing: r = (s · y)/(y · y) q, with the newest pair.")
def no_scale(q, pairs):
    return looped(gamma=lambda s, y: 1.0)(q, pairs)


@two_loops.mistake("The scale is upside down: (s · y)/(y · y), for a single number s/y = 1/a.")
def scale_upside_down(q, pairs):
    return looped(gamma=lambda s, y: (y * y).sum() / (s * y).sum())(q, pairs)


@two_loops.mistake("The scale is (s · s)/(s · y), a longer one that exists too; here it is (s · y)/(y · y).")
def the_longer_scale(q, pairs):
    return looped(gamma=lambda s, y: (s * s).sum() / (s * y).sum())(q, pairs)


@two_loops.mistake(
    "The scale is that of the oldest pair; the newest, pairs[-1], knows best what it is like here."
)
def scale_of_the_oldest(q, pairs):
    return looped(middle=0)(q, pairs)


@two_loops.mistake(
    "s is taken out in the first loop; it is y that is taken out, q ← q − c y, and s put in later."
)
def steps_taken_out(q, pairs):
    shares = []
    for s, y in reversed(pairs):
        shares.append((s * q).sum() / (s * y).sum())
        q = q - shares[-1] * s
    s, y = pairs[-1]
    r = (s * y).sum() / (y * y).sum() * q
    for (s, y), c in zip(pairs, reversed(shares), strict=True):
        r = r + (c - (y * r).sum() / (s * y).sum()) * s
    return r


@two_loops.mistake(
    "The second loop only puts in c · s; what r already has of it must go: (c − (y · r)/(s · y)) s."
)
def nothing_taken_back(q, pairs):
    shares = []
    for s, y in reversed(pairs):
        shares.append((s * q).sum() / (s * y).sum())
        q = q - shares[-1] * y
    s, y = pairs[-1]
    r = (s * y).sum() / (y * y).sum() * q
    for (s, _), c in zip(pairs, reversed(shares), strict=True):
        r = r + c * s
    return r


@two_loops.mistake("The sign is turned: B q is asked for. The direction −B g is made of it afterwards.")
def direction_for_product(q, pairs):
    return -right.two_loops(q, pairs)


@two_loops.mistake("s and y are exchanged: in each pair (s, y) the step comes first. This is B's inverse.")
def exchanged(q, pairs):
    return right.two_loops(q, [(y, s) for s, y in pairs])


@two_loops.mistake("Only the newest pair is used; the others know of other directions.")
def newest_alone(q, pairs):
    return right.two_loops(q, pairs[-1:])


@two_loops.mistake("c is (y · q)/(s · y); the share is found with the step, c = (s · q)/(s · y).")
def share_by_y(q, pairs):
    shares = []
    for s, y in reversed(pairs):
        shares.append((y * q).sum() / (s * y).sum())
        q = q - shares[-1] * y
    s, y = pairs[-1]
    r = (s * y).sum() / (y * y).sum() * q
    for (s, y), c in zip(pairs, reversed(shares), strict=True):
        r = r + (c - (y * r).sum() / (s * y).sum()) * s
    return r


@two_loops.alternative
def as_tables(q, pairs):
    """B itself, grown pair by pair."""
    s, y = (part.ravel() for part in pairs[-1])
    B = np.eye(q.size) * (s @ y) / (y @ y)
    for s, y in pairs:
        s, y = s.ravel(), y.ravel()
        left = np.eye(q.size) - np.outer(s, y) / (s @ y)
        B = left @ B @ left.T + np.outer(s, s) / (s @ y)
    return (B @ q.ravel()).reshape(q.shape)


@two_loops.alternative
def by_recursion(q, pairs):
    s, y = pairs[-1]
    return _recursive(q, pairs, np.vdot(s, y) / np.vdot(y, y))


def _recursive(q, pairs, scale):
    if not pairs:
        return scale * q
    *older, (s, y) = pairs
    share = np.vdot(s, q) / np.vdot(s, y)
    r = _recursive(q - share * y, older, scale)
    return r + (share - np.vdot(y, r) / np.vdot(s, y)) * s
