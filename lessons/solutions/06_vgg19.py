"""Lesson 6, as we would write it."""

import numpy as np

MEAN = np.array([103.939, 116.779, 123.68])  # blue, green, red


def shapes(plan, height, width):
    found, channels = [], 3
    for item in plan:
        if item == "pool":
            height, width = height // 2, width // 2
        else:
            channels = item
        found.append((height, width, channels))
    return found


def parameters(plan, channels=3):
    total = 0
    for item in plan:
        if item != "pool":
            total += 3 * 3 * channels * item + item
            channels = item
    return total


def receptive_field(layers):
    field, jump = 1, 1
    for window, stride in layers:
        field += (window - 1) * jump
        jump *= stride
    return field


def to_network(picture):
    return (picture[..., ::-1] - MEAN)[None]


def to_picture(x):
    values = np.rint((x[0] + MEAN)[..., ::-1])
    return np.clip(values, 0, 255).astype(np.uint8)
