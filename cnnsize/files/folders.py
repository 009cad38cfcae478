"""Find the files of a folder, without those that are excluded, ignored by git or made by tools."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from operator import attrgetter
from typing import TYPE_CHECKING

from cnnsize.files.read import NotRegularFileError, TooLargeError, read_bytes
from cnnsize.limits import MAX_SMALL_FILE
from cnnsize.record import NamedTuple

if TYPE_CHECKING:
    from re import Pattern


# folders that tools create; no person wrote their content
TOOL_FOLDERS = frozenset(
    {
        ".bzr",
        ".cnnsize_cache",
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


class IgnorePattern(NamedTuple):
    """One pattern of a .gitignore."""

    ignores: bool  # False for a pattern that includes files again, as in `!kept.log`
    folders_only: bool  # as in `build/`
    by_name: bool  # compared with the name of a file, rather than with its path
    regex: Pattern[str]


class IgnoreFile(NamedTuple):
    """The patterns of one .gitignore, which apply to paths below its folder."""

    folder: str  # absolute, with a slash at its end
    patterns: list[IgnorePattern]  # in reverse order, because the last match decides
    names: Pattern[str]  # any pattern that is compared with the name
    paths: Pattern[str] | None  # any pattern that is compared with the path; None without one


def find_files(
    folder: str,
    *,
    is_excluded: Callable[[str], bool] | None = None,
    on_skip: Callable[[str], None],
    on_error: Callable[[str], None],
) -> Iterator[str]:
    """Yield the paths of the files below a folder, in order.

    ``on_skip`` receives a message for each symbolic link that is skipped, ``on_error`` one for each
    folder that cannot be read. Links are not followed: their target is either below the folder as
    well, or does not belong to it.
    """
    ignore_files = _ignore_files_above(folder, on_error)
    above, name = os.path.split(os.path.abspath(folder))
    place = os.path.join(above, "")
    around = [file for file in ignore_files if place.startswith(file.folder)]  # not in it itself
    ignorers = [(file, _relative(place, file)) for file in around]
    if _is_ignored(name, ignorers, is_folder=True):
        ignore_files = []  # the user named an ignored folder, and so wants its files
    folder = os.path.normpath(folder)
    base, cut = os.path.abspath(folder), len(folder)
    if folder == os.curdir:
        base, cut = os.path.join(base, ""), 0
    stack = [(folder, ignore_files)]
    while stack:
        current, ignore_files = stack.pop()
        try:
            with os.scandir(current) as iterator:
                entries = sorted(iterator, key=attrgetter("name"))
        except OSError as error:
            if current == folder or not isinstance(error, FileNotFoundError):
                on_error(f"{current}: {error.strerror or error}")
            continue  # without a message if it was removed meanwhile
        names = [entry.name for entry in entries]
        if ".gitignore" in names:
            path = os.path.join(current, ".gitignore")
            ignore_files = [*ignore_files, *_read_ignore_file(current, path, on_error)]
        place = os.path.join(base + current[cut:], "") if current != os.curdir else base
        ignorers = [(file, _relative(place, file)) for file in ignore_files]
        candidates = _matched(names, ignorers)
        subfolders = []
        for name, entry in zip(names, entries, strict=True):
            path = name if current == os.curdir else entry.path
            is_folder = entry.is_dir(follow_symlinks=False)
            if is_folder and name in TOOL_FOLDERS:
                continue
            if name in candidates and _is_ignored(name, ignorers, is_folder=is_folder):
                continue
            if is_excluded is not None and is_excluded(path):
                continue
            if is_folder:
                subfolders.append((path, ignore_files))
            elif entry.is_file(follow_symlinks=False):
                yield path
            elif entry.is_symlink():
                on_skip(f"{path}: symbolic link")
        stack += reversed(subfolders)


def _relative(place: str, ignore_file: IgnoreFile) -> str:
    """Return the path of a folder as an ignore file sees it, with slashes, and one at its end."""
    return place[len(ignore_file.folder) :].replace(os.sep, "/")


def _matched(names: Sequence[str], ignorers: Sequence[tuple[IgnoreFile, str]]) -> set[str]:
    """Return the names of a folder that any pattern matches: few, so the rest need no other look."""
    matched: set[str] = set()
    for ignore_file, folder in ignorers:
        is_name, paths = ignore_file.names.fullmatch, ignore_file.paths
        matched.update(name for name in names if is_name(name))
        if paths is not None:
            matched.update(name for name in names if paths.fullmatch(folder + name))
    return matched


def _is_ignored(name: str, ignorers: Sequence[tuple[IgnoreFile, str]], *, is_folder: bool) -> bool:
    """Return whether git ignores a name of a folder: the closest .gitignore that matches decides.

    ``ignorers`` are the ignore files with the path of the folder relative to each, closest last.
    """
    for ignore_file, folder in reversed(ignorers):
        for pattern in ignore_file.patterns:
            if pattern.folders_only and not is_folder:
                continue
            if pattern.regex.fullmatch(name if pattern.by_name else folder + name):
                return pattern.ignores
    return False


def _read_ignore_file(folder: str, path: str, on_error: Callable[[str], None]) -> list[IgnoreFile]:
    """Return the patterns of a file, which apply below ``folder``; an empty list without a file."""
    try:
        data = read_bytes(path, MAX_SMALL_FILE)
    except FileNotFoundError:
        return []
    except (NotRegularFileError, TooLargeError) as error:
        on_error(f"{path}: {error.strerror}")
        return []
    except OSError:  # git cannot read it either
        return []
    from cnnsize.files.globs import any_of  # late: needed for a .gitignore only

    text = data.removeprefix(b"\xef\xbb\xbf").decode("utf-8", "surrogateescape")
    patterns = [
        pattern
        for line in text.split("\n")
        if (pattern := _parse_line(line.removesuffix("\r"))) is not None
    ]
    patterns.reverse()
    names = any_of(pattern.regex for pattern in patterns if pattern.by_name)
    has_paths = any(not pattern.by_name for pattern in patterns)
    paths = any_of(pattern.regex for pattern in patterns if not pattern.by_name)
    place = os.path.join(os.path.abspath(folder), "")
    return [IgnoreFile(place, patterns, names, paths if has_paths else None)]


def _parse_line(text: str) -> IgnorePattern | None:
    """Return the pattern of a line; None for a comment, and for a pattern that git disregards."""
    from cnnsize.files.globs import GlobError, compile_glob  # late, as above

    line = text.rstrip(" ")
    backslashes = len(line) - len(line.rstrip("\\"))
    if backslashes % 2 and len(line) < len(text):
        line += " "  # a backslash before a final blank keeps the blank
    if line.startswith("#"):
        return None
    ignores = not line.startswith("!")
    line = line.removeprefix("!")
    folders_only = line.endswith("/")
    line = line.removesuffix("/")
    by_name = "/" not in line
    line = line.removeprefix("/")
    if not line:
        return None
    try:
        return IgnorePattern(ignores, folders_only, by_name, compile_glob(line, strict=False))
    except GlobError:
        return None


def _ignore_files_above(folder: str, on_error: Callable[[str], None]) -> list[IgnoreFile]:
    """Return the ignore files of the folders above, from the root of the repository downwards."""
    folder = os.path.abspath(folder)
    parents = []
    while not os.path.exists(os.path.join(folder, ".git")):
        parent = os.path.dirname(folder)
        if parent == folder:
            return []  # not in a repository, so the folders above do not count
        folder = parent
        parents.append(folder)
    root = parents[-1] if parents else folder
    ignore_files = _read_ignore_file(root, os.path.join(root, ".git", "info", "exclude"), on_error)
    for parent in reversed(parents):
        ignore_files += _read_ignore_file(parent, os.path.join(parent, ".gitignore"), on_error)
    return ignore_files
