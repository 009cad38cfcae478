"""The folder of a data set: its files, and a lock against a second run.

A partition is done when its file has its final name: it is written under another name, flushed to
the disk and renamed. Each file holds the question that it answers, so that no other record is
needed, and a reader finds nothing in the folder but Parquet files.
"""

from __future__ import annotations

import errno
import json
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

from cnnsize.dataset.errors import DatasetError
from cnnsize.dataset.partition import Part
from cnnsize.dataset.question import Question, differences

NAME = "part-{:07}.parquet"
NAMES = re.compile(r"part-(\d{7,})\.parquet")
UNFINISHED = ".unfinished"  # the names of files that are being written end with this


class DatasetFolder:
    """The folder of the data set of a question."""

    def __init__(self, path: str, question: Question) -> None:
        self.path = path
        self.question = question

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Create the folder, and keep other runs out of it.

        The lock ends with the process, however it ends. Raises DatasetError and OSError.
        """
        if os.path.exists(self.path) and not os.path.isdir(self.path):
            raise DatasetError(
                f"{self.path} is a file, but a data set is a folder; delete the file, or write to "
                "another folder"
            )
        with suppress(FileExistsError):
            os.mkdir(self.path)
        with self._lock():
            try:
                yield
            except BaseException:
                with suppress(OSError):  # it stays if there is a file in it
                    os.rmdir(self.path)
                raise

    @contextmanager
    def _lock(self) -> Iterator[None]:
        if os.name == "nt":  # a folder cannot be locked there
            yield
            return
        import fcntl

        handle = os.open(self.path, os.O_RDONLY)
        try:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError as error:
                if error.errno in (errno.EWOULDBLOCK, errno.EACCES):
                    raise DatasetError(
                        f"another run is writing {self.path}; wait for it to end, or write to "
                        "another folder"
                    ) from None
                # a file system without locks: two runs only do the same work twice
            yield
        finally:
            os.close(handle)

    def finished(self) -> dict[int, int]:
        """Return the rows of each partition that is done, and remove what killed runs have left.

        A damaged file is removed. Raises DatasetError for a file that answers another question, or
        is none of a data set.
        """
        rows: dict[int, int] = {}
        useless: list[str] = []
        for name in sorted(os.listdir(self.path)):
            path = os.path.join(self.path, name)
            number = NAMES.fullmatch(name)
            if name.startswith("."):  # of a file manager
                continue
            if number is None and not name.endswith(UNFINISHED):
                raise DatasetError(
                    f"{self.path} holds {name!r}, which is no file of a data set of cnnsize; "
                    "write to another folder"
                )
            count = None if number is None else self._rows_of(path, int(number[1]))
            if number is None or count is None:
                useless.append(path)
            else:
                rows[int(number[1])] = count
        for path in useless:  # only once all files are known to be ours
            os.unlink(path)
        return rows

    def _rows_of(self, path: str, number: int) -> int | None:
        """Return the rows of a file; None where it is damaged."""
        import pyarrow as pa  # late, like the next: it takes a while to import
        import pyarrow.parquet as pq

        try:
            footer = pq.read_metadata(path)
            theirs = json.loads((footer.metadata or {})[b"cnnsize"])
        except pa.ArrowInvalid:
            return None
        except (KeyError, ValueError):
            theirs = None
        if not isinstance(theirs, dict):
            raise DatasetError(f"{path} was not written by cnnsize family; write to another folder")
        differing = differences(self.question.to_dict(), theirs)
        if differing:
            raise DatasetError(
                f"{self.path} holds the answer to another question ({'; '.join(differing)}); "
                "write to another folder, or delete this one"
            )
        begin, end = self.question.bounds(number)
        is_whole = self.question.where or self.question.valid or footer.num_rows == end - begin
        return int(footer.num_rows) if is_whole and begin < end else None

    def write(self, part: Part) -> None:
        """Write the file of a partition, all or nothing. Raises OSError."""
        path = os.path.join(self.path, NAME.format(part.number))
        unfinished = f"{path}.{os.getpid()}{UNFINISHED}"
        try:
            with open(unfinished, "wb") as file:
                file.write(part.content)
                file.flush()
                os.fsync(file.fileno())
            os.replace(unfinished, path)
        except BaseException:
            with suppress(OSError):
                os.unlink(unfinished)
            raise

    def flush(self) -> None:
        """Flush the names of the files to the disk."""
        if os.name == "nt":
            return
        handle: Any = os.open(self.path, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
