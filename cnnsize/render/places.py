"""Paths, messages, order and fingerprints of findings, for formats that other programs read."""

from __future__ import annotations

import os
from collections.abc import Iterable
from functools import lru_cache

from cnnsize.report.result import Report
from cnnsize.text.diagnostic import Diagnostic
from cnnsize.text.terminal import safe

STRING = "<string>"


def path_of(file: str | None, root: str | None = None) -> str:
    """Return a path with slashes, as other programs expect it.

    The path is relative to ``root`` if the file is inside it, else to the root of its repository,
    else to the current directory, else absolute. Without a file it is ``<string>``.
    """
    if file is None:
        return STRING
    if file.startswith("<") and file.endswith(">"):
        return file
    path = os.path.abspath(file)
    for base in (root, repository(os.path.dirname(path)), os.curdir):
        try:
            relative = os.path.relpath(path, base) if base else os.pardir
        except ValueError:  # another drive
            continue
        if relative.partition(os.sep)[0] != os.pardir:
            return relative.replace(os.sep, "/")
    return path.replace(os.sep, "/")


@lru_cache(maxsize=1024)
def repository(directory: str) -> str | None:
    """Return the root of the repository that a directory is in, or None."""
    if os.path.exists(os.path.join(directory, ".git")):
        return directory
    parent = os.path.dirname(directory)
    return None if parent == directory else repository(parent)


def file_of(diagnostic: Diagnostic) -> str | None:
    """Return the file of a finding, or None for a string."""
    return diagnostic.source.file if diagnostic.source is not None else None


def message_of(diagnostic: Diagnostic) -> str:
    """Return the message of a finding and, on lines of their own, its help."""
    return safe(f"{diagnostic.name}: {diagnostic.summary}") + "".join(
        f"\nhelp: {safe(line)}" for line in diagnostic.help
    )


def errors_first(report: Report) -> list[Diagnostic]:
    """Return the findings with errors first, for programs that read only so many."""
    return sorted(
        report.diagnostics,
        key=lambda diagnostic: ("error", "warning", "info").index(diagnostic.severity),
    )


def fingerprints(diagnostics: Iterable[Diagnostic]) -> list[str]:
    """Return an identifier for each finding that is unique and stays the same when lines move.

    It is a hash of the code, the file, the text of the span, and the number of such findings so
    far.
    """
    from hashlib import sha256

    counts: dict[tuple[str, ...], int] = {}
    hashes = []
    for diagnostic in diagnostics:
        text = (
            diagnostic.source.text[diagnostic.span.start : diagnostic.span.end]
            if diagnostic.source is not None
            else ""
        )
        key = (diagnostic.code, path_of(file_of(diagnostic)), text)
        counts[key] = number = counts.get(key, 0) + 1
        hashes.append(sha256("\0".join((*key, str(number))).encode("utf-8", "replace")).hexdigest())
    return hashes
