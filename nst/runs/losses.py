"""losses.csv: a row for each iteration, written as soon as it is done."""

from ..errors import OutputError, RunError
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
    """The header and every whole row, as text; a line that was cut short, or is no row, is left out."""
    try:
        text = path.read_bytes().decode(errors="replace")
    except FileNotFoundError:
        return []
    except OSError as error:
        raise RunError(f"{path}: cannot be read ({error.strerror})") from error
    lines = [line.split(",") for line in text.split("\n")[:-1]]
    if not lines:
        return []
    head, *lines = lines
    if tuple(head[: len(BEFORE)]) != BEFORE or tuple(head[-len(AFTER) :]) != AFTER:
        raise RunError(f"{path}: expected the losses of a run; move it away, and the table begins anew")
    return [head, *(line for line in lines if len(line) == len(head) and _holds_numbers(line))]


def _holds_numbers(row):
    whole = len(BEFORE) - 1
    try:
        return all(int(cell) >= 0 for cell in row[:whole]) and all(
            cell == "None" or isinstance(float(cell), float) for cell in row[whole:]
        )
    except ValueError:
        return False
