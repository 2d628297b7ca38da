"""What becomes of a picture that was drawn finer than it is wanted."""

import numpy as np

FINER = 2  # pixels drawn for each that is wanted, each way


def drawn_shape(size):
    """(h, w) to draw a picture of 4:3 in that is to be `size` pixels wide."""
    return round(0.75 * size) * FINER, size * FINER


def averaged(picture):
    """(h, w, 3) at FINER times the size → the size that is wanted."""
    h, w = picture.shape[0] // FINER, picture.shape[1] // FINER
    return picture.reshape(h, FINER, w, FINER, 3).mean((1, 3))


def printed(picture):
    """Values of 0 … 1 at FINER times the size → uint8 RGB."""
    return to_bytes(averaged(np.clip(picture, 0, 1)))


def to_bytes(values):
    return np.rint(255 * np.clip(values, 0, 1)).astype(np.uint8)
