"""One side of the comparison in a process of its own; it answers a line of JSON to each word it is sent."""

import json
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path


def serve(side, size, threads):
    """Evaluate, or tell, as asked on stdin, until it closes."""
    program = _program(side, size, threads)
    for line in sys.stdin:
        print(json.dumps(_answer(program, line.strip())), flush=True)


def _program(side, size, threads):
    """ "ours" or one of PyTorch's layouts; on a GPU "cuda-" and a precision, or "torch-" and a form."""
    where, _, how = side.partition("-")
    if side == "ours":
        from .ours import Ours

        return Ours(size)
    if where == "cuda":
        from .ours_cuda import OursOnGPU

        return OursOnGPU(size, how)
    from .pytorch import OnGPU, PyTorch

    return OnGPU(size, how) if where == "torch" else PyTorch(size, threads, side)


def _answer(program, word):
    if word == "seconds":
        start = time.perf_counter()
        program.evaluate()
        return time.perf_counter() - start
    if word == "result":
        loss, gradient = program.evaluate()
        return loss, [float(v) for v in gradient.ravel()[:: max(1, gradient.size // 1000)]]
    if word == "peak":
        return peak_mb()
    return getattr(program, word)()


def peak_mb():
    """The most memory that this process ever held, in MB; None where the system does not tell."""
    status = Path("/proc/self/status")
    if status.exists():  # getrusage would count what the parent held before this program was started
        lines = dict(line.split(":", 1) for line in status.read_text().splitlines() if ":" in line)
        return int(lines["VmHWM"].split()[0]) * 1024 / 1e6
    try:
        import resource
    except ImportError:
        return None
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1e6 if sys.platform == "darwin" else 1e3)


class Worker:
    """A side at work, seen from the process that compares."""

    def __init__(self, side, size, threads, environment):
        command = [sys.executable, "-m", "minicnn.bench.worker", side, str(size), str(threads)]
        self.side = side
        self.process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment
        )

    def ask(self, word):
        with suppress(BrokenPipeError):  # it has ended, as the missing answer tells
            self.process.stdin.write(word + "\n")
            self.process.stdin.flush()
        line = self.process.stdout.readline()
        if not line:
            raise SystemExit(f"bench: the process for {self.side} ended with code {self.process.wait()}")
        return json.loads(line)

    def close(self):
        self.process.stdin.close()
        self.process.wait()


if __name__ == "__main__":
    serve(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
