"""Where ``--extract raw`` would find a network, for a call that found none."""

from __future__ import annotations

import os
from collections.abc import Iterator
from itertools import islice
from time import process_time

from cnnsize.config.sources import Config
from cnnsize.files.document import (
    Document,
    SkippedFileError,
    UnreadableFileError,
    read_file,
)
from cnnsize.files.folders import find_files
from cnnsize.files.globs import matches
from cnnsize.record import replace

RAW = ("raw",)
MAX_FILES = 500  # that are searched
FIRST_SIZE = 50_000  # characters of a file that are searched before the next are
GROWTH = 4  # how many times as many are searched then
MAX_SECONDS = 2.0  # of CPU time, after which no more text is searched
WHOLE = ".ipynb"  # files of which no part can be read


def unmarked_hint(arguments: tuple[str, ...], config: Config) -> str:
    """Return which flag finds a network that nothing marks, and where; empty if there is none."""
    if "raw" in config.extract:
        return ""
    end = process_time() + MAX_SECONDS
    for path in islice(_files(arguments, config), MAX_FILES):
        if process_time() > end:
            break
        try:
            line = _first_line(read_file(path, RAW), end)
        except (SkippedFileError, UnreadableFileError):
            continue
        if line is not None:
            return f"; --extract raw finds networks that nothing marks, as in {path}:{line}"
    return ""


def _first_line(document: Document, end: float) -> int | None:
    """Return the number of the first line of a file with a network.

    None if there is none, or if the search may not be over by the CPU time ``end``.
    """
    length = len(document.text)
    size = length if (document.file or "").lower().endswith(WHOLE) else FIRST_SIZE
    while True:
        begin = process_time()
        part = replace(document, text=document.text[:size])
        networks = [excerpt for excerpt in part.excerpts() if excerpt.text and not excerpt.expects]
        if networks:
            return part.announcement(networks[0]).line
        now = process_time()
        if size >= length or now + GROWTH * (now - begin) > end:
            return None
        size *= GROWTH


def _files(arguments: tuple[str, ...], config: Config) -> Iterator[str]:
    """Yield the files of the arguments, and of the directories among them."""

    def is_excluded(file: str) -> bool:
        return any(matches(file, pattern, folder) for folder, pattern in config.exclude)

    for argument in arguments:
        if os.path.isdir(argument):
            yield from find_files(
                argument,
                is_excluded=is_excluded,
                on_skip=lambda message: None,
                on_error=lambda message: None,
            )
        elif os.path.isfile(argument):
            yield argument
