"""Read regular files whole, up to a size limit and without ever blocking."""

from __future__ import annotations

import errno
import os
import stat
from typing import Any


class TooLargeError(OSError):
    """Raised for a file that is larger than the limit."""


class NotRegularFileError(OSError):
    """Raised for a pipe, a device or a socket: reading one may block, or never end."""


def read_bytes(path: str | os.PathLike[str], limit: int) -> bytes:
    """Return the content of a regular file.

    Raises OSError where the file cannot be read; of its subclasses, TooLargeError for more than
    ``limit`` bytes and NotRegularFileError for a pipe, a device or a socket.
    """
    with open(path, "rb", buffering=0, opener=_open_without_blocking) as file:
        status = os.fstat(file.fileno())
        if not stat.S_ISREG(status.st_mode):
            raise NotRegularFileError(errno.EINVAL, "not a regular file")
        if status.st_size > limit:
            raise TooLargeError(errno.EFBIG, f"larger than {limit:,} bytes")
        return file.readall() or b""


def first_line(path: str | os.PathLike[str], limit: int) -> bytes:
    """Return the first line of a regular file, up to a limit. Raises OSError."""
    with open(path, "rb", buffering=0, opener=_open_without_blocking) as file:
        if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
            raise NotRegularFileError(errno.EINVAL, "not a regular file")
        return file.read(limit).partition(b"\n")[0]


def _open_without_blocking(path: str, flags: int) -> int:
    """Open a file; a pipe that has no writer is opened too, instead of waiting for one."""
    return os.open(path, flags | getattr(os, "O_NONBLOCK", 0))


def parse_toml(text: str) -> dict[str, Any]:
    """Return the tables of a TOML text. Raises ValueError, whose message says what is wrong."""
    import tomllib  # late: most calls read no TOML

    try:
        return tomllib.loads(text)
    except RecursionError:
        raise ValueError("nested too deeply") from None
    except tomllib.TOMLDecodeError:
        raise
    except ValueError:  # int() refuses numbers of thousands of digits
        raise ValueError("a number has too many digits") from None
