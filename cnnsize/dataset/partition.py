"""One partition of a data set: the bytes of a Parquet file with a range of members.

The functions here run in the processes of ``local`` and of ``cluster``.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any, NamedTuple

from cnnsize.dataset.errors import DatasetError
from cnnsize.dataset.question import Question
from cnnsize.version import __version__

if TYPE_CHECKING:
    from cnnsize.dataset.columns import MemberTables


class Part(NamedTuple):
    """A partition: its number, its rows, and the bytes of its file."""

    number: int
    rows: int
    content: bytes


class _Cache(threading.local):
    """The tables of the last question of a thread."""

    question: dict[str, Any] | None = None
    tables: MemberTables


_cache = _Cache()


def part_of(question: Question, number: int) -> Part:
    """Return a partition of a data set.

    Raises ArchitectureError where no member can be sized, and DatasetError.
    """
    if question.version != __version__:
        raise DatasetError(
            f"the worker has cnnsize {__version__}, but the run was started with "
            f"{question.version}; install the same version on all workers"
        )
    tables = tables_of(question)
    table = tables.table(*question.bounds(number))
    return Part(number, table.num_rows, tables.file_bytes(table))


def tables_of(question: Question) -> MemberTables:
    """Return the tables of a question, which this thread keeps for its next partition."""
    from cnnsize.dataset.columns import MemberTables  # late: needs pyarrow

    key = question.to_dict()
    if _cache.question != key:
        _cache.tables = MemberTables(question)
        _cache.question = key
    return _cache.tables
