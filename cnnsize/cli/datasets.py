"""``cnnsize family -o members.parquet``: all members as a Parquet data set."""

from __future__ import annotations

import os
from time import monotonic
from typing import TYPE_CHECKING, Any, NamedTuple, NoReturn

import click

from cnnsize.cli.errors import fail, warn
from cnnsize.cli.flags import Count
from cnnsize.cli.help import section
from cnnsize.cli.options import Options
from cnnsize.render.progress import Bar
from cnnsize.text.english import counted

if TYPE_CHECKING:
    from cnnsize.dataset.run import Dataset
    from cnnsize.patterns.family import Family

SUFFIX = ".parquet"
FORECAST_AFTER = 10.0  # seconds of work from which the rest is estimated
LONG_RUN = 600.0  # seconds that are worth a line
LIST_FLAGS = {  # flags of a list of members that a data set does not take, with the reason
    "limit": "--limit is for a list; narrow the letters with --set, or select members with --where",
    "sort": "--sort is for a list; the rows of a data set are in the order of the member numbers",
    "reverse": "--reverse is for a list; the rows of a data set are in the order of the numbers",
    "format": f"--output-format is not for a folder {SUFFIX}; leave it out, or write to another name",
}


class DatasetRequest(NamedTuple):
    """Which members of a family are written, and where they are computed."""

    valid: bool
    where: str | None
    jobs: int | None
    scheduler: str | None
    text: bool


dataset_options = section(
    "Parquet data sets (-o FOLDER.parquet)",
    click.option(
        "--jobs", type=Count(1, 4096), metavar="N", help="Use N processes. Default: all cores."
    ),
    click.option(
        "--scheduler", metavar="ADDRESS", help="Compute on the Dask cluster of this scheduler."
    ),
    click.option("--text", is_flag=True, help="Add a column with the text of each member (slow)."),
)


def is_dataset(options: Options) -> bool:
    """Return whether the output is a Parquet data set."""
    return options.output_file is not None and options.output_file.endswith(SUFFIX)


def check_dataset_flags(
    options: Options, request: DatasetRequest, list_flags: dict[str, Any]
) -> None:
    """Raise click.UsageError for flags that do not go together with, or without, a data set."""
    if not is_dataset(options):
        for name in ("jobs", "scheduler", "text"):
            if getattr(request, name):
                raise click.UsageError(f"--{name} is for a Parquet data set: -o FOLDER{SUFFIX}")
        return
    for name, reason in LIST_FLAGS.items():
        if list_flags[name]:
            raise click.UsageError(reason)
    if request.jobs and request.scheduler:
        raise click.UsageError("--jobs is for this machine; a cluster has its own workers")


class Forecast:
    """A progress bar that says once, without a terminal too, how long a long run will take."""

    def __init__(self, bar: Bar) -> None:
        self.bar = bar
        self.begin: tuple[float, int] | None = None  # the time, and the members done by then
        self.is_due = not bar.enabled

    def __call__(self, done: int, total: int) -> None:
        """Show how many members are done."""
        self.bar(done, total)
        now = monotonic()
        begin, done_before = self.begin = self.begin or (now, done)
        if not self.is_due or now - begin < FORECAST_AFTER or done == done_before:
            return
        self.is_due = False
        left = (total - done) * (now - begin) / (done - done_before)
        if left > LONG_RUN:
            warn([f"about {time_words(left)} left; Ctrl-C stops, and the same command continues"])


def time_words(seconds: float) -> str:
    """Return a long time in words: ``40 minutes``, ``5 hours``, ``1,200 years``."""
    for unit, length in (("year", 31_557_600), ("day", 86_400), ("hour", 3_600)):
        if seconds >= 2 * length:
            return counted(round(seconds / length), unit)
    return counted(round(seconds / 60), "minute")


def write_family(family: Family, options: Options, request: DatasetRequest) -> NoReturn:
    """Write the members of a family as a data set, or what is missing of it, and exit.

    Raises ArchitectureError where no member can be sized, and QueryError.
    """
    from cnnsize.dataset.errors import DatasetError  # late: most calls print

    path = options.output_file
    assert path is not None
    try:
        with Bar() as bar:
            dataset = family.to_parquet(
                path,
                jobs=request.jobs,
                scheduler=request.scheduler,
                where=request.where,
                valid=request.valid,
                text=request.text,
                progress=Forecast(bar),
            )
    except DatasetError as error:
        fail(str(error))
    except OSError as error:
        is_begun = os.path.isdir(path)  # a folder without files was removed
        hint = "; the same command continues where it stopped" if is_begun else ""
        fail(f"{path}: {error.strerror or error}{hint}")
    except KeyboardInterrupt:
        warn([f"interrupted; the same command continues {path} where it stopped"])
        raise SystemExit(130) from None
    if not options.quiet:
        click.echo(f"{path}: {dataset_words(dataset)}", err=True)
    raise SystemExit(0)


def dataset_words(dataset: Dataset) -> str:
    """Return what a data set holds: ``20 rows of 200 members in 7 files, 4 of them from earlier runs``."""
    rows = counted(dataset.rows, "row")
    if dataset.rows < dataset.members:
        rows += f" of {dataset.members:,} members"
    words = f"{rows} in {counted(dataset.files, 'file')}"
    if dataset.resumed == dataset.files:
        return f"{words}, all from earlier runs"
    return f"{words}, {dataset.resumed:,} of them from earlier runs" if dataset.resumed else words
