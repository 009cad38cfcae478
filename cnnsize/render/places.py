"""What the formats for other programs share: paths, plain messages, and marks that know a finding
again.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from functools import lru_cache

from cnnsize.report.result import Report
from cnnsize.text.diagnostic import Diagnostic
from cnnsize.text.terminal import safe

STRING = "<string>"


def path_of(file: str | None, root: str | None = None) -> str:
    """A file as other programs look for it, with slashes: from ``root`` where it lies in there,
    else from the root of its repository, else from the current folder, else absolute; ``<string>``
    for none.
    """
    if file is None:
        return STRING
    if file.startswith("<") and file.endswith(">"):
        return file
    path = os.path.abspath(file)
    for base in (root, repository(os.path.dirname(path)), os.curdir):
        try:
            inside = os.path.relpath(path, base) if base else os.pardir
        except ValueError:  # another drive
            continue
        if inside.partition(os.sep)[0] != os.pardir:
            return inside.replace(os.sep, "/")
    return path.replace(os.sep, "/")


@lru_cache(maxsize=1024)
def repository(folder: str) -> str | None:
    """The root of the repository that a folder lies in."""
    if os.path.exists(os.path.join(folder, ".git")):
        return folder
    above = os.path.dirname(folder)
    return None if above == folder else repository(above)


def file_of(found: Diagnostic) -> str | None:
    return found.source.file if found.source is not None else None


def message_of(found: Diagnostic) -> str:
    """What is wrong, and what would mend it, in a line or two."""
    return safe(f"{found.name}: {found.summary}") + "".join(
        f"\nhelp: {safe(line)}" for line in found.help
    )


def errors_first(made: Report) -> list[Diagnostic]:
    """The order in which programs that stop counting should read."""
    return sorted(
        made.diagnostics, key=lambda one: ("error", "warning", "info").index(one.severity)
    )


def fingerprints(found: Iterable[Diagnostic]) -> list[str]:
    """A mark for each finding that stays when lines move, and that no other one of the run has.

    It is made of the code, the file, the text that is pointed at, and how many such ones came
    before.
    """
    from hashlib import sha256

    seen: dict[tuple[str, ...], int] = {}
    marks = []
    for one in found:
        text = one.source.text[one.span.start : one.span.end] if one.source is not None else ""
        key = (one.code, path_of(file_of(one)), text)
        seen[key] = number = seen.get(key, 0) + 1
        marks.append(sha256("\0".join((*key, str(number))).encode("utf-8", "replace")).hexdigest())
    return marks
