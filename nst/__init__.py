"""Neural style transfer (Gatys, Ecker & Bethge 2015), from two files to a picture.

    from nst import paint
    paint("photo.jpg", "painting.jpg", size=512).save("picture.png")

`python -m nst paint --help` tells the rest.
"""

__all__ = ["paint", "resume"]


def __getattr__(name):
    """`paint` and `resume`, and with them the whole program, are loaded when they are first asked for."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from . import painting

    return getattr(painting, name)
