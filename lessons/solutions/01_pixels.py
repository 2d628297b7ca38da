"""Lesson 1, as we would write it."""

import numpy as np


def crop(picture, top, left, height, width):
    return picture[top : top + height, left : left + width]


def to_grey(picture):
    return picture @ np.array([0.299, 0.587, 0.114]) / 255


def response(image, kernel, r, s):
    kh, kw = kernel.shape
    return (image[r : r + kh, s : s + kw] * kernel).sum()


def correlate(image, kernel):
    h, w = image.shape
    kh, kw = kernel.shape
    return np.array([[response(image, kernel, r, s) for s in range(w - kw + 1)] for r in range(h - kh + 1)])


def edge_strength(image):
    across = np.array([[-1, 0, 1], [-2, 0, 2], [-1, 0, 1]])
    return np.hypot(correlate(image, across), correlate(image, across.T))
