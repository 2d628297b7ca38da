"""Lets `python lessons/02_convolution.py`, or a notebook opened in this folder, find the packages beside it.

Python then looks for `lessons` here and finds this file, which steps aside for the package.
"""

import sys
from pathlib import Path

here = Path(__file__).resolve().parent
sys.path[:] = [place for place in sys.path if Path(place).resolve() != here]
sys.path.insert(0, str(here.parent))
del sys.modules["lessons"]
import lessons  # noqa: E402, F401
