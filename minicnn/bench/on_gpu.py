"""`python -m minicnn.bench --device cuda`: each precision beside PyTorch's two forms on the same card.

One side after another, each in a process of its own, which gives the GPU back before the next one begins.
"""

import json
import math
import os
import sys
import tempfile
import time
from importlib.util import find_spec
from statistics import median

from ..backend import device
from ..errors import DeviceError
from .worker import Worker

TORCH = ("torch-eager", "torch-graph")
NAMES = {"torch-eager": "PyTorch, eager, TF32", "torch-graph": "PyTorch, graph, fp16"}


def main(options):
    """The table, or one JSON object; 2 where there is no GPU, with the remedy."""
    try:
        title = device(options.device).title
    except DeviceError as error:
        return refused(error)
    sides = [f"cuda-{precision}" for precision in options.precision]
    sides += TORCH if find_spec("torch") else ()
    rows, started = [], []
    with tempfile.TemporaryDirectory() as cache:
        # An empty folder for compiled kernels: the first start is the first ever, the second any other.
        environment = os.environ | {"CUPY_CACHE_DIR": cache, "CUDA_VISIBLE_DEVICES": visible(options.device)}
        for _ in range(2):
            started.append(start_up(sides[0], options.sizes[0], environment))
        for size in options.sizes:
            found = {side: measure(side, size, options.runs, environment) for side in sides}
            rows += [row(side, size, found) for side in sides]
    result = {"gpu": title, "start_up_s": started, "results": rows}
    print(json.dumps(result, indent=2) if options.json else table(result))
    return 0


def refused(error):
    print(f"bench: {error}", file=sys.stderr)
    return 2


def visible(name):
    """The GPU called "cuda:1" as the only one that a process sees."""
    number = int(name.partition(":")[2] or 0)
    listed = os.environ.get("CUDA_VISIBLE_DEVICES", "")
    return listed.split(",")[number] if listed else str(number)


def start_up(side, size, environment):
    """Seconds from nothing to the first loss."""
    started = time.perf_counter()
    worker = Worker(side, size, 1, environment)
    worker.ask("result")
    seconds = time.perf_counter() - started
    worker.close()
    return seconds


def measure(side, size, runs, environment):
    """A side's numbers, or why there are none."""
    worker = Worker(side, size, 1, environment)
    try:
        return {
            "result": worker.ask("result"),
            "evaluation": median(worker.ask("burst") for _ in range(runs)),
            "iteration": worker.ask("descent"),
            "memory": worker.ask("memory"),
            "describe": worker.ask("describe"),
        }
    except SystemExit as error:  # out of memory, say: its own words are on stderr
        return {"failed": str(error)}
    finally:
        worker.close()


def row(side, size, found):
    """One line of the table, compared with what stands beside it."""
    own, eager = found[side], found.get("torch-eager", {})
    if "failed" in own:
        return {"side": side, "size": size, "failed": own["failed"]}
    return {
        "side": side,
        "size": size,
        "evaluation_s": own["evaluation"],
        "iteration_s": own["iteration"],
        "memory_mb": own["memory"],
        "times_eager": ratio(eager.get("evaluation"), own["evaluation"]),
        "iterations_times_eager": ratio(eager.get("iteration"), own["iteration"]),
        "gradient_differs": differs(own["result"], found.get("cuda-fp32", {}).get("result")),
        "describe": own["describe"],
    }


def ratio(theirs, ours):
    return None if theirs is None else theirs / ours


def differs(result, exact):
    """The distance of a sample of the gradient from strict float32's, in norm."""
    if exact is None:
        return None
    return math.dist(result[1], exact[1]) / math.hypot(*exact[1])


def table(result):
    """All of it as text."""
    cold, warm = result["start_up_s"]
    lines = [
        f"GPU:     {result['gpu']}",
        *sorted({row["describe"] for row in result["results"] if "describe" in row}),
        f"start-up to the first loss: {cold:.1f} s with kernels to compile, {warm:.1f} s without",
        "",
        "canvas  side                    evaluation  × eager    L-BFGS  × eager    memory  gradient",
    ]
    return "\n".join(lines + [line(row) for row in result["results"]])


def line(row):
    name = NAMES.get(row["side"], f"ours, {row['side'].removeprefix('cuda-')}")
    start = f"{row['size']:>5}²  {name:<22}"
    if "failed" in row:
        return f"{start}  – {row['failed']}"
    return (
        f"{start}{1e3 * row['evaluation_s']:9.2f} ms{cell(row['times_eager'], '8.2f')}"
        f"{1e3 * row['iteration_s']:8.2f} ms{cell(row['iterations_times_eager'], '8.2f')}"
        f"{row['memory_mb']:7.0f} MB{cell(row['gradient_differs'], '10.0e')}"
    )


def cell(value, form):
    return f"{'–':>{int(form.partition('.')[0])}}" if value is None else f"{value:{form}}"
