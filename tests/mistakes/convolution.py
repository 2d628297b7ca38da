"""Convolution and its borders, and every way of misbehaving: shapes, dtypes, memory, caches."""

import numpy as np

from minicnn import ops

from . import RNG, after, changed, normal, subject


def conv(x, kernel, bias):
    return ops.conv2d(x, kernel, bias, padding=1, algorithm="im2col")


def right(dy, x, kernel, bias):
    dx = ops.conv2d_dx(dy, kernel, x.shape, padding=1, algorithm="im2col")
    return dx, ops.conv2d_dkernel(dy, x, kernel.shape, padding=1, algorithm="im2col"), ops.conv2d_dbias(dy)


def wrong_dx(function):
    """A backward pass whose dx comes from function(dy, x, kernel), the rest from the right one."""
    return lambda dy, x, kernel, bias: (function(dy, x, kernel), *right(dy, x, kernel, bias)[1:])


def wrong_dbias(function):
    return lambda dy, x, kernel, bias: (*right(dy, x, kernel, bias)[:2], function(dy))


def first_image_alone(dy, x, kernel, bias):
    dx, _, dbias = right(dy, x, kernel, bias)
    return dx, right(dy[:1], x[:1], kernel, bias)[1], dbias


def zero_over_zero(dy):
    with np.errstate(invalid="ignore"):
        return dy / dy


def dy_overwritten(dy, x, kernel, bias):
    gradients = right(dy, x, kernel, bias)
    dy[:] = 0
    return gradients


def input_overwritten(dy, x, kernel, bias):
    gradients = right(dy, x, kernel, bias)
    x += 1e-9
    return gradients


BUFFER = np.zeros((3, 6, 5, 2))


def one_buffer_for_all_calls(dy, x, kernel, bias):
    dx, dkernel, dbias = right(dy, x, kernel, bias)
    BUFFER[:] = dx
    return BUFFER, dkernel, dbias


def views_of_one_array(dy, x, kernel, bias):
    dx, dkernel, dbias = right(dy, x, kernel, bias)
    memory = np.concatenate([dkernel.reshape(-1), dbias])
    memory[-2:] = dbias
    return dx, memory[:36].reshape(kernel.shape), memory[35:37]


subject(
    "conv",
    conv,
    right,
    (normal(3, 6, 5, 2), normal(3, 3, 2, 2), normal(2)),
    {
        "zero gradient": after(right, lambda dx, dk, db: (0 * dx, dk, db)),
        "all gradients zero": after(right, lambda dx, dk, db: (0 * dx, 0 * dk, 0 * db)),
        "kernel not flipped": wrong_dx(lambda dy, x, k: ops.conv2d(dy, k.swapaxes(2, 3), padding=1)),
        "kernel's channels not swapped": wrong_dx(lambda dy, x, k: ops.conv2d(dy, k[::-1, ::-1], padding=1)),
        "padding off by one": after(right, lambda dx, dk, db: (np.roll(dx, 1, axis=1), dk, db)),
        "no gradient at the border": after(
            right, lambda dx, dk, db: (changed(dx, np.s_[:, :, -1], lambda d: 0), dk, db)
        ),
        "one tap of the kernel missing": wrong_dx(
            lambda dy, x, k: ops.conv2d_dx(dy, changed(k, (2, 0), lambda d: 0), x.shape, padding=1)
        ),
        "factor 2": after(right, lambda dx, dk, db: (dx, 2 * dk, db)),
        "sign": after(right, lambda dx, dk, db: (dx, -dk, db)),
        "sign lost": after(right, lambda dx, dk, db: (np.abs(dx), dk, db)),
        "0.1 % too much": after(right, lambda dx, dk, db: (dx, dk * 1.001, db)),
        "0.1 % too much in one entry": after(
            right, lambda dx, dk, db: (changed(dx, (1, 2, 3, 1), lambda d: 1.001 * d), dk, db)
        ),
        "kernel's height and width swapped": after(
            right, lambda dx, dk, db: (dx, dk.swapaxes(0, 1).copy(), db)
        ),
        "kernel's gradient flipped": after(right, lambda dx, dk, db: (dx, dk[::-1, ::-1].copy(), db)),
        "kernel's channels transposed": after(right, lambda dx, dk, db: (dx, dk.swapaxes(2, 3).copy(), db)),
        "channels in reverse": after(right, lambda dx, dk, db: (dx[..., ::-1].copy(), dk, db)),
        "averaged over the batch": after(right, lambda dx, dk, db: (dx, dk / 3, db)),
        "normalised": lambda dy, x, k, b: right(dy / np.abs(dy).max(), x, k, b),
        "0/0 where dy is 0": lambda dy, x, k, b: right(dy * zero_over_zero(dy), x, k, b),
        "first image alone": first_image_alone,
        "bias not summed over the batch": wrong_dbias(lambda dy: dy.sum(axis=(1, 2))),
        "bias not summed over rows": wrong_dbias(lambda dy: dy[:, 0].sum(axis=(0, 1))),
        "bias with an axis too many": wrong_dbias(lambda dy: dy.sum(axis=(0, 1, 2))[None]),
        "bias summed to one number": wrong_dbias(lambda dy: dy.sum()),
        "bias averaged": wrong_dbias(lambda dy: dy.mean(axis=(0, 1, 2))),
        "clipped": after(right, lambda dx, dk, db: (np.clip(dx, -50, 50), dk, db)),
        "the right sum, spread evenly": after(right, lambda dx, dk, db: (dx * 0 + dx.mean(), dk, db)),
        "small entries dropped": after(right, lambda dx, dk, db: (np.where(abs(dx) < 0.1, 0, dx), dk, db)),
        "single precision": after(right, lambda dx, dk, db: (dx, dk.astype(np.float32), db)),
        "not a number": after(
            right, lambda dx, dk, db: (changed(dx, (0, 0, 0, 0), lambda d: np.nan), dk, db)
        ),
        "one gradient too few": after(right, lambda dx, dk, db: (dx, dk)),
        "gradient None": after(right, lambda dx, dk, db: (dx, dk, None)),
        "dy overwritten": dy_overwritten,
        "input overwritten": input_overwritten,
        "one buffer for all calls": one_buffer_for_all_calls,
        "views of one array": views_of_one_array,
        "the input's own memory": lambda dy, x, k, b: (x, *right(dy, x, k, b)[1:]),
        "another answer each time": after(
            right, lambda dx, dk, db: (dx * (1 + 1e-9 * RNG.standard_normal()), dk, db)
        ),
    },
)

HOW = {"stride": 2, "padding": 1, "groups": 2}


def strided_right(dy, x, kernel):
    return ops.conv2d_dx(dy, kernel, x.shape, **HOW), ops.conv2d_dkernel(dy, x, kernel.shape, **HOW)


def stride_ignored(dy, x, kernel):
    side_by_side = np.zeros((*x.shape[:3], 4))  # where every second place has to stay empty
    side_by_side[:, : dy.shape[1], : dy.shape[2]] = dy
    return ops.conv2d_dx(side_by_side, kernel, x.shape, padding=1, groups=2), strided_right(dy, x, kernel)[1]


subject(
    "strided conv",
    lambda x, kernel: ops.conv2d(x, kernel, **HOW),
    strided_right,
    (normal(1, 6, 4, 4), normal(3, 3, 2, 4)),
    {
        "stride ignored": stride_ignored,
        "strides from the wrong end": after(strided_right, lambda dx, dk: (np.roll(dx, 1, axis=2), dk)),
        "groups swapped": after(strided_right, lambda dx, dk: (np.roll(dx, 2, axis=3), dk)),
        "groups summed": after(
            strided_right, lambda dx, dk: (dx, np.concatenate([dk[..., :2] + dk[..., 2:]] * 2, axis=3))
        ),
    },
)

AMOUNTS = (2, 1, 1, 2)


def folded_about_the_wrong_line(dy, x):
    dx = dy[:, 2:-1, 1:-2].copy()
    dx[:, :2] += dy[:, 1::-1, 1:-2]  # the edge itself is no part of the mirror image
    return dx


subject(
    "reflect",
    lambda x: ops.pad(x, AMOUNTS, "reflect"),
    lambda dy, x: ops.pad_backward(dy, AMOUNTS, "reflect"),
    (normal(1, 4, 5, 2),),
    {
        "borders thrown away": lambda dy, x: dy[:, 2:-1, 1:-2].copy(),
        "folded about the wrong line": folded_about_the_wrong_line,
        "folded like replicate": lambda dy, x: ops.pad_backward(dy, AMOUNTS, "replicate"),
    },
)
