"""`python -m minicnn.gradcheck [OP ...] [--plot FILE.png]`: every operation's gradients, in a table.

Exit codes: 0 all right, 1 something is wrong, 2 refused (no such operation, no matplotlib, no such folder).
"""

import argparse
import sys
import time

from ..errors import MiniCNNError
from .cases import CASES, cases, find
from .examine import examine
from .report import Finding, Report

COLUMNS = "{:21} {:8} {:>5} {:>7} {:>6} {:>9}  {}"


def main(arguments=None):
    parser = argparse.ArgumentParser(
        prog="python -m minicnn.gradcheck",
        description="Compares every backward pass with finite differences, in float64.",
    )
    parser.add_argument(
        "ops",
        nargs="*",
        metavar="OP",
        help=f"one of {', '.join(CASES)}, or a name out of the table, such as Conv2D (default: all)",
    )
    parser.add_argument("--plot", metavar="FILE.png", help="draws the error against the step size as well")
    options = parser.parse_args(arguments)
    names = list(dict.fromkeys(options.ops))
    try:
        for name in names:
            find(name)
        if options.plot is not None:
            from .plot import draw

            draw(names, options.plot)
    except MiniCNNError as error:
        print(f"gradcheck: {error}", file=sys.stderr)
        return 2
    return 0 if table(names or list(CASES)) else 1


def table(names):
    """Prints a line for every argument of every operation, then what is wrong; whether nothing was."""
    start, wrong, places, worst = time.perf_counter(), [], 0, 0.0
    print(COLUMNS.format("operation", "argument", "cases", "places", "kinks", "error", "").rstrip())
    for name in names:
        rows = {}
        for label, report in _reports(name):
            if not report.ok:
                wrong.append(f"{report}\n  in the case {label}")
            for finding in report.findings or [Finding("?", ())]:
                rows.setdefault((report.name, finding.argument), []).append((finding, report.ok))
        for (operation, argument), found in rows.items():
            error = max(finding.error for finding, _ in found)
            compared = sum(finding.compared for finding, _ in found)
            apart = sum(len(finding.apart) for finding, _ in found)
            verdict = "right" if all(ok for _, ok in found) else "WRONG"
            print(COLUMNS.format(operation, argument, len(found), compared, apart, f"{error:.1e}", verdict))
            places, worst = places + compared, max(worst, error)
    print("", *wrong, sep="\n")
    summary = f"{len(wrong)} cases are wrong." if wrong else f"All right, the largest error {worst:.1e}."
    print(f"{summary} {places:,} places and directions in {time.perf_counter() - start:.1f} s.")
    return not wrong


def _reports(name):
    """(label, Report) of every case; for an operation that raises, the report says so."""
    for label, build, options in cases(name):
        try:
            yield label, examine(build(), **options)
        except Exception as error:  # whatever it is, the table goes on and the exit code tells
            yield label, Report(name, [], [f"it raised {type(error).__name__}: {error}"])


if __name__ == "__main__":
    sys.exit(main())
