"""Where ``--extract raw`` would find a network, for a call that found none."""

from __future__ import annotations

import os
from collections.abc import Iterator
from itertools import islice

from cnnsize.config.sources import Config
from cnnsize.files.document import SkippedFileError, UnreadableFileError, read_candidate
from cnnsize.files.folders import find_files
from cnnsize.files.globs import matches

RAW = ("raw",)
MAX_FILES = 500  # that are searched


def unmarked_hint(arguments: tuple[str, ...], config: Config) -> str:
    """Return which flag finds a network that nothing marks, and where; empty if there is none."""
    if "raw" in config.extract:
        return ""
    for path in islice(_files(arguments, config), MAX_FILES):
        try:
            document = read_candidate(path, RAW)
            excerpts = [] if document is None else document.excerpts()
            excerpts = [excerpt for excerpt in excerpts if excerpt.text and not excerpt.expects]
        except (SkippedFileError, UnreadableFileError):
            continue
        if document is not None and excerpts:
            line = document.announcement(excerpts[0]).line
            return f"; --extract raw finds networks that nothing marks, as in {path}:{line}"
    return ""


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
