"""The camera: where it stands, what it sees of a point, and which way each of its pixels looks."""

import numpy as np

UP = np.array([0, 1, 0], np.float32)


class Camera:
    """Points are (…, 3): x to the right, y up from the water, z into the picture, in metres.

    A mirrored camera sees the scene's reflection in the water: it stands below as far as the real one stands
    above, and what it takes is turned upside down.
    """

    def __init__(self, shape, eye, focal, horizon, yaw=0.0, mirrored=False):
        self.shape = shape  # (h, w) in pixels
        self.sense = -1 if mirrored else 1
        self.eye = np.array(eye, np.float32) * (1, self.sense, 1)
        h, w = shape
        self.focal = np.float32(focal * w)  # pixels that a metre has at a distance of one metre
        self.centre = np.float32(w / 2), np.float32(horizon * h)
        cos, sin = np.cos(yaw), np.sin(yaw)
        self.turn = np.array(
            [[cos, 0, sin], [0, 1, 0], [-sin, 0, cos]], np.float32
        )  # world -> camera: p @ turn

    def project(self, points):
        """Pixels x, y and the distance into the picture of world points (…, 3)."""
        x, y, z = np.moveaxis((points - self.eye) @ self.turn, -1, 0)
        return self.centre[0] + self.focal * x / z, self.centre[1] - self.sense * self.focal * y / z, z

    def rays(self, x, y):
        """World directions (…, 3) of pixels, one metre long into the picture."""
        ahead = np.ones(np.broadcast_shapes(x.shape, y.shape), np.float32)
        right = (x + np.float32(0.5) - self.centre[0]) / self.focal * ahead
        up = self.sense * (self.centre[1] - np.float32(0.5) - y) / self.focal * ahead
        return np.stack([right, up, ahead], -1) @ self.turn.T


def unit(vectors):
    """Vectors (…, 3) of length 1; those of no length stay as they are."""
    return vectors / np.maximum(np.linalg.norm(vectors, axis=-1, keepdims=True), 1e-12)
