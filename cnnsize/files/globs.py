"""Match paths against patterns: those of the configuration, and the lines of a .gitignore.

The language is that of git: ``*`` and ``?`` stay within a name, ``[abc]`` is one of these
characters, a whole name ``**`` crosses folders, and a backslash takes the next character literally.
A pattern becomes a regular expression that takes polynomial time: after a star, the first place
where the rest up to the next star matches is as good as any later one, so only the last star is
tried at several places (the others are atomic groups, as in ``fnmatch``).
"""

from __future__ import annotations

import os.path
import re
from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import NamedTuple

CLASSES = {
    "alnum": "0-9A-Za-z",
    "alpha": "A-Za-z",
    "blank": r"\ \t",
    "cntrl": r"\x00-\x1f\x7f",
    "digit": "0-9",
    "graph": "!-~",
    "lower": "a-z",
    "print": r"\ -~",
    "punct": r"!-/:-@\[-`{-~",
    "space": r"\ \t\n\r",
    "upper": "A-Z",
    "xdigit": "0-9A-Fa-f",
}
NO_MATCH = "(?!)"  # a regular expression that matches no text


class GlobError(ValueError):
    """Raised for an invalid pattern; the message says why."""


def matches(file: str, pattern: str, folder: str = "") -> bool:
    """Return whether a file matches a pattern such as ``zoo/*.cnn``, ``**/old/**`` or ``bad.cnn``.

    A pattern without a slash is compared with the name of the file and of every folder above it,
    any other pattern with the path relative to ``folder``. A pattern that matches a folder matches
    all files in it. Raises GlobError for an invalid pattern.
    """
    pattern = strip_marks(pattern)
    base = os.path.abspath(folder or os.curdir)
    path = os.path.abspath(file)
    same_drive = os.path.splitdrive(path)[0] == os.path.splitdrive(base)[0]
    relative = os.path.relpath(path, base) if same_drive else path
    parts = relative.replace(os.sep, "/").split("/")
    if "/" not in pattern:
        return any(compile_glob(pattern).fullmatch(part) for part in parts)
    if os.path.isabs(pattern):
        parts = path.replace(os.sep, "/").split("/")
    return any(
        compile_glob(pattern).fullmatch("/".join(parts[:end])) for end in range(1, len(parts) + 1)
    )


def strip_marks(pattern: str) -> str:
    """Return a pattern of the configuration without its ``!``, ``./`` and final slash."""
    return pattern.removeprefix("!").removeprefix("./").rstrip("/")


@lru_cache(maxsize=4096)
def compile_glob(pattern: str, *, strict: bool = True) -> re.Pattern[str]:
    """Return the regular expression that matches a whole path. Raises GlobError.

    Unless ``strict``, a reversed range such as ``[z-a]`` is no error but matches no character, as
    in git.
    """
    runs: list[list[str]] = [[]]  # the names between one ** and the next
    for name in _names(pattern, strict=strict):
        if name is None:
            runs.append([])
        else:
            runs[-1].append(name)
    first, *middle = runs
    if not middle:
        return re.compile("/".join(first), re.DOTALL)
    last = middle.pop()
    parts = [f"{name}/" for name in first]
    parts += [f"(?>(?:[^/]*/)*?{'/'.join(run)}/)" for run in middle if run]
    parts.append("(?:.*/)?" + "/".join(last) if last else ".+")
    return re.compile("".join(parts), re.DOTALL)


def any_of(globs: Iterable[re.Pattern[str]]) -> re.Pattern[str]:
    """Return the regular expression that matches what one of several compiled patterns matches."""
    alternatives = [f"(?:{glob.pattern})" for glob in globs]
    return re.compile("|".join(alternatives) or NO_MATCH, re.DOTALL)


def _names(pattern: str, *, strict: bool) -> Iterator[str | None]:
    """Yield the regular expression of each name of a path; None for ``**``."""
    pieces = [""]  # of one name, between one star and the next
    begin = index = 0
    while index < len(pattern):
        character = pattern[index]
        index += 1
        if character == "\\":
            if index == len(pattern):
                raise GlobError("it ends with a backslash")
            character = pattern[index]
            index += 1
            if character != "/":
                pieces[-1] += re.escape(character)
                continue
        if character == "/":
            yield None if re.fullmatch(r"\*\*+/", pattern[begin:index]) else _join_stars(pieces)
            pieces, begin = [""], index
        elif character == "*":
            pieces.append("")
        elif character == "?":
            pieces[-1] += "[^/]"
        elif character == "[":
            index, regex = _read_class(pattern, index, strict=strict)
            pieces[-1] += regex
        else:
            pieces[-1] += re.escape(character)
    yield None if re.fullmatch(r"\*\*+", pattern[begin:]) else _join_stars(pieces)


def _join_stars(pieces: list[str]) -> str:
    """Return the regular expression of one name that has a star between each two pieces."""
    first, *rest = pieces
    if not rest:
        return first
    last = rest.pop()
    return first + "".join(f"(?>[^/]*?{piece})" for piece in rest if piece) + f"[^/]*{last}"


class _Member(NamedTuple):
    """One character of a class, or a named class such as ``[:alpha:]``."""

    end: int  # the index after it
    character: str
    named: str = ""  # the regular expression of a named class


def _read_class(text: str, index: int, *, strict: bool) -> tuple[int, str]:
    """Return the index after a class of characters, and its regular expression.

    ``index`` is that of the first character after the opening bracket.
    """
    negated = text[index : index + 1] in ("!", "^")
    index += negated
    begin, regex = index, ""
    start = ""  # the character that a range would start with
    while text[index : index + 1] != "]" or index == begin:
        is_range = start != "" and _continues_range(text, index)
        member = _read_member(text, index + is_range, in_range=is_range)
        index = member.end
        if member.named:
            regex, start = regex + member.named, ""
        elif not is_range:
            regex, start = regex + re.escape(member.character), member.character
        else:
            if start <= member.character:
                regex += f"{re.escape(start)}-{re.escape(member.character)}"
            elif strict:
                raise GlobError(f"the range {start}-{member.character} is reversed")
            start = ""
    if negated:
        return index + 1, f"[^/{regex}]"
    return index + 1, f"(?!/)[{regex}]" if regex else NO_MATCH


def _continues_range(text: str, index: int) -> bool:
    """Return whether a hyphen here is followed by the end of a range."""
    return text[index : index + 1] == "-" and text[index + 1 : index + 2] not in ("", "]")


def _read_member(text: str, index: int, *, in_range: bool) -> _Member:
    """Read one member of a class; the end of a range is always a single character."""
    character = text[index : index + 1]
    may_be_named_class = text.startswith("[:", index) and not in_range
    if may_be_named_class:
        end = text.find("]", index + 2)
        if end < 0:
            raise GlobError("'[' is never closed")
        name = text[index + 2 : end - 1]
        if end > index + 2 and text[end - 1] == ":":
            if name not in CLASSES:
                raise GlobError(f"unknown character class [:{name}:]")
            return _Member(end + 1, "", CLASSES[name])
    if character == "\\":
        index += 1
        character = text[index : index + 1]
    if not character:
        raise GlobError("'[' is never closed")
    return _Member(index + 1, character)
