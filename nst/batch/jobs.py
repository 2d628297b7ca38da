"""A file of jobs, read and checked: what is wrong is told for every job before any is painted."""

import csv
import io
from pathlib import Path
from typing import NamedTuple

from minicnn import zoo
from minicnn.errors import MiniCNNError, OptionError

from .. import devices, image, inputs, networks
from ..blend import check_counts
from ..errors import NSTError
from ..files import check_folder_of
from ..options import Files, Switch, flag, shown
from ..session import keeps_alpha
from ..settings import Output, Settings, make

FORM = ("bits", "keep_alpha")  # options of the output that a job may have
OWN = ("photo", "painting", "output")
WORDS = {"yes": True, "true": True, "no": False, "false": False}


class Job(NamedTuple):
    """A picture to be painted; `where` it stands in its file."""

    where: str
    photo: Path
    paintings: tuple
    output: Output
    settings: Settings  # resolved

    @property
    def path(self):
        return Path(self.output.output)


def read(path):
    """[Job, ...] of a file, and [what is wrong with a job, ...], a line each."""
    rows = _rows(Path(path))
    jobs, problems, taken = [], [], {}
    for where, row in rows:
        try:
            job = _job(where, row, Path(path).parent)
            _check(job, taken)
            jobs.append(job)
        except MiniCNNError as error:
            problems.append(f"{where}: {' '.join(str(error).split())}")
    if not rows:
        problems.append(f"{path}: there is no job in it")
    return jobs, problems


def _rows(path):
    """[(where, {name: value}), ...]; values of a CSV are text."""
    suffix = path.suffix.lower()
    if path.is_file() and suffix not in (".csv", ".toml"):
        raise NSTError(f"{path}: expected a file of jobs, whose name ends in .csv or .toml")
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except OSError as error:
        raise NSTError(f"{path}: cannot be read ({error.strerror})") from error
    except UnicodeDecodeError as error:
        raise NSTError(f"{path}: expected text in UTF-8 ({error})") from error
    return _csv(path, text) if suffix == ".csv" else _toml(path, text)


def _csv(path, text):
    reader = csv.DictReader(io.StringIO(text, newline=""), restkey="")
    names = [name.strip() for name in reader.fieldnames or ()]
    if twice := {name for name in names if names.count(name) > 1}:
        raise NSTError(f"{path}: two columns are called {min(twice)!r}")
    rows = []
    for row in reader:
        if any(cell for cell in row.values() if cell):
            given = {name.strip(): cell for name, cell in row.items() if name and cell and cell.strip()}
            if "" in row:
                given[""] = row[""]
            rows.append((f"{path.name}, line {reader.line_num}", given))
    return rows


def _toml(path, text):
    try:
        import tomllib
    except ImportError:
        raise NSTError(f"{path}: TOML needs Python 3.11 or newer; a CSV will do here") from None
    try:
        tables = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise NSTError(f"{path}: this is no TOML ({error})") from error
    jobs, defaults = tables.pop("jobs", []), tables.pop("defaults", {})
    good = isinstance(jobs, list) and all(isinstance(one, dict) for one in (defaults, *jobs))
    if tables or not good:
        other = f", got {min(tables)!r} too" if tables else ""
        raise NSTError(f"{path}: expected [[jobs]] and perhaps [defaults]{other}")
    return [(f"{path.name}, job {number}", {**defaults, **job}) for number, job in enumerate(jobs, start=1)]


def _job(where, row, folder):
    """The Job that a row describes."""
    row = {name.replace("-", "_"): value for name, value in row.items()}
    if "" in row:
        raise OptionError(f"there are more cells than columns: {row['']}")
    if "paintings" in row:
        row["painting"] = row.pop("paintings")
    if missing := [name for name in OWN if not row.get(name)]:
        has = f"got only {', '.join(row)}; " if len(row) < len(OWN) else ""
        raise OptionError(
            f"{missing[0]}: expected a file, got none ({has}a job needs photo, painting and output)"
        )
    paintings = _several(row["painting"]) if isinstance(row["painting"], str) else row["painting"]
    for name, files in {**row, "painting": paintings}.items():
        if name in OWN and not _words(files, several=name == "painting"):
            raise OptionError(f"{name}: expected the name of a file, got {shown(row[name])}")
    form = {name: _value(Output, name, row[name]) for name in FORM if name in row}
    options = {name: _value(Settings, name, row[name]) for name in row if name not in (*OWN, *FORM)}
    output = Output(output=str(folder / str(row["output"]).strip()), quiet=True, **form)
    settings = networks.resolved(make(**_placed(options, folder)))
    return Job(
        where, folder / str(row["photo"]).strip(), tuple(folder / str(p) for p in paintings), output, settings
    )


def _words(value, several):
    """Whether it is text; or, where several may stand, a list of nothing else."""
    if several:
        return isinstance(value, list) and all(isinstance(one, str) for one in value)
    return isinstance(value, str)


def _several(text):
    """ "a.jpg; b.jpg" as a list."""
    return [part.strip() for part in text.split(";") if part.strip()]


def _value(settings, name, value):
    """A cell's text as its option's kind reads it; anything else as it is."""
    if not isinstance(value, str) or name not in settings.__dataclass_fields__:
        return value
    kind = settings.__dataclass_fields__[name].metadata["kind"]
    text = value.strip()
    if isinstance(kind, Switch):
        return WORDS.get(text.lower(), text)
    if isinstance(kind, Files):
        return _several(text)
    try:
        return kind.parse(text)
    except (ValueError, TypeError):
        raise OptionError(f"{flag(name)}: expected {kind}, got {text}") from None


def _placed(options, folder):
    """Options with the files that they name found from the folder of the jobs."""
    found = dict(options)
    for name in ("weights", *inputs.FILES):
        if name in found:
            found[name] = inputs.renamed(found[name], lambda path: str(folder / path))
    return found


def _check(job, taken):
    """Nothing, if the job can be begun; `taken` holds the outputs of those before."""
    image.check_suffix(job.path, job.output.bits, job.output.keep_alpha)
    check_folder_of(job.path)
    place = job.path.resolve()
    if place in taken:
        raise OptionError(f"output: {job.path} is the output of {taken[place]} already")
    for one in (job.photo, *job.paintings):
        image.check(one, job.settings.max_pixels)
        if one.resolve() == place:
            raise OptionError(f"output: {job.path} is one of the pictures to paint from")
    for option in inputs.FILES:
        for source in inputs.sources(getattr(job.settings, option)):
            image.check(source, job.settings.max_pixels)
    check_counts(job.settings, len(job.paintings))
    devices.chosen(job.settings)
    narrow = zoo.build(job.settings.network, width=(1,) * len(zoo.architecture(job.settings.network).blocks))
    networks.check_layers(narrow, job.settings)
    networks.weights_file(job.settings)
    taken[place] = job.where


def form_of(job):
    """(format, bits, whether alpha is kept) of a job's output."""
    return image.check_suffix(job.path), job.output.bits, keeps_alpha(job.output)
