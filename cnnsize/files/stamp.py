"""The stamp of a file, which differs after each change of the file."""

from __future__ import annotations

import os

Stamp = tuple[
    int, int, int, int
]  # times of the last change and of the last status change, size, inode


def stamp_of(path: str) -> Stamp | None:
    """Return the stamp of a file; None while there is none.

    A program can set the first of the two times, but not the second.
    """
    try:
        status = os.stat(path)
    except (OSError, ValueError):
        return None
    return status.st_mtime_ns, status.st_ctime_ns, status.st_size, status.st_ino
