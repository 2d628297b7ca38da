"""How much memory this process has used, and how much it may use."""

import os
import sys
from pathlib import Path

CGROUPS = (
    ("/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory.current", "/sys/fs/cgroup/memory.stat"),
    (
        "/sys/fs/cgroup/memory/memory.limit_in_bytes",
        "/sys/fs/cgroup/memory/memory.usage_in_bytes",
        "/sys/fs/cgroup/memory/memory.stat",
    ),
)


def used():
    """Bytes of this process that are in memory now; None where the system does not tell."""
    try:
        return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except (OSError, ValueError, AttributeError):
        return peak()


def peak():
    """The most bytes of this process that were ever in memory; None where the system does not tell."""
    try:  # getrusage would count what the process held that started this one
        lines = Path("/proc/self/status").read_text().splitlines()
        return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("VmHWM"))
    except (OSError, ValueError, StopIteration):
        pass
    try:
        import resource
    except ImportError:
        return None
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most if sys.platform == "darwin" else most * 1024


def available():
    """Bytes that this process could still take, by the machine and by its container; None if unknown."""
    return min((free for free in (_of_machine(), *map(_of_group, CGROUPS)) if free is not None), default=None)


def _of_machine():
    try:
        lines = Path("/proc/meminfo").read_text().splitlines()
        return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("MemAvailable"))
    except (OSError, ValueError, StopIteration):
        pass
    try:
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (AttributeError, ValueError, OSError):
        return None


def _of_group(files):
    """What a container's limit leaves, counting the file cache, which the system gives up when asked."""
    try:
        limit, current, stat = (Path(file).read_text() for file in files)
        if limit.strip() == "max":
            return None
        cache = next(
            (int(line.split()[1]) for line in stat.splitlines() if line.startswith("inactive_file")), 0
        )
        return max(0, int(limit) - int(current) + cache)
    except (OSError, ValueError):
        return None
