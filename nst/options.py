"""What an option is: a kind of value, with its range; a default; a sentence of help; a group.

A settings class is a frozen dataclass whose fields are made by `option`. From these fields come the checks,
the command line, the record of a run and what presets may set: each option is written down once.
"""

import argparse
import math
import os
from dataclasses import field, fields
from itertools import pairwise

from minicnn.errors import OptionError


class Whole:
    """A whole number within a range."""

    metavar = "N"

    def __init__(self, least, most=10**9):
        self.least, self.most = least, most

    def parse(self, text):
        return int(text)

    def check(self, value):
        if isinstance(value, bool) or int(value) != value or not self.least <= value <= self.most:
            raise ValueError
        return int(value)

    def __str__(self):
        end = "on" if self.most == 10**9 else f"to {self.most}"
        return f"a whole number from {self.least} {end}"


class Number:
    """A finite number within a range; `above` leaves the lower end out."""

    metavar = "X"

    def __init__(self, least=0.0, most=math.inf, above=False):
        self.least, self.most, self.above = least, most, above

    def parse(self, text):
        return float(text)

    def check(self, value):
        value = float(value)
        if (
            not math.isfinite(value)
            or not self.least <= value <= self.most
            or (self.above and value == self.least)
        ):
            raise ValueError
        return value

    def __str__(self):
        start = f"above {self.least:g}" if self.above else f"from {self.least:g}"
        return f"a number {start}" + ("" if self.most == math.inf else f" to {self.most:g}")


class Choice:
    """One of a few words."""

    def __init__(self, *words):
        self.words = words
        self.metavar = "|".join(words)

    def parse(self, text):
        return text

    def check(self, value):
        if value not in self.words:
            raise ValueError
        return value

    def __str__(self):
        return "one of " + ", ".join(self.words)


class OneOf:
    """One of a few whole numbers."""

    def __init__(self, *numbers):
        self.numbers = numbers
        self.metavar = "|".join(map(str, numbers))

    def parse(self, text):
        return int(text)

    def check(self, value):
        if isinstance(value, bool) or value not in self.numbers:
            raise ValueError
        return int(value)

    def __str__(self):
        return "one of " + ", ".join(map(str, self.numbers))


class Interval:
    """So many iterations, "25", or so much time, "30s" or "5m"; kept as text."""

    metavar = "N|Ns|Nm"

    def parse(self, text):
        return text

    def check(self, value):
        self.split(value)
        return str(value).strip()

    def split(self, value):
        """(count, unit), the unit "" for iterations."""
        text = str(value).strip()
        unit = text[-1:] if text[-1:] in ("s", "m") else ""
        count = float(text.removesuffix(unit))
        if not 0 < count < math.inf or (unit == "" and count != int(count)):
            raise ValueError
        return count, unit

    def __str__(self):
        return "a number of iterations such as 25, or a time such as 30s or 5m"


class Text:
    """Any words that are not empty."""

    def __init__(self, metavar="TEXT", what="some text"):
        self.metavar, self.what = metavar, what

    def parse(self, text):
        return text

    def check(self, value):
        value = str(value)
        if not value:
            raise ValueError
        return value

    def __str__(self):
        return self.what


class Switch:
    """Yes or no."""

    metavar = None

    def check(self, value):
        if not isinstance(value, bool):
            raise ValueError
        return value

    def __str__(self):
        return "true or false"


class Layers:
    """Layers with their weights: {"relu1_1": 1.0}, ["relu1_1", "relu2_1"] or "relu1_1,relu2_1:0.5"."""

    metavar = "LAYER[:WEIGHT],..."

    def parse(self, text):
        pairs = (part.strip().partition(":") for part in text.split(","))
        return {name: float(weight) if colon else 1.0 for name, colon, weight in pairs}

    def check(self, value):
        if isinstance(value, str):
            value = self.parse(value)
        weights = (
            {str(n): float(w) for n, w in value.items()}
            if isinstance(value, dict)
            else dict.fromkeys(value, 1.0)
        )
        if not weights or not all(weights) or not all(0 <= w < math.inf for w in weights.values()):
            raise ValueError
        if sum(weights.values()) == 0:
            raise ValueError
        return weights

    def __str__(self):
        return "layers such as relu1_1,relu2_1:0.5 with weights from 0 on, not all of them 0"


class Numbers:
    """A few finite numbers within a range: (0.9, 0.99) or "0.9,0.99"."""

    metavar = "X,..."

    def __init__(self, count, least=-math.inf, most=math.inf):
        self.count, self.each = count, Number(least, most)

    def parse(self, text):
        return tuple(float(part) for part in text.split(","))

    def check(self, value):
        values = tuple(map(self.each.check, self.parse(value) if isinstance(value, str) else value))
        if len(values) != self.count:
            raise ValueError
        return values

    def __str__(self):
        return f"{self.count} numbers, each {str(self.each).removeprefix('a number ')}"


class Each:
    """A value of some kind; or several, "1,0.5", one for each painting, as a tuple."""

    def __init__(self, kind):
        self.kind, self.metavar = kind, f"{kind.metavar},..."

    def parse(self, text):
        return tuple(self.kind.parse(part) for part in text.split(","))

    def check(self, value):
        if isinstance(value, str):
            value = self.parse(value)
        if not isinstance(value, list | tuple):
            return self.kind.check(value)
        values = tuple(map(self.kind.check, value))
        if not values:
            raise ValueError
        return values if len(values) > 1 else values[0]

    def __str__(self):
        return f"{self.kind}, or several, one for each painting"


class Files:
    """Names of files; in Python also pictures themselves."""

    metavar = "FILE"

    def parse(self, names):
        return tuple(names)

    def check(self, value):
        several = value if isinstance(value, list | tuple) else (value,)
        values = tuple(one if hasattr(one, "__array_interface__") else os.fspath(one) for one in several)
        if not values or any(isinstance(one, str) and not one for one in values):
            raise ValueError
        return values

    def __str__(self):
        return "names of files"


class Size(Whole):
    """A number of pixels, or "native", the photo's own size."""

    metavar = "N|native"

    def parse(self, text):
        return text if text == "native" else int(text)

    def check(self, value):
        return value if value == "native" else super().check(value)

    def __str__(self):
        return f"{super().__str__()}, or native"


class Sizes:
    """A count below 16, or growing sizes: 3, "3", [128, 256] or "128,256"."""

    metavar = "N|SIZE,..."

    def parse(self, text):
        return tuple(int(part) for part in text.split(","))

    def check(self, value):
        if isinstance(value, str):
            value = self.parse(value)
        sizes = (value,) if isinstance(value, int) else tuple(int(size) for size in value)
        if len(sizes) == 1 and 1 <= sizes[0] < 16:
            return sizes
        if not sizes or sizes[0] < 16 or any(b <= a for a, b in pairwise(sizes)):
            raise ValueError
        return sizes

    def __str__(self):
        return "how many (1 to 15), or growing sizes from 16 on such as 128,256"


def option(kind, default, group, text, shown=None, short=None, hidden=False):
    """A dataclass field. `shown` describes a default of None, which stands for "as the rest suggests".

    What is `hidden` is not on the command line: presets set it, or Python.
    """
    told = {"kind": kind, "group": group, "help": text, "shown": shown, "short": short, "hidden": hidden}
    return field(default=default, metadata=told)


def flag(name):
    """The option's name on the command line."""
    return "--" + name.replace("_", "-")


def check_all(settings):
    """Every value in its kind's own form, or an error that names the option."""
    for one in fields(settings):
        value = getattr(settings, one.name)
        if value is None and one.default is None:
            continue
        kind = one.metadata["kind"]
        try:
            object.__setattr__(settings, one.name, kind.check(value))
        except (ValueError, TypeError, OverflowError, AttributeError):
            raise OptionError(f"{flag(one.name)}: expected {kind}, got {shown(value)}") from None


def shown(value):
    """A value as a person would type it."""
    if isinstance(value, dict):
        return ",".join(name if weight == 1 else f"{name}:{shown(weight)}" for name, weight in value.items())
    if isinstance(value, list | tuple):
        return ",".join(map(str, value))
    if isinstance(value, float):
        return f"{value:g}"
    return repr(value) if value == "" or not isinstance(value, str | int | float) else str(value)


def add_options(parser, settings, only=None):
    """The command-line arguments of a settings class, or `only` some, in groups, each with its default."""
    groups = {}
    for one in fields(settings):
        if one.metadata["hidden"] or (only is not None and one.name not in only):
            continue
        title = one.metadata["group"]
        if title not in groups:
            groups[title] = parser.add_argument_group(title)
        group = groups[title]
        kind, default = one.metadata["kind"], one.default
        names = [*filter(None, [one.metadata["short"]]), flag(one.name)]
        told = one.metadata["shown"] or (None if default is None else shown(default))
        text = one.metadata["help"].replace("%", "%%")
        if isinstance(kind, Switch):
            text += f" (default {told if default is None else 'yes' if default else 'no'})"
            group.add_argument(*names, action=argparse.BooleanOptionalAction, default=None, help=text)
        else:
            text += f" (default {told})" if told else ""
            many = {"nargs": "+", "action": "extend"} if isinstance(kind, Files) else {}
            group.add_argument(*names, metavar=kind.metavar, default=None, help=text, **many)


def given(arguments, settings):
    """{name: value} of those options that the command line gave, read as their kinds; checked when used."""
    values = {}
    for one in fields(settings):
        text = getattr(arguments, one.name, None)
        if text is None:
            continue
        kind = one.metadata["kind"]
        try:
            values[one.name] = text if isinstance(text, bool) else kind.parse(text)
        except (ValueError, TypeError):
            raise OptionError(f"{flag(one.name)}: expected {kind}, got {shown(text)}") from None
    return values
