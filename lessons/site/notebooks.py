"""A lesson as an executed notebook: its cells, with what each printed and showed in the run.

Written by hand, as the format is small: nbformat 4.5, which every Jupyter of today opens.
"""

import base64
import json

from .cells import cells

LANGUAGE = {"name": "python", "file_extension": ".py", "mimetype": "text/x-python"}
KERNEL = {"display_name": "Python 3", "language": "python", "name": "python3"}


def notebook(lesson, run):
    """JSON of a lesson as `run` left it."""
    found, executed = [], 0
    for number, cell in enumerate(cells(lesson.path.read_text(encoding="utf-8")), 1):
        one = {"cell_type": "markdown" if cell.markdown else "code", "id": f"cell-{number}", "metadata": {}}
        one["source"] = _lines(cell.text)
        if not cell.markdown:
            executed += 1
            one["execution_count"] = executed
            one["outputs"] = [made for output in run.of(cell) for made in _outputs(output, run)]
        found.append(one)
    whole = {
        "cells": found,
        "metadata": {"kernelspec": KERNEL, "language_info": LANGUAGE, "title": lesson.title},
        "nbformat": 4,
        "nbformat_minor": 5,
    }
    return json.dumps(whole, ensure_ascii=False, indent=1) + "\n"


def _outputs(output, run):
    """What a notebook would have: a picture is displayed, and its caption printed below it."""
    if not output.picture:
        return [_stream(output.text)]
    data = base64.b64encode((run.folder / output.picture).read_bytes()).decode()
    shown = {"image/png": data, "text/plain": [output.caption]}
    return [{"output_type": "display_data", "data": shown, "metadata": {}}, _stream(f"{output.caption}\n")]


def _stream(text):
    return {"output_type": "stream", "name": "stdout", "text": _lines(text)}


def _lines(text):
    return text.splitlines(keepends=True)
