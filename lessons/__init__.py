"""From one pixel to a painting: lessons that run, exercises, and a checker that knows your mistake.

`python -m lessons` lists them; each `NN_name.py` runs as a script and opens as a notebook.
"""
