"""Match file names against the patterns of the configuration."""

from __future__ import annotations

import os.path
import re
from functools import lru_cache


def matches(file: str, pattern: str, folder: str = "") -> bool:
    """Does a file match a pattern such as ``zoo/*.cnn``, ``**/old/**`` or ``bad.cnn``?

    A pattern without a slash is one for the name of the file or of any folder above it; any other is for the
    path from ``folder``. A folder's pattern holds for all in it.
    """
    pattern = pattern.removeprefix("!").removeprefix("./").rstrip("/")
    base = os.path.abspath(folder or os.curdir)
    path = os.path.abspath(file)
    inside = os.path.relpath(path, base) if os.path.splitdrive(path)[0] == os.path.splitdrive(base)[0] else path
    parts = inside.replace(os.sep, "/").split("/")
    if "/" not in pattern:
        return any(_pattern(pattern).fullmatch(part) for part in parts)
    if os.path.isabs(pattern):
        parts = path.replace(os.sep, "/").split("/")
    return any(_pattern(pattern).fullmatch("/".join(parts[:end])) for end in range(1, len(parts) + 1))


@lru_cache(maxsize=256)
def _pattern(pattern: str) -> re.Pattern[str]:
    """``*`` and ``?`` stay within a name, ``**`` crosses folders, ``[abc]`` is one of these."""
    out = ""
    for piece in re.findall(r"\*\*/|\*\*|\*|\?|\[!?[^\]]+\]|.", pattern, re.DOTALL):
        if piece == "**/":
            out += "(?:.*/)?"
        elif piece == "**":
            out += ".*"
        elif piece == "*":
            out += "[^/]*"
        elif piece == "?":
            out += "[^/]"
        elif len(piece) > 1:
            out += (
                "["
                + ("^" if piece[1] == "!" else "")
                + re.escape(piece[1:-1].removeprefix("!")).replace(r"\-", "-")
                + "]"
            )
        else:
            out += re.escape(piece)
    return re.compile(out)
