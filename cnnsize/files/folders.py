"""The files of a folder: all but those that git ignores, that are excluded, and that nobody
wrote.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, NamedTuple

from cnnsize.files.read import NotRegularFileError, TooLargeError, contents
from cnnsize.limits import MAX_PAGE

if TYPE_CHECKING:
    from re import Pattern


# folders of tools, which hold nothing that somebody wrote
LEFT_OUT = frozenset(
    {
        ".bzr",
        ".direnv",
        ".eggs",
        ".git",
        ".hg",
        ".hypothesis",
        ".ipynb_checkpoints",
        ".mypy_cache",
        ".nox",
        ".pytest_cache",
        ".ruff_cache",
        ".svn",
        ".tox",
        ".venv",
        "__pycache__",
        "node_modules",
        "site-packages",
        "venv",
    }
)


class Line(NamedTuple):
    """One pattern of a .gitignore."""

    ignores: bool  # False: it takes files back, `!kept.log`
    folders: bool  # it is about folders alone, `build/`
    named: bool  # it is about a name wherever that stands, and not about a path
    pattern: Pattern[str]


class Ignored(NamedTuple):
    """What the .gitignore of a folder says, of paths below the folder."""

    folder: str  # absolute, with the slash behind it
    lines: list[Line]  # the last first: it decides


def files(
    folder: str,
    excluded: Callable[[str], bool],
    said: Callable[[str], None],
    failed: Callable[[str], None],
) -> Iterator[str]:
    """The files below a folder, in order. ``said`` hears of what is passed over, ``failed`` of
    folders that cannot be read.

    Links are not followed: what they lead to is either below the folder as well, or does not belong
    to it.
    """
    above = _above(folder, failed)
    if _ignored(os.path.abspath(folder), True, above):  # and named all the same
        above = []
    folder = os.path.normpath(folder)
    base, cut = os.path.abspath(folder), len(folder)
    if folder == os.curdir:
        base, cut = os.path.join(base, ""), 0
    stack = [(folder, above)]
    while stack:
        here, rules = stack.pop()
        try:
            with os.scandir(here) as entries:
                found = sorted(entries, key=lambda entry: entry.name)
        except OSError as wrong:
            failed(f"{here}: {wrong.strerror or wrong}")
            continue
        if any(entry.name == ".gitignore" for entry in found):
            rules = [*rules, *_rules(here, os.path.join(here, ".gitignore"), failed)]
        below = []
        for entry in found:
            path = entry.name if here == os.curdir else entry.path
            inner = entry.is_dir(follow_symlinks=False)
            if (
                (inner and entry.name in LEFT_OUT)
                or _ignored(base + path[cut:], inner, rules)
                or excluded(path)
            ):
                continue
            if entry.is_symlink():
                said(f"{path}: a link")
            elif inner:
                below.append((path, rules))
            elif entry.is_file(follow_symlinks=False):
                yield path
        stack += reversed(below)


def _ignored(path: str, folder: bool, rules: list[Ignored]) -> bool:
    """Does git ignore it? The .gitignore nearest to it that speaks of it decides. The path is
    absolute.
    """
    for rule in reversed(rules):
        inside = path[len(rule.folder) :].replace(os.sep, "/")
        name = inside.rpartition("/")[2]
        if not name:  # the root itself, which git never ignores
            continue
        for line in rule.lines:
            if line.pattern.fullmatch(name if line.named else inside) and (
                folder or not line.folders
            ):
                return line.ignores
    return False


def _rules(folder: str, file: str, failed: Callable[[str], None]) -> list[Ignored]:
    try:
        data = contents(file, MAX_PAGE)
    except FileNotFoundError:
        return []
    except (NotRegularFileError, TooLargeError) as wrong:
        failed(f"{file}: {wrong.strerror}")
        return []
    except OSError:  # unreadable: for git as well
        return []
    text = data.removeprefix(b"\xef\xbb\xbf").decode("utf-8", "surrogateescape")
    lines = [
        line
        for written in text.split("\n")
        if (line := _line(written.removesuffix("\r"))) is not None
    ]
    return [Ignored(os.path.join(os.path.abspath(folder), ""), lines[::-1])]


def _line(text: str) -> Line | None:
    """What a line of a .gitignore says; None for a comment, and for a pattern that git passes
    over.
    """
    from cnnsize.files.globs import GlobError, compiled  # late: only where there is such a file

    kept = text.rstrip(" ")
    if (len(kept) - len(kept.rstrip("\\"))) % 2 and len(kept) < len(text):
        kept += " "  # a backslash keeps it
    if kept.startswith("#"):
        return None
    ignores = not kept.startswith("!")
    kept = kept.removeprefix("!")
    folders = kept.endswith("/")
    kept = kept.removesuffix("/")
    named = "/" not in kept
    kept = kept.removeprefix("/")
    if not kept:
        return None
    try:
        return Line(ignores, folders, named, compiled(kept, strict=False))
    except GlobError:
        return None


def _above(folder: str, failed: Callable[[str], None]) -> list[Ignored]:
    """The rules of the folders above, up to the root of the repository."""
    folder = os.path.abspath(folder)
    chain = []
    while not os.path.exists(os.path.join(folder, ".git")):
        above = os.path.dirname(folder)
        if above == folder:
            return []  # no repository: what lies above has no say
        folder = above
        chain.append(folder)
    root = chain[-1] if chain else folder
    found = _rules(root, os.path.join(root, ".git", "info", "exclude"), failed)
    for one in reversed(chain):
        found += _rules(one, os.path.join(one, ".gitignore"), failed)
    return found
