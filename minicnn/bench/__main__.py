"""`python -m minicnn.bench`: the two in turn, their medians, their peaks, and the ratios."""

import argparse
import json
import math
import os
import platform
import re
import sys
from importlib.util import find_spec
from statistics import median

from ..cuda.source import PRECISIONS
from ..parallel import thread_count
from .worker import Worker

LAYOUTS = ("contiguous_format", "channels_last")


def main(arguments=None):
    options = parse(arguments)
    if options.device != "cpu":
        from . import on_gpu

        return on_gpu.main(options)
    rows = []
    for size in options.sizes:
        rows.append(measure(size, options.runs, options.threads))
        if not options.json:
            show(rows[-1], first=len(rows) == 1)
    if options.json:
        results = [{key: value for key, value in row.items() if key != "details"} for row in rows]
        print(
            json.dumps({"results": results, "machine": platform.processor() or platform.machine()}, indent=2)
        )
    return 0


def parse(arguments):
    parser = argparse.ArgumentParser(
        prog="python -m minicnn.bench", description="One step of style transfer, here and in PyTorch."
    )
    parser.add_argument("--sizes", type=int, nargs="+", help="sides of the canvas (default: 256 to 1024)")
    parser.add_argument("--device", default="cpu", help="cpu (default), cuda or cuda:1")
    parser.add_argument(
        "--precision", nargs="+", choices=list(PRECISIONS), help="on a GPU (default: all, tf32 first)"
    )
    parser.add_argument("--runs", type=int, default=7, help="timed evaluations of each (default: 7)")
    parser.add_argument("--threads", type=int, default=thread_count(), help="for each side (default: cores)")
    parser.add_argument("--json", action="store_true", help="one JSON object instead of the table")
    options = parser.parse_args(arguments)
    if not re.fullmatch(r"cpu|cuda(:\d+)?", options.device):
        parser.error(f"--device: expected cpu, cuda or cuda:1, got {options.device}")
    if options.device == "cpu" and options.precision:
        parser.error("--precision is for a GPU; add --device cuda")
    options.precision = options.precision or list(PRECISIONS)
    options.sizes = options.sizes or [256, 512, 1024, *([] if options.device == "cpu" else [2048])]
    if min(options.sizes) < 16:
        parser.error(
            f"--sizes: expected at least 16, below which nothing reaches relu5_1; got {min(options.sizes)}"
        )
    if min(options.runs, options.threads) < 1:
        parser.error("--runs and --threads: expected at least 1")
    return options


def measure(size, runs, threads):
    """One row of results. The sides take turns, so that a machine that slows down slows them all."""
    environment = os.environ | {"MINICNN_THREADS": str(threads), "OMP_NUM_THREADS": str(threads)}
    sides = ["ours", *(LAYOUTS if find_spec("torch") else ())]
    workers = {side: Worker(side, size, threads, environment) for side in sides}
    results = {side: worker.ask("result") for side, worker in workers.items()}  # warms up as well
    seconds = {side: [] for side in sides}
    for _ in range(runs):
        for side, worker in workers.items():
            seconds[side].append(worker.ask("seconds"))
    peaks = {side: worker.ask("peak") for side, worker in workers.items()}
    details = {
        "ours": workers["ours"].ask("describe"),
        "layers": workers["ours"].ask("layers"),
        "torch": workers[sides[-1]].ask("describe") if len(sides) > 1 else None,
        "agreement": agreement(results),
    }
    for worker in workers.values():
        worker.close()
    time = {side: median(values) for side, values in seconds.items()}
    layouts = [side for side in sides if side != "ours"]
    best = min(layouts, key=time.get) if layouts else None
    return {
        "size": size,
        "ours_s": time["ours"],
        "torch_s": time.get(best),
        "time_ratio": ratio(time["ours"], time.get(best)),
        "ours_peak_mb": peaks["ours"],
        "torch_peak_mb": peaks.get(best),
        "memory_ratio": ratio(peaks["ours"], peaks.get(best)),
        "torch_layout": best,
        "threads": threads,
        "details": details,
    }


def ratio(ours, theirs):
    return None if ours is None or theirs is None else ours / theirs


def agreement(results):
    """Relative differences between us and PyTorch, of the loss and of a sample of the gradient, in norm."""
    (loss, gradient), *others = results.values()
    if not others:
        return None
    return (
        max(abs(loss - other) / abs(other) for other, _ in others),
        max(math.dist(gradient, other) / math.hypot(*other) for _, other in others),
    )


def show(row, first):
    details = row["details"]
    if first:
        print(f"ours:    {details['ours']}")
        print(f"PyTorch: {details['torch'] or 'not installed (pip install torch); ours alone'}")
        if "OPENBLAS_CORETYPE" in os.environ:
            print(
                f"warning: OPENBLAS_CORETYPE={os.environ['OPENBLAS_CORETYPE']} is set, which may halve the "
                "speed of BLAS; unset it to measure",
                file=sys.stderr,
            )
        print("\ncanvas      ours   PyTorch  ratio     ours   PyTorch  ratio   loss and gradient differ by")
    cells = [
        f"{row['size']:>5}²  {row['ours_s']:7.3f} s",
        text(row["torch_s"], "7.3f", " s") + text(row["time_ratio"], "7.2f"),
        text(row["ours_peak_mb"], "7.0f", " MB") + text(row["torch_peak_mb"], "7.0f", " MB"),
        text(row["memory_ratio"], "5.2f"),
    ]
    if details["agreement"]:
        cells.append("  {:.0e} and {:.0e}".format(*details["agreement"]))
    print(" ".join(cells))
    for name, gflop, forward, backward in details["layers"]:
        print(f"         {name}  forward {gflop / forward:6.0f}  backward {gflop / backward:6.0f} GFLOP/s")


def text(value, form, unit=""):
    return "       –" if value is None else f"{value:{form}}{unit}"


if __name__ == "__main__":
    sys.exit(main())
