"""Lesson 8's exercises: what they are tried on, other ways of being right, ways of being wrong."""

import numpy as np

from lessons.tutor import Lesson, given, integers, normal

lesson = Lesson(__file__)
right = lesson.right


def matrix(x):
    """(H, W, C) → (M, C)."""
    return x.reshape(-1, x.shape[-1])


def symmetric(A):
    return A + A.T


# --- 8.1 -------------------------------------------------------------------------------------------------

gram = lesson.exercise(
    "gram",
    "which channels answer together",
    tested="activations of 1 to 20 places and 1 to 5 channels",
    hints=(
        "Lay the activation out as a table first: a row for each place, a column for each channel. How many "
        "rows does it have?",
        "G[i, j] is column i times column j, entry by entry, added up: the product of the transposed table "
        "and the table.",
        "F = activation.reshape(-1, activation.shape[-1]), and G = F.T @ F.",
    ),
)


@gram.cases
def activations(rng):
    yield given(np.array([[[1.0, 2], [3, 0]]]))
    yield given(integers(rng, 2, 2, 2))
    yield given(integers(rng, 1, 3, 3))
    yield given(integers(rng, 3, 1, 1))
    yield given(integers(rng, 2, 3, 4))
    yield given(normal(rng, 4, 5, 3))
    yield given(normal(rng, 3, 2, 5))


@gram.mistake(
    "These are products between places, F Fᵀ (M, M), which remember where everything was; between channels "
    "it is G = FᵀF (C, C)."
)
def between_places(x):
    return matrix(x) @ matrix(x).T


@gram.mistake(
    "The sum is divided by the number of places; here G = FᵀF is the sum itself, and M comes in later, in E."
)
def mean_over_places(x):
    return right.gram(x) / (x.shape[0] * x.shape[1])


@gram.mistake(
    "The sum is divided by the size of the activation, H·W·C, as some programs do; here G = FᵀF is the sum."
)
def divided_by_everything(x):
    return right.gram(x) / x.size


@gram.mistake(
    "Each channel's mean is taken off first. That is a covariance; a Gram matrix sums the products of the "
    "responses as they are, G[i, j] = Σ F[m, i] · F[m, j]."
)
def covariance(x):
    return right.gram(x - x.mean(axis=(0, 1)))


@gram.mistake(
    "Each entry is divided by the lengths of its two columns, which makes cosines between −1 and 1; "
    "G = FᵀF keeps how strong the responses are."
)
def cosines(x):
    G = right.gram(x)
    return G / np.sqrt(np.outer(np.diag(G), np.diag(G)))


@gram.mistake(
    "reshape(C, -1) does not bring the channels to the front: it cuts the same row of numbers elsewhere, "
    "and channels and places get mixed. F = x.reshape(-1, C), then FᵀF."
)
def cut_elsewhere(x):
    F = x.reshape(x.shape[-1], -1)
    return F @ F.T


@gram.mistake(
    "The sums are taken first and multiplied afterwards, Σ F[m, i] · Σ F[m, j]; whether two channels answer "
    "at the same place is known only if the product comes first: Σ (F[m, i] · F[m, j])."
)
def sums_first(x):
    total = x.sum(axis=(0, 1))
    return np.outer(total, total)


@gram.mistake(
    "Only the diagonal is filled: each channel with itself. The entries beside it, G[i, j] = Σ F[m, i] · "
    "F[m, j] with i ≠ j, say which channels answer together."
)
def diagonal_only(x):
    return np.diag((matrix(x) ** 2).sum(axis=0))


@gram.mistake("Only one half is filled; G[j, i] = G[i, j], and both halves are asked for.")
def upper_half_only(x):
    return np.triu(right.gram(x))


@gram.mistake(
    "There is a Gram matrix for every row of the picture; the sum runs over all places, r and s both."
)
def row_by_row(x):
    return np.einsum("rsi,rsj->rij", x, x)


@gram.mistake("Only the first row of the picture is summed over: F has H·W rows, x.reshape(-1, C), not x[0].")
def first_row_only(x):
    return x[0].T @ x[0]


@gram.alternative
def by_einsum(x):
    return np.einsum("rsi,rsj->ij", x, x)


@gram.alternative
def by_loops(x):
    h, w, c = x.shape
    G = np.zeros((c, c))
    for i in range(c):
        for j in range(c):
            for r in range(h):
                for s in range(w):
                    G[i, j] += x[r, s, i] * x[r, s, j]
    return G


@gram.alternative
def a_sum_of_outer_products(x):
    return sum(np.outer(place, place) for place in matrix(x))


@gram.alternative
def channel_by_channel(x):
    maps = np.moveaxis(x, -1, 0)
    return np.array([[(one * other).sum() for other in maps] for one in maps])


# --- 8.2 -------------------------------------------------------------------------------------------------

gram_backward = lesson.exercise(
    "gram_backward",
    "back through a Gram matrix",
    tested="features of 1 to 12 places and 1 to 5 channels, with upstream gradients that are not symmetric",
    hints=(
        "Take one place and two channels, F = [[a, b]], so G = [[a², ab], [ab, b²]]. Which entries of G "
        "contain a, and what is the derivative of each?",
        "F[m, k] stands in row k of G and in column k of G: the one gives Σ over j of dG[k, j] · F[m, j], "
        "the other Σ over i of dG[i, k] · F[m, i]. Add them.",
        "dF = F @ (dG + dG.T): the transposed dG is the second way in.",
    ),
)


@gram_backward.cases
def upstream(rng):
    yield given(np.array([[1.0, 2], [0, -1]]), np.array([[1.0, 3]]))
    yield given(integers(rng, 1, 1), integers(rng, 3, 1))
    yield given(integers(rng, 2, 2), integers(rng, 2, 2))
    yield given(integers(rng, 2, 2), integers(rng, 3, 2))
    yield given(symmetric(integers(rng, 3, 3)), integers(rng, 2, 3))
    yield given(normal(rng, 4, 4), normal(rng, 12, 4))
    yield given(normal(rng, 5, 5), normal(rng, 3, 5))


@gram_backward.mistake(
    "F stands in G twice, and only one of the two is counted: dF = F(dG + dGᵀ), where F dG came. For a "
    "symmetric dG that is half of the truth."
)
def once(dG, F):
    return F @ dG


@gram_backward.mistake(
    "F stands in G twice, and only one of the two is counted: dF = F(dG + dGᵀ), where F dGᵀ came."
)
def once_transposed(dG, F):
    return F @ dG.T


@gram_backward.mistake(
    "2 F dG is right for a symmetric dG alone; in general the second half has its indices exchanged: "
    "dF = F(dG + dGᵀ)."
)
def twice_the_same(dG, F):
    return 2 * F @ dG


@gram_backward.mistake("2 F dGᵀ is right for a symmetric dG alone; in general dF = F(dG + dGᵀ).")
def twice_transposed(dG, F):
    return 2 * F @ dG.T


@gram_backward.mistake(
    "The two halves are averaged; they are two different ways in which F changes G, and add up: "
    "dF = F(dG + dGᵀ), without ½."
)
def averaged(dG, F):
    return F @ (dG + dG.T) / 2


@gram_backward.mistake(
    "The result stands on its side: dF has the shape of F, (M, C), one row for each place."
)
def on_its_side(dG, F):
    return (dG + dG.T) @ F.T


@gram_backward.mistake(
    "The factors are in the wrong order: row m of dF is row m of F times (dG + dGᵀ), so F stands on the "
    "left, (M, C)(C, C)."
)
def wrong_order(dG, F):
    return (dG + dG.T) @ F


@gram_backward.mistake(
    "The second half has a minus sign: dF = F(dG + dGᵀ); what F dG − F dGᵀ leaves is 0 for a symmetric dG."
)
def difference(dG, F):
    return F @ (dG - dG.T)


@gram_backward.mistake(
    "The diagonal of dG is counted once; its entries G[k, k] = Σ F[m, k]² have the derivative 2 F[m, k], "
    "so they count twice as well: dF = F(dG + dGᵀ)."
)
def diagonal_once(dG, F):
    return F @ (dG + dG.T - np.diag(np.diag(dG)))


@gram_backward.mistake(
    "F itself is missing: dF = F(dG + dGᵀ), where the gradient for G was handed on as it is."
)
def without_features(dG, F):
    return dG + dG.T


@gram_backward.mistake("The product begins with G = FᵀF (C, C); it begins with F (M, C): dF = F (dG + dGᵀ).")
def with_g_for_f(dG, F):
    return F.T @ F @ (dG + dG.T)


@gram_backward.alternative
def both_ways_by_einsum(dG, F):
    return np.einsum("kj,mj->mk", dG, F) + np.einsum("ik,mi->mk", dG, F)


@gram_backward.alternative
def entry_by_entry(dG, F):
    dF = np.zeros_like(F)
    for m in range(F.shape[0]):
        for i in range(F.shape[1]):
            for j in range(F.shape[1]):  # G[i, j] holds F[m, i] · F[m, j]
                dF[m, i] += dG[i, j] * F[m, j]
                dF[m, j] += dG[i, j] * F[m, i]
    return dF


@gram_backward.alternative
def through_the_symmetric_part(dG, F):
    return 2 * F @ ((dG + dG.T) / 2)


# --- 8.3 -------------------------------------------------------------------------------------------------

style_loss = lesson.exercise(
    "style_loss",
    "how far two styles are apart",
    tested="features of 1 to 12 places and 1 to 5 channels, beside paintings larger, smaller and as large",
    hints=(
        "Two Gram matrices can be compared only if they sum over equally many places. How would A look if "
        "the painting had M places, each as before?",
        "D = FᵀF − A · M/places; then square every entry and add all of them up.",
        "m, n = F.shape, and E = (D**2).sum() / (4 * n**2 * m**2).",
    ),
)


@style_loss.cases
def styles(rng):
    yield given(np.array([[1.0, 0], [1, 1]]), np.array([[1.0, 0], [0, 1]]), 2)
    yield given(np.array([[2.0]]), np.array([[12.0]]), 4)
    yield given(integers(rng, 3, 2), symmetric(integers(rng, 2, 2)), 3)
    yield given(integers(rng, 2, 2), symmetric(integers(rng, 2, 2)), 4)
    yield given(integers(rng, 4, 3), symmetric(integers(rng, 3, 3)), 2)
    yield given(normal(rng, 12, 4), symmetric(normal(rng, 4, 4)), 30)
    yield given(normal(rng, 5, 5), symmetric(normal(rng, 5, 5)), 3)


@style_loss.mistake(
    "The painting's size is not allowed for: it has `places` places, the canvas M, and a sum over more "
    "places is larger. G is to be compared with A · M/places."
)
def other_size_forgotten(F, A, places):
    return right.style_loss(F, A, len(F))


@style_loss.mistake(
    "The ratio is upside down: A was summed over `places` places, so A · M/places, not A · places/M."
)
def ratio_upside_down(F, A, places):
    return right.style_loss(F, A * (places / len(F)) ** 2, places)


@style_loss.mistake(
    "It is G that was rescaled, to the painting's size; the formula rescales A, to the canvas's: "
    "(G − A · M/places)²."
)
def canvas_rescaled(F, A, places):
    return right.style_loss(F, A, places) * (places / len(F)) ** 2


@style_loss.mistake("M stands where N belongs: N is the number of channels, C, in 1/(4 N² M²).")
def places_for_channels(F, A, places):
    return right.style_loss(F, A, places) * (F.shape[1] / F.shape[0]) ** 2


@style_loss.mistake("N stands where M belongs: M is the number of places, len(F), in 1/(4 N² M²).")
def channels_for_places(F, A, places):
    return right.style_loss(F, A, places) * (F.shape[0] / F.shape[1]) ** 2


@style_loss.mistake("N and M are not squared in the denominator: E = Σ D² / (4 N² M²).")
def not_squared_below(F, A, places):
    return right.style_loss(F, A, places) * F.size


@style_loss.mistake("The 4 is missing in the denominator: E = Σ D² / (4 N² M²).")
def without_four(F, A, places):
    return right.style_loss(F, A, places) * 4


@style_loss.mistake("There is a 2 where 4 belongs: E = Σ D² / (4 N² M²), half of a half.")
def two_for_four(F, A, places):
    return right.style_loss(F, A, places) * 2


@style_loss.mistake(
    "It is the mean over the C·C entries; N² stands in the denominator already, and E takes the sum: Σ D²."
)
def mean_for_sum(F, A, places):
    return right.style_loss(F, A, places) / F.shape[1] ** 2


@style_loss.mistake("The differences are not squared: E = Σ D² / (4 N² M²), where Σ |D| came.")
def absolute_differences(F, A, places):
    m, n = F.shape
    return np.abs(F.T @ F - A * (m / places)).sum() / (4 * n**2 * m**2)


@style_loss.mistake("A root is taken at the end; E is the sum of squares itself, divided by 4 N² M².")
def root_taken(F, A, places):
    return np.sqrt(right.style_loss(F, A, places))


@style_loss.mistake(
    "Each pair of channels counts once only; the sum runs over all i and j, (i, j) and (j, i) both."
)
def each_pair_once(F, A, places):
    m, n = F.shape
    return (np.triu(F.T @ F - A * (m / places)) ** 2).sum() / (4 * n**2 * m**2)


@style_loss.mistake(
    "M in the denominator is the canvas's number of places, len(F); the painting's, `places`, only rescales "
    "A."
)
def painting_places_below(F, A, places):
    return right.style_loss(F, A, places) * (len(F) / places) ** 2


@style_loss.mistake(
    "M and N are exchanged, perhaps in N, M = F.shape: the rows of F are the M places, its columns the N "
    "channels. In 4 N² M² that does not show, but A is to be multiplied by M/places."
)
def channels_over_places(F, A, places):
    m, n = F.shape
    return ((F.T @ F - A * (n / places)) ** 2).sum() / (4 * n**2 * m**2)


@style_loss.alternative
def entries_in_loops(F, A, places):
    m, n = F.shape
    E = 0.0
    for i in range(n):
        for j in range(n):
            E += (sum(F[:, i] * F[:, j]) - A[i, j] * m / places) ** 2
    return E / (4 * n**2 * m**2)


@style_loss.alternative
def from_means(F, A, places):
    """A difference of means over places, each size divided out on its own."""
    D = F.T @ F / len(F) - A / places
    return np.trace(D @ D.T) / (4 * len(D) ** 2)


@style_loss.alternative
def by_norm(F, A, places):
    m, n = F.shape
    G = np.einsum("mi,mj->ij", F, F)
    return (np.linalg.norm(G - A * m / places) / (2 * n * m)) ** 2


# --- 8.4 -------------------------------------------------------------------------------------------------

style_gradient = lesson.exercise(
    "style_gradient",
    "the derivative of the style loss",
    tested="features of 1 to 12 places and 1 to 5 channels, beside paintings larger, smaller and as large",
    hints=(
        "First the derivative for G: E = Σ D²/(4 N² M²) with D = G − A · M/places, so ∂E/∂G = …?",
        "∂E/∂G = D/(2 N² M²). Now go on from G to F as in 8.2; D is symmetric, so D + Dᵀ = 2D.",
        "dF = F @ D / (n**2 * m**2) with m, n = F.shape: the 4 below has met two 2s from above.",
    ),
)
style_gradient.cases(styles)


@style_gradient.mistake(
    "Half of it is missing: F stands in G = FᵀF twice, so going back from G to F gives F(dG + dGᵀ) = 2 F dG, "
    "not F dG. Together ∂E/∂F = F(G − A·M/places)/(N² M²), and F(G − A·M/places)/(2 N² M²) came."
)
def half(F, A, places):
    return right.style_gradient(F, A, places) / 2


@style_gradient.mistake(
    "It is twice the gradient: the 4 of E = Σ D²/(4 N² M²) cancels against the square's 2 and the 2 of "
    "G = FᵀF, and leaves F D/(N² M²)."
)
def twice(F, A, places):
    return right.style_gradient(F, A, places) * 2


@style_gradient.mistake(
    "It is four times the gradient: the 4 of E = Σ D²/(4 N² M²) was forgotten, and leaves F D/(N² M²)."
)
def four_times(F, A, places):
    return right.style_gradient(F, A, places) * 4


@style_gradient.mistake(
    "The 4 is still there: the derivative brings 2 from the square and 2 from G = FᵀF, which cancel it: "
    "F D/(N² M²), not F D/(4 N² M²)."
)
def quarter(F, A, places):
    return right.style_gradient(F, A, places) / 4


@style_gradient.mistake(
    "The sign is turned: the derivative of (G − A)² is 2(G − A), G first. This way the style would flee "
    "from A."
)
def sign_turned(F, A, places):
    return -right.style_gradient(F, A, places)


@style_gradient.mistake(
    "The painting's size is not allowed for: ∂E/∂F = F(G − A · M/places)/(N² M²), where A came without "
    "M/places."
)
def size_of_painting_forgotten(F, A, places):
    return right.style_gradient(F, A, len(F))


@style_gradient.mistake("M stands where N belongs: N is the number of channels, C, in 1/(N² M²).")
def m_for_n(F, A, places):
    return right.style_gradient(F, A, places) * (F.shape[1] / F.shape[0]) ** 2


@style_gradient.mistake("N stands where M belongs: M is the number of places, len(F), in 1/(N² M²).")
def n_for_m(F, A, places):
    return right.style_gradient(F, A, places) * (F.shape[0] / F.shape[1]) ** 2


@style_gradient.mistake("N and M are not squared in the denominator: ∂E/∂F = F D/(N² M²).")
def denominator_not_squared(F, A, places):
    return right.style_gradient(F, A, places) * F.size


@style_gradient.mistake(
    "The result stands on its side, (C, M): the paper writes F as N×M, and so its formula is a transposed "
    "one. With F (M, C) it is F D/(N² M²)."
)
def paper_on_its_side(F, A, places):
    return right.style_gradient(F, A, places).T


@style_gradient.mistake("This is ∂E/∂G, (C, C); one step is left, from G back to F: F(dG + dGᵀ).")
def stopped_at_the_gram_matrix(F, A, places):
    m, n = F.shape
    return (F.T @ F - A * (m / places)) / (2 * n**2 * m**2)


@style_gradient.mistake(
    "The gradient is set to 0 where F is not above 0. The paper writes its ReLU into this formula; here the "
    "network's ReLU does that in its own backward pass, and F D/(N² M²) stands for every entry."
)
def relu_included(F, A, places):
    return right.style_gradient(F, A, places) * (F > 0)


@style_gradient.mistake(
    "F is missing on the left of D, or only its sum is there: row m of the gradient is row m of F times D."
)
def one_row_for_all(F, A, places):
    return np.broadcast_to(right.style_gradient(F, A, places).sum(axis=0), F.shape).copy()


@style_gradient.mistake(
    "M and N are exchanged, perhaps in N, M = F.shape: the rows of F are the M places, its columns the N "
    "channels. In N² M² that does not show, but A is to be multiplied by M/places."
)
def gradient_with_channels_over_places(F, A, places):
    m, n = F.shape
    return F @ (F.T @ F - A * (n / places)) / (n**2 * m**2)


@style_gradient.alternative
def through_the_gram_matrix(F, A, places):
    m, n = F.shape
    dG = (F.T @ F - A * (m / places)) / (2 * n**2 * m**2)
    return right.gram_backward(dG, F)


@style_gradient.alternative
def gradient_by_einsum(F, A, places):
    m, n = F.shape
    D = np.einsum("mi,mj->ij", F, F) - A * m / places
    return np.einsum("mj,jk->mk", F, D) / n**2 / m**2


@style_gradient.alternative
def place_by_place(F, A, places):
    m, n = F.shape
    D = F.T @ F - A * (m / places)
    return np.array([[(row * D[:, k]).sum() for k in range(n)] for row in F]) / (n * m) ** 2


# --- 8.5 -------------------------------------------------------------------------------------------------

style_terms = lesson.exercise(
    "style_terms",
    "the style of several layers",
    tested="one to three layers of different sizes, with weights that are 0, equal and different",
    hints=(
        "Do it for one layer first: lay x out as F (M, C), and use what you wrote for 8.3 and 8.4.",
        "Walk over the layers; add w · E to the loss, and put w · ∂E/∂F, in the shape of x, under the "
        "layer's name.",
        "F = x.reshape(-1, x.shape[-1]); seeds[layer] = (w * F @ D / (n**2 * m**2)).reshape(x.shape).",
    ),
)


@style_terms.cases
def layers(rng):
    def some(draw, weights, **shapes):
        return given(
            {layer: draw(rng, *shape) for layer, shape in shapes.items()},
            {layer: symmetric(draw(rng, shape[2], shape[2])) for layer, shape in shapes.items()},
            dict(zip(shapes, weights, strict=True)),
        )

    yield some(integers, (2.0,), relu1_1=(1, 2, 2))
    yield some(integers, (1.0, 3.0), relu1_1=(2, 2, 1), relu2_1=(1, 1, 2))
    yield some(integers, (2.0, 2.0), relu1_1=(2, 1, 2), relu2_1=(1, 1, 3))
    yield some(normal, (0.2, 0.5, 4.0), relu1_1=(4, 5, 2), relu2_1=(2, 3, 3), relu3_1=(1, 2, 5))
    yield some(normal, (0.5, 0.0), relu4_1=(3, 2, 4), relu5_1=(2, 1, 3))


def changed(activations, targets, weights, loss_weights, seed_weights):
    """The right answer with other weights in the loss, and others in the seeds."""
    loss, _ = right.style_terms(activations, targets, loss_weights)
    _, seeds = right.style_terms(activations, targets, seed_weights)
    return loss, seeds


def ones(weights):
    return dict.fromkeys(weights, 1.0)


@style_terms.mistake("The weights are not used: every layer's term and every seed is multiplied by its w.")
def weights_not_used(activations, targets, weights):
    return changed(activations, targets, weights, ones(weights), ones(weights))


@style_terms.mistake(
    "The loss is weighted, the seeds are not: what multiplies a term multiplies its derivative, w · ∂E/∂F."
)
def seeds_not_weighted(activations, targets, weights):
    return changed(activations, targets, weights, weights, ones(weights))


@style_terms.mistake("The seeds are weighted, the loss is not: L = Σ w · E.")
def loss_not_weighted(activations, targets, weights):
    return changed(activations, targets, weights, ones(weights), weights)


@style_terms.mistake(
    "The loss is the last layer's alone: add every layer's w · E up, loss += …, not loss = …"
)
def last_layer_only(activations, targets, weights):
    last = list(weights)[-1]
    only = {layer: w if layer == last else 0.0 for layer, w in weights.items()}
    return changed(activations, targets, weights, only, weights)


@style_terms.mistake(
    "The loss is divided by the number of layers: L = Σ w · E; the weights say what counts how much."
)
def mean_over_layers(activations, targets, weights):
    loss, seeds = right.style_terms(activations, targets, weights)
    return loss / len(weights), seeds


@style_terms.mistake(
    "The weights are made to add up to 1 first; here they count as they are given, L = Σ w · E."
)
def weights_made_shares(activations, targets, weights):
    shares = {layer: w / sum(weights.values()) for layer, w in weights.items()}
    return changed(activations, targets, weights, shares, shares)


@style_terms.mistake(
    "The seeds are matrices (M, C); the backward pass wants them as the layer handed them on, (H, W, C): "
    "reshape(x.shape)."
)
def seeds_as_matrices(activations, targets, weights):
    loss, seeds = right.style_terms(activations, targets, weights)
    return loss, {layer: matrix(seed) for layer, seed in seeds.items()}


@style_terms.mistake(
    "The seeds are half of what they should be: F stands in G = FᵀF twice, so ∂E/∂F = F(G − A)/(N² M²)."
)
def seeds_half(activations, targets, weights):
    return changed(activations, targets, weights, weights, {layer: w / 2 for layer, w in weights.items()})


@style_terms.mistake("The seeds' sign is turned: ∂E/∂F = F(G − A)/(N² M²), G first.")
def seeds_turned(activations, targets, weights):
    return changed(activations, targets, weights, weights, {layer: -w for layer, w in weights.items()})


@style_terms.mistake(
    "N and M are those of the first layer for all; each layer has its own M = H·W and N = C."
)
def first_layers_size_for_all(activations, targets, weights):
    size = next(iter(activations.values())).size
    factors = {layer: w * (activations[layer].size / size) ** 2 for layer, w in weights.items()}
    return changed(activations, targets, weights, factors, factors)


@style_terms.mistake(
    "x.reshape(C, -1) mixes channels and places; x.reshape(-1, C) has a row for each place and a column for "
    "each channel."
)
def channels_and_places_mixed(activations, targets, weights):
    loss, seeds = 0.0, {}
    for layer, x in activations.items():
        F, w = x.reshape(x.shape[-1], -1).T, weights[layer]
        loss += w * right.style_loss(F, targets[layer], len(F))
        seeds[layer] = w * right.style_gradient(F, targets[layer], len(F)).T.reshape(x.shape)
    return loss, seeds


@style_terms.mistake(
    "Only the first layer is there: a return inside the loop ends it. Return after the last layer."
)
def first_layer_alone(activations, targets, weights):
    first = next(iter(activations))
    return right.style_terms({first: activations[first]}, targets, weights)


@style_terms.alternative
def by_einsum_in_one_go(activations, targets, weights):
    loss, seeds = [], {}
    for layer in weights:
        x, A = activations[layer], targets[layer]
        D = np.einsum("rsi,rsj->ij", x, x) - A
        scale = weights[layer] / x.size**2
        loss.append(scale * np.sum(D * D) / 4)
        seeds[layer] = scale * np.einsum("rsi,ij->rsj", x, D)
    return sum(loss), seeds


@style_terms.alternative
def loss_and_seeds_apart(activations, targets, weights):
    grams = {layer: right.gram(x) for layer, x in activations.items()}
    apart = {layer: grams[layer] - targets[layer] for layer in weights}
    scale = {layer: weights[layer] / activations[layer].size ** 2 for layer in weights}
    loss = sum(scale[layer] / 4 * np.linalg.norm(apart[layer]) ** 2 for layer in weights)
    return loss, {layer: scale[layer] * activations[layer] @ apart[layer] for layer in weights}
