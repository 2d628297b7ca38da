"""Lesson 1: write these five functions; `python -m lessons check 1` looks at them.

A colour picture is an array (H, W, 3) of uint8, a grey image a matrix (H, W) of float64. NumPy is all you
need.
"""


def crop(picture, top, left, height, width):
    """The part of a picture that is `height` pixels high and `width` pixels wide.

    picture (H, W, 3) → part (height, width, 3) of the same dtype, or without the last axis where the
    picture is grey. The part's upper left pixel is picture[top, left]; it lies wholly inside the picture.
    """
    raise NotImplementedError


def to_grey(picture):
    """The brightness of each pixel, from 0 for black to 1 for white.

    picture (H, W, 3) uint8, red, green and blue from 0 to 255 → grey (H, W) float64:

        grey = (0.299 · red + 0.587 · green + 0.114 · blue) / 255
    """
    raise NotImplementedError


def response(image, kernel, r, s):
    """What a filter answers at one place of an image.

    image (H, W), kernel (kh, kw) → one number, the sum over i from 0 to kh − 1 and j from 0 to kw − 1 of

        image[r + i, s + j] · kernel[i, j]

    so (r, s) is where the filter's upper left corner lies; the filter lies wholly inside the image.
    """
    raise NotImplementedError


def correlate(image, kernel):
    """What a filter answers everywhere that it fits.

    image (H, W), kernel (kh, kw), kh ≤ H and kw ≤ W → y (H − kh + 1, W − kw + 1):

        y[r, s] = the sum over i and j of image[r + i, s + j] · kernel[i, j]
    """
    raise NotImplementedError


def edge_strength(image):
    """How strong an edge is at each place, whatever its direction.

    image (H, W), H and W at least 3 → strength (H − 2, W − 2), √(a² + b²) where a and b are what the two
    filters of the lesson answer at that place:

        ACROSS  −1 0 1      DOWN  −1 −2 −1
                −2 0 2             0  0  0
                −1 0 1             1  2  1
    """
    raise NotImplementedError
