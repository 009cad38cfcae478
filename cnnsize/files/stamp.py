"""The stamp of a file, which differs after each change of the file."""

from __future__ import annotations

import os

Stamp = tuple[int, int, int]  # time of the last change, size and inode


def stamp_of(path: str) -> Stamp | None:
    """Return the stamp of a file; None while there is none."""
    try:
        status = os.stat(path)
    except OSError:
        return None
    return status.st_mtime_ns, status.st_size, status.st_ino
