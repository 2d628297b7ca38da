"""Lesson 7's exercises: what they are tried on, other ways of being right, ways of being wrong."""

import numpy as np

from lessons.tutor import Lesson, distinct, given, integers, normal
from minicnn.layers import AvgPool2D, Conv2D, ReLU
from minicnn.network import Network

lesson = Lesson(__file__)
right = lesson.right


# --- 7.1 -------------------------------------------------------------------------------------------------

content_loss = lesson.exercise(
    "content_loss",
    "how far two tables of features are apart",
    tested="tables of 1 to 30 places and 1 to 7 channels",
    hints=(
        "Begin with the value: a difference, squared, added up over the whole table, halved.",
        "For the gradient, pick one entry F[m, i]. In how many terms of the sum does it stand?",
        "In one: ½ (F[m, i] − P[m, i])². Its derivative is ½ · 2 · (F[m, i] − P[m, i]), for every entry.",
    ),
    returns=("value", "dF"),
)


@content_loss.cases
def tables(rng):
    yield given(np.array([[1.0, 2], [0, 3]]), np.array([[1.0, 0], [2, 3]]))
    yield given(integers(rng, 3, 2), integers(rng, 3, 2))
    yield given(integers(rng, 1, 4), integers(rng, 1, 4))
    yield given(integers(rng, 2, 2), np.zeros((2, 2)))
    yield given(normal(rng, 30, 7), normal(rng, 30, 7))
    yield given(np.ones((2, 3)), np.ones((2, 3)))


@content_loss.mistake(
    "The gradient is twice too large: the ½ in front cancels the 2 of the square, ∂/∂F ½ (F − P)² = F − P."
)
def gradient_twice(F, P):
    return right.content_loss(F, P)[0], 2 * (F - P)


@content_loss.mistake(
    "The gradient is half of what it should be: ½ · 2 (F − P) = F − P, the 2 comes down from the square."
)
def gradient_halved(F, P):
    return right.content_loss(F, P)[0], 0.5 * (F - P)


@content_loss.mistake(
    "The ½ is missing in both: value = ½ Σ (F − P)², and then the gradient is F − P, not twice that."
)
def without_the_half(F, P):
    return ((F - P) ** 2).sum(), 2 * (F - P)


@content_loss.mistake("The ½ is missing in the value, ½ Σ (F − P)²; the gradient F − P is that of the half.")
def value_without_the_half(F, P):
    return ((F - P) ** 2).sum(), F - P


@content_loss.mistake(
    "The gradient's sign is turned: P − F is the gradient for P, the target, which stands still. For F it is "
    "F − P, so that a step against it brings F nearer to P."
)
def targets_gradient(F, P):
    return right.content_loss(F, P)[0], P - F


@content_loss.mistake(
    "The mean was taken, of value and gradient alike; the formula has a sum: ½ Σ (F − P)² and F − P."
)
def mean_for_sum(F, P):
    value, dF = right.content_loss(F, P)
    return value / F.size, dF / F.size


@content_loss.mistake(
    "The value is a mean and the gradient that of the sum; the two must belong together: ½ Σ (F − P)²."
)
def mean_value_alone(F, P):
    value, dF = right.content_loss(F, P)
    return value / F.size, dF


@content_loss.mistake("The photo is not looked at: it is the difference that counts, ½ Σ (F − P)² and F − P.")
def photo_ignored(F, P):
    return right.content_loss(F, 0 * P)


@content_loss.mistake(
    "The squares are missing, so that errors cancel: ½ Σ (F − P)², each difference squared."
)
def not_squared(F, P):
    return 0.5 * (F - P).sum(), F - P


@content_loss.mistake(
    "The sum was squared, so that errors cancel first; square each difference, then add up."
)
def squared_after_the_sum(F, P):
    return 0.5 * (F - P).sum() ** 2, F - P


@content_loss.mistake(
    "Sizes instead of squares: value = ½ Σ (F − P)², whose gradient F − P grows with the error."
)
def absolute_differences(F, P):
    return np.abs(F - P).sum(), np.sign(F - P)


@content_loss.mistake(
    "The root was taken: value = ½ Σ (F − P)² as it stands, and the gradient F − P with it."
)
def root_taken(F, P):
    length = np.sqrt(((F - P) ** 2).sum())
    return length, (F - P) / (length or 1)


@content_loss.mistake(
    "The gradient is masked where F is 0 or less, as the paper writes it: that is ReLU's share, and "
    "net.backward brings it. Here dF = F − P everywhere."
)
def masked_by_relu(F, P):
    return right.content_loss(F, P)[0], np.where(F > 0, F - P, 0)


@content_loss.alternative
def with_loops(F, P):
    value, dF = 0.0, np.zeros_like(F)
    for m in range(F.shape[0]):
        for i in range(F.shape[1]):
            difference = F[m, i] - P[m, i]
            value += difference * difference / 2
            dF[m, i] = difference
    return value, dF


@content_loss.alternative
def with_dot_products(F, P):
    error = np.ravel(F) - np.ravel(P)
    return error @ error / 2, error.reshape(F.shape)


# --- 7.2 -------------------------------------------------------------------------------------------------

loss_and_gradient = lesson.exercise(
    "loss_and_gradient",
    "from the features to the pixels",
    tested="canvases of 1×1 to 6×5 pixels at one to three layers of small networks",
    hints=(
        "Three things in a row: forward to all layers, the content loss at each, backward once from all.",
        "y is (1, h, w, C); y.reshape(P.shape) is F. F − P, back in y's shape, is that layer's seed.",
        "ys = net.forward(x, taps=list(targets)); seeds = {layer: (F − P).reshape(y.shape) for each}; add up "
        "½ Σ (F − P)², and return the sum and net.backward(seeds).",
    ),
    returns=("value", "dx"),
)


class Shown(Network):
    """A network that says what it consists of."""

    def __repr__(self):
        return f"a network of {', '.join(self.names)}"


def network(rng, channels, whole=False):
    """conv1_1, relu1_1, pool1, conv2_1, relu2_1 in float64, their numbers whole or not."""
    first, second = channels
    layers = [
        Conv2D(3, first, kernel=1, padding=0, name="conv1_1", rng=rng),
        ReLU(name="relu1_1"),
        AvgPool2D(2, 2, name="pool1"),
        Conv2D(first, second, name="conv2_1", rng=rng),
        ReLU(name="relu2_1"),
    ]
    net = Shown(layers).astype("float64").freeze()
    for layer in net:
        draw = integers if whole else normal
        layer.params = {name: draw(rng, *value.shape) for name, value in layer.params.items()}
    return net


def features(net, layers, x):
    """{layer: (M, C)}"""
    ys = net.forward(x, taps=layers)
    return {layer: ys[layer].reshape(-1, ys[layer].shape[-1]) for layer in layers}


@loss_and_gradient.cases
def canvases(rng):
    net = network(rng, (1, 1), whole=True)
    yield given(net, {"conv1_1": np.ones((1, 1))}, integers(rng, 1, 1, 1, 3))
    yield given(net, {"relu1_1": integers(rng, 4, 1)}, integers(rng, 1, 2, 2, 3))
    targets = {"conv1_1": integers(rng, 4, 1), "pool1": np.ones((1, 1))}
    yield given(net, targets, integers(rng, 1, 2, 2, 3))
    net = network(rng, (2, 3))
    for height, width, *layers in (
        (3, 2, "relu1_1"),
        (4, 6, "relu1_1", "conv2_1"),
        (4, 4, "relu2_1", "pool1"),
        (6, 5, "pool1", "relu1_1", "relu2_1"),
    ):
        photo, x = distinct(rng, 2, 1, height, width, 3)
        yield given(net, features(net, layers, photo), x)


def half_sum(F, P):
    return 0.5 * ((F - P) ** 2).sum()


def seeded(seed, value=half_sum):
    """An answer that walks back from `seed(F, P)` at each layer and adds up `value(F, P)`."""

    def answer(net, targets, x):
        total, seeds = 0.0, {}
        for layer, y in net.forward(x, taps=list(targets)).items():
            F = y.reshape(targets[layer].shape)
            total += value(F, targets[layer])
            seeds[layer] = seed(F, targets[layer]).reshape(y.shape)
        return total, net.backward(seeds)

    return answer


@loss_and_gradient.mistake(
    "Only the last layer's gradient came back, as it overwrote those before it. They add up: give "
    "net.backward all seeds at once, or add what it returns."
)
def gradients_overwritten(net, targets, x):
    value, _ = right.loss_and_gradient(net, targets, x)
    return value, right.loss_and_gradient(net, dict([list(targets.items())[-1]]), x)[1]


@loss_and_gradient.mistake(
    "Only the deepest layer's gradient came back, as it overwrote the others. They add up: give net.backward "
    "all seeds at once, or add what it returns."
)
def gradients_overwritten_on_the_way_up(net, targets, x):
    deepest = max(targets, key=net.names.index)
    value, _ = right.loss_and_gradient(net, targets, x)
    return value, right.loss_and_gradient(net, {deepest: targets[deepest]}, x)[1]


@loss_and_gradient.mistake(
    "Only the deepest layer counts, in the value and in the gradient; the losses of all layers are added."
)
def deepest_layer_alone(net, targets, x):
    deepest = max(targets, key=net.names.index)
    return right.loss_and_gradient(net, {deepest: targets[deepest]}, x)


@loss_and_gradient.mistake("Only the first layer counts: the loop returns before it comes to the second one.")
def first_layer_alone(net, targets, x):
    first = min(targets, key=net.names.index)
    return right.loss_and_gradient(net, {first: targets[first]}, x)


@loss_and_gradient.mistake(
    "The layers' losses were averaged: they are to be added, value = Σ over layers of ½ Σ (F − P)²."
)
def layers_averaged(net, targets, x):
    value, dx = right.loss_and_gradient(net, targets, x)
    return value / len(targets), dx / len(targets)


@loss_and_gradient.mistake(
    "The features themselves were sent back instead of the loss's gradient for them: the seed is F − P."
)
def features_sent_back(net, targets, x):
    return seeded(lambda F, P: F)(net, targets, x)


@loss_and_gradient.mistake(
    "The sign is turned: P − F was sent back. ∂L/∂F = F − P, and a step *against* the gradient goes downhill."
)
def seed_turned(net, targets, x):
    return seeded(lambda F, P: P - F)(net, targets, x)


@loss_and_gradient.mistake(
    "The gradient is twice too large: the ½ cancels the 2 of the square, so the seed is F − P."
)
def seed_twice(net, targets, x):
    return seeded(lambda F, P: 2 * (F - P))(net, targets, x)


@loss_and_gradient.mistake("The gradient is half of what it should be: the seed is F − P, as ½ · 2 = 1.")
def seed_halved(net, targets, x):
    return seeded(lambda F, P: (F - P) / 2)(net, targets, x)


@loss_and_gradient.mistake("Means were taken instead of sums: value = ½ Σ (F − P)², and the seed is F − P.")
def means(net, targets, x):
    return seeded(lambda F, P: (F - P) / F.size, lambda F, P: half_sum(F, P) / F.size)(net, targets, x)


@loss_and_gradient.mistake(
    "A seed of ones was sent back: that is the gradient of ΣF, the sum of all features, not of ½ Σ (F − P)²."
)
def seeded_with_ones(net, targets, x):
    return seeded(lambda F, P: np.ones_like(F))(net, targets, x)


@loss_and_gradient.mistake(
    "The squared differences were sent back; the seed is the loss's derivative, F − P, not its terms."
)
def squares_sent_back(net, targets, x):
    return seeded(lambda F, P: 0.5 * (F - P) ** 2)(net, targets, x)


@loss_and_gradient.mistake(
    "The ½ is missing in the value: ½ Σ (F − P)². The gradient is right, and belongs to the half."
)
def value_twice(net, targets, x):
    return seeded(lambda F, P: F - P, lambda F, P: 2 * half_sum(F, P))(net, targets, x)


@loss_and_gradient.mistake(
    "Places and channels are mixed: y.reshape(-1, C) has a row for each place, as P has; do not transpose."
)
def channels_for_places(net, targets, x):
    total, seeds = 0.0, {}
    for layer, y in net.forward(x, taps=list(targets)).items():
        value, dF = right.content_loss(y.reshape(targets[layer].shape[::-1]).T, targets[layer])
        total += value
        seeds[layer] = dF.T.reshape(y.shape)
    return total, net.backward(seeds)


@loss_and_gradient.mistake("A step was taken already: the gradient ∂L/∂x is asked for, not x − ∂L/∂x.")
def stepped_already(net, targets, x):
    value, dx = right.loss_and_gradient(net, targets, x)
    return value, x - dx


@loss_and_gradient.mistake(
    "Only the last layer counts: the losses of all layers are added, and so are their gradients."
)
def last_layer_alone(net, targets, x):
    last = list(targets)[-1]
    return right.loss_and_gradient(net, {last: targets[last]}, x)


@loss_and_gradient.alternative
def layer_by_layer(net, targets, x):
    walked = net.layers[: max(map(net.names.index, targets)) + 1]
    total, errors = 0.0, {}
    for one in walked:
        x = one.forward(x)
        if one.name in targets:
            errors[one.name] = x - targets[one.name].reshape(x.shape)
            total += 0.5 * np.square(errors[one.name]).sum()
    dy = np.zeros_like(x)
    for one in reversed(walked):
        dy = one.backward(dy + errors.get(one.name, 0.0))
    return total, dy


@loss_and_gradient.alternative
def one_layer_after_the_other(net, targets, x):
    total, dx = 0.0, np.zeros_like(x)
    for layer, P in targets.items():
        y = net.forward(x, taps=[layer])[layer]
        error = y - P.reshape(y.shape)
        total += np.vdot(error, error) / 2
        dx += net.backward({layer: error})
    return total, dx


# --- 7.3 -------------------------------------------------------------------------------------------------

descend = lesson.exercise(
    "descend",
    "gradient descent",
    tested="bowls, valleys and one curved loss, in 1 to 12 unknowns, 0 to 6 steps, rates of 0.01 to 1",
    hints=(
        "Where does the gradient point: to higher or to lower losses?",
        "In each step ask for the gradient at the present x, not at the first one.",
        "for _ in range(steps): x = x - rate * gradient(x), which makes a new array each time.",
    ),
)


def itself(x):
    """gradient(x) = x"""
    return 1.0 * x


def bowl(target, steepness):
    """The gradient of ½ Σ steepness · (x − target)²."""

    def gradient(x):
        return steepness * (x - target)

    gradient.__doc__ = "the gradient of a bowl: steepness · (x − target), entry by entry"
    return gradient


def curved(x):
    """gradient(x) = x³ + x[::-1]"""
    return x**3 + x[::-1]


@descend.cases
def bowls(rng):
    yield given(itself, np.array([8.0]), 0.5, 3)
    yield given(bowl(np.array([3.0, -1]), 1.0), np.array([1.0, 2]), 0.5, 2)
    yield given(itself, np.array([4.0, -2]), 0.25, 1)
    yield given(bowl(integers(rng, 3), np.array([1.0, 2, 4])), integers(rng, 3), 0.25, 2)
    yield given(curved, distinct(rng, 6), 0.1, 5)
    yield given(bowl(normal(rng, 3, 4), 1 + rng.random((3, 4))), normal(rng, 3, 4), 0.01, 6)
    yield given(itself, normal(rng, 2, 2), 1.0, 0)


def walked(step):
    """`steps` times x ← step(gradient, x, rate, number of the step)."""

    def answer(gradient, x, rate, steps):
        for n in range(steps):
            x = step(gradient, x, rate, n)
        return x

    return answer


@descend.mistake(
    "It goes uphill: the gradient points to where the loss grows, so take it off, x ← x − rate · gradient(x)."
)
def uphill(gradient, x, rate, steps):
    return walked(lambda g, x, rate, n: x + rate * g(x))(gradient, x, rate, steps)


@descend.mistake(
    "x is changed in place, and with it the array of whoever called: x -= … writes into it. "
    "x = x - rate * gradient(x) makes a new array."
)
def in_place(gradient, x, rate, steps):
    for _ in range(steps):
        x -= rate * gradient(x)
    return x


@descend.mistake(
    "x is overwritten by the step: it becomes −rate · gradient(x) where x − rate · gradient(x) is asked for."
)
def overwritten(gradient, x, rate, steps):
    return walked(lambda g, x, rate, n: -rate * g(x))(gradient, x, rate, steps)


@descend.mistake(
    "The gradient is that of the first x in every step; it changes as x moves: ask for gradient(x) each time."
)
def first_gradient_always(gradient, x, rate, steps):
    return x - steps * rate * gradient(x)


@descend.mistake("One step too few: range(steps) is steps times.")
def one_too_few(gradient, x, rate, steps):
    return right.descend(gradient, x, rate, max(steps - 1, 0))


@descend.mistake("One step too many: range(steps) is steps times, and nothing comes before or after it.")
def one_too_many(gradient, x, rate, steps):
    return right.descend(gradient, x, rate, steps + 1)


@descend.mistake("Only one step is taken: the return stands inside the loop, or there is none.")
def one_step_only(gradient, x, rate, steps):
    return right.descend(gradient, x, rate, min(steps, 1))


@descend.mistake("The rate is not used: x ← x − rate · gradient(x).")
def rate_ignored(gradient, x, rate, steps):
    return right.descend(gradient, x, 1.0, steps)


@descend.mistake("Divided by the rate, which is to be multiplied by: a small rate means small steps.")
def divided_by_the_rate(gradient, x, rate, steps):
    return right.descend(gradient, x, 1 / rate, steps)


@descend.mistake(
    "Only the gradient's direction is used, its length is gone: x ← x − rate · gradient(x), so that steps "
    "grow small near the bottom by themselves."
)
def gradient_of_length_one(gradient, x, rate, steps):
    def step(g, x, rate, n):
        slope = g(x)
        return x - rate * slope / (np.sqrt((slope**2).sum()) or 1)

    return walked(step)(gradient, x, rate, steps)


@descend.mistake("Only the gradient's signs are used: x ← x − rate · gradient(x), with its sizes too.")
def signs_only(gradient, x, rate, steps):
    return walked(lambda g, x, rate, n: x - rate * np.sign(g(x)))(gradient, x, rate, steps)


@descend.mistake(
    "The gradients add up from step to step, as if the ball had momentum; each step uses the gradient at its "
    "own x alone."
)
def gradients_added_up(gradient, x, rate, steps):
    total = np.zeros_like(x)
    for _ in range(steps):
        total = total + gradient(x)
        x = x - rate * total
    return x


@descend.mistake("The rate shrinks from step to step; here it stays the same.")
def rate_shrinks(gradient, x, rate, steps):
    return walked(lambda g, x, rate, n: x - rate / (n + 1) * g(x))(gradient, x, rate, steps)


@descend.mistake(
    "All steps start from the first x: each is to go on from where the last one ended, x = x − …, not from "
    "x₀ again."
)
def from_the_first_again(gradient, x, rate, steps):
    first = x
    for _ in range(steps):
        x = first - rate * gradient(x)
    return x


@descend.alternative
def on_a_copy(gradient, x, rate, steps):
    x = x.copy()
    while steps:
        x -= rate * gradient(x)
        steps -= 1
    return x


@descend.alternative
def recursively(gradient, x, rate, steps):
    return x if steps == 0 else recursively(gradient, x - gradient(x) * rate, rate, steps - 1)


# --- 7.4 -------------------------------------------------------------------------------------------------

careful_step = lesson.exercise(
    "careful_step",
    "a rate that finds itself",
    tested="bowls, a narrow valley, a curved and a wavy loss; first rates right, large, far too large",
    hints=(
        "Ask for the loss and the gradient at x once. What do you try first, and what do you compare?",
        "While the loss at x − rate · gradient is not smaller than the loss at x: rate = rate / 2.",
        "x and its gradient stay the same in that loop; only the rate changes. Return both at the end.",
    ),
    returns=("x", "rate"),
)


class Asked:
    """A loss with its gradient that is not asked for ever: each copy counts its own calls."""

    MOST = 300

    def __init__(self, both, name):
        self.both, self.calls, self.__doc__ = both, 0, f"loss_and_gradient of {name}"

    def __call__(self, x):
        self.calls += 1
        if self.calls > self.MOST:
            raise RuntimeError(f"the loss was asked for {self.MOST} times, and never was it small enough")
        return self.both(x)


def valley(steepness, target=0.0):
    def both(x):
        error = x - target
        return 0.5 * float((steepness * error**2).sum()), steepness * error

    return Asked(both, f"½ Σ a · (x − t)² with a = {steepness}, t = {target}")


quartic = Asked(lambda x: (float((x**4).sum()), 4 * x**3), "Σ x⁴")
waves = Asked(lambda x: (float((1 - np.cos(x)).sum()), np.sin(x)), "Σ (1 − cos x)")


@careful_step.cases
def slopes(rng):
    yield given(valley(1.0), np.array([4.0]), 4.0)
    yield given(valley(1.0), np.array([4.0]), 0.5)
    yield given(valley(1.0), np.array([2.0]), 2.0)  # comes out as high on the other side: not smaller
    yield given(quartic, np.array([2.0]), 1.0)
    yield given(valley(np.array([1.0, 16.0])), np.array([2.0, 1.0]), 1.0)
    yield given(valley(np.array([1.0, 16.0]), 1.0), np.array([8.0, -3.0]), 0.0625)
    yield given(waves, np.array([1.0]), 6.8)  # the second try is worse than the first
    yield given(quartic, distinct(rng, 4) + 1.5, 1.0)
    yield given(valley(1 + 9 * rng.random((2, 3)), 3.0), normal(rng, 2, 3), 1.5)


def halved_while(again, rate):
    while again(rate):
        rate /= 2
    return rate


@careful_step.mistake(
    "No second look: if the loss at the new place is not smaller, halve the rate and try again."
)
def unchecked(both, x, rate):
    return x - rate * both(x)[1], rate


@careful_step.mistake(
    "The next try starts from the place that failed; it is to start from the same x as the first, with a "
    "smaller rate: x − rate · gradient."
)
def from_the_failed_place(both, x, rate):
    value, gradient = both(x)
    x = x - rate * gradient
    while not both(x)[0] < value:
        rate /= 2
        x = x - rate * gradient
    return x, rate


@careful_step.mistake(
    "A loss that is as large as before was accepted; it has to be smaller, or the step may jump to and fro "
    "across the valley for ever."
)
def as_good_will_do(both, x, rate):
    value, gradient = both(x)
    rate = halved_while(lambda rate: both(x - rate * gradient)[0] > value, rate)
    return x - rate * gradient, rate


@careful_step.mistake(
    "The rate is halved once and no further: go on until the loss falls, with while, not if."
)
def halved_once(both, x, rate):
    value, gradient = both(x)
    rate = rate if both(x - rate * gradient)[0] < value else rate / 2
    return x - rate * gradient, rate


@careful_step.mistake("The rate is halved before the first try: try the rate that was given first.")
def halved_at_once(both, x, rate):
    return right.careful_step(both, x, rate / 2)


@careful_step.mistake("Halved once more than needed: return the rate that made the loss fall, and its x.")
def halved_once_more(both, x, rate):
    rate = right.careful_step(both, x, rate)[1] / 2
    return x - rate * both(x)[1], rate


@careful_step.mistake(
    "The x is right, but the rate that came back is the first one: return the one that worked."
)
def first_rate_returned(both, x, rate):
    return right.careful_step(both, x, rate)[0], rate


@careful_step.mistake("It goes uphill: the step is x − rate · gradient.")
def step_uphill(both, x, rate):
    value, gradient = both(x)
    rate = halved_while(lambda rate: not both(x + rate * gradient)[0] < value, rate)
    return x + rate * gradient, rate


@careful_step.mistake(
    "Each try is compared with the try before it; the loss has to fall below that at x, where the step began."
)
def compared_with_the_last_try(both, x, rate):
    value, gradient = both(x)
    while not (tried := both(x - rate * gradient)[0]) < value:
        value, rate = tried, rate / 2
    return x - rate * gradient, rate


@careful_step.mistake(
    "The step's gradient was taken at the place that was tried: it is that at x, asked for once."
)
def gradient_of_the_try(both, x, rate):
    value, gradient = both(x)
    while True:
        tried, there = both(x - rate * gradient)
        if tried < value:
            return x - rate * gradient, rate
        gradient, rate = there, rate / 2


@careful_step.mistake("The rate is divided by ten; it is to be halved.")
def by_ten(both, x, rate):
    value, gradient = both(x)
    while not both(x - rate * gradient)[0] < value:
        rate /= 10
    return x - rate * gradient, rate


@careful_step.mistake("x came back as it was, with the right rate: return x − rate · gradient.")
def x_returned(both, x, rate):
    return x, right.careful_step(both, x, rate)[1]


@careful_step.mistake("The rate is halved once more than needed: return the one with which x was found.")
def rate_halved_again(loss_and_gradient, x, rate):
    found, rate = right.careful_step(loss_and_gradient, x, rate)
    return found, rate / 2


@careful_step.alternative
def with_break(both, x, rate):
    value, gradient = both(x)
    while True:
        new = x - rate * gradient
        if both(new)[0] < value:
            return new, rate
        rate *= 0.5


@careful_step.alternative
def by_recursion(both, x, rate):
    value, gradient = both(x)
    new = x - rate * gradient
    return (new, rate) if both(new)[0] < value else by_recursion(both, x, rate / 2)
