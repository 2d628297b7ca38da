"""A pool of pictures to learn from, and random crops of it."""

from hashlib import sha256

import numpy as np

STRAIGHT = 0.5  # share of the crops that are taken pixel by pixel, not resized
SCALES = (0.7, 2.0)  # pixels of the picture for each of a resized crop


class Pool:
    """Pictures in memory, uint8 (P, S, S, 3)."""

    def __init__(self, pictures):
        self.pictures = pictures
        self.digest = f"{len(pictures)} of {pictures.shape[1]} px, SHA-256 {sha256(pictures).hexdigest()}"

    def crops(self, rng, count, side):
        """Random crops, flipped at random, at random scales: uint8 (count, side, side, 3)."""
        batch = np.empty((count, side, side, 3), np.uint8)
        for crop in batch:
            crop[...] = random_crop(rng, self.pictures, side)
        return batch


def centres(pictures, side):
    """The middle of each picture: float32 (P, side, side, 3)."""
    top, left = ((size - side) // 2 for size in pictures.shape[1:3])
    return pictures[:, top : top + side, left : left + side].astype(np.float32)


def random_crop(rng, pictures, side):
    """uint8 (side, side, 3) of one of the pictures (P, S, S, 3), flipped at random, at a random scale."""
    from PIL import Image

    picture = pictures[rng.integers(len(pictures))]
    size = picture.shape[0]
    straight, scale = rng.random() < STRAIGHT, np.exp(rng.uniform(*np.log(SCALES)))
    window = side if straight else min(size, max(8, round(side * scale)))
    top, left = rng.integers(size - window + 1, size=2)
    part = picture[top : top + window, left : left + window]
    if rng.random() < 0.5:
        part = part[:, ::-1]
    if window == side:
        return part
    return np.asarray(Image.fromarray(np.ascontiguousarray(part)).resize((side, side), Image.BILINEAR))
