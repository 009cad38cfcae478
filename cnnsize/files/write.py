"""Replace a file in one step: either the old content or the new, never half of it."""

from __future__ import annotations

import contextlib
import os
import stat

OURS = ".cnnsize"  # what the names of files in the making end in


class Refused(Exception):
    """A file that is not written; the message says why."""


def write_text(path: str, before: bytes, after: bytes) -> None:
    """Replaces a file in one step, so that a crash or a full disk leaves the old one or the new one, whole.

    Permissions stay and a symbolic link stays a link. Raises Refused where it is read-only, or no longer what it
    was when it was read, and OSError.
    """
    target = os.path.realpath(path)
    status = os.stat(target)
    if not status.st_mode & 0o222:
        raise Refused("not written: it is read-only")
    folder, name = os.path.split(target)
    _sweep(folder, name)
    temporary = os.path.join(folder, f".{name[:100]}.{os.getpid()}{OURS}")
    try:
        handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_NOFOLLOW", 0), 0o600)
        with os.fdopen(handle, "wb") as file:
            file.write(after)
            file.flush()
            os.fsync(file.fileno())
        with contextlib.suppress(OSError, AttributeError):  # somebody else's file, as root
            os.chown(temporary, status.st_uid, status.st_gid)
        os.chmod(temporary, stat.S_IMODE(status.st_mode))
        with contextlib.suppress(OSError, AttributeError):  # who may read it beside the owner, on Linux
            for attribute in os.listxattr(target):
                os.setxattr(temporary, attribute, os.getxattr(target, attribute))
        with open(target, "rb") as file:
            if file.read() != before:
                raise Refused("not written: it was changed in the meantime")
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
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except (OSError, OverflowError):
        return True
    return True
