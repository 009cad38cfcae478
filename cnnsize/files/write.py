"""Replace a file in one step: either the old content or the new, never half of it."""

from __future__ import annotations

import contextlib
import errno
import os
import stat
from collections.abc import Callable, Iterator
from typing import BinaryIO

OURS = ".cnnsize"  # what the names of files in the making end in


class WriteRefusedError(Exception):
    """A file that is not written; the message says why."""


def write_text(path: str, before: bytes, after: bytes) -> None:
    """Replaces a file in one step. Raises Refused where it is read-only, or no longer what it was
    when it was read, and OSError.
    """

    def unchanged(target: str) -> None:
        with open(target, "rb") as file:
            if file.read() != before:
                raise WriteRefusedError("not written: it was changed in the meantime")

    with replacing(path, unchanged) as file:
        file.write(after)


@contextlib.contextmanager
def replacing(path: str, ready: Callable[[str], None] = lambda target: None) -> Iterator[BinaryIO]:
    """A new file that takes the place of ``path`` when all is written, so that a crash or a full
    disk leaves the old one or the new one, whole. ``ready`` may still raise before it does.

    Permissions stay and a symbolic link stays a link; a device or a pipe is written as it is.
    Raises Refused where the file is read-only, and OSError.
    """
    try:
        status = os.stat(path)
    except FileNotFoundError:
        status = None
    except ValueError:  # half of a surrogate pair, or a zero byte
        raise OSError(errno.EINVAL, "this cannot be the name of a file") from None
    if status is not None and (
        not stat.S_ISREG(status.st_mode) or path.startswith(("/dev/", "/proc/"))
    ):
        with open(path, "wb") as file:
            yield file
        return
    if status is not None and not status.st_mode & 0o222:
        raise WriteRefusedError("not written: it is read-only")
    target = os.path.realpath(path)
    folder, name = os.path.split(target)
    _sweep(folder, name)
    temporary = os.path.join(folder, f".{name[:100]}.{os.getpid()}{OURS}")
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_NOFOLLOW", 0)
    try:
        handle = os.open(temporary, flags, 0o666 if status is None else 0o600)
        with os.fdopen(handle, "wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        if status is not None:
            with contextlib.suppress(OSError, AttributeError):  # somebody else's file, as root
                os.chown(temporary, status.st_uid, status.st_gid)
            os.chmod(temporary, stat.S_IMODE(status.st_mode))
            with contextlib.suppress(
                OSError, AttributeError
            ):  # who may read it beside the owner, on Linux
                for attribute in os.listxattr(target):
                    os.setxattr(temporary, attribute, os.getxattr(target, attribute))
        ready(target)
        os.replace(temporary, target)
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(temporary)
        raise


def _sweep(folder: str, name: str) -> None:
    """Takes away what runs that were killed have left behind."""
    mark = f".{name[:100]}."
    with contextlib.suppress(OSError):
        for one in os.listdir(folder):
            number = one.removeprefix(mark).removesuffix(OURS)
            ours = one == f"{mark}{number}{OURS}" and number.isdigit()
            if ours and (int(number) == os.getpid() or not _running(int(number))):
                os.unlink(os.path.join(folder, one))


def _running(process: int) -> bool:
    if os.name == "nt":  # signal 0 is Ctrl-C there: who may run is left alone
        return True
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except (OSError, OverflowError):
        return True
    return True
