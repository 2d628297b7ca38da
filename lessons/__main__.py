"""`python -m lessons`: the road, a folder to work in, the checker."""

import sys

from .cli import main

if __name__ == "__main__":
    sys.exit(main())
