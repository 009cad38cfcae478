"""The paths that the result for a file depends on besides the file: modules that it imports, classes
that its texts are about, and places where these are looked for in vain.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

from cnnsize.files.stamp import Stamp, stamp_of

State = Stamp | None  # the stamp of a file, FOLDER, or None where there is nothing
FOLDER = "folder"

_recorded: dict[str, State] | None = None  # while a result is computed that may be kept


@contextmanager
def recording() -> Iterator[dict[str, State]]:
    """Collect the paths that are consulted, each with its state before it was."""
    global _recorded
    states: dict[str, State] = {}
    _recorded = states
    try:
        yield states
    finally:
        _recorded = None


def consult(path: str) -> str:
    """Return a path that is about to be read or tested, after it was recorded."""
    if _recorded is not None:
        absolute = os.path.abspath(path)
        if absolute not in _recorded:
            _recorded[absolute] = state_of(absolute)
    return path


def state_of(path: str) -> State:
    """Return the state of a path, which changes when a file does, but not when a folder does."""
    return FOLDER if os.path.isdir(path) else stamp_of(path)
