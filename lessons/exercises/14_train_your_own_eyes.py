"""Lesson 14: write these four functions; `python -m lessons check 14` looks at them.

Tables of features have a row for each place: F (M, c) is the pupil's, T (M, k) the teacher's, and a read-out
R (c, k) foretells T from F. All arrays are float64, and none that you are given is to be written to.
"""


def weight_gradients(x, w, b, T):
    """How wrong a dense layer with its ReLU is, and what its weights should do about it.

    x (N, I), w (I, O), b (O,), T (N, O), what the layer should answer → (L, dw, db), a number, (I, O) and
    (O,):

        y = max(x w + b, 0)        L = ½ Σ (y − T)²        dw = ∂L/∂w        db = ∂L/∂b

    The slope of the ReLU is 1 above 0, and 0 at 0 and below.
    """
    raise NotImplementedError


def fit_readout(F, T, share):
    """The read-out that foretells T from F with the least squared error, by lesson 14's formula.

    F (M, c), T (M, k), `share` a number above 0 → R (c, k):

        R = (FᵀF + λ 1)⁻¹ FᵀT        λ = share · (the mean of the diagonal of FᵀF)

    where 1 is the matrix with ones on its diagonal, (c, c). Channels of F may be alike, or 0 everywhere, but
    not all of them are 0.
    """
    raise NotImplementedError


def match(F, R, T):
    """How far a pupil is from its teacher at one layer, and both gradients.

    F (M, c), R (c, k), T (M, k), not all 0 → (L, dF, dR), a number, (M, c) and (c, k):

        L = Σ (F R − T)² / Σ T²        dF = ∂L/∂F        dR = ∂L/∂R

    Sums run over all entries. T is given and does not change.
    """
    raise NotImplementedError


def learn(gradients, params, batches, rate, frozen):
    """Stochastic gradient descent: one step for each batch, in order.

    gradients   gradients(params, batch) → {name: array}, for every name of params the gradient of the loss
                *summed* over the examples of the batch, taken at these params
    params      {name: array}, where the descent begins; neither the dict nor its arrays may be changed
    batches     a list of arrays, one example in each row; batches may have different lengths
    frozen      names that do not learn
    → {name: array}, all names, after the last step. Each step is

        p ← p − rate · (gradient of p) / (examples in this batch)    for every name that is not frozen,

    all of them from gradients at the same params.
    """
    raise NotImplementedError
