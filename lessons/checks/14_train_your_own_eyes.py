"""Lesson 14's exercises: what they are tried on, other ways of being right, ways of being wrong."""

import numpy as np

from lessons.tutor import Lesson, given, integers, normal

lesson = Lesson(__file__)
right = lesson.right


# --- 14.1 ------------------------------------------------------------------------------------------------

weight_gradients = lesson.exercise(
    "weight_gradients",
    "what the weights should do",
    tested="layers of 1 to 4 inputs and 1 to 5 outputs, 1 to 7 examples, some outputs cut off by the ReLU",
    returns=("L", "dw", "db"),
    hints=(
        "Walk back: from L to y, from y through the ReLU, from there to w and b. You have each step from "
        "lesson 5.",
        "∂L/∂y = y − T. Through the ReLU comes only what belongs to x w + b > 0.",
        "dz = (y − T) * (z > 0) with z = x @ w + b; then dw = x.T @ dz and db = dz.sum(axis=0).",
    ),
)


@weight_gradients.cases
def dense_layers(rng):
    def some(draw, n, inputs, outputs):
        return given(
            draw(rng, n, inputs), draw(rng, inputs, outputs), draw(rng, outputs), draw(rng, n, outputs)
        )

    yield given(np.array([[1.0, 2]]), np.array([[1.0], [1]]), np.array([-1.0]), np.array([[5.0]]))
    yield given(np.array([[1.0, 2]]), np.array([[1.0], [-1]]), np.array([0.0]), np.array([[3.0]]))
    yield given(
        np.array([[1.0], [-1]]), np.array([[2.0, 1]]), np.array([0.0, 1]), np.array([[1.0, 4], [0, 1]])
    )
    yield some(integers, 3, 2, 3)
    yield some(normal, 7, 4, 5)


def parts(x, w, b, T):
    z = x @ w + b
    D = np.maximum(z, 0) - T
    return z, D, 0.5 * (D**2).sum()


@weight_gradients.mistake(
    "The ReLU is forgotten on the way back: where x w + b ≤ 0 nothing comes through, dz = (y − T)·(z > 0)."
)
def relu_forgotten(x, w, b, T):
    _, D, L = parts(x, w, b, T)
    return L, x.T @ D, D.sum(axis=0)


@weight_gradients.mistake(
    "What comes through the ReLU is chosen by the gradient's sign; it is the sign of x w + b that decides."
)
def masked_by_gradient(x, w, b, T):
    _, D, L = parts(x, w, b, T)
    dz = np.maximum(D, 0)
    return L, x.T @ dz, dz.sum(axis=0)


@weight_gradients.mistake(
    "What comes through the ReLU is chosen by T > 0; it is the sign of the layer's own x w + b that decides."
)
def masked_by_target(x, w, b, T):
    _, D, L = parts(x, w, b, T)
    dz = D * (T > 0)
    return L, x.T @ dz, dz.sum(axis=0)


@weight_gradients.mistake("The ReLU is missing altogether: y = max(x w + b, 0).")
def without_relu(x, w, b, T):
    D = x @ w + b - T
    return 0.5 * (D**2).sum(), x.T @ D, D.sum(axis=0)


@weight_gradients.mistake("The sign is turned: ∂L/∂y = y − T; with T − y the weights would walk uphill.")
def sign_turned(x, w, b, T):
    L, dw, db = right.weight_gradients(x, w, b, T)
    return L, -dw, -db


@weight_gradients.mistake(
    "There is a 2 too many in the gradients: the ½ in front of L cancels the 2 of the square."
)
def twice(x, w, b, T):
    L, dw, db = right.weight_gradients(x, w, b, T)
    return L, 2 * dw, 2 * db


@weight_gradients.mistake("The ½ is missing in front of L = ½ Σ (y − T)².")
def half_forgotten(x, w, b, T):
    L, dw, db = right.weight_gradients(x, w, b, T)
    return 2 * L, dw, db


@weight_gradients.mistake("It is the mean over the examples; L sums over all of them, and so do dw and db.")
def mean_over_examples(x, w, b, T):
    return tuple(part / len(x) for part in right.weight_gradients(x, w, b, T))


@weight_gradients.mistake(
    "db has a row for each example; the bias serves all of them, so it is summed over them: dz.sum(axis=0)."
)
def bias_for_each_example(x, w, b, T):
    z, D, L = parts(x, w, b, T)
    return L, x.T @ (D * (z > 0)), D * (z > 0)


@weight_gradients.mistake(
    "db is summed over the outputs instead of the examples: dz.sum(axis=0), not axis 1."
)
def bias_over_outputs(x, w, b, T):
    z, D, L = parts(x, w, b, T)
    return L, x.T @ (D * (z > 0)), (D * (z > 0)).sum(axis=1)


@weight_gradients.mistake("dw is transposed: it has the shape of w, (I, O): xᵀ dz, not dzᵀ x.")
def dw_transposed(x, w, b, T):
    L, dw, db = right.weight_gradients(x, w, b, T)
    return L, dw.T, db


@weight_gradients.alternative
def example_by_example(x, w, b, T):
    L, dw, db = 0.0, np.zeros_like(w), np.zeros_like(b)
    for row, wanted in zip(x, T, strict=True):
        for o in range(len(b)):
            z = sum(row * w[:, o]) + b[o]
            L += (max(z, 0) - wanted[o]) ** 2 / 2
            if z > 0:
                dw[:, o] += (z - wanted[o]) * row
                db[o] += z - wanted[o]
    return L, dw, db


@weight_gradients.alternative
def bias_as_a_weight(x, w, b, T):
    """With a column of ones the bias is one more row of w."""
    ones = np.hstack([x, np.ones((len(x), 1))])
    y = np.maximum(ones @ np.vstack([w, b]), 0)
    grown = np.einsum("ni,no->io", ones, np.where(y > 0, y - T, 0))
    return np.square(y - T).sum() / 2, grown[:-1], grown[-1]


# --- 14.2 ------------------------------------------------------------------------------------------------

fit_readout = lesson.exercise(
    "fit_readout",
    "the best read-out",
    tested="1 to 5 channels, foretelling 1 to 4, some of them alike or silent",
    tolerance=1e-7,
    hints=(
        "FᵀF is (c, c) and FᵀT is (c, k). What is left is a system of linear equations.",
        "Put λ on the diagonal alone: gram + ridge * np.eye(len(gram)).",
        "np.linalg.solve(gram + ridge * np.eye(c), F.T @ T), with ridge = share * np.trace(gram) / c.",
    ),
)


@fit_readout.cases
def readings(rng):
    yield given(np.array([[1.0], [2], [3]]), np.array([[2.0], [4], [7]]), 0.5)
    yield given(np.array([[1.0, 0], [0, 2]]), np.array([[3.0], [4]]), 0.1)
    yield given(integers(rng, 4, 2) + 5 * np.eye(4, 2), integers(rng, 4, 3), 0.25)
    F = normal(rng, 9, 4)
    F[:, 1], F[:, 2] = F[:, 0], 0  # one channel twice, one silent
    yield given(F, normal(rng, 9, 2), 0.01)
    yield given(normal(rng, 12, 5) + 1, normal(rng, 12, 4) + 2, 0.001)


def solved(F, T, ridge):
    return np.linalg.solve(F.T @ F + ridge, F.T @ T)


def mean_diagonal(F):
    return (F**2).sum() / F.shape[1]


@fit_readout.mistake("λ is missing: where channels are alike FᵀF has no inverse; R = (FᵀF + λ 1)⁻¹ FᵀT.")
def without_ridge(F, T, share):
    return np.linalg.pinv(F) @ T


@fit_readout.mistake(
    "λ is `share` itself; it is that share of the mean of FᵀF's diagonal, so that loud channels get a "
    "larger λ."
)
def share_alone(F, T, share):
    return solved(F, T, share * np.eye(F.shape[1]))


@fit_readout.mistake("λ takes the sum of the diagonal; it is a share of its mean: trace / c.")
def trace_for_mean(F, T, share):
    return solved(F, T, share * (F**2).sum() * np.eye(F.shape[1]))


@fit_readout.mistake("λ is added to every entry of FᵀF; it belongs on the diagonal alone: λ times np.eye(c).")
def ridge_everywhere(F, T, share):
    return solved(F, T, share * mean_diagonal(F) * np.ones((F.shape[1],) * 2) + 1e-300)


@fit_readout.mistake("λ is a share of the mean of all entries of FᵀF; it is that of its diagonal alone.")
def mean_of_all_entries(F, T, share):
    return solved(F, T, share * (F.T @ F).mean() * np.eye(F.shape[1]))


@fit_readout.mistake(
    "Each diagonal entry grows by its own share; λ is one number, a share of their mean, for all of them."
)
def own_share_each(F, T, share):
    gram = F.T @ F
    return np.linalg.pinv(gram + share * np.diag(np.diag(gram))) @ F.T @ T


@fit_readout.mistake("The inverse is missing: FᵀT says what goes together; R = (FᵀF + λ 1)⁻¹ FᵀT.")
def not_solved(F, T, share):
    return F.T @ T


@fit_readout.mistake("It is FᵀF + λ 1 itself that is multiplied with FᵀT, not its inverse: solve, or invert.")
def multiplied(F, T, share):
    return (F.T @ F + share * mean_diagonal(F) * np.eye(F.shape[1])) @ F.T @ T


@fit_readout.mistake("It is the way back: this R foretells F from T. What is foretold is T, from F.")
def the_way_back(F, T, share):
    return right.fit_readout(T, F, share)


@fit_readout.mistake("R is transposed: it is (c, k), so that F R has T's shape.")
def transposed(F, T, share):
    return right.fit_readout(F, T, share).T


@fit_readout.mistake(
    "The means are taken off first, as statisticians do; R has no constant beside it, so F and T stay as "
    "they "
    "are."
)
def means_taken_off(F, T, share):
    return right.fit_readout(F - F.mean(axis=0), T - T.mean(axis=0), share)


@fit_readout.alternative
def by_inverse(F, T, share):
    c = F.shape[1]
    return np.linalg.inv(F.T @ F + np.eye(c) * share * np.trace(F.T @ F) / c) @ (F.T @ T)


@fit_readout.alternative
def more_rows(F, T, share):
    """λ as c more examples: a place where one channel answers √λ and the teacher nothing."""
    c = F.shape[1]
    extra = np.sqrt(share * mean_diagonal(F)) * np.eye(c)
    F, T = np.vstack([F, extra]), np.vstack([T, np.zeros((c, T.shape[1]))])
    return np.linalg.lstsq(F, T, rcond=None)[0]


@fit_readout.alternative
def along_the_own_axes(F, T, share):
    values, axes = np.linalg.eigh(F.T @ F)
    return axes @ ((axes.T @ F.T @ T) / (values + share * values.mean())[:, None])


# --- 14.3 ------------------------------------------------------------------------------------------------

match = lesson.exercise(
    "match",
    "a pupil beside its teacher",
    tested="tables of 1 to 8 places, 1 to 4 channels of the pupil and 1 to 5 of the teacher",
    returns=("L", "dF", "dR"),
    hints=(
        "Write D = F R − T and s = 1/Σ T², which is a constant. Then L = s Σ D².",
        "∂L/∂(F R) = 2 s D. From there it is lesson 5's dense layer, with F for its input and R for its "
        "weights.",
        "dF = 2 * s * D @ R.T and dR = 2 * s * F.T @ D.",
    ),
)


@match.cases
def pairs(rng):
    yield given(np.array([[2.0]]), np.array([[3.0]]), np.array([[4.0]]))
    yield given(np.array([[1.0, 2]]), np.array([[1.0], [1]]), np.array([[2.0]]))
    yield given(integers(rng, 2, 2), integers(rng, 2, 2), integers(rng, 2, 2) + 5)
    yield given(normal(rng, 8, 4), normal(rng, 4, 5), normal(rng, 8, 5))
    yield given(normal(rng, 5, 3), normal(rng, 3, 2), 10 * normal(rng, 5, 2))


@match.mistake("The 2 of the square is missing in both gradients: without a ½ in front of the sum it stays.")
def without_two(F, R, T):
    L, dF, dR = right.match(F, R, T)
    return L, dF / 2, dR / 2


@match.mistake("The 2 of the square is missing in dR: dR = 2 FᵀD / Σ T², as dF = 2 D Rᵀ / Σ T².")
def two_in_one_alone(F, R, T):
    L, dF, dR = right.match(F, R, T)
    return L, dF, dR / 2


@match.mistake("L is divided by Σ T², the gradients are not; what divides L divides its derivatives.")
def gradients_not_divided(F, R, T):
    L, dF, dR = right.match(F, R, T)
    return L, dF * (T**2).sum(), dR * (T**2).sum()


@match.mistake("Nothing is divided by Σ T²; without it loud layers would drown the others.")
def nothing_divided(F, R, T):
    return tuple(part * (T**2).sum() for part in right.match(F, R, T))


@match.mistake("It is divided by the number of entries; the relative error divides by Σ T².")
def by_count(F, R, T):
    return tuple(part * (T**2).sum() / T.size for part in right.match(F, R, T))


@match.mistake("It is divided by Σ |T|, or its square root is; Σ T² is the sum of squares.")
def by_length(F, R, T):
    return tuple(part * np.sqrt((T**2).sum()) for part in right.match(F, R, T))


@match.mistake("It is divided by the pupil's size Σ (F R)², which changes as it learns; Σ T² stays.")
def by_the_pupils_size(F, R, T):
    ratio = (T**2).sum() / ((F @ R) ** 2).sum()
    return tuple(part * ratio for part in right.match(F, R, T))


@match.mistake("The gradients' sign is turned: D = F R − T, the pupil first.")
def sign_turned_round(F, R, T):
    L, dF, dR = right.match(F, R, T)
    return L, -dF, -dR


@match.mistake(
    "dF is still 2 D / Σ T², the gradient for F R, (M, k); one step back through the read-out is left: times "
    "Rᵀ."
)
def stopped_before_the_readout(F, R, T):
    L, _, dR = right.match(F, R, T)
    return L, 2 * (F @ R - T) / (T**2).sum(), dR


@match.mistake("dR comes out transposed: FᵀD is (c, k), as R is; DᵀF is not.")
def dr_transposed(F, R, T):
    L, dF, dR = right.match(F, R, T)
    return L, dF, dR.T


@match.mistake(
    "dF is undone by R's inverse; a gradient goes back through a matrix by its transpose, dF = 2 D Rᵀ / Σ T²."
)
def inverse_for_transpose(F, R, T):
    L, _, dR = right.match(F, R, T)
    return L, 2 * (F @ R - T) @ np.linalg.pinv(R) / (T**2).sum(), dR


@match.alternative
def place_by_place(F, R, T):
    size, L = np.vdot(T, T), 0.0
    dF, dR = np.zeros_like(F), np.zeros_like(R)
    for m in range(len(F)):
        d = F[m] @ R - T[m]
        L += d @ d / size
        dF[m] = 2 * R @ d / size
        dR += 2 * np.outer(F[m], d) / size
    return L, dF, dR


@match.alternative
def by_einsum(F, R, T):
    D = (np.einsum("mc,ck->mk", F, R) - T) / np.linalg.norm(T)
    s = 2 / np.linalg.norm(T)
    return np.einsum("mk,mk->", D, D), s * np.einsum("mk,ck->mc", D, R), s * np.einsum("mc,mk->ck", F, D)


# --- 14.4 ------------------------------------------------------------------------------------------------


def line(params, batch):
    """The gradients of ½ Σ (x w + b − t)² over a batch whose rows are (x0, x1, t)."""
    D = batch[:, :2] @ params["w"] + params["b"] - batch[:, 2]
    return {"w": batch[:, :2].T @ D, "b": D.sum(keepdims=True)}


def on_a_line(function, params, batches, rate, frozen):
    return function(line, params, batches, rate, frozen)


learn = lesson.exercise(
    "learn",
    "stochastic gradient descent",
    tested="a layer with w and b, one to five batches of 1 to 4 examples, with and without frozen names",
    use=on_a_line,
    hints=(
        "One loop over the batches. In it: ask for the gradients once, at the params as they are now; then "
        "make new params.",
        "The gradients are summed over the examples; divide by len(batch). A frozen p goes on unchanged.",
        "params = {name: p if name in frozen else p - rate * slopes[name] / len(batch) for …}: a new dict, "
        "new "
        "arrays.",
    ),
)


@learn.cases
def lines(rng):
    def some(draw, sizes, rate, frozen):
        params = {"w": draw(rng, 2), "b": draw(rng, 1)}
        return given(params, [draw(rng, n, 3) for n in sizes], rate, frozen)

    yield given({"w": np.array([1.0, 0]), "b": np.zeros(1)}, [np.array([[1.0, 2, 3]])], 0.5, [])
    yield some(integers, (2,), 0.25, [])
    yield some(integers, (1, 2), 0.125, ["b"])
    yield some(normal, (3, 1, 4, 2), 0.1, [])
    yield some(normal, (2, 3, 2), 0.2, ["w"])


def steps(gradients, params, batches, rate, frozen, count=len, sign=-1, at=None):
    """The right answer with one of its parts exchanged."""
    start = params
    for batch in batches:
        slopes = gradients(start if at == "start" else params, batch)
        params = {
            name: p if name in frozen else p + sign * rate * slopes[name] / count(batch)
            for name, p in params.items()
        }
    return params


@learn.mistake(
    "It walks uphill: the gradient points to where the loss grows, so it is taken off, p − rate · g."
)
def uphill(gradients, params, batches, rate, frozen):
    return steps(gradients, params, batches, rate, frozen, sign=1)


@learn.mistake(
    "The gradients are not divided by the number of examples: they are sums over the batch, and a larger "
    "batch "
    "would take larger steps."
)
def not_divided(gradients, params, batches, rate, frozen):
    return steps(gradients, params, batches, rate, frozen, count=lambda batch: 1)


@learn.mistake(
    "It is divided by the number of batches; it is the examples of this batch, len(batch), that count."
)
def by_batches(gradients, params, batches, rate, frozen):
    return steps(gradients, params, batches, rate, frozen, count=lambda batch: len(batches))


@learn.mistake("It is divided by all entries of the batch; each example is a row: len(batch).")
def by_entries(gradients, params, batches, rate, frozen):
    return steps(gradients, params, batches, rate, frozen, count=np.size)


@learn.mistake("Frozen names learn too; they stay as they are.")
def frozen_ignored(gradients, params, batches, rate, frozen):
    return steps(gradients, params, batches, rate, [])


@learn.mistake("Frozen names are missing in the result; they belong to it, unchanged.")
def frozen_left_out(gradients, params, batches, rate, frozen):
    found = steps(gradients, params, batches, rate, frozen)
    return {name: p for name, p in found.items() if name not in frozen}


@learn.mistake(
    "All gradients are taken where the descent began; each step asks anew, at the params that the last one "
    "left."
)
def always_from_the_start(gradients, params, batches, rate, frozen):
    return steps(gradients, params, batches, rate, frozen, at="start")


@learn.mistake("Only the last batch has made a step; every batch makes one, from where the last one ended.")
def last_batch_only(gradients, params, batches, rate, frozen):
    return steps(gradients, params, batches[-1:], rate, frozen)


@learn.mistake("All batches make one step together; each is to make a step of its own, in order.")
def one_step_for_all(gradients, params, batches, rate, frozen):
    return steps(gradients, params, [np.concatenate(batches)], rate, frozen)


@learn.mistake(
    "One name is moved after the other, and the gradients are taken anew in between; all names of a step "
    "move "
    "from gradients at the same params."
)
def one_name_after_the_other(gradients, params, batches, rate, frozen):
    for batch in batches:
        for name in params:
            if name not in frozen:
                slope = gradients(params, batch)[name]
                params = {**params, name: params[name] - rate * slope / len(batch)}
    return params


@learn.mistake(
    "The arrays that were handed over have changed: p −= … writes into them. Make new ones: p = p − …"
)
def written_in_place(gradients, params, batches, rate, frozen):
    for batch in batches:
        slopes = gradients(params, batch)
        for name, p in params.items():
            if name not in frozen:
                p -= rate * slopes[name] / len(batch)
    return params


@learn.alternative
def on_copies(gradients, params, batches, rate, frozen):
    params = {name: p.copy() for name, p in params.items()}
    for batch in batches:
        slopes = gradients(params, batch)
        for name in params.keys() - set(frozen):
            params[name] -= rate / len(batch) * slopes[name]
    return params


@learn.alternative
def by_recursion(gradients, params, batches, rate, frozen):
    if not batches:
        return params
    slopes = gradients(params, batches[0])
    moved = {n: p - (n not in frozen) * rate * slopes[n] / len(batches[0]) for n, p in params.items()}
    return by_recursion(gradients, moved, batches[1:], rate, frozen)
