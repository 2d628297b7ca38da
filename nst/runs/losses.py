"""losses.csv: a row for each iteration, written as soon as it is done."""

from ..errors import OutputError
from ..files import refusal, written_whole

BEFORE, AFTER = ("scale", "width", "height", "iteration", "loss"), ("seconds",)


class Losses:
    """The table of a run; rows of iterations after `done`, or cut short, are those of a run broken off."""

    def __init__(self, path, done=0):
        self.path, self.last = path, done
        kept = rows(path)
        self.terms = kept[0][len(BEFORE) : -len(AFTER)] if kept else None
        place = BEFORE.index("iteration")
        lines = [",".join(row) for row in kept[:1] + [r for r in kept[1:] if int(r[place]) <= done]]
        with written_whole(path) as file:
            file.write("".join(f"{line}\n" for line in lines).encode())
        self.file = self._opened()

    def append(self, progress):
        """One row; numbers in full, so that they read back as they were."""
        if self.terms is None:
            self.terms = list(progress.terms)
            self._write([*BEFORE, *self.terms, *AFTER])
        height, width = progress.size
        terms = [repr(progress.terms.get(name)) for name in self.terms]
        place = [progress.scale, width, height, progress.iteration, repr(progress.value)]
        self._write([*place, *terms, f"{progress.seconds:.3f}"])
        self.last = progress.iteration

    def close(self):
        self.file.close()

    def _opened(self):
        try:
            return self.path.open("ab")
        except OSError as error:
            raise OutputError(refusal(self.path, error)) from error

    def _write(self, values):
        try:
            self.file.write((",".join(map(str, values)) + "\n").encode())
            self.file.flush()
        except OSError as error:
            raise OutputError(refusal(self.path, error)) from error


def rows(path):
    """The header and every whole row, as text; a last line that was cut short is left out."""
    try:
        text = path.read_bytes().decode(errors="replace")
    except FileNotFoundError:
        return []
    lines = [line.split(",") for line in text.split("\n")[:-1]]
    return [line for line in lines if len(line) == len(lines[0])]
