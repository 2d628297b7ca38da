"""What a lesson writes down: its pictures and its key numbers.

`show` saves a picture or shows it in a notebook, `tell` prints a number that the tests compare with
`lessons/expected/`. Where LESSON_RECORD names a file, both also leave a line of JSON there, and one at the
end says for how many seconds the lesson computed.
"""

import atexit
import json
import os
import sys
import time
from pathlib import Path

import numpy as np
from PIL import Image

PICTURES = "lesson-pictures"


def show(name, picture, caption):
    """Saves `picture`, uint8 (H, W) or (H, W, 3), as NAME.png; `caption` says what is to be seen on it.

    A notebook shows it instead, and saves it only where LESSON_PICTURES names a folder.
    """
    image = Image.fromarray(np.ascontiguousarray(picture))
    in_notebook, folder = "ipykernel" in sys.modules, os.environ.get("LESSON_PICTURES")
    if folder or not in_notebook:
        path = Path(folder or PICTURES) / f"{name}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        image.save(path)
    _record(picture=f"{name}.png", caption=caption)
    if in_notebook:
        from IPython.display import display

        display(image)
        print(caption)
    else:
        print(f"[{path}] {caption}")


def tell(name, value, unit="", *, within=1e-6, below=None):
    """Prints "name: value unit" and holds the value to what it was when the lesson was written.

    `value` is a number or an array of them; a test allows it to differ by `within` of its largest entry.
    With `below`, for rounding errors and the like, it only has to stay under that bound.
    """
    print(f"{name}: {written(value)} {unit}".rstrip())
    bound = {"within": within} if below is None else {"below": below}
    _record(number=name, value=np.asarray(value, dtype=float).tolist(), **bound)


def written(value):
    """A number or an array as text."""
    if np.ndim(value):
        text = np.array2string(np.asarray(value), precision=6, suppress_small=True)
        return text if np.ndim(value) == 1 else "\n" + text
    if isinstance(value, (int, np.integer)):
        return f"{value:,}".replace(",", " ")
    return f"{value:.6g}"


def _record(**line):
    path = os.environ.get("LESSON_RECORD")
    if path:
        with open(path, "a", encoding="utf-8") as file:
            file.write(json.dumps(line, ensure_ascii=False) + "\n")


atexit.register(lambda: _record(seconds=time.process_time()))
