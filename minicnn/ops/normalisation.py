"""Local response normalisation across channels, as AlexNet has it."""

from .. import checks
from ..errors import OptionError
from .options import is_whole, number, shown


def local_response_norm(x, size=5, alpha=1e-4, beta=0.75, k=1.0):
    """Each entry divided by a power of the energy of its neighbours among the channels.

    x (N, H, W, C) → y (N, H, W, C)
    forward:  y[c] = x[c] · s[c]^−β, s[c] = k + α/size · Σ x[d]² over the channels d with |d − c| ≤ ⌊size/2⌋.
    backward: x[c] acts on its own y through the first factor, and through s[d] on every neighbour's; as
              ∂s[d]/∂x[c] = 2α/size · x[c] and being neighbours is mutual,
              dx[c] = dy[c] · s[c]^−β − 2αβ/size · x[c] · Σ dy[d] · x[d] · s[d]^(−β−1) over the same d.
    Kept for backward: x. (As in Caffe α is divided by the size; Krizhevsky et al. 2012 do not divide, and
    their k is 2.)
    """
    checks.images(x, "local_response_norm")
    _check_options(size, alpha, beta, k)
    return x * _energy(x, size, alpha, k) ** -beta


def local_response_norm_backward(dy, x, size=5, alpha=1e-4, beta=0.75, k=1.0):
    """dy, x (N, H, W, C) → dx (N, H, W, C); the formula is derived in `local_response_norm`."""
    checks.images(x, "local_response_norm_backward: x")
    checks.shape_is(dy, x.shape, "local_response_norm_backward: dy")
    checks.same_dtype(dy, x, "local_response_norm_backward: dy and x")
    _check_options(size, alpha, beta, k)
    s = _energy(x, size, alpha, k)
    direct = dy * s**-beta
    return direct - (2 * alpha * beta / size) * x * _neighbours(direct * x / s, size)


def _check_options(size, alpha, beta, k):
    who = "local_response_norm"
    if not is_whole(size) or size < 1 or size % 2 == 0:
        raise OptionError(f"{who}: size must be odd and at least 1, got {shown(size)}")
    number(alpha, f"{who}: alpha", "a number of at least 0", lambda alpha: alpha >= 0)
    number(beta, f"{who}: beta")
    number(k, f"{who}: k", "a number above 0", lambda k: k > 0)


def _energy(x, size, alpha, k):
    """s of the formula: never 0, since k is positive."""
    return k + (alpha / size) * _neighbours(x * x, size)


def _neighbours(x, size):
    """Σ x[d] over the channels |d − c| ≤ ⌊size/2⌋ that exist."""
    total = x.copy()
    for d in range(1, min(size // 2 + 1, x.shape[3])):
        total[..., d:] += x[..., :-d]
        total[..., :-d] += x[..., d:]
    return total
