"""Match paths against patterns: those of the configuration, and the lines of a .gitignore.

The language is that of git: ``*`` and ``?`` stay within a name, ``[abc]`` is one of these, a whole
name ``**`` crosses folders, and a backslash takes the next character as it is. A pattern becomes a
regular expression that takes no more than polynomial time: after a star, the first place where the
rest up to the next star fits is as good as any later one, so none but the last is tried again (an
atomic group, as in ``fnmatch``).
"""

from __future__ import annotations

import os.path
import re
from collections.abc import Iterator
from functools import lru_cache

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
NOTHING = "(?!)"  # matches no text


class GlobError(ValueError):
    """A pattern that means nothing; the message says why."""


def matches(file: str, pattern: str, folder: str = "") -> bool:
    """Does a file match a pattern such as ``zoo/*.cnn``, ``**/old/**`` or ``bad.cnn``? Raises
    BadGlob.

    A pattern without a slash is one for the name of the file or of any folder above it; any other
    is for the path from ``folder``. A folder's pattern holds for all in it.
    """
    pattern = plain(pattern)
    base = os.path.abspath(folder or os.curdir)
    path = os.path.abspath(file)
    inside = (
        os.path.relpath(path, base)
        if os.path.splitdrive(path)[0] == os.path.splitdrive(base)[0]
        else path
    )
    parts = inside.replace(os.sep, "/").split("/")
    if "/" not in pattern:
        return any(compiled(pattern).fullmatch(part) for part in parts)
    if os.path.isabs(pattern):
        parts = path.replace(os.sep, "/").split("/")
    return any(
        compiled(pattern).fullmatch("/".join(parts[:end])) for end in range(1, len(parts) + 1)
    )


def plain(pattern: str) -> str:
    """A pattern of the configuration without its ``!`` and ``./``."""
    return pattern.removeprefix("!").removeprefix("./").rstrip("/")


@lru_cache(maxsize=4096)
def compiled(pattern: str, strict: bool = True) -> re.Pattern[str]:
    """The regular expression that matches all of a path. Raises BadGlob.

    Unless ``strict``, a range that runs backwards holds no character, as git reads it, and is no
    error.
    """
    runs: list[list[str]] = [[]]  # the names between two `**`
    for name in _names(pattern, strict):
        if name is None:
            runs.append([])
        else:
            runs[-1].append(name)
    first, *middle = runs
    if not middle:
        return re.compile("/".join(first), re.DOTALL)
    last = middle.pop()
    out = [f"{name}/" for name in first]
    out += [f"(?>(?:[^/]*/)*?{'/'.join(run)}/)" for run in middle if run]
    out.append("(?:.*/)?" + "/".join(last) if last else ".+")
    return re.compile("".join(out), re.DOTALL)


def _names(pattern: str, strict: bool) -> Iterator[str | None]:
    """The regular expressions of the names in a path; None for ``**``."""
    pieces = [""]  # of one name, between two stars
    begin = at = 0
    while at < len(pattern):
        character = pattern[at]
        at += 1
        if character == "\\":
            if at == len(pattern):
                raise GlobError("it ends in a backslash")
            character = pattern[at]
            at += 1
            if character != "/":
                pieces[-1] += re.escape(character)
                continue
        if character == "/":
            yield None if re.fullmatch(r"\*\*+/", pattern[begin:at]) else _name(pieces)
            pieces, begin = [""], at
        elif character == "*":
            pieces.append("")
        elif character == "?":
            pieces[-1] += "[^/]"
        elif character == "[":
            at, one = _class(pattern, at, strict)
            pieces[-1] += one
        else:
            pieces[-1] += re.escape(character)
    yield None if re.fullmatch(r"\*\*+", pattern[begin:]) else _name(pieces)


def _name(pieces: list[str]) -> str:
    """One name, with a star between each two pieces."""
    first, *rest = pieces
    if not rest:
        return first
    last = rest.pop()
    return first + "".join(f"(?>[^/]*?{piece})" for piece in rest if piece) + f"[^/]*{last}"


def _class(text: str, at: int, strict: bool) -> tuple[int, str]:
    """Where a class of characters ends that begins behind its ``[``, and the regular expression."""
    negated = text[at : at + 1] in ("!", "^")
    at += negated
    begin, out = at, ""
    before = ""  # the character that a range would begin with
    while text[at : at + 1] != "]" or at == begin:
        character, ranges = text[at : at + 1], False
        if character == "-" and before and text[at + 1 : at + 2] not in ("", "]"):
            ranges = True
            at += 1
            character = text[at]
        elif character == "[" and text[at + 1 : at + 2] == ":":
            end = text.find("]", at + 2)
            if end < 0:
                raise GlobError("a [ is never closed")
            name = text[at + 2 : end - 1]
            if end > at + 2 and text[end - 1] == ":":
                if name not in CLASSES:
                    raise GlobError(f"there is no class [:{name}:]")
                out, before, at = out + CLASSES[name], "", end + 1
                continue
        if character == "\\":
            at += 1
            character = text[at : at + 1]
        if not character:
            raise GlobError("a [ is never closed")
        at += 1
        if not ranges:
            out, before = out + re.escape(character), character
            continue
        if before <= character:
            out += f"{re.escape(before)}-{re.escape(character)}"
        elif strict:
            raise GlobError(f"the range {before}-{character} runs backwards")
        before = ""
    if negated:
        return at + 1, f"[^/{out}]"
    return at + 1, f"(?!/)[{out}]" if out else NOTHING
