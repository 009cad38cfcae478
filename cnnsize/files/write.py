"""Replace a file in one step, so that it holds the old content or the new, never a mixture."""

from __future__ import annotations

import contextlib
import errno
import os
import stat
from collections.abc import Callable, Iterator
from typing import BinaryIO

TEMPORARY_SUFFIX = ".cnnsize"  # the names of our temporary files end with this


class WriteRefusedError(Exception):
    """Raised for a file that is left unchanged on purpose; the message says why."""


def write_text(path: str, before: bytes, after: bytes) -> None:
    """Replace the content ``before`` of a file by ``after`` in one step.

    Raises WriteRefusedError where the file is read-only or no longer holds ``before``, and OSError.
    """

    def refuse_changed(target: str) -> None:
        with open(target, "rb") as file:
            if file.read() != before:
                raise WriteRefusedError("not written: the file has changed since it was read")

    with replace_file(path, refuse_changed) as file:
        file.write(after)


@contextlib.contextmanager
def replace_file(
    path: str, before_replacing: Callable[[str], None] = lambda target: None
) -> Iterator[BinaryIO]:
    """Open a temporary file that replaces ``path`` once it is written completely.

    After a crash or on a full disk, ``path`` holds all of the old content or all of the new.
    ``before_replacing`` receives the path to be replaced and may still raise. Permissions are kept,
    and a symbolic link stays a link. A device or a pipe is written to directly.

    Raises WriteRefusedError where the file is read-only, and OSError.
    """
    try:
        status = os.stat(path)
    except FileNotFoundError:
        status = None
    except ValueError:  # half of a surrogate pair, or a zero byte
        raise OSError(errno.EINVAL, "invalid file name") from None
    if status is not None and _must_be_written_directly(path, status):
        with open(path, "wb") as file:
            yield file
        return
    if status is not None and not status.st_mode & 0o222:
        raise WriteRefusedError("not written: the file is read-only")
    target = os.path.realpath(path)
    folder, name = os.path.split(target)
    _remove_leftovers(folder, name)
    temporary = os.path.join(folder, f"{_prefix(name)}{os.getpid()}{TEMPORARY_SUFFIX}")
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_NOFOLLOW", 0)
    try:
        handle = os.open(temporary, flags, 0o666 if status is None else 0o600)
        with os.fdopen(handle, "wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        if status is not None:
            _copy_permissions(target, temporary, status)
        before_replacing(target)
        os.replace(temporary, target)
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(temporary)
        raise


def _must_be_written_directly(path: str, status: os.stat_result) -> bool:
    """Return whether a path is a device, a pipe or the like, which cannot be replaced."""
    return not stat.S_ISREG(status.st_mode) or path.startswith(("/dev/", "/proc/"))


def _copy_permissions(source: str, target: str, status: os.stat_result) -> None:
    """Give ``target`` the owner, the mode and the access control list of ``source``."""
    with contextlib.suppress(OSError, AttributeError):  # only root may give a file away
        os.chown(target, status.st_uid, status.st_gid)
    os.chmod(target, stat.S_IMODE(status.st_mode))
    # Linux keeps access control lists in extended attributes
    with contextlib.suppress(OSError, AttributeError):
        for attribute in os.listxattr(source):
            os.setxattr(target, attribute, os.getxattr(source, attribute))


def _prefix(name: str) -> str:
    """Return how the temporary files for a file begin; its name is cut to stay within limits."""
    return f".{name[:100]}."


def _remove_leftovers(folder: str, name: str) -> None:
    """Delete temporary files for this file that killed processes have left."""
    prefix = _prefix(name)
    with contextlib.suppress(OSError):
        for entry in os.listdir(folder):
            process = entry.removeprefix(prefix).removesuffix(TEMPORARY_SUFFIX)
            is_ours = entry == f"{prefix}{process}{TEMPORARY_SUFFIX}" and process.isdigit()
            if is_ours and _is_leftover_of(int(process)):
                os.unlink(os.path.join(folder, entry))


def _is_leftover_of(process: int) -> bool:
    """Return whether a temporary file of a process is no longer in use."""
    return process == os.getpid() or not _is_running(process)


def _is_running(process: int) -> bool:
    """Return whether a process exists; True where that is not known."""
    if os.name == "nt":  # there, signal 0 is Ctrl-C and would interrupt the process
        return True
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except (OSError, OverflowError):
        return True
    return True
