"""``cnnsize check --watch``: check again whenever a file changes."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from time import monotonic, sleep
from typing import Any

import click

from cnnsize.cli.errors import warn
from cnnsize.config.sources import ConfigError, find_config_file, from_flags, read_config
from cnnsize.files.folders import find_files
from cnnsize.files.globs import matches
from cnnsize.files.stamp import Stamp, stamp_of
from cnnsize.limits import MAX_WATCHED_FILES

INTERVAL = 0.5  # seconds between two looks at the files
SHARE = 0.1  # of the time that may go into looking: a large folder is looked at less often

Stamps = dict[str, Stamp]  # by path


def watch_files(
    sources: tuple[str, ...],
    expressions: tuple[str, ...],
    flags: Mapping[str, Any],
    check: Callable[[], None],
) -> None:
    """Call ``check`` now and after each change of a file, until Ctrl-C."""
    is_text = flags["output_format"] in (None, "full", "concise")
    if expressions or not sources or not all(map(os.path.lexists, sources)):
        raise click.UsageError("--watch needs files or directories")
    if not is_text:
        raise click.UsageError(f"--watch prints text, not {flags['output_format']}")
    try:
        while True:
            stamps = stamps_of(watched_paths(sources, flags))
            if sys.stdout.isatty():
                click.clear()
            try:
                check()
            except SystemExit:  # after each check, whatever it found
                sys.stdout.flush()
            files = f"{len(stamps):,} file{'' if len(stamps) == 1 else 's'}"
            warn([f"watching {files}; Ctrl-C ends this"])
            wait_for_change(stamps, lambda: watched_paths(sources, flags))
    except KeyboardInterrupt:
        click.echo(err=True)


def wait_for_change(stamps: Stamps, paths: Callable[[], Iterable[str]]) -> None:
    """Return once a path was added, removed or changed."""
    elapsed = 0.0
    while True:
        sleep(max(INTERVAL, elapsed / SHARE))
        begin = monotonic()
        if stamps_of(paths()) != stamps:
            return
        elapsed = monotonic() - begin


def stamps_of(paths: Iterable[str]) -> Stamps:
    """Return the stamp of each path that exists."""
    stamps = ((path, stamp_of(path)) for path in paths)
    return {path: stamp for path, stamp in stamps if stamp is not None}


def watched_paths(sources: tuple[str, ...], flags: Mapping[str, Any]) -> Iterator[str]:
    """Yield the files that the sources name, and the configuration file, up to a limit."""
    yield from filter(os.path.isfile, flags["config"])
    exclude: tuple[tuple[str, str], ...] = ()
    try:
        if not flags["isolated"]:
            yield from filter(None, [find_config_file(os.getcwd())])
        excluded = from_flags({"exclude": flags["exclude"]}) if flags["exclude"] else {}
        exclude = read_config(flags["config"], isolated=flags["isolated"], flags=excluded).exclude
    except (ConfigError, OSError):  # it is broken right now, as the check says
        pass

    def is_excluded(path: str) -> bool:
        return any(matches(path, pattern, folder) for folder, pattern in exclude)

    remaining = MAX_WATCHED_FILES
    for source in sources:
        files: Iterable[str] = (source,)
        if os.path.isdir(source):
            files = find_files(
                source,
                is_excluded=is_excluded,
                on_skip=lambda message: None,
                on_error=lambda message: None,
            )
        for file in files:
            if not remaining:
                return
            remaining -= 1
            yield file
