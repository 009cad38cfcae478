"""The stamp of a file, which differs after each change of the file."""

from __future__ import annotations

import os

Stamp = str  # times of the last change and of the last status change, size, inode: four numbers


def stamp_of(path: str) -> Stamp | None:
    """Return the stamp of a file; None while there is none.

    A program can set the first of the two times, but not the second.
    """
    try:
        status = os.stat(path)
    except (OSError, ValueError):
        return None
    return f"{status.st_mtime_ns} {status.st_ctime_ns} {status.st_size} {status.st_ino}"


def latest_time(stamp: Stamp) -> int:
    """Return the later of the two times of a stamp, in nanoseconds."""
    return max(map(int, stamp.split()[:2]))
