"""Operations as pure functions, each forward beside its backward.

One alphabet everywhere: `n, h, w, c` are the sizes of an array (N, H, W, C), channels last; `oh, ow` the
height and width of what comes out; `kh, kw` and `sh, sw` a window's size and its stride; `k` a kernel's
output channels. `x → y` on the way forward, `dy → dx, dkernel, dbias` on the way back, where dy stands for
∂loss/∂y. `i, j` count positions inside a window. Arrays are float32 or float64, all of one dtype in a call;
inputs are never written to, results are fresh arrays.

NaN and infinity pass through, as a look at every entry would cost a pass over memory: layers and networks
look for them. `softmax` and the losses, which are small, refuse them themselves.
"""

from .activation import rectified_backward, relu, relu_backward
from .convolution import conv2d, conv2d_dbias, conv2d_dkernel, conv2d_dx
from .dense import dense, dense_backward
from .dropout import dropout, dropout_backward
from .flatten import flatten, flatten_backward
from .gram import gram, gram_backward
from .mse import mean_square
from .normalisation import local_response_norm, local_response_norm_backward
from .padding import pad, pad_backward
from .pooling import (
    adaptive_avg_pool,
    adaptive_avg_pool_backward,
    avg_pool,
    avg_pool_backward,
    max_pool,
    max_pool_backward,
)
from .softmax import softmax, softmax_backward, softmax_cross_entropy
from .transposed import conv2d_transposed, conv2d_transposed_backward, unpool, unpool_backward

__all__ = [
    "adaptive_avg_pool",
    "adaptive_avg_pool_backward",
    "avg_pool",
    "avg_pool_backward",
    "conv2d",
    "conv2d_dbias",
    "conv2d_dkernel",
    "conv2d_dx",
    "conv2d_transposed",
    "conv2d_transposed_backward",
    "dense",
    "dense_backward",
    "dropout",
    "dropout_backward",
    "flatten",
    "flatten_backward",
    "gram",
    "gram_backward",
    "local_response_norm",
    "local_response_norm_backward",
    "max_pool",
    "max_pool_backward",
    "mean_square",
    "pad",
    "pad_backward",
    "rectified_backward",
    "relu",
    "relu_backward",
    "softmax",
    "softmax_backward",
    "softmax_cross_entropy",
    "unpool",
    "unpool_backward",
]
