"""``cnnsize check`` without flags, for which click is not imported: importing it takes longer than
everything else in such a call.
"""

from __future__ import annotations

import os


def is_plain_check(words: list[str]) -> bool:
    """Return whether a command line checks one network with arrows, files or directories, without a
    flag.
    """
    if len(words) < 3 or words[1] != "check" or "_CNNSIZE_COMPLETE" in os.environ:
        return False
    arguments = words[2:]
    if any(argument.startswith("-") for argument in arguments):
        return False
    if len(arguments) == 1 and " -> " in arguments[0]:
        return True
    # click expands patterns on Windows
    return os.name != "nt" and all(map(os.path.lexists, arguments))
