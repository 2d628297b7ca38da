"""Neural style transfer (Gatys, Ecker & Bethge 2015), from two files to a picture.

    from nst import paint
    paint("photo.jpg", "painting.jpg", size=512).save("picture.png")

`python -m nst paint --help` tells the rest.
"""

from .painting import paint, resume

__all__ = ["paint", "resume"]
