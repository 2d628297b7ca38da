"""`python -m minicnn.weights`: what is published, what is here, and what is in a file.

Exit codes: 0 done, 1 what `verify` was given can be read but is none of the published files, 2 refused
(missing, damaged, no such name), 130 stopped.
"""

import argparse
import sys
from pathlib import Path

from ..errors import MiniCNNError, WeightFileError
from .cache import folder
from .fetching import fetch
from .known import FILES, checksum, identify
from .reading import read

DONE, UNPUBLISHED, REFUSED, STOPPED = 0, 1, 2, 130


def main(arguments=None):
    """Run one command; the exit code."""
    options = _parser().parse_args(arguments)
    try:
        return options.command(options) or DONE
    except MiniCNNError as error:
        print(f"minicnn.weights: {error}", file=sys.stderr)
        return REFUSED
    except KeyboardInterrupt:
        return STOPPED
    except BrokenPipeError:  # `... | head`
        sys.stderr.close()
    return DONE


def _parser():
    parser = argparse.ArgumentParser(prog="python -m minicnn.weights", description=__doc__.partition("\n")[0])
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    for command, argument, text in (
        (_list, None, "the published files that are known, and which of them are here"),
        (_fetch, "NAME", "fetch one of them into the cache"),
        (
            _verify,
            "FILE",
            "whether a file is one of them, and whole (exit codes: 0 yes; 1 readable, but none; 2 refused)",
        ),
        (_info, "FILE", "format, layers, expected input and SHA-256 of a file"),
    ):
        sub = commands.add_parser(command.__name__[1:], help=text, description=text)
        sub.set_defaults(command=command)
        if argument == "NAME":
            sub.add_argument("name", metavar="NAME", nargs="?", default="vgg19", help="default: vgg19")
        elif argument:
            sub.add_argument("file", metavar="FILE")
    return parser


def _list(_):
    rows = [
        (known.name, known.network, here, known.about, known.urls[0])
        for known in FILES.values()
        for here in ["here" if (folder() / known.filename).is_file() else "-"]
    ]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        print("  ".join(text.ljust(width) for text, width in zip(row, widths, strict=True)).rstrip())
    print(f"\ncache: {folder()}")


def _fetch(options):
    print(fetch(options.name))


def _verify(options):
    name = Path(options.file).name
    for known in FILES.values():
        if known.filename == name and not known.fits(options.file):
            found = checksum(options.file, known.checksum.partition(":")[0])
            raise WeightFileError(
                f"{options.file}: expected {known.checksum} as of {known.name}, found {found}"
            )
    file = read(options.file)
    published = identify(file.path, file.sha256)
    what = f"{published.name}, as published" if published else "none of the published files, but readable"
    print(f"{options.file}: {what}; {file.format}, {len(file.layers)} layers, SHA-256 {file.sha256}")
    return DONE if published else UNPUBLISHED


def _info(options):
    file = read(options.file)
    print(f"format   {file.format}")
    for name, parts in file.shapes.items():
        print(f"{name:7}  {parts['kernel']}")
    print(f"expects  {file.expects}")
    print(f"         {file.expects.sure}: {file.expects.why}")
    print(f"SHA-256  {file.sha256}")
