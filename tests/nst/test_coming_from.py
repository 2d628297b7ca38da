"""The page for whoever comes from another program names options that exist, and as they are spelt."""

import re
import shlex
from dataclasses import fields
from itertools import pairwise
from pathlib import Path

import pytest

from nst.cli import COMMANDS
from nst.options import flag
from nst.presets import PRESETS
from nst.settings import Output, Settings, make

PAGE = (Path(__file__).resolve().parents[2] / "lessons" / "coming_from.md").read_text(encoding="utf-8")
FLAGS = {flag(one.name) for kind in (Settings, Output) for one in fields(kind) if not one.metadata["hidden"]}
FLAGS |= {f"--no-{name[2:]}" for name in FLAGS} | {"-o"}


def ours():
    """Every piece of code in a column of ours, and outside of tables."""
    for line in PAGE.splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")] if line.startswith("|") else ["", line]
        yield from re.findall(r"`([^`]+)`", " ".join(cells[1:]))


def test_every_option_of_ours_exists():
    code = [one for one in ours() if not one.startswith("python")]
    named = {word for one in code for word in re.findall(r"(?<!\S)--?[a-z][a-z-]*", one)}
    assert len(named) > 30
    assert named <= FLAGS, named - FLAGS


def test_every_preset_is_named_and_none_besides():
    named = set(re.findall(r"--preset ([a-z][\w-]+)", PAGE)) | set(re.findall(r"or `(keras-2016)`", PAGE))
    assert named <= set(PRESETS)
    assert named >= set(PRESETS) - {"gatys2015", "lasagne"}


@pytest.mark.parametrize("code", sorted({code for code in ours() if re.match(r"--[a-z-]+ [^.]", code)}))
def test_values_beside_options_are_accepted(code):
    """In a run of some preset, since a few options belong to some other's value."""
    words = shlex.split(code)
    values = {}
    for name, value in pairwise(words):
        if name.startswith("--") and not value.startswith("--"):
            values[name[2:].replace("-", "_")] = value
    kinds = {one.name: one.metadata["kind"] for one in fields(Settings)}
    options = {name: kinds[name].parse(value) for name, value in values.items() if name in kinds}
    told = []
    for preset in (options.pop("preset", None), "anishathalye", "neural-style", "lasagne", None):
        try:
            make(preset=preset, **options)
            return
        except ValueError as error:
            told.append(str(error))
    pytest.fail("; ".join(told))


def test_the_commands_exist():
    assert {word for word in re.findall(r"`nst ([a-z]+)", PAGE)} <= set(COMMANDS)
