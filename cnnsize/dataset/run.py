"""Write a data set: compute the partitions that are missing, and write each as it arrives."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator

from cnnsize.dataset.errors import MISSING, DatasetError
from cnnsize.dataset.folder import DatasetFolder
from cnnsize.dataset.local import cores, parts_here, parts_of_workers
from cnnsize.dataset.partition import Part, tables_of
from cnnsize.dataset.question import Question
from cnnsize.patterns.choices import count_words
from cnnsize.record import Record, public
from cnnsize.text.amount import byte_size

Progress = Callable[[int, int], None]  # called with (members done, members in all)
PROBE = 4_096  # members from which the size of a data set is estimated
LEAST_FILE = 4_096  # bytes of a file without rows
NO_PROBE = 2_000_000  # members of a data set that fits any disk


@public
class Dataset(Record):
    """A Parquet data set that was written: a folder of files with the members of a family.

    ``rows`` are fewer than ``members`` where a condition selects some of them. ``resumed`` is the
    number of files that an earlier run had written.
    """

    path: str
    members: int
    rows: int
    files: int
    resumed: int = 0


def write_dataset(
    question: Question,
    path: str,
    *,
    jobs: int | None = None,
    scheduler: str | None = None,
    progress: Progress | None = None,
) -> Dataset:
    """Write what is missing of a data set, and return what it holds then.

    The partitions are computed by ``jobs`` processes (None: one for each core), or by the workers of
    the Dask cluster whose scheduler has the address ``scheduler``. Raises DatasetError,
    ArchitectureError where no member can be sized, QueryError for a condition, and OSError.
    """
    if jobs is not None and jobs < 1:
        raise ValueError(f"jobs must be at least 1, not {jobs}")
    _check_space(question, path)
    folder = DatasetFolder(path, question)
    with folder.locked():
        rows = folder.finished()
        resumed = len(rows)
        done = sum(_members(question, number) for number in rows)
        missing = (number for number in range(question.files) if number not in rows)
        processes = min(jobs or cores(), question.files - len(rows))
        if progress is not None:
            progress(done, question.members)
        for part in _parts(question, missing, processes, scheduler):
            folder.write(part)
            rows[part.number] = part.rows
            done += _members(question, part.number)
            if progress is not None:
                progress(done, question.members)
        folder.flush()
    return Dataset(path, question.members, sum(rows.values()), len(rows), resumed)


def _members(question: Question, number: int) -> int:
    begin, end = question.bounds(number)
    return end - begin


def _parts(
    question: Question, numbers: Iterator[int], processes: int, scheduler: str | None
) -> Iterator[Part]:
    """Yield partitions in the order in which they are done."""
    if scheduler is not None:
        from cnnsize.dataset.cluster import parts_of_cluster  # late: needs dask

        return parts_of_cluster(question, numbers, scheduler)
    if processes <= 1:
        return parts_here(question, numbers)
    return parts_of_workers(question, numbers, processes)


def _check_space(question: Question, path: str) -> None:
    """Compute the first members, and raise DatasetError where the disk has no room for all.

    Raises also what any partition may raise, before anything is written.
    """
    try:
        import pyarrow  # noqa: F401
    except ImportError:
        raise DatasetError(MISSING) from None
    members = min(PROBE, question.members)
    tables = tables_of(question)
    content = tables.file_bytes(tables.table(0, members))
    if question.members <= NO_PROBE:
        return
    selects = question.where is not None or question.valid  # perhaps no member of most files
    needed = question.files * LEAST_FILE if selects else len(content) * question.members // members
    free = shutil.disk_usage(os.path.dirname(os.path.abspath(path))).free
    if needed > free:
        raise DatasetError(
            f"{count_words(question.members)} members need {'at least' if selects else 'about'} "
            f"{byte_size(needed)}, but the disk of {path} has {byte_size(free)} left; narrow the "
            f"letters{'' if selects else ', or select members with a condition (--where)'}"
        )
