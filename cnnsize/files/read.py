"""Read regular files whole, up to a size limit and without ever blocking."""

from __future__ import annotations

import errno
import os
import re
import stat
from typing import Any

BINARY_PREFIX = 8192  # a zero byte among this many makes a file a binary one, as in git
BLOCK = 65_536  # bytes that are read first
SEARCHED_BLOCK = 4_000_000
OVERLAP = 400
WITHOUT_BLOCKING = (
    os.O_RDONLY | getattr(os, "O_BINARY", 0) | getattr(os, "O_NONBLOCK", 0)
)  # a pipe without a writer is opened too, instead of waited for


class TooLargeError(OSError):
    """Raised for a file that is larger than the limit."""


class NotRegularFileError(OSError):
    """Raised for a pipe, a device or a socket: reading one may block, or never end."""


class BinaryFileError(OSError):
    """Raised for a file that is no text, before all of it is read."""


def read_bytes(path: str | os.PathLike[str], limit: int, *, text_only: bool = False) -> bytes:
    """Return the content of a regular file.

    Raises OSError where the file cannot be read; of its subclasses, TooLargeError for more than
    ``limit`` bytes, NotRegularFileError for a pipe, a device or a socket, and with ``text_only``
    BinaryFileError.
    """
    descriptor = os.open(path, WITHOUT_BLOCKING)  # half the time of open(), which trees consist of
    try:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode):
            raise NotRegularFileError(errno.EINVAL, "not a regular file")
        if status.st_size > limit:
            raise TooLargeError(errno.EFBIG, f"larger than {limit:,} bytes")
        data = os.read(descriptor, min(status.st_size + 1, BLOCK) if status.st_size else BLOCK)
        if text_only and data.find(b"\0", 0, BINARY_PREFIX) >= 0:
            raise BinaryFileError(errno.EINVAL, "binary file")
        if not data or len(data) == status.st_size:
            return data
        return _with_rest(data, descriptor, max(status.st_size, BLOCK), limit)
    finally:
        os.close(descriptor)


def _with_rest(data: bytes, descriptor: int, block: int, limit: int) -> bytes:
    """Return what was read of a file with all that follows; files of /proc do not say their size."""
    parts, size = [data], len(data)
    while size <= limit and (part := os.read(descriptor, block)):
        parts.append(part)
        size += len(part)
    if size > limit:
        raise TooLargeError(errno.EFBIG, f"larger than {limit:,} bytes")
    return b"".join(parts)


def first_line(path: str | os.PathLike[str], limit: int) -> bytes:
    """Return the first line of a regular file, up to a limit. Raises OSError."""
    with open(path, "rb", buffering=0, opener=_open_without_blocking) as file:
        if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
            raise NotRegularFileError(errno.EINVAL, "not a regular file")
        return file.read(limit).partition(b"\n")[0]


def occurs_in_file(pattern: re.Pattern[bytes], path: str | os.PathLike[str], limit: int) -> bool:
    """Return whether a pattern occurs in the first ``limit`` bytes of a file, block by block.

    A match is at most ``OVERLAP`` bytes long. Raises OSError.
    """
    with open(path, "rb", buffering=0, opener=_open_without_blocking) as file:
        end = b""
        for _ in range(0, limit, SEARCHED_BLOCK):
            block = file.read(SEARCHED_BLOCK)
            if not block:
                return False
            if pattern.search(end + block) is not None:
                return True
            end = block[-OVERLAP:]
    return False


def _open_without_blocking(path: str, flags: int) -> int:
    """Open a file; a pipe that has no writer is opened too, instead of waiting for one."""
    return os.open(path, WITHOUT_BLOCKING)


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
