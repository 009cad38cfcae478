"""Rewrites the architectures of a text in canonical form and leaves every other character alone."""

from __future__ import annotations

import contextlib
import os
import re
import stat
from typing import NamedTuple

from cnnsize.architecture import Architecture, Failed
from cnnsize.diagnostic import ArchitectureError, Diagnostic
from cnnsize.files import Document
from cnnsize.parse import BLOCK, parse_statement, statements, string
from cnnsize.record import replace
from cnnsize.source import Chart, Span
from cnnsize.syntax.format import WIDTH, laid_out

BREAK = r"\n[ \t>]*"  # the end of a line, and what stands before the next one's text
OURS = ".cnnsize"  # what the names of files in the making end in


class Formatted(NamedTuple):
    """What came out: the text, what kept a network from being read, and the lines of those that are left as they are."""

    text: str
    failed: list[Diagnostic]
    left: list[int]


def formatted(text: str, name: str, whole: bool = False, also: tuple[str, ...] = ()) -> Formatted:
    """The text with canonical architectures.

    ``whole``: the text is one string argument, which may run over several lines. A network that is spread over
    several literals or comments is left as it is.
    """
    if whole:
        found = string(text)
        if len(found) == 1 and not re.search(BLOCK, text):
            one = found[0]
            if isinstance(one, Failed):
                return Formatted(text, [replace(one.diagnostic, source=one.source)], [])
            return Formatted(str(one), [], [])
    document = Document(text, name, also=also)
    chart = Chart.of(text)
    out: list[str] = []
    failed: list[Diagnostic] = []
    left: list[int] = []
    at = 0
    for excerpt in document.excerpts():
        if excerpt.expects:
            continue
        origin = excerpt.origin(name, chart)
        blocks = frozenset(re.findall(BLOCK, excerpt.text))
        for start, end in statements(excerpt.text):
            source = origin.source(excerpt.text, start, end)
            try:
                one = parse_statement(source, blocks)
            except ArchitectureError as wrong:
                failed.append(replace(wrong.diagnostic, source=source))
                continue
            span = excerpt.view.span(start, end)
            new = _in_line(one, text[slice(*span)]) if origin.inline else _in_lines(one, text, span)
            if new is None:
                left.append(source.line)
            else:
                out += [text[at : span.start], new]
                at = span.end
    return Formatted("".join(out) + text[at:], failed, left)


def _in_line(one: Architecture, there: str) -> str | None:
    """The canonical text on one line; None where the network does not stand in the file as it is read."""
    if one.text in (str(one), laid_out(one.statement, _strict(one), WIDTH)):
        return there
    return None if there != one.text or "#" in there else str(one)


def _in_lines(one: Architecture, text: str, span: Span) -> str | None:
    """The canonical text with what stands before its first line before each of them, where that is no more than
    indentation and marks of quotation, and the network stands there line by line."""
    there = text[slice(*span)]
    before = text[text.rfind("\n", 0, span.start) + 1 : span.start]
    if before.strip(" \t>") or re.sub(BREAK, "\n", there) != re.sub(BREAK, "\n", one.text):
        return _in_line(one, there)
    ending = "\r\n" if "\r\n" in text else "\n"
    # comments inside a network move above it: nothing that was written is lost
    above = "".join(comment.rstrip() + ending + before for comment in re.findall(r"#[^\n]*", one.text))
    return above + laid_out(one.statement, _strict(one), WIDTH - len(before)).replace("\n", ending + before)


def _strict(one: Architecture) -> str | None:
    """Its text, where the lines of that are kept: informal text has its own ideas of where they end."""
    return one.text if one.map is None else None


def unified(before: str, after: str, name: str) -> str:
    """What changed, as a patch; lines end at newlines and nowhere else."""
    from difflib import unified_diff  # late: only --diff needs it

    if before == after:
        return ""
    lines = unified_diff(_lines(before), _lines(after), name, name)
    return "".join(line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n" for line in lines)


def _lines(text: str) -> list[str]:
    return re.findall(r"[^\n]*\n|[^\n]+", text)


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
