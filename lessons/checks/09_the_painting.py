"""Lesson 9's exercises: what they are tried on, other ways of being right, ways of being wrong."""

import numpy as np

from lessons.tutor import Lesson, given, integers, normal

lesson = Lesson(__file__)
right = lesson.right


# --- 9.1 -------------------------------------------------------------------------------------------------

mixed_start = lesson.exercise(
    "mixed_start",
    "the first canvas",
    tested="pictures of 1 to 20 pixels, shares of 0, 1 and between",
    hints=(
        "What must come out for share = 0, and what for share = 1? Between the two it goes in a straight "
        "line.",
        "The noise lies between 0 and 1, the photo between 0 and 255: bring them to the same scale first.",
        "share * 255 * noise + (1 - share) * photo.",
    ),
)


@mixed_start.cases
def starts(rng):
    def some(*shape, share):
        return given(rng.integers(0, 256, shape).astype(np.uint8), rng.random(shape), share)

    yield given(np.array([[[200, 100, 0]]], np.uint8), np.array([[[0.0, 1.0, 0.5]]]), 0.5)
    yield given(np.array([[[10, 20, 30]]], np.uint8), np.array([[[1.0, 0.0, 0.2]]]), 1.0)
    yield some(1, 2, 3, share=0.0)
    yield some(2, 2, 3, share=0.25)
    yield some(4, 5, 3, share=0.9)


@mixed_start.mistake(
    "The noise stays between 0 and 1, which is as good as black on the photo's scale: 255 · noise has the "
    "range of the photo."
)
def noise_too_faint(photo, noise, share):
    return share * noise + (1 - share) * photo


@mixed_start.mistake(
    "The share is the photo's here; it should be the noise's: share · 255 · noise + (1 − share) · photo."
)
def mix_exchanged(photo, noise, share):
    return right.mixed_start(photo, noise, 1 - share)


@mixed_start.mistake(
    "The noise is added on top of the whole photo, which then gets too bright: the photo's part is "
    "(1 − share) · photo."
)
def photo_not_reduced(photo, noise, share):
    return share * 255 * noise + photo


@mixed_start.mistake("The noise comes in full, whatever the share: its part is share · 255 · noise.")
def noise_not_reduced(photo, noise, share):
    return 255 * noise + (1 - share) * photo


@mixed_start.mistake(
    "Everything lies between 0 and 1; the canvas is asked for on the photo's scale, 0 … 255."
)
def scale_of_one(photo, noise, share):
    return right.mixed_start(photo, noise, share) / 255


@mixed_start.mistake(
    "The noise is centred on 0, 255 · (noise − ½), which darkens the canvas; here it runs from 0 to 255."
)
def noise_around_zero(photo, noise, share):
    return right.mixed_start(photo, noise - 0.5, share)


@mixed_start.mistake(
    "Each entry is either noise or photo, noise in a share of the entries; here every entry is a mixture, "
    "share · 255 · noise + (1 − share) · photo."
)
def one_or_the_other(photo, noise, share):
    return np.where(noise < share, 255 * noise, photo.astype(float))


@mixed_start.mistake(
    "The noise is grey, the same for all three channels; white noise is drawn for every channel on its own."
)
def grey_noise(photo, noise, share):
    return right.mixed_start(photo, noise.mean(axis=2, keepdims=True), share)


@mixed_start.mistake(
    "The result is turned into whole numbers, uint8; a canvas is float, and the optimiser moves it by much "
    "less than 1."
)
def made_whole(photo, noise, share):
    return right.mixed_start(photo, noise, share).astype(np.uint8)


@mixed_start.mistake("The canvas is rounded; a canvas holds numbers with a decimal point until it is saved.")
def rounded(photo, noise, share):
    return np.rint(right.mixed_start(photo, noise, share))


@mixed_start.alternative
def along_the_line(photo, noise, share):
    """From the photo, a share of the way to the noise."""
    photo = photo.astype(float)
    return photo + share * (255 * noise - photo)


@mixed_start.alternative
def pixel_by_pixel(photo, noise, share):
    canvas = np.empty(photo.shape)
    for place in np.ndindex(photo.shape):
        canvas[place] = share * 255 * noise[place] + (1 - share) * float(photo[place])
    return canvas


# --- 9.2 -------------------------------------------------------------------------------------------------

total_loss = lesson.exercise(
    "total_loss",
    "content and style in one number",
    tested="one to five style layers, with whole and broken weights, some of them 0",
    hints=(
        "Each style layer has the same say. If all of them have E = 3, what should the style's part be?",
        "The style's part is the mean of the layers' E; then α goes with the content and β with the style.",
        "alpha * content + beta * sum(style.values()) / len(style).",
    ),
)


@total_loss.cases
def terms(rng):
    yield given(5.0, {"relu1_1": 2.0, "relu2_1": 4.0}, 1.0, 10.0)
    yield given(3.0, {"relu1_1": 7.0}, 2.0, 1.0)
    yield given(4.0, {"relu1_1": 1.0, "relu2_1": 2.0, "relu3_1": 6.0}, 0.0, 2.0)
    yield given(2.0, {"relu1_1": 9.0, "relu2_1": 3.0}, 3.0, 0.0)
    for count in (3, 5):
        style = {f"relu{i + 1}_1": float(rng.random()) for i in range(count)}
        yield given(float(rng.random()), style, float(rng.random()), 3 * float(rng.random()))


@total_loss.mistake("α and β are exchanged: α goes with the content, β with the style.")
def weights_exchanged(content, style, alpha, beta):
    return right.total_loss(content, style, beta, alpha)


@total_loss.mistake(
    "The layers' E are added up; with w = 1/(number of layers) they are averaged, so that β means the same "
    "however many layers there are."
)
def sum_for_mean(content, style, alpha, beta):
    return alpha * content + beta * sum(style.values())


@total_loss.mistake("α is missing in front of the content: L = α · content + β · style.")
def alpha_forgotten(content, style, alpha, beta):
    return right.total_loss(content, style, 1, beta)


@total_loss.mistake("β is missing in front of the style: L = α · content + β · style.")
def beta_forgotten(content, style, alpha, beta):
    return right.total_loss(content, style, alpha, 1)


@total_loss.mistake("Neither weight is used: L = α · content + β · style.")
def both_forgotten(content, style, alpha, beta):
    return right.total_loss(content, style, 1, 1)


@total_loss.mistake("Only the last layer's E arrives in the sum: add every layer's up.")
def only_the_last(content, style, alpha, beta):
    return alpha * content + beta * list(style.values())[-1] / len(style)


@total_loss.mistake("The content is divided by the number of style layers too; w belongs to the style alone.")
def content_averaged_too(content, style, alpha, beta):
    return right.total_loss(content / len(style), style, alpha, beta)


@total_loss.mistake(
    "The content counts as one more layer in w: w = 1/(number of style layers), without the content."
)
def content_counted(content, style, alpha, beta):
    return alpha * content + beta * sum(style.values()) / (len(style) + 1)


@total_loss.mistake(
    "The largest E is taken instead of their mean; then all layers but one would be free to drift."
)
def largest_layer(content, style, alpha, beta):
    return alpha * content + beta * max(style.values())


@total_loss.mistake(
    "The weights are made to add up to 1 first; L = α · content + β · style takes them as they are."
)
def weights_as_shares(content, style, alpha, beta):
    return right.total_loss(content, style, alpha, beta) / (alpha + beta)


@total_loss.alternative
def layer_by_layer(content, style, alpha, beta):
    total, w = alpha * content, 1 / len(style)
    for E in style.values():
        total += beta * w * E
    return total


@total_loss.alternative
def as_inner_products(content, style, alpha, beta):
    return np.dot([alpha, beta], [content, np.mean(list(style.values()))])


# --- 9.3 -------------------------------------------------------------------------------------------------

relative_content = lesson.exercise(
    "relative_content",
    "a content loss without units",
    tested="features of 1 to 20 entries, the photo's own among them",
    hints=(
        "Which of F and P does an optimiser change? The other one is a constant, and so is Σ P².",
        "Write s for 1/Σ P². Then value = s · Σ (F − P)², and each entry of F stands in one square alone.",
        "dF = 2 * (F - P) / (P**2).sum().",
    ),
)


@relative_content.cases
def contents(rng):
    yield given(np.array([[3.0, 0]]), np.array([[1.0, 2]]))
    yield given(np.array([[2.0]]), np.array([[2.0]]))
    yield given(integers(rng, 2, 2), integers(rng, 2, 2) + 5)
    yield given(np.zeros((3, 1)), integers(rng, 3, 1) + 5)
    yield given(normal(rng, 5, 4), normal(rng, 5, 4))
    yield given(normal(rng, 2, 3), normal(rng, 2, 3))


@relative_content.mistake(
    "The 2 of the square is missing in the gradient: without a ½ in front of the sum it stays, "
    "dF = 2 (F − P)/Σ P²."
)
def gradient_without_two(F, P):
    value, dF = right.relative_content(F, P)
    return value, dF / 2


@relative_content.mistake(
    "There is a ½ in front, as in the paper's form; the relative form has none: value = Σ (F − P)²/Σ P² is 1 "
    "at F = 0."
)
def half_of_it(F, P):
    value, dF = right.relative_content(F, P)
    return value / 2, dF / 2


@relative_content.mistake("The value has a ½, the gradient has not: value = Σ (F − P)²/Σ P².")
def half_in_the_value(F, P):
    value, dF = right.relative_content(F, P)
    return value / 2, dF


@relative_content.mistake(
    "It is divided by the canvas's size Σ F²; the unit is the photo's, Σ P², a constant. (Otherwise the "
    "derivative would have a second term.)"
)
def divided_by_the_canvas(F, P):
    return ((F - P) ** 2).sum() / (F**2).sum(), 2 * (F - P) / (F**2).sum()


@relative_content.mistake("The sign of the gradient is turned: dF = 2 (F − P)/Σ P², F first.")
def content_turned(F, P):
    value, dF = right.relative_content(F, P)
    return value, -dF


@relative_content.mistake("Nothing is divided by: the relative form divides both by Σ P².")
def not_relative(F, P):
    return ((F - P) ** 2).sum(), 2 * (F - P)


@relative_content.mistake(
    "The value is divided by Σ P², the gradient is not: a constant stays when one derives."
)
def gradient_not_relative(F, P):
    return right.relative_content(F, P)[0], 2 * (F - P)


@relative_content.mistake(
    "Every entry is divided by its own P²: the sums come first, Σ (F − P)²/Σ P²; an entry near 0 would weigh "
    "as much as it liked."
)
def entry_by_entry(F, P):
    return ((F - P) ** 2 / P**2).sum(), 2 * (F - P) / P**2


@relative_content.mistake(
    "The mean of the squares is divided by the sum of P's: take Σ above and below, or the mean above and "
    "below."
)
def mean_over_sum(F, P):
    value, dF = right.relative_content(F, P)
    return value / F.size, dF / F.size


@relative_content.mistake(
    "A root is taken of the value; the relative form is Σ (F − P)²/Σ P², squares on squares."
)
def root_of_it(F, P):
    value, dF = right.relative_content(F, P)
    return np.sqrt(value), dF


@relative_content.alternative
def by_norms(F, P):
    size = np.linalg.norm(P) ** 2
    return np.linalg.norm(F - P) ** 2 / size, (F - P) * (2 / size)


@relative_content.alternative
def in_loops(F, P):
    size, value, dF = sum(p * p for p in P.flat), 0.0, np.zeros_like(F)
    for m in range(F.shape[0]):
        for c in range(F.shape[1]):
            value += (F[m, c] - P[m, c]) ** 2 / size
            dF[m, c] = 2 * (F[m, c] - P[m, c]) / size
    return value, dF


# --- 9.4 -------------------------------------------------------------------------------------------------

join = lesson.exercise(
    "join",
    "all terms of a loss, and their seeds",
    tested="one to four parts at one to three taps, two parts at one tap among them, and a tap without parts",
    hints=(
        "Walk over the parts and keep two things: a running total, and a dictionary of gradients.",
        "What multiplies a value multiplies its derivative. And if the tap is in the dictionary already, "
        "what is there must stay.",
        "seeds[tap] = seeds.get(tap, 0) + weight * dF.",
    ),
)


def near(target):
    """½Σ(F − target)², a loss to be tried."""

    def loss(F):
        return float(((F - target) ** 2).sum() / 2), F - target

    loss.__doc__ = f"½Σ(F − {target:g})²"
    return loss


def energy(F):
    """ΣF²"""
    return float((F**2).sum()), 2 * F


@join.cases
def losses(rng):
    yield given({"relu1_1": integers(rng, 1, 2)}, [("relu1_1", 3.0, near(1))])
    yield given({"relu1_1": integers(rng, 1, 2)}, [("relu1_1", 2.0, near(1)), ("relu1_1", 0.5, energy)])
    yield given(
        {"relu1_1": integers(rng, 2, 1), "relu2_1": integers(rng, 1, 2)},
        [("relu1_1", 2.0, near(-1)), ("relu2_1", 3.0, energy)],
    )
    yield given(
        {"relu1_1": normal(rng, 3, 2), "relu2_1": normal(rng, 2, 4), "relu4_2": normal(rng, 1, 5)},
        [
            ("relu4_2", 0.2, near(2)),
            ("relu1_1", 1.5, energy),
            ("relu4_2", 4.0, energy),
            ("relu1_1", 1.0, near(3)),
        ],
    )
    yield given({"relu1_1": normal(rng, 2, 2), "relu2_1": normal(rng, 2, 2)}, [("relu2_1", 0.5, near(0.5))])


def reweighted(features, parts, weight_of):
    return right.join(features, [(tap, weight_of(i, w), loss) for i, (tap, w, loss) in enumerate(parts)])


@join.mistake(
    "Where two parts look at one tap, the second gradient overwrites the first: they add up, "
    "seeds[tap] = seeds.get(tap, 0) + weight · dF."
)
def overwritten(features, parts):
    return right.join(features, parts)[0], {tap: w * loss(features[tap])[1] for tap, w, loss in parts}


@join.mistake(
    "Where two parts look at one tap, only the first one's gradient is kept: they add up, "
    "seeds[tap] = seeds.get(tap, 0) + weight · dF."
)
def first_one_kept(features, parts):
    return right.join(features, parts)[0], overwritten(features, parts[::-1])[1]


@join.mistake(
    "The weights are not used: total += weight · value, and the gradient is weighted in the same way."
)
def unweighted(features, parts):
    return reweighted(features, parts, lambda i, w: 1.0)


@join.mistake(
    "The values are weighted, the gradients are not: the derivative of weight · value is weight · dF."
)
def gradients_unweighted(features, parts):
    return right.join(features, parts)[0], unweighted(features, parts)[1]


@join.mistake("The gradients are weighted, the values are not: L = Σ weight · value.")
def values_unweighted(features, parts):
    return unweighted(features, parts)[0], right.join(features, parts)[1]


@join.mistake("The total is the last part's alone: total += weight · value, not total = weight · value.")
def last_value_only(features, parts):
    last = len(parts) - 1
    total = reweighted(features, parts, lambda i, w: w if i == last else 0.0)[0]
    return total, right.join(features, parts)[1]


@join.mistake("The total is divided by the number of parts; L is the sum Σ weight · value.")
def mean_of_parts(features, parts):
    total, seeds = right.join(features, parts)
    return total / len(parts), seeds


@join.mistake(
    "There are seeds of 0 for taps that no part looks at; only the taps that occur in parts are asked for."
)
def every_tap(features, parts):
    total, seeds = right.join(features, parts)
    return total, {tap: seeds.get(tap, np.zeros_like(F)) for tap, F in features.items()}


@join.mistake("Two gradients at one tap are averaged; both are part of ∂L/∂F, and add up.")
def averaged_at_a_tap(features, parts):
    total, seeds = right.join(features, parts)
    taps = [tap for tap, _, _ in parts]
    return total, {tap: seed / taps.count(tap) for tap, seed in seeds.items()}


@join.mistake("The weight is applied twice, to each gradient and once more to the sum at its tap.")
def weighted_twice(features, parts):
    total, _ = right.join(features, parts)
    return total, reweighted(features, parts, lambda i, w: w * w)[1]


@join.alternative
def with_if(features, parts):
    total, seeds = 0, {}
    for tap, weight, loss in parts:
        value, dF = loss(features[tap])
        total = total + weight * value
        if tap in seeds:
            seeds[tap] += weight * dF
        else:
            seeds[tap] = weight * dF
    return total, seeds


@join.alternative
def tap_by_tap(features, parts):
    seeds = {
        tap: sum(w * loss(F)[1] for where, w, loss in parts if where == tap)
        for tap, F in features.items()
        if any(where == tap for where, _, _ in parts)
    }
    return sum(w * loss(features[tap])[0] for tap, w, loss in parts), seeds


# --- 9.5 -------------------------------------------------------------------------------------------------

for_scipy = lesson.exercise(
    "for_scipy",
    "a picture as a vector",
    tested="canvases of 1 to 60 entries, with objectives that refuse what is not float32 of the right shape",
    hints=(
        "f needs three steps: vector to canvas, ask the objective, gradient to vector.",
        "v.reshape(shape) and gradient.reshape(-1) undo each other; astype(np.float32) on the way in, "
        "astype(np.float64) on the way out.",
        "def f(v): loss, gradient = objective(v.reshape(shape).astype(np.float32)); "
        "return float(loss), gradient.reshape(-1).astype(np.float64). And then: return f.",
    ),
    use=lambda function, objective, shape, v: function(objective, shape)(v),
    tolerance=1e-6,  # the objective computes in float32
)


def slope(shape):
    """An objective with a gradient that is different at every entry."""
    ramp = np.arange(1, np.prod(shape) + 1, dtype=np.float32).reshape(shape)

    def objective(canvas):
        if canvas.shape != shape:
            raise ValueError(f"expected a canvas of shape {shape}, got {canvas.shape}")
        if canvas.dtype != np.float32:
            raise TypeError(f"expected a canvas of float32, got {canvas.dtype}")
        return np.float32((ramp * canvas**2).sum()), 2 * ramp * canvas

    objective.__doc__ = f"Σ k·x², k = 1, 2, 3 … along the entries, for canvases {shape} of float32 alone"
    return objective


@for_scipy.cases
def vectors(rng):
    for shape in ((1, 2, 3), (2, 2, 1), (2, 1, 3)):
        yield given(slope(shape), shape, integers(rng, int(np.prod(shape))))
    yield given(slope((4, 5, 3)), (4, 5, 3), normal(rng, 60))
    yield given(slope((2, 3)), (2, 3), normal(rng, 6))


@for_scipy.mistake("The objective gets the vector as it is; it wants a canvas: v.reshape(shape), in float32.")
def not_reshaped(objective, shape):
    def f(v):
        loss, gradient = objective(v.astype(np.float32))
        return float(loss), gradient.reshape(-1).astype(np.float64)

    return f


@for_scipy.mistake(
    "The objective gets a canvas that is not float32 and refuses it: SciPy's vector is float64, so "
    "v.reshape(shape).astype(np.float32), and nothing is rounded to whole numbers."
)
def left_in_double(objective, shape):
    def f(v):
        loss, gradient = objective(v.reshape(shape))
        return float(loss), gradient.reshape(-1).astype(np.float64)

    return f


@for_scipy.mistake(
    "The gradient is float32; SciPy computes in float64: gradient.reshape(-1).astype(np.float64)."
)
def gradient_in_single(objective, shape):
    def f(v):
        loss, gradient = objective(v.reshape(shape).astype(np.float32))
        return float(loss), gradient.reshape(-1)

    return f


@for_scipy.mistake("The gradient has the shape of the canvas; SciPy wants a vector: gradient.reshape(-1).")
def gradient_as_canvas(objective, shape):
    def f(v):
        loss, gradient = objective(v.reshape(shape).astype(np.float32))
        return float(loss), gradient.astype(np.float64)

    return f


@for_scipy.mistake("Only the loss comes back; with jac=True SciPy wants both, (loss, g).")
def loss_alone(objective, shape):
    return lambda v: right.for_scipy(objective, shape)(v)[0]


@for_scipy.mistake("The two come in the wrong order: (loss, g), the number first.")
def gradient_first(objective, shape):
    return lambda v: right.for_scipy(objective, shape)(v)[::-1]


@for_scipy.mistake(
    "The gradient comes out column by column, as by order='F' or .T; v is in the order of "
    "canvas.reshape(-1), and so must g be."
)
def other_order(objective, shape):
    def f(v):
        loss, gradient = objective(v.reshape(shape).astype(np.float32))
        return float(loss), gradient.reshape(-1, order="F").astype(np.float64)

    return f


@for_scipy.mistake(
    "The canvas is filled column by column (order='F'); v is in the order of canvas.reshape(-1)."
)
def filled_in_other_order(objective, shape):
    def f(v):
        loss, gradient = objective(np.ascontiguousarray(v.reshape(shape, order="F"), np.float32))
        return float(loss), gradient.reshape(-1, order="F").astype(np.float64)

    return f


@for_scipy.mistake(
    "The gradient has a minus sign. SciPy turns downhill itself; it is to be told the derivative as it is."
)
def uphill(objective, shape):
    def f(v):
        loss, g = right.for_scipy(objective, shape)(v)
        return loss, -g

    return f


@for_scipy.mistake(
    "The canvas is cut off to 0 … 255 on the way. The objective's canvas has no such bounds, and where "
    "something is cut off, the gradient no longer belongs to v."
)
def cut_off(objective, shape):
    return lambda v: right.for_scipy(objective, shape)(np.clip(v, 0, 255))


@for_scipy.mistake(
    "The objective was asked and its answer returned; SciPy wants a function that it can ask: return f."
)
def asked_at_once(objective, shape):
    return objective(np.zeros(shape, np.float32))


@for_scipy.alternative
def as_an_object(objective, shape):
    class Vector:
        def __call__(self, v):
            loss, gradient = objective(np.asarray(v, np.float32).reshape(shape))
            return float(loss), np.array(gradient, dtype=float).ravel()

    return Vector()


@for_scipy.alternative
def copied_entry_by_entry(objective, shape):
    def f(v):
        canvas = np.empty(shape, np.float32)
        canvas.flat = v
        loss, gradient = objective(canvas)
        return loss.item(), np.array([float(entry) for entry in gradient.flat])

    return f
