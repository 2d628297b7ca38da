"""The command line: which command, and how every ending is told.

Exit codes: 0 done; 2 refused, with one line on stderr; 130 stopped by Ctrl-C; 1 a fault of ours.
"""

import argparse
import importlib
import os
import sys
import traceback

from minicnn.errors import MiniCNNError

COMMANDS = {
    "demo": "a first painting that needs no file of yours",
    "paint": "a photo as a painter would have seen it",
    "resume": "go on with a run that was broken off, from its folder",
    "batch": "many pictures from one file of jobs, here or on a cluster",
    "texture": "what a painting's style alone makes of noise",
    "reconstruct": "what a layer of the network still knows of a picture",
    "look": "what units of a layer answer to, and the patches that excite them",
    "figures": "the paper's figures from pictures of your own",
    "estimate": "memory and time that a run would take",
    "presets": "what other programs compute, to paint by with --preset",
    "gradcheck": "the whole objective's gradient against finite differences",
}
HELP_EXAMPLE = "nst paint photo.jpg painting.jpg -o picture.png"


class Parser(argparse.ArgumentParser):
    """Refuses in one line."""

    def error(self, message):
        raise MiniCNNError(f"{message}; {self.prog} --help explains")


def main(arguments=None):
    """Run one command; returns the exit code."""
    arguments = sys.argv[1:] if arguments is None else list(arguments)
    try:
        return _run(arguments)
    except MiniCNNError as error:
        return refuse(error)
    except KeyboardInterrupt:
        return 130
    except MemoryError:
        return refuse("memory ran out; choose a smaller --size, or see what fits with: nst estimate")
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except Exception as error:
        if os.environ.get("NST_DEBUG"):
            traceback.print_exc()
        say(f"a fault of ours: {type(error).__name__}: {one_line(error)} (NST_DEBUG=1 shows where)")
        return 1


def _run(arguments):
    parser = Parser(prog="nst", description="Neural style transfer.", epilog=f"For example: {HELP_EXAMPLE}")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND")
    name = next((argument for argument in arguments if not argument.startswith("-")), None)
    for command, line in COMMANDS.items():
        of_command = commands.add_parser(command, help=line, description=line[0].upper() + line[1:] + ".")
        if command == name:
            importlib.import_module(f".commands.{name}", __package__).configure(of_command)
    chosen, unknown = parser.parse_known_args(arguments)
    if unknown:
        commands.choices.get(chosen.command, parser).error(f"unrecognized arguments: {' '.join(unknown)}")
    if chosen.command is None:
        parser.print_help()
        return 0
    return importlib.import_module(f".commands.{chosen.command}", __package__).run(chosen)


def refuse(error):
    say(one_line(error))
    return 2


def say(text):
    """A line for the person, on stderr."""
    print(f"nst: {text}", file=sys.stderr)


def one_line(error):
    return " ".join(str(error).split())
