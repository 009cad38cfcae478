"""Read a file whole and bounded, and never wait for one that has no end."""

from __future__ import annotations

import errno
import os
import stat
from typing import Any


class TooLargeError(OSError):
    """A file of more bytes than are read."""


class NotRegularFileError(OSError):
    """A pipe, a device or a socket: reading it could wait, or never end."""


def contents(path: str | os.PathLike[str], most: int) -> bytes:
    """The bytes of a regular file. Raises OSError: TooLarge for more than ``most`` bytes,
    NotRegular.
    """
    with open(path, "rb", buffering=0, opener=_without_waiting) as file:
        status = os.fstat(file.fileno())
        if not stat.S_ISREG(status.st_mode):
            raise NotRegularFileError(errno.EINVAL, "not a regular file")
        if status.st_size > most:
            raise TooLargeError(errno.EFBIG, f"larger than {most:,} bytes")
        return file.readall() or b""


def _without_waiting(path: str, flags: int) -> int:
    """Opens a pipe that nobody writes to as well, instead of waiting for a writer."""
    return os.open(path, flags | getattr(os, "O_NONBLOCK", 0))


def toml(text: str) -> dict[str, Any]:
    """The tables of a TOML text. Raises ValueError for whatever cannot be read; its message says
    why.
    """
    import tomllib  # late: most calls read none

    try:
        return tomllib.loads(text)
    except RecursionError:
        raise ValueError("it nests too deeply") from None
    except tomllib.TOMLDecodeError:
        raise
    except ValueError:  # int() refuses to read numbers of thousands of digits
        raise ValueError("a number has too many digits") from None
