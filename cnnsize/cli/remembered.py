"""Which results of earlier runs hold for this one: the cache of ``cnnsize check``, and its digest of
everything that a result depends on besides its file.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator

from cnnsize.cli.entries import Entries, Entry, FilePath
from cnnsize.cli.options import Options
from cnnsize.files.cache import FOLDER_NAME, Cache
from cnnsize.files.read import read_bytes
from cnnsize.files.stamp import Stamp, stamp_of
from cnnsize.limits import MAX_SMALL_FILE
from cnnsize.version import __version__

FORMAT = 2  # of the files of the cache
MIN_NAMED = 20  # files that must be named, where no directory is, before results are remembered
PACKAGE = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))


def open_cache(entries: Entries, options: Options) -> Cache | None:
    """Return the cache for the entries; None where there is nothing to gain, or no place for it."""
    named = [entry.named for entry in entries.entries if isinstance(entry, FilePath)]
    if all(named) and len(named) < MIN_NAMED:
        return None
    try:
        folder = folder_of(options)
        return None if folder is None else Cache(folder, digest(entries, options))
    except OSError:  # what results depend on cannot be read
        return None


def folder_of(options: Options) -> str | None:
    """Return the folder of the cache: as configured, else in the root of the project.

    That is the folder of the configuration where this folder or one above it has one. None for a
    link: the project might lead us to write elsewhere.
    """
    config = options.config
    if config.cache_dir:
        return config.cache_dir
    here = os.getcwd()
    is_inside = config.root and os.path.commonpath([here, config.root]) == config.root
    folder = os.path.join(config.root if is_inside else here, FOLDER_NAME)
    return None if os.path.islink(folder) else folder


def path_in_cache(entry: Entry) -> str:
    """Return the name of an entry in the cache; of a file that an argument names, more is reported."""
    if not isinstance(entry, FilePath):
        return ""
    return f"./{entry.path}" if entry.named else entry.path


def digest(entries: Entries, options: Options) -> str:
    """Return the digest of all that a result depends on, other than files. Raises OSError."""
    from _blake2 import blake2b  # hashlib loads OpenSSL, which takes longer than the rest

    config, selection = options.config, options.selection
    parts = (
        FORMAT,
        __version__,
        sys.version,
        os.getcwd(),
        config.settings,
        config.extract,
        config.models,
        config.inputs,
        sorted(selection.codes),
        sorted(selection.levels.items()),
        [(folder, pattern, sorted(codes)) for folder, pattern, codes in selection.file_ignores],
        sorted(selection.chosen),
        entries.reading.force_exclude,
        entries.reading.models,
        options.input,
        sorted(options.values.items()),
        [*contents_of(config.rule_dirs)],
        [*stamps_of(PACKAGE)],
        stamp_of(origin_of("markdown_it")),
    )
    return blake2b(repr(parts).encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()


def contents_of(folders: tuple[str, ...]) -> Iterator[tuple[str, bytes]]:
    """Yield the pages of a team's own rules. Raises OSError."""
    for folder in folders:
        with os.scandir(folder) as iterator:
            names = sorted(entry.name for entry in iterator if entry.name.endswith(".md"))
        for name in names:
            yield name, read_bytes(os.path.join(folder, name), MAX_SMALL_FILE)


def stamps_of(folder: str) -> Iterator[tuple[str, Stamp | None]]:
    """Yield the name and the stamp of each file of a package. Raises OSError."""
    with os.scandir(folder) as iterator:
        entries = sorted(iterator, key=lambda entry: entry.name)
    for entry in entries:
        if not entry.is_dir():
            yield entry.path, stamp_of(entry.path)
        elif entry.name != "__pycache__":
            yield from stamps_of(entry.path)


def origin_of(package: str) -> str:
    """Return the path of a package that is installed; an installer gives it a new stamp."""
    specs = (finder.find_spec(package, None) for finder in sys.meta_path)  # as importlib.util does
    return next((spec.origin for spec in specs if spec is not None), None) or ""
