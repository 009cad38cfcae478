"""The files of a folder: all but those that git ignores, that are excluded, and that nobody wrote."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from pathspec import GitIgnoreSpec


# folders of tools, which hold nothing that somebody wrote
LEFT_OUT = frozenset({
    ".bzr", ".direnv", ".eggs", ".git", ".hg", ".hypothesis", ".ipynb_checkpoints", ".mypy_cache", ".nox",
    ".pytest_cache", ".ruff_cache", ".svn", ".tox", ".venv", "__pycache__", "node_modules", "site-packages", "venv",
})  # fmt: skip
CLASS = r"\[:(\w+):\]"  # of characters, in brackets of a pattern
CLASSES = {
    "alnum": "0-9A-Za-z", "alpha": "A-Za-z", "blank": " \t", "digit": "0-9", "lower": "a-z", "space": " \t",
    "upper": "A-Z", "xdigit": "0-9A-Fa-f",
}  # fmt: skip


class Ignored(NamedTuple):
    """What the .gitignore of a folder says, of paths below the folder."""

    folder: str  # absolute, with the slash behind it
    says: GitIgnoreSpec


def files(
    folder: str, excluded: Callable[[str], bool], said: Callable[[str], None], failed: Callable[[str], None]
) -> Iterator[str]:
    """The files below a folder, in order. ``said`` hears of what is passed over, ``failed`` of folders that cannot
    be read.

    Links are not followed: what they lead to is either below the folder as well, or does not belong to it.
    """
    above = _above(folder)
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
            rules = [*rules, *_rules(here, os.path.join(here, ".gitignore"))]
        below = []
        for entry in found:
            path = entry.name if here == os.curdir else entry.path
            inner = entry.is_dir(follow_symlinks=False)
            if (inner and entry.name in LEFT_OUT) or _ignored(base + path[cut:], inner, rules) or excluded(path):
                continue
            if entry.is_symlink():
                said(f"{path}: a link")
            elif inner:
                below.append((path, rules))
            elif entry.is_file(follow_symlinks=False):
                yield path
        stack += reversed(below)


def _ignored(path: str, folder: bool, rules: list[Ignored]) -> bool:
    """Does git ignore it? The .gitignore nearest to it that speaks of it decides. The path is absolute."""
    for rule in reversed(rules):
        inside = path[len(rule.folder) :].replace(os.sep, "/") + ("/" if folder else "")
        if inside == "/":  # the root itself, which git never ignores
            continue
        for pattern in reversed([*rule.says.patterns]):
            # ps_d is pathspec's name for the end of a folder. What matches one above has been heard there: "!keep/"
            # says nothing of keep/a.log
            if (
                pattern.include is not None
                and pattern.regex is not None
                and any(
                    not found.groupdict().get("ps_d") or found.end("ps_d") == len(inside)
                    for found in pattern.regex.finditer(inside)
                )
            ):
                return bool(pattern.include)
    return False


def _rules(folder: str, file: str) -> list[Ignored]:
    from pathspec import GitIgnoreSpec  # late: only where there is such a file

    def one_line(line: str) -> bool:
        try:
            GitIgnoreSpec.from_lines([line])
        except ValueError:  # no pattern: git passes over it
            return False
        return True

    try:
        with open(file, encoding="utf-8-sig", errors="surrogateescape", newline="\n") as read:
            lines = [re.sub(CLASS, _letters, line.rstrip("\n").removesuffix("\r")) for line in read]
    except OSError:  # unreadable: for git as well
        return []
    return [Ignored(os.path.join(os.path.abspath(folder), ""), GitIgnoreSpec.from_lines(filter(one_line, lines)))]


def _letters(written: re.Match[str]) -> str:
    """A class of characters spelled out, which pathspec does not know."""
    return CLASSES.get(written[1], written[0])


def _above(folder: str) -> list[Ignored]:
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
    found = _rules(root, os.path.join(root, ".git", "info", "exclude"))
    for one in reversed(chain):
        found += _rules(one, os.path.join(one, ".gitignore"))
    return found
