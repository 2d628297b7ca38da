"""Outlines, and masks with soft edges."""

import numpy as np

FINER = 4  # a mask is drawn this many times larger and averaged, so that edges are smooth


def ellipse(centre, radius, flatten=1.0, angle=0.0, corners=32):
    """Corners of an ellipse, complex (corners,): `flatten` is the short axis ÷ the long one."""
    turn = np.exp(2j * np.pi * np.arange(corners) / corners)
    return centre + radius * np.exp(1j * angle) * (turn.real + 1j * flatten * turn.imag)


def blob(rng, centre, radius, roughness=0.2, waves=5, corners=40):
    """A rounded outline like a pebble or a puddle, complex (corners,)."""
    turn = 2 * np.pi * np.arange(corners) / corners
    k = np.arange(1, waves + 1)[:, None]
    ripple = np.cos(k * turn + rng.uniform(0, 2 * np.pi, (waves, 1))) * rng.normal(0, 1, (waves, 1)) / k
    return centre + radius * np.maximum(0.1, 1 + roughness * ripple.sum(0)) * np.exp(1j * turn)


def leaf(centre, radius, width=0.4, angle=0.0, corners=10):
    """Two arcs that meet in points, complex (2 corners,); `width` is the greatest width ÷ the length."""
    t = np.linspace(-1, 1, corners)
    side = width * (1 - t**2)
    return centre + radius * np.exp(1j * angle) * np.concatenate([t + 1j * side, t[::-1] - 1j * side[::-1]])


def box(left, top, right, bottom):
    """An upright rectangle."""
    return np.array([left + 1j * top, right + 1j * top, right + 1j * bottom, left + 1j * bottom])


def ribbon(line, width):
    """The outline of a line (n,) drawn `width` wide; `width` may vary along it."""
    along = np.gradient(line)
    side = 0.5j * width * along / np.maximum(np.abs(along), 1e-9)
    return np.concatenate([line + side, (line - side)[::-1]])


def polygon(rng, centre, radius, corners=4, irregular=0.3):
    """A polygon, corners in order round its centre, complex (corners,); regular when `irregular` is 0."""
    turn = np.arange(corners) + rng.uniform(-0.5, 0.5, corners) * min(1, 2 * irregular) + rng.random()
    return centre + radius * rng.uniform(1 - irregular, 1, corners) * np.exp(2j * np.pi * turn / corners)


def mask(shape, outline, blur=0.0):
    """How much of each pixel lies within the outline, 0 … 1, float32 (h, w), blurred by `blur` pixels."""
    from PIL import Image, ImageDraw, ImageFilter

    h, w = shape
    image = Image.new("L", (w * FINER, h * FINER))
    ImageDraw.Draw(image).polygon(flat(outline, FINER), fill=255)
    image = image.resize((w, h), Image.Resampling.BOX)
    if blur:
        image = image.filter(ImageFilter.GaussianBlur(blur))
    return np.asarray(image, np.float32) / 255


def disc(shape, centre, radius, softness=1.0):
    """1 within the circle, 0 outside, falling over `softness` pixels at its rim, float32 (h, w)."""
    y, x = np.ogrid[: shape[0], : shape[1]]
    distance = np.hypot(x - centre.real, y - centre.imag)
    return np.clip((radius - distance) / max(softness, 1e-6) + 0.5, 0, 1).astype(np.float32)


def over(picture, colour, mask):
    """`picture` with `colour` (a colour or a picture) laid over it where `mask` is 1."""
    return picture + mask[..., None] * (np.asarray(colour, np.float32) - picture)


def flat(outline, scale=1):
    """An outline as Pillow takes it: [x0, y0, x1, y1, …], pixel centres at whole numbers."""
    points = (np.asarray(outline) + 0.5 + 0.5j) * scale - (0.5 + 0.5j)
    return np.stack([points.real, points.imag], -1).ravel().tolist()
