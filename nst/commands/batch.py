"""`nst batch JOBS`: many pictures from one file."""

from ..adapted import identity
from ..batch import cluster, jobs, local, work
from ..cli import say
from ..errors import OutputError
from ..files import written_whole
from ..networks import layers_of
from .running import bar_for


def configure(parser):
    parser.add_argument(
        "jobs",
        metavar="JOBS",
        help=".csv or .toml: photo, painting (several: a.jpg; b.jpg), output, and any option by its name",
    )
    parser.add_argument(
        "--scheduler", metavar="ADDRESS", help="of a Dask cluster, such as tcp://10.0.0.5:8786"
    )
    parser.add_argument("--check", action="store_true", help="only look whether all jobs are well")
    parser.add_argument("-q", "--quiet", action="store_true", help="say nothing but what went wrong")


def run(arguments):
    listed, problems = jobs.read(arguments.jobs)
    for problem in problems:
        say(problem)
    if problems:
        return 2
    tell = (lambda text: None) if arguments.quiet else say
    if arguments.check:
        tell(f"{arguments.jobs}: {len(listed)} jobs, and nothing wrong with any")
        return 0
    return Batch(listed, tell, arguments.quiet).run(arguments.scheduler)


class Batch:
    """The jobs of a file, and what became of them."""

    def __init__(self, listed, tell, quiet):
        self.jobs, self.tell, self.quiet = listed, tell, quiet
        self.layers = {}
        for job in listed:
            self.layers.setdefault(identity(job.settings), set()).update(layers_of(job.settings))
        self.layers = {key: sorted(layers) for key, layers in self.layers.items()}
        self.painted = self.done_before = 0
        self.failed = []  # a Problem each
        self.bar = None

    def run(self, scheduler=None):
        """Exit code 0 if every picture is there, 130 after Ctrl-C.

        Where some are missing, 2 if all of those were refused, and 1 if any has no such explanation.
        """
        results = (
            cluster.painted(self._tasks(), scheduler, self._greet)
            if scheduler
            else local.painted(self._tasks(), self._follow)
        )
        try:
            for task, data, problem in results:
                self._take(task, data, problem)
        except KeyboardInterrupt:
            self._summary(interrupted=True)
            return 130
        finally:
            self._close_bar()
            results.close()
        self._summary()
        return min((problem.code for problem in self.failed), default=0)

    def _tasks(self):
        """The tasks that are left to do; their pictures are read when they are asked for."""
        for job in self.jobs:
            try:
                task = work.task_of(job, self.layers)
            except Exception as error:
                self._take_failure(str(job.path), work.problem(error))
                continue
            if work.is_done(task):
                self.done_before += 1
                self.tell(f"{task.name}: done before")
            else:
                yield task

    def _take(self, task, data, problem):
        self._close_bar()
        try:
            if data is not None:
                with written_whole(task.name) as file:
                    file.write(data)
        except OutputError as error:
            problem = work.problem(error)
        if problem:
            self._take_failure(task.name, problem)
        else:
            self.painted += 1
            self.tell(f"{task.name}: painted")

    def _take_failure(self, name, problem):
        self.failed.append(problem)
        say(f"{name}: FAILED: {problem.words}")

    def _summary(self, interrupted=False):
        left = len(self.jobs) - self.painted - self.done_before - len(self.failed)
        parts = [f"{self.painted} painted", f"{self.done_before} done before", f"{len(self.failed)} failed"]
        if left:
            parts.append(f"{left} left")
        again = "; the same command goes on" if interrupted or self.failed else ""
        self.tell(f"{', '.join(parts)}{again}")

    def _follow(self, task):
        self.tell(f"{task.name} …")
        self.bar = bar_for(self.quiet)
        return self.bar

    def _greet(self, client):
        workers, address = len(client.nthreads()), client.scheduler.address
        self.tell(f"{workers} workers at {address}, dashboard {client.dashboard_link}")

    def _close_bar(self):
        if self.bar:
            self.bar.close()
            self.bar = None
